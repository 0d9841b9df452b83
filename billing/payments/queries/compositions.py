"""What payouts were made of, and what providers hold beside what the books say they hold."""

from django.db.models import Sum

from billing.models import Book, JournalLine
from billing.payments.models import Movement, Settlement
from billing.payments.rules import providers, settlements
from billing.payments.rules.stripe_facts import CLASSIFIED
from billing.rules import accounts as chart


def of(settlement: Settlement) -> settlements.Composition:
    """Return what a payout was made of, by kind, with what nobody knows as a line of its own."""
    rows = list(settlement.movements.order_by("pk"))
    told = {row.reference for row in rows if row.fact_id is not None}
    changes = (value_of(row) for row in rows)
    return settlements.composed(settlement.amount_minor, changes, known=CLASSIFIED, booked=told)


def value_of(row: Movement) -> providers.Movement:
    """Return a stored movement as the value that it was."""
    return providers.Movement(
        id=row.reference,
        occurred_at=row.occurred_at,
        kind=row.kind,
        gross=row.gross_minor,
        fee=row.fee_minor,
        net=row.net_minor,
        currency=row.currency,
        source_ref=row.source_reference,
        available_at=row.available_at,
        rate=row.rate,
    )


def booked() -> dict[str, int]:
    """Return what the books have at providers, by currency (1012.01 + 1012.02)."""
    codes = (chart.AVAILABLE, chart.PENDING)
    lines = JournalLine.objects.filter(account__code__in=codes, account__book__kind=Book.Kind.PLATFORM)
    sums = lines.order_by().values("currency").annotate(total=Sum("amount_minor"))
    return {row["currency"]: int(row["total"]) for row in sums}
