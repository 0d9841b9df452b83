"""Offers as values."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.offers import (
    LONGEST_VALIDITY_DAYS,
    NEGOTIABLE,
    Offered,
    differences,
    negotiated,
    validity_flaws,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = {"deposit_minor": 5, "price_plan": {"components": [{"id": "a", "price": "1"}], "cap": None}}


def offered(**changes):
    facts = {
        "lease": "lea_1",
        "version": 1,
        "side": "lessee",
        "starts_at": NOW + 9 * DAY,
        "ends_at": NOW + 19 * DAY,
        "terms": TERMS,
    }
    return Offered(**(facts | changes))


JSON = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


class TestDigest:
    @pytest.mark.parametrize(
        "change",
        [
            {"lease": "lea_2"},
            {"version": 2},
            {"side": "lessor"},
            {"starts_at": NOW},
            {"ends_at": NOW + 20 * DAY},
            {"terms": TERMS | {"deposit_minor": 6}},
            {"valid_until": NOW},
        ],
    )
    def test_covers_everything(self, change):
        assert offered(**change).digest() != offered().digest()

    def test_is_the_same_in_every_zone(self):
        shanghai = (NOW + 9 * DAY).astimezone(datetime.now().astimezone().tzinfo)

        assert offered(starts_at=shanghai).digest() == offered().digest()


class TestDifferences:
    def test_name_each_place_with_both_sides(self):
        plan = {"components": [{"id": "a", "price": "2"}, {"id": "b"}], "cap": None}
        after = offered(version=2, ends_at=NOW + 20 * DAY, terms={"deposit_minor": 5, "price_plan": plan})

        assert [one.dump() for one in differences(offered(), after)] == [
            {
                "pointer": "/ends_at",
                "before": "2026-03-20T00:00:00+00:00",
                "after": "2026-03-21T00:00:00+00:00",
            },
            {"pointer": "/terms/price_plan/components/0/price", "before": "1", "after": "2"},
            {"pointer": "/terms/price_plan/components/1", "before": None, "after": {"id": "b"}},
        ]

    @given(st.dictionaries(st.sampled_from("xyz"), JSON), st.dictionaries(st.sampled_from("xyz"), JSON))
    def test_are_none_only_if_nothing_but_missing_and_null_differs(self, before, after):
        found = differences(offered(terms=before), offered(terms=after))

        assert (found == ()) is (without_nulls(before) == without_nulls(after))


def without_nulls(node):
    """A field that is null says as much as one that is missing."""
    if isinstance(node, dict):
        return {name: without_nulls(value) for name, value in node.items() if value is not None}
    if isinstance(node, list):
        kept = [without_nulls(value) for value in node]
        while kept and kept[-1] is None:
            kept.pop()
        return kept
    return node


class TestNegotiated:
    def test_lays_changes_over_the_terms(self):
        assert negotiated(TERMS, {"deposit_minor": 7}) == (TERMS | {"deposit_minor": 7}, [])

    @pytest.mark.parametrize("field", ["listing_id", "currency", "zone", "version", "anything"])
    def test_refuses_what_the_lease_is_about(self, field):
        terms, flaws = negotiated(TERMS, {field: "x"})

        assert terms == TERMS
        assert [(flaw.pointer, flaw.code) for flaw in flaws] == [(f"/terms/{field}", "unknown_field")]

    def test_refuses_what_is_no_object(self):
        terms, flaws = negotiated(TERMS, ["deposit_minor"])

        assert (terms, [flaw.code for flaw in flaws]) == (TERMS, ["not_an_object"])

    def test_knows_what_can_be_negotiated(self):
        assert "price_plan" in NEGOTIABLE
        assert "listing_id" not in NEGOTIABLE


class TestValidity:
    @pytest.mark.parametrize(
        ("valid_until", "codes"),
        [
            (NOW + DAY, []),
            (NOW + 10 * DAY, []),
            (NOW + 10 * DAY + timedelta(microseconds=1), ["after_the_start"]),
            (NOW, ["already_over"]),
            (NOW - DAY, ["already_over"]),
            (NOW + LONGEST_VALIDITY_DAYS * DAY, ["too_far"]),
        ],
    )
    def test_lies_between_now_and_the_start(self, valid_until, codes):
        flaws = validity_flaws(
            valid_until, starts_at=NOW + 9 * DAY, latest=NOW + 10 * DAY, at=NOW, shown="10 March"
        )

        assert [flaw.code for flaw in flaws] == codes
