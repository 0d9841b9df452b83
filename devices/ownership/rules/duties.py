"""
Duties that stand when data belong to a lessee: what is kept how long, what goes when, who is told before.

Private and ordinary readings go after the end of the agreement; the lessee is told at the end and again a
while before, and gets them back first if it takes them along. What proves the bills is kept as long as the
books, then goes as well. Who got a right to data for money owes the money (``PAY``, ``models.payments``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop

EVIDENCE, ORDINARY, PRIVATE = "EVIDENCE", "ORDINARY", "PRIVATE"
ERASABLE = (PRIVATE, ORDINARY)  # at the end of an agreement; evidence with the books


class Kind(StrEnum):
    """What has to be done."""

    ERASE = "ERASE"
    RETAIN = "RETAIN"
    INFORM = "INFORM"
    RETURN = "RETURN"
    PAY = "PAY"


class Step(StrEnum):
    """How urgent it is; each is noted once, in this order."""

    SOON = "SOON"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    ESCALATED = "ESCALATED"


class State(StrEnum):
    """Where a duty is; computed, never stored."""

    OPEN = "OPEN"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    HELD = "HELD"
    FULFILLED = "FULFILLED"
    WAIVED = "WAIVED"


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How long: erasing after the end, telling before erasing, grace until overdue, keeping in years.

    ``patience``: how long somebody who owes is late before the platform sees it. Where the platform itself is
    late, it sees it at once. ``pay_within``: until when what is owed for data is to be paid.
    """

    erase_after: timedelta
    notice: timedelta
    grace: timedelta
    postpone: timedelta
    evidence_years: int
    patience: timedelta = timedelta(days=4)
    pay_within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty as it begins: ``source`` is a key of ``SOURCES``."""

    kind: Kind
    retentions: tuple[str, ...]
    source: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a duty that its state follows from."""

    kind: Kind
    due_at: datetime
    fulfilled: bool = False
    waived: bool = False
    held: bool = False


SOURCES = {
    "end_of_lease": gettext_noop("Lease terms: data of the lessee go after the lease"),
    "told_before": gettext_noop("Lease terms: the lessee is told before its data go, and may export them"),
    "on_request": gettext_noop("Asked for by the lessee: right to erase"),
    "books": gettext_noop("Accounting retention (proposal, to be checked): what proves bills is kept"),
    "books_over": gettext_noop("Accounting retention is over (proposal, to be checked): evidence goes"),
    "taken_along": gettext_noop("Lease terms: the lessee gets its data back before they are erased"),
    "product": gettext_noop("Licence of a data product"),
    "sharing": gettext_noop("Compensation for data shared on request"),
    "pipl_47": gettext_noop("Personal Information Protection Law, Article 47"),
}
STATES = {
    State.OPEN: gettext_noop("not due yet"),
    State.DUE: gettext_noop("due"),
    State.OVERDUE: gettext_noop("overdue"),
    State.HELD: gettext_noop("suspended"),
    State.FULFILLED: gettext_noop("fulfilled"),
    State.WAIVED: gettext_noop("waived"),
}
KINDS = {
    Kind.ERASE: gettext_noop("Erase"),
    Kind.RETAIN: gettext_noop("Keep"),
    Kind.INFORM: gettext_noop("Tell the lessee before erasing"),
    Kind.RETURN: gettext_noop("Give data back"),
    Kind.PAY: gettext_noop("Pay for data"),
}
WAIVED_BECAUSE = {
    "not_taken": gettext_noop("Nobody took the data along before they were erased"),
    "data_stay": gettext_noop("The data stay, so there is no need to take them along"),
}
STEPPED = (Kind.ERASE, Kind.RETURN, Kind.PAY)  # the others are done by the clock when they are due
RETENTIONS = {
    PRIVATE: gettext_noop("programs, process parameters and operator data"),
    ORDINARY: gettext_noop("machine condition and other readings"),
    EVIDENCE: gettext_noop("what proves the bills"),
}


def at_close(*, ends_at: datetime, at: datetime, terms: Terms) -> list[Owed]:
    """
    Return the duties of an agreement that ends at ``ends_at`` and is closed at ``at``.

    Whoever closes late still tells the lessee in time: nothing goes before ``at`` and the notice.
    """
    erased = max(ends_at + terms.erase_after, at + terms.notice)
    kept = years_after(ends_at, terms.evidence_years)
    return [
        Owed(Kind.INFORM, ERASABLE, "end_of_lease", max(ends_at, at)),
        Owed(Kind.INFORM, ERASABLE, "told_before", erased - terms.notice),
        *(Owed(Kind.RETURN, (name,), "taken_along", erased) for name in ERASABLE),
        *(Owed(Kind.ERASE, (name,), "end_of_lease", erased) for name in ERASABLE),
        Owed(Kind.RETAIN, (EVIDENCE,), "books", kept),
        Owed(Kind.ERASE, (EVIDENCE,), "books_over", kept),
    ]


def state(facts: Facts, *, at: datetime, grace: timedelta) -> State:
    """Return where a duty is at a moment; what is to be kept is never late."""
    if facts.fulfilled:
        return State.FULFILLED
    if facts.waived:
        return State.WAIVED
    if facts.held and facts.kind in (Kind.ERASE, Kind.RETURN):
        return State.HELD
    if at < facts.due_at:
        return State.OPEN
    late = at >= facts.due_at + grace and facts.kind is not Kind.RETAIN
    return State.OVERDUE if late else State.DUE


def steps(facts: Facts, *, at: datetime, terms: Terms) -> tuple[Step, ...]:
    """Return the steps that a duty has reached at a moment, in order; none if nothing is to be done."""
    if state(facts, at=at, grace=terms.grace) in (State.FULFILLED, State.WAIVED, State.HELD):
        return ()
    if facts.kind is Kind.RETAIN:
        return ()
    late = facts.due_at + terms.grace
    own = facts.kind is Kind.PAY
    reached = {
        Step.SOON: facts.kind in STEPPED and at >= facts.due_at - terms.notice,
        Step.DUE: facts.kind in STEPPED and at >= facts.due_at,
        Step.OVERDUE: at >= late,
        Step.ESCALATED: at >= (late + terms.patience if own else late),
    }
    return tuple(step for step, is_so in reached.items() if is_so)


def may_begin(*, due_at: datetime, asked: bool, told: Sequence[datetime], at: datetime, terms: Terms) -> bool:
    """
    Tell whether erasing may begin: it is due, and the lessee was told long enough before or asked itself.

    ``told`` are the moments at which it was told; none counts while it is still to be told once more.
    """
    if at < due_at:
        return False
    return asked or (bool(told) and at >= max(told) + terms.notice)


def years_after(at: datetime, years: int) -> datetime:
    """Return the same day some years later; the 29 February becomes 1 March."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, month=3, day=1)
