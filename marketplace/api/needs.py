"""REST: needs, what is on offer for them, answers, and the needs that one's own machines could serve."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import needs
from marketplace.api.chains import own_chain
from marketplace.api.need_shapes import (
    ChooseIn,
    InvitedOut,
    InviteIn,
    MatchOut,
    NeedAnswerIn,
    NeedAnswerOut,
    NeedIn,
    NeedOut,
    NeedReasonIn,
    ServedOut,
)
from marketplace.filters.needs import NeedFilter
from marketplace.models import Listing, Need
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.need_matches import matches_of, needs_served
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
TAGS = ["needs"]


def verb(summary: str, given: type[serializers.Serializer[Any]] | None, told: Any = NeedOut) -> Any:
    """Make a method a POST on a sub-resource of the need."""

    def decorate(method: Any) -> Any:
        described = extend_schema(tags=TAGS, summary=summary, request=given, responses=told)
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=TAGS, summary="Your own needs"),
    retrieve=extend_schema(tags=TAGS, summary="One need: your own, or one that you may answer"),
)
class NeedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Need]):
    """The list holds one's own needs; others are read one by one, and by ``served``."""

    queryset = Need.objects.none()
    serializer_class = NeedOut
    filterset_class = NeedFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        mine = acting_organization(self.request)
        found = Need.objects.of(mine) if self.action == "list" else Need.objects.visible_to(mine)
        return found.with_sides()

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["organization"] = acting_organization(self.request)
        return context

    @extend_schema(tags=TAGS, summary="Draft a need", request=NeedIn, responses={201: NeedOut})
    def create(self, request: Request) -> Response:
        self.scoped()
        who: dict[str, Any] = {"poster": acting_organization(request), "by": request.user}
        made = needs.create(at=clock.now(), **who, **self.values())
        return self.told(made, status.HTTP_201_CREATED)

    @extend_schema(tags=TAGS, summary="Change a draft", request=NeedIn, responses=NeedOut)
    def partial_update(self, request: Request, public_id: str) -> Response:
        need = self.own()
        values = self.values(partial=True)
        return self.told(needs.edit(need=need, changes=values, by=request.user, at=clock.now()))  # type: ignore[arg-type]

    @verb("Post it", None)
    def publish(self, request: Request, public_id: str) -> Response:
        return self.act(needs.post)

    @verb("Take no more answers", NeedReasonIn)
    def close(self, request: Request, public_id: str) -> Response:
        return self.act(needs.close, NeedReasonIn)

    @verb("Take it back", NeedReasonIn)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self.act(needs.withdraw, NeedReasonIn)

    @extend_schema(
        tags=TAGS, summary="What is on offer for it, with reasons, best first", responses=MatchOut(many=True)
    )
    @action(detail=True, **WHOLE)
    def matches(self, request: Request, public_id: str) -> Response:
        found = matches_of(self.own(), at=clock.now())
        return Response({"data": MatchOut(found, many=True).data})

    @verb("Ask owners to answer", InviteIn, InvitedOut)
    def invite(self, request: Request, public_id: str) -> Response:
        need, given = self.own(), self.given(InviteIn)
        named = set(given["listings"])
        found = list(Listing.objects.open_to(need.poster).filter(public_id__in=named).select_related("owner"))
        if len(found) < len(named):
            raise exceptions.ValidationError({"listings": [_("There is no such listing.")]})
        made = needs.invite(need=need, listings=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response({"invited": len(made)})

    @extend_schema(
        tags=TAGS,
        summary="Answers: all to their poster, your own otherwise",
        responses=NeedAnswerOut(many=True),
    )
    @action(detail=True, **WHOLE)
    def answers(self, request: Request, public_id: str) -> Response:
        need, mine = self.get_object(), acting_organization(request)
        found = need.answers.select_related("owner", "listing")
        found = found if need.poster_id == mine.pk else found.filter(owner=mine)
        return Response({"data": NeedAnswerOut(found, many=True).data})

    @verb("Answer with a listing of your own", NeedAnswerIn, {201: NeedAnswerOut})
    def answer(self, request: Request, public_id: str) -> Response:
        need, given, mine = self.get_object(), self.given(NeedAnswerIn), acting_organization(request)
        listing = Listing.objects.filter(owner=mine, public_id=given["listing"]).first()
        if listing is None:
            raise exceptions.ValidationError({"listing": [_("You have no such listing.")]})
        who: dict[str, Any] = {"within": mine, "by": request.user, "at": clock.now()}
        made = needs.answer(need=need, listing=listing, note=given["note"], **who)
        return Response(NeedAnswerOut(made).data, status=status.HTTP_201_CREATED)

    @verb("Say that you have nothing for it", NeedReasonIn, {201: NeedAnswerOut})
    def decline(self, request: Request, public_id: str) -> Response:
        need, given = self.get_object(), self.given(NeedReasonIn)
        who: dict[str, Any] = {"within": acting_organization(request), "by": request.user}
        made = needs.decline(need=need, reason=given["reason"], at=clock.now(), **who)
        return Response(NeedAnswerOut(made).data, status=status.HTTP_201_CREATED)

    @verb("Choose an answer", ChooseIn)
    def choose(self, request: Request, public_id: str) -> Response:
        need, given = self.own(), self.given(ChooseIn)
        found = need.answers.select_related("owner", "listing").filter(public_id=given["answer"]).first()
        if found is None:
            raise exceptions.ValidationError({"answer": [_("There is no such answer.")]})
        return self.told(needs.choose(need=need, answer=found, by=request.user, at=clock.now()))  # type: ignore[arg-type]

    @extend_schema(
        tags=TAGS,
        summary="Needs of others that your machines could serve",
        responses=ServedOut(many=True),
        parameters=[OpenApiParameter("limit", exclude=True), OpenApiParameter("cursor", exclude=True)],
    )
    @action(detail=False, **WHOLE)
    def served(self, request: Request) -> Response:
        self.scoped()
        rows = needs_served(acting_organization(request), at=clock.now())
        shown = [{"need": need, "matches": matches} for need, matches in rows]
        return Response({"data": ServedOut(shown, many=True, context=self.get_serializer_context()).data})

    def scoped(self) -> None:
        """Let a key go on that may read, or ask for, leases: needs are their beginning."""
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)

    def own(self) -> Need:
        """Return the need, if the caller acts for its poster."""
        need: Need = self.get_object()
        if need.poster_id != acting_organization(self.request).pk:
            raise MissingRight(organization=acting_organization(self.request).name)
        return need

    def values(self, *, partial: bool = False) -> dict[str, Any]:
        """Return the fields of a need that the body gives."""
        given = NeedIn(data=self.request.data, partial=partial)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if "chain" in values:
            values["chain"] = own_chain(acting_organization(self.request), values["chain"])
        return values

    def given(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """Return the body, read by its serializer; the need comes first, so that strangers learn nothing."""
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def act(
        self, move: Callable[..., Need], shape: type[serializers.Serializer[Any]] | None = None
    ) -> Response:
        """Carry out one step of the poster."""
        need = self.own()
        given = self.given(shape) if shape else {}
        return self.told(move(need=need, by=self.request.user, at=clock.now(), **given))

    def told(self, need: Need, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the need as it is now."""
        now = Need.objects.with_sides().get(pk=need.pk)
        return Response(self.get_serializer(now).data, status=code)
