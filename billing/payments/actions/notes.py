"""Credit notes settle their invoices; what they give beyond what is open is owed back as a refund."""

from collections.abc import Collection
from datetime import datetime

from billing.actions import journals
from billing.models import Book, Invoice, Journal
from billing.models.loan_products import local_day
from billing.payments.actions import orders, releases
from billing.payments.actions.allocations import dims_of, lock_invoices
from billing.payments.models import Allocation
from billing.payments.queries.expected import receivables
from billing.payments.queries.held_back import owed_for
from billing.payments.queries.owed import Owed
from billing.payments.rules import receipt_postings
from billing.rules.posting import Head
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission

SOURCE = "invoice"


@atomic
def settle(*, book: Book, within: Organization, by: User, at: datetime, most: int = 200) -> int:
    """
    Set credit notes off against their invoices, the oldest first; return how many were settled.

    What is open of the invoice is settled first (an allocation of the note); the rest is owed to the lessee
    (2241.04), where refunds take it from. Owners' shares follow. Again, it finds nothing.

    :raises MissingRight: if ``by`` may not match payments of the book
    """
    orders.in_book(book=book, within=within, permission=Permission.PAYMENT_MATCH, by=by)
    opened = receivables(book)
    waiting = Invoice.objects.issued().filter(
        pk__in=[key for key, parts in opened.items() if sum(parts.values()) < 0],
        kind=Invoice.Kind.CREDIT_NOTE,
        corrects__isnull=False,
    )
    rows = waiting.order_by("pk").values_list("pk", "corrects")[:most]
    notes = [(key, corrected) for key, corrected in rows if corrected is not None]
    if not notes:
        return 0
    found = lock_invoices(keys={key for pair in notes for key in pair})
    opened = receivables(book, list(found))
    for key, corrected in notes:
        if key in opened:
            _settle(book, found[key], found[corrected], opened, by, at)
    releases.follow(book=book, invoices={one: found[one] for _, one in notes}, on=local_day(at), at=at, by=by)
    return len(notes)


def _settle(
    book: Book, note: Owed, invoice: Owed, opened: dict[int, dict[str, int]], by: User, at: datetime
) -> None:
    due = opened.get(invoice.pk, {})
    for account, owed in opened[note.pk].items():
        head = _head(book, note, account, at)
        minor = min(-owed, max(due.get(account, 0), 0), _room(invoice))
        if minor > 0:
            entry = receipt_postings.netted(
                head,
                account=account,
                minor=minor,
                note=dims_of(invoice=note),
                invoice=dims_of(invoice=invoice),
            )
            [journal] = journals.write(entries=[entry], at=at, by=by)
            _given(note, invoice, minor, journal, by, at)
            due[account] = due.get(account, 0) - minor
        if -owed > minor:
            back = Head(**vars(head) | {"key": f"{head.key}:back"})
            entry = receipt_postings.owed_back(
                back, account=account, minor=-owed - minor, note=dims_of(invoice=note)
            )
            journals.write(entries=[entry], at=at, by=by)


def set_off_again(*, book: Book, invoices: Collection[int], why: str, by: User, at: datetime) -> None:
    """
    Set what notes over invoices owe back (2241.04) off against these, where something of them is open again.

    That is so where what paid them was no money after all; ``why`` tells one such time from others. Asking
    for the right is the caller's part.
    """
    notes = notes_over(invoices=invoices)
    found = lock_invoices(keys=[*invoices, *(note for note, _ in notes)])
    opened = receivables(book, list(invoices))
    for key, corrected in notes:
        owed = owed_for(note=key, book=book)
        for account, due in opened.get(corrected, {}).items():
            minor = min(owed, due, _room(found[corrected]))
            if minor > 0:
                _set_off(book, found[key], found[corrected], account, minor, why, by, at)
                opened[corrected][account] -= minor
                owed -= minor
    releases.follow(book=book, invoices={key: found[key] for key in invoices}, on=local_day(at), at=at, by=by)


def notes_over(*, invoices: Collection[int]) -> list[tuple[int, int]]:
    """Return the keys of issued credit notes over invoices, each with its invoice, the oldest first."""
    rows = Invoice.objects.issued().filter(corrects__in=invoices, kind=Invoice.Kind.CREDIT_NOTE)
    return [(key, of) for key, of in rows.order_by("pk").values_list("pk", "corrects") if of is not None]


def _set_off(
    book: Book, note: Owed, invoice: Owed, account: str, minor: int, why: str, by: User, at: datetime
) -> None:
    head = _head(book, note, f"{account}:{why}", at)
    back = Head(**vars(head) | {"key": f"{head.key}:back"})
    about = dims_of(invoice=note)
    entries = [
        receipt_postings.owed_back(back, account=account, minor=-minor, note=about),
        receipt_postings.netted(
            head, account=account, minor=minor, note=about, invoice=dims_of(invoice=invoice)
        ),
    ]
    journal = journals.write_new(entries=entries, at=at, by=by)[-1]
    _given(note, invoice, minor, journal, by, at)


def _head(book: Book, note: Owed, part: str, at: datetime) -> Head:
    return Head(
        book.code,
        f"note:{note.public_id}:{part}",
        local_day(at),
        note.currency,
        note.number,
        SOURCE,
        note.public_id,
    )


def _given(note: Owed, invoice: Owed, minor: int, journal: Journal, by: User, at: datetime) -> None:
    Allocation.objects.create(
        note_id=note.pk,
        invoice_id=invoice.pk,
        amount_minor=minor,
        currency=note.currency,
        journal=journal,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def _room(invoice: Owed) -> int:
    """Return what allocations may still take of an invoice, as the database counts."""
    return invoice.gross_minor - sum(
        one.amount_minor + one.let_off_minor for one in Allocation.objects.filter(invoice=invoice.pk)
    )
