"""
Reads OFX: the SGML of version 1, in which values have no end, and the XML of version 2, by one pass over the
tags.

Only the few groups that speak of accounts and movements are followed; all else is passed over. No entities
but those of five signs are known, so nothing can grow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Final

from billing.payments.rules.statements import values
from billing.payments.rules.statements.parsed import (
    BOOKED,
    MOST_LINES,
    ParsedLine,
    ParsedStatement,
    Unreadable,
    flaw,
)
from marketplace.shared.errors import Flaw

TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9_.]{0,40})(?P<empty>/?)>(?P<value>[^<]{0,4000})"
)
CDATA: Final = "<![CDATA["
STATEMENTS: Final = frozenset({"STMTRS", "CCSTMTRS"})
MOVEMENTS: Final = frozenset({"STMTTRN", "STMTTRNP"})
OURS: Final = frozenset({"BANKACCTFROM", "CCACCTFROM"})
THEIRS: Final = frozenset({"BANKACCTTO", "CCACCTTO"})
GROUPS: Final = (
    MOVEMENTS | OURS | THEIRS | {"BANKTRANLIST", "LEDGERBAL", "AVAILBAL", "PAYEE", "CURRENCY", "ORIGCURRENCY"}
)
REVERSALS: Final = frozenset({"REVERSAL"})
ENCODINGS: Final = {
    "1252": "cp1252",
    "936": "gb18030",
    "GBK": "gb18030",
    "GB18030": "gb18030",
    "UNICODE": "utf-8",
}


@dataclass
class _Group:
    """Values of one statement or movement: those of a group within have its name before theirs."""

    values: dict[str, str] = field(default_factory=dict)
    start: int = 0

    def get(self, *names: str) -> str:
        """Return the first that is not empty."""
        return next((self.values[name] for name in names if self.values.get(name)), "")


def encodings(head: str) -> list[str]:
    """Return how the header says that the file is written."""
    found = re.search(r"CHARSET:\s*([A-Za-z0-9-]{1,20})|encoding=[\"']([A-Za-z0-9-]{1,20})", head)
    name = (found[1] or found[2]).upper() if found else ""
    return [ENCODINGS[name]] if name in ENCODINGS else []


def read(text: str) -> list[ParsedStatement]:
    """
    Return the statements of a file, lines in its order.

    :raises Unreadable: if it was cut off, or has more lines than are read
    """
    return [_statement(frame, movements) for frame, movements in _statements(text)]


class _Scan:
    """Collects the values of one statement after the other while the tags go by."""

    def __init__(self) -> None:
        self.frame: _Group | None = None
        self.movement: _Group | None = None
        self.movements: list[tuple[_Group, str]] = []
        self.within: list[str] = []

    def begin(self, *, is_end: bool) -> None:
        """Begin a statement, or end it."""
        self.frame, self.movements, self.movement = (None if is_end else _Group()), [], None
        self.within = []

    def move(self, found: re.Match[str], name: str, *, is_end: bool) -> None:
        """Begin a movement, or end it and keep it with its text."""
        if is_end and self.movement is not None:
            self.movements.append((self.movement, found.string[self.movement.start : found.end("name") + 1]))
            if len(self.movements) > MOST_LINES:
                raise Unreadable(flaw("too_many_lines"))
        self.movement, self.within = (None if is_end else _Group({"": name}, found.start())), []

    def other(self, found: re.Match[str], name: str, *, is_end: bool) -> None:
        """Go into a group or out of it, or keep a value."""
        if name in GROUPS:
            self.within = (
                [each for each in self.within if each != name] if is_end else [*self.within[-4:], name]
            )
        elif not is_end and self.frame is not None and (value := unescape(found["value"]).strip()):
            into = self.frame if self.movement is None else self.movement
            into.values.setdefault("/".join([*self.within[-1:], name]), value)


def _statements(text: str) -> Iterator[tuple[_Group, list[tuple[_Group, str]]]]:
    """Yield the values of each statement, and those of its movements with their text."""
    scan = _Scan()
    for found in TAG.finditer(_without_cdata(text)):
        name, is_end = found["name"].upper(), bool(found["end"])
        if name in STATEMENTS:
            if is_end and scan.frame is not None:
                yield scan.frame, scan.movements
            scan.begin(is_end=is_end)
        elif scan.frame is not None and name in MOVEMENTS:
            scan.move(found, name, is_end=is_end)
        elif scan.frame is not None:
            scan.other(found, name, is_end=is_end)
    if scan.frame is not None:
        raise Unreadable(flaw("broken"))


def _without_cdata(text: str) -> str:
    """Write what stands in CDATA as any other text."""
    first, *others = text.split(CDATA)
    parts = [first]
    for each in others:
        inner, end, rest = each.partition("]]>")
        parts.append(inner.replace("&", "&amp;").replace("<", "&lt;") + rest if end else each)
    return "".join(parts)


def _statement(frame: _Group, movements: list[tuple[_Group, str]]) -> ParsedStatement:
    currency = values.currency(frame.get("CURDEF"))
    account = frame.get("BANKACCTFROM/ACCTID", "CCACCTFROM/ACCTID")
    closing_text = frame.get("LEDGERBAL/BALAMT")
    closing = _amount(closing_text)
    flaws = (
        (flaw("no_amount", "/closing", found=closing_text[:40]),) if closing_text and closing is None else ()
    )
    ends_on = _day(frame.get("BANKTRANLIST/DTEND", "LEDGERBAL/DTASOF"))
    return ParsedStatement(
        account=values.clean(account, 60),
        currency=currency,
        lines=tuple(_line(movement, raw, currency) for movement, raw in movements),
        closing=closing,
        begins_on=_day(frame.get("BANKTRANLIST/DTSTART")),
        ends_on=ends_on,
        flaws=flaws,
    )


def _line(movement: _Group, raw: str, currency: str) -> ParsedLine:
    amount = _amount(movement.get("TRNAMT"))
    booked_on = _day(movement.get("DTPOSTED", "DTTRAN"))
    flaws: list[Flaw] = []
    if amount is None:
        flaws.append(flaw("no_amount", "/amount", found=movement.get("TRNAMT")[:40] or "-"))
    if booked_on is None:
        flaws.append(flaw("no_day", "/booked_on", found=movement.get("DTPOSTED")[:40] or "-"))
    name, memo = movement.get("NAME", "PAYEE/NAME"), movement.get("MEMO")
    kind = movement.get("TRNTYPE").upper()
    return ParsedLine(
        booked_on=booked_on,
        amount=amount,
        # CURRENCY: the amount is in another one; ORIGCURRENCY only says what it was before the exchange.
        currency=values.currency(movement.get("CURRENCY/CURSYM")) or currency,
        value_on=_day(movement.get("DTAVAIL")),
        counterparty=values.clean(name, 200),
        counterparty_account=values.clean(movement.get("BANKACCTTO/ACCTID", "CCACCTTO/ACCTID"), 60),
        counterparty_bank=values.clean(movement.get("BANKACCTTO/BANKID"), 120),
        memo=values.clean(memo or movement.get("CHECKNUM", "REFNUM"), 500),
        bank_ref=values.clean(movement.get("FITID"), 120),
        kind=values.clean(kind, 60),
        status=BOOKED if movement.values[""] == "STMTTRN" else "PDNG",
        is_reversal=kind in REVERSALS,
        raw=values.storable(raw),
        flaws=tuple(flaws),
    )


def _amount(text: str) -> Decimal | None:
    """Read an amount; a comma is the sign of decimals, for there are no thousands (OFX 1.6, 3.2.9.1)."""
    return values.number(text, "," if "," in text and "." not in text else ".")


def _day(text: str) -> date | None:
    """Read a day; the time of day and its zone are the bank's own, so the day is the bank's."""
    found = re.match(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
    return values.a_date(*found.groups()) if found else None
