"""
The official e-invoice (数电发票): its face, its number, and whether it says what we billed.

The tax bureau issues it for the seller; here it is asked for and kept beside our own invoice. Source: State
Taxation Administration, announcement 2024 no. 11 (face, 20-digit number, red letters), and the field names of
its XML (``billing.rules.tax_invoice_xml``). Amounts are minor units (fen); a red invoice has negative ones.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.reading import plain
from marketplace.shared.capitals import capitals
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money, as_decimal

NUMBER = re.compile(r"[0-9]{20}")
# Province codes of GB/T 2260 (third and fourth digit of a number).
REGIONS = frozenset(
    {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46}
    | {50, 51, 52, 53, 54, 61, 62, 63, 64, 65}
)
# Short name of the tax classification, and what is sold, by our tax category.
ITEMS: Mapping[str, tuple[str, str]] = {
    "LEASE_MOVABLE": ("经营租赁", "设备租赁"),
    "SMALL_SCALE": ("经营租赁", "设备租赁"),
    "SERVICE": ("经纪代理服务", "平台服务费"),
    "REPAIR": ("劳务", "设备维修"),
    "GOODS": ("通用设备", "设备"),
    "TRANSPORT": ("运输服务", "设备运输"),
    "INSTALLATION": ("建筑服务", "设备安装"),
    "LEASEBACK": ("金融服务", "售后回租利息"),
    "NOT_TAXED": ("不征税项目", "赔偿款"),
}
# Units as the face names them (计量单位), by the unit of a line; others stand as they are.
UNITS: Mapping[str, str] = {
    "h": "小时",
    "min": "分钟",
    "s": "秒",
    "cycle": "次",
    "piece": "件",
    "batch": "批",
    "mission": "次",
    "slot": "时段",
    "order": "单",
    "kWh": "千瓦时",
    "kW": "千瓦",
    "m3": "立方米",
    "m": "米",
}
TEXTS = {
    "not_twenty_digits": gettext_noop("The number of an official e-invoice has 20 digits."),
    "other_year": gettext_noop("The number begins with {found}; an invoice of {year} begins with {wanted}."),
    "no_region": gettext_noop("No province of China has the code {found} (third and fourth digit)."),
    "issued_later": gettext_noop("It cannot have been issued after today."),
    "other_seller": gettext_noop("It was issued by {found}; the seller here is {wanted}."),
    "other_buyer": gettext_noop("It was issued to {found}; the buyer here is {wanted}."),
    "other_amount": gettext_noop("It says {found}; our invoice says {wanted}."),
    "other_capitals": gettext_noop(
        "The amount in capitals says {found}; the figure is {wanted} in capitals."
    ),
    "items_do_not_add_up": gettext_noop("The items add up to {found}, the invoice says {wanted}."),
    "other_rates": gettext_noop("At {rate} it has {found} before tax; our invoice has {wanted}."),
}


class Kind(StrEnum):
    """Which of the two kinds; the buyer may deduct input tax only with the special one (增值税专用发票)."""

    SPECIAL = "SPECIAL"
    ORDINARY = "ORDINARY"


@dataclass(frozen=True, slots=True)
class Party:
    """A side of the invoice: its name and tax number (统一社会信用代码)."""

    name: str
    tax_number: str


@dataclass(frozen=True, slots=True)
class Item:
    """
    One row of the face; ``net_minor`` and ``tax_minor`` in fen, ``price`` before tax a unit.

    ``quantity`` and ``price`` may be missing together: the bureau allows rows with an amount alone.
    """

    name: str
    net_minor: int
    rate: Decimal
    tax_minor: int
    spec: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """All that stands on the face; ``number`` and ``issued_on`` are empty while it is only asked for."""

    kind: Kind
    seller: Party
    buyer: Party
    items: tuple[Item, ...]
    net_minor: int
    tax_minor: int
    capitals: str
    drawer: str = ""
    remark: str = ""
    number: str = ""
    issued_on: date | None = None
    bureau: str = ""

    @property
    def gross_minor(self) -> int:
        """What is to be paid, tax included, in fen."""
        return self.net_minor + self.tax_minor

    def nets(self) -> dict[Decimal, int]:
        """Return the sum before tax of each rate, in fen."""
        found: dict[Decimal, int] = {}
        for item in self.items:
            found[item.rate] = found.get(item.rate, 0) + item.net_minor
        return {rate: net for rate, net in sorted(found.items()) if net}

    def dump(self) -> dict[str, Any]:
        """Write it as JSON values: amounts in fen, decimals and the day as text."""
        found = asdict(self) | {"gross_minor": self.gross_minor}
        found["issued_on"] = None if self.issued_on is None else self.issued_on.isoformat()
        for item in found["items"]:
            for name in ("rate", "quantity", "price"):
                item[name] = None if item[name] is None else plain(item[name])
        return found


def load(document: Mapping[str, Any]) -> Face:
    """Return the face that :meth:`Face.dump` wrote."""
    day = document["issued_on"]
    known = {name: document[name] for name in Face.__dataclass_fields__}
    known |= {
        "kind": Kind(document["kind"]),
        "seller": Party(**document["seller"]),
        "buyer": Party(**document["buyer"]),
        "items": tuple(Item(**item | _decimals(item)) for item in document["items"]),
        "issued_on": None if day is None else date.fromisoformat(day),
    }
    return Face(**known)


def _decimals(item: Mapping[str, Any]) -> dict[str, Decimal | None]:
    names = ("rate", "quantity", "price")
    return {name: None if item[name] is None else Decimal(item[name]) for name in names}


def face(
    *, kind: Kind, seller: Party, buyer: Party, items: Iterable[Item], remark: str = "", drawer: str = ""
) -> Face:
    """Return the face that the seller asks the bureau for; totals are sums of the items."""
    rows = tuple(items)
    net, tax = sum(item.net_minor for item in rows), sum(item.tax_minor for item in rows)
    words = capitals(Money(net + tax, "CNY"))
    return Face(kind, seller, buyer, rows, net, tax, words, drawer=drawer, remark=remark)


def item_name(tax_category: str, what: str = "") -> str:
    """
    Return the name of an item as the bureau writes it: the short name of its class between stars, then what.

        >>> item_name("LEASE_MOVABLE")
        '*经营租赁*设备租赁'
    """
    short, usual = ITEMS[tax_category]
    return f"*{short}*{what or usual}"


def number_flaws(number: str, issued_on: date) -> list[Flaw]:
    """
    Return what is wrong with a 20-digit number: year (1, 2), province (3, 4), channel (5), serial (6 to 20).

    There is no check digit; a mistyped serial is found by the sums of the face alone.
    """
    if not NUMBER.fullmatch(number):
        return [_flaw("/number", "not_twenty_digits")]
    found, year = [], f"{issued_on.year % 100:02d}"
    if number[:2] != year:
        found.append(_flaw("/number", "other_year", found=number[:2], year=issued_on.year, wanted=year))
    if int(number[2:4]) not in REGIONS:
        found.append(_flaw("/number", "no_region", found=number[2:4]))
    return found


def differences(given: Face, wanted: Face, *, today: date) -> list[Flaw]:
    """
    Return in what an issued invoice differs from what our own invoice says, each at its field.

    Compared are number, day, both tax numbers, the sums before and after tax, the sum of each rate, and the
    amount in capitals; names of items are the seller's own affair.
    """
    assert given.issued_on is not None, "an issued invoice has a day"
    found = number_flaws(given.number, given.issued_on)
    if given.issued_on > today:
        found.append(_flaw("/issued_on", "issued_later"))
    for side in ("seller", "buyer"):
        theirs, ours = getattr(given, side).tax_number, getattr(wanted, side).tax_number
        if theirs != ours:
            found.append(_flaw(f"/{side}/tax_number", f"other_{side}", found=theirs or "—", wanted=ours))
    return [*found, *_of_sums(given, wanted)]


def _of_sums(given: Face, wanted: Face) -> Iterator[Flaw]:
    for field in ("net_minor", "tax_minor"):
        theirs, ours = getattr(given, field), getattr(wanted, field)
        if theirs != ours:
            yield _flaw(f"/{field}", "other_amount", found=yuan(theirs), wanted=yuan(ours))
        items = sum(getattr(item, field) for item in given.items)
        if items != theirs:
            yield _flaw("/items", "items_do_not_add_up", found=yuan(items), wanted=yuan(theirs))
    theirs_by, ours_by = given.nets(), wanted.nets()
    for rate in sorted({*theirs_by, *ours_by}):
        had, has = theirs_by.get(rate, 0), ours_by.get(rate, 0)
        if had != has:
            yield _flaw("/items", "other_rates", rate=percent(rate), found=yuan(had), wanted=yuan(has))
    words = capitals(Money(given.gross_minor, "CNY"))
    if given.capitals and _plain_capitals(given.capitals) != words:
        yield _flaw("/capitals", "other_capitals", found=given.capitals, wanted=words)


def percent(rate: Decimal) -> str:
    """Write a rate as people do: ``13 %``."""
    return f"{plain(as_decimal(Fraction(rate) * 100))} %"


def _plain_capitals(text: str) -> str:
    """Undo the two other ways in which bureaus write capitals: 圆 for 元, （负数） before a red amount."""
    text = text.replace("圆", "元").replace("（负数）", "负").replace("(负数)", "负")
    return re.sub(r"\s", "", text)


def yuan(minor: int) -> str:
    """Write fen as yuan."""
    return plain(Money(minor, "CNY").amount)


def _flaw(pointer: str, code: str, **values: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], values)
