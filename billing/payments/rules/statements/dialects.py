"""
How a bank writes its tables, as data: which column is which, which sign means money in, what is no movement.

A dialect is remembered with the account and used for its next files; ``guessing`` proposes one for a first
file.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from billing.payments.rules.statements.sheets import DELIMITERS
from billing.payments.rules.statements.values import ORDERS
from billing.payments.rules.statements.values import currency as currency_of
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST_COLUMNS_OF_A_FIELD: Final = 4
LONGEST_NAME: Final = 80
MOST_WORDS: Final = 30
KNOWN_ENCODINGS: Final = ("", "utf-8-sig", "utf-8", "gb18030", "utf-16", "cp1252")
FIELDS: Final = (
    "booked_on",
    "value_on",
    "amount",
    "debit",
    "credit",
    "direction",
    "balance",
    "counterparty",
    "counterparty_account",
    "counterparty_bank",
    "payer",
    "payer_account",
    "payer_bank",
    "payee",
    "payee_account",
    "payee_bank",
    "memo",
    "kind",
    "bank_ref",
    "currency",
    "sub_account",
    "status",
)
SKIP_WORDS: Final = (
    "合计",
    "总计",
    "小计",
    "共计",
    "本页合计",
    "期初余额",
    "上期余额",
    "期末余额",
    "承前页",
    "过次页",
    "total",
    "totals",
    "subtotal",
    "opening balance",
    "closing balance",
    "balance brought forward",
)
IN_WORDS: Final = (
    "贷",
    "贷方",
    "收",
    "收入",
    "转入",
    "存入",
    "来账",
    "进账",
    "入账",
    "c",
    "cr",
    "crdt",
    "credit",
    "in",
    "+",
)
OUT_WORDS: Final = (
    "借",
    "借方",
    "支",
    "支出",
    "付",
    "转出",
    "支取",
    "往账",
    "出账",
    "d",
    "dr",
    "dbit",
    "debit",
    "out",
    "-",
)
BY_PLACE: Final = re.compile(r"#[1-9][0-9]{0,2}", re.ASCII)

TEXTS: Final = {
    "unknown_column": gettext_noop("There is no field “{found}”."),
    "no_date_column": gettext_noop("Say which column has the day."),
    "no_amount_column": gettext_noop(
        "Say which column has the amount, or which two have what came in and went out."
    ),
    "no_direction_column": gettext_noop("Say which column tells whether money came in or went out."),
    "unknown_choice": gettext_noop("“{found}” is not one of: {known}."),
    "bad_name": gettext_noop("A column is named by its heading or by its place, such as #3."),
}


class Sign(StrEnum):
    """What says whether money came in."""

    TWO_COLUMNS = "TWO_COLUMNS"  # one column for what came in, one for what went out
    SIGNED = "SIGNED"  # one column, what came in is positive
    REVERSED = "REVERSED"  # one column, what went out is positive
    WORD = "WORD"  # one column without sign, and one with a word


class BadDialect(ValueError):
    """It cannot be used; ``flaws`` say why."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("the dialect cannot be used")


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    How to read one bank's table.

    ``columns`` has for a field the headings of its columns (``借方发生额``) or their places (``#4``), of a
    text in the order in which they are joined. Encoding, delimiter and currency may be empty: then the file
    says.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sign: Sign = Sign.TWO_COLUMNS
    date_order: str = "YMD"
    decimal_sign: str = "."
    encoding: str = ""
    delimiter: str = ""
    currency: str = ""
    skip_words: tuple[str, ...] = SKIP_WORDS
    in_words: tuple[str, ...] = IN_WORDS
    out_words: tuple[str, ...] = OUT_WORDS

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "columns": {name: list(self.columns[name]) for name in FIELDS if name in self.columns},
            "sign": self.sign.value,
            "date_order": self.date_order,
            "decimal_sign": self.decimal_sign,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "currency": self.currency,
            "skip_words": list(self.skip_words),
            "in_words": list(self.in_words),
            "out_words": list(self.out_words),
        }


def from_document(document: object) -> Dialect:
    """
    Return the dialect that a document describes; what it leaves out is as usual.

    :raises BadDialect: with every fault found
    """
    flaws: list[Flaw] = []
    given: Mapping[str, Any] = document if isinstance(document, dict) else {}
    columns = _columns(given.get("columns"), flaws)
    found = Dialect(
        columns=columns,
        sign=Sign(_choice(given, "sign", tuple(Sign), Sign.TWO_COLUMNS, flaws)),
        date_order=_choice(given, "date_order", ORDERS, "YMD", flaws),
        decimal_sign=_choice(given, "decimal_sign", (".", ","), ".", flaws),
        encoding=_choice(given, "encoding", KNOWN_ENCODINGS, "", flaws),
        delimiter=_choice(given, "delimiter", ("", *DELIMITERS), "", flaws),
        currency=_currency(given, flaws),
        skip_words=_words(given, "skip_words", SKIP_WORDS, flaws),
        in_words=_words(given, "in_words", IN_WORDS, flaws),
        out_words=_words(given, "out_words", OUT_WORDS, flaws),
    )
    flaws.extend(_missing(found))
    if flaws:
        raise BadDialect(flaws)
    return found


def normal(text: str) -> str:
    """
    Return a heading without what banks put around it: width, spaces, units, translations.

    >>> normal("借方发生额/元(支取)"), normal("交易日期[ Transaction Date ]"), normal("收（付）方名称")
    ('借方发生额', '交易日期', '收(付)方名称')
    """
    bare = unicodedata.normalize("NFKC", text[:LONGEST_NAME]).lower().replace("\ufeff", "").strip("\"' :*")
    bare = re.sub(r"\[[^\]]{0,80}\]", "", bare)
    bare = re.sub(r"[/(](人民币元|人民币|元|rmb|cny|支取|收入|支出|存入)\)?", "", bare)
    return "".join(bare.split()) if not bare.isascii() else " ".join(bare.replace("_", " ").split())


def _columns(given: object, flaws: list[Flaw]) -> dict[str, tuple[str, ...]]:
    columns: dict[str, tuple[str, ...]] = {}
    for name, value in (given if isinstance(given, dict) else {}).items():
        names = [value] if isinstance(value, str) else value
        if name not in FIELDS:
            flaws.append(_flaw("unknown_column", "/columns", found=str(name)[:40]))
        elif not isinstance(names, list) or not all(_is_name(each) for each in names):
            flaws.append(_flaw("bad_name", f"/columns/{name}"))
        elif kept := tuple(each.strip() for each in names if each.strip()):
            columns[name] = kept[:MOST_COLUMNS_OF_A_FIELD]
    return columns


def _is_name(given: object) -> bool:
    return isinstance(given, str) and len(given) <= LONGEST_NAME and "\x00" not in given


def _choice(given: Mapping[str, Any], name: str, known: Sequence[str], usual: str, flaws: list[Flaw]) -> str:
    found = given.get(name, usual)
    if isinstance(found, str) and found in known:
        return found
    shown = ", ".join(str(each) for each in known if each)
    flaws.append(_flaw("unknown_choice", f"/{name}", found=str(found)[:40], known=shown))
    return usual


def _currency(given: Mapping[str, Any], flaws: list[Flaw]) -> str:
    found = given.get("currency", "")
    code = currency_of(found) if isinstance(found, str) else ""
    if found and not code:
        flaws.append(_flaw("unknown_choice", "/currency", found=str(found)[:40], known="CNY, USD, EUR"))
    return code


def _words(given: Mapping[str, Any], name: str, usual: tuple[str, ...], flaws: list[Flaw]) -> tuple[str, ...]:
    found = given.get(name, list(usual))
    if isinstance(found, list) and len(found) <= MOST_WORDS and all(_is_name(each) for each in found):
        return tuple(each.strip().lower() for each in found if each.strip())
    flaws.append(_flaw("bad_name", f"/{name}"))
    return usual


def _missing(dialect: Dialect) -> list[Flaw]:
    """Return what it needs and has not."""
    has = dialect.columns.keys()
    flaws = [] if "booked_on" in has else [_flaw("no_date_column", "/columns/booked_on")]
    if dialect.sign is Sign.TWO_COLUMNS:
        enough = {"debit", "credit"} <= has
    else:
        enough = "amount" in has
    if not enough:
        flaws.append(_flaw("no_amount_column", "/columns/amount"))
    if dialect.sign is Sign.WORD and "direction" not in has:
        flaws.append(_flaw("no_direction_column", "/columns/direction"))
    return flaws


def _flaw(code: str, pointer: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
