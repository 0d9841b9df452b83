"""From use to money as one chain: lines, notes, payments, the owner's share, its payout, the bank's line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Prefetch, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Book, Invoice, InvoiceLine, JournalLine
from billing.models.loan_products import local_day
from billing.payments.models import Allocation, LineBooking, OwnerRelease, PayoutItem, StatementLine
from billing.payments.rules.order_states import STANDING, TOLD_TO_PAYEE, State
from billing.queries.open_amounts import with_open
from billing.rules import accounts as chart
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed

PLATFORM = "P"


@dataclass(frozen=True)
class Link:
    """
    One link of a chain; minor units. ``page`` names where it is told in full, with its arguments.

    ``line`` is the line of the invoice that it stands for, if it does: pages have words for it.
    """

    kind: str
    name: str
    minor: int
    on: date | None = None
    details: str = ""
    page: tuple[str, ...] = ()
    query: str = ""
    line: InvoiceLine | None = None


@dataclass(frozen=True)
class Chain:
    """A chain as one reader may see it; a difference that the reader may not see is ``None``."""

    invoice: Invoice
    links: list[Link]
    open_minor: int
    unreleased_minor: int | None
    unpaid_minor: int | None


@dataclass(frozen=True)
class Sight:
    """What a reader sees: payments (buyer), shares and payouts (owner), all with the bank (finance)."""

    is_buyer: bool
    is_owner: bool
    is_finance: bool


def sight(invoice: Invoice, within: Organization, user: User) -> Sight:
    """Return what somebody who acts for an organization sees of an invoice that it may read."""
    keeps = Book.objects.filter(code=PLATFORM, organization=within).exists()
    reads = allowed(user, Permission.INVOICE_READ, within=within)
    is_finance = keeps and allowed(user, Permission.PAYMENT_MATCH, within=within)
    is_owner = reads and within.pk == invoice.seller_id == invoice.subject.lessor_id
    return Sight(reads and within.pk == invoice.buyer_id, is_owner, is_finance)


def chain_of(invoice: Invoice, seen: Sight) -> Chain:
    """Return the chain of an issued invoice for a reader, in as many statements however long it is."""
    documents: Any = _documents(invoice)
    notes = [one for one in documents if one.pk != invoice.pk]
    lines = InvoiceLine.objects.filter(invoice=invoice).select_related("fact", "invoice__lease")
    links = [_line(one, invoice) for one in lines.order_by("position")]
    links += [
        Link("NOTE", str(one), one.gross_minor, local_day(one.issued_at), page=("invoice", one.public_id))
        for one in sorted(notes, key=lambda one: one.version)
    ]
    if seen.is_buyer or seen.is_finance:
        links += _payments(invoice, seen)
    unreleased = unpaid = None
    if seen.is_owner or seen.is_finance:
        unreleased = -sum(one.held_minor for one in documents)
        more, unpaid = _shares(invoice, seen)
        links += more
    return Chain(invoice, links, sum(one.open_minor for one in documents), unreleased, unpaid)


def _documents(invoice: Invoice) -> list[Invoice]:
    """Return an invoice and its notes, with what is open of each and ``held_minor``: what 2241.00 has."""
    issued = Invoice.objects.issued()
    held = JournalLine.objects.filter(
        invoice=OuterRef("pk"), account__book__code=PLATFORM, account__code=chart.OWNER_UNCOLLECTED
    )
    sums = held.order_by().values("invoice").annotate(total=Sum("amount_minor")).values("total")
    found = with_open(issued.filter(pk=invoice.pk) | issued.filter(corrects=invoice))
    return list(found.annotate(held_minor=Coalesce(Subquery(sums), 0, output_field=BigIntegerField())))


def _line(line: InvoiceLine, invoice: Invoice) -> Link:
    used = "" if line.quantity is None else f"{line.quantity.normalize():f} {line.unit}".strip()
    page = ("invoice-line", invoice.public_id, str(line.position))
    return Link("LINE", line.description, line.gross_minor, details=used, page=page, line=line)


def _payments(invoice: Invoice, seen: Sight) -> Iterator[Link]:
    rows = Allocation.objects.filter(invoice=invoice).select_related(
        "receipt__bank_line", "receipt__bill", "receipt__fact", "note"
    )
    found = list(rows.order_by("pk"))
    lines = [one.receipt.bank_line_id for one in found if one.receipt and one.receipt.bank_line_id]
    told = _told(lines) if seen.is_finance else {}
    for one in found:
        receipt = one.receipt
        if receipt is None:
            assert one.note is not None, "one of two"
            page: tuple[str, ...] = ("invoice", one.note.public_id)
            yield Link("SET_OFF", str(one.note), one.amount_minor, local_day(one.made_at), page=page)
            continue
        name, details, page, query = receipt.public_id, "", (), ""
        if receipt.bill is not None and (seen.is_finance or receipt.payer_id == invoice.buyer_id):
            name, page = receipt.bill.number, ("acceptance-bill", receipt.bill.public_id)
        elif seen.is_finance and receipt.bank_line is not None:
            line = receipt.bank_line
            name, details = line.bank_ref or line.public_id, told.get(line.pk, "")
            page, query = ("match-board",), f"?line={line.public_id}"
        elif seen.is_finance and receipt.fact is not None:
            name = receipt.fact.object_reference
        yield Link(receipt.source, name, one.amount_minor, receipt.received_on, details, page, query)
        if one.let_off_minor:
            yield Link("LET_OFF", "", one.let_off_minor, local_day(one.made_at))


def _told(lines: Iterable[int]) -> dict[int, str]:
    """Return in which file each line of the bank first stood, and where."""
    rows = StatementLine.objects.filter(bank_line__in=list(lines)).order_by("-pk")
    places = rows.values_list("bank_line", "statement__file__name", "position")
    return {line: f"{name} #{position}" for line, name, position in places if line is not None}


def _shares(invoice: Invoice, seen: Sight) -> tuple[list[Link], int]:
    """Return releases, the payouts that pay them and their lines of the bank; and what is not paid out."""
    releases = list(OwnerRelease.objects.filter(invoice=invoice).order_by("number"))
    links = [Link("RELEASE", "", one.amount_minor, local_day(one.made_at)) for one in releases]
    states = STANDING if seen.is_finance else STANDING & TOLD_TO_PAYEE
    items = PayoutItem.objects.filter(order__state__in=states).select_related("order")
    lines = list(
        JournalLine.objects.filter(
            journal__in=[one.journal_id for one in releases], account__code=chart.OWNER_PAYABLE
        ).prefetch_related(Prefetch("payout_items", items, to_attr="paid_by"))
    )
    orders = {one.order.public_id for line in lines for one in line.paid_by}
    booked = LineBooking.objects.filter(kind=LineBooking.Kind.ORDER, target__in=orders)
    seen_at = {one.target: one.bank_line for one in booked.select_related("bank_line")}
    unpaid = 0
    for line in lines:
        paid = [one.order for one in line.paid_by]
        unpaid += 0 if any(order.state == State.DONE for order in paid) else -line.amount_minor
        for order in paid:
            page = ("payment-order", order.public_id)
            minor, day = -line.amount_minor, local_day(order.made_at)
            links.append(Link("PAYOUT", order.reference, minor, day, str(order.get_state_display()), page))
            if (bank := seen_at.get(order.public_id)) is not None:
                name = (bank.bank_ref or bank.public_id) if seen.is_finance else ""
                links.append(Link("BANK", name, minor, bank.booked_on))
    return links, unpaid
