"""Single values as banks write them: amounts, days, currencies, texts. Nothing is rounded, nothing raises."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from marketplace.shared.money import PLACES

# Currencies of others, by ISO 4217; all that are not named here have two decimals.
MORE_PLACES: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
CURRENCIES: Final = {
    "人民币": "CNY",
    "人民币元": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "港币": "HKD",
    "港元": "HKD",
    "日元": "JPY",
}
PLAIN: Final = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,10})?", re.ASCII)
NUMBER: Final = re.compile(r"[0-9]{1,13}(\.[0-9]{0,10})?|\.[0-9]{1,10}", re.ASCII)
CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
ORDERS: Final = ("YMD", "DMY", "MDY")
SHORT, LONG = 6, 8  # digits of a day written without signs between
SERIALS: Final = range(20_000, 80_000)  # days of a spreadsheet: 1954 to 2119
FIRST_SERIAL: Final = date(1899, 12, 30)
EARLIEST: Final = 1950
NOTHING: Final = frozenset({"", "-", "--", "---", "—", "/", "N/A", "NULL", "null"})
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
DASHES: Final = str.maketrans("－−–—", "----")


def places(currency: str) -> int:
    """Return how many decimals a currency has."""
    return PLACES.get(currency, MORE_PLACES.get(currency, 2))


def minor(amount: Decimal | None, currency: str) -> int | None:
    """
    Return minor units, ``None`` if the amount has more decimals than the currency.

    >>> minor(Decimal("8.850"), "EUR"), minor(Decimal("8.855"), "EUR")
    (885, None)
    """
    if amount is None:
        return None
    scaled = amount.scaleb(places(currency))
    whole = scaled.to_integral_value()
    return int(whole) if whole == scaled else None


def number(text: str, decimal_sign: str = ".") -> Decimal | None:
    """
    Read an amount exactly: signs before or after, brackets for less than nothing, thousands apart.

    ``None`` for what is no number; what means nothing (``--``) is none either.

    >>> number("1.234,50-", ","), number("¥ 12，000.5"), number("(3)")
    (Decimal('-1234.50'), Decimal('12000.5'), Decimal('-3'))
    """
    if decimal_sign == "." and PLAIN.fullmatch(text):  # what nearly all banks write nearly always
        return Decimal(text)
    if len(text) > 60:  # the length of a number with all that may stand around it
        return None
    bare = "".join(unicodedata.normalize("NFKC", text).translate(DASHES).split()).replace("'", "")
    bare = bare.replace("," if decimal_sign == "." else ".", "").replace(decimal_sign, ".")
    bare = bare.removeprefix("CNY").removeprefix("RMB").removesuffix("元").replace("¥", "").replace("$", "")
    less = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if less else bare
    if bare[:1] in ("-", "+"):
        less, bare = less ^ (bare[0] == "-"), bare[1:]
    elif bare[-1:] in ("-", "+"):
        less, bare = less ^ (bare[-1] == "-"), bare[:-1]
    if not NUMBER.fullmatch(bare):
        return None
    return -Decimal(bare) if less else Decimal(bare)


def is_nothing(text: str) -> bool:
    """Tell whether a cell means that there is nothing."""
    return text.strip() in NOTHING


def day(text: str, order: str = "YMD") -> date | None:
    """
    Read a day, whatever signs stand between and whatever time comes after it.

    ``order`` is one of YMD, DMY, MDY; a year of two digits is of this century.

    >>> day("2026年11月5日"), day("20261105101500"), day("05.11.26", "DMY")
    (datetime.date(2026, 11, 5), datetime.date(2026, 11, 5), datetime.date(2026, 11, 5))
    """
    return _day(text[:40], order)


@lru_cache(maxsize=1_024)
def _day(text: str, order: str) -> date | None:
    """Read a day; a statement has the same few on very many lines."""
    parts = DIGITS.findall(unicodedata.normalize("NFKC", text))
    if parts and len(parts[0]) >= LONG:
        parts = _cut(parts[0][:LONG], order)
    elif parts and len(parts[0]) == SHORT and order == "YMD":
        parts = _cut("20" + parts[0], order)
    elif len(parts) == 1 and int(parts[0]) in SERIALS:
        return FIRST_SERIAL + timedelta(days=int(parts[0]))
    if len(parts) < len(order):
        return None
    found = dict(zip(order, parts, strict=False))
    return a_date(found["Y"], found["M"], found["D"])


def _cut(digits: str, order: str) -> list[str]:
    """Cut eight digits into the three parts of a day."""
    parts = []
    for part in order:
        width = 4 if part == "Y" else 2
        parts.append(digits[:width])
        digits = digits[width:]
    return parts


def a_date(year: str, month: str, of_month: str) -> date | None:
    """Return a day of whole numbers, ``None`` if there is none; a year of two digits is of this century."""
    if max(len(year), len(month), len(of_month)) > 4:  # digits
        return None
    full = int(year) + (2000 if len(year) <= 2 else 0)
    if full < EARLIEST:
        return None
    try:
        return date(full, int(month), int(of_month))
    except ValueError:
        return None


def currency(text: str) -> str:
    """Return a currency's code for its code or name, empty if it is neither."""
    bare = unicodedata.normalize("NFKC", text[:20]).strip()
    found = CURRENCIES.get(bare, bare.upper())
    return found if CODE.fullmatch(found) else ""


def clean(text: str | None, most: int) -> str:
    """Return a text on one line, without what cannot be stored, cut to ``most`` characters."""
    if not text:
        return ""
    text = text[: 4 * most]
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() or sign.isspace() else "" for sign in text)
    return " ".join(text.split())[:most]


def storable(text: str, most: int = 4_000) -> str:
    """Return a raw text as it is, but for what a database cannot hold, cut to ``most`` characters."""
    return UNSTORABLE.sub("\ufffd", text[:most])
