"""What an organization owed each seller over a month, and what a payout is made of, as the books have it."""

from collections import defaultdict
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Max, Min, Sum

from billing.models import Invoice, JournalLine
from billing.payments.models import LineBooking, Operation, OwnerRelease, PaymentOrder
from billing.payments.rules.account_papers import Account, Paid, Part, Payout, Row, Share, What
from billing.payments.rules.month_close import last_day
from billing.payments.rules.order_states import State
from billing.rules import accounts as chart
from billing.rules.events import Event
from marketplace.models import Organization
from marketplace.shared.money import Money

PAYMENTS = {Event.BANK_RECEIVED.value, Event.ALLOCATED.value}
EVENTS = {
    Event.CREDIT_NOTE.value: What.OWED_BACK,
    Event.SUBSIDY_PREPAID.value: What.SUBSIDY,
    Event.SUBSIDY_REFUSED.value: What.SUBSIDY_REFUSED,
}
SHARES = {Event.FUND_LEVY.value: Share.LEVY, Event.OWNER_SET_OFF.value: Share.SET_OFF}
FIELDS = (
    "invoice__seller",
    "currency",
    "effective_date",
    "journal",
    "journal__kind",
    "journal__reverses",
    "invoice__number",
    "invoice__public_id",
    "invoice__kind",
)


def account_of(buyer: Organization, first: date) -> Account:
    """
    Return what a buyer owed each seller in the month that begins on ``first``: receivables of its documents.

    An entry counts in the month in which the books have it (its effective day), so that a month ends as the
    next one begins. What a credit note settles of its invoice changes nothing, and is left out.
    """
    last = last_day(first)
    lines = JournalLine.objects.filter(invoice__buyer=buyer, account__code__in=chart.RECEIVABLES)
    lines = lines.exclude(invoice__seller=buyer).filter(effective_date__lte=last)
    before = lines.filter(effective_date__lt=first).order_by().values_list("invoice__seller", "currency")
    opened = {
        (seller, currency): int(total) for seller, currency, total in before.annotate(Sum("amount_minor"))
    }
    moved: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    rows = (
        lines.filter(effective_date__gte=first).order_by().values(*FIELDS).annotate(minor=Sum("amount_minor"))
    )
    for row in rows.order_by("effective_date", "journal", "invoice"):
        moved[row["invoice__seller"], row["currency"]].append(row)
    keys = {key for key, minor in opened.items() if minor} | set(moved)
    sellers = Organization.objects.in_bulk([seller for seller, _ in keys])
    parts = [
        _part(sellers[seller], currency, opened.get((seller, currency), 0), moved[seller, currency])
        for seller, currency in sorted(keys, key=lambda key: (sellers[key[0]].name, key))
    ]
    ends = lines.aggregate(at=Max("journal__posted_at"), since=Min("effective_date"))
    return Account(
        buyer.name,
        first,
        last,
        [part for part in parts if part.opening.minor or part.rows],
        ends["at"] or datetime.combine(first, time.min, UTC),
        ends["since"] is not None and ends["since"] < first,
    )


def _part(seller: Organization, currency: str, opening: int, moved: list[dict[str, Any]]) -> Part:
    totals: dict[int, int] = defaultdict(int)
    for row in moved:
        totals[row["journal"]] += row["minor"]
    found, after = [], opening
    for row in moved:
        if not row["minor"] or (row["journal__kind"] == Event.ALLOCATED and not totals[row["journal"]]):
            continue
        after += row["minor"]
        found.append(
            Row(
                row["effective_date"],
                _what(row),
                row["invoice__number"] or "",
                row["invoice__public_id"],
                Money(int(row["minor"]), currency),
                Money(int(after), currency),
            )
        )
    return Part(seller.name, seller.public_id, Money(opening, currency), found)


def _what(row: dict[str, Any]) -> What:
    if row["journal__kind"] in PAYMENTS:
        return What.PAYMENT if row["minor"] < 0 else What.PAYMENT_UNDONE
    if row["journal__kind"] == Event.INVOICE_ISSUED and row["journal__reverses"] is None:
        return What.NOTE if row["invoice__kind"] == Invoice.Kind.CREDIT_NOTE else What.INVOICE
    return EVENTS.get(row["journal__kind"], What.OTHER)


def payout_of(order: PaymentOrder) -> Payout:
    """Return what a payout pays line by line, and how bank or provider knows it."""
    items = order.payout_items.select_related("line__journal", "line__invoice").order_by("line")
    lines = [one.line for one in items]
    paid = _payments([line.journal_id for line in lines])
    rows = []
    for line in lines:
        net = Money(-line.amount_minor, line.currency)
        gross = paid.get(line.journal_id)
        rows.append(
            Paid(
                line.effective_date,
                _share(line, net),
                (line.invoice.number or "") if line.invoice else "",
                line.invoice.public_id if line.invoice else "",
                net,
                None if gross is None else Money(gross, line.currency),
            )
        )
    account = order.payee_account
    return Payout(
        reference=order.reference,
        payee=account.holder if account else order.payee.name,
        to=f"{account.bank_name} {account.number}" if account else order.payee_reference,
        state=State(order.state),
        amount=order.amount,
        rows=rows,
        bank_refs=_bank_refs(order),
        made_at=order.made_at,
    )


def _share(line: JournalLine, net: Money) -> Share:
    if line.journal.kind == Event.OWNER_COLLECTED:
        return Share.RELEASED if net.minor > 0 else Share.REVERSED
    return SHARES.get(line.journal.kind, Share.OTHER)


def _payments(journals: list[int]) -> dict[int, int]:
    """
    Return what counted as paid with each release, by the journal of it, signed as the release; minor units.

    That is what lessees paid, what was let off, and what authorities paid (``account_papers.COUNTED``).
    Where a part of a share settled what the owner owed, the release and the payout's line differ, and what
    was paid cannot be told of the line alone: it is left out.
    """
    mine = list(OwnerRelease.objects.filter(journal__in=journals))
    earlier = {
        (one.invoice_id, one.number): one.paid_minor
        for one in OwnerRelease.objects.filter(invoice__in=[one.invoice_id for one in mine])
    }
    payable = JournalLine.objects.filter(journal__in=journals, account__code=chart.OWNER_PAYABLE)
    came = {
        journal: -int(total)
        for journal, total in payable.order_by().values_list("journal").annotate(Sum("amount_minor"))
    }
    return {
        one.journal_id: one.paid_minor - earlier.get((one.invoice_id, one.number - 1), 0)
        for one in mine
        if one.journal_id is not None and came.get(one.journal_id) == one.amount_minor
    }


def _bank_refs(order: PaymentOrder) -> list[str]:
    booked = LineBooking.objects.standing().filter(kind=LineBooking.Kind.ORDER, target=order.public_id)
    refs = [ref for ref in booked.values_list("bank_line__bank_ref", flat=True) if ref]
    sent = Operation.objects.filter(order=order, kind="TRANSFER").exclude(reference="")
    return [*refs, *sent.order_by("pk").values_list("reference", flat=True)]
