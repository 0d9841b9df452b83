"""What is overdue of a seller's invoices, as reminders and the finance table see it."""

from collections.abc import Mapping, Sequence
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
from billing.queries.statements import standings_of
from billing.rules.dunning import Item
from marketplace.models import Organization
from marketplace.shared.money import Money

ABOUT = ("lease", "booking", "seller", "buyer")  # what a row shows of a document


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
    heads = _heads(list(groups), {one.pk: one for one in found})
    state = _State(seller, list(heads), today)
    state.read([one for pk, documents in groups.items() for one in _about(heads[pk], documents)])
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
    return list(issued.select_related("interest_claim", *ABOUT).order_by("pk"))


def _head(one: Invoice) -> int:
    """Return by which document something stands: the invoice of a note, the first claim of interest."""
    if one.is_interest:
        return -one.interest_claim.invoice_id
    return one.corrects_id or one.pk


def _heads(keys: Sequence[int], known: Mapping[int, Invoice]) -> dict[int, Invoice]:
    about = Invoice.objects.select_related(*ABOUT)
    heads = {key: known[key] for key in keys if key in known}
    if missing := [key for key in keys if key > 0 and key not in known]:
        heads |= {one.pk: one for one in about.filter(pk__in=missing)}
    claims = InterestClaim.objects.filter(invoice__in=[-key for key in keys if key < 0]).order_by("-number")
    first = {-one.invoice_id: one.document_id for one in claims}
    documents = {one.pk: one for one in about.filter(pk__in=first.values())}
    return heads | {key: documents[pk] for key, pk in first.items()}


def _about(head: Invoice, documents: Sequence[Invoice]) -> Sequence[Invoice]:
    """Return whose disputes count: each claim of interest stands by itself."""
    return documents if head.is_interest else [head]


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
        withheld = LineDispute.objects.withholding().filter(line__invoice__seller=seller)
        self.withheld = list(withheld.select_related("line__invoice"))
        self.disputed = {one.line.invoice.corrects_id or one.line.invoice_id for one in self.withheld}

    def read(self, documents: Sequence[Invoice]) -> None:
        """Read what is frozen of those that are disputed."""
        frozen = standings_of([one for one in documents if one.pk in self.disputed], self.withheld)
        self.frozen = {pk: one.disputed for pk, one in frozen.items()}

    def row(self, head: Invoice, documents: Sequence[Invoice], open_minor: int) -> Overdue:
        assert head.due_on is not None, "an issued invoice has its due day"
        sent, sent_on = self.sent.get(head.pk, (0, None))
        hold = self.holds.get(head.buyer_id)
        frozen = sum(self.frozen.get(one.pk, 0) for one in _about(head, documents))
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
