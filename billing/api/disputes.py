"""Disputes of invoice lines over REST."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import disputes
from billing.models import Invoice, InvoiceLine, LineDispute
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

LINE = r"lines/(?P<position>[0-9]{1,4})/dispute"


class LineDisputeOut(serializers.ModelSerializer[LineDispute]):
    """
    The buyer's word that a line is wrong, and what the seller decided.

    While it is ``OPEN`` what is left of the line is not due. ``conceded_minor`` is net, in the smallest coin.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    position = serializers.IntegerField(source="line.position", read_only=True)

    class Meta:
        model = LineDispute
        fields = (
            "id",
            "position",
            "reason",
            "raised_at",
            "answer_by",
            "outcome",
            "answer",
            "conceded_minor",
            "decided_at",
        )
        read_only_fields = fields


class DisputeIn(serializers.Serializer[None]):
    """Why the line is wrong."""

    reason = serializers.CharField(max_length=disputes.LONGEST)


class DisputeAnswerIn(serializers.Serializer[None]):
    """What the seller gives back of the line before tax, 0 for nothing, and why."""

    conceded_minor = serializers.IntegerField(min_value=0, max_value=10**15)
    reason = serializers.CharField(max_length=disputes.LONGEST)


class Disputes:
    """What is done about one line of an invoice; the line's invoice is found as elsewhere."""

    def get_object(self) -> Invoice:
        """Return the invoice that is asked for."""
        return super().get_object()  # type: ignore[misc]

    @extend_schema(
        tags=["invoices"],
        summary="Dispute a line of an invoice that you pay",
        operation_id="invoices_dispute",
        request=DisputeIn,
        responses={201: LineDisputeOut},
    )
    @action(detail=True, methods=["post"], url_path=LINE, filterset_class=None, pagination_class=None)
    def dispute(self, request: Request, public_id: str, position: str) -> Response:
        line = self._line(request, position)
        given = DisputeIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = disputes.dispute(line=line, **given.validated_data, **_by(request))
        return Response(LineDisputeOut(made).data, status=201)

    @extend_schema(
        tags=["invoices"],
        summary="Take your dispute of a line back",
        operation_id="invoices_withdraw_dispute",
        request=None,
        responses=LineDisputeOut,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=f"{LINE}/withdraw",
        filterset_class=None,
        pagination_class=None,
    )
    def withdraw_dispute(self, request: Request, public_id: str, position: str) -> Response:
        found = last_of(self._line(request, position))
        return Response(LineDisputeOut(disputes.withdraw(dispute=found, **_by(request))).data)

    @extend_schema(
        tags=["invoices"],
        summary="Decide on a disputed line that you sold",
        description="What is conceded is credited by the next correction of the period.",
        operation_id="invoices_answer_dispute",
        request=DisputeAnswerIn,
        responses=LineDisputeOut,
    )
    @action(
        detail=True, methods=["post"], url_path=f"{LINE}/answer", filterset_class=None, pagination_class=None
    )
    def answer_dispute(self, request: Request, public_id: str, position: str) -> Response:
        found = last_of(self._line(request, position))
        given = DisputeAnswerIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(
            LineDisputeOut(disputes.answer(dispute=found, **given.validated_data, **_by(request))).data
        )

    def _line(self, request: Request, position: str) -> InvoiceLine:
        require_scope(request, Scope.INVOICES_WRITE)
        return get_object_or_404(self.get_object().lines, position=position)


def last_of(line: InvoiceLine) -> LineDispute:
    """
    Return the last dispute of a line, which is the one that is open, if any is.

    :raises Http404: if it was never disputed
    """
    found = line.disputes.select_related("line__invoice").order_by("-pk")[:1]
    return get_object_or_404(LineDispute.objects.filter(pk__in=found.values("pk")))


def _by(request: Request) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}
