"""Invoice runs over REST: ordered with 202, looked at until they are ready, approved, and looked at again."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import billing_modes, runs
from billing.api.run_shapes import (
    BillingModeIn,
    BillingModeOut,
    InvoiceRunIn,
    InvoiceRunOut,
    RunApprovalIn,
    RunItemOut,
    RunLeaveOutIn,
)
from billing.filters import InvoiceRunFilter, RunItemFilter
from billing.models import BillingMode, InvoiceRun, RunItem
from billing.permissions import runs_in
from billing.queries import items_with_parts
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

TAG = ["invoices"]


def visible_runs(request: Request) -> Any:
    """Return the runs of the acting organization, where the role of the caller reads invoices."""
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    require_scope(request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
    found = runs_in(acting_organization(request), request.user)  # type: ignore[arg-type]
    return found.select_related("organization", "maker", "approver")


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Invoice runs of your organization"),
    retrieve=extend_schema(tags=TAG, summary="One invoice run, and how far it is"),
)
class InvoiceRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[InvoiceRun]
):
    """Runs are seen by those of the organization who read invoices, and steered by those who run them."""

    queryset = InvoiceRun.objects.none()
    serializer_class = InvoiceRunOut
    filterset_class = InvoiceRunFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the description is made without a reader
            return super().get_queryset()
        return visible_runs(self.request)

    @extend_schema(
        tags=TAG,
        summary="Order a preview of what is due",
        description="Nothing is billed by it. Look at the run until its state is PREVIEWED.",
        request=InvoiceRunIn,
        responses={202: InvoiceRunOut},
    )
    def create(self, request: Request) -> Response:
        """Order the preview; the worker makes it."""
        require_scope(request, Scope.INVOICES_WRITE)
        given = InvoiceRunIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = runs.start(
            organization=acting_organization(request),
            cut_off=values["cut_off"],
            only=values["leases"],
            jump_percent=values["jump_percent"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        answer = Response(InvoiceRunOut(made).data, status=status.HTTP_202_ACCEPTED)
        answer["Location"] = f"{request.path}{made.public_id}/"
        return answer

    @extend_schema(
        tags=TAG,
        summary="Approve what the preview says",
        description="By another person than ordered it, if your organization has one who may.",
        request=RunApprovalIn,
        responses={202: InvoiceRunOut},
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def approve(self, request: Request, public_id: str) -> Response:
        """Approve the preview with a digest; the worker issues what it says."""
        run = self.get_object()
        given = RunApprovalIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = runs.approve(run=run, digest=given.validated_data["digest"], **who)
        return Response(InvoiceRunOut(made).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(tags=TAG, summary="Cancel an invoice run", request=None, responses=InvoiceRunOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, public_id: str) -> Response:
        """Cancel a run that has issued nothing yet."""
        made = runs.cancel(run=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(InvoiceRunOut(made).data)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Leases and periods of an invoice run"),
    retrieve=extend_schema(tags=TAG, summary="One lease and period of an invoice run"),
)
class RunItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RunItem]):
    """What stands in a run, with the parts that its organization sells; the platform sees all."""

    queryset = RunItem.objects.none()
    serializer_class = RunItemOut
    filterset_class = RunItemFilter
    lookup_field = "public_id"
    lookup_url_kwarg = "item"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the description is made without a reader
            return super().get_queryset()
        run = get_object_or_404(visible_runs(self.request), public_id=self.kwargs["public_id"])
        return items_with_parts(run)

    @extend_schema(
        tags=TAG, summary="Leave a lease out of a run", request=RunLeaveOutIn, responses=RunItemOut
    )
    @action(detail=True, methods=["post"], filterset_class=None, url_path="leave-out")
    def leave_out(self, request: Request, public_id: str, item: str) -> Response:
        """Leave the lease out, with all its periods in the run; the digest of the preview changes."""
        found = self.get_object()
        given = RunLeaveOutIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        runs.leave_out(item=found, reason=given.validated_data["reason"], **who)
        return Response(RunItemOut(self.get_object()).data)

    @extend_schema(tags=TAG, summary="Put a lease back that was left out", request=None, responses=RunItemOut)
    @action(detail=True, methods=["post"], filterset_class=None, url_path="put-back")
    def put_back(self, request: Request, public_id: str, item: str) -> Response:
        """Bill the lease after all; the digest of the preview changes."""
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        runs.put_back(item=self.get_object(), **who)
        return Response(RunItemOut(self.get_object()).data)


class BillingModeView(APIView):
    """Seen by everybody of the organization, chosen by its administrators."""

    @extend_schema(
        tags=TAG,
        summary="How your leases are billed",
        operation_id="billing_mode",
        responses=BillingModeOut,
    )
    def get(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        within = acting_organization(request)
        require(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]
        return Response(_mode(request))

    @as_seen("api-billing-mode")
    @extend_schema(
        tags=TAG,
        summary="Choose how your leases are billed",
        operation_id="billing_mode_choose",
        request=BillingModeIn,
        responses=BillingModeOut,
    )
    def put(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        given = BillingModeIn(data=request.data)
        given.is_valid(raise_exception=True)
        billing_modes.choose(
            organization=acting_organization(request),
            mode=given.validated_data["mode"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(_mode(request))


def _mode(request: Request) -> dict[str, Any]:
    organization = acting_organization(request)
    return BillingModeOut(
        {"organization": organization.public_id, "mode": BillingMode.objects.of(organization)}
    ).data
