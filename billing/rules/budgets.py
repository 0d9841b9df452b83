"""
What a side wants to be told about the cost and use of its leases, and what of it has come about.

A budget never stops a machine. Amounts are net, in minor units; quantities in the meter's own unit (hours of
run time, parts). Each threshold is told once in a span: a billing period of a lease, a calendar month of all
leases, or a time without use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import round_half_away
from marketplace.shared.period import Period

PERCENTS = (50, 80, 100)  # those of a budget that names none
MOST_AMOUNT = 10**13  # minor units
MOST_PERCENT = 1_000
MOST_PERCENTS = 10
MOST_QUANTITY = Decimal(10) ** 12
MOST_IDLE_DAYS = 365
A_DAY = timedelta(days=1)
TEXTS = {
    "budget_amount_out_of_range": gettext_noop("The budget is more than 0 and at most {most}."),
    "budget_percents": gettext_noop(
        "Name 1 to {count} whole percentages between 1 and {most}, each once, such as 50, 80, 100."
    ),
    "budget_quantity": gettext_noop("The quantity is more than 0 and at most {most}."),
    "budget_meter": gettext_noop("The lease has no meter “{meter}”. It has: {known}."),
    "budget_idle_days": gettext_noop("The number of days is between 1 and {most}."),
    "budget_of_one_lease": gettext_noop("This is watched of a single lease. Set it at the lease."),
    "budget_empty": gettext_noop("Set an amount, or something else of which you want to be told."),
    "budget_no_cap": gettext_noop("The price of this lease has no cap."),
}


class Kind(StrEnum):
    """What came about."""

    PERCENT = "PERCENT"
    QUANTITY = "QUANTITY"
    CAP = "CAP"
    IDLE = "IDLE"


@dataclass(frozen=True)
class Wanted:
    """
    Of what a side wants to be told.

    ``amount_minor`` is the budget of a span, ``percents`` of it are told; ``quantities`` are those of meters
    in a billing period; ``idle_days`` is for how long nothing was counted.
    """

    amount_minor: int | None = None
    percents: tuple[int, ...] = PERCENTS
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    at_cap: bool = False
    idle_days: int | None = None


class Unrated(NamedTuple):
    """A lease that cannot be rated: its id and number, and the code of what refuses it."""

    lease: str
    number: str
    code: str


@dataclass(frozen=True)
class Figures:
    """
    How things stand in ``span``: net cost so far and by forecast, what the meters counted.

    ``has_cap`` tells whether the price has one, ``at_cap`` that nothing is left before it. ``idle_since`` is
    since when nothing was counted; ``None`` where that says nothing: the machine is not in use any more.
    ``unrated`` are leases whose cost could not be computed, and is missing.
    """

    span: Period
    net_minor: int
    forecast_minor: int | None
    usage: Mapping[str, Decimal] = field(default_factory=dict)
    at_cap: bool = False
    idle_since: datetime | None = None
    unrated: tuple[Unrated, ...] = ()


@dataclass(frozen=True)
class Crossed:
    """
    A threshold that is reached. ``since`` and ``key`` name it: what has both the same is told once.

    ``limit_minor`` is the amount at which it lies, ``meter`` and ``limit`` the quantity, ``percent`` and
    ``days`` what was wanted.
    """

    kind: Kind
    since: datetime
    key: str
    percent: int | None = None
    limit_minor: int | None = None
    meter: str = ""
    limit: Decimal | None = None
    quantity: Decimal | None = None
    days: int | None = None


@dataclass(frozen=True)
class Parts:
    """
    A cost so far, in minor units, by how it grows.

    ``fixed`` is that of the whole period already (base fee, facts), ``rent`` the owner's price of use,
    ``other`` what is asked beside it. ``to_minimum`` and ``to_cap`` are what is left to the bounds of rent.
    """

    fixed: int
    rent: int
    other: int
    to_minimum: int | None = None
    to_cap: int | None = None

    @property
    def net(self) -> int:
        """The cost so far."""
        return self.fixed + self.rent + self.other


def crossed(wanted: Wanted, figures: Figures, *, at: datetime) -> list[Crossed]:
    """
    Return every threshold that is reached, told before or not, in the order in which it was wanted.

        >>> from datetime import UTC
        >>> span = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
        >>> found = crossed(Wanted(amount_minor=100_000), Figures(span, 81_000, None), at=span.start)
        >>> [one.percent for one in found]
        [50, 80]
    """
    return [*_percents(wanted, figures), *_quantities(wanted, figures), *_others(wanted, figures, at)]


def _percents(wanted: Wanted, figures: Figures) -> Iterator[Crossed]:
    budget = wanted.amount_minor
    for percent in sorted(wanted.percents) if budget is not None else ():
        assert budget is not None
        if figures.net_minor * 100 >= budget * percent:
            limit = int(round_half_away(Fraction(budget * percent, 100), 0))
            key = f"{percent}:{budget}"
            yield Crossed(Kind.PERCENT, figures.span.start, key, percent=percent, limit_minor=limit)


def _quantities(wanted: Wanted, figures: Figures) -> Iterator[Crossed]:
    for meter, limit in sorted(wanted.quantities.items()):
        quantity = figures.usage.get(meter, Decimal(0))
        if quantity >= limit:
            key = f"{meter}:{plain(limit.normalize())}"
            yield Crossed(Kind.QUANTITY, figures.span.start, key, meter=meter, limit=limit, quantity=quantity)


def _others(wanted: Wanted, figures: Figures, at: datetime) -> Iterator[Crossed]:
    if wanted.at_cap and figures.at_cap:
        yield Crossed(Kind.CAP, figures.span.start, "cap")
    days, since = wanted.idle_days, figures.idle_since
    if days is not None and since is not None and at - since >= days * A_DAY:
        yield Crossed(Kind.IDLE, since, f"{days}", days=days)


def forecast(parts: Parts, span: Period, *, at: datetime) -> int | None:
    """
    Return what a period comes to if its days go on as those so far, in minor units; ``None`` before one day.

    What is fixed stays. Rent and what stands beside it grow by the day; rent by no less than is missing
    to the minimum, and by no more than is left before the cap. When the period is over it is the cost so far.

        >>> from datetime import UTC
        >>> span = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
        >>> forecast(Parts(10_000, 20_000, 0), span, at=datetime(2026, 11, 11, tzinfo=UTC))
        70000
    """
    whole = span.duration()
    elapsed = min(at - span.start, whole)
    if elapsed < min(A_DAY, whole):
        return None
    left = Fraction((whole - elapsed) // timedelta(microseconds=1), elapsed // timedelta(microseconds=1))
    grown = _rounded(parts.rent * left)
    if parts.to_minimum is not None:
        grown = max(grown, parts.to_minimum)
    if parts.to_cap is not None:
        grown = min(grown, parts.to_cap)
    return parts.net + grown + _rounded(parts.other * left)


def _rounded(amount: Fraction) -> int:
    return int(round_half_away(amount, 0))


def flaws(wanted: Wanted, *, meters: Sequence[str] | None, has_cap: bool = False) -> list[Flaw]:
    """Return what keeps a wish from being kept; ``meters`` are those of the lease, if it is one."""
    found = [*_amount_flaws(wanted), *_lease_flaws(wanted, meters, has_cap)]
    told = (wanted.amount_minor is not None, wanted.quantities, wanted.at_cap, wanted.idle_days is not None)
    if not any(told):
        found.append(_flaw("/amount_minor", "budget_empty"))
    return found


def _amount_flaws(wanted: Wanted) -> Iterator[Flaw]:
    if wanted.amount_minor is not None and not 0 < wanted.amount_minor <= MOST_AMOUNT:
        yield _flaw("/amount_minor", "budget_amount_out_of_range", most=MOST_AMOUNT // 100)
    many, once = len(wanted.percents), len(set(wanted.percents))
    fits = all(1 <= percent <= MOST_PERCENT for percent in wanted.percents)
    if not fits or many != once or not 1 <= many <= MOST_PERCENTS:
        yield _flaw("/percents", "budget_percents", count=MOST_PERCENTS, most=MOST_PERCENT)


def _lease_flaws(wanted: Wanted, meters: Sequence[str] | None, has_cap: bool) -> Iterator[Flaw]:
    given = {"quantities": wanted.quantities, "at_cap": wanted.at_cap, "idle_days": wanted.idle_days}
    if meters is None:
        yield from (_flaw(f"/{name}", "budget_of_one_lease") for name, value in given.items() if value)
        return
    for meter, quantity in wanted.quantities.items():
        if meter not in meters:
            yield _flaw(
                f"/quantities/{meter[:40]}", "budget_meter", meter=meter[:40], known=", ".join(meters)
            )
        elif not (quantity.is_finite() and 0 < quantity <= MOST_QUANTITY):
            yield _flaw(f"/quantities/{meter}", "budget_quantity", most=plain(MOST_QUANTITY))
    if wanted.at_cap and not has_cap:
        yield _flaw("/at_cap", "budget_no_cap")
    if wanted.idle_days is not None and not 1 <= wanted.idle_days <= MOST_IDLE_DAYS:
        yield _flaw("/idle_days", "budget_idle_days", most=MOST_IDLE_DAYS)


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
