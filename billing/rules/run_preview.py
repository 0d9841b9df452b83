"""What a run would bill, beside what stood there in the period before, and what is odd about it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from leasing.rules.canonical import digest

JUMP_PERCENT = 50
MOST_PERCENT = 1000


class Cause(StrEnum):
    """Why a component costs something else than in the period before."""

    USAGE = "USAGE"
    PRICE = "PRICE"
    FACTS = "FACTS"
    NEW = "NEW"
    GONE = "GONE"
    OTHER = "OTHER"


class Flag(StrEnum):
    """What a person should look at before it is billed."""

    NEW = "NEW"
    NONE_LAST = "NONE_LAST"
    JUMP = "JUMP"
    NEGATIVE = "NEGATIVE"
    DISPUTED = "DISPUTED"
    OBJECTED = "OBJECTED"
    REVIEWS = "REVIEWS"
    SILENT = "SILENT"
    GAP = "GAP"


@dataclass(frozen=True)
class Priced:
    """What a component of one seller amounts to in a period, before tax; several lines of it are added up."""

    component: str
    kind: str
    net_minor: int
    quantity: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """A component whose net differs from that of the period before, in minor units."""

    component: str
    kind: str
    cause: Cause
    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        """What it costs more now."""
        return self.after_minor - self.before_minor

    def dump(self) -> dict[str, Any]:
        """Write it as JSON-able data."""
        return {**vars(self), "cause": str(self.cause)}


def changes(before: Iterable[Priced], after: Iterable[Priced], *, facts: Collection[str]) -> list[Change]:
    """
    Return what differs from one period to the next, in the order of the plan; what is gone stands last.

    ``facts`` are the kinds of lines that bill what leasing recorded. Differences add up to that of the nets.
    """
    old, new = _by_component(before), _by_component(after)
    found = []
    for name in (*new, *(name for name in old if name not in new)):
        was, now = old.get(name), new.get(name)
        before_minor, after_minor = (one.net_minor if one else 0 for one in (was, now))
        if before_minor != after_minor:
            kind = (now or old[name]).kind
            cause = Cause.FACTS if kind in facts else _cause(was, now)
            found.append(Change(name, kind, cause, before_minor, after_minor))
    return found


def is_jump(now_minor: int, last_minor: int, *, percent: int) -> bool:
    """Tell whether an amount moved by more than ``percent`` of the last one; from nothing, anything does."""
    return abs(now_minor - last_minor) * 100 > percent * abs(last_minor)


def amount_flags(now_minor: int, last_minor: int | None, *, is_first: bool, percent: int) -> list[Flag]:
    """Return what the amounts of a seller alone say; ``last_minor`` is ``None`` where it billed nothing."""
    found = []
    if is_first:
        found.append(Flag.NEW)
    elif last_minor is None:
        found.append(Flag.NONE_LAST)
    elif is_jump(now_minor, last_minor, percent=percent):
        found.append(Flag.JUMP)
    if now_minor < 0:
        found.append(Flag.NEGATIVE)
    return found


def run_digest(parts: Mapping[tuple[str, datetime], Sequence[tuple[str, str]]]) -> str:
    """
    Return the fingerprint of what a run would issue: who approves it states this.

    ``parts`` are (seller, digest of its draft) by lease and start of period, of all that is not left out.
    """
    rows = [
        [lease, start.isoformat(), *sorted([seller, of_draft] for seller, of_draft in found)]
        for (lease, start), found in sorted(parts.items())
    ]
    return digest(rows)


def is_as_approved(approved: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Tell whether the drafts of a lease and period, by seller, are those that were approved."""
    return dict(approved) == dict(found)


def _by_component(lines: Iterable[Priced]) -> dict[str, Priced]:
    """Add up lines of one component; what was counted, and its price, is what the last line says."""
    found: dict[str, Priced] = {}
    for line in lines:
        known = found.get(line.component)
        found[line.component] = line if known is None else _added(known, line)
    return found


def _added(first: Priced, second: Priced) -> Priced:
    quantity = first.quantity if second.quantity is None else second.quantity
    price = first.unit_price if second.unit_price is None else second.unit_price
    return Priced(first.component, first.kind, first.net_minor + second.net_minor, quantity, price)


def _cause(was: Priced | None, now: Priced | None) -> Cause:
    if was is None:
        return Cause.NEW
    if now is None:
        return Cause.GONE
    if was.quantity != now.quantity:
        return Cause.USAGE
    return Cause.PRICE if was.unit_price != now.unit_price else Cause.OTHER
