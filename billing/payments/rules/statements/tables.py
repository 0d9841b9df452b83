"""
Reads a table by its dialect: finds the row of headings, reads what stands above, and proves it by the
balances.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.payments.rules.statements import values
from billing.payments.rules.statements.dialects import BY_PLACE, Dialect, Sign, normal
from billing.payments.rules.statements.parsed import BOOKED, NOTE, ParsedLine, ParsedStatement, flaw
from marketplace.shared.errors import Flaw

HEAD: Final = 60  # rows in which headings are looked for
ACCOUNT_LABELS: Final = (
    "账号",
    "帐号",
    "账户",
    "卡号",
    "账户号码",
    "本方账号",
    "查询账号",
    "account",
    "account number",
    "iban",
)
CURRENCY_LABELS: Final = ("币种", "货币", "currency")
PERIOD_LABELS: Final = ("起止日期", "查询日期", "日期范围", "查询时间", "交易日期范围", "期间", "period")
ACCOUNT: Final = re.compile(r"[0-9A-Za-z*-]{5,40}", re.ASCII)
DAY: Final = re.compile(r"[0-9]{4}[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}")
SIDES: Final = ("counterparty", "counterparty_account", "counterparty_bank")


@dataclass(frozen=True, slots=True)
class Preamble:
    """What stands above the headings."""

    account: str = ""
    currency: str = ""
    begins_on: date | None = None
    ends_on: date | None = None


def header_of(rows: Sequence[Sequence[str]], dialect: Dialect) -> tuple[int, dict[str, list[int]]] | None:
    """
    Return the row of headings (-1: there is none) and the places of each field; ``None`` if they are not
    there.
    """
    names = {name for each in dialect.columns.values() for name in each if not BY_PLACE.fullmatch(name)}
    wanted = {normal(name) for name in names}
    place = -1
    if wanted:
        found = [index for index, row in enumerate(rows[:HEAD]) if wanted <= {normal(cell) for cell in row}]
        if not found:
            return None
        place = found[0]
    headings = [normal(cell) for cell in rows[place]] if wanted else []
    return place, {
        name: [_index(each, headings) for each in columns] for name, columns in dialect.columns.items()
    }


def _index(name: str, headings: list[str]) -> int:
    return int(name[1:]) - 1 if BY_PLACE.fullmatch(name) else headings.index(normal(name))


def read(rows: Sequence[Sequence[str]], dialect: Dialect) -> ParsedStatement | None:
    """
    Return the statement of a table, oldest line first; ``None`` if it has not the headings of the dialect.
    """
    found = header_of(rows, dialect)
    if found is None:
        return None
    place, columns = found
    above = preamble(rows[: place + 1])
    reader = _Reader(dialect, columns, above.currency or dialect.currency)
    lines = [
        line
        for number, row in enumerate(rows[place + 1 :], start=place + 2)
        if any(row) and (line := reader.line(row, number)) is not None
    ]
    return _statement(lines, above, reader)


class _Reader:
    """Reads one row after the other."""

    def __init__(self, dialect: Dialect, columns: Mapping[str, list[int]], currency: str) -> None:
        self.dialect, self.columns, self.currency = dialect, columns, currency
        words = "|".join(re.escape(word.lower()) for word in dialect.skip_words)
        self.total = re.compile(rf"(?:{words})(?:[:： ]|\Z)") if words else None
        self.account = ""

    def line(self, row: Sequence[str], number: int) -> ParsedLine | None:
        """Return the line of a row; a row without a day and an amount is a note, one of totals none."""
        raw = {"row": number, "cells": list(row)}
        if self._is_total(row):
            return ParsedLine(None, None, self.currency, status=NOTE, raw=raw)
        day_text, flaws = self._text(row, "booked_on"), list[Flaw]()
        booked_on = values.day(day_text, self.dialect.date_order)
        amount = self._amount(row, flaws)
        if booked_on is None and amount is None:
            return ParsedLine(None, None, self.currency, status=NOTE, raw=raw)
        if booked_on is None:
            flaws.append(flaw("no_day", "/booked_on", found=day_text[:40] or "-"))
        if amount is None and not flaws:
            flaws.append(flaw("no_amount", "/amount", found="-"))
        if amount == 0 and not flaws:  # a notice of the bank, such as a changed limit: nothing moved
            return ParsedLine(booked_on, amount, self.currency, status=NOTE, raw=raw)
        return ParsedLine(
            booked_on=booked_on,
            amount=amount,
            currency=values.currency(self._text(row, "currency")) or self.currency,
            value_on=values.day(self._text(row, "value_on"), self.dialect.date_order),
            memo=values.clean(self._joined(row, "memo"), 500),
            kind=values.clean(self._text(row, "kind"), 60),
            bank_ref=values.clean(self._text(row, "bank_ref"), 120),
            sub_account=values.clean(self._text(row, "sub_account"), 40),
            balance=self._number(self._text(row, "balance")),
            raw=raw,
            flaws=tuple(flaws),
            **self._side(row, amount),
        )

    def _is_total(self, row: Sequence[str]) -> bool:
        first = next((cell for cell in row if cell), "").strip(":： ").lower()
        return self.total is not None and self.total.match(first) is not None

    def _amount(self, row: Sequence[str], flaws: list[Flaw]) -> Decimal | None:
        """Return what moved, positive where it came in; a flaw says why it cannot be told."""
        if self.dialect.sign is Sign.TWO_COLUMNS:
            out, came = self._given(row, "debit", flaws), self._given(row, "credit", flaws)
            if out and came:
                flaws.append(flaw("two_amounts", "/amount"))
                return None
            return came if came or out is None else -out
        amount = self._given(row, "amount", flaws)
        if amount is None or self.dialect.sign is Sign.SIGNED:
            return amount
        if self.dialect.sign is Sign.REVERSED:
            return -amount
        word = self._text(row, "direction").strip().lower()
        if word in self.dialect.in_words:
            return amount
        if word in self.dialect.out_words:
            return -amount
        flaws.append(flaw("no_direction", "/amount", found=word[:40] or "-"))
        return None

    def _given(self, row: Sequence[str], name: str, flaws: list[Flaw]) -> Decimal | None:
        text = self._text(row, name)
        if values.is_nothing(text):
            return None
        found = self._number(text)
        if found is None:
            flaws.append(flaw("no_amount", "/amount", found=text[:40]))
        return found

    def _number(self, text: str) -> Decimal | None:
        return values.number(text, self.dialect.decimal_sign)

    def _side(self, row: Sequence[str], amount: Decimal | None) -> dict[str, Any]:
        """
        Return the other side: named as such, else the payer of what came in and the payee of what went out.
        """
        role = "payer" if amount is not None and amount > 0 else "payee"
        found = {}
        for name, most in zip(SIDES, (200, 60, 120), strict=True):
            text = self._text(row, name) or self._text(row, name.replace("counterparty", role))
            found[name] = values.clean(text.replace(" ", "") if name.endswith("account") else text, most)
        return found

    def _text(self, row: Sequence[str], name: str) -> str:
        """Return the first cell of a field that is not empty."""
        for place in self.columns.get(name, ()):
            if place < len(row) and row[place]:
                return row[place]
        return ""

    def _joined(self, row: Sequence[str], name: str) -> str:
        cells = [row[place] for place in self.columns.get(name, ()) if place < len(row) and row[place]]
        return " ".join(dict.fromkeys(cells))


def _statement(lines: list[ParsedLine], above: Preamble, reader: _Reader) -> ParsedStatement:
    lines, breaks = _in_order(lines)
    moved = [line for line in lines if line.is_booked]
    chained = [line for line in moved if line.balance is not None and line.amount is not None]
    whole = bool(chained) and len(chained) == len(moved)
    days = [line.booked_on for line in moved if line.booked_on is not None]
    currency = above.currency or reader.currency or (moved[0].currency if moved else "")
    return ParsedStatement(
        account=above.account,
        currency=currency,
        lines=tuple(line if line.currency else replace(line, currency=currency) for line in lines),
        opening=_minus(chained[0].balance, chained[0].amount) if whole else None,
        closing=chained[-1].balance if whole else None,
        begins_on=above.begins_on or min(days, default=None),
        ends_on=above.ends_on or max(days, default=None),
        breaks=breaks,
    )


def _minus(balance: Decimal | None, amount: Decimal | None) -> Decimal | None:
    return None if balance is None or amount is None else balance - amount


def _in_order(lines: list[ParsedLine]) -> tuple[list[ParsedLine], tuple[int, ...]]:
    """
    Return lines with the oldest first, and which of them do not follow from the one before.

    Banks list the newest first as often as last: the order in which the balances hold is the right one, and
    where both or neither do, the order of the days.
    """
    turned = lines[::-1]
    forward, backward = breaks_of(lines), breaks_of(turned)
    days = [line.booked_on for line in lines if line.booked_on is not None]
    is_turned = bool(days) and days[0] > days[-1]
    if len(backward) < len(forward) or (len(backward) == len(forward) and is_turned):
        return turned, backward
    return lines, forward


def breaks_of(lines: Sequence[ParsedLine]) -> tuple[int, ...]:
    """Return the positions of lines whose balance is not the one before and their own amount."""
    found: list[int] = []
    before: Decimal | None = None
    for position, line in enumerate(lines):
        if not line.is_booked or line.amount is None:
            continue
        if before is not None and line.balance is not None and before + line.amount != line.balance:
            found.append(position)
        before = line.balance
    return tuple(found)


def preamble(rows: Sequence[Sequence[str]]) -> Preamble:
    """Return what stands above the headings: account, currency, period."""
    labelled = [pair for row in rows for pair in _pairs(row)]
    account = next(
        (value for label, value in labelled if label in ACCOUNT_LABELS and ACCOUNT.fullmatch(value)), ""
    )
    currency = next((values.currency(value) for label, value in labelled if label in CURRENCY_LABELS), "")
    for label, value in labelled:
        days = [values.day(each) for each in DAY.findall(value)] if label in PERIOD_LABELS else []
        if len(days) == 2 and None not in days:
            return Preamble(account, currency, days[0], days[1])
    return Preamble(account, currency)


def _pairs(row: Sequence[str]) -> list[tuple[str, str]]:
    """
    Return labels and what stands behind them: in the same cell after a colon, or in the next that is not
    empty.
    """
    cells = [cell for cell in row if cell]
    found = []
    for place, cell in enumerate(cells):
        label, colon, rest = cell.replace("：", ":").partition(":")
        value = rest.strip() if rest.strip() else (cells[place + 1] if place + 1 < len(cells) else "")
        if colon or place + 1 < len(cells):
            found.append((normal(label), value.replace(" ", "")))
    return found


__all__ = ["BOOKED", "Preamble", "breaks_of", "header_of", "preamble", "read"]
