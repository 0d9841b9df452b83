"""Commission rates over REST: set by two people of the platform, read by those whom they concern."""

from datetime import date
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leasing.actions import commission
from leasing.api import commission_shapes as shapes
from leasing.filters import CommissionProposalFilter, CommissionRateFilter
from leasing.models import CommissionProposal, CommissionRate
from leasing.queries import commission as queries
from leasing.queries import organization_named
from leasing.rules.commission import LAST_DAY
from marketplace.models import Category, Organization
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

FIRST_DAY = date(2020, 1, 1)


def _reader(request: Request) -> Organization:
    """Return who acts, if it may read what it is billed; writing asks the action."""
    _scoped(request)
    acting = acting_organization(request)
    require(request.user, Permission.INVOICE_READ, within=acting)  # type: ignore[arg-type]
    return acting


def _scoped(request: Request) -> None:
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    require_scope(request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)


def _platform(request: Request) -> Organization:
    """Return the platform, if it acts; for everybody else there is nothing here."""
    _scoped(request)
    if acting_organization(request).kind != OrganizationKind.PLATFORM:
        raise Http404
    return _reader(request)


@extend_schema_view(
    list=extend_schema(tags=["commission"], summary="Commission rates, those that begin last first"),
    retrieve=extend_schema(tags=["commission"], summary="One commission rate"),
)
class CommissionRateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CommissionRate]
):
    """The platform reads all; owners those for all owners and for categories, and their own; others none."""

    queryset = CommissionRate.objects.none()
    serializer_class = shapes.CommissionRateOut
    filterset_class = CommissionRateFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reader = _reader(self.request)
        found = CommissionRate.objects.visible_within(reader)
        if reader.kind != OrganizationKind.PLATFORM and not queries.lets(reader):
            found = found.none()
        return found.select_related("category", "owner").order_by("-starts_on", "-pk")


@extend_schema_view(
    list=extend_schema(tags=["commission"], summary="Proposals for commission rates, the newest first"),
    retrieve=extend_schema(tags=["commission"], summary="One proposal for a commission rate"),
)
class CommissionProposalViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CommissionProposal]
):
    """For people of the platform: who proposes a rate does not approve it."""

    queryset = CommissionProposal.objects.none()
    serializer_class = shapes.CommissionProposalOut
    filterset_class = CommissionProposalFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        found = CommissionProposal.objects.visible_within(_platform(self.request))
        return found.select_related("category", "owner").order_by("-pk")

    @extend_schema(
        tags=["commission"],
        summary="Propose a commission rate; somebody else approves it",
        request=shapes.CommissionProposalIn,
        responses={201: shapes.CommissionProposalOut},
    )
    def create(self, request: Request) -> Response:
        _platform(request)
        given = _given(shapes.CommissionProposalIn, request.data)
        given |= {"category": _category(given["category"]), "owner": _owner(given["owner"])}
        made = commission.propose(**given, **self._who())
        return Response(shapes.CommissionProposalOut(made).data, status=status.HTTP_201_CREATED)

    @as_seen()
    @extend_schema(
        tags=["commission"],
        summary="Approve a commission rate that somebody else proposed",
        description=(
            "The rate before it ends where it begins. What was to begin for the same scope on its first day "
            "or later is replaced: it ends on the day on which it was to begin. Owners are told."
        ),
        request=None,
        responses=shapes.CommissionProposalOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def approve(self, request: Request, public_id: str) -> Response:
        done = commission.approve(proposal=self.get_object(), **self._who())
        return Response(shapes.CommissionProposalOut(done).data)

    @extend_schema(
        tags=["commission"],
        summary="Withdraw a proposal for a commission rate",
        request=None,
        responses=shapes.CommissionProposalOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def withdraw(self, request: Request, public_id: str) -> Response:
        done = commission.withdraw(proposal=self.get_object(), **self._who())
        return Response(shapes.CommissionProposalOut(done).data)

    def _who(self) -> dict[str, Any]:
        return {"within": acting_organization(self.request), "by": self.request.user, "at": clock.now()}


class CommissionPreview(APIView):
    """For people of the platform; nothing is written."""

    @extend_schema(
        tags=["commission"],
        summary="Which commission rate applies to whom on a day, and what it costs",
        operation_id="commission_preview",
        parameters=[shapes.CommissionPreviewIn],
        responses=shapes.CommissionAppliedOut,
    )
    def get(self, request: Request) -> Response:
        _platform(request)
        given = _given(shapes.CommissionPreviewIn, request.query_params)
        on = given.get("on") or clock.today()
        if not FIRST_DAY <= on <= LAST_DAY:
            raise exceptions.ValidationError({"on": [_("Enter a day from 2020 to 2999.")]})
        found = queries.preview(
            owner=_owner(given["owner"]),
            category=_category(given["category"]),
            on=on,
            net_minor=given["net_minor"],
        )
        return Response(shapes.CommissionAppliedOut(found).data)


class OwnCommission(APIView):
    """Of the acting organization, as an owner of machines."""

    @extend_schema(
        tags=["commission"],
        summary="The commission that applies to your offers today, and from which day another does",
        operation_id="commission_retrieve",
        responses=shapes.OwnCommissionsOut,
    )
    def get(self, request: Request) -> Response:
        found = queries.for_owner(_reader(request), on=clock.today())
        rows = [
            {
                "category": category.code if category else None,
                "category_name": category.label if category else "",
                "commission": applied,
            }
            for category, applied in found
        ]
        return Response(shapes.OwnCommissionsOut({"data": rows}).data)


def _given(shape: type[serializers.Serializer[Any]], sent: Any) -> dict[str, Any]:
    read = shape(data=sent)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _category(code: str | None) -> Category | None:
    if not code:
        return None
    found = Category.objects.filter(code=code).first()
    if found is None:
        raise exceptions.ValidationError({"category": [_("There is no such category.")]})
    return found


def _owner(named: str | None) -> Organization | None:
    if not named:
        return None
    found = organization_named(named)
    if found is None:
        raise exceptions.ValidationError({"owner": [_("There is no such organization.")]})
    return found
