"""
A slot booking: a small agreement about a machine for some hours, its life as one table, and what it costs.

What is agreed is a document that nobody changes; what is owed follows from it and from how the booking ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.slot_schedules import Schedule
from marketplace.rules.slots import hand_in_until
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money
from marketplace.shared.period import Period

VERSION = 2  # from 2 on the price plan stands in it
LONGEST_NOTE = 500


class Status(StrEnum):
    """How a booking stands."""

    ASKED = "ASKED"
    BOOKED = "BOOKED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    DONE = "DONE"
    NO_SHOW = "NO_SHOW"
    WAIVED = "WAIVED"


class Side(StrEnum):
    """Who makes a move."""

    LESSOR = "lessor"
    LESSEE = "lessee"
    CLOCK = "clock"


class Move(StrEnum):
    """A verb of a booking; the interfaces use the same words."""

    BOOK = "book"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    CANCEL = "cancel"
    HAND_IN = "hand_in"
    DONE = "done"
    NO_SHOW = "no_show"
    WAIVE = "waive"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Row:
    """One row of the table; ``rights`` are the permissions that people of each side need."""

    sources: frozenset[Status]
    target: Status
    rights: Mapping[Side, str] = field(default_factory=dict)


_ASKED, _BOOKED = frozenset({Status.ASKED}), frozenset({Status.BOOKED})

TABLE: Mapping[Move, Row] = {
    Move.BOOK: Row(frozenset(), Status.BOOKED, {Side.LESSEE: "lease.request"}),
    Move.CONFIRM: Row(_ASKED, Status.BOOKED, {Side.LESSOR: "lease.decide"}),
    Move.REFUSE: Row(_ASKED, Status.REFUSED, {Side.LESSOR: "lease.decide"}),
    Move.CANCEL: Row(
        _ASKED | _BOOKED,
        Status.CANCELLED,
        {Side.LESSEE: "lease.request", Side.LESSOR: "lease.decide"},
    ),
    Move.HAND_IN: Row(_BOOKED, Status.BOOKED, {Side.LESSOR: "lease.operate"}),
    Move.DONE: Row(_BOOKED, Status.DONE, {Side.LESSOR: "lease.operate"}),
    Move.NO_SHOW: Row(_BOOKED, Status.NO_SHOW, {Side.LESSOR: "lease.operate"}),
    Move.WAIVE: Row(
        frozenset({Status.BOOKED, Status.DONE, Status.CANCELLED, Status.NO_SHOW}),
        Status.WAIVED,
        {Side.LESSOR: "lease.decide"},
    ),
    Move.EXPIRE: Row(_ASKED, Status.EXPIRED),
}
OWING = frozenset({Status.CANCELLED, Status.NO_SHOW})  # states in which a fee may be owed

TEXTS = {
    "own_listing": gettext_noop("This machine is your own. You can block it in its calendar."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "required": gettext_noop("This field is required."),
}


def can(move: Move, status: Status) -> bool:
    """Tell whether a booking in this state can make the move."""
    return status in TABLE[move].sources


def moves_from(status: Status) -> tuple[Move, ...]:
    """Return the moves that are possible in a state, whoever makes them."""
    return tuple(move for move in TABLE if can(move, status))


def document(
    *,
    listing: str,
    title: str,
    equipment: str,
    lessor: str,
    lessee: str,
    core: Period,
    slots: int,
    schedule: Schedule,
    schedule_version: int,
    currency: str,
    zone: ZoneInfo,
    data_terms_digest: str,
    price_plan: Mapping[str, Any],
) -> dict[str, Any]:
    """
    Write what is agreed; ids are public ids, moments UTC, amounts net in minor units.

    The fee is worked out here, once, so that the lessee agrees to an amount: ``late_fee_percent`` of the
    price, rounded half away from zero.
    """
    assert core.end is not None
    amount = schedule.price_minor * slots
    handed_in = hand_in_until(schedule, core.start)
    return {
        "version": VERSION,
        "listing": listing,
        "title": title,
        "equipment": equipment,
        "lessor": lessor,
        "lessee": lessee,
        "starts_at": written(core.start),
        "ends_at": written(core.end),
        "zone": zone.key,
        "slots": slots,
        "price_minor": schedule.price_minor,
        "amount_minor": amount,
        "currency": currency,
        "price_plan": dict(price_plan),
        "schedule_version": schedule_version,
        "cancel_until": written(core.start - schedule.cancel_before),
        "late_fee_minor": share_of(amount, schedule.late_fee_percent, currency),
        "hand_in_until": handed_in and written(handed_in),
        "hand_in_place": schedule.hand_in_place if handed_in else "",
        "data_terms_digest": data_terms_digest,
    }


def share_of(amount_minor: int, percent: int, currency: str) -> int:
    """
    Return a percentage of an amount in minor units, rounded half away from zero.

        >>> share_of(12345, 50, "CNY")
        6173
    """
    whole = Money(amount_minor, currency)
    return Money.of(Fraction(whole.amount) * percent / 100, currency).minor


def cancel_fee(agreed: Mapping[str, Any], *, side: Side, status: Status, at: datetime) -> int:
    """
    Return what the lessee owes for cancelling, in minor units.

    Nothing until the deadline, which is no longer part of the free time; nothing when the lessor cancels, or
    when nobody has confirmed yet.
    """
    free = side is not Side.LESSEE or status is Status.ASKED or at < read(agreed["cancel_until"])
    return 0 if free else int(agreed["late_fee_minor"])


def party_flaws(lessor: str, lessee: str, note: str) -> list[Flaw]:
    """Return what is wrong with who books, and with the note."""
    flaws = []
    if lessor == lessee:
        flaws.append(Flaw("/listing", "own_listing", TEXTS["own_listing"]))
    if len(note) > LONGEST_NOTE:
        flaws.append(Flaw("/note", "too_long_text", TEXTS["too_long_text"], {"most": LONGEST_NOTE}))
    return flaws


def written(moment: datetime) -> str:
    """Write a moment as a document holds it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read(moment: str) -> datetime:
    """Read a moment of a document."""
    return datetime.fromisoformat(moment)
