"""Every published figure about counters, duplicates, late usage and levels; none is left out unsaid."""

from decimal import Decimal

import pytest

from devices.rules.increments import total
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading, instant
from marketplace.rules.pricing import charge
from tests.devices import machines
from tests.marketplace.rules.pricing.plans import by_total, parts, percent, plan
from tests.marketplace.vectors import RATING, rating

ABOUT = ("counter", "dedupe", "late_", "time_weighted")
RUN_BY_COUNTERS = {"counter", "counter_resets", "counter_to_delta", "counter_order"}  # rules/test_counters.py
RUN_HERE = {"dedupe", "late_events_per_unit", "late_events_volume", "time_weighted_gauge"}
MINUTE = 60_000_000


def test_every_case_to_adopt_is_run():
    models = {
        case["model"] for case in RATING if case["stance"] == "adopt" and case["model"].startswith(ABOUT)
    }

    assert models == RUN_BY_COUNTERS | RUN_HERE


@pytest.mark.django_db
@pytest.mark.parametrize("case", rating("dedupe"))
def test_a_reading_sent_again_counts_once(case):
    device, sequences = machines.lathe(), {"t1": 1, "t2": 2}

    receipts = [
        machines.take(device, [(sequences[event["id"]], instant(machines.EARLY), "parts", 7)])
        for event in case["input"]["events"]
    ]

    assert sum(receipt.accepted for receipt in receipts) == int(case["expected"]["count"])
    assert sum(receipt.duplicates for receipt in receipts) == 2


@pytest.mark.parametrize("case", rating("late_events_per_unit"))
def test_late_usage_lands_on_the_period_it_belongs_to(case):
    """Charge(everything up to the end of each period), differenced by period and by run."""
    params, booked = case["params"], {}
    own = {"included": params["free_units"]} if "free_units" in params else {}
    own |= {"discount": percent(params["discount_percent"])} if "discount_percent" in params else {}
    bounds = {
        ours: params[theirs]
        for ours, theirs in (("cap", "maximum"), ("minimum", "minimum"))
        if theirs in params
    }
    a_plan = plan(parts(params["unit"], **own), **bounds)
    seen_by_run = case["input"]["cumulative_units_seen_per_period_at_each_run"]
    for number, (seen, expected) in enumerate(zip(seen_by_run, case["expected"]["runs"], strict=True), 1):
        last = number == len(seen_by_run)
        charged = [
            charge(a_plan, {"parts": Decimal(units)}, final=last and place == len(seen)).total().amount
            for place, units in enumerate(seen, 1)
        ]
        periods = {
            f"P{place}": now - before
            for place, (before, now) in enumerate(zip([Decimal(0), *charged], charged, strict=False), 1)
        }
        changes = {name: amount - booked.get(name, Decimal(0)) for name, amount in periods.items()}
        booked = periods

        assert {name: amount for name, amount in changes.items() if amount} == {
            name: Decimal(amount) for name, amount in expected["by_period"].items()
        }
        assert sum(changes.values()) == Decimal(expected["total"])


@pytest.mark.parametrize("case", rating("late_events_volume"))
def test_a_total_that_reaches_a_cheaper_step_credits_what_was_billed(case):
    """
    Each run bills the difference of one running total: a cheaper step is a credit, billed once.

    The peer prints it as two lines, the old one reversed and the new one booked; together they are ours.
    """
    tiers, free = case["params"]["tiers"], case["params"].get("free_units", "0")
    a_plan, booked = plan(by_total(tiers, included=free)), Decimal(0)
    seen_by_run = case["input"]["cumulative_units_seen_per_period_at_each_run"]
    for seen, expected in zip(seen_by_run, case["expected"]["runs"], strict=True):
        charged = charge(a_plan, {"parts": Decimal(seen[-1])}, final=False).total().amount
        peer = sum((Decimal(line.split()[1]) for line in expected["lines"]), Decimal(0))

        assert charged - booked == Decimal(expected["total"]) == peer
        booked = charged


@pytest.mark.parametrize("case", rating("time_weighted_gauge"))
def test_a_level_counts_by_the_time_it_lasted(case):
    levels = [*case["input"]["level_per_minute"], case["input"]["then"]]
    readings = [Reading(n, n * MINUTE, "machines", int(level)) for n, level in enumerate(levels)]

    found = Fold(Terms(gauges=("machines",))).feed(readings).increments

    minutes = Decimal(total(found, "gauge.machines")) / MINUTE
    assert minutes == Decimal(case["expected"]["unit_minutes"])
    billed = (minutes / 60 - Decimal(case["params"]["free_units"])) * Decimal(case["params"]["unit"])
    assert billed == Decimal(case["expected"]["amount"])
