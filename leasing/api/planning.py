"""The plan of the order book over REST: to read, to accept by its digest, and what was accepted."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import orders, plans
from leasing.models import OrderBook, PlanAcceptance
from leasing.queries import book_of, plan_inputs
from leasing.rules import proposals
from leasing.rules.plan_words import hours_of
from leasing.rules.planning import Load, Shift, Week
from leasing.rules.plans import Inputs, Plan, Proposal
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.msgids import Phrase
from marketplace.shared import clock


class BookIn(serializers.Serializer[Any]):
    """How the leased machines are worked: the shift, the share of it in which they can, the weeks to plan."""

    shift = serializers.ChoiceField(OrderBook.Shifts.choices)
    availability = serializers.DecimalField(5, 4)
    weeks = serializers.IntegerField()


class PlanWeekOut(serializers.Serializer[Any]):
    """An ISO week of a category, in machine hours rounded up to 0.01; the first may begin in its middle."""

    week = serializers.CharField()
    first_day = serializers.DateField()
    demand_hours = serializers.DecimalField(14, 2)
    capacity_hours = serializers.DecimalField(14, 2)
    short_hours = serializers.DecimalField(14, 2)
    surplus_hours = serializers.DecimalField(14, 2)


class PlanLateOut(serializers.Serializer[Any]):
    """An order that is late; without ``done_on`` it is not finished in the weeks that are planned."""

    reference = serializers.CharField()
    due_before = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)


class PlanLoadOut(serializers.Serializer[Any]):
    """How a category stands; ``remaining_hours`` stay short if everything that is proposed is done."""

    category = serializers.CharField()
    weeks = PlanWeekOut(many=True)
    late = PlanLateOut(many=True)
    orders_due_later = serializers.IntegerField()
    short_hours = serializers.DecimalField(14, 2)
    remaining_hours = serializers.DecimalField(14, 2)


class PlanProposalOut(serializers.Serializer[Any]):
    """
    One thing to do, and why: ``starts`` is its first day, ``ends`` the day behind its last.

    ``cost_minor`` is gross; of a release it is what is saved at least. What is ``by_hand`` is done on the
    page of the lease or the offer and cannot be accepted here.
    """

    key = serializers.CharField()
    proposal = serializers.ChoiceField(["extend", "add", "release"])
    subject = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    starts = serializers.DateField()
    ends = serializers.DateField()
    hours = serializers.DecimalField(14, 2)
    expected_usage = serializers.DictField(child=serializers.CharField())
    cost_minor = serializers.IntegerField()
    currency = serializers.CharField()
    by_hand = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())


class PlanOut(serializers.Serializer[Any]):
    """A plan; it follows from orders, leases, offers and day alone, and so does its digest."""

    digest = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    zone = serializers.CharField()
    shift = serializers.ChoiceField(OrderBook.Shifts.choices)
    availability = serializers.DecimalField(5, 4)
    categories = PlanLoadOut(many=True)
    proposals = PlanProposalOut(many=True)


class PlanAcceptIn(serializers.Serializer[Any]):
    """What is accepted: the digest of the plan that was read, and the keys of some of its proposals."""

    digest = serializers.CharField(max_length=64)
    proposals = serializers.ListField(child=serializers.CharField(max_length=120), max_length=50)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class PlanAcceptanceOut(serializers.ModelSerializer[PlanAcceptance]):
    """An accepted plan: what was carried out, the leases and changes that came of it, and its inputs."""

    id = serializers.CharField(source="public_id", read_only=True)
    leases = serializers.SerializerMethodField()
    annexes = serializers.SerializerMethodField()
    proposals = serializers.ListField(child=serializers.DictField(), read_only=True)
    inputs = serializers.DictField(read_only=True)

    class Meta:
        model = PlanAcceptance
        fields = (
            "id",
            "turn",
            "digest",
            "proposals",
            "leases",
            "annexes",
            "accepted_by",
            "accepted_by_name",
            "accepted_at",
            "inputs",
        )
        read_only_fields = fields

    def get_leases(self, acceptance: PlanAcceptance) -> list[str]:
        return [one.lease.public_id for one in acceptance.leases.all()]

    def get_annexes(self, acceptance: PlanAcceptance) -> list[str]:
        return [one.annex.public_id for one in acceptance.changes.all()]


class PlanningViewSet(viewsets.GenericViewSet[PlanAcceptance]):
    """The plan of the acting organization."""

    queryset = PlanAcceptance.objects.none()
    serializer_class = PlanOut
    pagination_class = None

    @extend_schema(
        tags=["planning"],
        summary="The plan of your order book",
        responses=forced_singular_serializer(PlanOut),
    )
    def list(self, request: Request) -> Response:
        """Make the plan from orders, leases and offers as they are now."""
        require_scope(request, Scope.LEASES_READ)
        organization = acting_organization(request)
        inputs = plan_inputs(organization, book_of(organization), at=clock.now())
        return Response(PlanOut(_document(inputs, proposals.plan(inputs))).data)

    @extend_schema(
        tags=["planning"],
        summary="Carry out proposals of a plan, all or none",
        request=PlanAcceptIn,
        responses={201: PlanAcceptanceOut},
    )
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        """Ask for the machines that are proposed; a plan that is no longer so is refused."""
        require_scope(request, Scope.LEASES_WRITE)
        given = PlanAcceptIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = plans.accept(
            organization=acting_organization(request),
            digest=given.validated_data["digest"],
            keys=given.validated_data["proposals"],
            note=given.validated_data["note"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(PlanAcceptanceOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["planning"], summary="Say how your machines are worked", request=BookIn, responses=BookIn
    )
    @action(detail=False, methods=["post"], url_path="settings", url_name="settings")
    def set_up(self, request: Request) -> Response:
        """Set shift, availability and weeks of the plan."""
        require_scope(request, Scope.LEASES_WRITE)
        given = BookIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        book = orders.set_up(
            organization=acting_organization(request),
            shift=Shift(values["shift"]),
            availability=values["availability"],
            weeks=values["weeks"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(BookIn(book).data)


@extend_schema_view(
    list=extend_schema(tags=["planning"], summary="Plans that were accepted"),
    retrieve=extend_schema(tags=["planning"], summary="One accepted plan"),
)
class PlanAcceptanceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PlanAcceptance]
):
    """The accepted plans of the acting organization."""

    queryset = PlanAcceptance.objects.none()
    serializer_class = PlanAcceptanceOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.LEASES_READ)
        mine = PlanAcceptance.objects.of(acting_organization(self.request))
        return mine.prefetch_related("leases__lease", "changes__annex")


def _said(phrase: Phrase) -> str:
    """Say a reason in the reader's language."""
    return _(phrase.msgid).format(**phrase.facts)


def _document(inputs: Inputs, plan: Plan) -> dict[str, Any]:
    calendar = inputs.calendar
    return {
        "digest": plan.digest,
        "first_day": calendar.first,
        "last_day": calendar.end.fromordinal(calendar.end.toordinal() - 1),
        "zone": inputs.zone.key,
        "shift": str(calendar.shift),
        "availability": calendar.availability,
        "categories": [_load(one, plan) for one in plan.loads],
        "proposals": [_proposal(one) for one in plan.proposals],
    }


def _load(load: Load, plan: Plan) -> dict[str, Any]:
    return {
        "category": load.category,
        "weeks": [_week(week) for week in load.weeks],
        "late": [
            {"reference": one.reference, "due_before": one.due_before, "done_on": one.done}
            for one in load.late
        ],
        "orders_due_later": load.beyond,
        "short_hours": hours_of(load.short),
        "remaining_hours": plan.remaining.get(load.category, hours_of(0)),
    }


def _week(week: Week) -> dict[str, Any]:
    return {
        "week": week.name,
        "first_day": week.first,
        "demand_hours": hours_of(week.demand),
        "capacity_hours": hours_of(week.capacity),
        "short_hours": hours_of(week.short),
        "surplus_hours": hours_of(week.surplus),
    }


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "key": one.key,
        "proposal": str(one.kind),
        "subject": one.subject,
        "name": one.name,
        "category": one.category,
        "starts": one.starts,
        "ends": one.ends,
        "hours": one.hours,
        "expected_usage": {meter: f"{quantity:f}" for meter, quantity in one.usage.items()},
        "cost_minor": one.cost.minor,
        "currency": one.cost.currency,
        "by_hand": one.by_hand,
        "reasons": [_said(phrase) for phrase in one.reasons],
    }
