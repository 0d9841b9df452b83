"""
Interest of what is paid late: simple, by the day, over what was open when each day ended.

A day is counted if its amount was still open when it ended, the last day on which it was due being the first:
due on the 31st and paid on the 1st is one day. Days are half-open, ``start`` is in and ``end`` is not.
What is
claimed is the running total less what was claimed before, so that nothing drifts and nothing bears twice.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from marketplace.shared.money import round_half_away, share_out, split_gross

BEGINNING = date.min


class Change(NamedTuple):
    """What is owed grows (or falls, if negative) by so many minor units when the day ``on`` ends."""

    on: date
    minor: int


class Freeze(NamedTuple):
    """So many minor units bear nothing in ``start`` ≤ day < ``end``; without an end, not yet."""

    start: date
    end: date | None
    minor: int


@dataclass(frozen=True)
class Terms:
    """A rate as a share of one a day; days of grace bear nothing; ``cap`` is a share of what was billed."""

    per_day: Fraction
    grace_days: int = 0
    cap: Decimal | None = None


@dataclass(frozen=True)
class Stretch:
    """Days over which the same amount was open; ``interest`` is exact and in minor units."""

    start: date
    end: date
    base_minor: int
    per_day: Fraction

    @property
    def days(self) -> int:
        """How many days bear interest."""
        return (self.end - self.start).days

    @property
    def interest(self) -> Fraction:
        """Amount × rate × days, before it is rounded."""
        return self.base_minor * self.per_day * self.days


def per_day(rate: Decimal, *, is_yearly: bool, day_count: int) -> Fraction:
    """
    Return what a rate is for one day; a yearly one is divided by its days of a year.

    >>> per_day(Decimal("0.073"), is_yearly=True, day_count=365)
    Fraction(1, 5000)
    """
    return Fraction(rate) / day_count if is_yearly else Fraction(rate)


def freezes(
    outcome: str,
    raised_on: date,
    decided_on: date | None,
    *,
    left_minor: int,
    conceded_minor: int = 0,
    is_credited: bool = False,
) -> list[Freeze]:
    """
    Return what a dispute keeps from bearing interest.

    An open one freezes what is left of the line from the day on which it was raised. One that the seller
    decided
    has frozen it until then; what was conceded bears none at all, also before a note credits it. One that the
    buyer took back never was.
    """
    if outcome == "WITHDRAWN":
        return []
    frozen = [Freeze(raised_on, decided_on, left_minor)]
    if outcome == "CONCEDED" and not is_credited:
        frozen += [
            Freeze(BEGINNING, raised_on, conceded_minor),
            Freeze(decided_on or raised_on, None, conceded_minor),
        ]
    return frozen


def stretches(
    changes: Iterable[Change], frozen: Iterable[Freeze], terms: Terms, *, due_on: date, through: date
) -> list[Stretch]:
    """
    Return the stretches from the end of the days of grace to ``through``, which itself does not count.

    Payments lower what is open first where it is not disputed: the rest bears interest, never less than
    nothing.
    """
    moves, held = sorted(changes), list(frozen)
    first = due_on + timedelta(days=terms.grace_days)
    edges = {one.on for one in moves} | {one.start for one in held} | {one.end for one in held if one.end}
    days = sorted({first, through, *(edge for edge in edges if first < edge < through)})
    found: list[Stretch] = []
    for start, end in itertools.pairwise(days):
        base = _base(moves, held, start)
        if start < first or end > through or base <= 0:
            continue
        if found and found[-1].end == start and found[-1].base_minor == base:
            found[-1] = Stretch(found[-1].start, end, base, terms.per_day)
        else:
            found.append(Stretch(start, end, base, terms.per_day))
    return found


def total(found: Sequence[Stretch], terms: Terms, *, billed_minor: int) -> int:
    """
    Return the interest of all stretches in minor units: rounded once, half away from zero, under the cap.
    """
    exact = int(round_half_away(sum((one.interest for one in found), Fraction(0)), 0))
    if terms.cap is None:
        return exact
    return min(exact, int(round_half_away(Fraction(terms.cap) * max(0, billed_minor), 0)))


class Taxed(NamedTuple):
    """Interest of one tax category, tax included and split."""

    net: int
    tax: int


def split(gross_minor: int, weights: Mapping[str, int], rates: Mapping[str, Decimal]) -> dict[str, Taxed]:
    """
    Share interest, tax included, over the tax categories that were billed, and take the tax out of each.

    ``weights`` are what was billed by category. Where nothing is left of what was billed, interest is
    nothing.
    """
    names = list(rates)
    shares = [max(0, weights.get(name, 0)) for name in names]
    parts = share_out(gross_minor, shares) if gross_minor and any(shares) else [0] * len(names)
    return {name: Taxed(*split_gross(part, rates[name])) for name, part in zip(names, parts, strict=True)}


def less(wanted: Mapping[str, Taxed], claimed: Mapping[str, Taxed]) -> dict[str, Taxed]:
    """Return by category what is left to claim, negative where too much was; what is nothing is left out."""
    nothing = Taxed(0, 0)
    both = {name: (wanted.get(name, nothing), claimed.get(name, nothing)) for name in [*wanted, *claimed]}
    found = {name: Taxed(one.net - was.net, one.tax - was.tax) for name, (one, was) in both.items()}
    return {name: one for name, one in found.items() if one != nothing}


def _base(moves: Sequence[Change], held: Sequence[Freeze], day: date) -> int:
    owed = sum(one.minor for one in moves if one.on <= day)
    return owed - sum(one.minor for one in held if one.start <= day and (one.end is None or day < one.end))
