"""
Which share of the rent the platform keeps: dated rates by scope, of which the most specific one applies.

A rate holds for whole days of the platform's zone, from ``starts_on`` up to but not including ``ends_on``;
one that was replaced before it began ends where it begins. It begins in the future, so whatever rate was in
force at a moment that is over never changes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.money import round_half_away, vat
from marketplace.shared.period import local_midnight

ZONE: Final = ZoneInfo("Asia/Shanghai")
# Whoever offers already is told before: a change of the platform's rules is made public seven days before it
# takes effect (电子商务法 of 2018, article 34).
NOTICE: Final = timedelta(days=7)
SOONEST: Final = timedelta(days=1)
LAST_DAY: Final = date(2999, 12, 31)
DIGITS: Final = 5
LONGEST_REASON: Final = 500
EXAMPLE_MINOR: Final = 1_000_000  # 10,000.00


class Scope(StrEnum):
    """For whom a rate is."""

    DEFAULT = "DEFAULT"
    CATEGORY = "CATEGORY"
    OWNER = "OWNER"


@dataclass(frozen=True)
class Dated:
    """
    A share of the net rent for a scope and some days.

    ``target`` is the key of the owner or of the category, none for the default; ``ends_on`` is the first day
    on which it does not hold any more.
    """

    key: int
    scope: Scope
    target: int | None
    rate: Decimal
    starts_on: date
    ends_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def applying(rates: Iterable[Dated], *, owner: int, path: Sequence[int], on: date) -> Dated | None:
    """
    Return the rate for what an owner lets in a category on a day; ``None`` where none is set: no commission.

    An owner's own rate goes before those of categories, the nearest category before those above it, and the
    default comes last. ``path`` is the category with those above it, nearest first.

    >>> default = Dated(1, Scope.DEFAULT, None, Decimal("0.08"), date(2026, 1, 1))
    >>> own = Dated(2, Scope.OWNER, 7, Decimal("0.05"), date(2026, 3, 1))
    >>> [applying([default, own], owner=7, path=[], on=date(2026, month, 1)).rate for month in (2, 3)]
    [Decimal('0.08'), Decimal('0.05')]
    """
    steps = [(Scope.OWNER, owner), *((Scope.CATEGORY, each) for each in path), (Scope.DEFAULT, None)]
    held = {(one.scope, one.target): one for one in rates if one.holds_on(on)}
    return next((held[step] for step in steps if step in held), None)


def changes(
    rates: Collection[Dated], *, owner: int, path: Sequence[int], after: date
) -> list[tuple[date, Dated | None]]:
    """Return the days after a day from which another rate applies, with that rate; the soonest first."""
    days = {day for one in rates for day in (one.starts_on, one.ends_on) if day is not None and day > after}
    found: list[tuple[date, Dated | None]] = []
    before = applying(rates, owner=owner, path=path, on=after)
    for day in sorted(days):
        now = applying(rates, owner=owner, path=path, on=day)
        if now != before:
            found.append((day, now))
        before = now
    return found


@dataclass(frozen=True)
class Cost:
    """What a net rent costs its owner in commission: both parts in minor units."""

    net_minor: int
    commission_minor: int
    vat_minor: int

    @property
    def gross_minor(self) -> int:
        """Commission and its VAT."""
        return self.commission_minor + self.vat_minor


def cost(*, net_minor: int, rate: Decimal, vat_rate: Decimal) -> Cost:
    """
    Return the commission on a net rent, and its VAT: what is shown beforehand is what is booked as J02.

    The commission is rounded half away from zero, its VAT likewise from the rounded commission.

    >>> cost(net_minor=1_000_000, rate=Decimal("0.10"), vat_rate=Decimal("0.06")).gross_minor
    106000
    """
    part = int(round_half_away(net_minor * rate, 0))
    return Cost(net_minor, part, vat(part, vat_rate))


def local_day(moment: datetime) -> date:
    """Return the day of the platform's zone on which a moment lies."""
    return moment.astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """Return the moment at which a day of the platform's zone begins."""
    return local_midnight(day, ZONE)


def percent(rate: Decimal) -> str:
    """
    Write a share as per cent, for people.

    >>> percent(Decimal("0.08000")), percent(Decimal("0.06125")), percent(Decimal(0))
    ('8 %', '6.125 %', '0 %')
    """
    text = format(rate * 100, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def earliest(at: datetime, *, rises: bool) -> date:
    """
    Return the first day on which a rate may begin that is approved at a moment.

    Where it ``rises`` for somebody who is told before, that is the first midnight after seven full days.
    """
    if not rises:
        return local_day(at) + SOONEST
    due = at + NOTICE
    day = local_day(due)
    return day if midnight(day) >= due else day + SOONEST


def with_change(
    rates: Iterable[Dated], *, scope: Scope, target: int | None, rate: Decimal | None, starts_on: date
) -> list[Dated]:
    """
    Return rates as they are once another one of a scope begins on a day, or without ``rate`` none does.

    It replaces what was to begin on that day or later, which then holds on no day: it ends where it begins.
    """
    found = []
    for one in rates:
        is_over = one.ends_on is not None and one.ends_on <= starts_on
        if (one.scope, one.target) == (scope, target) and not is_over:
            found.append(replace(one, ends_on=max(one.starts_on, starts_on)))
        else:
            found.append(one)
    return found if rate is None else [*found, Dated(0, scope, target, rate, starts_on)]


def differences(
    before: Collection[Dated], after: Collection[Dated], *, owner: int, path: Sequence[int], since: date
) -> list[tuple[date, Decimal, Decimal]]:
    """Return the days of change, from one on, at which the shares of two tariffs differ; each with both."""
    days = {day for one in (*before, *after) for day in (one.starts_on, one.ends_on) if day and day > since}
    found = []
    for day in sorted({since, *days}):
        old, new = (share(applying(each, owner=owner, path=path, on=day)) for each in (before, after))
        if old != new:
            found.append((day, old, new))
    return found


def share(one: Dated | None) -> Decimal:
    """Return what is kept under a rate: nothing where none applies."""
    return one.rate if one else Decimal(0)


def flaws(
    *,
    scope: str,
    category: object,
    owner: object,
    rate: Decimal | None,
    starts_on: date,
    reason: str,
    first: date,
    known: Collection[Dated],
) -> list[Flaw]:
    """
    Return why a rate cannot be set like this, each at its field.

    ``rate`` is none where the rate of the scope is to end. ``first`` is the earliest day, ``known`` are the
    rates of the same scope, of which one has to last until ``starts_on`` or begin later to end.
    """
    found = [*_flaws_of_scope(scope, category, owner), *_flaws_of_rate(rate)]
    if not 0 < len(reason.strip()) <= LONGEST_REASON or "\x00" in reason:
        found.append(Flaw("/reason", "required", gettext_noop("Say why, in at most 500 characters.")))
    return found + _flaws_of_day(rate, starts_on, first, known)


def _flaws_of_scope(scope: str, category: object, owner: object) -> list[Flaw]:
    if scope not in {one.value for one in Scope}:
        return [Flaw("/scope", "unknown", gettext_noop("Choose for whom the rate is."))]
    found = []
    if (category is None) is (scope == Scope.CATEGORY):
        text = gettext_noop("Name the category of a rate for a category, and none for any other rate.")
        found.append(Flaw("/category", "scope", text))
    if (owner is None) is (scope == Scope.OWNER):
        text = gettext_noop("Name the owner of a rate for one owner, and nobody for any other rate.")
        found.append(Flaw("/owner", "scope", text))
    return found


def _flaws_of_rate(rate: Decimal | None) -> list[Flaw]:
    if rate is None:
        return []
    if not rate.is_finite() or not 0 <= rate < 1 or rate != round(rate, DIGITS):
        text = gettext_noop("A commission is at least 0 % and less than 100 %, with at most 3 decimals.")
        return [Flaw("/rate", "out_of_range", text)]
    return []


def _flaws_of_day(rate: Decimal | None, starts_on: date, first: date, known: Collection[Dated]) -> list[Flaw]:
    found = []
    if starts_on < first:
        text = gettext_noop("The first day is {day} at the earliest: whoever pays more then is told before.")
        found.append(Flaw("/starts_on", "too_soon", text, {"day": first.isoformat()}))
    if starts_on > LAST_DAY:
        text = gettext_noop("The first day is {day} at the latest.")
        found.append(Flaw("/starts_on", "too_late", text, {"day": LAST_DAY.isoformat()}))
    if rate is None and not any(one.ends_on is None or one.ends_on > starts_on for one in known):
        found.append(Flaw("/rate", "nothing_to_end", gettext_noop("There is no rate here that could end.")))
    return found
