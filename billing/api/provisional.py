"""Bills before they are issued, and objections to them, over REST."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import objections, provisional
from billing.actions.provisional import Bill, Part
from billing.api.serializers import MoneyOut, StepOut
from billing.models import BillObjection, BillTelling, ReviewItem
from billing.permissions import bill_reader, lease_with_books
from billing.queries import ended_periods, whole_of
from billing.rules.completeness import State
from leasing.models import Lease
from marketplace.models import ApiKey, Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.quotes import TaxedLine
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

NO_PERIOD = datetime(2000, 1, 1, tzinfo=UTC)


class ObjectionOut(serializers.ModelSerializer[BillObjection]):
    """
    One side's word that a bill is wrong before it is issued, and what became of it.

    Without a component it is about all that the seller asks for. ``net`` is what that was when it was raised.
    One that is ``FROZEN`` goes on as a dispute of ``invoice``.
    """

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    seller = serializers.CharField(source="seller.public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    answers = serializers.CharField(source="answers.public_id", read_only=True)
    net = MoneyOut(read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True, default=None, allow_null=True)

    class Meta:
        model = BillObjection
        fields = (
            "id",
            "period_start",
            "period_end",
            "seller",
            "component",
            "organization",
            "reason",
            "text",
            "net",
            "raised_at",
            "outcome",
            "answers",
            "answer",
            "effect",
            "source",
            "decided_at",
            "invoice",
        )
        read_only_fields = fields


class ObjectionsOut(serializers.Serializer[Any]):
    """Objections of a lease, the newest first."""

    data = ObjectionOut(many=True)  # type: ignore[assignment]


class ObjectionIn(serializers.Serializer[None]):
    """
    What is wrong: ``period`` is the first local day of the period, ``seller`` the lessor if it is left out.

    Without ``component`` it is about all that the seller asks for; ``meter:parts`` names all that one meter
    counted.
    """

    period = serializers.DateField()
    seller = serializers.CharField(max_length=30, required=False, default="")
    component = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reason = serializers.ChoiceField(BillObjection.Reason.choices)
    text = serializers.CharField(max_length=500)


class ObjectionAnswerIn(serializers.Serializer[None]):
    """Whether you agree, by which fact the bill changes if you do, and why."""

    agreed = serializers.BooleanField()
    effect = serializers.ChoiceField(BillObjection.Effect.choices, required=False, default="")
    source = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    text = serializers.CharField(max_length=500)


class BillLineOut(serializers.Serializer[TaxedLine]):
    """A line as it will stand on the invoice, with the ladder from usage to net."""

    component = serializers.CharField(source="line.component")
    kind = serializers.CharField(source="line.kind")
    meter = serializers.CharField(source="line.meter", allow_null=True)
    unit = serializers.CharField(source="line.unit", allow_null=True)
    quantity = serializers.DecimalField(
        source="line.quantity", max_digits=40, decimal_places=18, normalize_output=True, allow_null=True
    )
    net = MoneyOut(source="line.net")
    tax = MoneyOut()
    tax_rate = serializers.DecimalField(
        source="rate.rate", max_digits=6, decimal_places=4, normalize_output=True
    )
    steps = serializers.SerializerMethodField()

    @extend_schema_field(StepOut(many=True))
    def get_steps(self, taxed: TaxedLine) -> list[dict[str, Any]]:
        """The ladder, as on an invoice."""
        found: list[dict[str, Any]] = taxed.line.dump()["steps"]
        return found


class BillPartOut(serializers.Serializer[Part]):
    """What one seller will ask for; ``digest`` will be that of its invoice if nothing comes in between."""

    seller = serializers.CharField(source="seller.public_id")
    seller_name = serializers.CharField(source="seller.name")
    net = MoneyOut(source="draft.net")
    tax = MoneyOut(source="draft.tax")
    gross = MoneyOut(source="draft.gross")
    digest = serializers.CharField()
    lines = BillLineOut(source="draft.lines", many=True)


class BillHeldOut(serializers.ModelSerializer[ReviewItem]):
    """A held quantity that waits for both sides and is not in the amounts."""

    id = serializers.CharField(source="public_id", read_only=True)
    quantity = serializers.DecimalField(
        max_digits=40, decimal_places=18, normalize_output=True, read_only=True
    )

    class Meta:
        model = ReviewItem
        fields = ("id", "meter", "local_day", "reason", "quantity", "deadline")
        read_only_fields = fields


class BillToldOut(serializers.ModelSerializer[BillTelling]):
    """What your organization was told first of this bill, and how."""

    gross = MoneyOut(read_only=True)

    class Meta:
        model = BillTelling
        fields = ("how", "at", "objections_until", "gross", "parts", "digest")
        read_only_fields = fields


class BillDaysOut(serializers.Serializer[Any]):
    """How many days of the period are in which state."""

    complete = serializers.IntegerField()
    incomplete = serializers.IntegerField()
    provisional = serializers.IntegerField()


class BillOut(serializers.Serializer[Any]):
    """
    A bill before it is issued; it can change until then.

    It may be objected to until ``objections_until``, and is issued from ``issued_from`` on. ``is_metered``
    says that use was counted to the end of the period, ``is_final`` that it is the lease's last bill. The
    last one is not final while units of ``closing_missing`` have no record of their return, at the longest
    until ``closing_until``.
    """

    period = serializers.DateField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    objections_until = serializers.DateTimeField()
    issued_from = serializers.DateTimeField()
    is_final = serializers.BooleanField()
    closing_missing = serializers.ListField(child=serializers.CharField())
    closing_until = serializers.DateTimeField()
    is_metered = serializers.BooleanField()
    gross = MoneyOut()
    digest = serializers.CharField()
    sellers = BillPartOut(many=True)
    days = BillDaysOut()
    held = BillHeldOut(many=True)
    told = BillToldOut(allow_null=True)
    objections = ObjectionOut(many=True)


class LeaseBillOut(serializers.Serializer[Any]):
    """``bill`` is none where no period is over and waits; ``periods`` are the first days of those that do."""

    lease = serializers.CharField()
    periods = serializers.ListField(child=serializers.DateField())
    bill = BillOut(allow_null=True)


class LeaseBillIn(serializers.Serializer[None]):
    """Which period."""

    period = serializers.DateField(required=False)


class LeaseBill(APIView):
    """Seen by both sides of the lease, where the role reads invoices, and the platform."""

    @extend_schema(
        tags=["leases"],
        summary="What a period of a lease will be billed, before it is issued",
        description=(
            "Without `period` it is the oldest that waits. The lessor sees what it sells itself. "
            "What a side is told first is kept as `told`."
        ),
        operation_id="leases_provisional_bill",
        parameters=[OpenApiParameter("period", date, description="The first local day of the period.")],
        responses=LeaseBillOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        lease, reader = _read(request, public_id, Scope.INVOICES_READ)
        asked = LeaseBillIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now, zone = clock.now(), lease.agreed.zone
        periods = {one.start.astimezone(zone).date(): one for one in ended_periods(lease, now)}
        day = asked.validated_data.get("period") or next(iter(periods), None)
        shown = None
        if day in periods:
            bill = provisional.compute(lease=lease, period=periods[day], reader=reader, at=now)
            if reader.pk in (lease.lessee_id, lease.lessor_id):
                provisional.tell(
                    bill=bill,
                    within=reader,
                    how=provisional.How.SHOWN,
                    at=now,
                    by=request.user,  # type: ignore[arg-type]
                )
            shown = _shown(bill, day, reader)
        found = {"lease": lease.public_id, "periods": list(periods), "bill": shown}
        return Response(LeaseBillOut(found).data)


class LeaseObjections(APIView):
    """Seen by who raised them and who answers; raised by lessee and lessor."""

    @extend_schema(
        tags=["leases"],
        summary="Objections to bills of a lease before they are issued",
        operation_id="leases_objections",
        responses=ObjectionsOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        lease, reader = _read(request, public_id, Scope.INVOICES_READ)
        found = BillObjection.objects.filter(lease=lease).shown_to(reader).with_names()
        return Response(ObjectionsOut({"data": found}).data)

    @extend_schema(
        tags=["leases"],
        summary="Object to a bill before it is issued",
        description=(
            "Until `objections_until` of the bill. What nobody has answered by the issue is a disputed line "
            "of the invoice from its first moment, and not due; the rest is."
        ),
        operation_id="leases_object",
        request=ObjectionIn,
        responses={201: ObjectionOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        lease, _reader = _read(request, public_id, Scope.INVOICES_WRITE)
        given = ObjectionIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = objections.raise_objection(
            lease=lease, start=_start(lease, values.pop("period")), **values, **_by(request)
        )
        return Response(ObjectionOut(made).data, status=201)


class ObjectionAnswer(APIView):
    """The other side: the seller, where the role runs invoices, or the lessee, where it reads them."""

    @extend_schema(
        tags=["leases"],
        summary="Answer an objection to a bill",
        description=(
            "Who agrees names the fact by which the bill changes: a decided held quantity, an inspection, "
            "or a ticket of which the lessor bears the standstill."
        ),
        operation_id="leases_objection_answer",
        request=ObjectionAnswerIn,
        responses=ObjectionOut,
    )
    def post(self, request: Request, public_id: str, item: str) -> Response:
        found = _objection(request, public_id, item)
        given = ObjectionAnswerIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = objections.answer(objection=found, **given.validated_data, **_by(request))
        return Response(ObjectionOut(made).data)


class ObjectionWithdraw(APIView):
    """Who raised it."""

    @extend_schema(
        tags=["leases"],
        summary="Take your objection to a bill back",
        operation_id="leases_objection_withdraw",
        request=None,
        responses=ObjectionOut,
    )
    def post(self, request: Request, public_id: str, item: str) -> Response:
        found = _objection(request, public_id, item)
        return Response(ObjectionOut(objections.withdraw(objection=found, **_by(request))).data)


def _read(request: Request, public_id: str, scope: Scope) -> tuple[Lease, Organization]:
    require_scope(request, scope)
    if isinstance(request.auth, ApiKey):
        get_object_or_404(Lease.objects.of(request.auth.organization), public_id=public_id)
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    return lease, bill_reader(lease, request.user, acting_organization(request))  # type: ignore[arg-type]


def _objection(request: Request, public_id: str, item: str) -> BillObjection:
    lease, reader = _read(request, public_id, Scope.INVOICES_WRITE)
    return get_object_or_404(BillObjection.objects.filter(lease=lease).shown_to(reader), public_id=item)


def _start(lease: Lease, day: date) -> datetime:
    """Return when the period that begins on a local day begins; what is none is refused by the action."""
    zone = lease.agreed.zone
    known = (one.start for one in whole_of(lease))
    return next((start for start in known if start.astimezone(zone).date() == day), NO_PERIOD)


def _shown(bill: Bill, day: date, reader: Organization) -> dict[str, Any]:
    about: dict[str, Any] = {"lease": bill.lease, "period_start": bill.period.start}
    end: Any = bill.period.end  # periods of a bill end
    told = BillTelling.objects.filter(organization=reader, **about, period_end=end).first()
    return {
        "period": day,
        "period_start": bill.period.start,
        "period_end": bill.period.end,
        "objections_until": bill.until,
        "issued_from": bill.until,
        "is_final": bill.is_final,
        "closing_missing": [unit.public_id for unit in bill.closing.missing],
        "closing_until": bill.closing.until,
        "is_metered": bill.is_metered,
        "gross": bill.gross,
        "digest": bill.digest,
        "sellers": bill.parts,
        "days": {str(state): bill.days[state] for state in State},
        "held": bill.held,
        "told": told,
        "objections": BillObjection.objects.filter(**about).shown_to(reader).with_names(),
    }


def _by(request: Request) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}
