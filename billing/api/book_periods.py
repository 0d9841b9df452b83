"""Locks on the periods of a book over REST: set by one person, opened again by two."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import periods
from billing.api.book_shapes import BookOut, LockIn, UnlockIn, UnlockOut, UnlocksOut
from billing.api.books import visible_book
from billing.models import PeriodUnlock
from billing.rules.locks import Level
from marketplace.models.apikeys import Scope
from marketplace.shared import clock


class BookLocks(APIView):
    """Administrators of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="Lock a book through a day",
        operation_id="books_lock",
        request=LockIn,
        responses={201: BookOut},
    )
    def post(self, request: Request, code: str) -> Response:
        book = visible_book(request, code, Scope.INVOICES_WRITE)
        given = _body(LockIn, request)
        level, through = Level(given["level"]), given["through"]
        periods.lock(book=book, through=through, level=level, **_acting(request))
        return Response(BookOut(book).data, status=201)


class BookUnlocks(APIView):
    """Read by those who read the book; ordered by administrators of its organization."""

    @extend_schema(
        tags=["books"],
        summary="Orders to open a book again",
        operation_id="books_unlocks",
        responses=UnlocksOut,
    )
    def get(self, request: Request, code: str) -> Response:
        orders = visible_book(request, code).unlocks.order_by("-pk")
        return Response({"data": UnlockOut(orders, many=True).data})

    @extend_schema(
        tags=["books"],
        summary="Order to open again what is locked hard; a second person approves",
        operation_id="books_unlock",
        request=UnlockIn,
        responses={201: UnlockOut},
    )
    def post(self, request: Request, code: str) -> Response:
        book = visible_book(request, code, Scope.INVOICES_WRITE)
        made = periods.order_unlock(book=book, **_body(UnlockIn, request), **_acting(request))
        return Response(UnlockOut(made).data, status=201)


class BookUnlockApprove(APIView):
    """Another administrator of the book's organization than the one who ordered it."""

    @extend_schema(
        tags=["books"],
        summary="Approve an order to open a book again, as a second person",
        operation_id="books_unlock_approve",
        request=None,
        responses=UnlockOut,
    )
    def post(self, request: Request, code: str, item: str) -> Response:
        unlock = _unlock(request, code, item)
        periods.approve_unlock(unlock=unlock, **_acting(request))
        unlock.refresh_from_db()
        return Response(UnlockOut(unlock).data)


class BookUnlockDrop(APIView):
    """Administrators of the book's organization."""

    @extend_schema(
        tags=["books"],
        summary="Drop an order to open a book again",
        operation_id="books_unlock_drop",
        request=None,
        responses=UnlockOut,
    )
    def post(self, request: Request, code: str, item: str) -> Response:
        dropped = periods.drop_unlock(unlock=_unlock(request, code, item), **_acting(request))
        return Response(UnlockOut(dropped).data)


def _unlock(request: Request, code: str, item: str) -> PeriodUnlock:
    book = visible_book(request, code, Scope.INVOICES_WRITE)
    return get_object_or_404(book.unlocks.select_related("book__organization"), public_id=item)


def _body(shape: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _acting(request: Request) -> dict[str, Any]:
    return {"at": clock.now(), "by": request.user}
