"""Tell programs that an invoice was issued, that money came for it, that nothing of it is open, or again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from billing.gateway import copies
from billing.models import Invoice
from billing.queries.open_amounts import with_open
from billing.rules.accounts import RECEIVABLES, SUSPENSE, UNALLOCATED
from billing.rules.events import Event
from billing.rules.journals import Entry
from marketplace.actions import events
from marketplace.gateway.among import among
from marketplace.models import Event as Told
from marketplace.rules.event_types import EventType

# What books a document first: before it nothing was paid of it.
FIRST = Event.INVOICE_ISSUED.value
# What books a payment: as a line of the bank comes, or of what was held of a payer, or of nobody known.
CAME, SETTLED = Event.BANK_RECEIVED.value, Event.ALLOCATED.value
HELD = (UNALLOCATED, SUSPENSE)


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


def tell(*, before: Mapping[int, int], entries: Iterable[Entry] = (), at: datetime) -> None:
    """
    Tell both sides of each invoice that money came for, or of which nothing, or something again, is open.

    ``entries`` are those that were posted now: one of them is one payment of each invoice that it settles.
    """
    if not before:
        return
    after = _open(before)
    turned = {
        key: EventType.INVOICE_REOPENED if after[key] > 0 else EventType.INVOICE_PAID
        for key, was in before.items()
        if (was > 0) != (after[key] > 0)
    }
    times = Counter(name for entry in entries for name in _received(entry))
    if not turned and not times:
        return
    sold = Invoice.objects.filter(Q(among("pk", turned)) | Q(public_id__in=times), gross_minor__gt=0)
    named = sold.select_related("seller", "buyer").only(
        "public_id", "seller__is_synthetic", "buyer__is_synthetic"
    )
    rows: list[Told] = []
    for one in named.order_by("pk"):
        if not one.seller.is_synthetic and not one.buyer.is_synthetic:
            types = [EventType.PAYMENT_RECEIVED] * times[one.public_id]
            types += [turned[one.pk]] if one.pk in turned else []
            for type in types:
                rows += events.entries(type=type, object=one.public_id, to=[one.seller, one.buyer], at=at)
    copies.copy_rows(rows)


def _received(entry: Entry) -> set[str]:
    """
    Return the invoices that money paid by an entry, by public id: from a line of the bank, or held before.

    What is taken back, and what a credit note settles, is no payment.
    """
    held = any(line.amount_minor > 0 and line.account in HELD for line in entry.lines)
    if entry.reverses or not (entry.kind == CAME or (entry.kind == SETTLED and held)):
        return set()
    return {
        line.dims.invoice
        for line in entry.lines
        if line.dims.invoice and line.account in RECEIVABLES and line.amount_minor < 0
    }


def _open(keys: Collection[int]) -> dict[int, int]:
    rows: Any = with_open(Invoice.objects.filter(among("pk", keys))).order_by()
    return {pk: int(minor) for pk, minor in rows.values_list("pk", "open_minor")}


def _issue(one: Invoice) -> EventType:
    gives_back = one.kind == Invoice.Kind.CREDIT_NOTE or one.gross_minor < 0
    return EventType.CREDIT_NOTE_ISSUED if gives_back else EventType.INVOICE_ISSUED
