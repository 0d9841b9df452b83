"""The face of the official e-invoice that an invoice asks the tax bureau for."""

from datetime import timedelta

from billing.models import Invoice, InvoiceLine
from billing.rules import tax_invoices
from billing.rules.drafting import trimmed


def wanted_face(invoice: Invoice, *, kind: tax_invoices.Kind) -> tax_invoices.Face:
    """Return the face of the official e-invoice that the seller of an invoice asks the tax bureau for."""
    seller = invoice.seller_facts or {"name": invoice.seller.name, "credit_code": invoice.seller.credit_code}
    buyer = invoice.buyer_facts or {"name": invoice.buyer.name, "credit_code": invoice.buyer.credit_code}
    zone = invoice.lease.agreed.zone
    first, end = (edge.astimezone(zone) for edge in (invoice.period_start, invoice.period_end))
    last = end - timedelta(microseconds=1)
    named = [invoice.lease.number] if invoice.is_of_lease else []  # who serves is not told which lease
    return tax_invoices.face(
        kind=kind,
        seller=tax_invoices.Party(seller["name"], seller["credit_code"]),
        buyer=tax_invoices.Party(buyer["name"], buyer["credit_code"]),
        items=[_tax_item(line) for line in invoice.lines.all()],
        remark=" ".join([str(invoice.number), *named, f"{first:%Y-%m-%d}/{last:%Y-%m-%d}"]),
    )


def _tax_item(line: InvoiceLine) -> tax_invoices.Item:
    return tax_invoices.Item(
        name=tax_invoices.item_name(line.tax_category),
        unit=tax_invoices.UNITS.get(line.unit, line.unit),
        quantity=None if line.quantity is None else trimmed(line.quantity),
        price=None if line.unit_price is None else trimmed(line.unit_price),
        net_minor=line.net_minor,
        rate=trimmed(line.tax_rate),
        tax_minor=line.tax_minor,
    )
