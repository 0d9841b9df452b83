"""REST: members of the acting organization, and invitations to it."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import invitations, members
from marketplace.models import Invitation, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.members import members_of
from marketplace.shared import clock

WHO = [OpenApiParameter("public_id", OpenApiTypes.STR, OpenApiParameter.PATH)]


class MemberOut(serializers.Serializer[Any]):
    """A person that acts for the organization, with its roles there."""

    id = serializers.CharField(source="user.public_id")
    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    has_second_factor = serializers.BooleanField()
    since = serializers.DateTimeField()


class RoleIn(serializers.Serializer[Any]):
    """The one role that a member holds from now on."""

    role = serializers.ChoiceField(choices=Role.choices)


class InvitationOut(serializers.ModelSerializer[Invitation]):
    """An open invitation; its link is in the mail alone."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "made_by_name", "made_at", "expires_at")
        read_only_fields = fields


class InvitationIn(serializers.Serializer[Any]):
    """Whom to invite, and as what."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)


class MemberViewSet(viewsets.GenericViewSet[User]):
    """Who acts for the acting organization."""

    serializer_class = MemberOut
    lookup_field = "public_id"
    lookup_value_regex = "usr_[0-9A-Z]+"
    queryset = User.objects.none()
    pagination_class = None

    def within(self) -> Organization:
        """Return the acting organization, if the caller may read (or write) its members."""
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.MEMBERS_READ if reading else Scope.MEMBERS_WRITE)
        return acting_organization(self.request)

    def known(self, public_id: str) -> dict[str, Any]:
        """Return who changes whom; a stranger's id is an unknown one."""
        organization, by = self.within(), self.request.user
        found = User.objects.filter(memberships__organization=organization, is_robot=False).distinct()
        user = get_object_or_404(found, public_id=public_id)
        return {"organization": organization, "user": user, "by": by, "at": clock.now()}

    @extend_schema(tags=["parties"], summary="Who acts for your organization", responses=MemberOut(many=True))
    def list(self, request: Request) -> Response:
        """List the members by name."""
        return Response({"data": MemberOut(members_of(self.within()), many=True).data})

    @extend_schema(
        tags=["parties"], summary="Let a member go, with its keys", parameters=WHO, responses={204: None}
    )
    def destroy(self, request: Request, public_id: str) -> Response:
        """Let a member go; the last administrator stays."""
        members.remove(**self.known(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        tags=["parties"],
        summary="Give a member another role",
        parameters=WHO,
        request=RoleIn,
        responses=MemberOut(many=True),
    )
    @action(detail=True, methods=["post"])
    def role(self, request: Request, public_id: str) -> Response:
        """Give a member one role in place of all others; answers with all members."""
        known = self.known(public_id)
        given = RoleIn(data=request.data)
        given.is_valid(raise_exception=True)
        members.set_role(role=given.validated_data["role"], **known)
        return Response({"data": MemberOut(members_of(known["organization"]), many=True).data})


@extend_schema_view(
    list=extend_schema(tags=["parties"], summary="Open invitations of your organization"),
    create=extend_schema(
        tags=["parties"],
        summary="Invite somebody by mail",
        request=InvitationIn,
        responses={201: InvitationOut},
    ),
    destroy=extend_schema(tags=["parties"], summary="Take an invitation back", parameters=WHO),
)
class InvitationViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Invitation]):
    """Invitations, for those who edit members."""

    serializer_class = InvitationOut
    queryset = Invitation.objects.none()
    lookup_field = "public_id"
    lookup_value_regex = "inv_[0-9A-Z]+"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.MEMBERS_READ if reading else Scope.MEMBERS_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
        found = Invitation.objects.open(clock.now()) if reading else Invitation.objects.all()
        return found.filter(organization=organization)

    def create(self, request: Request) -> Response:
        """Invite an address; the same again sends another link, and the old one works no longer."""
        require_scope(request, Scope.MEMBERS_WRITE)
        organization = acting_organization(request)
        require(request.user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
        given = InvitationIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = invitations.invite(
            organization=organization,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(InvitationOut(made).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Invitation) -> None:
        """Revoke it; twice changes nothing."""
        invitations.revoke(invitation=instance, by=self.request.user, at=clock.now())  # type: ignore[arg-type]
