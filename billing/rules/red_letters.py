"""
Red letters (红字发票信息确认单, then 红字发票): who applies, who confirms, until when, and how much.

Source: State Taxation Administration, announcement 2024 no. 11, on red e-invoices. While the buyer has
confirmed neither the use (用途确认) nor the booking (入账确认) of the blue e-invoice, its seller issues the
red one alone; afterwards either side applies, the other confirms, and what is not confirmed within 72 hours
is void. The red one is always issued by the seller. Amounts are minor units (fen); red ones are negative.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from billing.rules.tax_invoices import Face, Item, face
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

CONFIRM_WITHIN = timedelta(hours=72)
NUMBER = re.compile(r"[0-9]{20}")
LONGEST_REMARK = 200
K = TypeVar("K")


class Use(StrEnum):
    """What the buyer has done with a blue e-invoice, as the bureau shows it to both sides."""

    NONE = "NONE"
    DEDUCTED = "DEDUCTED"  # 用途确认: input tax deducted
    BOOKED = "BOOKED"  # 入账确认: entered in its books


class Side(StrEnum):
    """The two sides of an invoice."""

    SELLER = "SELLER"
    BUYER = "BUYER"


class Reason(StrEnum):
    """Why an e-invoice is taken back: the bureau's closed list."""

    INVOICE_WRONG = "INVOICE_WRONG"  # 开票有误
    RETURNED = "RETURNED"  # 销货退回
    SERVICE_ENDED = "SERVICE_ENDED"  # 服务中止
    ALLOWANCE = "ALLOWANCE"  # 销售折让


class State(StrEnum):
    """Where a red letter stands; the first three bind the blue e-invoice."""

    AWAITING = "AWAITING"
    CONFIRMED = "CONFIRMED"
    ISSUED = "ISSUED"
    REFUSED = "REFUSED"
    REVOKED = "REVOKED"
    LAPSED = "LAPSED"


OPEN = frozenset({State.AWAITING, State.CONFIRMED, State.ISSUED})


class Move(StrEnum):
    """What happens to a red letter."""

    APPLY = "APPLY"
    CONFIRM = "CONFIRM"
    REFUSE = "REFUSE"
    REVOKE = "REVOKE"
    LAPSE = "LAPSE"
    ISSUE = "ISSUE"
    REOPEN = "REOPEN"


class Who(StrEnum):
    """Whose move it is."""

    APPLICANT = "APPLICANT"
    OTHER = "OTHER"
    SELLER = "SELLER"
    CLOCK = "CLOCK"


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table of moves."""

    sources: frozenset[State]
    target: State
    who: Who


# The database keeps the same table (migration 0019). An application that needs nobody begins confirmed;
# the bureau lets the applicant revoke before and after the confirmation, until the red e-invoice is issued.
STEPS: Mapping[Move, Step] = {
    Move.CONFIRM: Step(frozenset({State.AWAITING}), State.CONFIRMED, Who.OTHER),
    Move.REFUSE: Step(frozenset({State.AWAITING}), State.REFUSED, Who.OTHER),
    Move.REVOKE: Step(frozenset({State.AWAITING, State.CONFIRMED}), State.REVOKED, Who.APPLICANT),
    Move.LAPSE: Step(frozenset({State.AWAITING}), State.LAPSED, Who.CLOCK),
    Move.ISSUE: Step(frozenset({State.CONFIRMED}), State.ISSUED, Who.SELLER),
    Move.REOPEN: Step(frozenset({State.ISSUED}), State.CONFIRMED, Who.SELLER),
}


def needs_confirmation(use: Use) -> bool:
    """Tell whether the other side has to confirm: once the buyer has used the blue e-invoice."""
    return use is not Use.NONE


def may_apply(side: Side, use: Use) -> bool:
    """Tell whether a side may apply: the seller always, the buyer once it has used the blue e-invoice."""
    return side is Side.SELLER or needs_confirmation(use)


def moves_of(state: State, *, is_applicant: bool) -> frozenset[Move]:
    """Return what a side that did or did not apply may do by hand; the red e-invoice issues by its record."""
    who = Who.APPLICANT if is_applicant else Who.OTHER
    return frozenset(move for move, step in STEPS.items() if state in step.sources and step.who is who)


TEXTS = {
    "not_twenty_digits": gettext_noop("The number of a red-letter confirmation has 20 digits."),
    "remark_too_long": gettext_noop("At most {most} characters."),
    "refers_elsewhere": gettext_noop(
        "Its remark must name the blue e-invoice {blue} and the confirmation {number}. "
        "If the XML has no remark, record it by its number."
    ),
}


def flaws_of(number: str, remark: str) -> list[Flaw]:
    """Return what is wrong with the number of a confirmation, which the bureau gave, and with a remark."""
    found = []
    if not NUMBER.fullmatch(number):
        found.append(Flaw("/number", "not_twenty_digits", TEXTS["not_twenty_digits"]))
    if len(remark) > LONGEST_REMARK:
        facts = {"most": LONGEST_REMARK}
        found.append(Flaw("/remark", "remark_too_long", TEXTS["remark_too_long"], facts))
    return found


@dataclass(frozen=True, slots=True)
class Sum:
    """What stands at one rate, before tax and of tax, in fen."""

    net_minor: int = 0
    tax_minor: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.net_minor + other.net_minor, self.tax_minor + other.tax_minor)

    def __neg__(self) -> "Sum":
        return Sum(-self.net_minor, -self.tax_minor)

    def __bool__(self) -> bool:
        return bool(self.net_minor or self.tax_minor)

    @property
    def falls(self) -> bool:
        """Whether it takes back; a difference of tax alone (rounding) does as the tax does."""
        return (self.net_minor, self.tax_minor) < (0, 0)


Sums = Mapping[Decimal, Sum]


def sums(items: Iterable[Item]) -> dict[Decimal, Sum]:
    """Return what items come to at each rate that has something."""
    found: dict[Decimal, Sum] = {}
    for item in items:
        found[item.rate] = found.get(item.rate, Sum()) + Sum(item.net_minor, item.tax_minor)
    return {rate: one for rate, one in sorted(found.items()) if one}


def added(*several: Sums) -> dict[Decimal, Sum]:
    """Add up sums rate by rate."""
    found: dict[Decimal, Sum] = {}
    for one in several:
        for rate, amount in one.items():
            found[rate] = found.get(rate, Sum()) + amount
    return {rate: one for rate, one in sorted(found.items()) if one}


def falling(found: Sums) -> dict[Decimal, Sum]:
    """Keep the rates at which a note takes back: they need a red letter."""
    return {rate: one for rate, one in found.items() if one.falls}


def rising(found: Sums) -> dict[Decimal, Sum]:
    """Keep the rates at which a note asks for more: they need a blue e-invoice of their own."""
    return {rate: one for rate, one in found.items() if not one.falls}


def shared(wanted: Sums, blues: Sequence[tuple[K, Sums]]) -> tuple[list[tuple[K, dict[Decimal, Sum]]], Sums]:
    """
    Spread what is taken back over the blue e-invoices, the first first, none below zero at any rate.

    ``wanted`` is negative, what is left of each blue positive. Return the part of each that takes one, and
    what found no room: empty, or more than can be red-lettered.
    """
    rest, parts = dict(wanted), []
    for key, left in blues:
        taken = {rate: _taken(rest[rate], left.get(rate, Sum())) for rate in rest}
        part = {rate: one for rate, one in taken.items() if one}
        if part:
            parts.append((key, part))
        rest = added(rest, {rate: -one for rate, one in part.items()})
    return parts, rest


def _taken(wanted: Sum, left: Sum) -> Sum:
    """Take a sum whole where it fits; else all that is left, tax with its net."""
    if wanted.net_minor >= -left.net_minor and wanted.tax_minor >= -left.tax_minor:
        return wanted
    return Sum(max(wanted.net_minor, -left.net_minor), max(wanted.tax_minor, -left.tax_minor))


def red_face(blue: Face, part: Sums, *, number: str) -> Face:
    """
    Return the face of the red e-invoice: one row a rate with its amount alone, named as on the blue one.

    The remark refers to the blue number and to that of the confirmation, in the bureau's own words.
    """
    names = {item.rate: item.name for item in reversed(blue.items)}
    items = [Item(names[rate], one.net_minor, rate, one.tax_minor) for rate, one in part.items()]
    remark = f"被红冲蓝字数电票号码：{blue.number} 红字发票信息确认单编号：{number}"
    return face(kind=blue.kind, seller=blue.seller, buyer=blue.buyer, items=items, remark=remark)


def reference_flaws(given: Face, *, blue: str, number: str) -> list[Flaw]:
    """Return a flaw unless a red e-invoice refers to the blue number and to that of the confirmation."""
    named = set(re.findall(r"[0-9]{20}", given.remark))
    if {blue, number} <= named:
        return []
    facts = {"blue": blue, "number": number}
    return [Flaw("/remark", "refers_elsewhere", TEXTS["refers_elsewhere"], facts)]


class Next(StrEnum):
    """What is to be done about a note next, as its page says it to a reader."""

    NETTED_LATER = "NETTED_LATER"
    NETTED = "NETTED"
    ANSWER = "ANSWER"
    WAIT = "WAIT"
    ISSUE = "ISSUE"
    BEYOND = "BEYOND"
    APPLY = "APPLY"
    OWN = "OWN"
    DONE = "DONE"


NEXT = {
    Next.NETTED_LATER: gettext_noop(
        "The invoice has no official e-invoice yet: its first one takes this note in. "
        "Ask the bureau for the face on the page of the invoice; no red letter is needed."
    ),
    Next.NETTED: gettext_noop(
        "The official e-invoice of the invoice takes this note in. Nothing is left to be done."
    ),
    Next.ANSWER: gettext_noop(
        "Confirm or refuse the red letter at the bureau and here, within 72 hours of its application."
    ),
    Next.WAIT: gettext_noop(
        "The other side has 72 hours from the application on to confirm; then it is void."
    ),
    Next.ISSUE: gettext_noop("The seller has the bureau issue the red e-invoice, and records it here."),
    Next.BEYOND: gettext_noop(
        "The blue e-invoices have less left at a rate than this note takes back: record the official "
        "e-invoices of the notes before it first."
    ),
    Next.APPLY: gettext_noop(
        "The red letter is missing: apply for it at the bureau, and write its number down here."
    ),
    Next.OWN: gettext_noop(
        "This note asks for more than was invoiced, which no red letter can: "
        "the seller has the bureau issue a blue e-invoice of its own for it."
    ),
    Next.DONE: gettext_noop("All official e-invoices of this note are recorded. Nothing is left to be done."),
}


def next_of(
    *,
    has_origin: bool,
    is_netted: bool,
    letters: Iterable[tuple[State, bool]],
    is_beyond: bool,
    is_left: bool,
    needs_own: bool,
) -> Next:
    """
    Return the next step for a reader: what is under way first, then what is missing.

    ``letters`` are the states with whether the reader is the side to answer; ``is_left`` says that something
    is to be applied for, ``needs_own`` that a blue e-invoice of the note's own is not recorded.
    """
    if is_netted:
        return Next.NETTED if has_origin else Next.NETTED_LATER
    known = set(letters)
    if (State.AWAITING, True) in known:
        return Next.ANSWER
    for state, step in ((State.CONFIRMED, Next.ISSUE), (State.AWAITING, Next.WAIT)):
        if any(one == state for one, _ in known):
            return step
    missing = ((is_beyond, Next.BEYOND), (is_left, Next.APPLY), (needs_own, Next.OWN))
    return next((step for is_missing, step in missing if is_missing), Next.DONE)
