"""Licences to lend and loan products over REST."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import loan_licences, loan_products
from billing.api.loan_product_shapes import LoanLicenceIn, LoanLicenceOut, LoanProductIn, LoanProductOut
from billing.filters import LoanProductFilter
from billing.models import LoanLicence, LoanProduct
from billing.models.loan_products import local_day
from billing.rules.loan_states import Purpose
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import acting_organization, organization_named, require_scope
from marketplace.rules.instalments import DayCount, Method
from marketplace.shared import clock


@extend_schema_view(
    list=extend_schema(tags=["loans"], summary="Licences to lend, your own, the newest first")
)
class LoanLicenceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[LoanLicence]):
    """Only a licensed lender publishes loans; the platform records licences, and sees all of them."""

    queryset = LoanLicence.objects.none()
    serializer_class = LoanLicenceOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.INVOICES_READ)
        visible = LoanLicence.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        within = acting_organization(self.request)
        if isinstance(self.request.auth, ApiKey) and within.kind != OrganizationKind.PLATFORM:
            visible = visible.filter(organization=within)
        return visible.select_related("organization").order_by("-pk")

    @extend_schema(
        tags=["loans"],
        summary="Record a licence to lend, as the platform",
        request=LoanLicenceIn,
        responses={201: LoanLicenceOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        platform = acting_organization(request)
        require(request.user, Permission.LICENCE_RECORD, within=platform)  # type: ignore[arg-type]
        if platform.kind != OrganizationKind.PLATFORM:
            raise MissingRight(organization=platform.name)
        given = LoanLicenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        found = organization_named(values.pop("organization"))
        if found is None:
            raise exceptions.ValidationError({"organization": [_("There is no such organization.")]})
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = loan_licences.record(platform=platform, organization=found, **values, **who)
        return Response(LoanLicenceOut(made).data, status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(tags=["loans"], summary="Loan products on offer, and all of your own"),
    retrieve=extend_schema(tags=["loans"], summary="One loan product"),
)
class LoanProductViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LoanProduct]
):
    """What licensed lenders offer is told to everybody who is signed in."""

    queryset = LoanProduct.objects.none()
    serializer_class = LoanProductOut
    filterset_class = LoanProductFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
        seen = LoanProduct.objects.seen_by(acting_organization(self.request), local_day(clock.now()))
        return seen.select_related("lender").order_by("-pk")

    @extend_schema(
        tags=["loans"],
        summary="Publish a loan product, as a licensed lender",
        request=LoanProductIn,
        responses={201: LoanProductOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        lender = acting_organization(request)
        require(request.user, Permission.LOAN_DECIDE, within=lender)  # type: ignore[arg-type]
        given = LoanProductIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        read = {"purpose": Purpose, "method": Method, "day_count": DayCount}
        wanted = loan_products.Wanted(**values | {name: kind(values[name]) for name, kind in read.items()})
        made = loan_products.publish(lender=lender, wanted=wanted, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(LoanProductOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["loans"], summary="Withdraw your loan product", request=None, responses=LoanProductOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def withdraw(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = loan_products.withdraw(product=found, within=acting_organization(request), **who)
        return Response(LoanProductOut(made).data)
