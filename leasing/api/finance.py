"""Finance leases over REST: instalments, the register's entries, and licences of lessors."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import finance, finance_licences
from leasing.models import FinanceInstalment, FinanceLease, FinanceLicence, FinanceRegistration, Lease
from leasing.queries import organization_named
from leasing.rules.finance_registrations import State, warning
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class FinanceInstalmentOut(serializers.ModelSerializer[FinanceInstalment]):
    """A payment in minor units before tax, due on a day where the lease is."""

    payment_minor = serializers.IntegerField(read_only=True)

    class Meta:
        model = FinanceInstalment
        fields = ("number", "due_on", "principal_minor", "interest_minor", "payment_minor")
        read_only_fields = fields


class FinanceEntryOut(serializers.ModelSerializer[FinanceRegistration]):
    """An entry in the register; ``expires_on`` is the last day on which it holds."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = FinanceRegistration
        fields = ("id", "position", "kind", "number", "on", "expires_on", "note", "made_by_name", "made_at")
        read_only_fields = fields


class FinanceOut(serializers.Serializer[Any]):
    """
    The finance side of a lease; of an operating lease, or before the contract, everything is empty.

    ``warning`` says what the sides risk while ``state`` is not REGISTERED; the lease is valid all the same.
    """

    is_finance = serializers.BooleanField()
    principal_minor = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    end = serializers.ChoiceField(choices=FinanceLease.AtEnd.choices, allow_null=True)
    nominal_price_minor = serializers.IntegerField(allow_null=True)
    licence = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=[each.value for each in State])
    warning = serializers.CharField(allow_blank=True)
    instalments = FinanceInstalmentOut(many=True)
    registrations = FinanceEntryOut(many=True)


class FinanceEntryIn(serializers.Serializer[Any]):
    """What was entered in the unified registration system, by its number and day."""

    kind = serializers.ChoiceField(choices=FinanceRegistration.Entered.choices)
    number = serializers.CharField(max_length=40)
    on = serializers.DateField()
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class FinanceActions:
    """Sub-resources of a lease; mixed into its view set."""

    @extend_schema(
        tags=["leases"], summary="Instalments and registration of a finance lease", responses=FinanceOut
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def finance(self, request: Request, public_id: str) -> Response:
        """Give the schedule, the register's entries and what is at risk."""
        return Response(_finance(self.get_object()))  # type: ignore[attr-defined]

    @extend_schema(
        tags=["leases"],
        summary="Record an entry in the register, as the lessor",
        request=FinanceEntryIn,
        responses={201: FinanceOut},
    )
    @action(detail=True, methods=["post"], url_path="finance/registrations", filterset_class=None)
    def finance_registrations(self, request: Request, public_id: str) -> Response:
        """Record that it was registered, amended, extended or cancelled there."""
        given = self.given(FinanceEntryIn)  # type: ignore[attr-defined]
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if acting_organization(request) != lease.lessor:
            raise MissingRight(organization=lease.lessor.name)
        finance.register(lease=lease, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
        return Response(_finance(lease), status=status.HTTP_201_CREATED)


class FinanceLicenceOut(serializers.ModelSerializer[FinanceLicence]):
    """What the platform found of a company's licence; the last entry of a company counts."""

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    holds_now = serializers.SerializerMethodField()

    class Meta:
        model = FinanceLicence
        fields = (
            "id",
            "organization",
            "organization_name",
            "number",
            "authority",
            "valid_from",
            "valid_until",
            "holds_now",
            "made_at",
        )
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_holds_now(self, licence: FinanceLicence) -> bool:
        return licence.holds_on(clock.today())


class FinanceLicenceIn(serializers.Serializer[Any]):
    """``organization`` is a public id or a credit code; one that was withdrawn ends on ``valid_until``."""

    organization = serializers.CharField(max_length=30)
    number = serializers.CharField(max_length=60)
    authority = serializers.CharField(max_length=120)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Licences for finance leases, your own, the newest first")
)
class FinanceLicenceViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[FinanceLicence]):
    """Only a licensed company may be the lessor of a finance lease; the platform records licences."""

    queryset = FinanceLicence.objects.none()
    serializer_class = FinanceLicenceOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.LEASES_READ)
        visible = FinanceLicence.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if isinstance(self.request.auth, ApiKey):
            visible = visible.filter(organization=self.request.auth.organization)
        return visible.select_related("organization").order_by("-pk")

    @extend_schema(
        tags=["leases"],
        summary="Record a licence, as the platform",
        request=FinanceLicenceIn,
        responses={201: FinanceLicenceOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        platform = acting_organization(request)
        require(request.user, Permission.LICENCE_RECORD, within=platform)  # type: ignore[arg-type]
        given = FinanceLicenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        found = organization_named(values.pop("organization"))
        if found is None:
            raise exceptions.ValidationError({"organization": [_("There is no such organization.")]})
        made = finance_licences.record(
            platform=platform,
            organization=found,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **values,
        )
        return Response(FinanceLicenceOut(made).data, status=status.HTTP_201_CREATED)


def _finance(lease: Lease) -> dict[str, Any]:
    """Return the body for a lease, whatever it is."""
    kept = FinanceLease.objects.select_related("licence").prefetch_related("instalments", "registrations")
    found = kept.filter(lease=lease).first()
    entries = found.entries() if found else []
    today = clock.now().astimezone(lease.agreed.zone).date()
    said = warning(entries, today) if found else None
    body = {
        "is_finance": found is not None,
        "principal_minor": found.principal_minor if found else None,
        "currency": found.currency if found else "",
        "end": found.end if found else None,
        "nominal_price_minor": found.nominal_price_minor if found else None,
        "licence": found.licence.number if found else "",
        "state": found.state_on(today) if found else State.NONE,
        "warning": _(said[0]).format(**said[1]) if said else "",
        "instalments": found.instalments.all() if found else [],
        "registrations": found.registrations.all() if found else [],
    }
    return dict(FinanceOut(body).data)
