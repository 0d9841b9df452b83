"""REST: grants over data, asked for, given, refused and withdrawn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import grants
from devices.ownership.actions.grants import Wanted
from devices.ownership.models import Agreement, Grant
from devices.ownership.rules import intervals
from devices.ownership.rules.grants import State
from marketplace.models import Equipment, Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable
from marketplace.shared.period import Period


class GrantOut(serializers.ModelSerializer[Grant]):
    """A grant as everybody concerned sees it; ``state`` is that of the moment of the answer."""

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment", "agreement": "api-data-agreement"}

    id = serializers.CharField(source="public_id")
    state = serializers.SerializerMethodField()
    sentence = serializers.CharField()
    equipment = serializers.CharField(source="equipment.public_id")
    agreement = serializers.CharField(source="agreement.public_id", default=None)
    recipient = serializers.CharField(source="recipient.public_id")
    recipient_name = serializers.CharField(source="recipient.name")
    generated_from = serializers.DateTimeField(source="generated.lower", default=None)
    generated_to = serializers.DateTimeField(source="generated.upper", default=None)
    readable_from = serializers.DateTimeField(source="open_to.start", default=None)
    readable_to = serializers.DateTimeField(source="open_to.end", default=None)
    lasts = serializers.SerializerMethodField()

    class Meta:
        model = Grant
        fields = ["id", "kind", "state", "sentence", "equipment", "agreement", "recipient", "recipient_name"]
        fields += ["party", "categories", "right", "purpose", "interval", "generated_from", "generated_to"]
        fields += ["readable_from", "readable_to", "lasts", "reference", "authority", "ordered_on"]
        fields += ["competitor", "digest", "asked_at", "reason", "given_at", "given_role", "refused_at"]
        fields += ["refused_why", "withdrawn_at", "job_closed_at"]

    def get_state(self, grant: Grant) -> State:
        return grant.state(clock.now())

    def get_lasts(self, grant: Grant) -> str | None:
        return None if grant.lasts is None else intervals.write(grant.lasts * 1_000_000)


class Moment(serializers.DateTimeField):
    """A moment with its zone: without one it would be guessed."""

    default_error_messages: ClassVar = {
        "no_zone": _("Send the moment with its zone, such as 2026-03-02T09:00:00+08:00.")
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.utcoffset() is None:
            self.fail("no_zone")
        return super().enforce_timezone(value)


class GrantTermsIn(serializers.Serializer[Any]):
    """
    What is asked for or given.

    A remote diagnosis has ``lasts`` (``PT2H`` if left out), all others both periods. Without ``agreement`` it
    is about the lease of the time that the data are from, or the owner's own time if there was none.
    """

    kind = serializers.ChoiceField(choices=Grant.Kind.choices)
    equipment = serializers.CharField(max_length=30)
    agreement = serializers.CharField(max_length=30, required=False)
    categories = serializers.ListField(
        child=serializers.CharField(max_length=24), min_length=1, max_length=12
    )
    right = serializers.ChoiceField(choices=Grant.Right.choices)
    purpose = serializers.CharField(max_length=60)
    interval = serializers.CharField(max_length=8, required=False, default="", allow_blank=True)
    generated_from = Moment(required=False)
    generated_to = Moment(required=False)
    readable_from = Moment(required=False)
    readable_to = Moment(required=False)
    lasts = serializers.CharField(max_length=20, required=False)
    reference = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    authority = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    ordered_on = serializers.DateField(required=False, default=None)

    def validate_lasts(self, text: str) -> timedelta:
        found = intervals.read(text)
        if found is None:
            told = _("Send an ISO 8601 duration from a second to 366 days, such as PT15M, PT1H or P1D.")
            raise serializers.ValidationError(told, code="bad_interval")
        return timedelta(microseconds=found)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("generated", "readable"):
            start, end = attrs.pop(f"{name}_from", None), attrs.pop(f"{name}_to", None)
            if end is not None and (start is None or end <= start):
                raise serializers.ValidationError({f"{name}_to": [_("The end must lie after the start.")]})
            attrs[name] = None if start is None else Period(start, end)
        return attrs


class GrantAskIn(GrantTermsIn):
    """A request of the acting organization."""

    reason = serializers.CharField(max_length=grants.LONGEST_REASON)


class GrantOfferIn(GrantTermsIn):
    """A grant that nobody asked for."""

    recipient = serializers.CharField(max_length=30)


class GrantGiveIn(serializers.Serializer[Any]):
    """The digest of the terms that you were shown."""

    digest = serializers.CharField(max_length=64)


class GrantRefuseIn(serializers.Serializer[Any]):
    """Why not; the asker reads it."""

    reason = serializers.CharField(
        max_length=grants.LONGEST_REASON, required=False, default="", allow_blank=True
    )


EFFECT = inline_serializer(
    "WithdrawalEffect",
    {
        "sentence": serializers.CharField(help_text="What the recipient loses, at once"),
        "reads": serializers.IntegerField(help_text="How often something was handed out by the grant"),
        "delivered": serializers.IntegerField(help_text="Readings and figures in those answers, which stay"),
    },
)


def _given(summary: str, body: Any = None, answer: int = status.HTTP_200_OK) -> Callable[..., Any]:
    told = {answer: GrantOut}
    return extend_schema(tags=["data rights"], summary=summary, request=body, responses=told)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Grants that concern you"),
    retrieve=extend_schema(tags=["data rights"], summary="One grant"),
)
class GrantViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Grant]):
    """Grants asked for or got by the acting organization, or about its machines' and leases' data."""

    serializer_class = GrantOut
    lookup_field = "public_id"
    queryset = Grant.objects.none()

    def get_queryset(self) -> Any:
        reads = self.request.method == "GET"
        require_scope(self.request, Scope.TELEMETRY_READ if reads else Scope.DATA_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        return queries.grants_of(organization)

    @_given("Ask for a grant", GrantAskIn, status.HTTP_201_CREATED)
    def create(self, request: Request) -> Response:
        within = _writer(request)
        given = GrantAskIn(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        reason = facts.pop("reason")
        wanted = _wanted(facts, recipient=within)
        grant = grants.ask(wanted=wanted, reason=reason, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(GrantOut(grant).data, status=status.HTTP_201_CREATED)

    @_given("Give a grant that nobody asked for", GrantOfferIn, status.HTTP_201_CREATED)
    @action(detail=False, methods=["post"])
    def offer(self, request: Request) -> Response:
        """Consent unasked, or record a lawful order as the platform."""
        within = _writer(request)
        given = GrantOfferIn(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        recipient = get_object_or_404(Organization, public_id=facts.pop("recipient"))
        wanted = _wanted(facts, recipient=recipient)
        grant = grants.offer(wanted=wanted, within=within, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(GrantOut(grant).data, status=status.HTTP_201_CREATED)

    @_given("Give what was asked for, by the digest of its terms", GrantGiveIn)
    @action(detail=True, methods=["post"])
    def give(self, request: Request, public_id: str) -> Response:
        return self._done(request, grants.give, GrantGiveIn)

    @_given("Refuse a request", GrantRefuseIn)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, public_id: str) -> Response:
        return self._done(request, grants.refuse, GrantRefuseIn)

    @_given("Withdraw a grant")
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._done(request, grants.withdraw)

    @_given("Close a service job")
    @action(detail=True, methods=["post"], url_path="close-job")
    def close_job(self, request: Request, public_id: str) -> Response:
        return self._done(request, grants.close_job)

    @extend_schema(tags=["data rights"], summary="What a withdrawal would take", responses=EFFECT)
    @action(detail=True)
    def effect(self, request: Request, public_id: str) -> Response:
        """Say who would lose what at once, and what has been handed out already and stays."""
        grant = self.get_object()
        if grant.given_at is None:
            raise Http404
        found = queries.effect_of_withdrawal(grant)
        told = {"sentence": grant.sentence(), "reads": found.reads, "delivered": found.delivered}
        return Response(told)

    def _done(
        self,
        request: Request,
        act: Callable[..., Grant],
        body: type[serializers.Serializer[Any]] | None = None,
    ) -> Response:
        within, grant, facts = _writer(request), self.get_object(), {}
        if body is not None:
            given = body(data=request.data)
            given.is_valid(raise_exception=True)
            facts = given.validated_data
        done = act(grant=grant, within=within, by=request.user, at=clock.now(), **facts)
        return Response(GrantOut(done).data)


def _writer(request: Request) -> Organization:
    require_scope(request, Scope.DATA_WRITE)
    within = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=within)  # type: ignore[arg-type]
    return within


def _wanted(facts: dict[str, Any], *, recipient: Organization) -> Wanted:
    """Find the machine and the lease that the data are of."""
    machines = Equipment.objects.select_related("owner")
    equipment = get_object_or_404(machines, public_id=facts.pop("equipment"))
    held = Agreement.objects.filter(equipment=equipment).select_related("owner", "lessee", "equipment")
    named = facts.pop("agreement", None)
    generated = facts["generated"]
    since = generated.start if generated else clock.now()
    then = held.filter(period__contains=since).not_sublet(since).first()
    return Wanted(
        equipment=equipment,
        agreement=then if named is None else get_object_or_404(held, public_id=named),
        recipient=recipient,
        **facts | {"kind": Grant.Kind(facts["kind"])},
    )
