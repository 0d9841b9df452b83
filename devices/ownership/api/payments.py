"""REST: money owed for data."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import payments
from devices.ownership.api.duties import WaiveIn
from devices.ownership.models import PaymentDuty
from devices.ownership.permissions import terms
from devices.ownership.rules.duties import State
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class PaymentDutyOut(serializers.ModelSerializer[PaymentDuty]):
    """What one organization owes another for data; ``amount`` in minor units."""

    id = serializers.CharField(source="public_id")
    debtor = serializers.CharField(source="debtor.public_id")
    creditor = serializers.CharField(source="creditor.public_id")
    state = serializers.SerializerMethodField()

    class Meta:
        model = PaymentDuty
        fields = ["id", "debtor", "creditor", "amount", "currency", "source", "subject", "due_at", "state"]
        fields += ["incurred_at", "paid_at", "reference", "waived_at", "waived_because"]
        read_only_fields = fields

    def get_state(self, duty: PaymentDuty) -> State:
        return duty.state(clock.now(), terms())


class SettleIn(serializers.Serializer[Any]):
    """Which payment it was."""

    reference = serializers.CharField(max_length=140)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Money owed for data, by you and to you"),
    retrieve=extend_schema(tags=["data rights"], summary="One payment owed for data"),
)
class PaymentDutyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PaymentDuty]
):
    """What the acting organization owes and is owed; the platform sees what is late too long."""

    serializer_class = PaymentDutyOut
    lookup_field = "public_id"
    queryset = PaymentDuty.objects.none()

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.INVOICES_READ)
        within = acting_organization(self.request)
        if not allowed(self.request.user, Permission.INVOICE_READ, within=within):  # type: ignore[arg-type]
            return PaymentDuty.objects.none()
        return PaymentDuty.objects.visible_in(within).shown()

    @extend_schema(
        tags=["data rights"],
        summary="Record that it was paid, as the creditor",
        request=SettleIn,
        responses=PaymentDutyOut,
    )
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, public_id: str) -> Response:
        within, duty = self._writer(request), self.get_object()
        given = SettleIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
        found = payments.settle(duty=duty, reference=given.validated_data["reference"], **who)
        return Response(PaymentDutyOut(found).data)

    @extend_schema(
        tags=["data rights"],
        summary="Do without a payment, as the creditor",
        request=WaiveIn,
        responses=PaymentDutyOut,
    )
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, public_id: str) -> Response:
        within, duty = self._writer(request), self.get_object()
        given = WaiveIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
        found = payments.waive(duty=duty, because=given.validated_data["because"], **who)
        return Response(PaymentDutyOut(found).data)

    def _writer(self, request: Request) -> Organization:
        require_scope(request, Scope.INVOICES_WRITE)
        within = acting_organization(request)
        require(request.user, Permission.INVOICE_RUN, within=within)  # type: ignore[arg-type]
        return within
