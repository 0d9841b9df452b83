"""An owner's share is freed as its invoice is paid, and taken back as that is undone (finance.md §3.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Case, Count, F, Q, Sum, When

from billing.actions import journals
from billing.gateway import copies
from billing.models import AccountBalance, Book, Invoice, JournalLine, SubsidyItem
from billing.payments.models import Allocation, OwnerRelease
from billing.payments.queries.expected import receivables
from billing.payments.queries.owed import Owed, owed
from billing.payments.rules import receipt_postings
from billing.payments.rules.bill_states import State
from billing.rules import accounts as chart
from billing.rules.events import Event
from billing.rules.journals import Dims
from billing.rules.posting import Head, owner_release
from billing.rules.subsidy_states import Status
from billing.rules.subsidy_terms import Mode
from marketplace.gateway.among import among
from marketplace.gateway.rows import new_row
from marketplace.gateway.transactions import atomic
from marketplace.models import User


@dataclass
class Share:
    """One invoice of an owner: what it asks for with its settled notes, and what was paid of it."""

    invoice: Owed
    gross_minor: int
    owner_minor: int
    paid_minor: int
    released_minor: int
    number: int
    debt_minor: int

    @cached_property
    def due_minor(self) -> int:
        """What is to be freed now; negative if it is to be taken back."""
        if self.gross_minor <= 0:
            return -self.released_minor
        return owner_release(
            owner_minor=self.owner_minor,
            gross_minor=self.gross_minor,
            paid_minor=min(max(self.paid_minor, 0), self.gross_minor),
            released_minor=self.released_minor,
        )


@atomic
def follow(
    *, book: Book, invoices: Mapping[int, Owed], on: date, at: datetime, by: User
) -> list[OwnerRelease]:
    """
    Free, or take back, the owners' shares of invoices by what is paid of them now: by their lessees, and by
    authorities that prepay a part.

    The caller locked the invoices and read them under the lock, asked for the right and wrote the
    allocations. What is taken back and is not there any more, the owner owes (1221.01); what is freed of
    such an invoice later settles that first.
    """
    due = [share for share in _shares(book, invoices) if share.due_minor]
    if not due:
        return []
    Book.objects.shared([book.code])
    left = _payable(book, {share.invoice.owner for share in due if share.due_minor < 0})
    debts = _debts(book, {share.invoice.owner for share in due if share.due_minor > 0})
    entries, made = [], []
    for share in due:
        minor, invoice = share.due_minor, share.invoice
        key = invoice.owner, invoice.currency
        if minor > 0:
            settled = min(share.debt_minor, minor, debts[key])
            debts[key] -= settled
            payable = minor - settled
        else:
            payable = -min(left[key], -minor)
            left[key] += payable
        name, owner = invoice.public_id, invoice.owner_id
        about = Dims(party=owner, owner=owner, invoice=name, lease=invoice.lease_id)
        key_of_entry = f"release:{name}:{share.number}"
        head = Head(book.code, key_of_entry, on, invoice.currency, invoice.number, "invoice", name)
        entries.append(receipt_postings.released(head, minor, payable=payable, owner=about))
        made.append(_row(share, minor, at))
    for row, journal in zip(made, journals.write_new(entries=entries, at=at, by=by), strict=True):
        row.journal_id = journal.pk
    copies.keys_for(made)
    copies.copy_rows(made)
    return made


@atomic
def follow_keys(
    *, book: Book, invoices: Collection[int], on: date, at: datetime, by: User
) -> list[OwnerRelease]:
    """Do what ``follow`` does, of invoices by their keys; they are locked here, and read under the lock."""
    found = owed(Invoice.objects.filter(among("pk", set(invoices))).locked())
    return follow(book=book, invoices=found, on=on, at=at, by=by)


def _row(share: Share, minor: int, at: datetime) -> OwnerRelease:
    return new_row(
        OwnerRelease,
        invoice_id=share.invoice.pk,
        number=share.number,
        owner_id=share.invoice.owner,
        amount_minor=minor,
        paid_minor=share.paid_minor,
        made_at=at,
    )


def _shares(book: Book, invoices: Mapping[int, Owed]) -> Iterable[Share]:
    keys = list(invoices)
    of_invoice = _sums(book, chart.OWNER_UNCOLLECTED, keys)
    if not of_invoice:
        return
    notes = _settled_notes(book, keys)
    of_notes = _sums(book, chart.OWNER_UNCOLLECTED, [note.pk for group in notes.values() for note in group])
    refunds = _sums(
        book, chart.REFUNDS, [note.pk for group in notes.values() for note in group], Event.CREDIT_NOTE
    )
    debts = _sums(book, chart.OWNER_OWES, keys, Event.OWNER_COLLECTED)
    here = Q(receipt__bill=None) | Q(receipt__bill__state=State.HONOURED.value)  # a bill is no money yet
    money = Allocation.objects.filter(here, among("invoice", keys), receipt__isnull=False)
    given = money.order_by().values("invoice")
    total = Sum(F("amount_minor") + F("let_off_minor"))
    paid = dict(given.annotate(total=total).values_list("invoice", "total"))
    borne = _subsidies(keys)
    done = {
        key: (total, count)
        for key, total, count in OwnerRelease.objects.filter(among("invoice", keys))
        .order_by()
        .values("invoice")
        .annotate(total=Sum("amount_minor"), count=Count("pk"))
        .values_list("invoice", "total", "count")
    }
    for invoice in (invoices[key] for key in sorted(of_invoice)):
        own = notes.get(invoice.pk, [])
        released, count = done.get(invoice.pk, (0, 0))
        yield Share(
            invoice=invoice,
            gross_minor=invoice.gross_minor + sum(note.gross_minor for note in own),
            owner_minor=-of_invoice[invoice.pk] - sum(of_notes.get(note.pk, 0) for note in own),
            paid_minor=int(paid.get(invoice.pk, 0))
            + borne.get(invoice.pk, 0)
            + sum(refunds.get(note.pk, 0) for note in own),
            released_minor=int(released),
            number=count + 1,
            debt_minor=max(debts.get(invoice.pk, 0), 0),
        )


def _subsidies(keys: Collection[int]) -> dict[int, int]:
    """
    Return what authorities paid of invoices whose part they prepay, less what credit notes took back.

    Before the authority has paid, a part that it bears is a promise and no money.
    """
    came = (Status.PAID.value, Status.HANDED_ON.value)
    is_note = When(grant__invoice__kind=Invoice.Kind.CREDIT_NOTE, then=F("grant__invoice__corrects"))
    rows = SubsidyItem.objects.filter(
        stands=True, settlement__status__in=came, settlement__programme__mode=Mode.PREPAID.value
    ).annotate(of=Case(is_note, default=F("grant__invoice")))
    sums = rows.filter(of__in=list(keys)).order_by().values("of").annotate(total=Sum("confirmed_minor"))
    return {row["of"]: int(row["total"]) for row in sums}


def _settled_notes(book: Book, keys: Collection[int]) -> dict[int, list[Invoice]]:
    """Return the credit notes over invoices of which nothing is open any more: they count for the share."""
    found: dict[int, list[Invoice]] = defaultdict(list)
    given = Invoice.objects.issued().filter(among("corrects", keys), kind=Invoice.Kind.CREDIT_NOTE)
    notes = list(given.only("corrects_id", "gross_minor").order_by("pk"))
    waiting = receivables(book, [note.pk for note in notes]) if notes else {}
    for note in notes:
        if note.pk not in waiting and note.corrects_id is not None:
            found[note.corrects_id].append(note)
    return found


def _sums(book: Book, code: str, keys: Collection[int], only: Event | None = None) -> dict[int, int]:
    """Return what stands on an account for documents; releases themselves are left out, unless asked for."""
    if not keys:
        return {}
    lines = JournalLine.objects.filter(among("invoice", keys), account__book=book, account__code=code)
    if only is not None:
        lines = lines.filter(journal__kind=only.value)
    else:
        lines = lines.exclude(journal__kind=Event.OWNER_COLLECTED.value)
    rows = lines.order_by().values_list("invoice").annotate(total=Sum("amount_minor"))
    return {key: int(total) for key, total in rows}


def _payable(book: Book, owners: Collection[int]) -> dict[tuple[int, str], int]:
    """Return what stands at owners' disposal, by owner and currency, under the locks of its rows."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    rows = AccountBalance.objects.filter(
        account__book=book, account__code=chart.OWNER_PAYABLE, account__party__in=list(owners)
    )
    for row in rows.select_related("account").locked():
        found[row.account.party_id or 0, row.account.currency] = row.balance_minor
    return found


def _debts(book: Book, owners: Collection[int]) -> dict[tuple[int, str], int]:
    """Return what owners owe in all, by owner and currency: what was paid back or set off is off it."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    if not owners:
        return found
    lines = JournalLine.objects.filter(
        account__book=book, account__code=chart.OWNER_OWES, party__in=list(owners)
    )
    for owner, currency, total in (
        lines.order_by().values_list("party", "currency").annotate(total=Sum("amount_minor"))
    ):
        found[owner, currency] = max(int(total), 0)
    return found
