"""Figures of other engines' public test suites about windows, bands and levels that last."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from devices.rules.increments import total as total_of
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading, instant
from marketplace.rules.pricing import UsageNotRateable, charge
from marketplace.rules.pricing.spread import DAY, Slice, Spread, total
from marketplace.shared.money import round_half_away
from marketplace.shared.period import Period
from tests.marketplace.rules.pricing.plans import parts, plan, steps
from tests.marketplace.rules.pricing.timed import CHINA, at, band, energy, highest, month, priced, spread
from tests.marketplace.vectors import rating


def hourly(values):
    """Values in an hour each, one after the other."""
    hours = [at("2026-07-01") + timedelta(hours=number) for number in range(len(values))]
    slices = [Slice(hour, Decimal(value)) for hour, value in zip(hours, values, strict=True)]
    return Spread(CHINA, month(), {"energy": slices})


def committed(terms):
    """The fields of a commitment in our words, from those of a case."""
    if "commitment_per_window" not in terms:
        return {}
    return {
        "commitment": terms["commitment_per_window"],
        "overage_factor": terms["overage_factor"],
        "true_up": terms.get("true_up", False),
    }


@pytest.mark.parametrize("case", rating("windowed_per_unit"))
def test_windows_are_priced_one_by_one(case):
    a_plan = plan(energy(case["params"]["unit"], window="hour"))

    amount = priced(a_plan, hourly(case["input"]["window_values"])).total().amount

    assert amount == Decimal(case["expected"]["amount"])


@pytest.mark.parametrize("case", rating("windowed_graduated"))
def test_tiers_begin_again_in_each_window(case):
    a_plan = plan(steps(case["params"]["tiers"]))

    amounts = [
        charge(a_plan, {"parts": window.quantity.numerator}, final=True).total().amount
        for window in hourly(case["input"]["window_values"]).windows("energy", "hour")
    ]

    assert sum(amounts) == Decimal(case["expected"]["amount"])


@pytest.mark.parametrize("case", rating("windowed_commitment"))
def test_windows_are_lifted_to_their_commitment(case):
    a_plan = plan(energy(case["params"]["unit"], window="hour", **committed(case["params"])))

    charged = priced(a_plan, hourly(case["input"]["window_units"]))

    assert charged.total().amount == Decimal(case["expected"]["amount"])


@pytest.mark.parametrize("case", rating("time_of_day_commitment"))
def test_bands_have_commitments_of_their_own(case):
    line, (bucket,) = case["params"]["line"], case["params"]["buckets"]
    own = band("bucket", bucket["from"], bucket["to_exclusive"], price=bucket["unit"], **committed(bucket))
    a_plan = plan(energy(line["unit"], window="hour", bands=[own], **committed(line)))
    windows = [(f"2026-07-01 {window['at']}", window["units"]) for window in case["input"]["windows"]]

    (charged,) = priced(a_plan, spread(windows)).lines

    more = {step.code: Decimal(step.numbers["more"]) for step in charged.steps if "more" in step.numbers}
    assert charged.net.amount == Decimal(case["expected"]["amount"])
    assert more.get("window_lifted", 0) == Decimal(case["expected"].get("true_up", "0"))


@pytest.mark.parametrize("case", rating("max_of_window_sums"))
def test_the_highest_window_is_priced_in_steps(case):
    days = [("2026-07-01", case["input"]["window_1"]), ("2026-07-02", case["input"]["window_2"])]
    events = [(f"{day} {hour:02}:00", value) for day, values in days for hour, value in enumerate(values)]
    counted = spread(events)

    line = priced(plan(highest("1", tiers=case["params"]["tiers"])), counted).lines[0]

    sums = [Decimal(window.quantity.numerator) for window in counted.windows("energy", DAY)]
    assert sums == [Decimal(total) for total in case["expected"]["window_sums"]]
    assert line.net.amount == Decimal(case["expected"]["amount"])


@pytest.mark.parametrize("case", rating("max"))
def test_the_highest_event_so_far_is_priced(case):
    a_plan, events = plan(highest(case["params"]["unit"], window="hour")), case["input"]["events_in_order"]

    amounts = [priced(a_plan, hourly(events[:known])).total().amount for known in range(1, len(events) + 1)]

    assert amounts == [Decimal(amount) for amount in case["expected"]["amount_after_each"]]


@pytest.mark.parametrize("case", rating("sum", names={"om-agg-sum-decimal", "lago-sum-out-of-range"}))
def test_sums_are_exact(case):
    values = [value for value in case["input"].get("values", case["input"].get("in_period")) if value]

    found = total(hourly(values).of("energy"))

    assert found == Fraction(case["expected"]["value"])


@pytest.mark.parametrize("case", rating("empty_window"))
def test_no_use_is_no_window_and_what_nobody_measured_is_not_zero(case):
    assert case["input"]["values"] == [] and case["expected"]["sum"] is None
    assert spread([]).windows("energy", DAY) == []
    with pytest.raises(UsageNotRateable):
        charge(plan(parts("1")), {}, final=True)


@pytest.mark.parametrize("case", rating("weighted_sum"))
def test_a_level_counts_by_the_seconds_it_lasted(case):
    period = Period(*(datetime.fromisoformat(edge) for edge in case["params"]["period"]))
    level, readings = Decimal(case["input"]["initial"]), []
    readings.append((period.start, level))
    for event in case["input"]["events"]:
        level += Decimal(event["value"])
        readings.append((datetime.fromisoformat(event["at"]), level))
    readings.append((period.end, level))

    found = Fold(Terms(gauges=("store",))).feed(
        [Reading(number, instant(when), "store", value) for number, (when, value) in enumerate(readings)]
    )

    lasted = Fraction(total_of(found.increments, "gauge.store"))
    weighted = lasted / (instant(period.end) - instant(period.start))
    places = int(case["expected"].get("round", 0))
    assert round_half_away(weighted, places) == Decimal(case["expected"]["value"])
    if "amount" in case["expected"]:
        amount = round_half_away(weighted * Fraction(case["params"]["unit"]), 2)
        assert amount == Decimal(case["expected"]["amount"])


@pytest.mark.parametrize("case", rating("pending_usage", names={"polar-cutoff-event-time"}))
def test_what_is_stamped_at_the_edge_belongs_to_the_next_period(case):
    cutoff = datetime.fromisoformat(case["params"]["cutoff"])
    period = Period(cutoff - timedelta(days=30), cutoff)
    entries = [(datetime.fromisoformat(one["at"]), one["units"]) for one in case["input"]["entries"]]

    inside = [Slice(when, Decimal(units)) for when, units in entries if period.contains(when)]
    a_plan = plan(energy(case["params"]["unit"], window="day"))

    amount = priced(a_plan, Spread(CHINA, period, {"energy": inside})).total().amount
    assert amount == Decimal(case["expected"]["amount"])
    assert [units for when, units in entries if not period.contains(when)] == case["expected"]["left_pending"]
