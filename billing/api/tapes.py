"""Receivables tapes of a book over REST: made, listed, and handed out as JSON or CSV."""

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import tapes
from billing.api.books import visible_book
from billing.models import Tape
from billing.rules.tape_dictionary import csv_text, dictionary
from marketplace.gateway.fields import DateTimeField
from marketplace.gateway.files import CsvRenderer
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import organization_named
from marketplace.shared import clock


class TapeOut(serializers.ModelSerializer[Tape]):
    """A tape as it was made, of all sellers without ``seller``; ``digest`` is the SHA-256 of its content."""

    id = serializers.CharField(source="public_id", read_only=True)
    seller = serializers.CharField(source="seller.public_id", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Tape
        fields = (
            "id",
            "seller",
            "through",
            "known_at",
            "version",
            "rows",
            "digest",
            "made_by_name",
            "made_at",
        )
        read_only_fields = fields


class TapesOut(serializers.Serializer[Any]):
    """Every tape that was made of a book, the newest first."""

    data = TapeOut(many=True)  # type: ignore[assignment]


class TapeContentOut(serializers.Serializer[Any]):
    """
    Rows by the dictionary, totals by kind and currency, the shares of the largest obligors, and the books.

    ``books.accounts`` compares the billed rows with the receivable accounts to the fen.
    """

    tape = TapeOut()
    dictionary = serializers.DictField()
    content = serializers.DictField()


class TapeIn(serializers.Serializer[Any]):
    """
    The last day that counts and, if it is not now, until when what was posted counts.

    ``seller`` is a public id or a credit code; without it the tape is of all sellers of the book.
    """

    through = serializers.DateField()
    known_at = DateTimeField(required=False, allow_null=True, default=None)
    seller = serializers.CharField(max_length=30, required=False, allow_null=True, default=None)


class BookTapes(APIView):
    """For those who may post to the book."""

    @extend_schema(
        tags=["books"],
        summary="Receivables tapes made of a book",
        operation_id="books_tapes",
        responses=TapesOut,
    )
    def get(self, request: Request, code: str) -> Response:
        book = visible_book(request, code)
        require(request.user, Permission.BOOK_POST, within=book.organization)  # type: ignore[arg-type]
        found = Tape.objects.listed().filter(book=book)[:100]
        return Response({"data": TapeOut(found, many=True).data})

    @extend_schema(
        tags=["books"],
        summary="Make a receivables tape of a book",
        operation_id="books_tapes_make",
        request=TapeIn,
        responses={201: TapeContentOut},
    )
    def post(self, request: Request, code: str) -> Response:
        book = visible_book(request, code, Scope.INVOICES_WRITE)
        require(request.user, Permission.BOOK_POST, within=book.organization)  # type: ignore[arg-type]
        given = TapeIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        seller = seller_named(values.pop("seller"))
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = tapes.make(book=book, seller=seller, salt=secrets.token_hex(16), **values, **who)
        return Response(_whole(made), status=201)


class BookTape(APIView):
    """For those who may post to the book; who takes it stands in the audit trail."""

    @extend_schema(
        tags=["books"],
        summary="A receivables tape as JSON",
        operation_id="books_tape",
        responses=TapeContentOut,
    )
    def get(self, request: Request, code: str, item: str) -> Response:
        found = _tape(request, code, item)
        tapes.hand_out(tape=found, form="json", by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(_whole(found))


class BookTapeCsv(APIView):
    """For those who may post to the book; who takes it stands in the audit trail."""

    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        tags=["books"],
        summary="The rows of a receivables tape as CSV, columns named as in the dictionary",
        operation_id="books_tape_csv",
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, code: str, item: str) -> HttpResponse:
        found = _tape(request, code, item)
        tapes.hand_out(tape=found, form="csv", by=request.user, at=clock.now())  # type: ignore[arg-type]
        content = csv_text(found.content["rows"]).encode("utf-8-sig")
        answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.public_id}.csv"'
        return answer


def seller_named(text: str | None) -> Organization | None:
    """
    Return the seller with a public id or a credit code; none if none is named.

    :raises ValidationError: if there is no such organization
    """
    if not text:
        return None
    found = organization_named(text)
    if found is None:
        raise exceptions.ValidationError({"seller": [_("There is no such organization.")]})
    return found


def _tape(request: Request, code: str, item: str) -> Tape:
    book = visible_book(request, code)
    require(request.user, Permission.BOOK_POST, within=book.organization)  # type: ignore[arg-type]
    return get_object_or_404(
        Tape.objects.select_related("book__organization", "seller"), book=book, public_id=item
    )


def _whole(tape: Tape) -> dict[str, Any]:
    return {"tape": TapeOut(tape).data, "dictionary": dictionary(), "content": tape.content}
