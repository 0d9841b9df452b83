"""REST: how far a lessor trusts its lessees."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import limits
from leasing.models import CreditLimit
from leasing.queries import organization_named
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen


class CreditLimitOut(serializers.ModelSerializer[CreditLimit]):
    """A version of a limit; without ``lessee`` it is for all, without ``amount_minor`` no limit is asked."""

    id = serializers.CharField(source="public_id", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True, allow_null=True, default=None)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True, default="")

    class Meta:
        model = CreditLimit
        fields = (
            "id",
            "lessee",
            "lessee_name",
            "amount_minor",
            "currency",
            "longest_months",
            "valid_from",
            "valid_until",
            "reason",
            "made_by_name",
            "made_at",
        )
        read_only_fields = fields


class CreditLimitIn(serializers.Serializer[Any]):
    """A new version; ``lessee`` is a public id or a credit code, ``amount_minor`` is in minor units."""

    lessee = serializers.CharField(max_length=30, required=False, allow_null=True, default=None)
    amount_minor = serializers.IntegerField(required=False, allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, required=False, default="CNY")
    longest_months = serializers.IntegerField(required=False, allow_null=True, default=None)
    valid_from = DateTimeField(required=False, allow_null=True, default=None)
    valid_until = DateTimeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=2000)


@extend_schema_view(list=extend_schema(tags=["leases"], summary="Your credit limits, the newest first"))
class CreditLimitViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[CreditLimit]):
    """The limits that the acting organization has set, for those who may set them."""

    queryset = CreditLimit.objects.none()
    serializer_class = CreditLimitOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.LEASES_READ)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.CREDIT_EDIT, within=organization)  # type: ignore[arg-type]
        return CreditLimit.objects.visible_within(organization).select_related("lessee").order_by("-pk")

    @as_seen("api-credit-limit-list")
    @extend_schema(
        tags=["leases"], summary="Set a limit", request=CreditLimitIn, responses={201: CreditLimitOut}
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        body = CreditLimitIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        named = given.pop("lessee")
        lessee = organization_named(named) if named else None
        if named and lessee is None:
            raise exceptions.ValidationError({"lessee": [_("There is no such organization.")]})
        made = limits.grant(
            lessor=acting_organization(request),
            lessee=lessee,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given,
        )
        return Response(CreditLimitOut(made).data, status=status.HTTP_201_CREATED)
