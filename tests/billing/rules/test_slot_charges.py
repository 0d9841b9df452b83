"""What a slot costs, by the plan that its booking froze, and what is owed at the edges of cancelling."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.rules.slot_charges import Ended, charge_of
from leasing.rules import slots
from leasing.rules.slot_plans import agreed_plan, plan_of, platform_shares, use_charge
from leasing.rules.slots import Side, Status
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.slot_schedules import InvalidSchedule, Schedule
from tests.leasing.slot_world import MONDAY, SCHEDULE

SHARE = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "1000.00"},
        {"id": "fee", "kind": "percentage", "rate": "0.05", "minimum": {"amount": "50.00"}},
        {"id": "own", "kind": "percentage", "rate": "0.02", "seller": "owner"},
    ],
}


def agreed(slots_=1, **changes):
    """Return a document of a booking with the share of the platform."""
    schedule = Schedule.parse(SCHEDULE | changes)
    shares = platform_shares(PricePlan.parse(SHARE))
    amount = schedule.price_minor * slots_
    return {
        "price_plan": plan_of(schedule, "CNY", shares).dump(),
        "price_minor": schedule.price_minor,
        "currency": "CNY",
        "cancel_until": slots.written(MONDAY - schedule.cancel_before),
        "late_fee_minor": slots.share_of(amount, schedule.late_fee_percent, "CNY"),
    }


def nets(document, status, slots_=1, fee=0):
    charge = charge_of(document, Ended("slb_1", status, slots_, fee, "d"))
    return [(line.seller, line.kind, line.tax_category, line.net.minor) for line in charge.lines]


# The table of docs/slots.md: 160.05 a slot, 5 % for the platform, 50 % for cancelling late.
@pytest.mark.parametrize(
    ("status", "count", "fee", "expected"),
    [
        (Status.DONE, 1, 0, [("owner", "per_unit", 16_005), ("platform", "percentage", 800)]),
        (Status.DONE, 2, 0, [("owner", "per_unit", 32_010), ("platform", "percentage", 1_601)]),
        (Status.CANCELLED, 1, 8_003, [("owner", "slot_fee", 8_003)]),
        (Status.NO_SHOW, 1, 8_003, [("owner", "slot_fee", 8_003)]),
        (Status.CANCELLED, 1, 0, []),
        (Status.WAIVED, 1, 0, []),
        (Status.BOOKED, 1, 0, []),
    ],
)
def test_what_is_owed_follows_from_how_it_ended(status, count, fee, expected):
    found = nets(agreed(), status, count, fee)
    assert [(seller, kind, minor) for seller, kind, category, minor in found] == expected
    assert {category for _, _, category, _ in found} <= {"SERVICE"}


@pytest.mark.parametrize("category", ["SERVICE", "LEASE_MOVABLE", "SMALL_SCALE"])
def test_the_schedule_says_the_tax_of_price_and_fee(category):
    document = agreed(tax_category=category)
    assert nets(document, Status.DONE)[0][2] == nets(document, Status.NO_SHOW, fee=5)[0][2] == category
    assert nets(document, Status.DONE)[1][2] == "SERVICE"


def test_another_category_is_refused():
    with pytest.raises(InvalidSchedule) as refused:
        Schedule.parse(SCHEDULE | {"tax_category": "NOT_TAXED"})
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/tax_category"]


def test_a_document_without_a_plan_is_a_service_without_share():
    document = {"price_minor": 16_005, "currency": "CNY"}
    assert nets(document, Status.DONE, 3) == [("owner", "per_unit", "SERVICE", 48_015)]
    assert agreed_plan(document) == plan_of(Schedule.parse(SCHEDULE), "CNY")


@given(
    away=some.integers(-(10**12), 10**12),
    percent=some.integers(0, 100),
    price=some.integers(0, 10**9),
    hours=some.integers(0, 720),
    side=some.sampled_from([Side.LESSEE, Side.LESSOR]),
    status=some.sampled_from([Status.ASKED, Status.BOOKED]),
)
def test_cancelling_is_free_up_to_the_deadline_and_costs_the_agreed_fee_from_it_on(
    away, percent, price, hours, side, status
):
    document = agreed(late_fee_percent=percent, price_minor=price, cancel_hours=hours)
    until = MONDAY - timedelta(hours=hours)
    at = until + timedelta(microseconds=away)

    fee = slots.cancel_fee(document, side=side, status=status, at=at)

    owes = side is Side.LESSEE and status is Status.BOOKED and at >= until
    assert fee == (document["late_fee_minor"] if owes else 0)
    assert nets(document, Status.CANCELLED, fee=fee) == (
        [("owner", "slot_fee", "SERVICE", fee)] if fee else []
    )


@pytest.mark.parametrize(("microseconds", "owed"), [(-1, 0), (0, 8_003), (1, 8_003)])
def test_the_deadline_itself_is_no_longer_free(microseconds, owed):
    document = agreed()
    at = MONDAY - timedelta(hours=24) + timedelta(microseconds=microseconds)
    assert slots.cancel_fee(document, side=Side.LESSEE, status=Status.BOOKED, at=at) == owed


@given(price=some.integers(0, 10**9), count=some.integers(1, 96))
def test_a_booking_costs_its_slots_to_the_fen(price, count):
    charge = use_charge(agreed_plan(agreed(price_minor=price)), count)
    assert charge.total("owner").minor == price * count
