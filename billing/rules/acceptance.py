"""
A meter test: run ten, compare.

The same rules count that bill. Only the beginning differs: the last number of a counter before the test is
its baseline, since all that grows from there on is the test's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from billing.rules.cutting import Cut
from billing.rules.metering import total
from billing.rules.stretches import BAD, Evidence, Plan, Stretch, closing, walk
from devices.rules.readings import Reading
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST = timedelta(days=2)
LARGEST = Decimal(10) ** 15
MOST_PLACES = 6
LONGEST_NOTE = 200
TEXTS = {
    "not_counted": gettext_noop("The contract has no count rule for this meter. Choose one of: {choices}."),
    "test_not_over": gettext_noop("The test must be over before it is compared."),
    "test_too_long": gettext_noop("A test ends after it begins, and within {hours} hours."),
    "bad_quantity": gettext_noop("Send a number from 0 on, below 10^15, with 6 decimals at most."),
    "nothing_expected": gettext_noop("Count at least one by hand; a meter that stands still proves nothing."),
    "note_too_long": gettext_noop("This may have {most} characters at most."),
}


class Measured(NamedTuple):
    """What the meter counts in a test, and what it saw and would hold."""

    counted: Decimal
    held: Decimal


def measured(plan: Plan, evidence: Evidence, before: Sequence[Reading]) -> Measured:
    """
    Count a test: ``plan`` has the one rule of the meter, and its time; ``evidence`` is of that time.

    ``before`` are the last numbers of its counters from before the test.
    """
    (rule,) = plan.rules
    orders = {one.sequence: 0 for one in before} | dict(evidence.arrivals)
    readings = [*sorted(before), *evidence.readings]
    stretches = walk(plan, replace(evidence, readings=readings, arrivals=orders))
    cuts = [cut for stretch in stretches for cut in stretch.cuts.get(rule.meter, ())]
    cuts += _closing(plan, stretches)
    bad = total(cut for stretch in stretches for cut in stretch.cuts.get(f"{rule.meter}{BAD}", ()))
    counted = total(cut for cut in cuts if not cut.held)
    return Measured(max(Decimal(0), counted - bad), total(cut for cut in cuts if cut.held))


def _closing(plan: Plan, stretches: Sequence[Stretch]) -> list[Cut]:
    ended: Mapping[str, list[Cut]] = closing(plan, stretches[-1], over=True) if stretches else {}
    return [cut for cuts in ended.values() for cut in cuts]


def has_passed(expected: Decimal, counted: Decimal, tolerance: Decimal) -> bool:
    """Tell whether a meter counted what was counted by hand, but for a tolerance, edges included."""
    return (counted - expected).copy_abs() <= tolerance


def flaws_of(
    *,
    meter: str,
    meters: Sequence[str],
    start: datetime,
    end: datetime,
    expected: Decimal,
    tolerance: Decimal,
    note: str,
    at: datetime,
) -> list[Flaw]:
    """Return what is wrong with a test that is recorded at ``at``, each fault at its field."""
    flaws = []
    if meter not in meters:
        flaws.append(_flaw("/meter", "not_counted", choices=", ".join(meters)))
    if end > at:
        flaws.append(_flaw("/to", "test_not_over"))
    if not timedelta(0) < end - start <= LONGEST:
        flaws.append(_flaw("/to", "test_too_long", hours=LONGEST // timedelta(hours=1)))
    for name, quantity in (("expected", expected), ("tolerance", tolerance)):
        if not _sound(quantity):
            flaws.append(_flaw(f"/{name}", "bad_quantity"))
    if expected == 0:
        flaws.append(_flaw("/expected", "nothing_expected"))
    if len(note) > LONGEST_NOTE or "\x00" in note:
        flaws.append(_flaw("/note", "note_too_long", most=LONGEST_NOTE))
    return flaws


def _sound(value: Decimal) -> bool:
    if not value.is_finite() or not 0 <= value < LARGEST:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_PLACES


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
