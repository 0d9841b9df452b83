"""
A fault ticket on a leased machine: how far the repair is, and apart from it who bears the standstill.

Two axes in one table. The repair goes from open to confirmed; when it is confirmed, one side proposes who
bears the standstill and the other agrees or contests. What is contested, the platform decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

LONGEST_TEXT = 2000
MOST_PHOTOS = 5  # of one ticket
EARLIEST = timedelta(days=7)  # a fault is reported within a week of its beginning


class Status(StrEnum):
    """How far the repair is."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_WORK = "IN_WORK"
    SOLVED = "SOLVED"
    CONFIRMED = "CONFIRMED"
    REOPENED = "REOPENED"
    WITHDRAWN = "WITHDRAWN"


class Attribution(StrEnum):
    """How far the two are about who bears the standstill."""

    NONE = "NONE"
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    CONTESTED = "CONTESTED"
    DECIDED = "DECIDED"


class Cause(StrEnum):
    """Who bears a standstill."""

    LESSOR = "LESSOR"
    LESSEE = "LESSEE"
    PLANNED = "PLANNED"
    EXTERNAL = "EXTERNAL"


class Severity(StrEnum):
    """What the fault does; only a machine that stands has a standstill."""

    DOWN = "DOWN"
    IMPAIRED = "IMPAIRED"
    MINOR = "MINOR"


class Side(StrEnum):
    """Who makes a move."""

    LESSOR = "lessor"
    LESSEE = "lessee"
    PLATFORM = "platform"
    CLOCK = "clock"


class Move(StrEnum):
    """A verb of a ticket; the interfaces use the same words."""

    REPORT = "report"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    SOLVE = "solve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MEASURE = "measure"
    PROPOSE = "propose"
    AGREE = "agree"
    CONTEST = "contest"
    DECIDE = "decide"
    LAPSE = "lapse"
    PHOTOS = "photos"
    CLOSE = "close"


@dataclass(frozen=True)
class Row:
    """From which states a move goes, to which (none: it stays), who may make it and with which right."""

    sources: frozenset[Status]
    target: Status | None = None
    rights: Mapping[Side, str] = field(default_factory=dict)
    asks: frozenset[Attribution] = frozenset({Attribution.NONE})
    gives: Attribution | None = None
    needs_text: bool = False


_WORK = {Side.LESSOR: "lease.operate"}
_BOTH = {Side.LESSOR: "lease.decide", Side.LESSEE: "lease.decide"}
UNANSWERED = frozenset({Status.OPEN, Status.REOPENED})
UNSOLVED = UNANSWERED | {Status.ACKNOWLEDGED, Status.IN_WORK}
_DONE = frozenset({Status.CONFIRMED})
FINAL = frozenset({Attribution.AGREED, Attribution.DECIDED})
_OPEN_QUESTION = frozenset({Attribution.NONE, Attribution.CONTESTED})
_PROPOSED = frozenset({Attribution.PROPOSED})

# A credit can follow from these.
ABOUT_CREDITS = frozenset({Move.REOPEN, Move.PROPOSE, Move.AGREE, Move.CONTEST, Move.DECIDE, Move.LAPSE})
TABLE: Mapping[Move, Row] = {
    Move.REPORT: Row(
        frozenset(),
        Status.OPEN,
        {Side.LESSEE: "lease.operate", Side.LESSOR: "lease.operate"},
        needs_text=True,
    ),
    Move.ACKNOWLEDGE: Row(UNANSWERED, Status.ACKNOWLEDGED, _WORK),
    Move.START: Row(UNANSWERED | {Status.ACKNOWLEDGED}, Status.IN_WORK, _WORK),
    Move.SOLVE: Row(UNSOLVED, Status.SOLVED, _WORK, needs_text=True),
    Move.CONFIRM: Row(
        frozenset({Status.SOLVED}),
        Status.CONFIRMED,
        {Side.LESSEE: "lease.operate", Side.CLOCK: "lease.operate"},
    ),
    Move.REOPEN: Row(
        frozenset({Status.SOLVED}), Status.REOPENED, {Side.LESSEE: "lease.operate"}, needs_text=True
    ),
    Move.WITHDRAW: Row(
        UNSOLVED, Status.WITHDRAWN, {Side.LESSEE: "lease.operate", Side.LESSOR: "lease.operate"}
    ),
    Move.MEASURE: Row(_DONE, None, {Side.CLOCK: "lease.operate"}),
    Move.PROPOSE: Row(_DONE, None, _BOTH, _OPEN_QUESTION, Attribution.PROPOSED, needs_text=True),
    Move.AGREE: Row(_DONE, None, _BOTH, _PROPOSED, Attribution.AGREED),
    Move.CONTEST: Row(_DONE, None, _BOTH, _PROPOSED, Attribution.CONTESTED, needs_text=True),
    Move.DECIDE: Row(
        _DONE,
        None,
        {Side.PLATFORM: "lease.decide"},
        frozenset({Attribution.CONTESTED}),
        Attribution.DECIDED,
        needs_text=True,
    ),
    Move.LAPSE: Row(_DONE, None, {Side.CLOCK: "lease.decide"}, _PROPOSED),
    Move.PHOTOS: Row(
        frozenset(Status) - {Status.WITHDRAWN},
        None,
        {Side.LESSEE: "lease.operate", Side.LESSOR: "lease.operate"},
        frozenset(Attribution) - FINAL,
    ),
    Move.CLOSE: Row(UNSOLVED, Status.CONFIRMED, {Side.LESSEE: "lease.operate", Side.LESSOR: "lease.operate"}),
}

TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "in_the_future": gettext_noop("This moment has not come yet. Say since when the fault is there."),
    "too_long_ago": gettext_noop(
        "Say a moment of the last {days} days in which the machine is leased: not before {earliest}."
    ),
}


def can(move: Move, status: Status, attribution: Attribution, severity: Severity) -> bool:
    """Tell whether a ticket that stands like this knows the move."""
    row = TABLE[move]
    about_standstill = move in (Move.MEASURE, Move.PROPOSE)
    return (
        status in row.sources
        and attribution in row.asks
        and (severity is Severity.DOWN or not about_standstill)
    )


def moves_from(status: Status, attribution: Attribution, severity: Severity) -> tuple[Move, ...]:
    """Return the moves that are possible, whoever makes them."""
    return tuple(move for move in TABLE if can(move, status, attribution, severity))


def barred(*, use_is_over: bool, is_settled: bool) -> frozenset[Move]:
    """
    Return the moves that are not possible any more, whatever the ticket's own state knows.

    When the machine is home nobody repairs it for its lessee: what it still disputes is who bears it, and
    either side closes what is open. When the lease is settled, the statement stands: no credit arises beside.
    """
    early = frozenset() if use_is_over else frozenset({Move.CLOSE})
    if is_settled:
        return ABOUT_CREDITS | early
    return frozenset({Move.REOPEN}) if use_is_over else early


def after_silence(silence_agrees: bool) -> Attribution:
    """Return how a proposal stands that nobody answered: silence is consent only where that was agreed."""
    return Attribution.AGREED if silence_agrees else Attribution.CONTESTED


def report_flaws(
    *, text: str, since: datetime, leased_from: datetime, at: datetime, shown: str
) -> list[Flaw]:
    """Return what is wrong with a report; ``shown`` is the earliest moment in words."""
    found = text_flaws(text)
    if since > at:
        found.append(_flaw("/since", "in_the_future"))
    elif since < earliest(leased_from, at):
        found.append(_flaw("/since", "too_long_ago", days=EARLIEST.days, earliest=shown))
    return found


def text_flaws(text: str) -> list[Flaw]:
    """Return what is wrong with a text that a move needs."""
    if not text.strip():
        return [_flaw("/text", "required")]
    return [_flaw("/text", "too_long_text", most=LONGEST_TEXT)] if len(text) > LONGEST_TEXT else []


def earliest(leased_from: datetime, at: datetime) -> datetime:
    """Return since when a fault may be said to be there."""
    return max(leased_from, at - EARLIEST)


def standstill(down_from: datetime, down_to: datetime | None, leased_to: datetime) -> Period | None:
    """
    Return the reported standstill within the time of the lease; nothing if it is not over, or none is left.
    """
    end = None if down_to is None else min(down_to, leased_to)
    return None if end is None or end <= down_from else Period(down_from, end)


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
