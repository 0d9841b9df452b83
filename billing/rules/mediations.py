"""
A disputed line before the platform as one table: who asks, who proposes, who accepts, and what follows.

Either side asks once for a dispute while it is open. The platform proposes one net amount to be given back,
and both sides accept it or it fails: it is no decision, and only what both accept is settled. What the
platform does not propose in time, or a side does not answer in time, ends without a result.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_TEXT = 500
PROPOSE_DAYS = 20  # within which the platform proposes
LEAST_DAYS, MOST_DAYS = 3, 30  # which it leaves both sides to answer


class State(StrEnum):
    """How far a case is."""

    ASKED = "ASKED"
    PROPOSED = "PROPOSED"
    AGREED = "AGREED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"
    ENDED = "ENDED"


class Side(StrEnum):
    """Who does something about a case."""

    BUYER = "buyer"
    SELLER = "seller"
    PLATFORM = "platform"
    CLOCK = "clock"


class Act(StrEnum):
    """A verb of a case; the interfaces use the same words."""

    ASK = "ask"
    WRITE = "write"
    PROPOSE = "propose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    END = "end"


@dataclass(frozen=True)
class Row:
    """From which states an act goes, who may do it, and where it leads; nowhere: the case stays as it is."""

    sources: frozenset[State]
    sides: frozenset[Side]
    target: State | None = None


OPEN = frozenset({State.ASKED, State.PROPOSED})
WITHOUT_AMOUNT = frozenset({State.ASKED, State.WITHDRAWN})
WITH_AMOUNT = frozenset({State.PROPOSED, State.AGREED, State.REFUSED})
BOTH = frozenset({Side.BUYER, Side.SELLER})
RIGHTS: Mapping[Side, str] = {
    Side.BUYER: "invoice.read",
    Side.SELLER: "invoice.run",
    Side.PLATFORM: "lease.decide",
}
ANSWER_RIGHT = "invoice.run"  # who accepts or refuses binds its side, also where others read and write
_ASKED, _PROPOSED = frozenset({State.ASKED}), frozenset({State.PROPOSED})
TABLE: Mapping[Act, Row] = {
    Act.ASK: Row(frozenset(), BOTH, State.ASKED),
    Act.WRITE: Row(OPEN, BOTH | {Side.PLATFORM}),
    Act.PROPOSE: Row(_ASKED, frozenset({Side.PLATFORM}), State.PROPOSED),
    Act.ACCEPT: Row(_PROPOSED, BOTH),
    Act.REFUSE: Row(_PROPOSED, BOTH, State.REFUSED),
    Act.WITHDRAW: Row(_ASKED, BOTH, State.WITHDRAWN),
    Act.LAPSE: Row(OPEN, frozenset({Side.CLOCK}), State.LAPSED),
    Act.END: Row(OPEN, BOTH, State.ENDED),
}
TEXTS = {
    "required": gettext_noop("Give your words; the other side and the platform read them."),
    "too_long": gettext_noop("At most {most} characters."),
    "proposal_out_of_range": gettext_noop("Between 0 and {most} can be given back of this line, before tax."),
    "answer_day_out_of_range": gettext_noop("Leave both sides time to answer: from {least} to {most}."),
}


def acts_of(state: State, side: Side, *, asker: Side, accepted: Collection[Side]) -> tuple[Act, ...]:
    """
    Return what a person on a side may choose to do about a case.

    Who asked may take that back until there is a proposal. Who has accepted may not go back on it, and waits
    for the other side. That a case ends with its dispute is nobody's choice here.
    """
    barred = {Act.END}
    if side is not asker:
        barred.add(Act.WITHDRAW)
    if side in accepted:
        barred |= {Act.ACCEPT, Act.REFUSE}
    return tuple(
        act for act, row in TABLE.items() if state in row.sources and side in row.sides and act not in barred
    )


def right_of(side: Side, act: Act) -> str:
    """Return the right that an act needs on a side."""
    is_answer = act in (Act.ACCEPT, Act.REFUSE) and side in BOTH
    return ANSWER_RIGHT if is_answer else RIGHTS[side]


def waits_for(state: State, accepted: Collection[Side]) -> frozenset[Side]:
    """Return who does the next thing: the platform, or the sides that have not answered."""
    if state is State.ASKED:
        return frozenset({Side.PLATFORM})
    return BOTH - set(accepted) if state is State.PROPOSED else frozenset()


def answer_days(today: date) -> tuple[date, date]:
    """Return the first and last day until which both sides may be asked to answer."""
    return today + timedelta(days=LEAST_DAYS), today + timedelta(days=MOST_DAYS)


def text_flaws(text: str, *, needed: bool = True) -> list[Flaw]:
    """Return what is wrong with words, which are ``needed`` or not."""
    if needed and not text:
        return [Flaw("/text", "required", TEXTS["required"])]
    if len(text) > LONGEST_TEXT:
        return [Flaw("/text", "too_long", TEXTS["too_long"], {"most": str(LONGEST_TEXT)})]
    return []


def proposal_flaws(
    amount_minor: int, answer_on: date, *, left_minor: int, most: str, today: date
) -> list[Flaw]:
    """
    Return what is wrong with a proposal: an amount of 0 to what is left of the line before tax, and the day
    to answer by.

    ``most`` is what is left in words.
    """
    found = []
    if not 0 <= amount_minor <= left_minor:
        code = "proposal_out_of_range"
        found.append(Flaw("/amount_minor", code, TEXTS[code], {"most": most}))
    first, last = answer_days(today)
    if not first <= answer_on <= last:
        code = "answer_day_out_of_range"
        days = {"least": first.isoformat(), "most": last.isoformat()}
        found.append(Flaw("/answer_on", code, TEXTS[code], days))
    return found
