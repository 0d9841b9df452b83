"""Late interest over REST: terms of sellers, and what one invoice bears."""

from datetime import date
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import dunning_stops, late_interest, late_terms
from billing.models import InterestClaim, InterestWaiver, Invoice, LateTerms
from billing.queries.late_interest import Account, account_of
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

TAG = ["reminders"]
WAIVER = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the waiver.")


class LateTermsOut(serializers.ModelSerializer[LateTerms]):
    """
    What a seller asks for late payment of invoices issued from ``valid_from`` on; rates are shares of one.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    seller = serializers.CharField(source="seller.public_id", read_only=True)

    class Meta:
        model = LateTerms
        fields = (
            "id",
            "seller",
            "valid_from",
            "rate",
            "per",
            "day_count",
            "grace_days",
            "cap",
            "waived_alone_minor",
            "made_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: LateTerms) -> dict[str, Any]:
        """Leave out for buyers up to what sum one person of the seller lets interest off alone."""
        told = super().to_representation(instance)
        if instance.seller_id != acting_organization(self.context["request"]).pk:
            told["waived_alone_minor"] = None
        return told


class LateTermsIn(serializers.Serializer[None]):
    """Terms to announce; without a rate the law's table is asked."""

    valid_from = serializers.DateField()
    rate = serializers.DecimalField(max_digits=9, decimal_places=8, allow_null=True, default=None)
    per = serializers.ChoiceField(choices=LateTerms.Per.choices, default=LateTerms.Per.DAY)
    day_count = serializers.IntegerField(min_value=1, max_value=366, default=365)
    grace_days = serializers.IntegerField(min_value=0, max_value=late_terms.MOST_GRACE, default=0)
    cap = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True, default=None)
    waived_alone_minor = serializers.IntegerField(min_value=0, max_value=late_terms.MOST_MINOR, default=0)


class InterestStretchOut(serializers.Serializer[Any]):
    """Days from ``start`` up to and without ``end`` on which the same amount was open."""

    start = serializers.DateField()
    end = serializers.DateField()
    days = serializers.IntegerField()
    base = serializers.CharField()
    rate = serializers.CharField(help_text="Per cent a day.")
    amount = serializers.CharField()


class InterestOut(serializers.Serializer[Any]):
    """The late interest of an invoice through a day, tax included, in the smallest coin."""

    invoice = serializers.CharField()
    through = serializers.DateField()
    terms = serializers.CharField(allow_null=True, help_text="None: it bears none.")
    currency = serializers.CharField()
    stretches = InterestStretchOut(many=True)
    total_minor = serializers.IntegerField()
    waived_minor = serializers.IntegerField()
    claimed_minor = serializers.IntegerField()
    to_claim_minor = serializers.IntegerField()
    documents = serializers.ListField(child=serializers.CharField())


class InterestThroughIn(serializers.Serializer[None]):
    """The day through which interest is computed, itself not counted; today if none is given."""

    through = serializers.DateField(required=False)


class InterestWaiveIn(serializers.Serializer[None]):
    """What is let off, tax included, and why."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=10**15)
    reason = serializers.CharField(max_length=late_interest.LONGEST)


class InterestWaiverOut(serializers.ModelSerializer[InterestWaiver]):
    """What a seller let off; one that waits needs a second person."""

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)

    class Meta:
        model = InterestWaiver
        fields = ("id", "invoice", "amount_minor", "reason", "state", "made_at", "granted_at")
        read_only_fields = fields


class PaymentPromiseIn(serializers.Serializer[None]):
    """By which day the buyer promised to pay."""

    promised_on = serializers.DateField()
    note = serializers.CharField(max_length=dunning_stops.LONGEST, allow_blank=True, default="")


class PaymentPromiseOut(serializers.Serializer[Any]):
    """A promise that was noted; reminders wait through its day."""

    promised_on = serializers.DateField()
    note = serializers.CharField()
    made_at = serializers.DateTimeField()


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Terms of late payment, your own and those of your sellers")
)
class LateTermsViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[LateTerms]):
    """Announced by those who run invoices; read by seller and buyers."""

    queryset = LateTerms.objects.none()
    serializer_class = LateTermsOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        require_scope(self.request, Scope.INVOICES_READ)
        visible = LateTerms.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        mine = visible.that_bind(acting_organization(self.request))
        return mine.select_related("seller").order_by("-pk")

    @extend_schema(
        tags=TAG,
        summary="Announce terms of late payment",
        request=LateTermsIn,
        responses={201: LateTermsOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        given = LateTermsIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = late_terms.Wanted(**given.validated_data)
        made = late_terms.announce(
            seller=acting_organization(request),
            wanted=wanted,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(
            LateTermsOut(made, context=self.get_serializer_context()).data, status=status.HTTP_201_CREATED
        )


class Interest:
    """What is done about the late interest of one invoice; the invoice is found as elsewhere."""

    def get_object(self) -> Invoice:
        """Return the invoice that is asked for."""
        return super().get_object()  # type: ignore[misc]

    @extend_schema(
        tags=TAG,
        summary="What an invoice bears for late payment, day by day",
        operation_id="invoices_interest",
        parameters=[InterestThroughIn],
        responses=InterestOut,
    )
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def interest(self, request: Request, public_id: str) -> Response:
        invoice = self.get_object()
        through = _through(request.query_params, invoice)
        is_asked = invoice.kind == Invoice.Kind.INVOICE and invoice.status == Invoice.Status.ISSUED
        return Response(told(invoice, account_of(invoice, through) if is_asked else None, through))

    @extend_schema(
        tags=TAG,
        summary="Claim what is left of the interest of an invoice that you sold",
        description="The answer says in `documents` what was written; nothing is, if nothing is left.",
        operation_id="invoices_claim_interest",
        request=InterestThroughIn,
        responses=InterestOut,
    )
    @action(
        detail=True, methods=["post"], url_path="interest/claim", filterset_class=None, pagination_class=None
    )
    def claim_interest(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        invoice = self.get_object()
        through = _through(request.data, invoice)
        late_interest.claim(invoice=invoice, through=through, **_by(request))
        return Response(told(invoice, account_of(invoice, through), through))

    @extend_schema(
        tags=TAG,
        summary="Waive interest of an invoice that you sold",
        operation_id="invoices_waive_interest",
        request=InterestWaiveIn,
        responses={201: InterestWaiverOut},
    )
    @action(
        detail=True, methods=["post"], url_path="interest/waive", filterset_class=None, pagination_class=None
    )
    def waive_interest(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        invoice = self.get_object()
        given = InterestWaiveIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = late_interest.waive(invoice=invoice, **given.validated_data, **_by(request))
        return Response(InterestWaiverOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=TAG,
        summary="Grant a waiver as a second person",
        operation_id="invoices_grant_waiver",
        parameters=[WAIVER],
        request=None,
        responses=InterestWaiverOut,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"interest/waivers/(?P<item>[^/.]+)/grant",
        filterset_class=None,
        pagination_class=None,
    )
    def grant_waiver(self, request: Request, public_id: str, item: str) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        waivers = InterestWaiver.objects.filter(invoice=self.get_object())
        found = get_object_or_404(waivers.visible_to(request.user), public_id=item)  # type: ignore[arg-type]
        return Response(InterestWaiverOut(late_interest.grant(waiver=found, **_by(request))).data)

    @extend_schema(
        tags=TAG,
        summary="Note by when the buyer of an invoice promised to pay",
        operation_id="invoices_promise",
        request=PaymentPromiseIn,
        responses={201: PaymentPromiseOut},
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def promise(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        invoice = self.get_object()
        given = PaymentPromiseIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = dunning_stops.promise(invoice=invoice, **given.validated_data, **_by(request))
        return Response(PaymentPromiseOut(made).data, status=status.HTTP_201_CREATED)


def told(invoice: Invoice, account: Account | None, through: date) -> dict[str, Any]:
    """Return what a reader is told of an account; one that bears nothing is told as nothing."""
    claims = InterestClaim.objects.filter(invoice=invoice).select_related("document")
    said = {
        "invoice": invoice.public_id,
        "through": through,
        "terms": account.terms.public_id if account else None,
        "currency": invoice.currency,
        "stretches": list(late_interest.numbers_of(account=account)) if account else [],
        "total_minor": account.total_minor if account else 0,
        "waived_minor": account.waived_minor if account else 0,
        "claimed_minor": account.claimed_minor if account else 0,
        "to_claim_minor": account.to_claim_minor if account else 0,
        "documents": [one.document.public_id for one in claims],
    }
    return dict(InterestOut(said).data)


def _through(given: Any, invoice: Invoice) -> date:
    asked = InterestThroughIn(data=given)
    asked.is_valid(raise_exception=True)
    today = clock.now().astimezone(invoice.zone).date()
    through: date = asked.validated_data.get("through") or today
    if through > today:
        raise late_interest.InterestInvalid(flaws=[late_interest.day_flaw(first=invoice.due_on, last=today)])
    return through


def _by(request: Request) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}
