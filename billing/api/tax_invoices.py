"""Official e-invoices (数电发票) over REST: what to ask the tax bureau for, and what it issued."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import tax_invoices as actions
from billing.models import Invoice, TaxDocument, TaxInvoice, TaxInvoiceUse
from billing.queries import wanted_face
from billing.rules.tax_documents import LARGEST, MEDIA_TYPES
from billing.rules.tax_invoices import Kind
from marketplace.models.apikeys import Scope
from marketplace.queries import require_scope
from marketplace.shared import clock

ITEM = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the record.")
WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
MOST_MINOR = 10**15 - 1


class TaxPartyOut(serializers.Serializer[Any]):
    """A side of the invoice: its name and tax number."""

    name = serializers.CharField()
    tax_number = serializers.CharField()


class TaxItemOut(serializers.Serializer[Any]):
    """One row of the face; amounts in fen, ``price`` before tax a unit."""

    name = serializers.CharField()
    spec = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(allow_blank=True)
    quantity = serializers.CharField(allow_null=True)
    price = serializers.CharField(allow_null=True)
    net_minor = serializers.IntegerField()
    rate = serializers.CharField()
    tax_minor = serializers.IntegerField()


class FaceOut(serializers.Serializer[Any]):
    """All that stands on the face; ``number`` and ``issued_on`` are empty while it is only asked for."""

    kind = serializers.ChoiceField(choices=TaxInvoice.What.choices)
    seller = TaxPartyOut()
    buyer = TaxPartyOut()
    items = TaxItemOut(many=True)
    net_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()
    capitals = serializers.CharField()
    remark = serializers.CharField(allow_blank=True)
    drawer = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    issued_on = serializers.DateField(allow_null=True)
    bureau = serializers.CharField(allow_blank=True)


class TaxDocumentOut(serializers.ModelSerializer[TaxDocument]):
    """A file of an official e-invoice; ``sha256`` is of its bytes."""

    class Meta:
        model = TaxDocument
        fields = ("form", "size", "sha256", "added_at")
        read_only_fields = fields


class TaxInvoiceOut(serializers.ModelSerializer[TaxInvoice]):
    """
    The record of an official e-invoice; ``withdrawn_at`` says that it was recorded in error.

    ``through`` is the last version that it takes in, ``red_letter`` the id of that of a red one, ``use`` what
    the buyer did with it.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    face = FaceOut(read_only=True)
    documents = TaxDocumentOut(many=True, read_only=True)
    use = serializers.ChoiceField(choices=TaxInvoiceUse.Use.choices, read_only=True)
    red_letter = serializers.CharField(source="red_letter.public_id", allow_null=True, default=None)

    class Meta:
        model = TaxInvoice
        fields = (
            "id",
            "through",
            "red_letter",
            "use",
            "kind",
            "number",
            "issued_on",
            "net_minor",
            "tax_minor",
            "face",
            "documents",
            "recorded_by_name",
            "recorded_at",
            "withdrawn_at",
            "withdrawn_why",
        )
        read_only_fields = fields


class TaxInvoicesOut(serializers.Serializer[Any]):
    """What the seller asks the bureau for (null if nothing now), and records, the newest first."""

    wanted = FaceOut(allow_null=True)
    data = TaxInvoiceOut(many=True)  # type: ignore[assignment]


class TaxInvoiceIn(serializers.Serializer[Any]):
    """An official e-invoice as typed from the paper; ``gross_minor`` in fen must be what ours asks for."""

    kind = serializers.ChoiceField(choices=TaxInvoice.What.choices, default=Kind.SPECIAL.value)
    number = serializers.CharField(max_length=40)
    issued_on = serializers.DateField()
    gross_minor = serializers.IntegerField(min_value=-MOST_MINOR, max_value=MOST_MINOR)


class TaxFileIn(serializers.Serializer[Any]):
    """A file of at most 5 MB: the XML, OFD or PDF of the official e-invoice."""

    file = serializers.FileField()


class WithdrawIn(serializers.Serializer[Any]):
    """Why a record is taken back."""

    why = serializers.CharField(max_length=400)


class TaxInvoiceActions:
    """Sub-resources of an invoice; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["invoices"],
        summary="Official e-invoices of an invoice, and the face to ask the bureau for",
        responses=TaxInvoicesOut,
    )
    @extend_schema(
        methods=["POST"],
        tags=["invoices"],
        summary="Record the official e-invoice by its number",
        request=TaxInvoiceIn,
        responses={201: TaxInvoiceOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="tax-invoices", **WHOLE)
    def tax_invoices(self, request: Request, public_id: str) -> Response:
        """Read for both sides; recording is the seller's."""
        invoice: Invoice = self.get_object()  # type: ignore[attr-defined]
        if request.method != "POST":
            face = wanted_face(invoice, kind=Kind.SPECIAL) if invoice.takes_tax_invoice else None
            wanted = None if face is None else face.dump()
            found = TaxInvoice.objects.filter(invoice=invoice).listed()
            return Response(TaxInvoicesOut({"wanted": wanted, "data": found}).data)
        require_scope(request, Scope.INVOICES_WRITE)
        given = TaxInvoiceIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data | {"kind": Kind(given.validated_data["kind"])}
        made = actions.record_typed(invoice=invoice, by=request.user, at=clock.now(), **values)  # type: ignore[arg-type]
        return _made(made)

    @extend_schema(
        tags=["invoices"],
        summary="Record the official e-invoice from its XML",
        request={"multipart/form-data": TaxFileIn},
        responses={201: TaxInvoiceOut},
    )
    @action(
        detail=True, methods=["post"], url_path="tax-invoices/xml", parser_classes=[MultiPartParser], **WHOLE
    )
    def tax_invoice_xml(self, request: Request, public_id: str) -> Response:
        """Read the file that the bureau hands out, compare it with the invoice, and keep both."""
        require_scope(request, Scope.INVOICES_WRITE)
        invoice: Invoice = self.get_object()  # type: ignore[attr-defined]
        data = _file(request)
        return _made(actions.record_file(invoice=invoice, data=data, by=request.user, at=clock.now()))  # type: ignore[arg-type]

    @extend_schema(
        tags=["invoices"],
        summary="Keep a file of a recorded official e-invoice",
        parameters=[ITEM],
        request={"multipart/form-data": TaxFileIn},
        responses={201: TaxDocumentOut},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="tax-invoices/(?P<item>[^/.]+)/documents",
        parser_classes=[MultiPartParser],
        **WHOLE,
    )
    def tax_invoice_documents(self, request: Request, public_id: str, item: str) -> Response:
        """Each form is kept once, byte for byte."""
        require_scope(request, Scope.INVOICES_WRITE)
        kept = actions.attach(
            tax_invoice=self._tax_invoice(item),
            data=_file(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(TaxDocumentOut(kept).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["invoices"],
        summary="A file of an official e-invoice",
        parameters=[ITEM],
        responses=dict.fromkeys(((200, kind) for kind in MEDIA_TYPES.values()), OpenApiTypes.BINARY),
    )
    @action(detail=True, url_path="tax-invoices/(?P<item>[^/.]+)/documents/(?P<form>XML|OFD|PDF)", **WHOLE)
    def tax_invoice_document(self, request: Request, public_id: str, item: str, form: str) -> HttpResponse:
        """Give the bytes as they were kept."""
        return _download(get_object_or_404(self._tax_invoice(item).documents, form=form))

    @extend_schema(
        tags=["invoices"],
        summary="Take a record back that was made in error",
        parameters=[ITEM],
        request=WithdrawIn,
        responses=TaxInvoiceOut,
    )
    @action(detail=True, methods=["post"], url_path="tax-invoices/(?P<item>[^/.]+)/withdraw", **WHOLE)
    def tax_invoice_withdraw(self, request: Request, public_id: str, item: str) -> Response:
        """The bureau's invoice is not touched by it; another one can be recorded then."""
        require_scope(request, Scope.INVOICES_WRITE)
        found = self._tax_invoice(item)
        given = WithdrawIn(data=request.data)
        given.is_valid(raise_exception=True)
        why = given.validated_data["why"]
        actions.withdraw(tax_invoice=found, why=why, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(TaxInvoiceOut(_fresh(found)).data)

    def _tax_invoice(self, item: str) -> TaxInvoice:
        invoice: Invoice = self.get_object()  # type: ignore[attr-defined]
        return get_object_or_404(TaxInvoice.objects.filter(invoice=invoice).listed(), public_id=item)


def _download(found: TaxDocument) -> HttpResponse:
    """Hand a file out to be saved; browsers open none of them."""
    headers = {
        "Content-Disposition": f'attachment; filename="{found.filename}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(found.content), content_type=found.media_type, headers=headers)


def _file(request: Request) -> bytes:
    given = TaxFileIn(data=request.data)
    given.is_valid(raise_exception=True)
    data: bytes = given.validated_data["file"].read(LARGEST + 1)
    return data


def _fresh(found: TaxInvoice) -> TaxInvoice:
    return TaxInvoice.objects.listed().get(pk=found.pk)


def _made(found: TaxInvoice) -> Response:
    return Response(TaxInvoiceOut(_fresh(found)).data, status=status.HTTP_201_CREATED)
