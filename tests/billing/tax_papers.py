"""Official e-invoices to read: the XML of the bureau, and the face behind it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.rules.tax_invoices import Face, Item, Kind, Party, face, item_name
from marketplace.rules.reading import plain

SELLER = Party("苏州智造有限公司", "91320594MA1YL08A4X")
BUYER = Party("无锡精工有限公司", "91320211MA1MXXXX0L")
DAY = date(2026, 11, 2)
NUMBER = "26322000000012345678"


def rent(net=308_600, tax=40_118):
    """The row of a machine by the hour."""
    return Item(
        item_name("LEASE_MOVABLE"),
        net,
        Decimal("0.13"),
        tax,
        unit="h",
        quantity=Decimal("1.00"),
        price=Decimal("36"),
    )


def wanted(*items, kind=Kind.SPECIAL):
    """What our own invoice says."""
    return face(kind=kind, seller=SELLER, buyer=BUYER, items=items or [rent()], remark="INV-1")


def issued(base=None, **changes):
    """The same, as the bureau issued it."""
    return replace(base or wanted(), **({"number": NUMBER, "issued_on": DAY, "bureau": "江苏"} | changes))


def xml(paper: Face, *, rate="0.13", namespace="", extra=""):
    """Write a face as the bureau does."""
    rows = "".join(
        f"<IssuItemInformation><ItemName>{item.name}</ItemName><MeaUnits>{item.unit}</MeaUnits>"
        f"<Quantity>{'' if item.quantity is None else plain(item.quantity)}</Quantity>"
        f"<UnPrice>{'' if item.price is None else plain(item.price)}</UnPrice>"
        f"<Amount>{yuan(item.net_minor)}</Amount><TaxRate>{rate}</TaxRate>"
        f"<ComTaxAm>{yuan(item.tax_minor)}</ComTaxAm></IssuItemInformation>"
        for item in paper.items
    )
    code = "01" if paper.kind == Kind.SPECIAL else "02"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><EInvoice{namespace}><Header><EIid>{paper.number}</EIid>'
        f"<InherentLabel><GeneralOrSpecialVAT><LabelCode>{code}</LabelCode></GeneralOrSpecialVAT>"
        f"</InherentLabel></Header><EInvoiceData><SellerInformation><SellerIdNum>{paper.seller.tax_number}"
        f"</SellerIdNum><SellerName>{paper.seller.name}</SellerName></SellerInformation><BuyerInformation>"
        f"<BuyerIdNum>{paper.buyer.tax_number}</BuyerIdNum><BuyerName>{paper.buyer.name}</BuyerName>"
        f"</BuyerInformation><BasicInformation><TotalAmWithoutTax>{yuan(paper.net_minor)}</TotalAmWithoutTax>"
        f"<TotalTaxAm>{yuan(paper.tax_minor)}</TotalTaxAm><TotalTax-includedAmountInChinese>{paper.capitals}"
        f"</TotalTax-includedAmountInChinese></BasicInformation>{rows}{extra}</EInvoiceData>"
        f"<TaxSupervisionInfo><InvoiceNumber>{paper.number}</InvoiceNumber><IssueTime>{paper.issued_on} "
        f"10:00:00</IssueTime><TaxBureauName>{paper.bureau}</TaxBureauName></TaxSupervisionInfo></EInvoice>"
    ).encode()


def yuan(minor):
    """Write fen as yuan with two decimals."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
