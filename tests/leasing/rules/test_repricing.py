"""Another price: the same plan with other numbers, faults at their places; what is accepted last holds."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.repricing import (
    PriceChange,
    change_at,
    changed_numbers,
    in_force,
    nearest,
    plan_flaws,
    shape,
)
from marketplace.rules.pricing.plans import PricePlan

START = datetime(2026, 3, 1, tzinfo=UTC)
MONTHS = [START + timedelta(days=30 * n) for n in range(6)]
AGREED = PricePlan.parse(
    {
        "version": 1,
        "currency": "CNY",
        "components": [
            {"id": "base", "kind": "base_fee", "amount": "1000.00"},
            {
                "id": "parts",
                "kind": "graduated",
                "meter": "parts",
                "unit": "piece",
                "tiers": [{"up_to": "100", "unit": "5.00"}, {"up_to": None, "unit": "4.00"}],
            },
            {"id": "fee", "kind": "percentage", "rate": "0.03"},
        ],
        "minimum": {"amount": "2000.00"},
    }
)


def other(*path, value):
    """Return the agreed plan with another value at a place."""
    found = deepcopy(AGREED.dump())
    node = found
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return found


def flaws(document):
    return [(one.pointer, one.code) for one in plan_flaws(document, AGREED)]


class TestWhatMayChange:
    @pytest.mark.parametrize(
        "path",
        [("components", 0, "amount"), ("components", 1, "tiers", 1, "unit"), ("minimum", "amount")],
    )
    def test_is_a_number_of_the_plan(self, path):
        changed = other(*path, value="3.00")

        assert flaws(changed) == []
        (found,) = changed_numbers(AGREED.dump(), changed)
        assert found[0] == "/" + "/".join(map(str, path))
        assert found[2] == "3.00"

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("components", 0, "id"), "rent"),
            (("components", 1, "unit"), "hour"),
            (("components", 1, "tiers", 0, "up_to"), "50"),
            (("components", 2, "rate"), "0.01"),  # the platform's own part
            (("minimum",), None),
            (("cap",), {"amount": "9000.00"}),
        ],
    )
    def test_is_nothing_else(self, path, value):
        found = flaws(other(*path, value=value))

        assert found
        assert found == [("/price_plan", "other_shape")] or found[0][0] == "/price_plan/components/1/unit"

    def test_is_not_the_price_that_holds(self):
        assert flaws(AGREED.dump()) == [("/price_plan", "nothing_else")]

    @pytest.mark.parametrize("document", [None, [], "plan", 7, {}, {"version": 1, "currency": "CNY"}])
    def test_is_a_plan_at_all(self, document):
        assert all(pointer.startswith("/price_plan") for pointer, _ in flaws(document))
        assert flaws(document)

    @pytest.mark.parametrize("value", ["-1", "NaN", "1e99", "\x00", None, 5.5, True, ["5"]])
    def test_is_a_price_with_the_fault_at_its_place(self, value):
        found = flaws(other("components", 0, "amount", value=value))

        assert [pointer for pointer, _ in found] == ["/price_plan/components/0/amount"]


@given(
    st.decimals(min_value=0, max_value=10**6, places=2), st.decimals(min_value=0, max_value=10**4, places=4)
)
def test_any_numbers_keep_the_shape_and_are_told_where_they_differ(amount, unit):
    changed = deepcopy(AGREED.dump())
    changed["components"][0]["amount"] = format(amount, "f")
    changed["components"][1]["tiers"][0]["unit"] = format(unit, "f")

    plan = PricePlan.parse(changed)

    assert shape(plan.dump()) == shape(AGREED.dump())
    told = dict.fromkeys(one[0] for one in changed_numbers(AGREED.dump(), plan.dump()))
    assert ("/components/0/amount" in told) == (amount != Decimal("1000"))
    assert ("/components/1/tiers/0/unit" in told) == (unit != Decimal("5"))


class TestWhichHolds:
    def changes(self, *pairs):
        return [
            PriceChange(name, MONTHS[month], other("components", 0, "amount", value=f"{month}.00"))
            for name, month in pairs
        ]

    def test_is_the_last_accepted_of_those_that_reach_the_period(self):
        found = self.changes(("a", 4), ("b", 1))

        assert [getattr(change_at(found, one), "annex", None) for one in MONTHS] == [None, *"bbbbb"]

    def test_is_the_contract_before_the_first(self):
        found = self.changes(("a", 2))

        assert in_force(AGREED, found, MONTHS[1]) == AGREED
        assert in_force(AGREED, found, MONTHS[2]).dump()["components"][0]["amount"] == "2.00"

    def test_begins_at_the_beginning_next_to_what_was_asked(self):
        assert nearest(MONTHS, MONTHS[2] + timedelta(days=3)) == MONTHS[2]
        assert nearest(MONTHS, MONTHS[2] + timedelta(days=15)) == MONTHS[3]
        assert nearest([], START) is None
