"""What the matcher is given: lines of the bank, what is open, what is expected, and what it may decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """
    A booked line of a bank account; minor units, what comes in positive.

    ``sub_account`` is the sub-unit of the account that the money was paid to, where the bank names one.
    """

    id: int
    on: date
    amount_minor: int
    currency: str = "CNY"
    counterparty: str = ""
    counterparty_account: str = ""
    memo: str = ""
    bank_ref: str = ""
    sub_account: str = ""

    @property
    def place(self) -> tuple[object, ...]:
        """By what lines are taken one after the other: the day, then what they say; the key comes last."""
        said = (self.bank_ref, self.counterparty_account, self.counterparty, self.memo, self.sub_account)
        return (self.on, *said, self.currency, self.amount_minor, self.id)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """
    An issued invoice, by what of it is open (0 of a settled one); ``payer`` owes it.

    ``reference`` is what payers are told to write, ``payments`` what was paid of it by whom: payer and amount
    of each line that named it.
    """

    id: int
    number: str
    reference: str
    payer: int
    open_minor: int
    gross_minor: int
    currency: str
    due_on: date
    issued_on: date
    lease: int | None = None
    payments: tuple[tuple[int | None, int], ...] = ()

    @property
    def age(self) -> tuple[date, date, int]:
        """By what items are paid, the oldest first."""
        return self.due_on, self.issued_on, self.id


@dataclass(frozen=True, slots=True)
class Order:
    """A payment order of ours that left: seen on the statement going out, or coming back."""

    id: str
    reference: str
    payee_account: str
    amount_minor: int
    currency: str = "CNY"
    state: str = "SENT"


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout of a provider that should arrive; ``payers`` are words of the name it comes under."""

    id: str
    trace: str
    amount_minor: int
    arrives_on: date
    payers: tuple[str, ...] = ()
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Money that two people recorded and booked from the bank's paper before its line came: of a fund."""

    id: str
    reference: str
    amount_minor: int
    currency: str = "CNY"


class Purpose(StrEnum):
    """What a rule says that a line is."""

    FEE = "FEE"
    INTEREST = "INTEREST"
    TAX = "TAX"
    TRANSFER = "TRANSFER"


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What the bank itself takes or gives: ``sign`` of the amount, words of memo and counterparty.

    One word of ``words`` is in the memo; the counterparty is empty or has one word of ``parties``; the
    amount is at most ``most_minor``.
    """

    purpose: Purpose
    sign: int
    words: tuple[str, ...]
    parties: tuple[str, ...] = ("本行", "银行", "BANK", "税务")
    most_minor: int = 1_000_000


RULES = (
    Rule(
        Purpose.FEE, -1, ("手续费", "管理费", "工本费", "服务费", "电汇费", "年费", "BANK CHARGE", "BANK FEE")
    ),
    Rule(Purpose.INTEREST, 1, ("结息", "利息", "存款息", "INTEREST")),
    Rule(Purpose.TAX, -1, ("缴税", "扣税", "印花税", "增值税", "附加税", "TAX"), most_minor=100_000_000),
)


@dataclass(frozen=True)
class Terms:
    """
    How far the matcher goes alone.

    ``tolerance_minor`` and ``tolerance_share`` of the invoice are the most that a person may let off; the
    smaller one counts. ``auto_minor`` is the most that a sum over several invoices may be without a person.
    """

    tolerance_minor: int = 100
    tolerance_share: Fraction = Fraction(1, 1000)
    auto_minor: int | None = None
    cap: int = 20
    most_items: int = 6
    payout_days: int = 5

    def lets_off(self, short_minor: int, gross_minor: int) -> bool:
        """Tell whether a shortfall is a trifle."""
        return 0 < short_minor <= min(Fraction(self.tolerance_minor), gross_minor * self.tolerance_share)


@dataclass(frozen=True)
class Facts:
    """
    All that a batch of lines is compared with.

    ``accounts`` are the approved accounts of payers, ``names`` what payers are called, ``sub_accounts`` the
    lease of each sub-unit, ``requests`` the invoices of each reference over several, ``own`` our own account
    numbers. ``booked`` are lines that were matched before: account and amount, for what the bank takes back.
    """

    items: Sequence[OpenItem] = ()
    accounts: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    sub_accounts: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, Sequence[int]] = field(default_factory=dict)
    orders: Sequence[Order] = ()
    payouts: Sequence[Payout] = ()
    recorded: Sequence[Recorded] = ()
    rules: Sequence[Rule] = RULES
    own: frozenset[str] = frozenset()
    booked: frozenset[tuple[str, int]] = frozenset()
    terms: Terms = field(default_factory=Terms)
