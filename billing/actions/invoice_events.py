"""Tell programs that an invoice was issued, that nothing is open of it any more, that something is again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.gateway import copies
from billing.models import Invoice
from billing.queries.open_amounts import with_open
from billing.rules.accounts import RECEIVABLES
from billing.rules.events import Event
from billing.rules.journals import Entry
from marketplace.actions import events
from marketplace.gateway.among import among
from marketplace.models import Event as Told
from marketplace.rules.event_types import EventType

# What books a document first: before it nothing was paid of it.
FIRST = Event.INVOICE_ISSUED.value


def issued(*, invoices: Iterable[Invoice], at: datetime) -> list[Told]:
    """Return, unsaved, what the sides of documents that were just issued are told."""
    return [
        row
        for one in invoices
        if not one.seller.is_synthetic and not one.buyer.is_synthetic
        for row in events.entries(type=_issue(one), object=one.public_id, to=[one.seller, one.buyer], at=at)
    ]


def watch(*, entries: Sequence[Entry]) -> Mapping[int, int]:
    """
    Return what is open of the invoices that entries may pay or unpay, in minor units, under their locks.

    Invoices are locked before books (docs/locking.md). What is booked first is not looked at.
    """
    named = {
        line.dims.invoice
        for entry in entries
        if entry.reverses or entry.kind != FIRST
        for line in entry.lines
        if line.dims.invoice and line.account in RECEIVABLES
    }
    if not named:
        return {}
    keys = list(Invoice.objects.filter(among("public_id", named)).locked().values_list("pk", flat=True))
    return _open(keys)


def tell(*, before: Mapping[int, int], at: datetime) -> None:
    """Tell both sides of each invoice of which nothing is open any more, or something is again."""
    if not before:
        return
    after = _open(before)
    turned = {
        key: EventType.INVOICE_REOPENED if after[key] > 0 else EventType.INVOICE_PAID
        for key, was in before.items()
        if (was > 0) != (after[key] > 0)
    }
    if not turned:
        return
    sold = Invoice.objects.filter(among("pk", turned), gross_minor__gt=0)
    named = sold.select_related("seller", "buyer").only(
        "public_id", "seller__is_synthetic", "buyer__is_synthetic"
    )
    rows: list[Told] = []
    for one in named.order_by("pk"):
        if not one.seller.is_synthetic and not one.buyer.is_synthetic:
            sides = [one.seller, one.buyer]
            rows += events.entries(type=turned[one.pk], object=one.public_id, to=sides, at=at)
    copies.copy_rows(rows)


def _open(keys: Collection[int]) -> dict[int, int]:
    rows: Any = with_open(Invoice.objects.filter(among("pk", keys))).order_by()
    return {pk: int(minor) for pk, minor in rows.values_list("pk", "open_minor")}


def _issue(one: Invoice) -> EventType:
    gives_back = one.kind == Invoice.Kind.CREDIT_NOTE or one.gross_minor < 0
    return EventType.CREDIT_NOTE_ISSUED if gives_back else EventType.INVOICE_ISSUED
