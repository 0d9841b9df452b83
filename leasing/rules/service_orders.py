"""
A service order (租赁+服务): one piece of work that the terms of a lease promise, from planned to accepted.

The provider and the lessee agree on a day, the provider works and reports, the lessee accepts or objects.
Who says nothing for five days has accepted; the report and its notice say so beforehand. A service that is
priced by the billing period has one order a period while the lease runs; its day need not be agreed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.services import Basis, Service
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period, billing_periods

SILENCE = timedelta(days=5)  # a report that nobody answers within it is accepted
LEFT_ALONE = timedelta(days=30)  # a period's order that nobody began so long after its period is dropped
LONGEST_TEXT, LONGEST_CONTACT = 2000, 200
LEAST_HOURS, MOST_HOURS = Decimal("0.25"), Decimal(1000)
ONE = Decimal(1)


class Status(StrEnum):
    """How far the work is."""

    PLANNED = "PLANNED"
    AGREED = "AGREED"
    IN_WORK = "IN_WORK"
    DONE = "DONE"
    ACCEPTED = "ACCEPTED"
    OBJECTED = "OBJECTED"
    CANCELLED = "CANCELLED"


class Side(StrEnum):
    """Who makes a move; the lessor of the lease only watches."""

    PROVIDER = "provider"
    LESSEE = "lessee"
    CLOCK = "clock"


class Move(StrEnum):
    """A verb of a service order; the interfaces use the same words."""

    OPEN = "open"
    PROPOSE = "propose"
    AGREE = "agree"
    START = "start"
    FINISH = "finish"
    ACCEPT = "accept"
    OBJECT = "object"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Row:
    """From which states each side may make a move, with which right, and where it leads (none: it stays)."""

    target: Status | None
    sources: Mapping[Side, frozenset[Status]]
    rights: Mapping[Side, str] = field(default_factory=dict)
    needs_text: bool = False


@dataclass(frozen=True)
class Stand:
    """What decides which moves an order knows, beside its state."""

    status: Status
    basis: Basis
    proposed_by: Side | None = None
    ordered_by_lessee: bool = False


_WAITING = frozenset({Status.PLANNED, Status.AGREED})
_UNDER_WAY = _WAITING | {Status.IN_WORK, Status.OBJECTED}
FINAL = frozenset({Status.ACCEPTED, Status.CANCELLED})
REPORTED = frozenset({Status.DONE, Status.ACCEPTED, Status.OBJECTED})
_OPERATE = "lease.operate"

TABLE: Mapping[Move, Row] = {
    Move.OPEN: Row(
        Status.PLANNED,
        {Side.LESSEE: frozenset(), Side.CLOCK: frozenset()},
        {Side.LESSEE: "lease.request", Side.CLOCK: _OPERATE},
    ),
    Move.PROPOSE: Row(
        None,
        {Side.PROVIDER: _WAITING, Side.LESSEE: _WAITING},
        {Side.PROVIDER: _OPERATE, Side.LESSEE: _OPERATE},
    ),
    Move.AGREE: Row(
        Status.AGREED,
        {Side.PROVIDER: _WAITING, Side.LESSEE: _WAITING},
        {Side.PROVIDER: _OPERATE, Side.LESSEE: _OPERATE},
    ),
    Move.START: Row(
        Status.IN_WORK,
        {Side.PROVIDER: frozenset({Status.PLANNED, Status.AGREED, Status.OBJECTED})},
        {Side.PROVIDER: _OPERATE},
    ),
    Move.FINISH: Row(
        Status.DONE,
        {Side.PROVIDER: frozenset({Status.IN_WORK})},
        {Side.PROVIDER: _OPERATE},
        needs_text=True,
    ),
    Move.ACCEPT: Row(
        Status.ACCEPTED,
        {Side.LESSEE: frozenset({Status.DONE, Status.OBJECTED}), Side.CLOCK: frozenset({Status.DONE})},
        {Side.LESSEE: _OPERATE, Side.CLOCK: _OPERATE},
    ),
    Move.OBJECT: Row(
        Status.OBJECTED,
        {Side.LESSEE: frozenset({Status.DONE})},
        {Side.LESSEE: _OPERATE},
        needs_text=True,
    ),
    Move.CANCEL: Row(
        Status.CANCELLED,
        {Side.PROVIDER: _UNDER_WAY, Side.LESSEE: _WAITING, Side.CLOCK: _WAITING},
        {Side.PROVIDER: "lease.decide", Side.LESSEE: "lease.decide", Side.CLOCK: _OPERATE},
        needs_text=True,
    ),
}

TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "date_passed": gettext_noop("Name a moment that is still to come."),
    "date_too_soon": gettext_noop("The provider asks for notice: not before {earliest}."),
    "date_behind_lease": gettext_noop("The lease ends at {ends_at}. Name a moment before that."),
    "not_hours": gettext_noop("Say how many hours were worked, from {least} to {most}, in quarters."),
    "no_hours": gettext_noop("This service is not priced by the hour; leave the hours out."),
}


def can(move: Move, side: Side, stand: Stand) -> bool:
    """Tell whether a side can make the move in an order that stands like this."""
    if stand.status not in TABLE[move].sources.get(side, frozenset()):
        return False
    if move is Move.AGREE:
        return stand.proposed_by not in (None, side)
    if move is Move.START and stand.status is Status.PLANNED:
        return stand.basis is Basis.MONTH
    # What the contract promises a lessee cannot order away, only what it ordered beside it.
    return move is not Move.CANCEL or side is not Side.LESSEE or stand.ordered_by_lessee


def moves_for(side: Side, stand: Stand) -> tuple[Move, ...]:
    """Return the moves that a side can make now."""
    return tuple(move for move in TABLE if can(move, side, stand))


def next_side(stand: Stand) -> Side | None:
    """Return the side whose turn it is; nobody's when the order is over."""
    if stand.status in FINAL:
        return None
    if stand.status is Status.DONE or (stand.status in _WAITING and stand.proposed_by is Side.PROVIDER):
        return Side.LESSEE
    return Side.PROVIDER


def ends_with_lease(stand: Stand) -> bool:
    """
    Tell whether an order is cancelled when its lease ends: what nobody began, but for that of a period.

    A period that has begun is owed to its end, or to that of the lease; its report comes after it.
    """
    return stand.status in _WAITING and stand.basis is not Basis.MONTH


def promised(services: Iterable[Service], *, lessee: str) -> tuple[Service, ...]:
    """Return the services of terms that are ordered; nobody orders from itself (public id of the lessee)."""
    return tuple(one for one in services if one.provider != lessee)


def periods_begun(lease: Period, *, zone: ZoneInfo, anchor_day: int, at: datetime) -> tuple[Period, ...]:
    """
    Return the billing periods in which a lease runs and that have begun at a moment.

    The first begins with the lease; the last is not cut at its end, which a change of the lease may move.
    """
    begun = takewhile(
        lambda one: one.start <= at and (lease.end is None or one.start < lease.end),
        billing_periods(lease.start, None, zone, anchor_day),
    )
    return tuple(begun)


def worth_opening(month: Period, at: datetime) -> bool:
    """Tell whether an order for a billing period is opened still: one long over is nobody's work any more."""
    return month.end is None or month.end > at - LEFT_ALONE


def earliest(ordered_at: datetime, lead_hours: int) -> datetime:
    """Return from when on the provider has to come: the notice that it asks for behind the order."""
    return ordered_at + timedelta(hours=lead_hours)


def date_flaws(
    moment: datetime, *, side: Side, not_before: datetime, ends_at: datetime, at: datetime, zone: ZoneInfo
) -> list[Flaw]:
    """Return what is wrong with a day that is proposed; a provider may come sooner than it has to."""
    if moment <= at:
        return [_flaw("/starts_at", "date_passed")]
    if side is Side.LESSEE and moment < not_before:
        return [_flaw("/starts_at", "date_too_soon", earliest=_words(not_before, zone))]
    if moment >= ends_at:
        return [_flaw("/starts_at", "date_behind_lease", ends_at=_words(ends_at, zone))]
    return []


def report_flaws(*, text: str, hours: Decimal | None, basis: Basis) -> list[Flaw]:
    """Return what is wrong with the report of a work: its words, and its hours where they are priced."""
    found = text_flaws(text)
    if basis is not Basis.HOUR:
        return found if hours is None else [*found, _flaw("/hours", "no_hours")]
    if hours is None or not _countable(hours):
        found.append(_flaw("/hours", "not_hours", least=LEAST_HOURS, most=MOST_HOURS))
    return found


def text_flaws(text: str, *, pointer: str = "/text") -> list[Flaw]:
    """Return what is wrong with a text that a move needs."""
    if not text.strip():
        return [_flaw(pointer, "required")]
    return [_flaw(pointer, "too_long_text", most=LONGEST_TEXT)] if len(text) > LONGEST_TEXT else []


def contact_flaws(contact: str) -> list[Flaw]:
    """Return what is wrong with the words on whom to ask for."""
    long = len(contact.strip()) > LONGEST_CONTACT
    return [_flaw("/contact", "too_long_text", most=LONGEST_CONTACT)] if long else []


def quantity(basis: Basis, hours: Decimal | None) -> Decimal:
    """Return what is billed: the hours, one order, or one billing period (billing takes its share)."""
    return hours if basis is Basis.HOUR and hours is not None else ONE


def _countable(hours: Decimal) -> bool:
    return hours.is_finite() and LEAST_HOURS <= hours <= MOST_HOURS and hours % LEAST_HOURS == 0


def _words(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
