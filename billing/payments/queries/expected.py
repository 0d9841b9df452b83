"""What is expected of lines of the bank: open invoices, payouts, orders, and who pays from where."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import F, Q, Sum

from billing.models import Book, FundTransfer, Invoice, JournalLine
from billing.payments.models import (
    Allocation,
    BankAccount,
    BankLine,
    LineBooking,
    PayerAccount,
    PaymentOrder,
    PaymentRequest,
    Rebooking,
    Receipt,
    Settlement,
    SubAccount,
)
from billing.payments.rules.matching import memos
from billing.payments.rules.matching.facts import Facts, Line, OpenItem, Order, Payout, Recorded
from billing.payments.rules.order_states import State
from billing.rules import accounts as chart
from billing.rules import references
from billing.rules.fund_states import Payment
from billing.rules.references import Kind, reference_of
from marketplace.gateway.among import among
from marketplace.models import Organization

DUE = (chart.RENT_OWN, chart.RENT_AGENCY, chart.FEE_DUE)
NUMBER = re.compile(r"([0-9A-Z]{2,12}?)(20[0-9]{2})([0-9]{6,9})")
# What a payment of a fund is on a statement: of the platform, and of the fund itself.
FUND_IN_PLATFORM = {Payment.CONTRIBUTION: -1, Payment.CLAIM_PAID: 1, Payment.OWNER_PAID: -1}
FUND_IN_ITS_OWN = {
    Payment.CONTRIBUTION: 1,
    Payment.CLAIM_PAID: -1,
    Payment.RECOVERY: 1,
    Payment.OWNER_SHARE: -1,
}
PAYOUT_NAMES = {"stripe": ("STRIPE",)}
SAID = (
    "pk",
    "booked_on",
    "amount_minor",
    "currency",
    "counterparty",
    "counterparty_account",
    "memo",
    "bank_ref",
    "sub_account",
)
FACTS = ("pk", "number", "buyer", "gross_minor", "currency", "due_on", "issued_at", "lease")


def receivables(book: Book, invoices: Collection[int] | None = None) -> dict[int, dict[str, int]]:
    """
    Return what the books have as receivable of documents, by their keys and accounts; nothing that is 0.

    What is under dispute is left out. Minor units; what is owed back is negative.
    """
    lines = JournalLine.objects.filter(account__book=book, account__code__in=DUE, invoice__isnull=False)
    if invoices is not None:
        lines = lines.filter(among("invoice", invoices))
    rows = lines.order_by().values_list("invoice", "account__code").annotate(total=Sum("amount_minor"))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for invoice, code, total in rows.exclude(total=0):
        found[invoice][code] = int(total)
    return dict(found)


def facts(book: Book, lines: Sequence[Line]) -> Facts:
    """Return all that lines of a book's accounts are compared with."""
    opened = {key: sum(parts.values()) for key, parts in receivables(book).items()}
    named = _named(lines)
    wanted = Q(among("pk", [key for key, minor in opened.items() if minor > 0])) | named
    rows = list(Invoice.objects.issued().filter(wanted, gross_minor__gt=0).values(*FACTS))
    payments = _payments({row["pk"] for row in rows})
    items = [_item(row, max(opened.get(row["pk"], 0), 0), payments.get(row["pk"], ())) for row in rows]
    approved = PayerAccount.objects.filter(stage=PayerAccount.Stage.APPROVED)
    return Facts(
        items=items,
        accounts=dict(approved.values_list("number", "organization")),
        names=dict(
            Organization.objects.filter(among("pk", {one.payer for one in items})).values_list("pk", "name")
        ),
        sub_accounts=dict(SubAccount.objects.filter(bank_account__book=book).values_list("number", "lease")),
        requests=_requests({one.id for one in items}),
        orders=_orders(book),
        payouts=_payouts(book),
        recorded=_recorded(book),
        own=frozenset(BankAccount.objects.filter(book=book).values_list("number", flat=True)),
        booked=_booked(book, lines),
    )


def pending(book: Book) -> list[Line]:
    """
    Return lines that are not booked, and those of which nothing is allocated and somebody has to look.

    Also what is held while people recorded a payment of that amount: it may be the same. What people booked
    anew is theirs.
    """
    of_book = BankLine.objects.filter(bank_account__book=book)
    unbooked = of_book.filter(bookings=None)
    recorded = {one.amount_minor for one in _recorded(book)}
    looked_at = Q(reconexception__state="OPEN") | Q(amount_minor__in=recorded)
    held = of_book.filter(looked_at, receipt__left_minor=F("receipt__amount_minor")).distinct()
    held = held.exclude(rebookings__state=Rebooking.State.APPROVED)
    return [Line(*row) for of in (unbooked, held) for row in of.values_list(*SAID)]


def _item(row: dict[str, Any], minor: int, payments: Iterable[tuple[int | None, int]]) -> OpenItem:
    key = row["pk"]
    return OpenItem(
        id=key,
        number=row["number"],
        reference=reference_of(key) if key < references.ROOM else "",
        payer=row["buyer"],
        open_minor=minor,
        gross_minor=row["gross_minor"],
        currency=row["currency"],
        due_on=row["due_on"],
        issued_on=row["issued_at"].date(),
        lease=row["lease"],
        payments=tuple(payments),
    )


def _named(lines: Sequence[Line]) -> Q:
    """Keep the invoices that memos name, whether anything is open of them or not."""
    keys: set[int] = set()
    numbers: set[str] = set()
    for line in lines:
        read = references.read(line.memo) if "Z" in memos.written(line.memo) else ()
        keys.update(one.key for one in read if one.is_valid and one.kind is Kind.INVOICE)
        for word in memos.named(line.memo):
            if (match := NUMBER.fullmatch(word)) is not None:
                numbers.add("-".join(match.groups()))
    return Q(among("pk", keys)) | Q(among("number", numbers))


def _payments(invoices: set[int]) -> dict[int, list[tuple[int | None, int]]]:
    found: dict[int, list[tuple[int | None, int]]] = defaultdict(list)
    standing = Allocation.objects.filter(undoes=None, undone_by=None, receipt__isnull=False)
    rows = standing.filter(among("invoice", invoices)).values_list(
        "invoice", "receipt__payer", "receipt__amount_minor"
    )
    for invoice, payer, minor in rows:
        found[invoice].append((payer, minor))
    return found


def _requests(invoices: set[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    standing = PaymentRequest.objects.filter(among("items__invoice", invoices), is_cancelled=False)
    for key, invoice in standing.values_list("pk", "items__invoice").order_by("pk", "items__invoice"):
        found[reference_of(key, Kind.REQUEST)].append(invoice)
    return dict(found)


def _orders(book: Book) -> list[Order]:
    left = (State.SENT, State.DONE, State.RETURNED)
    rows = PaymentOrder.objects.filter(book=book, state__in=left).select_related("payee_account")
    return [
        Order(
            id=order.reference,
            reference=reference_of(order.pk, Kind.ORDER),
            payee_account=order.payee_account.number if order.payee_account else "",
            amount_minor=order.amount_minor,
            currency=order.currency,
            state=order.state,
        )
        for order in rows
    ]


def _payouts(book: Book) -> list[Payout]:
    if book.kind != Book.Kind.PLATFORM:
        return []  # providers pay out to the platform
    seen = LineBooking.objects.standing().filter(kind=LineBooking.Kind.SETTLEMENT).values("target")
    rows = Settlement.objects.filter(state__in=(Settlement.State.PENDING, Settlement.State.PAID)).exclude(
        public_id__in=seen
    )
    return [
        Payout(
            id=row.reference,
            trace=row.trace,
            amount_minor=row.amount_minor,
            arrives_on=row.arrives_on or row.created_at.date(),
            payers=PAYOUT_NAMES.get(row.provider, (row.provider,)),
            currency=row.currency,
        )
        for row in rows
    ]


def _recorded(book: Book) -> list[Recorded]:
    """Return confirmed payments of funds without a line, signed as statements of this book show them."""
    linked = LineBooking.objects.standing().filter(kind=LineBooking.Kind.TRANSFER).values("target")
    rows = FundTransfer.objects.filter(stage=FundTransfer.Stage.CONFIRMED).exclude(public_id__in=linked)
    signs = FUND_IN_PLATFORM if book.kind == Book.Kind.PLATFORM else FUND_IN_ITS_OWN
    if book.kind != Book.Kind.PLATFORM:
        rows = rows.filter(fund__book=book)
    return [
        Recorded(row.public_id, row.reference, signs[kind] * row.amount_minor, book.currency)
        for row in rows
        if (kind := Payment(row.kind)) in signs
    ]


def _booked(book: Book, lines: Sequence[Line]) -> frozenset[tuple[str, int]]:
    back = [(line.counterparty_account, -line.amount_minor) for line in lines if line.amount_minor < 0]
    rows = Receipt.objects.filter(book=book, bank_line__counterparty_account__in={one for one, _ in back})
    pairs = rows.values_list("bank_line__counterparty_account", "amount_minor")
    return frozenset(pairs) & frozenset(back)
