"""A statement and its lines, whatever file they came in, and what may be wrong with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.payments.rules.statements.values import minor
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST_BYTES: Final = 20_000_000
MOST_LINES: Final = 200_000
MOST_STATEMENTS: Final = 5_000
MOST_FLAWS: Final = 50  # a file of garbage has one on each line; nobody reads more
LARGEST: Final = 9_000_000_000_000_000_000  # what a bigint holds, of all lines together
BOOKED: Final = "BOOK"
NOTE: Final = "NOTE"  # a row of a table that is no movement

TEXTS: Final = {
    "too_large": gettext_noop("The file is larger than 20 MB. Ask the bank for a shorter period."),
    "too_many_lines": gettext_noop(
        "The file has more than 200,000 lines. Ask the bank for a shorter period."
    ),
    "empty": gettext_noop("The file is empty."),
    "unknown_format": gettext_noop(
        "This is no statement that we can read. There are: CSV, XLSX, CAMT.053, MT940 and OFX."
    ),
    "old_excel": gettext_noop(
        "This is an old Excel file (.xls). Save it as .xlsx or .csv and send it again."
    ),
    "broken": gettext_noop("The file is damaged or was cut off. Fetch it from the bank again."),
    "no_statement": gettext_noop("The file is well formed but holds no account statement."),
    "no_columns": gettext_noop(
        "The columns of this table are not known yet. Say once which column is which."
    ),
    "no_amount": gettext_noop("The amount cannot be read: {found}."),
    "no_day": gettext_noop("The day cannot be read: {found}."),
    "two_amounts": gettext_noop("The row has both an amount that came in and one that went out."),
    "no_direction": gettext_noop("The row does not say whether money came in or went out: {found}."),
    "no_currency": gettext_noop("The statement names no currency."),
    "other_currency": gettext_noop("The line is in {found}, the statement in {currency}."),
    "too_many_decimals": gettext_noop("{found} has more decimals than {currency}. It is not rounded."),
    "no_line": gettext_noop("The line cannot be read: {found}."),
    "other_account": gettext_noop("The statement is of account {found}, not of {account}."),
    "account_currency": gettext_noop("The statement is in {found}, the account in {currency}."),
    "sum_too_large": gettext_noop("The lines add up to more than can be booked."),
}


class Unreadable(ValueError):
    """Nothing of the file can be taken; ``flaws`` say why."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__("the file cannot be read")


def flaw(code: str, pointer: str = "", **facts: object) -> Flaw:
    """Return a flaw with the text of its code."""
    return Flaw(pointer, code, TEXTS[code], facts)


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """
    One line of a statement. ``amount`` is exact, in major units, and positive where money came in.

    What could not be read is ``None`` and stands in ``flaws``; ``raw`` is the line as the file has it.
    ``kind`` is the bank's word for the kind of movement (摘要, transaction code). ``amount_minor`` and
    ``balance_minor`` are asked for very often, so they are worked out once; ``None`` if there is none that is
    exact.
    """

    booked_on: date | None
    amount: Decimal | None
    currency: str
    value_on: date | None = None
    counterparty: str = ""
    counterparty_account: str = ""
    counterparty_bank: str = ""
    memo: str = ""
    bank_ref: str = ""
    kind: str = ""
    sub_account: str = ""
    status: str = BOOKED
    is_reversal: bool = False
    balance: Decimal | None = None
    raw: Any = None
    flaws: tuple[Flaw, ...] = ()
    amount_minor: int | None = field(init=False, repr=False, compare=False)
    balance_minor: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount_minor", minor(self.amount, self.currency))
        object.__setattr__(self, "balance_minor", minor(self.balance, self.currency))

    @property
    def is_booked(self) -> bool:
        """Whether the bank says that the money moved; what is pending or for information did not."""
        return self.status == BOOKED


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """
    One statement. Balances are exact and in major units, ``None`` where the bank gives none.

    ``breaks`` are the positions of lines whose own balance does not follow from the line before. A statement
    with ``flaws`` is kept but none of it is booked: what it says in full is not known.
    """

    account: str
    currency: str
    lines: tuple[ParsedLine, ...]
    opening: Decimal | None = None
    closing: Decimal | None = None
    closing_currency: str = ""
    begins_on: date | None = None
    ends_on: date | None = None
    number: str = ""
    breaks: tuple[int, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def booked(self) -> list[ParsedLine]:
        """The lines that count."""
        return [line for line in self.lines if line.is_booked]

    @property
    def total(self) -> Decimal:
        """The sum of what is booked."""
        return sum((line.amount for line in self.booked if line.amount is not None), Decimal(0))

    @property
    def total_minor(self) -> int:
        """The same in minor units, of what has any."""
        return sum(line.amount_minor or 0 for line in self.booked)

    @property
    def opening_minor(self) -> int | None:
        """What stood on the account before, in minor units."""
        return minor(self.opening, self.currency)

    @property
    def closing_minor(self) -> int | None:
        """What stands on the account after, in minor units."""
        return minor(self.closing, self.currency)

    @property
    def balances(self) -> bool | None:
        """Whether opening and booked lines make the closing balance; ``None`` if either is not given."""
        if self.opening is None or self.closing is None:
            return None
        same = self.closing_currency in ("", self.currency)
        return same and not self.breaks and self.opening + self.total == self.closing

    @property
    def difference_minor(self) -> int:
        """By how many minor units opening and lines miss the closing balance."""
        return (self.closing_minor or 0) - (self.opening_minor or 0) - self.total_minor


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds; ``form`` is one of TABLE, CAMT, MT940, OFX."""

    form: str
    statements: tuple[ParsedStatement, ...]

    @property
    def lines(self) -> int:
        """How many lines its statements have."""
        return sum(len(each.lines) for each in self.statements)


def checked(statements: Sequence[ParsedStatement]) -> tuple[ParsedStatement, ...]:
    """
    Return the statements with the flaws of their lines, each at its place in the file.

    :raises Unreadable: if there is no statement, or more lines than are read
    """
    if not statements:
        raise Unreadable(flaw("no_statement"))
    too_many = len(statements) > MOST_STATEMENTS
    if too_many or sum(len(each.lines) for each in statements) > MOST_LINES:
        raise Unreadable(flaw("too_many_lines"))
    return tuple(_checked(each, f"/statements/{place}") for place, each in enumerate(statements))


def _checked(statement: ParsedStatement, place: str) -> ParsedStatement:
    found = [replace(each, pointer=f"{place}{each.pointer}") for each in statement.flaws]
    if not statement.currency:
        found.append(flaw("no_currency", f"{place}/currency"))
    for name, balance in (("opening", statement.opening), ("closing", statement.closing)):
        foreign = name == "closing" and statement.closing_currency not in ("", statement.currency)
        if balance is not None and not foreign:
            found.extend(_decimals(balance, statement.currency, f"{place}/{name}"))
    for position, line in enumerate(statement.lines):
        found.extend(_of_line(line, statement.currency, f"{place}/lines/{position}"))
        if len(found) > MOST_FLAWS:
            break
    if abs(statement.total_minor) > LARGEST:
        found.append(flaw("sum_too_large", f"{place}/lines"))
    return replace(statement, flaws=tuple(found[:MOST_FLAWS]))


def _of_line(line: ParsedLine, currency: str, place: str) -> Iterable[Flaw]:
    """Yield what keeps a booked line from being booked."""
    for each in line.flaws:
        yield replace(each, pointer=f"{place}{each.pointer}")
    if not line.is_booked or line.flaws:
        return
    if line.currency != currency and currency:
        yield flaw("other_currency", f"{place}/currency", found=line.currency or "-", currency=currency)
    elif line.amount is not None and line.amount_minor is None:
        yield from _decimals(line.amount, currency, f"{place}/amount")


def _decimals(amount: Decimal, currency: str, place: str) -> Iterable[Flaw]:
    if minor(amount, currency) is None:
        yield flaw("too_many_decimals", place, found=format(amount, "f"), currency=currency)
