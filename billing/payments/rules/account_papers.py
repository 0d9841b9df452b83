"""A lessee's account with each seller over a month, and an owner's payout, as papers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from billing.payments.rules.order_states import State
from billing.rules.invoice_papers import LACKS
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.papers import Paper, Section, Table
from marketplace.shared.capitals import capitals
from marketplace.shared.money import Money, format_money

Translate = Callable[[str], str]


class What(StrEnum):
    """What changed an account."""

    INVOICE = "INVOICE"
    NOTE = "NOTE"
    PAYMENT = "PAYMENT"
    PAYMENT_UNDONE = "PAYMENT_UNDONE"
    OWED_BACK = "OWED_BACK"
    SUBSIDY = "SUBSIDY"
    SUBSIDY_REFUSED = "SUBSIDY_REFUSED"
    OTHER = "OTHER"


WORDS = {
    What.INVOICE: gettext_noop("Invoice"),
    What.NOTE: gettext_noop("Credit note"),
    What.PAYMENT: gettext_noop("Payment of an invoice"),
    What.PAYMENT_UNDONE: gettext_noop("Payment taken back"),
    What.OWED_BACK: gettext_noop("Credit note to be refunded"),
    What.SUBSIDY: gettext_noop("Subsidy taken off the invoice"),
    What.SUBSIDY_REFUSED: gettext_noop("Subsidy that the authority refused"),
    What.OTHER: gettext_noop("Other entry"),
}
ACCOUNT_TITLE = gettext_noop("Statement of account")
PAYOUT_TITLE = gettext_noop("Payout statement")
ABOUT = gettext_noop("About this statement")
OPENING, CLOSING = gettext_noop("Open at the beginning"), gettext_noop("Open at the end")
ACCOUNT_COLUMNS = (
    gettext_noop("Booked on"),
    gettext_noop("Entry"),
    gettext_noop("Document"),
    gettext_noop("Amount"),
    gettext_noop("Open after"),
)
READS = gettext_noop(
    "As the books have it: what is billed raises what is open, payments and credit notes lower it. What was "
    "paid and is not allocated to an invoice is not in it."
)
PAYOUT_COLUMNS = (
    gettext_noop("Booked on"),
    gettext_noop("Entry"),
    gettext_noop("Document"),
    gettext_noop("Counted as paid"),
    gettext_noop("Commission"),
    gettext_noop("To you"),
)
STATES = {
    State.PROPOSED: gettext_noop("Waits for a second person"),
    State.APPROVED: gettext_noop("Approved, not sent yet"),
    State.SENT: gettext_noop("Sent, no answer yet"),
    State.DONE: gettext_noop("Paid"),
    State.RETURNED: gettext_noop("Came back"),
    State.REJECTED: gettext_noop("Refused by bank or provider"),
    State.DROPPED: gettext_noop("Not approved"),
}
COUNTED = gettext_noop(
    "Counted as paid is what the lessee paid, what was let off with it, and what an authority paid for the "
    "lessee, less what credit notes give back."
)
FOOTER = gettext_noop("{title} {number}")


@dataclass(frozen=True)
class Row:
    """One change of an account; what is billed is positive. ``after`` is what is open with it."""

    on: date
    what: What
    number: str
    invoice: str
    amount: Money
    after: Money


@dataclass(frozen=True)
class Part:
    """An account with one seller in one currency."""

    seller: str
    seller_id: str
    opening: Money
    rows: Sequence[Row]

    @property
    def currency(self) -> str:
        """The currency of it."""
        return self.opening.currency

    @property
    def closing(self) -> Money:
        """What is open at the end."""
        return self.rows[-1].after if self.rows else self.opening

    def sum_of(self, what: What) -> Money:
        """What entries of a kind add up to."""
        return Money(sum(row.amount.minor for row in self.rows if row.what is what), self.currency)

    @property
    def sums(self) -> dict[str, Money]:
        """Opening, what each kind added up to, where it did, and closing: the last is the sum of the rest."""
        kinds = {WORDS[what]: self.sum_of(what) for what in What if any(r.what is what for r in self.rows)}
        return {OPENING: self.opening, **kinds, CLOSING: self.closing}


@dataclass(frozen=True)
class Account:
    """
    What an organization owed each seller in the days of a month; ``made_at`` is its last entry.

    ``has_earlier`` says whether anything was booked before the month.
    """

    buyer: str
    first: date
    last: date
    parts: Sequence[Part]
    made_at: datetime
    has_earlier: bool = False

    @property
    def month(self) -> str:
        """The month, as in ``2026-11``."""
        return f"{self.first:%Y-%m}"


class Share(StrEnum):
    """What a line of a payout is."""

    RELEASED = "RELEASED"
    REVERSED = "REVERSED"
    LEVY = "LEVY"
    SET_OFF = "SET_OFF"
    OTHER = "OTHER"


SHARES = {
    Share.RELEASED: gettext_noop("Share of what was paid"),
    Share.REVERSED: gettext_noop("Share taken back"),
    Share.LEVY: gettext_noop("Contribution to the risk fund"),
    Share.SET_OFF: gettext_noop("Set off against what you owed"),
    Share.OTHER: gettext_noop("Other entry"),
}


@dataclass(frozen=True)
class Paid:
    """
    One line of a payout: ``net`` is what of it comes to the owner; what lowers the payout is negative.

    ``gross`` is what counts as paid with it (``COUNTED``), of which the platform keeps ``commission``; both
    are ``None`` where the line is of no payment.
    """

    on: date
    share: Share
    number: str
    invoice: str
    net: Money
    gross: Money | None = None

    @property
    def commission(self) -> Money | None:
        """What the platform keeps of the payment, its tax included."""
        return None if self.gross is None else self.gross - self.net


@dataclass(frozen=True)
class Payout:
    """A payout, its lines and how far its order is; ``bank_refs`` is how the bank or provider knows it."""

    reference: str
    payee: str
    to: str
    state: State
    amount: Money
    rows: Sequence[Paid]
    bank_refs: Sequence[str]
    made_at: datetime

    @property
    def sums(self) -> dict[str, Money]:
        """What each kind of line added up to, where there is one."""
        found: dict[str, Money] = {}
        for share in Share:
            minors = [row.net.minor for row in self.rows if row.share is share]
            if minors:
                found[SHARES[share]] = Money(sum(minors), self.amount.currency)
        return found


def account_paper(account: Account, translate: Translate) -> Paper:
    """Say a month's account."""
    about = [(translate("Buyer"), account.buyer), (translate("Period"), f"{account.first} – {account.last}")]
    return Paper(
        title=translate(ACCOUNT_TITLE),
        number=account.month,
        lead="",
        made_at=account.made_at,
        sections=[
            Section(translate(ABOUT), about, [translate(READS)]),
            *(_part(part, translate) for part in account.parts),
        ],
        footer=translate(FOOTER).format(title=translate(ACCOUNT_TITLE), number=account.month),
        lacks=translate(LACKS),
    )


def payout_paper(payout: Payout, translate: Translate) -> Paper:
    """Say a payout to an owner."""
    about = [
        (translate("Paid to"), payout.payee),
        (translate("Account"), payout.to),
        (translate("State"), translate(STATES[payout.state])),
        (translate("Reference of the bank"), " ".join(payout.bank_refs) or "—"),
    ]
    rows = [
        [row.on.isoformat(), translate(SHARES[row.share]), row.number or "—"]
        + [format_money(each) if each is not None else "—" for each in (row.gross, row.commission, row.net)]
        for row in payout.rows
    ]
    table = Table([translate(name) for name in PAYOUT_COLUMNS], rows, 3, even=False)
    sums = [(translate(name), format_money(money)) for name, money in payout.sums.items()]
    sums.append((translate("Amount"), format_money(payout.amount)))
    if payout.amount.currency == "CNY":
        sums.append((translate("In capitals"), capitals(payout.amount)))
    return Paper(
        title=translate(PAYOUT_TITLE),
        number=payout.reference,
        lead="",
        made_at=payout.made_at,
        sections=[
            Section(translate(ABOUT), about),
            Section(translate("What it pays"), sums, [translate(COUNTED)], table),
        ],
        footer=translate(FOOTER).format(title=translate(PAYOUT_TITLE), number=payout.reference),
        lacks=translate(LACKS),
    )


def _part(part: Part, translate: Translate) -> Section:
    rows = [
        [
            row.on.isoformat(),
            translate(WORDS[row.what]),
            row.number,
            format_money(row.amount),
            format_money(row.after),
        ]
        for row in part.rows
    ]
    table = Table([translate(name) for name in ACCOUNT_COLUMNS], rows, 2, even=False) if rows else None
    sums = [(translate(name), format_money(money)) for name, money in part.sums.items()]
    return Section(f"{part.seller} · {part.currency}", sums, table=table)
