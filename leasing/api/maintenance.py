"""Rules of maintenance and their tickets over REST."""

from decimal import Decimal
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import maintenance, maintenance_times
from leasing.actions.maintenance import Wanted
from leasing.filters import MaintenanceRuleFilter, MaintenanceTicketFilter
from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.queries.maintenance import machines_of, standing
from leasing.rules.maintenance import Basis, Rhythm, Who
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Category, Equipment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class MaintenanceRuleOut(serializers.ModelSerializer[MaintenanceRule]):
    """
    A rule; ``interval`` counts hours, cycles, days or months as ``basis`` says, ``warn_before`` the same, but
    days where it counts months.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(
        source="equipment.public_id", default=None, read_only=True, allow_null=True
    )
    category = serializers.CharField(source="category.code", default=None, read_only=True, allow_null=True)

    class Meta:
        model = MaintenanceRule
        fields = (
            "id",
            "equipment",
            "category",
            "what",
            "basis",
            "interval",
            "warn_before",
            "already",
            "duration_minutes",
            "who",
            "created_at",
            "retired_at",
        )
        read_only_fields = fields


class MaintenanceRuleIn(serializers.Serializer[Any]):
    """A rule for one machine, or for a category of your machines; see the answer for the units."""

    equipment = serializers.CharField(max_length=30, required=False)
    category = serializers.CharField(max_length=20, required=False)
    what = serializers.CharField(max_length=500, allow_blank=True)
    basis = serializers.ChoiceField(choices=MaintenanceRule.Counts.choices)
    interval = serializers.DecimalField(max_digits=12, decimal_places=2)
    warn_before = serializers.DecimalField(max_digits=12, decimal_places=2)
    already = serializers.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    duration_minutes = serializers.IntegerField(min_value=1, max_value=10**6)
    who = serializers.ChoiceField(choices=MaintenanceRule.By.choices, default=MaintenanceRule.By.LESSOR)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a machine or a category."""
        if ("equipment" in attrs) == ("category" in attrs):
            raise serializers.ValidationError({"equipment": maintenance.MACHINE_OR_CATEGORY})
        return attrs


class MaintenanceStandingOut(serializers.Serializer[Any]):
    """How a machine stands to a rule: ``used`` hours or cycles since the last, when the next is due."""

    equipment = serializers.CharField()
    equipment_name = serializers.CharField()
    used = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    due_at = DateTimeField(allow_null=True)
    near = serializers.BooleanField()
    due = serializers.BooleanField()


class MaintenanceTicketOut(serializers.ModelSerializer[MaintenanceTicket]):
    """
    One maintenance, from ``starts_at`` up to ``ends_at`` once it has a time; ``counter`` is what the machine
    had done by then by its rule, for the owner alone: it tells of others' use, too. Its cause is always
    PLANNED.
    """

    expandable: ClassVar[Expandable] = {
        "equipment": "api-equipment",
        "lease": "api-lease",
        "claim": "api-claim",
    }

    id = serializers.CharField(source="public_id", read_only=True)
    rule = serializers.CharField(source="rule.public_id", read_only=True)
    what = serializers.CharField(source="rule.what", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", default=None, read_only=True, allow_null=True)
    claim = serializers.CharField(source="claim.public_id", default=None, read_only=True, allow_null=True)
    cause = serializers.CharField(read_only=True)
    starts_at = DateTimeField(source="time.start", default=None, read_only=True, allow_null=True)
    ends_at = DateTimeField(source="time.end", default=None, read_only=True, allow_null=True)
    proposed_by = serializers.CharField(source="proposer.public_id", read_only=True)

    class Meta:
        model = MaintenanceTicket
        fields = (
            "id",
            "rule",
            "what",
            "equipment",
            "number",
            "status",
            "cause",
            "lease",
            "claim",
            "starts_at",
            "ends_at",
            "proposed_by",
            "due_at",
            "opened_at",
            "done_at",
            "counter",
            "note",
            "done_by",
            "version",
        )
        read_only_fields = fields

    def to_representation(self, instance: MaintenanceTicket) -> dict[str, Any]:
        """Leave the counter out for all but the owner."""
        shown: dict[str, Any] = super().to_representation(instance)
        mine = acting_organization(self.context["request"]) == instance.equipment.owner
        return shown if mine else shown | {"counter": None}


class MaintenanceTimeIn(serializers.Serializer[Any]):
    """When it is to begin; how long it takes is said by its rule."""

    starts_at = DateTimeField()


class MaintenanceDoneIn(serializers.Serializer[Any]):
    """When it was done, now if nothing is said, and what was done."""

    done_at = DateTimeField(required=False)
    note = serializers.CharField(max_length=5000, allow_blank=True, default="")


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Your rules of maintenance"),
    retrieve=extend_schema(tags=["leases"], summary="One rule of maintenance"),
)
class MaintenanceRuleViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MaintenanceRule]
):
    """Rules of the acting organization's machines; nobody else sees them."""

    queryset = MaintenanceRule.objects.none()
    serializer_class = MaintenanceRuleOut
    filterset_class = MaintenanceRuleFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.EQUIPMENT_READ if reading else Scope.EQUIPMENT_WRITE)
        found = MaintenanceRule.objects.filter(owner=acting_organization(self.request))
        return found.select_related("equipment", "category", "owner").order_by("pk")

    @extend_schema(
        tags=["leases"],
        summary="Make a rule of maintenance",
        request=MaintenanceRuleIn,
        responses={201: MaintenanceRuleOut},
    )
    def create(self, request: Request) -> Response:
        """Make a rule; what is metered is counted from now on."""
        require_scope(request, Scope.EQUIPMENT_WRITE)
        given = MaintenanceRuleIn(data=request.data)
        given.is_valid(raise_exception=True)
        within, values = acting_organization(request), given.validated_data
        made = maintenance.make_rule(
            wanted=_wanted(values, Equipment.objects.filter(owner=within)),
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(MaintenanceRuleOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["leases"], summary="Retire a rule of maintenance", request=None, responses=MaintenanceRuleOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def retire(self, request: Request, public_id: str) -> Response:
        """Let a rule hold no more; what is open by it the clock withdraws within the hour."""
        found = self.get_object()
        made = maintenance.retire_rule(rule=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(MaintenanceRuleOut(made).data)

    @extend_schema(
        tags=["leases"], summary="How machines stand to a rule", responses=MaintenanceStandingOut(many=True)
    )
    @action(detail=True, **WHOLE)
    def standing(self, request: Request, public_id: str) -> Response:
        """Say of each machine of the rule, up to 200, what it used and when it is due."""
        rule, now = self.get_object(), clock.now()
        rows = [
            {"equipment": one.public_id, "equipment_name": one.name, **_stands(rule, one, now)}
            for one in machines_of(rule).order_by("pk")[:200]
        ]
        return Response({"data": MaintenanceStandingOut(rows, many=True).data})


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Maintenance of your machines, and of those you lease"),
    retrieve=extend_schema(tags=["leases"], summary="One maintenance"),
)
class MaintenanceTicketViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MaintenanceTicket]
):
    """A maintenance is seen by the owner, and by the lessee into whose lease it falls."""

    queryset = MaintenanceTicket.objects.none()
    serializer_class = MaintenanceTicketOut
    filterset_class = MaintenanceTicketFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return MaintenanceTicket.objects.of(acting_organization(self.request)).with_sides()

    @extend_schema(
        tags=["leases"],
        summary="Propose a time for a maintenance",
        request=MaintenanceTimeIn,
        responses=MaintenanceTicketOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def propose(self, request: Request, public_id: str) -> Response:
        """Propose another time in the lease; outside of leases the owner plans it there."""
        return self._act(maintenance_times.propose, MaintenanceTimeIn)

    @extend_schema(
        tags=["leases"],
        summary="Agree to the time of a maintenance",
        request=None,
        responses=MaintenanceTicketOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def agree(self, request: Request, public_id: str) -> Response:
        """Agree to what the other side proposes."""
        return self._act(maintenance_times.agree)

    @extend_schema(
        tags=["leases"],
        summary="Record that a maintenance was done",
        request=MaintenanceDoneIn,
        responses=MaintenanceTicketOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def done(self, request: Request, public_id: str) -> Response:
        """Record it; the next is counted from there."""
        return self._act(maintenance.done, MaintenanceDoneIn)

    def _act(self, act: Any, shape: type[serializers.Serializer[Any]] | None = None) -> Response:
        found, now, given = self.get_object(), clock.now(), dict[str, Any]()
        if shape is not None:
            body = shape(data=self.request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        if act is maintenance.done:
            given = {"done_at": now} | given
        within = acting_organization(self.request)
        made = act(ticket=found, within=within, by=self.request.user, at=now, **given)
        answer = MaintenanceTicket.objects.with_sides().get(pk=made.pk)
        return Response(self.get_serializer(answer).data)


def _wanted(values: dict[str, Any], machines: Any) -> Wanted:
    equipment = category = None
    if "equipment" in values:
        equipment = get_object_or_404(machines, public_id=values["equipment"])
    else:
        category = get_object_or_404(Category, code=values["category"])
    return Wanted(
        what=values["what"],
        rhythm=Rhythm(Basis(values["basis"]), values["interval"], values["warn_before"]),
        duration_minutes=values["duration_minutes"],
        equipment=equipment,
        category=category,
        already=values["already"],
        who=Who(values["who"]),
    )


def _stands(rule: MaintenanceRule, machine: Equipment, at: Any) -> dict[str, Any]:
    found = standing(rule, machine, at)
    return {"used": found.used, "due_at": found.due_at, "near": found.near, "due": found.due}
