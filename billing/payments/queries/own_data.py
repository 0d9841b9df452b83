"""What of money stands in the file of an organization, and what of it hinders its closing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext_noop

from billing.models import Book
from billing.payments.models import Allocation, PaymentOrder, Receipt
from billing.payments.queries.payable import debt_of, unpaid_lines
from billing.payments.rules.order_states import State
from marketplace.models import Organization
from marketplace.queries.own_data import Open, Table
from marketplace.rules.closing import Obstacle
from marketplace.rules.own_data import About

PLATFORM = "P"
UNDER_WAY = (State.PROPOSED, State.APPROVED, State.SENT)


def hindrances(one: Organization, _at: datetime) -> Iterator[Obstacle | Open]:
    """Yield what is not over: what is to be paid out, under way, owed, or not matched."""
    book = Book.objects.filter(code=PLATFORM, organization__kind="PLATFORM").first()
    if book is not None:
        lines = unpaid_lines(book).filter(account__party=one).order_by().values("currency")
        due = lines.annotate(total=Sum("amount_minor")).filter(total__lt=0).count()
        text = gettext_noop("amounts that are to be paid out to you: {count}")
        yield Obstacle("payable", text, due, "/account-statement/")
        owed = int(debt_of(book, one, book.currency) > 0)
        yield Obstacle(
            "owed", gettext_noop("what you owe the platform: {count}"), owed, "/account-statement/"
        )
    orders = PaymentOrder.objects.filter(payee=one, state__in=UNDER_WAY)
    yield Open("orders", gettext_noop("payments to you under way: {count}"), orders, "/payouts/")
    left = Receipt.objects.filter(payer=one, left_minor__gt=0)
    text = gettext_noop("payments of yours that pay no invoice yet: {count}")
    yield Open("receipts", text, left, "/payments-made/")


def tables() -> Iterator[Table]:
    """Yield the tables of what an organization paid and was paid."""

    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "payments_received_from_you",
        lambda one: (
            Receipt.objects.filter(payer=one)
            .order_by("pk")
            .values("public_id", "source", "amount_minor", "left_minor", "currency", "received_on")
        ),
    )
    yield of(
        "payments_allocated",
        lambda one: (
            Allocation.objects.filter(receipt__payer=one)
            .order_by("pk")
            .values("public_id", "amount_minor", "currency", receipt_public_id=F("receipt__public_id"))
        ),
    )
    yield of(
        "payouts",
        lambda one: (
            PaymentOrder.objects.filter(payee=one)
            .exclude(state=State.DROPPED)
            .order_by("pk")
            .values("public_id", "kind", "amount_minor", "currency", "state", "made_at", "ended_on")
        ),
    )
