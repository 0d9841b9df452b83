"""What the matcher decides of a line, with its reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from billing.payments.rules.matching.facts import Line


class Status(StrEnum):
    """Who acts on a decision."""

    AUTO = "AUTO"
    SUGGESTED = "SUGGESTED"
    EXCEPTION = "EXCEPTION"


class Code(StrEnum):
    """Why a person has to look (finance.md §4.3), as far as the matcher finds it."""

    UNKNOWN_PAYER = "UNKNOWN_PAYER"
    NO_OPEN_ITEM = "NO_OPEN_ITEM"
    AMBIGUOUS = "AMBIGUOUS"
    AMOUNT_WITHIN_TOLERANCE = "AMOUNT_WITHIN_TOLERANCE"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    POSSIBLE_DUPLICATE_PAYMENT = "POSSIBLE_DUPLICATE_PAYMENT"
    INVOICE_ALREADY_PAID = "INVOICE_ALREADY_PAID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    REFERENCE_CHECK_FAILED = "REFERENCE_CHECK_FAILED"
    PAYER_NOT_LESSEE = "PAYER_NOT_LESSEE"
    RETURNED_PAYMENT = "RETURNED_PAYMENT"
    REVERSAL_OF_MATCHED_LINE = "REVERSAL_OF_MATCHED_LINE"
    PAYOUT_DIFFERENCE = "PAYOUT_DIFFERENCE"
    MOVEMENT_WITHOUT_LEDGER = "MOVEMENT_WITHOUT_LEDGER"


class Aim(StrEnum):
    """What a line is for, where it pays no invoice."""

    PAYOUT = "PAYOUT"
    ORDER = "ORDER"
    RETURN = "RETURN"
    RULE = "RULE"
    RECORDED = "RECORDED"


@dataclass(frozen=True, slots=True)
class Share:
    """What of a line pays one item, and what a second person may let off with it; minor units."""

    item: int
    amount_minor: int
    let_off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as an English msgid and the facts that fill it, as text."""

    msgid: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What becomes of a line: shares and ``rest_minor`` add up to its amount, unless it has a ``target``.

    The rest stands with ``payer`` as a prepayment, or in suspense where nobody knows the payer. Shares of
    a suggestion are not taken before a person does. ``candidates`` are items that fit and were not chosen.
    """

    line: Line
    match_pass: str
    score: Decimal | None
    status: Status
    shares: tuple[Share, ...] = ()
    rest_minor: int = 0
    payer: int | None = None
    target: tuple[Aim, str] | None = None
    code: Code | None = None
    candidates: tuple[int, ...] = ()
    reasons: tuple[Reason, ...] = ()


SCORES = {
    "P1": Decimal("1.00"),
    "P2": Decimal("1.00"),
    "P3": Decimal("0.95"),
    "P4": Decimal("0.90"),
    "P5": Decimal("0.80"),
    "P6": None,
    "P7": Decimal("0.60"),
}


def settles(
    line: Line,
    match_pass: str,
    shares: tuple[Share, ...],
    *,
    payer: int | None,
    reasons: tuple[Reason, ...],
    code: Code | None = None,
    status: Status = Status.AUTO,
) -> Decision:
    """Return the decision that a line pays items; what a person must look at is never automatic."""
    paid = sum(share.amount_minor for share in shares)
    return Decision(
        line=line,
        match_pass=match_pass,
        score=SCORES[match_pass],
        status=Status.SUGGESTED if code is not None else status,
        shares=shares,
        rest_minor=line.amount_minor - paid,
        payer=payer,
        code=code,
        reasons=reasons,
    )


def aimed(line: Line, match_pass: str, target: tuple[Aim, str], *reasons: Reason, **more: Code) -> Decision:
    """Return the decision that a line is for something other than an invoice."""
    score = SCORES[match_pass]
    return Decision(
        line, match_pass, score, Status.AUTO, target=target, reasons=reasons, code=more.get("code")
    )


def stands(
    line: Line,
    code: Code,
    *reasons: Reason,
    payer: int | None = None,
    candidates: tuple[int, ...] = (),
    target: tuple[Aim, str] | None = None,
) -> Decision:
    """Return the decision that a person has to look: the whole amount is the rest."""
    return Decision(
        line=line,
        match_pass="",
        score=None,
        status=Status.EXCEPTION,
        rest_minor=line.amount_minor,
        payer=payer,
        target=target,
        code=code,
        candidates=candidates,
        reasons=reasons,
    )
