"""What a change costs, worked by hand: 3,000 a month and 86 an hour, 5 % on top of both."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leasing.rules.annexes import Change, Kind
from leasing.rules.change_costs import Course, Pace, after, change_cost
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests.leasing.world import PLAN

ZONE = ZoneInfo("Asia/Shanghai")
START, MAY = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 4, 30, 16, tzinfo=UTC)
APRIL, JUNE = datetime(2026, 3, 31, 16, tzinfo=UTC), datetime(2026, 5, 31, 16, tzinfo=UTC)
# 610 hours in the 61 days of March and April: ten a day
PACE = Pace({"run_time": Decimal(610)}, Period(START, MAY), 2)


def cost(change, *, moment=APRIL, machines=2, pace=PACE):
    return change_cost(
        change,
        before=Course(MAY, machines),
        moment=moment,
        pace=pace,
        plan=PricePlan.parse(PLAN),
        zone=ZONE,
        anchor_day=1,
    )


def test_a_month_more_costs_its_base_fee_and_its_use():
    found = cost(Change(Kind.EXTEND, ends_at=JUNE))

    # 3,000 with 13 %, and 5 % of it with 6 %
    assert found.least == Money(339_000 + 15_900, "CNY")
    # and 310 hours of 86: 26,660 with 13 %, and 5 % of it with 6 %
    assert found.expected == Money(339_000 + 15_900 + 3_012_580 + 141_298, "CNY")


def test_a_month_less_saves_the_same():
    shorter = cost(Change(Kind.SHORTEN, ends_at=APRIL), moment=datetime(2026, 3, 15, 16, tzinfo=UTC))

    assert shorter.least == -Money(339_000 + 15_900, "CNY")
    # 300 hours of 86: 25,800 with 13 %, and 5 % of it with 6 %
    assert shorter.expected == -Money(339_000 + 15_900 + 2_915_400 + 136_740, "CNY")


@pytest.mark.parametrize(
    ("change", "hours"),
    [
        (Change(Kind.ADD, add=("c",)), 150),
        (Change(Kind.RELEASE, release=("a",)), -150),
        (Change(Kind.SWAP, swap=(("a", "c"),)), 0),
    ],
)
def test_machines_bring_their_use_and_no_fixed_rent(change, hours):
    found = cost(change)

    assert found.least == Money(0, "CNY")
    sign, net = (-1 if hours < 0 else 1), abs(hours) * 8_600
    assert found.expected == Money(sign * (net * 113 // 100 + net * 5 * 106 // 10_000), "CNY")


def test_parts_are_whole():
    plan = PricePlan.parse(
        PLAN
        | {
            "components": [
                {"id": "p", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "1.00"},
            ]
        }
    )
    pace = Pace({"parts": Decimal(100)}, Period(START, MAY), 1)

    assert pace.over(Period(APRIL, MAY), 1, plan) == {"parts": Decimal(49)}  # 30 of 61 days


def test_what_a_change_leaves():
    assert after(Change(Kind.ADD, add=("c", "d")), Course(MAY, 1)) == Course(MAY, 3)
    assert after(Change(Kind.EXTEND, ends_at=JUNE), Course(MAY, 1)) == Course(JUNE, 1)
