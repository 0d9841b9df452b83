"""
Annexes: how a running lease is changed, by a document that one side proposes and the other accepts.

The terms stay as they were agreed; an annex changes until when the lease runs, which machines it has, or the
numbers of its price from a billing period on (:mod:`leasing.rules.repricing`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from leasing.rules import repricing
from leasing.rules.canonical import digest
from leasing.rules.leases import Move, Status, can
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.errors import Flaw

VERSION = 1
LONGEST_NOTE = 2000
LONGEST_TITLE = 200
MOST_MACHINES = 20
LONGEST_VALIDITY = timedelta(days=90)
# A lease may not be longer (Civil Code, Article 705).
LONGEST_YEARS = 20


class Kind(StrEnum):
    """What an annex changes."""

    EXTEND = "EXTEND"
    SHORTEN = "SHORTEN"
    SWAP = "SWAP"
    ADD = "ADD"
    RELEASE = "RELEASE"
    BUY_OUT = "BUY_OUT"
    REPRICE = "REPRICE"


class State(StrEnum):
    """How far an annex is; a change of machines that is agreed waits for its moment, then is in effect."""

    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    IN_EFFECT = "IN_EFFECT"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


ENDS = frozenset({Kind.EXTEND, Kind.SHORTEN})
BRINGS = frozenset({Kind.SWAP, Kind.ADD})
MACHINES = BRINGS | {Kind.RELEASE}

TEXTS = {
    "required": gettext_noop("This field is required."),
    "not_of_this_kind": gettext_noop("This does not belong to such a change. Leave it out."),
    "ends_later": gettext_noop("The lease ends at {ends_at}. An extension ends after that."),
    "ends_earlier": gettext_noop("The lease ends at {ends_at}. Choose a moment between now and then."),
    "too_long": gettext_noop("A lease lasts {years} years at most (Civil Code, Article 705)."),
    "already_over": gettext_noop("Choose a moment in the future."),
    "too_far": gettext_noop("A proposal may stand for {days} days at most."),
    "after_the_end": gettext_noop("The lease ends at {ends_at}: a proposal cannot stand for longer."),
    "outside_lease": gettext_noop("Choose a moment between now and {ends_at}, when the lease ends."),
    "unknown_machine": gettext_noop("This machine is not in the lease, or it leaves it already."),
    "not_offered": gettext_noop("This machine does not stand in the listing of the lease."),
    "already_leased": gettext_noop("This machine is in the lease already."),
    "twice": gettext_noop("A machine is named twice."),
    "too_many": gettext_noop("Name {most} machines at most."),
    "last_machine": gettext_noop("A lease keeps a machine at least. End the lease instead."),
    "no_period_begins": gettext_noop(
        "A price holds for whole billing periods. Choose the beginning of one, such as {nearest}."
    ),
    "too_long_text": gettext_noop("Write {most} characters at most."),
}


@dataclass(frozen=True)
class Change:
    """
    What is to change. Machines are public ids; ``swap`` are pairs of the one that leaves and the one that
    comes. ``price_minor`` and ``title`` are those of a sale: the price before tax, and what passes the title.
    ``price_plan`` is the whole plan with its new numbers, as JSON.
    """

    kind: Kind
    ends_at: datetime | None = None
    add: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    swap: tuple[tuple[str, str], ...] = ()
    effective_from: datetime | None = None
    price_minor: int | None = None
    title: str = ""
    price_plan: Mapping[str, Any] | None = None

    @property
    def leaving(self) -> tuple[str, ...]:
        """The machines that leave the lease."""
        return (*self.release, *(gone for gone, _come in self.swap))

    @property
    def coming(self) -> tuple[str, ...]:
        """The machines that come into the lease."""
        return (*self.add, *(come for _gone, come in self.swap))

    def dump(self) -> dict[str, Any]:
        """Write it as JSON; times are UTC."""
        return {
            "kind": str(self.kind),
            "ends_at": _written(self.ends_at),
            "add": list(self.add),
            "release": list(self.release),
            "swap": [list(pair) for pair in self.swap],
            "effective_from": _written(self.effective_from),
            "price_minor": self.price_minor,
            "title": self.title,
            **({} if self.price_plan is None else {"price_plan": dict(self.price_plan)}),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Change":
        """Read what :meth:`dump` wrote."""
        return cls(
            kind=Kind(document["kind"]),
            ends_at=_read(document["ends_at"]),
            add=tuple(document["add"]),
            release=tuple(document["release"]),
            swap=tuple((gone, come) for gone, come in document["swap"]),
            effective_from=_read(document["effective_from"]),
            price_minor=document["price_minor"],
            title=document["title"],
            price_plan=document.get("price_plan"),
        )


@dataclass(frozen=True)
class Standing:
    """
    How the lease stands before a change; ``shown`` is its end in words.

    ``machines`` are those in use that it keeps to its end, ``coming`` those that are still to come.
    ``starts`` are the beginnings of its billing periods, ``nearest`` the words for the one next to what was
    asked, and ``plan`` the price that holds there.
    """

    starts_at: datetime
    ends_at: datetime
    machines: Collection[str]
    offered: Collection[str]
    shown: str
    coming: Collection[str] = ()
    starts: Collection[datetime] = ()
    nearest: str = ""
    plan: PricePlan | None = None


def document(
    *,
    lease: str,
    number: int,
    side: str,
    change: Change,
    ends_at: datetime,
    valid_until: datetime,
    note: str,
    data_notice: str,
    plan: PricePlan | None = None,
) -> dict[str, Any]:
    """
    Write what is proposed: the other side accepts the digest of this.

    ``ends_at`` is the end before; ``plan`` the price before, if that is what changes.
    """
    return {
        "version": VERSION,
        "lease": lease,
        "number": number,
        "side": side,
        "change": change.dump(),
        "before": before(ends_at, plan),
        "valid_until": _written(valid_until),
        "note": note,
        "data_notice": data_notice,
    }


def before(ends_at: datetime, plan: PricePlan | None = None) -> dict[str, Any]:
    """Write what an annex found, and is outdated without."""
    return {"ends_at": _written(ends_at), **({} if plan is None else {"price_plan": plan.dump()})}


def changeable(status: Status) -> bool:
    """Tell whether a lease in this state can be changed."""
    return can(Move.CHANGE, status)


def fingerprint(written: Mapping[str, Any]) -> str:
    """Return the digest by which a document is accepted."""
    return digest(dict(written))


def differences(
    change: Change, ended_at: datetime, price: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """
    Return what a change makes otherwise, by JSON pointer, as the history keeps it.

    ``price`` is the price plan before, if that is what changes.
    """
    found = []
    if change.price_plan is not None:
        numbers = repricing.changed_numbers(price, change.price_plan, "/price_plan")
        found += [_differs(*one) for one in numbers]
    if change.ends_at is not None:
        found.append(_differs("/ends_at", _written(ended_at), _written(change.ends_at)))
    found += [_differs("/machines", gone, come) for gone, come in change.swap]
    found += [_differs("/machines", None, come) for come in change.add]
    found += [_differs("/machines", gone, None) for gone in change.release]
    return found


def flaws(
    change: Change, standing: Standing, *, valid_until: datetime, note: str, at: datetime
) -> list[Flaw]:
    """Return everything that is wrong with a proposal, each at its field."""
    return [
        *_shape_flaws(change),
        *_end_flaws(change, standing, at),
        *_machine_flaws(change, standing),
        *_moment_flaws(change, standing, at),
        *_price_flaws(change, standing),
        *_validity_flaws(valid_until, standing, at),
        *([_flaw("/note", "too_long_text", most=LONGEST_NOTE)] if len(note) > LONGEST_NOTE else []),
    ]


def _shape_flaws(change: Change) -> list[Flaw]:
    """Return what a kind needs and is not there, and what is there and does not belong to it."""
    given = {
        "ends_at": change.ends_at is not None,
        "add": bool(change.add),
        "release": bool(change.release),
        "swap": bool(change.swap),
        "price_minor": change.price_minor is not None,
        "title": bool(change.title.strip()),
        "price_plan": change.price_plan is not None,
    }
    wanted = {
        Kind.EXTEND: ("ends_at",),
        Kind.SHORTEN: ("ends_at",),
        Kind.SWAP: ("swap",),
        Kind.ADD: ("add",),
        Kind.RELEASE: ("release",),
        Kind.BUY_OUT: ("price_minor", "title"),
        Kind.REPRICE: ("price_plan",),
    }[change.kind]
    found = [_flaw(f"/{name}", "required") for name in wanted if not given[name]]
    found += [
        _flaw(f"/{name}", "not_of_this_kind") for name, there in given.items() if there and name not in wanted
    ]
    if change.effective_from is not None and change.kind not in MACHINES | {Kind.REPRICE}:
        found.append(_flaw("/effective_from", "not_of_this_kind"))
    if change.effective_from is None and change.kind == Kind.REPRICE:
        found.append(_flaw("/effective_from", "required"))
    if len(change.title) > LONGEST_TITLE:
        found.append(_flaw("/title", "too_long_text", most=LONGEST_TITLE))
    return found


def _end_flaws(change: Change, standing: Standing, at: datetime) -> list[Flaw]:
    if change.ends_at is None or change.kind not in ENDS:
        return []
    if change.kind == Kind.SHORTEN:
        inside = max(at, standing.starts_at) < change.ends_at < standing.ends_at
        return [] if inside else [_flaw("/ends_at", "ends_earlier", ends_at=standing.shown)]
    if change.ends_at <= standing.ends_at:
        return [_flaw("/ends_at", "ends_later", ends_at=standing.shown)]
    if change.ends_at > _years_after(standing.starts_at, LONGEST_YEARS):
        return [_flaw("/ends_at", "too_long", years=LONGEST_YEARS)]
    return []


def _machine_flaws(change: Change, standing: Standing) -> list[Flaw]:
    field = {Kind.SWAP: "/swap", Kind.ADD: "/add", Kind.RELEASE: "/release"}.get(change.kind)
    if field is None:
        return []
    found = []
    if any(len(set(side)) != len(side) for side in (change.leaving, change.coming)):
        found.append(_flaw(field, "twice"))
    if max(len(change.leaving), len(change.coming)) > MOST_MACHINES:
        found.append(_flaw(field, "too_many", most=MOST_MACHINES))
    known = {*standing.machines, *standing.coming}
    if set(change.leaving) - known:
        found.append(_flaw(field, "unknown_machine"))
    if set(change.coming) & known:
        found.append(_flaw(field, "already_leased"))
    elif set(change.coming) - set(standing.offered):
        found.append(_flaw(field, "not_offered"))
    if change.release and not set(standing.machines) - set(change.release):
        found.append(_flaw(field, "last_machine"))
    return found


def _moment_flaws(change: Change, standing: Standing, at: datetime) -> list[Flaw]:
    moment = change.effective_from
    if moment is None or change.kind not in MACHINES or at <= moment < standing.ends_at:
        return []
    return [_flaw("/effective_from", "outside_lease", ends_at=standing.shown)]


def _price_flaws(change: Change, standing: Standing) -> list[Flaw]:
    if change.kind != Kind.REPRICE or change.effective_from is None or change.price_plan is None:
        return []
    if change.effective_from not in standing.starts:
        return [_flaw("/effective_from", "no_period_begins", nearest=standing.nearest)]
    assert standing.plan is not None, "where a period begins, a price holds"
    return repricing.plan_flaws(change.price_plan, standing.plan)


def _validity_flaws(valid_until: datetime, standing: Standing, at: datetime) -> list[Flaw]:
    if valid_until <= at:
        return [_flaw("/valid_until", "already_over")]
    if valid_until > at + LONGEST_VALIDITY:
        return [_flaw("/valid_until", "too_far", days=LONGEST_VALIDITY.days)]
    if valid_until > standing.ends_at:
        return [_flaw("/valid_until", "after_the_end", ends_at=standing.shown)]
    return []


def _years_after(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, day=28)


def _differs(pointer: str, before: Any, after: Any) -> dict[str, Any]:
    return {"pointer": pointer, "before": before, "after": after}


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
