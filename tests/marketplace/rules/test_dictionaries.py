"""Versions of a dictionary: what they did, what becomes of values, and which versions are refused."""

from dataclasses import replace
from decimal import Decimal

import pytest

from marketplace.rules import carrying
from marketplace.rules import dictionaries as rules
from marketplace.rules.categories import NUMBER, Field, field_of, fields_of
from marketplace.rules.dictionaries import Difference, Edition
from marketplace.rules.units import convertible

FIRST = Edition(1, fields_of("M1-MC"))
COOLANT = Field(
    "coolant", "Coolant", "冷却", NUMBER, "bar", None, Decimal(200), (), "higher", False, False, 1
)


def second(renamed=None, **changes):
    """Return the next version: ``code=None`` retires a field, ``code={...}`` changes it."""
    kept = [
        replace(each, **(changes.get(each.code) or {}))
        for each in FIRST.fields
        if each.code not in changes or changes[each.code] is not None
    ]
    return Edition(2, (*kept, COOLANT), renamed or {})


def codes(older, newer):
    return [flaw.code for flaw in rules.flaws(older, newer)]


@pytest.mark.parametrize(
    ("newer", "found"),
    [
        (second(axes=None), ["read_by_software"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, code="gmp"))), ["kind_read"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, code="gmp", kind="bool", unit=None, maximum=None))), []),
    ],
)
def test_what_the_software_reads_is_neither_retired_nor_of_another_kind(newer, found):
    assert codes(FIRST, newer) == found


def test_says_what_it_added_renamed_changed_and_retired():
    newer = second(
        {"tool_places": "tools"}, tool_places={"code": "tools"}, travel_x={"unit": "m"}, table_load=None
    )
    assert rules.difference(FIRST, newer) == Difference(
        ("coolant",), (("tool_places", "tools"),), ("travel_x",), ("table_load",)
    )
    assert rules.flaws(FIRST, newer) == []


def test_values_follow_renamed_converted_and_without_what_was_retired():
    newer = second(
        {"tool_places": "tools"}, tool_places={"code": "tools"}, travel_x={"unit": "m"}, table_load=None
    )
    stated = {"travel_x": "650", "tool_places": "60", "table_load": "400", "controller": "FANUC"}
    carried = carrying.migrated(stated, FIRST, newer, {"tool_places": "MANUAL", "table_load": "NAMEPLATE"})
    assert carried.values == {"travel_x": "0.65", "tools": "60", "controller": "FANUC"}
    assert (carried.sources, carried.uneven) == ({"tools": "MANUAL"}, {})


def test_a_value_beyond_new_bounds_stays_until_its_owner_states_anew():
    newer = second(travel_x={"maximum": Decimal(100)})
    assert carrying.migrated({"travel_x": "650"}, FIRST, newer).values == {"travel_x": "650"}


def test_asks_for_what_was_added_since_under_the_name_it_has_now():
    newer = second()
    third = Edition(
        3,
        tuple(replace(one, code="cooling") if one.code == "coolant" else one for one in newer.fields),
        {"coolant": "cooling"},
    )
    kept = [FIRST, newer, third]
    assert [one.code for one in carrying.to_fill({}, 1, kept)] == ["cooling"]
    assert carrying.to_fill({}, 2, kept) == carrying.to_fill({}, 3, kept) == []
    assert carrying.to_fill({"cooling": "20"}, 1, kept) == []


@pytest.mark.parametrize(
    ("newer", "wrong"),
    [
        (Edition(2, ()), ["no_fields"]),
        (Edition(2, FIRST.fields), ["nothing_changed"]),
        (Edition(2, (*FIRST.fields, FIRST.fields[0])), ["code_twice"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, code="Über"))), ["not_a_name"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, minimum=Decimal(300)))), ["bounds_crossed"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, kind="text"))), ["unit_without_number"]),
        (Edition(2, (*FIRST.fields, replace(COOLANT, choices=("a", "b")))), ["choices_not_needed"]),
        (second(controller={"choices": ("FANUC",)}), ["choices_missing"]),
        (second(travel_x={"unit": "kg"}), ["unit_not_convertible"]),
        (second(travel_x={"kind": "text", "unit": None, "minimum": None, "maximum": None}), ["kind_changed"]),
        (second({"nothing": "coolant"}), ["renamed_unknown"]),
        (second({"travel_x": "travel_z"}, travel_x=None), ["renamed_to_nothing"]),
    ],
)
def test_refuses_what_could_not_be_carried_over(newer, wrong):
    assert codes(FIRST, newer) == wrong


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_asks_why(reason):
    assert [one.code for one in rules.reason_flaws(reason)] == ["reason_missing"]
    assert rules.reason_flaws("ISO 230") == []


def test_a_field_comes_back_as_it_was_kept():
    kept = rules.document(FIRST.fields)
    assert tuple(field_of(each) for each in kept) == FIRST.fields


def test_no_unit_is_another_units_like():
    assert convertible(None, None)
    assert not convertible(None, "mm")
    assert not convertible("mm", None)
