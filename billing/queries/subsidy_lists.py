"""The list of a settlement as it goes to the authority: one row an item, with the tax bureau's number."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import SubsidyItem, SubsidySettlement, TaxInvoice
from marketplace.rules.reading import plain
from marketplace.shared.money import Money


def claim_list(settlement: SubsidySettlement) -> tuple[list[str], Iterator[list[object]]]:
    """Return the heads and the rows; amounts are in yuan, ``Decimal``."""
    heads = [
        _("Lessee"),
        _("Unified social credit code"),
        _("Invoice"),
        _("Issued on"),
        _("Official e-invoice"),
        _("Eligible base with all notes, yuan"),
        _("Rate, percent"),
        _("Subsidy asked for, yuan"),
        _("Subsidy confirmed, yuan"),
        _("Reason for the difference"),
    ]
    return heads, _rows(settlement)


def _rows(settlement: SubsidySettlement) -> Iterator[list[object]]:
    items = settlement.items.select_related("grant__invoice", "grant__lessee", "grant__rules").order_by("pk")
    found = list(items)
    official = _official([one.grant.invoice_id for one in found])
    for one in found:
        yield _row(one, official.get(one.grant.invoice_id, ""))


def _row(item: SubsidyItem, official: str) -> list[object]:
    grant, confirmed = item.grant, item.confirmed_minor
    facts = grant.invoice.buyer_facts
    assert grant.invoice.issued_at is not None, "an issued invoice has its time"
    return [
        facts.get("name", grant.lessee.name),
        facts.get("credit_code", grant.lessee.credit_code),
        str(grant.invoice),
        grant.invoice.issued_at.astimezone(grant.invoice.zone).date(),
        official,
        _yuan(grant.base_minor),
        Decimal(plain(grant.rules.rate_percent.normalize())),
        _yuan(item.amount_minor),
        None if confirmed is None else _yuan(confirmed),
        item.reason,
    ]


def _official(invoices: list[int]) -> dict[int, str]:
    """Return the numbers of the official e-invoices that stand for invoices, as they are recorded."""
    rows = TaxInvoice.objects.standing().filter(invoice__in=invoices, red_letter=None)
    found = dict(rows.order_by("pk").values_list("invoice", "number"))
    red = TaxInvoice.objects.standing().filter(invoice__in=invoices).exclude(red_letter=None)
    return dict(red.order_by("pk").values_list("invoice", "number")) | found


def _yuan(minor: int) -> Decimal:
    return Money(minor, "CNY").amount
