"""Invoices over REST, down to the windows that a line was counted from."""

from typing import Any

from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from billing.actions import bundles
from billing.actions.turning_away import turn_away
from billing.api.disputes import Disputes
from billing.api.late_interest import Interest
from billing.api.red_letters import RedLetterActions
from billing.api.serializers import InvoiceDetailOut, InvoiceOut, UsageDayOut
from billing.api.tax_invoices import TaxInvoiceActions
from billing.filters import InvoiceFilter
from billing.gateway import papers
from billing.models import Invoice, InvoiceLine, WindowSet
from billing.permissions import readable, readable_in
from billing.queries import completeness, document_of
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import PdfRenderer, pdf_answer
from marketplace.models import ApiKey, Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

ZIP = "application/zip"


class ZipRenderer(JSONRenderer):
    """Lets clients ask for a ZIP; what is refused is JSON all the same."""

    media_type = ZIP
    format = "zip"


class EvidenceIn(serializers.Serializer[Any]):
    """Where the deliveries in a bundle begin."""

    HANDOVER, PERIOD = "handover", "period"

    begin = serializers.ChoiceField(
        choices=[HANDOVER, PERIOD],
        default=HANDOVER,
        help_text=(
            "`period` leaves out the deliveries before the period. Counting then begins from a state that "
            "the bundle of the period before proves."
        ),
    )


@extend_schema_view(
    list=extend_schema(tags=["invoices"], summary="Invoices that you sold or bought"),
    retrieve=extend_schema(
        tags=["invoices"], summary="One invoice with lines and steps", responses=InvoiceDetailOut
    ),
)
class InvoiceViewSet(
    Disputes,
    Interest,
    TaxInvoiceActions,
    RedLetterActions,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Invoice],
):
    """Seen by seller, buyer and the platform."""

    queryset = Invoice.objects.none()
    serializer_class = InvoiceOut
    filterset_class = InvoiceFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the description is made without a reader
            return super().get_queryset()
        require_scope(self.request, Scope.INVOICES_READ)
        if isinstance(self.request.auth, ApiKey):
            found = readable_in(self.request.auth.organization, self.request.user)  # type: ignore[arg-type]
        else:
            found = Invoice.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        lines = InvoiceLine.objects.select_related("fact")
        return (
            found.with_parties().prefetch_related(Prefetch("lines", lines))
            if self.detail
            else found.with_parties()
        )

    def get_serializer_context(self) -> dict[str, Any]:
        """Say for which organizations somebody reads: who is no side of a lease is not told of it."""
        context = dict(super().get_serializer_context())
        if isinstance(self.request.auth, ApiKey):
            return context | {"readers": [self.request.auth.organization]}
        mine = () if self.request.user.is_anonymous else Organization.objects.of(self.request.user)
        return context | {"readers": list(mine)}

    def get_object(self) -> Invoice:
        """Return the invoice; an insider whose role may not read it is told so, a stranger finds nothing."""
        try:
            return super().get_object()
        except Http404:
            readable(self.kwargs["public_id"], self.request.user)  # type: ignore[arg-type]
            raise

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return InvoiceDetailOut if self.action == "retrieve" else InvoiceOut

    @extend_schema(
        tags=["invoices"],
        summary="The usage windows that a line was counted from",
        responses=UsageDayOut(many=True),
    )
    @action(
        detail=True,
        url_path=r"lines/(?P<position>[0-9]{1,4})/windows",
        filterset_class=None,
        pagination_class=None,
    )
    def windows(self, request: Request, public_id: str, position: str) -> Response:
        line = get_object_or_404(self.get_object().lines, position=position)
        sets = WindowSet.objects.filter(pk__in=line.usage.values("window_set")).prefetch_related("windows")
        found = sets.select_related("unit__lease", "device").order_by("local_day", "unit")
        lease = line.invoice.lease
        if lease is None:  # no machine counted a slot
            return Response({"data": []})
        context = {"about": completeness(lease, clock.now())}
        return Response({"data": UsageDayOut(found, many=True, context=context).data})

    @extend_schema(
        tags=["invoices"],
        summary="An invoice or a note as a PDF file",
        description="PDF/A-2b, in Chinese; the same document is the same file. A draft says that it is one.",
        operation_id="invoices_pdf",
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    @action(
        detail=True, filter_backends=[], pagination_class=None, renderer_classes=[JSONRenderer, PdfRenderer]
    )
    def pdf(self, request: Request, public_id: str) -> HttpResponse:
        """Give the paper, to print and to keep."""
        found = self.get_object()
        return pdf_answer(papers.invoice_pdf(document_of(found)), f"{found.file_name}.pdf")

    @extend_schema(
        tags=["invoices"],
        summary="All that is needed to check an issued invoice without the platform, as a ZIP",
        description=(
            "Run `verify.py` in it. The readings of the channels that the count rules name, with the proofs "
            "that none was left out or changed; of all others the digests. The read stands in the access log."
        ),
        operation_id="invoices_evidence",
        parameters=[EvidenceIn],
        responses={(200, ZIP): OpenApiTypes.BINARY},
    )
    @action(
        detail=True, filter_backends=[], pagination_class=None, renderer_classes=[JSONRenderer, ZipRenderer]
    )
    def evidence(self, request: Request, public_id: str) -> FileResponse:
        require_scope(request, Scope.TELEMETRY_READ)
        mine: dict[str, Any] = {"within": acting_organization(request), "by": request.user}
        try:
            invoice = self.get_object()
        except Http404:
            turn_away(public_id=public_id, at=clock.now(), **mine)
            raise
        asked = EvidenceIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        mine["from_handover"] = asked.validated_data["begin"] == EvidenceIn.HANDOVER
        packed = bundles.in_a_file(invoice=invoice, at=clock.now(), **mine)
        return FileResponse(packed, as_attachment=True, filename=f"{invoice.number}.zip", content_type=ZIP)
