"""
Reads the XML of an official e-invoice (数电发票), as the tax bureau hands it to seller and buyer.

Field names are those that published readers of the file agree on: ``EInvoice/Header``, ``EInvoiceData`` with
seller, buyer, sums and items, ``TaxSupervisionInfo`` with number and time. Entities and document types are
refused, so a small file cannot grow into a large one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from billing.rules.tax_invoices import Face, Item, Kind, Party
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

SIZE = 2 * 1024 * 1024
MOST_ITEMS = 2_000
ROW = "IssuItemInformation"
DAY = re.compile(r"([0-9]{4})[-/年]([0-9]{1,2})[-/月]([0-9]{1,2})")
NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,13})?")
RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?%?")
MOST_ELEMENTS = 100_000  # a paper of 2,000 items has fewer
SPECIAL_CODES = frozenset({"01", "81"})  # of the kind; all others are ordinary
TEXTS = {
    "too_large": gettext_noop("The file is larger than 2 MB."),
    "no_xml": gettext_noop("This is not a whole XML file."),
    "no_invoice": gettext_noop("The XML holds no official e-invoice (EInvoice)."),
    "missing": gettext_noop("The field {name} is missing."),
    "no_number": gettext_noop("{name} is not a number: {found}."),
    "no_amount": gettext_noop("{name} is not an amount in yuan with two decimals: {found}."),
    "no_day": gettext_noop("{name} is not a day: {found}."),
    "too_many_items": gettext_noop("More than {most} items are not read."),
}


class Unreadable(ValueError):
    """The file is no official e-invoice; ``flaws`` say why."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = flaws
        super().__init__("the file is no official e-invoice")


def read(data: bytes) -> Face:
    """
    Return the face in an XML.

    :raises Unreadable: with every fault found, each at the name of its field
    """
    if len(data) > SIZE:
        raise Unreadable([_flaw("", "too_large")])
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable([_flaw("", "no_xml")]) from error
    return _Reader(root).face()


class _Reader:
    """Collects faults while it reads, so that all are told at once."""

    def __init__(self, root: Element) -> None:
        self.root, self.flaws = root, list[Flaw]()
        elements = list(islice(root.iter(), MOST_ELEMENTS + 1))
        if len(elements) > MOST_ELEMENTS:
            raise Unreadable([_flaw("", "too_large")])
        self.rows = [element for element in elements if _name(element) == ROW]
        self.known = _texts(elements)

    def face(self) -> Face:
        if _name(self.root) != "EInvoice":
            raise Unreadable([_flaw("", "no_invoice")])
        found: dict[str, Any] = {
            "kind": Kind.SPECIAL if self.text("LabelCode") in SPECIAL_CODES else Kind.ORDINARY,
            "seller": Party(self.text("SellerName"), self.text("SellerIdNum").upper()),
            "buyer": Party(self.text("BuyerName"), self.text("BuyerIdNum").upper()),
            "items": tuple(self.items()),
            "net_minor": self.minor("TotalAmWithoutTax"),
            "tax_minor": self.minor("TotalTaxAm"),
            "capitals": self.text("TotalTax-includedAmountInChinese", needed=False),
            "drawer": self.text("Drawer", needed=False),
            "remark": self.text("Remark", needed=False),
            "number": self.text("InvoiceNumber"),
            "issued_on": self.day("IssueTime"),
            "bureau": self.text("TaxBureauName", needed=False),
        }
        if self.flaws:
            raise Unreadable(self.flaws)
        return Face(**found)

    def items(self) -> Iterator[Item]:
        if not self.rows:
            self.flaws.append(_flaw(ROW, "missing"))
        if len(self.rows) > MOST_ITEMS:
            self.flaws.append(_flaw(ROW, "too_many_items", most=MOST_ITEMS))
        for element in self.rows[:MOST_ITEMS]:
            row = _texts(element)
            yield Item(
                name=self.text("ItemName", row),
                spec=self.text("SpecMod", row, needed=False),
                unit=self.text("MeaUnits", row, needed=False),
                quantity=self.number("Quantity", row),
                price=self.number("UnPrice", row),
                net_minor=self.minor("Amount", row),
                rate=self.rate(row),
                tax_minor=self.minor("ComTaxAm", row),
            )

    def text(self, name: str, within: Mapping[str, str] | None = None, *, needed: bool = True) -> str:
        text = (self.known if within is None else within).get(name, "")
        if needed and not text:
            self.flaws.append(_flaw(name, "missing"))
        return text

    def number(self, name: str, within: Mapping[str, str]) -> Decimal | None:
        text = self.text(name, within, needed=False)
        if not text:
            return None
        if NUMBER.fullmatch(text):
            return Decimal(text)
        self.flaws.append(_flaw(name, "no_number", found=text[:40]))
        return None

    def minor(self, name: str, within: Mapping[str, str] | None = None) -> int:
        """Return an amount in fen; two decimals at most, so nothing is rounded."""
        text = self.text(name, within)
        amount = Decimal(text) * 100 if NUMBER.fullmatch(text) else None
        if amount is not None and amount == amount.to_integral_value():
            return int(amount)
        if text:
            self.flaws.append(_flaw(name, "no_amount", found=text[:40]))
        return 0

    def rate(self, row: Mapping[str, str]) -> Decimal:
        """Return a rate written as ``0.13`` or as ``13%``; words such as 免税 (exempt) are 0."""
        text = self.text("TaxRate", row)
        if text in ("免税", "不征税"):
            return Decimal(0)
        share = (
            Decimal(text.rstrip("%")) / (100 if text.endswith("%") else 1) if RATE.fullmatch(text) else None
        )
        if share is not None and share <= 1:
            return share
        if text:
            self.flaws.append(_flaw("TaxRate", "no_number", found=text[:40]))
        return Decimal(0)

    def day(self, name: str) -> date | None:
        text = self.text(name)
        found = DAY.match(text)
        try:
            if found:
                return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
        if text:
            self.flaws.append(_flaw(name, "no_day", found=text[:40]))
        return None


def _texts(elements: Iterable[Element]) -> dict[str, str]:
    """Return the text of each element by its name; of several with one name that of the first."""
    found: dict[str, str] = {}
    for element in elements:
        found.setdefault(_name(element), (element.text or "").strip())
    return found


def _name(element: Element) -> str:
    """Return a tag without its namespace: bureaus differ in it."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _flaw(name: str, code: str, **values: object) -> Flaw:
    return Flaw(f"/{name}" if name else "", code, TEXTS[code], {"name": name, **values})
