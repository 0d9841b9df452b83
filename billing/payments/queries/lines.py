"""Lines of bank accounts and the statements they stand in."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import F, Min, Q, Sum

from billing.payments.models import BankAccount, BankLine, Statement, StatementLine
from billing.payments.rules.statements.identity import KnownLine, KnownStatement


def known_lines(account: BankAccount, days: Collection[date], ends: Collection[date]) -> list[KnownLine]:
    """
    Return the lines of an account on some days; on ``ends`` with the balances of statements that end there.
    """
    if not days:
        return []
    closings: dict[int, list[int]] = defaultdict(list)
    there = StatementLine.objects.filter(
        bank_line__bank_account=account,
        bank_line__booked_on__in=ends,
        statement__ends_on=F("bank_line__booked_on"),
        statement__closing_minor__isnull=False,
    )
    for line_id, closing in there.values_list("bank_line", "statement__closing_minor"):
        closings[line_id].append(closing or 0)
    lines = BankLine.objects.filter(bank_account=account, booked_on__range=(min(days), max(days)))
    return [
        KnownLine(*values, closings=tuple(closings.get(values[0], ())))
        for values in lines.order_by("pk").values_list(
            "pk",
            "booked_on",
            "amount_minor",
            "counterparty_account",
            "memo",
            "bank_ref",
            "balance_minor",
            "identity",
            "occurrence",
        )
    ]


def known_statements(account: BankAccount, ends: Collection[date]) -> list[KnownStatement]:
    """Return the statements of an account that end on one of some days, with both balances."""
    found = Statement.objects.filter(
        file__bank_account=account,
        ends_on__in=ends,
        opening_minor__isnull=False,
        closing_minor__isnull=False,
    )
    rows: Any = found.values_list("ends_on", "opening_minor", "closing_minor")
    return [KnownStatement(*values) for values in rows]


def expected_opening(account: BankAccount, statement: Statement) -> int | None:
    """
    Return with which balance a statement should begin, by what is known of the time before; ``None`` if
    nothing is.

    That is the opening of the last statement that begins before its first line, and all lines between.
    """
    first = _first_line(statement) or statement.begins_on
    if first is None or statement.opening_minor is None:
        return None
    others = Statement.objects.filter(file__bank_account=account, opening_minor__isnull=False).exclude(
        pk=statement.pk
    )
    ended_here = others.filter(ends_on__lte=first, closing_minor=statement.opening_minor)
    if ended_here.filter(ends_on=first).exists():
        return statement.opening_minor
    booked = others.annotate(first=Min("raw_lines__bank_line__booked_on")).filter(first__lt=first)
    last = booked.order_by("-first", "-pk").first()
    if last is None or last.opening_minor is None:
        return None
    own = StatementLine.objects.filter(statement=last, bank_line__booked_on__lt=first)
    after = Q(booked_on__lt=first, booked_on__gt=last.ends_on)
    return (
        last.opening_minor
        + (own.aggregate(total=Sum("bank_line__amount_minor"))["total"] or 0)
        + (account.lines.filter(after).aggregate(total=Sum("amount_minor"))["total"] or 0)
    )


def _first_line(statement: Statement) -> date | None:
    found: date | None = statement.raw_lines.aggregate(first=Min("bank_line__booked_on"))["first"]
    return found
