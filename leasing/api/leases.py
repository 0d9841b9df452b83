"""Leases over REST: the verbs of the agreement are sub-resources of it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import leases, moves
from leasing.actions.acts import ACTS
from leasing.api.batch_records import BatchRecordActions
from leasing.api.changes import ChangeActions
from leasing.api.contracts import ContractActions
from leasing.api.damage import DamageActions
from leasing.api.finance import FinanceActions
from leasing.api.handovers import HandoverActions
from leasing.api.insurance import InsuranceActions
from leasing.api.messages import MessageActions
from leasing.api.notices import NoticeActions
from leasing.api.ratings import RatingActions
from leasing.api.record_papers import RecordPaperActions
from leasing.api.referrals import ReferralActions
from leasing.api.returns import ReturnActions
from leasing.api.risks import RiskActions
from leasing.api.serializers import (
    AcceptIn,
    CancelIn,
    LeaseCounterIn,
    LeaseIn,
    LeaseOut,
    LeaseQuoteIn,
    OfferOut,
    RefuseIn,
    TransitionOut,
)
from leasing.api.settlements import SettlementActions
from leasing.api.subleases import SubleaseActions
from leasing.filters import LeaseFilter
from leasing.models import Lease
from leasing.rules.leases import Move
from marketplace.models import ApiKey, Equipment, Listing, Need
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.acting import visible_listings
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen
from marketplace.shared.period import Period

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the lease as you read it, such as "3"; another version is answered with 412.',
)


def verb(summary: str, given: type[Serializer[Any]] | None = None) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the lease."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"], summary=summary, request=given, responses=LeaseOut, parameters=[IF_MATCH]
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Your leases, on either side"),
    retrieve=extend_schema(tags=["leases"], summary="One lease"),
)
class LeaseViewSet(
    NoticeActions,
    ContractActions,
    SubleaseActions,
    ChangeActions,
    HandoverActions,
    InsuranceActions,
    ReturnActions,
    ReferralActions,
    RecordPaperActions,
    MessageActions,
    RiskActions,
    BatchRecordActions,
    FinanceActions,
    DamageActions,
    SettlementActions,
    RatingActions,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Lease],
):
    """A lease is seen by its two sides; what one may do with it follows from its state and one's role."""

    queryset = Lease.objects.none()
    serializer_class = LeaseOut
    filterset_class = LeaseFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        visible = Lease.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if isinstance(self.request.auth, ApiKey):
            visible = visible.of(self.request.auth.organization)
        return visible.with_parties().with_disputes()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @extend_schema(tags=["leases"], summary="Request a lease", request=LeaseIn, responses={201: LeaseOut})
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        given = LeaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        lease = leases.request(
            listing=_listing(request, values["listing"]),
            lessee=acting_organization(request),
            period=_period(values),
            expected_usage=values["expected_usage"],
            note=values["note"],
            data_terms_digest=values["data_terms_digest"],
            services=values["services"],
            need=_need(request, values["need"]),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return self.answer(lease, status.HTTP_201_CREATED)

    @as_seen(counted=True)
    @verb("Quote, as the lessor", LeaseQuoteIn)
    def quote(self, request: Request, public_id: str) -> Response:
        return self.move(Move.QUOTE, **self.offered(LeaseQuoteIn))

    @as_seen(counted=True)
    @verb("Answer a quote with other terms, as the lessee", LeaseCounterIn)
    def counter(self, request: Request, public_id: str) -> Response:
        return self.move(Move.COUNTER, **self.offered(LeaseCounterIn))

    @as_seen(counted=True)
    @verb("Accept what the other side offered", AcceptIn)
    def accept(self, request: Request, public_id: str) -> Response:
        return self.move(Move.ACCEPT, **self.chosen(self.given(AcceptIn)))

    @verb("Refuse, as the lessor", RefuseIn)
    def refuse(self, request: Request, public_id: str) -> Response:
        return self.move(Move.REFUSE, **self.given(RefuseIn))

    @verb("Cancel before the handover", CancelIn)
    def cancel(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CANCEL, **self.given(CancelIn))

    @verb("Begin on a record that nobody answered")
    def activate(self, request: Request, public_id: str) -> Response:
        return self.move(Move.ACTIVATE)

    @verb("End a running lease")
    def end(self, request: Request, public_id: str) -> Response:
        return self.move(Move.END)

    @extend_schema(tags=["leases"], summary="Who did what, when", responses=TransitionOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        steps = self.get_object().transitions.all()
        return Response({"data": TransitionOut(steps, many=True).data})

    @extend_schema(tags=["leases"], summary="What was offered, by whom", responses=OfferOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def offers(self, request: Request, public_id: str) -> Response:
        found = list(self.get_object().offers.select_related("lease", "claim"))
        context = {"offers": {offer.version: offer for offer in found}}
        return Response({"data": OfferOut(found, many=True, context=context).data})

    def offered(self, shape: type[Serializer[Any]]) -> dict[str, Any]:
        """Return an offer as its action takes it: both times as a period, or neither."""
        given = self.chosen(self.given(shape))
        times: dict[str, Any] = {name: given.pop(name) for name in ("starts_at", "ends_at") if name in given}
        if len(times) == 1:
            missing = "ends_at" if "starts_at" in times else "starts_at"
            raise exceptions.ValidationError({missing: [_("Give both times, or neither.")]})
        return given | ({"period": _period(times)} if times else {})

    def chosen(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the body with the machine that it names."""
        wanted = given.pop("equipment", None)
        return given | ({"equipment": _machine(self.request, wanted)} if wanted else {})

    def given(self, shape: type[Serializer[Any]]) -> dict[str, Any]:
        """Return the body, read by its serializer; the lease comes first, so that strangers learn nothing."""
        self.get_object()
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def move(self, move: Move, **given: Any) -> Response:
        """Carry out one move of the state table."""
        lease = self.get_object()
        _require_side(self.request, lease, move)
        expected = _expected_version(self.request, lease)
        lease = ACTS[move](lease=lease, by=self.request.user, at=clock.now(), expected=expected, **given)
        return self.answer(lease)

    def answer(self, lease: Lease, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the lease as it is now, and the tag of its version."""
        now = Lease.objects.with_parties().with_disputes().get(pk=lease.pk)
        return Response(LeaseOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})


def _listing(request: Request, public_id: str) -> Listing:
    found = visible_listings(request).filter(public_id=public_id).first()
    if found is None:
        raise exceptions.ValidationError({"listing": [_("There is no such listing.")]})
    return found


def _need(request: Request, public_id: str | None) -> Need | None:
    if not public_id:
        return None
    found = Need.objects.of(acting_organization(request)).filter(public_id=public_id).first()
    if found is None:
        raise exceptions.ValidationError({"need": [_("You have no such need.")]})
    return found


def _machine(request: Request, public_id: str) -> Equipment:
    found = Equipment.objects.visible_to(request.user).filter(public_id=public_id).first()  # type: ignore[arg-type]
    if found is None:
        raise exceptions.ValidationError({"equipment": [_("You have no such machine.")]})
    return found


def _period(values: dict[str, Any]) -> Period:
    if values["ends_at"] <= values["starts_at"]:
        raise exceptions.ValidationError({"ends_at": [_("The end must lie after the start.")]})
    return Period(values["starts_at"], values["ends_at"])


def _require_side(request: Request, lease: Lease, move: Move) -> None:
    """A key acts for one organization, also where its maker belongs to both sides."""
    key = request.auth
    if isinstance(key, ApiKey) and key.organization not in moves.sides_of(lease=lease, move=move):
        raise MissingRight(organization=key.organization.name)


def _expected_version(request: Request, lease: Lease) -> int | None:
    return versions.matched(
        request.headers.get("If-Match"), version=lease.version, differs=moves.LeaseChanged
    )
