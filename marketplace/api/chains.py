"""REST: supply chains, their members, and listings open to a chain alone."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import chains
from marketplace.models import Chain, ChainMember, Listing, Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, organization_named, require_scope
from marketplace.shared import clock


class ChainMemberOut(serializers.ModelSerializer[ChainMember]):
    """An organization in a chain, and since when it stands as it does."""

    organization = serializers.CharField(source="member.public_id", read_only=True)
    organization_name = serializers.CharField(source="member.name", read_only=True)

    class Meta:
        model = ChainMember
        fields = ("organization", "organization_name", "status", "invited_at", "changed_at")
        read_only_fields = fields


class SupplyChainOut(serializers.ModelSerializer[Chain]):
    """A chain; ``standing`` is your own: ``LEADER``, ``INVITED`` or ``ACCEPTED``."""

    id = serializers.CharField(source="public_id", read_only=True)
    leader = serializers.CharField(source="leader.public_id", read_only=True)
    leader_name = serializers.CharField(source="leader.name", read_only=True)
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Chain
        fields = ("id", "name", "leader", "leader_name", "standing", "made_at")
        read_only_fields = fields

    def get_standing(self, chain: Chain) -> str:
        mine: Organization = self.context["organization"]
        return "LEADER" if chain.leader_id == mine.pk else chain.mine[0].status  # type: ignore[attr-defined]


class ChainIn(serializers.Serializer[Any]):
    """A new chain."""

    name = serializers.CharField(max_length=80)


class ChainNamedIn(serializers.Serializer[Any]):
    """An organization, by its public id or credit code."""

    organization = serializers.CharField(max_length=30)


class AudienceIn(serializers.Serializer[Any]):
    """A chain of your own, to whose members alone the listing is open; ``null`` opens it to everybody."""

    chain = serializers.CharField(max_length=30, allow_null=True)


@extend_schema_view(
    list=extend_schema(tags=["needs"], summary="Supply chains that you lead, are in, or are invited to"),
    retrieve=extend_schema(tags=["needs"], summary="One supply chain"),
)
class ChainViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Chain]):
    """A chain is seen by its leader, its members, and who is invited; its members, by its leader alone."""

    queryset = Chain.objects.none()
    serializer_class = SupplyChainOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LISTINGS_READ if reading else Scope.LISTINGS_WRITE)
        mine = acting_organization(self.request)
        return Chain.objects.visible_to(mine).with_standing(mine)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["organization"] = acting_organization(self.request)
        return context

    @extend_schema(
        tags=["needs"], summary="Begin a supply chain", request=ChainIn, responses={201: SupplyChainOut}
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LISTINGS_WRITE)
        given = ChainIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"leader": acting_organization(request), "by": request.user}
        made = chains.create(at=clock.now(), **who, **given.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(tags=["needs"], summary="Members, as the leader", responses=ChainMemberOut(many=True))
    @action(detail=True, pagination_class=None)
    def members(self, request: Request, public_id: str) -> Response:
        found = self.led().members.select_related("member")
        return Response({"data": ChainMemberOut(found, many=True).data})

    @extend_schema(
        tags=["needs"], summary="Invite an organization", request=ChainNamedIn, responses=ChainMemberOut
    )
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, public_id: str) -> Response:
        return self.step(chains.invite, named=True)

    @extend_schema(
        tags=["needs"], summary="Take a member out", request=ChainNamedIn, responses=ChainMemberOut
    )
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, public_id: str) -> Response:
        return self.step(chains.remove, named=True)

    @extend_schema(tags=["needs"], summary="Join", request=None, responses=ChainMemberOut)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, public_id: str) -> Response:
        return self.step(chains.accept)

    @extend_schema(tags=["needs"], summary="Do not join", request=None, responses=ChainMemberOut)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, public_id: str) -> Response:
        return self.step(chains.decline)

    @extend_schema(tags=["needs"], summary="Leave", request=None, responses=ChainMemberOut)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, public_id: str) -> Response:
        return self.step(chains.leave)

    def led(self) -> Chain:
        """Return the chain, if the caller acts for its leader."""
        chain: Chain = self.get_object()
        if chain.leader != acting_organization(self.request):
            raise MissingRight(organization=chain.leader.name)
        return chain

    def step(self, act: Callable[..., ChainMember], *, named: bool = False) -> Response:
        """Carry out a step: the leader's about an organization that it names, or a member's own."""
        chain: Chain = self.led() if named else self.get_object()
        who: dict[str, Any] = {"by": self.request.user, "at": clock.now()}
        if named:
            who["member"] = self.named()
        else:
            who["within"] = acting_organization(self.request)
        return Response(ChainMemberOut(act(chain=chain, **who)).data)

    def named(self) -> Organization:
        """Return the organization that the body names."""
        given = ChainNamedIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        found = organization_named(given.validated_data["organization"])
        if found is None:
            raise exceptions.ValidationError({"organization": [_("There is no such organization.")]})
        return found


class ListingAudienceActions:
    """Sub-resource of a listing; mixed into its view set."""

    @extend_schema(tags=["listings"], summary="Open it to a chain alone, or to everybody", request=AudienceIn)
    @action(detail=True, methods=["post"], filterset_class=None)
    def audience(self, request: Request, public_id: str) -> Response:
        """Say who may see the listing and ask for it."""
        listing: Listing = self.mine(request)  # type: ignore[attr-defined]
        if acting_organization(request) != listing.owner:
            raise MissingRight(organization=listing.owner.name)
        given = AudienceIn(data=request.data)
        given.is_valid(raise_exception=True)
        chain = own_chain(listing.owner, given.validated_data["chain"])
        chains.open_listing(listing=listing, chain=chain, by=request.user, at=clock.now())  # type: ignore[arg-type]
        answered: Response = self.answer(listing)  # type: ignore[attr-defined]
        return answered


def own_chain(leader: Organization, public_id: str | None) -> Chain | None:
    """Return a chain of one's own by its public id, or none if none is named."""
    if not public_id:
        return None
    found = Chain.objects.filter(leader=leader, public_id=public_id).first()
    if found is None:
        raise exceptions.ValidationError({"chain": [_("You lead no such chain.")]})
    return found
