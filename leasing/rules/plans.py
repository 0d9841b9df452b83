"""What a plan is made of, what it says, and its one way of being written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from leasing.rules.canonical import digest
from leasing.rules.orders import Order, State
from leasing.rules.planning import Calendar, Load, Shift
from leasing.rules.terms import Terms
from marketplace.rules.msgids import Phrase
from marketplace.shared.money import Money

VERSION = 1
Span = tuple[date, date]


@dataclass(frozen=True)
class Leased:
    """
    A machine that is leased, or asked for; ``spans`` are the whole local days on which it can be worked.

    It could be kept until ``free_until``, if it can be kept on at all; given back early if it ``runs``.
    """

    key: str
    lease: str
    number: str
    title: str
    category: str
    spans: tuple[Span, ...]
    ends_at: datetime
    runs: bool
    agreed: bool
    free_until: date | None
    terms: Terms


@dataclass(frozen=True)
class Offer:
    """
    A listing on offer: the runs of days on which each machine of it can be had, buffers included.

    ``own_data_terms`` are read and accepted before they bind, so such a listing is asked for by hand.
    """

    listing: str
    category: str
    minimum_days: int
    own_data_terms: bool
    machines: tuple[tuple[Span, ...], ...]
    terms: Terms


@dataclass(frozen=True)
class Inputs:
    """
    All that a plan follows from; equal inputs make equal plans, in whatever order they stand.

    ``turn`` is how many plans were accepted before, so that none is accepted twice.
    """

    calendar: Calendar
    zone: ZoneInfo
    orders: tuple[Order, ...]
    leased: tuple[Leased, ...]
    offers: tuple[Offer, ...]
    turn: int = 0

    def document(self) -> dict[str, Any]:
        """Write the inputs down in one order."""
        calendar = self.calendar
        return {
            "version": VERSION,
            "turn": self.turn,
            "first": calendar.first.isoformat(),
            "weeks": calendar.weeks,
            "shift": str(calendar.shift),
            "availability": f"{calendar.availability.normalize():f}",
            "zone": self.zone.key,
            "orders": [_order(one) for one in sorted(self.orders, key=lambda one: one.reference)],
            "leased": [_leased(one) for one in sorted(self.leased, key=lambda one: one.key)],
            "offers": [_offer(one) for one in sorted(self.offers, key=lambda one: one.listing)],
        }

    def digest(self) -> str:
        """Return the fingerprint of the plan: it follows from its inputs, so theirs is its own."""
        return digest(self.document())

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Inputs":
        """Read inputs that were written down, to compute their plan again."""
        calendar = Calendar(
            date.fromisoformat(document["first"]),
            document["weeks"],
            Shift(document["shift"]),
            Decimal(document["availability"]),
        )
        return cls(
            calendar,
            ZoneInfo(document["zone"]),
            tuple(_read_order(one) for one in document["orders"]),
            tuple(_read_leased(one) for one in document["leased"]),
            tuple(_read_offer(one) for one in document["offers"]),
            document["turn"],
        )


class Kind(StrEnum):
    """What can be done about the machines."""

    EXTEND = "extend"
    ADD = "add"
    RELEASE = "release"


@dataclass(frozen=True)
class Proposal:
    """
    One thing to do: from the day ``starts`` until before ``ends``, and why.

    ``subject`` is the lease or the listing. ``hours`` is the work that nobody else could do in time;
    ``usage`` is the same in what the plan of prices bills. ``cost`` is gross; for a release it is what is
    saved at least.
    """

    kind: Kind
    subject: str
    name: str
    category: str
    starts: date
    ends: date
    hours: Decimal
    usage: Mapping[str, Decimal]
    cost: Money
    by_hand: bool
    reasons: tuple[Phrase, ...]
    place: int = 0

    @property
    def key(self) -> str:
        """What the proposal is called in its plan; machines of one listing are told apart by their place."""
        return f"{self.kind}:{self.subject}:{self.starts}:{self.ends}:{self.place}"


@dataclass(frozen=True)
class Plan:
    """How each category stands, what to do, and what stays short all the same (hours by category)."""

    digest: str
    loads: tuple[Load, ...]
    proposals: tuple[Proposal, ...]
    remaining: Mapping[str, Decimal]


def _order(one: Order) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "part": one.part,
        "quantity": f"{one.quantity.normalize():f}",
        "due_before": one.due_before.isoformat(),
        "cycle_seconds": f"{one.cycle_seconds.normalize():f}",
        "setup_seconds": f"{one.setup_seconds.normalize():f}",
        "category": one.category,
        "earliest_start": one.earliest_start.isoformat() if one.earliest_start else None,
    }


def _leased(one: Leased) -> dict[str, Any]:
    return {
        "key": one.key,
        "lease": one.lease,
        "number": one.number,
        "title": one.title,
        "category": one.category,
        "spans": _spans(one.spans),
        "ends_at": one.ends_at.isoformat(),
        "runs": one.runs,
        "agreed": one.agreed,
        "free_until": one.free_until.isoformat() if one.free_until else None,
        "terms": one.terms.dump(),
    }


def _offer(one: Offer) -> dict[str, Any]:
    return {
        "listing": one.listing,
        "category": one.category,
        "minimum_days": one.minimum_days,
        "own_data_terms": one.own_data_terms,
        "machines": [_spans(spans) for spans in sorted(one.machines)],
        "terms": one.terms.dump(),
    }


def _spans(spans: tuple[Span, ...]) -> list[list[str]]:
    return [[start.isoformat(), end.isoformat()] for start, end in sorted(spans)]


def _read_order(node: Mapping[str, Any]) -> Order:
    return Order(
        node["reference"],
        node["part"],
        "",
        Decimal(node["quantity"]),
        date.fromisoformat(node["due_before"]),
        Decimal(node["cycle_seconds"]),
        Decimal(node["setup_seconds"]),
        node["category"],
        _day(node["earliest_start"]),
        State.OPEN,
    )


def _read_leased(node: Mapping[str, Any]) -> Leased:
    return Leased(
        node["key"],
        node["lease"],
        node["number"],
        node["title"],
        node["category"],
        _read_spans(node["spans"]),
        datetime.fromisoformat(node["ends_at"]),
        node["runs"],
        node["agreed"],
        _day(node["free_until"]),
        Terms.parse(node["terms"], agreed=True),
    )


def _read_offer(node: Mapping[str, Any]) -> Offer:
    return Offer(
        node["listing"],
        node["category"],
        node["minimum_days"],
        node["own_data_terms"],
        tuple(_read_spans(spans) for spans in node["machines"]),
        Terms.parse(node["terms"], agreed=True),
    )


def _read_spans(node: list[list[str]]) -> tuple[Span, ...]:
    return tuple((date.fromisoformat(start), date.fromisoformat(end)) for start, end in node)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
