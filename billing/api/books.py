"""The books over REST: what is in them, and what is due."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.book_shapes import (
    BookOut,
    BooksOut,
    DayIn,
    DepositsHeldOut,
    ReceivablesOut,
    SpanIn,
    StatementOut,
    ThroughIn,
    TrialBalanceOut,
    VatsOut,
)
from billing.models import Book
from billing.models.ledger import BookQuerySet
from billing.queries.deposits import deposits_held
from billing.queries.ledger import aged_receivables, statement, trial_balance, vat_by_rate
from billing.rules.accounts import CHART
from billing.rules.aging import BUCKETS
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import require_scope
from marketplace.shared import clock
from marketplace.shared.money import PLACES, Money
from marketplace.shared.period import local_midnight

MOST = 1000


class BookList(APIView):
    """Those of organizations in which the caller may read invoices."""

    @extend_schema(tags=["books"], summary="Your books", operation_id="books_list", responses=BooksOut)
    def get(self, request: Request) -> Response:
        found = visible(request).order_by("code")
        return Response({"data": BookOut(found, many=True).data})


class BookTrialBalance(APIView):
    """For those who may read the invoices of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="The trial balance of a book, at any day and as known at any time",
        operation_id="books_trial_balance",
        parameters=[ThroughIn],
        responses=TrialBalanceOut,
    )
    def get(self, request: Request, code: str) -> Response:
        book = visible_book(request, code)
        given = _given(ThroughIn, request)
        through, known_at = _through(given, book), given.get("known_at")
        rows = [
            {
                "account": row.account,
                "name": CHART[row.account].name,
                "name_zh": CHART[row.account].name_zh,
                "debit": _money(row.debit, row.currency),
                "credit": _money(row.credit, row.currency),
                "balance": _money(row.balance, row.currency),
            }
            for row in trial_balance(book, through, known_at=known_at)
        ]
        return Response({"through": through, "known_at": known_at, "data": rows})


class BookAccount(APIView):
    """For those who may read the invoices of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="The lines of an account with what is on it after each",
        operation_id="books_account",
        parameters=[SpanIn],
        responses=StatementOut,
    )
    def get(self, request: Request, code: str, account: str, currency: str) -> Response:
        book = visible_book(request, code)
        if account not in CHART or currency not in PLACES:
            raise Http404
        given = _given(SpanIn, request)
        found = statement(book, account, currency, start=given["from"], end=given["to"], most=MOST)
        rows = [_line(move.line, move.balance) for move in found.movements]
        return Response(
            {
                "opening": _money(found.opening, currency),
                "closing": _money(found.closing, currency),
                "count": found.count,
                "data": rows,
            }
        )


class BookReceivables(APIView):
    """For those who may read the invoices of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="Receivables by age",
        operation_id="books_receivables",
        parameters=[DayIn],
        responses=ReceivablesOut,
    )
    def get(self, request: Request, code: str) -> Response:
        book = visible_book(request, code)
        through = _through(_given(DayIn, request), book)
        rows = [
            {
                "party": row.party,
                "party_id": row.party_id,
                "total": _money(row.total_minor, row.currency),
                "buckets": {
                    name: _money(minor, row.currency)
                    for name, minor in zip(BUCKETS, row.amounts, strict=True)
                },
            }
            for row in aged_receivables(book, through)
        ]
        return Response({"through": through, "data": rows})


class BookDeposits(APIView):
    """For those who may read the invoices of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="Deposits that are held, by lessee and lease",
        operation_id="books_deposits",
        parameters=[DayIn],
        responses=DepositsHeldOut,
    )
    def get(self, request: Request, code: str) -> Response:
        book = visible_book(request, code)
        through = _through(_given(DayIn, request), book)
        rows = [
            {
                "lessee": row.lessee,
                "lessee_id": row.lessee_id,
                "lease": row.lease,
                "lease_id": row.lease_id,
                "held": _money(row.held_minor, row.currency),
            }
            for row in deposits_held(book, through)
        ]
        return Response({"through": through, "data": rows})


class BookVat(APIView):
    """For those who may read the invoices of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="VAT of issued invoices by seller and rate",
        operation_id="books_vat",
        parameters=[SpanIn],
        responses=VatsOut,
    )
    def get(self, request: Request, code: str) -> Response:
        book = visible_book(request, code)
        zone, given = ZoneInfo(book.zone), _given(SpanIn, request)
        rows = [
            {
                "seller": row.seller,
                "seller_name": row.seller_name,
                "rate": f"{row.rate:.4f}",
                "net": _money(row.net_minor, row.currency),
                "tax": _money(row.tax_minor, row.currency),
            }
            for row in vat_by_rate(
                book, local_midnight(given["from"], zone), local_midnight(given["to"], zone)
            )
        ]
        return Response({"data": rows})


def visible(request: Request, scope: Scope = Scope.INVOICES_READ) -> BookQuerySet:
    """Return the books that the caller may read; an API key reads those of its organization."""
    require_scope(request, scope)
    books = Book.objects.visible_to(request.user)  # type: ignore[arg-type]
    if isinstance(request.auth, ApiKey):
        books = books.filter(organization=request.auth.organization)
    return books.select_related("organization")


def visible_book(request: Request, code: str, scope: Scope = Scope.INVOICES_READ) -> Book:
    """Return one of them, or say that it is not found."""
    return get_object_or_404(visible(request, scope), code=code)


def _given(shape: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    asked = shape(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _through(given: dict[str, Any], book: Book) -> date:
    today: datetime = clock.now().astimezone(ZoneInfo(book.zone))
    through: date = given.get("through") or today.date()
    return through


def _money(minor: int, currency: str) -> dict[str, Any]:
    money = Money(minor, currency)
    return {"minor": minor, "currency": currency, "amount": str(money.amount)}


def _line(line: Any, balance: int) -> dict[str, Any]:
    journal = line.journal
    return {
        "journal": journal.public_id,
        "event": journal.kind,
        "effective_date": line.effective_date,
        "occurred_on": journal.occurred_on,
        "memo": journal.memo,
        "source_type": journal.source_type,
        "source_id": journal.source_id,
        **{name: _id(getattr(line, name)) for name in ("party", "lease", "invoice")},
        "amount": _money(line.amount_minor, line.currency),
        "balance": _money(balance, line.currency),
    }


def _id(found: Any) -> str:
    return found.public_id if found is not None else ""
