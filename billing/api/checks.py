"""The standing checks over REST: what was looked at and when, and what breaks a rule."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.filters import CheckFindingFilter
from billing.models import CheckFinding
from billing.queries.checks import Looked, findings_of, knows_lease_of, looked
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.declared import Expandable


class CheckOut(serializers.Serializer[Any]):
    """
    A check: the rule in words, when it last ran, how many findings of it stand that you may see.

    ``has_failed`` says that the last run could not look.
    """

    check = serializers.CharField(source="check.code")
    rule = serializers.CharField(source="check.says")
    looked_at = DateTimeField(source="at", allow_null=True)
    standing = serializers.IntegerField()
    has_failed = serializers.BooleanField()

    def to_representation(self, instance: Looked) -> dict[str, Any]:
        """Tell the rule in the language that was asked for."""
        found: dict[str, Any] = super().to_representation(instance)
        return found | {"rule": _(instance.check.says)}


class ChecksOut(serializers.Serializer[Any]):
    """All checks that you are told of."""

    data = CheckOut(many=True)  # type: ignore[assignment]


class CheckFindingOut(serializers.ModelSerializer[CheckFinding]):
    """
    What breaks a rule: in words, the two figures, for whom, since when, and the next step.

    ``expected`` and ``found`` are minor units where ``unit`` is a currency; else they count, or are a
    quantity of the meter ``unit``. ``failure`` is the reason if the check could not be run.
    """

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    check = serializers.CharField(source="code", read_only=True)
    rule = serializers.CharField(read_only=True)
    about = serializers.CharField(read_only=True)
    next_step = serializers.CharField(read_only=True)
    seller = serializers.CharField(source="seller.public_id", default=None, read_only=True, allow_null=True)
    lease = serializers.SerializerMethodField()
    invoice = serializers.CharField(source="invoice.public_id", default=None, read_only=True, allow_null=True)

    class Meta:
        model = CheckFinding
        fields = (
            "id",
            "check",
            "rule",
            "about",
            "next_step",
            "seller",
            "lease",
            "invoice",
            "expected",
            "found",
            "unit",
            "failure",
            "since",
            "solved_at",
        )
        read_only_fields = fields

    def get_lease(self, finding: CheckFinding) -> str | None:
        """Return the lease, for who may know it."""
        within = acting_organization(self.context["request"])
        return finding.lease.public_id if finding.lease and knows_lease_of(finding, within) else None


class CheckList(APIView):
    """Finance of the platform; of sellers those checks whose findings they are told."""

    @extend_schema(
        tags=["books"], summary="The standing checks and their last run", operation_id="checks_list",
        responses=ChecksOut,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        within = acting_organization(request)
        visible = findings_of(within, request.user)  # type: ignore[arg-type]
        return Response({"data": CheckOut(looked(within, visible), many=True).data})


@extend_schema_view(list=extend_schema(tags=["books"], summary="What the standing checks found"))
class CheckFindingViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[CheckFinding]):
    """Finance of the platform sees all, that of a seller what concerns its invoices."""

    queryset = CheckFinding.objects.none()
    serializer_class = CheckFindingOut
    filterset_class = CheckFindingFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the description is made without a reader
            return super().get_queryset()
        require_scope(self.request, Scope.INVOICES_READ)
        return findings_of(acting_organization(self.request), self.request.user)  # type: ignore[arg-type]
