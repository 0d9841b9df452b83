"""Corrections of billed periods, and the statement of a period, over REST."""

from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import corrections
from billing.api.serializers import InvoiceOut, StandingOut
from billing.gateway import papers
from billing.models import CorrectedDay, Correction, Invoice
from billing.models.invoices import InvoiceQuerySet
from billing.permissions import lease_with_books, readable_in
from billing.queries import billed_days, statement_of, statement_paper
from billing.rules.reasons import Reason
from billing.rules.standing import Frozen, added
from leasing.models import Lease
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import PdfRenderer, pdf_answer
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.money import Money

REASON = serializers.ChoiceField([str(reason) for reason in Reason])


class DayReasonOut(serializers.Serializer[Any]):
    """Why a day changed; ``id`` names the review item, inspection or meter change that shows it."""

    reason = serializers.ChoiceField([str(reason) for reason in Reason])
    id = serializers.CharField(allow_blank=True)


class CorrectedDayOut(serializers.ModelSerializer[CorrectedDay]):
    """A day that changed, in the meter's unit: what was billed of it, and what it amounts to now."""

    day = serializers.DateField(source="after.local_day", read_only=True)
    meter = serializers.CharField(source="after.meter", read_only=True)
    before = serializers.SerializerMethodField()
    after = serializers.DecimalField(
        source="after.quantity", max_digits=40, decimal_places=18, normalize_output=True, read_only=True
    )
    version = serializers.IntegerField(source="after.version", read_only=True)
    reasons = DayReasonOut(many=True, read_only=True)

    class Meta:
        model = CorrectedDay
        fields = ("day", "meter", "before", "after", "version", "reasons")
        read_only_fields = fields

    def get_before(self, found: CorrectedDay) -> str:
        """What was billed of the day until then; 0 if nothing."""
        return format(found.before.quantity.normalize(), "f") if found.before else "0"


class CorrectionOut(serializers.ModelSerializer[Correction]):
    """
    What a run found for a billed period, by two limits: the end of the period and, per device, an arrival.

    ``WAITING`` ones are above what passes by itself; their notes are issued when a seller approves them.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    reasons = serializers.ListField(child=REASON, read_only=True)
    arrivals = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    notes = InvoiceOut(many=True, read_only=True)
    days = CorrectedDayOut(many=True, read_only=True)

    class Meta:
        model = Correction
        fields = (
            "id",
            "period_start",
            "event_limit",
            "arrivals",
            "outcome",
            "reasons",
            "made_at",
            "approved_at",
            "notes",
            "days",
        )
        read_only_fields = fields


class CorrectionsOut(serializers.Serializer[Any]):
    """The corrections of a lease, the newest first."""

    data = CorrectionOut(many=True)  # type: ignore[assignment]


class SellerStatementOut(serializers.Serializer[Any]):
    """What one seller issued: an invoice, then notes."""

    seller = serializers.CharField()
    seller_name = serializers.CharField()
    sums = StandingOut()
    documents = InvoiceOut(many=True)


class LeaseStatementOut(serializers.Serializer[Any]):
    """One period of a lease over all its sellers; ``periods`` are the first days of those that are billed."""

    lease = serializers.CharField()
    period = serializers.DateField(allow_null=True)
    periods = serializers.ListField(child=serializers.DateField())
    sums = StandingOut(allow_null=True)
    sellers = SellerStatementOut(many=True)


class StatementIn(serializers.Serializer[None]):
    """Which period."""

    period = serializers.DateField(required=False)


class LeaseCorrections(APIView):
    """Seen by both sides of the lease, where the role reads invoices, and the platform."""

    @extend_schema(
        tags=["leases"],
        summary="What was found when billed periods of a lease were billed again",
        operation_id="leases_corrections",
        responses=CorrectionsOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        lease = _lease(request, public_id, Scope.INVOICES_READ)
        return Response(
            {"data": CorrectionOut(_corrections(request, lease), many=True, context=_inside(lease)).data}
        )


class CorrectionApprove(APIView):
    """The lessor or the platform, where the role runs invoices."""

    @extend_schema(
        tags=["leases"],
        summary="Let the notes of a correction that waits be issued",
        operation_id="leases_correction_approve",
        request=None,
        responses=CorrectionOut,
    )
    def post(self, request: Request, public_id: str, item: str) -> Response:
        lease = _lease(request, public_id, Scope.INVOICES_WRITE)
        found = get_object_or_404(lease.corrections, public_id=item)
        corrections.approve(
            correction=found,
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(
            CorrectionOut(_corrections(request, lease).get(pk=found.pk), context=_inside(lease)).data
        )


class LeaseStatement(APIView):
    """Seen by both sides of the lease, where the role reads invoices, and the platform."""

    @extend_schema(
        tags=["leases"],
        summary="What is owed for one period of a lease, seller by seller",
        description="Without `period` it is the newest that is billed. The lessor sees what it sold itself.",
        operation_id="leases_statement",
        parameters=[OpenApiParameter("period", date, description="The first local day of the period.")],
        responses=LeaseStatementOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        lease = _lease(request, public_id, Scope.INVOICES_READ)
        asked = StatementIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        mine = readable_invoices(request)
        days = billed_days(lease, mine)
        day = asked.validated_data.get("period") or next(iter(days), None)
        parts = statement_of(lease, days[day], mine) if day in days else []
        currency = lease.agreed.price_plan.currency
        return Response(
            LeaseStatementOut(
                {
                    "lease": lease.public_id,
                    "period": day,
                    "periods": list(days),
                    "sums": _sums(added(part.sums for part in parts), currency) if parts else None,
                    "sellers": [
                        {
                            "seller": part.versions[0].seller.public_id,
                            "seller_name": part.versions[0].seller.name,
                            "sums": _sums(part.sums, currency),
                            "documents": part.versions,
                        }
                        for part in parts
                    ],
                },
                context=_inside(lease),
            ).data
        )


class LeaseStatementPdf(APIView):
    """Seen by those who read the statement, each with what it reads there."""

    renderer_classes = (JSONRenderer, PdfRenderer)

    @extend_schema(
        tags=["leases"],
        summary="The statement of a period as a PDF file",
        description="PDF/A-2b, in Chinese. Nothing is found where nothing is billed.",
        operation_id="leases_statement_pdf",
        parameters=[OpenApiParameter("period", date, description="The first local day of the period.")],
        responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        lease = _lease(request, public_id, Scope.INVOICES_READ)
        asked = StatementIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        mine = readable_invoices(request)
        days = billed_days(lease, mine)
        day = asked.validated_data.get("period") or next(iter(days), None)
        if day not in days:
            raise Http404
        made = statement_paper(lease, statement_of(lease, days[day], mine))
        return pdf_answer(papers.statement_pdf(made), f"statement-{lease.number}-{day}.pdf")


def readable_invoices(request: Request) -> InvoiceQuerySet:
    """Return the invoices that the caller reads: those of a key's organization, or of all of a person's."""
    if isinstance(request.auth, ApiKey):
        return readable_in(request.auth.organization, request.user)  # type: ignore[arg-type]
    return Invoice.objects.visible_to(request.user)  # type: ignore[arg-type]


def _lease(request: Request, public_id: str, scope: Scope) -> Lease:
    require_scope(request, scope)
    if isinstance(request.auth, ApiKey):
        get_object_or_404(Lease.objects.of(request.auth.organization), public_id=public_id)
    return lease_with_books(public_id, request.user)  # type: ignore[arg-type]


def _corrections(request: Request, lease: Lease) -> Any:
    mine = readable_invoices(request).with_parties().order_by("pk")
    about = Correction.objects.filter(lease=lease).order_by("-pk")
    return about.prefetch_related(Prefetch("notes", mine), "days__before", "days__after")


def _inside(lease: Lease) -> dict[str, Any]:
    """Return the context of answers to those who may read the lease's books: they know the lease."""
    return {"readers": [lease.lessor]}


def _sums(found: Frozen, currency: str) -> dict[str, Money]:
    amounts = {"billed": found.billed, "disputed": found.disputed, "due": found.due}
    return {name: Money(minor, currency) for name, minor in amounts.items()}
