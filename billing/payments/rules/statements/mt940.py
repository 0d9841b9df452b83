"""
Reads MT940 with the package ``mt-940``, one statement at a time.

The package decides what a field means. Here is what it leaves to its caller: the raw text of each line, days
and currencies that are none, lines that it cannot read (a bank's dialect is a flaw of that line, not the end
of the file), and bounds, so that a hostile file costs no more than an honest one.
"""

import io
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import mt940
from mt940.processors import date_fixup_pre_processor

from billing.payments.rules.statements import values
from billing.payments.rules.statements.parsed import (
    MOST_FLAWS,
    MOST_LINES,
    ParsedLine,
    ParsedStatement,
    Unreadable,
    flaw,
)
from marketplace.shared.errors import Flaw

TAG: Final = re.compile(r"^:(?P<tag>[0-9]{2}[A-Z]?|NS):", re.MULTILINE)
LONGEST: Final = 4_000  # characters of one field; the standard has 390
OPENING, CLOSING = ("60F", "60M", "60"), ("62F", "62M", "62")
SLUGS: Final = {
    "60F": "final_opening_balance",
    "60M": "intermediate_opening_balance",
    "60": "opening_balance",
    "62F": "final_closing_balance",
    "62M": "intermediate_closing_balance",
    "62": "closing_balance",
}
NO_REFERENCE: Final = ("", "NONREF", "NOTPROVIDED", "EREF", "PREF", "MARF")
# A payer or payee in a field that is not structured by question marks: /ORDP/ or /BENM/, then the name.
PARTY: Final = re.compile(r"/(?:ORDP|BENM)/(?:/NAME/)?(?P<name>[^/]{0,200})")
CODEWORD: Final = re.compile(
    r"/(?:ORDP|BENM|REMI|EREF|NAME|ISDT|MARF|CSID|TRCD|BUSP|NRTX|BIC|IBAN|RTRN|UDTR|UCRD)/"
)
REMITTANCE: Final = re.compile(r"/REMI/(?P<text>[^/]{0,500})")
ACCOUNT: Final = re.compile(r"(?=\S*[0-9])[0-9A-Z]{5,34}", re.ASCII)
SIX: Final = re.compile(r"[0-9]{6}")

logging.getLogger("mt940").setLevel(logging.CRITICAL)  # it would write what people paid into the log


@dataclass
class _Entry:
    """A line (:61:) with what follows it."""

    line: str
    details: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def block(self) -> str:
        """The fields as the package is given them."""
        said = f"\n:86:{' '.join(self.details)[:LONGEST]}" if self.details else ""
        return f":61:{self.line[:LONGEST]}{said}\n"

    @property
    def raw(self) -> str:
        """The fields as the file has them."""
        return values.storable(
            "\n".join([f":61:{self.line}", *(f":86:{each}" for each in self.details), *self.extra])
        )


@dataclass
class _Block:
    """A statement cut into its fields."""

    fields: dict[str, str] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)


def read(text: str) -> list[ParsedStatement]:
    """
    Return the statements of a file, lines in its order.

    :raises Unreadable: if it has more lines than are read
    """
    return [_statement(block) for block in _blocks(text.replace("\r\n", "\n").replace("\r", "\n"))]


def _blocks(text: str) -> Iterator[_Block]:
    """Cut a file into statements, each beginning with :20:, and these into fields."""
    block, count, is_over = _Block(), 0, False
    for tag, value in _fields(text):
        if tag == "20":
            if block.fields or block.entries:
                yield block
            block, is_over = _Block(), False
        if tag == "61":
            count += 1
            if count > MOST_LINES:
                raise Unreadable(flaw("too_many_lines"))
            block.entries.append(_Entry(value))
        elif tag in ("86", "NS"):
            # After the closing balance it speaks of the statement, before the first line of nothing.
            if block.entries and not is_over:
                (block.entries[-1].details if tag == "86" else block.entries[-1].extra).append(value)
        else:
            is_over = is_over or tag in CLOSING
            block.fields.setdefault(tag, value)
    if block.fields or block.entries:
        yield block


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield each field and its text, without the signs that end a block."""
    last: re.Match[str] | None = None
    for found in TAG.finditer(text):
        if last is not None:
            yield last["tag"], _value(text[last.end() : found.start()])
        last = found
    if last is not None:
        yield last["tag"], _value(text[last.end() :])


def _value(text: str) -> str:
    lines = (line.rstrip() for line in text[: 4 * LONGEST].split("\n"))
    return "\n".join(
        line for line in lines if line and line not in ("-", "-}") and not line.startswith("-}{")
    )


def _statement(block: _Block) -> ParsedStatement:
    opening_text, closing_text = (_first(block.fields, tags) for tags in (OPENING, CLOSING))
    opening, currency, begins_on, flaws = _balance(opening_text, "opening")
    closing, closing_currency, ends_on, more = _balance(closing_text, "closing")
    currency = currency or closing_currency
    return ParsedStatement(
        account=values.clean(block.fields.get("25", "").split("\n")[0], 60),
        currency=currency,
        lines=tuple(_lines(block.entries, currency)),
        opening=opening,
        closing=closing,
        closing_currency=closing_currency,
        begins_on=begins_on,
        ends_on=ends_on,
        number=values.clean(block.fields.get("28C") or block.fields.get("28", ""), 60),
        flaws=(*flaws, *more),
    )


def _first(fields: dict[str, str], tags: Iterable[str]) -> tuple[str, str]:
    return next(((tag, fields[tag]) for tag in tags if tag in fields), ("", ""))


def _balance(found: tuple[str, str], name: str) -> tuple[Decimal | None, str, date | None, tuple[Flaw, ...]]:
    """Return amount, currency and day of a balance."""
    tag, text = found
    if not tag:
        return None, "", None, ()
    read = _parsed(f":{tag}:{text[:LONGEST]}\n")
    balance = read.data.get(SLUGS[tag]) if read is not None else None
    amount = getattr(getattr(balance, "amount", None), "amount", None)
    if balance is None or amount is None:
        return None, "", None, (flaw("no_amount", f"/{name}", found=text[:40] or "-"),)
    return amount, values.currency(balance.amount.currency or ""), _plain(balance.date), ()


def _lines(entries: list[_Entry], currency: str) -> Iterator[ParsedLine]:
    """Yield a line for each entry; all at once if the package reads them all, else one by one."""
    together = _parsed("".join(entry.block for entry in entries))
    if together is not None and len(together.transactions) == len(entries):
        found: list[Any] = list(together.transactions)
    else:
        found = _one_by_one(entries)
    for entry, transaction in zip(entries, found, strict=True):
        yield _line(entry, transaction, currency)


def _one_by_one(entries: list[_Entry]) -> list[Any]:
    """Read each entry alone, until so many are bad that nobody will look at the others."""
    found: list[Any] = []
    bad = 0
    for entry in entries:
        found.append(_alone(entry) if bad <= MOST_FLAWS else None)
        bad += found[-1] is None
    return found


def _alone(entry: _Entry) -> Any:
    read = _parsed(entry.block)
    return read.transactions[0] if read is not None and len(read.transactions) == 1 else None


def _parsed(fields: str) -> Any:
    """Return what the package makes of fields of one statement; ``None`` if it cannot read them."""
    try:
        # A handle, never a text: the package would open a file that has the text for its name.
        read = mt940.parse_statements(io.StringIO(f":20:-\n{fields}"), processors=PROCESSORS, options=OPTIONS)
    except Exception:  # it raises what its regular expressions and conversions raise, of every kind
        return None
    return read[0] if len(read) == 1 else None


def _line(entry: _Entry, transaction: Any, currency: str) -> ParsedLine:
    data: dict[str, Any] = {} if transaction is None else transaction.data
    amount = getattr(data.get("amount"), "amount", None)
    value_on = _plain(data.get("date"))
    if amount is None or value_on is None or not amount.is_finite():
        bad = flaw("no_line", found=values.clean(entry.line, 40) or "-")
        return ParsedLine(value_on, amount, currency, raw=entry.raw, flaws=(bad,))
    details = "\n".join(entry.details)
    name, account = _party(data, details)
    return ParsedLine(
        booked_on=_plain(data.get("entry_date")) or value_on,
        amount=amount,
        currency=currency,
        value_on=value_on,
        counterparty=values.clean(name, 200),
        counterparty_account=values.clean(account, 60),
        counterparty_bank=values.clean(data.get("applicant_bin"), 120),
        memo=values.clean(_memo(data, details, entry), 500),
        bank_ref=values.clean(_reference(data), 120),
        kind=values.clean(data.get("id"), 60),
        is_reversal=(data.get("status") or "").upper().startswith("R"),
        raw=entry.raw,
    )


def _reference(data: dict[str, Any]) -> str:
    """Return the bank's reference, else the customer's, which many banks use for their own."""
    for name in ("bank_reference", "customer_reference"):
        found = str(data.get(name) or "").strip()
        if found.upper() not in NO_REFERENCE:
            return found
    return ""


def _party(data: dict[str, Any], details: str) -> tuple[str, str]:
    """Return name and account of the other side."""
    if data.get("applicant_name") or data.get("applicant_iban"):
        return data.get("applicant_name") or "", data.get("applicant_iban") or ""
    found = PARTY.search(details.replace("\n", ""))
    words = found["name"].split() if found else []
    if words and ACCOUNT.fullmatch(words[-1]):
        return " ".join(words[:-1]), words[-1]
    return " ".join(words), ""


def _memo(data: dict[str, Any], details: str, entry: _Entry) -> str:
    """Return what the payer wrote: the purpose, the remittance, or what stands before the first code word."""
    purpose = data.get("purpose") or data.get("additional_purpose")
    if purpose:
        return str(purpose)
    text = details.replace("\n", "" if CODEWORD.search(details) else " ")
    remittance = REMITTANCE.search(text)
    if remittance and remittance["text"].strip():
        return remittance["text"]
    before = CODEWORD.split(text, maxsplit=1)[0] if text else " ".join(entry.extra)
    return before or str(data.get("extra_details") or "")


def _plain(found: Any) -> date | None:
    """Return a day without the package's own kind of it."""
    return date(found.year, found.month, found.day) if isinstance(found, date) else None


def _entry_day(transactions: Any, tag: Any, found: dict[str, Any], *_: Any) -> dict[str, Any]:
    """Forget a booking day that is none, 30 February: the day of value stands for it."""
    month, of_month = found.get("entry_month"), found.get("entry_day")
    if (
        month
        and of_month
        and values.a_date(str(found["year"]), month.strip() or "0", of_month.strip() or "0") is None
    ):
        found["entry_month"] = found["entry_day"] = None
    return found


def _no_currency(transactions: Any, tag: Any, found: dict[str, Any], *_: Any) -> dict[str, Any]:
    """Give digits that were taken for a currency back to the amount: some banks leave the currency out."""
    if not values.currency(found.get("currency") or ""):
        found["amount"] = f"{found.get('currency') or ''}{found.get('amount') or ''}"
        found["currency"] = None
    return found


OPTIONS: Final = mt940.Options.all()
PROCESSORS: Final[Any] = {
    "pre_statement": [date_fixup_pre_processor, _entry_day],
    **{f"pre_{slug}": [date_fixup_pre_processor, _no_currency] for slug in SLUGS.values()},
}
