"""
A return on which the two do not agree, put before the platform: who asks, who decides, and what follows.

Only a record that the other side objected to is put there; each side asks once for a record, and may take
that back as long as nothing is decided. The platform says of the record that it stands or that it does not,
with its reasons and with what shows it. What stands is as if it had been confirmed; in the place of what does
not stand either side may write another.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from leasing.rules.leases import Move, Side
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_TEXT = 1000
MOST_EVIDENCE = 40


class Act(StrEnum):
    """A verb of a referral; the interfaces use the same words."""

    REFER = "refer"
    WITHDRAW = "withdraw"
    DECIDE = "decide"


class State(StrEnum):
    """How an objected record stands before the platform; NONE: it does not lie there."""

    NONE = "NONE"
    REFERRED = "REFERRED"
    STANDS = "STANDS"
    FALLS = "FALLS"


@dataclass(frozen=True)
class Row:
    """Which sides may do an act, in which state, and the move of the lease that it is."""

    state: State
    sides: frozenset[Side]
    move: Move


_BOTH = frozenset({Side.LESSOR, Side.LESSEE})
TABLE: Mapping[Act, Row] = {
    Act.REFER: Row(State.NONE, _BOTH, Move.REFER_RETURN),
    Act.WITHDRAW: Row(State.REFERRED, _BOTH, Move.REFER_RETURN),
    Act.DECIDE: Row(State.REFERRED, frozenset({Side.PLATFORM}), Move.DECIDE_RETURN),
}
DECIDED = frozenset({State.STANDS, State.FALLS})
TEXTS = {
    "required": gettext_noop("This must be recorded with the step."),
    "too_long": gettext_noop("At most {most} characters."),
    "too_many": gettext_noop("At most {most} of them."),
    "unknown": gettext_noop("There is no such thing in this lease."),
}


def state_of(last: Act | None, stands: bool | None) -> State:
    """Return how a record stands after the last word on it; ``stands`` is what the platform decided."""
    if last is Act.REFER:
        return State.REFERRED
    if last is Act.DECIDE:
        return State.STANDS if stands else State.FALLS
    return State.NONE


def acts_of(
    state: State, side: Side | None, *, asked: Collection[Side], asker: Side | None
) -> tuple[Act, ...]:
    """
    Return what a side may do about an objected record.

    ``asked`` are the sides that have asked the platform before, ``asker`` is the one whose question is open.
    """
    refused = set()
    if side in asked:
        refused.add(Act.REFER)
    if side is not asker:
        refused.add(Act.WITHDRAW)
    return tuple(
        act for act, row in TABLE.items() if row.state is state and side in row.sides and act not in refused
    )


def flaws(text: str, evidence: Collection[str], known: Collection[str], *, needed: bool) -> list[Flaw]:
    """Return what is wrong with words, ``needed`` or not, and with what is to show that they are true."""
    found = []
    if needed and not text.strip():
        found.append(Flaw("/text", "required", TEXTS["required"]))
    if len(text) > LONGEST_TEXT:
        found.append(Flaw("/text", "too_long", TEXTS["too_long"], {"most": str(LONGEST_TEXT)}))
    if len(evidence) > MOST_EVIDENCE:
        found.append(Flaw("/evidence", "too_many", TEXTS["too_many"], {"most": str(MOST_EVIDENCE)}))
    unknown = [number for number, one in enumerate(evidence) if one not in known]
    return found + [Flaw(f"/evidence/{number}", "unknown", TEXTS["unknown"]) for number in unknown]
