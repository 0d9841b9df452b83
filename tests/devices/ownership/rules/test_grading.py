"""Grades: what raises one, and that nothing lowers one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.rules import grading
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.grading import MINUTE, QUARTER, Derived, Grade, Graded, Series

SLOW = Series("machine_condition", interval=QUARTER)
RAISED = [
    (replace(SLOW, interval=MINUTE - 1), Grade.SENSITIVE, ("faster_than_a_minute",)),
    (replace(SLOW, interval=MINUTE), Grade.INTERNAL, ()),
    (Series("energy", QUARTER - 1), Grade.SENSITIVE, ("energy_below_a_quarter",)),
    (Series("energy", QUARTER), Grade.INTERNAL, ()),
    (Series("location", MINUTE, tracks=True), Grade.SENSITIVE, ("continuous_track",)),
    (Series("location", MINUTE, sensitive_site=True), Grade.IMPORTANT, ("sensitive_site",)),
    (Series("operator_data", MINUTE, biometric=True), Grade.CONFIDENTIAL, ("biometric",)),
    (Series("operator_data", MINUTE, personal=True), Grade.SENSITIVE, ()),
    (
        Series("quality_results", MINUTE, names_customer_part=True),
        Grade.CONFIDENTIAL,
        ("names_customer_part",),
    ),
    (
        Series("process_parameters", 0, controlled_technology=True),
        Grade.IMPORTANT,
        ("controlled_technology",),
    ),
    (replace(SLOW, listed=Grade.CORE), Grade.CORE, ("listed_by_authority",)),
    (replace(SLOW, listed=Grade.PUBLIC), Grade.INTERNAL, ()),
    (Series("weather", QUARTER), Grade.CONFIDENTIAL, ("unknown_category",)),
]


@pytest.mark.parametrize(("series", "grade", "reasons"), RAISED, ids=lambda value: str(value)[:40])
def test_what_raises_a_grade_is_told(series, grade, reasons):
    assert grading.grade_of(series) == Graded(grade, reasons)


def test_the_categories_start_where_the_table_says():
    assert {key: row.grade for key, row in matrix().categories.items()} == grading.BASE


def test_higher_wins():
    assert grading.highest([Grade.INTERNAL, Grade.IMPORTANT, Grade.CONFIDENTIAL]) is Grade.IMPORTANT
    assert grading.highest([]) is Grade.PUBLIC


DERIVED = [
    (Derived((Grade.SENSITIVE,) * 5, 5, 500), Graded(Grade.INTERNAL)),
    (Derived((Grade.SENSITIVE,) * 4, 4, 250), Graded(Grade.SENSITIVE, ("small_group",))),
    (Derived((Grade.SENSITIVE,) * 9, 9, 501), Graded(Grade.SENSITIVE, ("small_group",))),
    (Derived((Grade.INTERNAL,) * 9, 9, 200, True), Graded(Grade.SENSITIVE, ("regional_look_first",))),
    (
        Derived((Grade.INTERNAL, Grade.IMPORTANT), 9, 200),
        Graded(Grade.IMPORTANT, ("from_important_data",)),
    ),
]


@pytest.mark.parametrize(("derived", "expected"), DERIVED, ids=str)
def test_derived_data_are_graded_anew(derived, expected):
    assert grading.grade_of_derived(derived) == expected


@given(
    st.sampled_from([*grading.BASE, "weather"]),
    st.integers(0, 10**10),
    st.fixed_dictionaries(
        {
            name: st.booleans()
            for name in ("personal", "biometric", "names_customer_part", "tracks", "sensitive_site")
        }
    ),
    st.none() | st.sampled_from(Grade),
)
def test_nothing_that_is_known_lowers_a_grade(category, interval, facts, listed):
    bare = grading.grade_of(Series(category, interval))

    found = grading.grade_of(Series(category, interval, listed=listed, **facts))

    assert found.grade >= bare.grade
    assert listed is None or found.grade >= listed
