"""What is overdue of a seller's invoices, as reminders and the finance table see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from billing.models import (
    DunningHold,
    DunningItem,
    DunningPolicy,
    InterestClaim,
    Invoice,
    LineDispute,
    PaymentPromise,
)
from billing.queries.open_amounts import with_open
from billing.queries.statements import standing_of, versions_of
from billing.rules.dunning import Item
from marketplace.models import Organization
from marketplace.shared.money import Money


@dataclass(frozen=True)
class Overdue:
    """An invoice that is late, with its notes, and where its reminders stand; a row of the finance table."""

    invoice: Invoice
    item: Item
    hold: DunningHold | None

    @property
    def open(self) -> Money:
        """What is open in the books, disputed parts included."""
        return Money(self.item.open_minor, self.invoice.currency)

    @property
    def asked(self) -> Money:
        """What is to be paid now."""
        return Money(self.item.asked_minor, self.invoice.currency)


def policy_of(seller: Organization) -> DunningPolicy | None:
    """Return the newest policy of a seller."""
    return DunningPolicy.objects.filter(seller=seller).order_by("-version").first()


def overdue_of(seller: Organization, today: date) -> list[Overdue]:
    """
    Return what of a seller's invoices is late and open, the oldest first.

    An invoice stands with its notes; documents of interest of one invoice stand together under the first.
    A note
    that is not due yet is not asked for. What nobody owes is left out.
    """
    found = _open_documents(seller, today)
    groups: dict[int, list[Invoice]] = {}
    for one in found:
        groups.setdefault(_head(one), []).append(one)
    heads = _heads(list(groups))
    state = _State(seller, list(heads), today)
    rows = []
    for pk, documents in groups.items():
        head = heads[pk]
        left = sum(one.open_minor for one in documents)  # type: ignore[attr-defined]
        if left > 0 and head.due_on is not None and head.due_on < today:
            rows.append(state.row(head, documents, left))
    return sorted(rows, key=lambda row: (row.item.due_on, row.invoice.pk))


def _open_documents(seller: Organization, today: date) -> list[Invoice]:
    late = Q(due_on__lt=today) | Q(kind=Invoice.Kind.CREDIT_NOTE) | Q(gross_minor__lt=0)
    issued: Any = with_open(Invoice.objects.issued().filter(late, seller=seller))
    issued = issued.exclude(open_minor=0)
    return list(issued.select_related("interest_claim").order_by("pk"))


def _head(one: Invoice) -> int:
    """Return by which document something stands: the invoice of a note, the first claim of interest."""
    if one.is_interest:
        return -one.interest_claim.invoice_id
    return one.corrects_id or one.pk


def _heads(keys: Sequence[int]) -> dict[int, Invoice]:
    about = Invoice.objects.select_related("lease", "booking", "seller", "buyer")
    heads = {one.pk: one for one in about.filter(pk__in=[key for key in keys if key > 0])}
    claims = InterestClaim.objects.filter(invoice__in=[-key for key in keys if key < 0]).order_by("-number")
    first = {-one.invoice_id: one.document_id for one in claims}
    documents = {one.pk: one for one in about.filter(pk__in=first.values())}
    return heads | {key: documents[pk] for key, pk in first.items()}


class _State:
    """What stops or steps reminders of some invoices, read once for all of them."""

    def __init__(self, seller: Organization, keys: Sequence[int], today: date) -> None:
        claims = InterestClaim.objects.filter(invoice__in=[-key for key in keys if key < 0])
        pks = [*(key for key in keys if key > 0), *claims.values_list("document", flat=True)]
        self.sent: dict[int, tuple[int, date]] = {}
        items = DunningItem.objects.filter(invoice__in=pks).order_by("level")
        for pk, level, on in items.values_list("invoice", "level", "letter__on"):
            self.sent[pk] = level, on
        promises = PaymentPromise.objects.filter(invoice__in=pks).order_by("pk")
        self.promised = dict(promises.values_list("invoice", "promised_on"))
        holds = DunningHold.objects.filter(seller=seller, ended_at=None, through__gte=today)
        self.holds = {one.buyer_id: one for one in holds}
        disputed = LineDispute.objects.withholding().filter(line__invoice__seller=seller)
        rows: Any = disputed.values_list("line__invoice", "line__invoice__corrects")
        self.disputed = {corrects or pk for pk, corrects in rows}

    def row(self, head: Invoice, documents: Sequence[Invoice], open_minor: int) -> Overdue:
        assert head.due_on is not None, "an issued invoice has its due day"
        sent, sent_on = self.sent.get(head.pk, (0, None))
        hold = self.holds.get(head.buyer_id)
        about = documents if head.is_interest else [head]  # each claim of interest stands by itself
        disputed = [one for one in about if one.pk in self.disputed]
        frozen = sum(standing_of(versions_of(one)).disputed for one in disputed)
        item = Item(
            invoice=head.public_id,
            due_on=head.due_on,
            open_minor=open_minor,
            frozen_minor=frozen,
            sent=sent,
            sent_on=sent_on,
            promised_on=self.promised.get(head.pk),
            held=hold is not None,
        )
        return Overdue(head, item, hold)
