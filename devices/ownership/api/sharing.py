"""REST: sharing requests of lessees, screened, priced, objected to, accepted, withdrawn, erased."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import sharing, sharing_answers
from devices.ownership.actions.sharing_answers import Objection
from devices.ownership.api.grants import EFFECT, Moment
from devices.ownership.filters import SharingFilter
from devices.ownership.models import Agreement, Grant, SharingObjection, SharingRequest
from devices.ownership.permissions import terms
from devices.ownership.queries import Wish
from devices.ownership.rules import duties
from devices.ownership.rules.screening import Outcome, Step
from devices.ownership.rules.sharing import LONGEST, MOST_PRICE, Reason, State
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.period import Period

WORDS: dict[str, Any] = {"max_length": LONGEST, "required": False, "default": "", "allow_blank": True}


class SharingObjectionOut(serializers.ModelSerializer[SharingObjection]):
    """What the owner objects, with the notice to the authority, and whether it was overruled."""

    class Meta:
        model = SharingObjection
        fields = ["reason", "text", "measures", "authority", "notice", "noticed_on", "objected_at"]
        fields += ["overruled_at", "overruled_why"]
        read_only_fields = fields


class SharingOut(serializers.ModelSerializer[SharingRequest]):
    """
    A request as lessee, owner and recipient see it; its id is that of its grant, and stands in the log.

    Amounts are in minor units of ``currency``, paid by the recipient to the owner. ``digest`` is what the
    recipient accepts: the terms of the grant, price, ``clauses`` and ``measures``.
    """

    id = serializers.CharField(source="public_id")
    state = serializers.SerializerMethodField()
    sentence = serializers.CharField(source="grant.sentence")
    equipment = serializers.CharField(source="grant.equipment.public_id")
    agreement = serializers.CharField(source="grant.agreement.public_id")
    lessee = serializers.CharField(source="grant.agreement.lessee.public_id")
    owner = serializers.CharField(source="grant.agreement.owner.public_id")
    recipient = serializers.CharField(source="grant.recipient.public_id")
    recipient_name = serializers.CharField(source="grant.recipient.name")
    categories = serializers.ListField(source="grant.categories", child=serializers.CharField())
    channels = serializers.ListField(source="grant.channels", child=serializers.CharField())
    right = serializers.ChoiceField(Grant.Right.choices, source="grant.right")
    purpose = serializers.CharField(source="grant.purpose")
    interval = serializers.CharField(source="grant.interval")
    generated_from = serializers.DateTimeField(source="grant.generated.lower")
    generated_to = serializers.DateTimeField(source="grant.generated.upper")
    readable_from = serializers.DateTimeField(source="grant.readable.lower")
    readable_to = serializers.DateTimeField(source="grant.readable.upper")
    competitor = serializers.BooleanField(source="grant.competitor")
    border_check = serializers.CharField(source="border_check.public_id", default=None, allow_null=True)
    measures = serializers.CharField()
    clauses = serializers.ListField(source="offer.clauses", child=serializers.CharField())
    digest = serializers.CharField(source="offer.digest")
    objections = SharingObjectionOut(many=True)
    asked_at = serializers.DateTimeField(source="grant.asked_at")
    reason = serializers.CharField(source="grant.reason")
    withdrawn_at = serializers.DateTimeField(source="grant.withdrawn_at", allow_null=True)
    erase_due_at = serializers.DateTimeField(allow_null=True)
    erasure = serializers.SerializerMethodField()

    class Meta:
        model = SharingRequest
        fields = ["id", "state", "sentence", "equipment", "agreement", "lessee", "owner", "recipient"]
        fields += ["recipient_name", "categories", "channels", "right", "purpose", "interval"]
        fields += ["generated_from", "generated_to", "readable_from", "readable_to", "competitor"]
        fields += ["destination", "border_check", "price_cap", "price", "cost", "currency", "price_basis"]
        fields += ["measures", "clauses", "digest", "objections", "asked_at", "reason", "priced_at"]
        fields += ["agreed_at", "withdrawn_at", "stop", "stopped_why", "erase_due_at", "erasure"]
        fields += ["erased_at", "erasure_statement", "noted_overdue_at"]
        read_only_fields = fields

    def get_state(self, one: SharingRequest) -> State:
        return one.state(clock.now())

    def get_erasure(self, one: SharingRequest) -> duties.State | None:
        return one.erasure(clock.now(), terms().grace)


class SharingIn(serializers.Serializer[Any]):
    """What is to be shared; ``recipient``: an id or a unified social credit code; the cap in minor units."""

    agreement = serializers.CharField(max_length=30)
    recipient = serializers.CharField(max_length=30)
    categories = serializers.ListField(
        child=serializers.CharField(max_length=24), min_length=1, max_length=12
    )
    channels = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=200
    )
    right = serializers.ChoiceField(choices=Grant.Right.choices)
    purpose = serializers.CharField(max_length=60)
    interval = serializers.CharField(max_length=8, required=False, default="", allow_blank=True)
    generated_from = Moment()
    generated_to = Moment()
    readable_from = Moment()
    readable_to = Moment()
    price_cap = serializers.IntegerField(min_value=0, max_value=MOST_PRICE, required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False)
    destination = serializers.RegexField(
        "^[A-Z]{2}$", required=False, help_text="Where it is processed: a country of ISO 3166, CN if left out"
    )
    reason = serializers.CharField(**WORDS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("generated", "readable"):
            start, end = attrs.pop(f"{name}_from"), attrs.pop(f"{name}_to")
            if end <= start:
                told = gettext_lazy("The end must lie after the start.")
                raise serializers.ValidationError({f"{name}_to": [told]})
            attrs[name] = Period(start, end)
        return attrs


class SharingPriceIn(serializers.Serializer[Any]):
    """What the recipient is to pay for all of it, in minor units, and how that is made up."""

    amount = serializers.IntegerField(min_value=0, max_value=MOST_PRICE)
    cost = serializers.IntegerField(min_value=0, max_value=MOST_PRICE, required=False)
    basis = serializers.CharField(**WORDS)


class SharingObjectIn(serializers.Serializer[Any]):
    """One of the reasons that the law knows, in writing."""

    reason = serializers.ChoiceField(SharingObjection.Reason.choices)
    text = serializers.CharField(max_length=LONGEST)
    measures = serializers.CharField(**WORDS)
    authority = serializers.CharField(**WORDS | {"max_length": 120})
    notice = serializers.CharField(**WORDS | {"max_length": 80})
    noticed_on = serializers.DateField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"objection": Objection(**attrs | {"reason": Reason(attrs["reason"])})}


class SharingAgreeIn(serializers.Serializer[Any]):
    """The digest of what you were shown."""

    digest = serializers.CharField(max_length=64)


class SharingWhyIn(serializers.Serializer[Any]):
    """Why; the others read it."""

    why = serializers.CharField(**WORDS)


class SharingErasedIn(serializers.Serializer[Any]):
    """Your statement that what you got is erased; it stays on record."""

    statement = serializers.CharField(max_length=LONGEST)


FINDING = inline_serializer(
    "SharingFinding",
    {
        "step": serializers.ChoiceField([one.value for one in Step]),
        "outcome": serializers.ChoiceField([one.value for one in Outcome]),
        "text": serializers.CharField(),
        "errors": inline_serializer(
            "SharingFlaw",
            {name: serializers.CharField() for name in ("pointer", "code", "detail")},
            many=True,
        ),
    },
    many=True,
)
SCREENING = inline_serializer("SharingScreening", {"passed": serializers.BooleanField(), "findings": FINDING})


def _step(summary: str, body: Any = None) -> Callable[..., Any]:
    return extend_schema(tags=["data rights"], summary=summary, request=body, responses=SharingOut)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Sharing requests that concern you"),
    retrieve=extend_schema(tags=["data rights"], summary="One sharing request"),
)
class SharingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SharingRequest]
):
    """Requests that the acting organization made, is to get by, or holds the data of."""

    serializer_class = SharingOut
    filterset_class = SharingFilter
    lookup_field = "grant__public_id"
    lookup_url_kwarg = "public_id"
    queryset = SharingRequest.objects.none()

    def get_queryset(self) -> Any:
        reads = self.request.method == "GET"
        require_scope(self.request, Scope.TELEMETRY_READ if reads else Scope.DATA_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        return queries.sharing_of(organization).with_owed(clock.now())

    @_step("Ask, as the lessee, that data be shared", SharingIn)
    def create(self, request: Request) -> Response:
        who = _who(request)
        wish, reason = _wish(request, who["within"])
        made = sharing.ask(wish=wish, reason=reason, **who)
        return Response(self._shown(made), status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["data rights"],
        summary="What the screening says of a request, before it is made",
        request=SharingIn,
        responses=SCREENING,
    )
    @action(detail=False, methods=["post"], filterset_class=None)
    def screening(self, request: Request) -> Response:
        """Go through every step in its order; nothing is written."""
        who = _who(request)
        wish, _reason = _wish(request, who["within"])
        found = queries.screened(wish, within=who["within"], at=who["at"])
        told = [
            {
                "step": one.step,
                "outcome": one.outcome,
                "text": gettext(one.text),
                "errors": [
                    {"pointer": f.pointer, "code": f.code, "detail": gettext(f.text).format(**f.facts)}
                    for f in one.flaws
                ],
            }
            for one in found.findings
        ]
        return Response({"passed": not found.flaws, "findings": told})

    @_step("State the price, as the owner", SharingPriceIn)
    @action(detail=True, methods=["post"])
    def price(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.price, SharingPriceIn)

    @_step("Object, as the owner", SharingObjectIn)
    @action(detail=True, methods=["post"], url_path="object")
    def object_to(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.object_to, SharingObjectIn)

    @_step("Overrule an objection, as the platform", SharingWhyIn)
    @action(detail=True, methods=["post"])
    def overrule(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.overrule, SharingWhyIn)

    @_step("Accept, as the recipient, by the digest of what was shown", SharingAgreeIn)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.agree, SharingAgreeIn)

    @_step("Decline, as the recipient", SharingWhyIn)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.decline, SharingWhyIn)

    @_step("Take it back or end it at once, as the lessee")
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing.withdraw)

    @_step("State that what was got is erased, as the recipient", SharingErasedIn)
    @action(detail=True, methods=["post"], url_path="confirm-erasure")
    def confirm_erasure(self, request: Request, public_id: str) -> Response:
        return self._done(request, sharing_answers.confirm_erasure, SharingErasedIn)

    @extend_schema(
        tags=["data rights"], summary="What a withdrawal would take", responses=EFFECT, filters=False
    )
    @action(detail=True, filterset_class=None)
    def effect(self, request: Request, public_id: str) -> Response:
        """Say who would lose what at once, and what has been handed out already and stays."""
        grant = self.get_object().grant
        if grant.given_at is None:
            raise Http404
        found = queries.effect_of_withdrawal(grant)
        return Response({"sentence": grant.sentence(), "reads": found.reads, "delivered": found.delivered})

    def _done(
        self,
        request: Request,
        act: Callable[..., SharingRequest],
        body: type[serializers.Serializer[Any]] | None = None,
    ) -> Response:
        who, found, facts = _who(request), self.get_object(), {}
        if body is not None:
            given = body(data=request.data)
            given.is_valid(raise_exception=True)
            facts = given.validated_data
        return Response(self._shown(act(request=found, **who, **facts)))

    def _shown(self, one: SharingRequest) -> Any:
        return SharingOut(SharingRequest.objects.shown().get(pk=one.pk)).data


def _wish(request: Request, within: Organization) -> tuple[Wish, str]:
    given = SharingIn(data=request.data)
    given.is_valid(raise_exception=True)
    facts = dict(given.validated_data)
    held = Agreement.objects.of(within).select_related("equipment__owner", "owner", "lessee")
    agreement = get_object_or_404(held, public_id=facts.pop("agreement"))
    recipient = queries.organization_named(facts.pop("recipient"))
    if recipient is None:
        raise Http404
    reason = facts.pop("reason")
    facts |= {name: tuple(facts.get(name, ())) for name in ("categories", "channels")}
    return Wish(agreement=agreement, recipient=recipient, **facts), reason


def _who(request: Request) -> dict[str, Any]:
    require_scope(request, Scope.DATA_WRITE)
    within = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=within)  # type: ignore[arg-type]
    return {"by": request.user, "within": within, "at": clock.now()}
