"""What an organization paid itself, over REST; amounts are in minor units of their currency (fen)."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers

from billing.payments.api.orders import PaymentsBase
from billing.payments.filters import PaymentMadeFilter
from billing.payments.models import Receipt
from billing.payments.queries.receipts import paid_by, uses_of
from marketplace.permissions import Permission, allowed
from marketplace.shared.declared import Expandable


class PaidInvoiceOut(serializers.Serializer[Any]):
    """What of a payment paid one invoice; ``invoice`` is ``null`` where it is another company's."""

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    invoice = serializers.CharField(source="invoice.public_id", default=None)
    number = serializers.CharField(source="invoice.number", default=None)
    amount_minor = serializers.IntegerField(source="amount.minor")


class PaymentMadeListOut(serializers.ListSerializer[Receipt]):
    """Payments of one page: what they paid is asked for at once."""

    def to_representation(self, data: Any) -> Any:
        rows = list(data)
        context: Any = self.context
        context["uses"] = uses_of(rows, context["within"])
        return super().to_representation(rows)


class PaymentMadeOut(serializers.ModelSerializer[Receipt]):
    """
    A payment of your company, the invoices that it paid, and what is left to your credit.

    ``bill_state`` is that of an acceptance bill: before it is HONOURED, what is left of it is no credit.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    bill_state = serializers.CharField(source="bill.state", default=None, allow_null=True, read_only=True)
    paid = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        list_serializer_class = PaymentMadeListOut
        fields = (
            "id",
            "source",
            "received_on",
            "amount_minor",
            "left_minor",
            "currency",
            "bill_state",
            "paid",
        )
        read_only_fields = fields

    @extend_schema_field(PaidInvoiceOut(many=True))
    def get_paid(self, row: Receipt) -> Any:
        uses = self.context.get("uses") or uses_of([row], self.context["within"])
        return PaidInvoiceOut(uses[row.pk], many=True).data


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="What your company paid, and what is left to its credit"),
    retrieve=extend_schema(tags=["payments"], summary="One payment of your company"),
)
class PaymentMadeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """An organization sees its own payments once they are known to be its, for who reads its invoices."""

    queryset = Receipt.objects.none()
    serializer_class = PaymentMadeOut
    filterset_class = PaymentMadeFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        within = self.scoped()
        rows = paid_by(within)
        return rows if allowed(self.request.user, Permission.INVOICE_READ, within=within) else rows.none()  # type: ignore[arg-type]

    def get_serializer_context(self) -> dict[str, Any]:
        found = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return found
        return found | {"within": self.scoped()}
