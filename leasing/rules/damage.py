"""
A damage claim: what the lessor says is broken or missing, and how the two, or the platform, come to a sum.

What stands between the two is a range. The lessor asks for a sum that only falls, the lessee concedes one
that only rises; so the undisputed part stands whatever follows, and what is awarded lies in the range.
Silence is not consent (Civil Code, Article 140): when the time to reply is over, the lessor may ask the
platform to decide, and nothing is owed until it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from leasing.rules.leases import Move, Side
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.money import round_half_away, share_out

SHORTEST_REPLY = timedelta(days=3)
LONGEST_REPLY = timedelta(days=90)
MOST_ITEMS, MOST_PHOTOS, LONGEST_TEXT = 50, 20, 1000
MOST_OFFERS = 100  # of one damage claim
MOST = 10**13  # of one item, in minor units


class State(StrEnum):
    """How a damage claim stands."""

    RAISED = "RAISED"
    CONTESTED = "CONTESTED"
    ACCEPTED = "ACCEPTED"
    DECIDED = "DECIDED"
    WITHDRAWN = "WITHDRAWN"


class Cause(StrEnum):
    """What an item is; what comes of use as agreed is no damage (Civil Code, Article 710)."""

    BROKEN = "BROKEN"
    MISSING = "MISSING"
    MISUSED = "MISUSED"
    WEAR = "WEAR"


class Act(StrEnum):
    """A verb of a damage claim; the interfaces use the same words."""

    RAISE = "raise"
    ACCEPT = "accept"
    CONTEST = "contest"
    OFFER = "offer"
    REFER = "refer"
    DECIDE = "decide"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Row:
    """Who may do an act in which state, what state follows (none: it stays), and the move of the lease."""

    sides: Mapping[State | None, frozenset[Side]]
    target: State | None
    move: Move


_LESSOR, _LESSEE = frozenset({Side.LESSOR}), frozenset({Side.LESSEE})
_BOTH, _PLATFORM = _LESSOR | _LESSEE, frozenset({Side.PLATFORM})
OPEN = frozenset({State.RAISED, State.CONTESTED})
AWARDED = frozenset({State.ACCEPTED, State.DECIDED})
TABLE: Mapping[Act, Row] = {
    Act.RAISE: Row({None: _LESSOR}, State.RAISED, Move.CLAIM_DAMAGE),
    Act.ACCEPT: Row({State.RAISED: _LESSEE, State.CONTESTED: _BOTH}, State.ACCEPTED, Move.ANSWER_DAMAGE),
    Act.CONTEST: Row({State.RAISED: _LESSEE}, State.CONTESTED, Move.ANSWER_DAMAGE),
    Act.OFFER: Row({State.CONTESTED: _BOTH}, None, Move.ANSWER_DAMAGE),
    Act.REFER: Row({State.RAISED: _LESSOR, State.CONTESTED: _BOTH}, None, Move.ANSWER_DAMAGE),
    Act.DECIDE: Row(dict.fromkeys(OPEN, _PLATFORM), State.DECIDED, Move.DECIDE_DAMAGE),
    Act.WITHDRAW: Row(dict.fromkeys(OPEN, _LESSOR), State.WITHDRAWN, Move.ANSWER_DAMAGE),
}


@dataclass(frozen=True)
class Item:
    """
    One thing: what it costs to mend or replace, in minor units, and the percent of it that the lessee bears.

    ``photos`` are public ids of photos of the lease; ``before`` and ``after`` of records of the machine.
    """

    cause: Cause
    text: str
    amount_minor: int
    percent: int = 100
    photos: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Range:
    """Between which sums a damage claim stands, in minor units; nothing is conceded before an answer."""

    asked: int
    conceded: int | None = None

    @property
    def floor(self) -> int:
        """What is undisputed."""
        return self.conceded or 0


TEXTS = {
    "required": gettext_noop("This must be recorded with the step."),
    "too_long": gettext_noop("At most {most} characters."),
    "wear": gettext_noop(
        "What comes of use as agreed is wear, and nobody pays for it (Civil Code, Article 710)."
    ),
    "no_amount": gettext_noop("An amount is more than zero."),
    "percent": gettext_noop("The lessee bears 1 to 100 percent of it."),
    "no_evidence": gettext_noop("Show it: with a photo, or with the record of the return or the inspection."),
    "too_many": gettext_noop("At most {most} of them."),
    "no_items": gettext_noop("Say at least one thing that is broken or missing."),
    "reply_too_short": gettext_noop("The lessee has at least three days to reply."),
    "reply_too_long": gettext_noop("The time to reply is 90 days at most."),
    "unknown": gettext_noop("There is no such thing in this lease."),
    "outside": gettext_noop("The amount lies between {least} and {most}."),
}


def acts_of(state: State, side: Side | None, *, referred: bool, late: bool) -> tuple[Act, ...]:
    """
    Return what a side may do in a state; ``late`` says that the time to reply is over.

    The platform decides what it was asked to decide; it is asked once. Before an answer the lessor asks it
    when the time to reply is over.
    """
    refused = {Act.DECIDE} if not referred else {Act.REFER}
    if state is State.RAISED and not late:
        refused.add(Act.REFER)
    return tuple(act for act, row in TABLE.items() if side in row.sides.get(state, ()) and act not in refused)


def shares(items: Sequence[Item]) -> list[int]:
    """
    Return what the lessee is asked for each item, in minor units.

    The sum of amount × percent is rounded once, half away from zero; the items share it by largest remainder.
    """
    weights = [item.amount_minor * item.percent for item in items]
    return share_out(int(round_half_away(Fraction(sum(weights), 100), 0)), weights)


def flaws(items: Sequence[Item], *, reply_until: datetime, at: datetime) -> list[Flaw]:
    """Return everything that is wrong with a damage claim, each fault at its field."""
    found = _reply_flaws(reply_until - at)
    if not items:
        return [*found, Flaw("/items", "no_items", TEXTS["no_items"])]
    if len(items) > MOST_ITEMS:
        return [*found, Flaw("/items", "too_many", TEXTS["too_many"], {"most": str(MOST_ITEMS)})]
    found += [flaw for number, item in enumerate(items) for flaw in _item_flaws(f"/items/{number}", item)]
    if not found and sum(shares(items)) == 0:
        found.append(Flaw("/items", "no_amount", TEXTS["no_amount"]))
    return found


def text_flaws(text: str, pointer: str = "/text") -> list[Flaw]:
    """Return what is wrong with words that are needed."""
    if not text.strip():
        return [Flaw(pointer, "required", TEXTS["required"])]
    if len(text) > LONGEST_TEXT:
        return [Flaw(pointer, "too_long", TEXTS["too_long"], {"most": str(LONGEST_TEXT)})]
    return []


def offer_bounds(between: Range, side: Side) -> tuple[int, int]:
    """
    Return the least and the greatest that a side may offer; none if the first is more than the second.

    An offer moves towards the other side and does not reach it: whoever takes what the other says accepts.
    """
    if side is Side.LESSOR:
        return between.floor + 1, between.asked - 1
    return (0 if between.conceded is None else between.conceded + 1), between.asked - 1


def _reply_flaws(reply: timedelta) -> list[Flaw]:
    if reply < SHORTEST_REPLY:
        return [Flaw("/reply_until", "reply_too_short", TEXTS["reply_too_short"])]
    if reply > LONGEST_REPLY:
        return [Flaw("/reply_until", "reply_too_long", TEXTS["reply_too_long"])]
    return []


def _item_flaws(pointer: str, item: Item) -> list[Flaw]:
    found = text_flaws(item.text, f"{pointer}/text")
    if item.cause is Cause.WEAR:
        found.append(Flaw(f"{pointer}/cause", "wear", TEXTS["wear"]))
    if not 0 < item.amount_minor <= MOST:
        found.append(Flaw(f"{pointer}/amount_minor", "no_amount", TEXTS["no_amount"]))
    if not 1 <= item.percent <= 100:
        found.append(Flaw(f"{pointer}/percent", "percent", TEXTS["percent"]))
    if not item.photos and not item.after:
        found.append(Flaw(f"{pointer}/photos", "no_evidence", TEXTS["no_evidence"]))
    if len(item.photos) > MOST_PHOTOS:
        found.append(Flaw(f"{pointer}/photos", "too_many", TEXTS["too_many"], {"most": str(MOST_PHOTOS)}))
    return found
