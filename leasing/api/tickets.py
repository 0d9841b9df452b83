"""Fault tickets over REST, the verbs of each side, and what standstills give."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import downtime, tickets
from leasing.api.ticket_photos import IF_MATCH, TicketPhotoActions, TicketPhotoOut, expected, whole
from leasing.filters import DowntimeCreditFilter, TicketFilter
from leasing.models import DowntimeCredit, Ticket, TicketStep
from leasing.queries import unit_here
from leasing.rules.downtime import Remedy
from leasing.rules.tickets import Cause, Move, Severity
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable, as_seen

ABOUT_STANDSTILL = (Move.PROPOSE, Move.AGREE, Move.CONTEST, Move.DECIDE)


class TicketOut(serializers.ModelSerializer[Ticket]):
    """
    A ticket as both sides see it; ``evidence`` is what the machine's states say of the standstill.

    ``response_due_at`` and ``solution_due_at`` are what the service level promises.
    """

    expandable: ClassVar[Expandable] = {"lease": "api-lease", "equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.ListField(child=serializers.CharField(), read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True)
    equipment = serializers.CharField(source="unit.equipment.public_id", read_only=True)
    equipment_name = serializers.CharField(source="unit.equipment.name", read_only=True)
    raised_by = serializers.CharField(source="raised_by.public_id", read_only=True)
    proposed_by = serializers.CharField(
        source="proposed_by.public_id", default=None, read_only=True, allow_null=True
    )
    evidence = serializers.DictField(read_only=True, allow_null=True)
    photos = TicketPhotoOut(source="shots", many=True, read_only=True)

    class Meta:
        model = Ticket
        fields = (
            "id",
            "status",
            "attribution",
            "allowed",
            "lease",
            "equipment",
            "equipment_name",
            "raised_by",
            "severity",
            "text",
            "down_from",
            "down_to",
            "reported_at",
            "response_due_at",
            "responded_at",
            "solution_due_at",
            "confirm_by",
            "measure_at",
            "evidence",
            "cause",
            "remedy",
            "proposed_by",
            "reply_by",
            "photos",
            "version",
        )
        read_only_fields = fields


class TicketStepOut(serializers.ModelSerializer[TicketStep]):
    """One step of a ticket's history, with the hashes that chain it."""

    class Meta:
        model = TicketStep
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "actor",
            "actor_name",
            "organization",
            "organization_name",
            "roles",
            "occurred_at",
            "recorded_at",
            "reason",
            "facts",
            "previous_hash",
            "hash",
        )
        read_only_fields = fields


class DowntimeCreditOut(serializers.ModelSerializer[DowntimeCredit]):
    """
    What a standstill gives: ``share`` percent of what a billing period costs whatever the use, or ``days``.

    ``seconds`` of service were lost from ``starts_at`` up to ``ends_at``. It never changes.
    """

    expandable: ClassVar[Expandable] = {
        "lease": "api-lease",
        "equipment": "api-equipment",
        "ticket": "api-ticket",
    }

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True)
    equipment = serializers.CharField(source="unit.equipment.public_id", read_only=True)
    ticket = serializers.CharField(source="ticket.public_id", read_only=True)
    rule = serializers.DictField(read_only=True)

    class Meta:
        model = DowntimeCredit
        fields = (
            "id",
            "lease",
            "equipment",
            "ticket",
            "remedy",
            "cause",
            "basis",
            "starts_at",
            "ends_at",
            "seconds",
            "month_from",
            "month_to",
            "service_seconds",
            "share",
            "days",
            "rule",
            "recorded_at",
        )
        read_only_fields = fields


class TicketIn(serializers.Serializer[Any]):
    """A fault to report; ``since`` is when it began, now if it is not given."""

    equipment = serializers.CharField(max_length=30)
    severity = serializers.ChoiceField(choices=Ticket.Effect.choices)
    text = serializers.CharField(max_length=5000, allow_blank=True)
    since = DateTimeField(required=False)


class TicketSaidIn(serializers.Serializer[Any]):
    """What is said with a step."""

    text = serializers.CharField(max_length=5000, allow_blank=True, default="")


class StandstillIn(TicketSaidIn):
    """Who bears a standstill, and why; ``remedy`` matters where it is the lessor."""

    cause = serializers.ChoiceField(choices=Ticket.Bearer.choices)
    remedy = serializers.ChoiceField(choices=Ticket.Remedy.choices, default=Ticket.Remedy.CREDIT)


def verb(summary: str, given: type[Serializer[Any]] = TicketSaidIn) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the ticket."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"], summary=summary, request=given, responses=TicketOut, parameters=[IF_MATCH]
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Fault tickets of your leases, on either side"),
    retrieve=extend_schema(tags=["leases"], summary="One fault ticket"),
)
class TicketViewSet(
    TicketPhotoActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Ticket]
):
    """A ticket is seen by both sides of its lease, and by the platform, which decides what is contested."""

    queryset = Ticket.objects.none()
    serializer_class = TicketOut
    filterset_class = TicketFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return whole(Ticket.objects.of(acting_organization(self.request)))

    @extend_schema(tags=["leases"], summary="Report a fault", request=TicketIn, responses={201: TicketOut})
    def create(self, request: Request) -> Response:
        """Report a fault of a machine that you lease, or lease out, now."""
        require_scope(request, Scope.LEASES_WRITE)
        given = TicketIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, now = given.validated_data, clock.now()
        unit = unit_here(values["equipment"], acting_organization(request))
        if unit is None:
            text = _("You do not lease this machine, or lease it out, at present.")
            raise exceptions.ValidationError({"equipment": [text]})
        made = tickets.report(
            unit=unit,
            severity=Severity(values["severity"]),
            text=values["text"],
            since=values.get("since", now),
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=now,
        )
        return self.answer(made, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @verb("Say that the fault was seen")
    def acknowledge(self, request: Request, public_id: str) -> Response:
        return self.move(Move.ACKNOWLEDGE)

    @verb("Begin the repair")
    def start(self, request: Request, public_id: str) -> Response:
        return self.move(Move.START)

    @verb("Say that the machine is repaired")
    def solve(self, request: Request, public_id: str) -> Response:
        return self.move(Move.SOLVE)

    @verb("Confirm that the machine works")
    def confirm(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CONFIRM)

    @verb("Say that it still does not work")
    def reopen(self, request: Request, public_id: str) -> Response:
        return self.move(Move.REOPEN)

    @verb("Withdraw a ticket")
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self.move(Move.WITHDRAW)

    @verb("Close a ticket of a machine whose use is over")
    def close(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CLOSE)

    @verb("Propose who bears the standstill", StandstillIn)
    def propose(self, request: Request, public_id: str) -> Response:
        return self.move(Move.PROPOSE)

    @as_seen(counted=True)
    @verb("Agree to who bears the standstill")
    def agree(self, request: Request, public_id: str) -> Response:
        return self.move(Move.AGREE)

    @verb("Contest who bears the standstill")
    def contest(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CONTEST)

    @as_seen(counted=True)
    @verb("Decide who bears a contested standstill", StandstillIn)
    def decide(self, request: Request, public_id: str) -> Response:
        return self.move(Move.DECIDE)

    @extend_schema(tags=["leases"], summary="Who did what, when", responses=TicketStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        steps = self.get_object().steps.all()
        return Response({"data": TicketStepOut(steps, many=True).data})

    def answer(self, ticket: Ticket, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the ticket as it is now."""
        now = whole(Ticket.objects.all()).get(pk=ticket.pk)
        return Response(TicketOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})

    def move(self, move: Move) -> Response:
        """Carry out one move; the ticket comes first, so that strangers learn nothing."""
        found, place = self.get_object(), downtime if move in ABOUT_STANDSTILL else tickets
        shape = StandstillIn if move in (Move.PROPOSE, Move.DECIDE) else TicketSaidIn
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        if "cause" in given:
            given |= {"cause": Cause(given["cause"]), "remedy": Remedy(given["remedy"])}
        if move is Move.CONFIRM:
            del given["text"]
        made = getattr(place, move)(
            ticket=found,
            within=acting_organization(self.request),
            by=self.request.user,
            at=clock.now(),
            expected=expected(self.request, found),
            **given,
        )
        return self.answer(made)


@extend_schema_view(list=extend_schema(tags=["leases"], summary="What standstills give, rent or days"))
class DowntimeCreditViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DowntimeCredit]):
    """Facts that leasing records and billing finds; both sides see them."""

    queryset = DowntimeCredit.objects.none()
    serializer_class = DowntimeCreditOut
    filterset_class = DowntimeCreditFilter

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.LEASES_READ)
        found = DowntimeCredit.objects.of(acting_organization(self.request))
        return found.select_related("lease", "unit__equipment", "ticket")
