"""
The settlement of a lease: one statement of what is owed beside the invoices, computed from recorded facts.

Use, minimum and tax are billed by the invoices; what standstills and suspensions give goes into them, too, so
the statement names it without a sum. What the lessee owes here (fees, prices, damage) is set off against the
deposit as far as both go; the rest of the deposit is given back. Nobody settles by silence (Civil Code,
Article 140): what is not agreed on, the platform decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

TIME_TO_ANSWER = timedelta(days=7)
LONGEST_TEXT = 1000


class State(StrEnum):
    """How a statement stands."""

    PROPOSED = "PROPOSED"
    REPLACED = "REPLACED"
    AGREED = "AGREED"
    DECIDED = "DECIDED"


FINAL = frozenset({State.AGREED, State.DECIDED})


class Kind(StrEnum):
    """What a line is about."""

    EARLY_END = "EARLY_END"
    PRINCIPAL = "PRINCIPAL"
    LOSS = "LOSS"
    SALE = "SALE"
    DAMAGE = "DAMAGE"
    RENT_CREDIT = "RENT_CREDIT"
    DAYS_OF_STANDSTILL = "DAYS_OF_STANDSTILL"
    DAYS_ADDED = "DAYS_ADDED"
    DAYS_OWED = "DAYS_OWED"
    NOT_INSPECTED = "NOT_INSPECTED"
    NOT_READY = "NOT_READY"


SENTENCES: Mapping[Kind, str] = {
    Kind.EARLY_END: gettext_noop("Fee for an early end: fixed rent of {days} days"),
    Kind.PRINCIPAL: gettext_noop(
        "Principal of the finance lease that was not due at its end: {count} instalments from {due_on} on"
    ),
    Kind.LOSS: gettext_noop("Value of the machine that was lost ({basis}), case {case}"),
    Kind.SALE: gettext_noop("Price of the machine that the lessee bought"),
    Kind.DAMAGE: gettext_noop("Damage claim {number}: {items}"),
    Kind.RENT_CREDIT: gettext_noop("{percent} percent of a billing period's fixed rent, for a standstill"),
    Kind.DAYS_OF_STANDSTILL: gettext_noop("{days} days for a standstill"),
    Kind.DAYS_ADDED: gettext_noop("{days} days were added to the end after a suspension"),
    Kind.DAYS_OWED: gettext_noop("{days} days of a suspension that could not be added to the end"),
    Kind.NOT_INSPECTED: gettext_noop(
        "{machine} was not inspected by {until}; damage cannot be claimed for it any more"
    ),
    Kind.NOT_READY: gettext_noop(
        "{machine} was inspected in time and not made ready by {until}; damage cannot be claimed for it any "
        "more"
    ),
}
# Their sums are in the invoices, which are computed from these facts.
BY_INVOICE = frozenset({Kind.RENT_CREDIT, Kind.DAYS_OF_STANDSTILL, Kind.DAYS_ADDED, Kind.DAYS_OWED})

TEXTS = {
    "machine_not_back": gettext_noop(
        "{machine} is not back yet. Either side writes down its return; where the other objects, either asks "
        "the platform. The lessor reports what is lost."
    ),
    "machine_not_inspected": gettext_noop(
        "{machine} is back and not inspected. The lessor inspects it; after {until} nothing waits for that."
    ),
    "machine_not_ready": gettext_noop(
        "{machine} was inspected. The lessor makes it ready, repaired or not; after {until} nothing waits "
        "for that."
    ),
    "damage_open": gettext_noop("Damage claim {number} is open."),
    "ticket_open": gettext_noop(
        "The fault ticket of {machine} of {day} is open. Either side closes it on its page; who reported it "
        "may withdraw it."
    ),
    "ticket_solved": gettext_noop(
        "The repair of {machine} of {day} waits for the lessee to confirm it; later it counts as confirmed."
    ),
    "ticket_proposed": gettext_noop(
        "Who bears the standstill of {machine} of {day} is proposed. The other side agrees or contests it."
    ),
    "ticket_contested": gettext_noop(
        "Who bears the standstill of {machine} of {day} is contested. Propose anew, or the platform decides."
    ),
    "required": gettext_noop("This must be recorded with the step."),
    "too_long": gettext_noop("At most {most} characters."),
    "unknown_line": gettext_noop("No sum stands in the statement under this source."),
    "not_less": gettext_noop("A line is settled at less than it says, or as it is."),
}


@dataclass(frozen=True)
class Fact:
    """One recorded fact, and by what it was recorded; an amount is the lessee's debt in minor units."""

    kind: Kind
    source: str
    facts: Mapping[str, str] = field(default_factory=dict)
    amount_minor: int | None = None


@dataclass(frozen=True)
class Held:
    """What is still held of the deposit, in minor units, and its id; none: no deposit."""

    deposit: str = ""
    held_minor: int = 0


@dataclass(frozen=True)
class Open:
    """One thing that must be over before a lease is settled: where it stands, and what to say of it."""

    pointer: str
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def flaw(self) -> Flaw:
        """Return it as a flaw at its item."""
        return Flaw(self.pointer, self.code, TEXTS[self.code], self.facts)


def statement(
    *,
    lease: str,
    currency: str,
    facts: Sequence[Fact],
    held: Held,
    settled_at: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """
    Return the document that both sides agree to by digest.

    ``settled_at`` are sources of lines at less than they say, where the two, or the platform, leave something
    out. The balance is what the lessee pays beside the invoices, before tax, when the deposit is used.
    """
    less = settled_at or {}
    lines = [_line(fact, less) for fact in facts]
    owed = sum(line["settled_minor"] or 0 for line in lines)
    set_off = min(owed, held.held_minor)
    return {
        "lease": lease,
        "currency": currency,
        "lines": lines,
        "owed_minor": owed,
        "deposit": {
            "id": held.deposit,
            "held_minor": held.held_minor,
            "set_off_minor": set_off,
            "give_back_minor": held.held_minor - set_off,
        },
        "balance_minor": owed - set_off,
    }


def set_off_left(agreed_minor: int, set_off_minor: int, ordered: Sequence[int]) -> int:
    """Return what may still be ordered to be set off: what was agreed, less what is done or on its way."""
    return agreed_minor - set_off_minor - sum(ordered)


def give_back_left(
    held_at_first_minor: int, set_off_minor: int, released_minor: int, ordered_minor: int
) -> int:
    """
    Return what may still be given back of a deposit whose lease is settled, in minor units.

    What was received, less what the statement sets off, less what was given back or is ordered to be.
    """
    return held_at_first_minor - set_off_minor - released_minor - ordered_minor


def less_flaws(facts: Sequence[Fact], settled_at: Mapping[str, int]) -> list[Flaw]:
    """Return what is wrong with what is to be left out."""
    sums = {fact.source: fact.amount_minor for fact in facts if fact.amount_minor is not None}
    found = []
    for source, minor in settled_at.items():
        most = sums.get(source)
        if most is None:
            found.append(Flaw(f"/settled_at/{source}", "unknown_line", TEXTS["unknown_line"]))
        elif not 0 <= minor <= most:
            found.append(Flaw(f"/settled_at/{source}", "not_less", TEXTS["not_less"]))
    return found


def text_flaws(text: str) -> list[Flaw]:
    """Return what is wrong with words that are needed."""
    if not text.strip():
        return [Flaw("/text", "required", TEXTS["required"])]
    if len(text) > LONGEST_TEXT:
        return [Flaw("/text", "too_long", TEXTS["too_long"], {"most": str(LONGEST_TEXT)})]
    return []


def percent(share: Decimal) -> str:
    """
    Write a share without noughts at its end.

        >>> percent(Decimal("12.500000"))
        '12.5'
    """
    return f"{share.normalize():f}"


def _line(fact: Fact, less: Mapping[str, int]) -> dict[str, Any]:
    amount = fact.amount_minor
    return {
        "kind": str(fact.kind),
        "source": fact.source,
        "facts": dict(fact.facts),
        "by_invoice": fact.kind in BY_INVOICE,
        "amount_minor": amount,
        "settled_minor": None if amount is None else less.get(fact.source, amount),
    }
