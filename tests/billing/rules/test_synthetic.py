"""The synthetic machine and its bill: what counts by its own closed form is what the fold counts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from billing.rules.synthetic import (
    ACTIVE,
    AWAY,
    HALF,
    LATE,
    LOST,
    MICRO,
    OF_DAY,
    OF_HOUR,
    PARTS,
    SECONDS,
    SILENCE,
    STATE,
    Machine,
    Trouble,
    Work,
    parts_of,
    state_of,
    tick_of,
    trouble_of,
)
from billing.rules.synthetic_periods import months, settled
from billing.rules.synthetic_price import PLAN, owed, vat_of
from devices.rules.counters import CounterTerms
from devices.rules.increments import COUNTER, RUN
from devices.rules.life import trace
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading
from marketplace.rules.pricing.charge import charge
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.spread import Slice, Spread
from marketplace.shared.period import Period
from tests.billing import world
from tests.rounds import tries

SEEDS = st.integers(min_value=0, max_value=2**31)
ORIGINS = st.integers(min_value=5_900_000, max_value=6_100_000)
TERMS = Terms(STATE, frozenset({ACTIVE}), (CounterTerms(PARTS),), SILENCE * MICRO)


def read(machine, until):
    """Return all readings up to a tick in the source's order."""
    sent = machine.sent(machine.origin * SECONDS - 1, until * SECONDS + LATE)
    said = sorted(said for one in sent for said in one.said)
    return [
        Reading(one.sequence, one.at, one.channel, _value(one.channel, one.value))
        for one in said
        if one.at < until * SECONDS * MICRO
    ]


def _value(channel, value):
    if value == AWAY:
        return None
    return int(value) if channel == PARTS else value


@given(SEEDS, ORIGINS, st.integers(min_value=OF_HOUR * 2, max_value=OF_DAY * 2))
@profile(max_examples=tries(60))
def test_what_counts_is_what_the_fold_counts(seed, origin, length):
    machine = Machine(seed, origin)
    until = origin + length - (origin + length) % OF_HOUR + 1  # the last reading: a good hour's first state
    readings = read(machine, until)

    found = Fold(TERMS).feed(readings, trace(readings, closers={STATE, PARTS}))

    done = list(machine.work(origin * SECONDS, (until - 1) * SECONDS))
    sums = {RUN: 0, f"{COUNTER}{PARTS}": 0}
    for one in found.increments:
        if one.meter in sums:
            sums[one.meter] += one.quantity
    last = next(work.parts for work in machine.work((until - 1) * SECONDS, until * SECONDS))
    assert sums[RUN] == sum(one.run_time for one in done) * MICRO
    assert sums[f"{COUNTER}{PARTS}"] == sum(one.parts for one in done) + last


@given(SEEDS, ORIGINS, st.lists(st.integers(min_value=0, max_value=OF_DAY * SECONDS), max_size=5))
@profile(max_examples=tries(40))
def test_however_it_is_cut_the_same_is_sent_once(seed, origin, cuts):
    machine, start = Machine(seed, origin), origin * SECONDS
    edges = sorted({0, OF_DAY * SECONDS, *cuts})
    parts = [machine.sent(start + a, start + b) for a, b in pairwise(edges)]

    assert [one for part in parts for one in part] == machine.sent(start, start + OF_DAY * SECONDS)


def test_every_trouble_comes():
    kinds = {trouble_of(1, hour)[0] for hour in range(200)}

    assert set(Trouble) < kinds
    machine = Machine(1, 0)
    sent = machine.sent(0, 200 * 3600)
    assert any(one.twice for one in sent)
    assert any(one.due - (one.tick + 1) * SECONDS == LATE for one in sent)
    assert any(said.value == AWAY for one in sent for said in one.said)
    assert len({one.tick for one in sent}) < sent[-1].tick


def hour_with(kind):
    """Return an hour of seed 1 that brings a trouble behind a tick in which the machine works."""
    hours = (hour for hour in range(1, 2000) if hour % 24 and trouble_of(1, hour)[0] == kind)
    return next(hour for hour in hours if state_of(1, hour * OF_HOUR + trouble_of(1, hour)[1] - 1) == ACTIVE)


@pytest.mark.parametrize(("kind", "unheard"), [(Trouble.AWAY, 1), (Trouble.LOST, LOST)])
def test_run_time_ends_half_a_tick_before_trouble_and_parts_come_behind_it(kind, unheard):
    hour = hour_with(kind)
    at = hour * OF_HOUR + trouble_of(1, hour)[1]

    done = {one.at: one for one in Machine(1, 0).work((at - 1) * SECONDS, (at + unheard + 1) * SECONDS)}

    assert sorted(done) == [(at - 1) * SECONDS, (at + unheard) * SECONDS]
    assert done[(at - 1) * SECONDS].run_time == HALF
    made = sum(parts_of(1, tick) for tick in range(at, at + unheard + 1))
    assert done[(at + unheard) * SECONDS].parts == made


def test_the_first_number_and_that_of_a_new_day_are_marks():
    machine = Machine(1, 5)
    first = next(machine.work(0, 10_000_000))
    [new] = machine.work(OF_DAY * SECONDS, (OF_DAY + 1) * SECONDS)

    assert (first.at, first.parts, new.parts) == (5 * SECONDS, 0, 0)
    assert tick_of(1) == tick_of(300) == 1


NOON, TEN, NIGHT = (int(datetime(2026, 11, 2, hour, tzinfo=world.ZONE).timestamp()) for hour in (12, 10, 23))


# The table of docs/checks.md.
@pytest.mark.parametrize(
    ("work", "share", "final", "costs"),
    [
        ([(NOON, 3600, 0)], (30, 30), False, {"hours": 1800, "parts": 0}),
        ([(NOON, 3600, 0)], (3, 30), True, {"hours": 1800, "parts": 0, "minimum": 18_200}),
        ([(TEN, 100, 1000), (NIGHT, 100, 1)], (30, 30), False, {"hours": 100, "parts": 50}),
        ([(NOON, 0, 10_001)], (30, 30), True, {"hours": 0, "parts": 450_040}),
        (
            [(NOON, 360_000, 30_000)],
            (15, 30),
            True,
            {"hours": 180_000, "parts": 1_250_000, "cap": -680_000},
        ),
    ],
)
def test_what_it_costs(work, share, final, costs):
    assert owed([Work(*one) for one in work], share=share, final=final) == costs


def test_tax_is_rounded_by_line():
    assert vat_of([4, 4, -4]) == 1 + 1 - 1
    assert Decimal("0.13") * 4 < 1


def test_months_are_those_of_the_calendar():
    begun = datetime(2026, 10, 28, 3, tzinfo=UTC)

    found = list(months(begun, datetime(2026, 12, 1, tzinfo=UTC)))

    assert [one.share for one in found] == [(4, 31), (30, 30), (31, 31)]
    assert found[0].start == begun
    assert found[1].start == found[0].end == world.midnight("2026-11-01")


def test_a_day_is_settled_three_hours_after_its_end():
    begun = datetime(2026, 10, 28, 3, tzinfo=UTC)

    assert settled(begun, datetime(2026, 10, 29, 18, 59, tzinfo=UTC)) == [date(2026, 10, 28)]
    assert len(settled(begun, datetime(2026, 10, 29, 19, tzinfo=UTC))) == 2
    assert settled(begun, begun) == []


@given(SEEDS, st.integers(min_value=1, max_value=31), st.integers(min_value=1, max_value=4))
@profile(max_examples=tries(15))
def test_it_costs_what_the_pricing_rule_says(seed, first, days):
    begun = world.midnight(f"2026-10-{first:02}") + timedelta(hours=5, minutes=seed % 600)
    until = min(begun + timedelta(days=days), world.midnight("2026-11-01"))
    machine = Machine(seed, tick_of(int(begun.timestamp())))
    work = list(machine.work(int(begun.timestamp()), int(until.timestamp())))
    slices = [Slice(datetime.fromtimestamp(one.at, UTC), Decimal(one.run_time)) for one in work]
    totals = {"run_time": sum(one.run_time for one in work), "good_parts": sum(one.parts for one in work)}
    share = 32 - first, 31

    made = charge(
        PricePlan.parse(PLAN),
        {meter: Decimal(total) for meter, total in totals.items()},
        share_of_period=Fraction(*share),
        final=True,
        spread=Spread(world.ZONE, Period(begun, until), {"run_time": slices}),
    )

    assert {one.component: one.net.minor for one in made.lines} == owed(work, share=share, final=True)
