"""REST: conversations about listings and leases."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import messages
from marketplace.filters import ConversationFilter
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Conversation, Message
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.acting import visible_listings
from marketplace.rules.messages import LONGEST, WRITTEN
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class MessageOut(serializers.ModelSerializer[Message]):
    """
    One message; `meet_at` is the time that it proposes, confirms or declines.

    `answers` is the number of the message whose time is confirmed or declined. `text` is plain text.
    """

    organization = serializers.CharField(source="organization.public_id")
    organization_name = serializers.CharField(source="organization.name")
    answers = serializers.IntegerField(source="answers.number", allow_null=True, default=None)

    class Meta:
        model = Message
        fields = (
            "number",
            "organization",
            "organization_name",
            "author_name",
            "kind",
            "text",
            "meet_at",
            "answers",
            "written_at",
        )
        read_only_fields = fields


class ConversationOut(serializers.ModelSerializer[Conversation]):
    """A conversation as one of its sides sees it; `lease` is empty where it is about a listing alone."""

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    id = serializers.CharField(source="public_id")
    listing = serializers.CharField(source="listing.public_id")
    title = serializers.CharField(source="listing.title")
    lease = serializers.CharField(source="reference")
    owner = serializers.CharField(source="owner.public_id")
    owner_name = serializers.CharField(source="owner.name")
    asker = serializers.CharField(source="asker.public_id")
    asker_name = serializers.CharField(source="asker.name")
    unread = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields = (
            "id",
            "listing",
            "title",
            "lease",
            "owner",
            "owner_name",
            "asker",
            "asker_name",
            "opened_at",
            "last_at",
            "last_number",
            "unread",
        )
        read_only_fields = fields

    def get_unread(self, one: Conversation) -> int:
        return one.last_number - one.seen


class MessageIn(serializers.Serializer[Any]):
    """A message: plain text, and the time that it proposes, if it proposes one."""

    kind = serializers.ChoiceField(choices=[each.value for each in WRITTEN], default=WRITTEN[0].value)
    text = serializers.CharField(max_length=LONGEST)
    meet_at = DateTimeField(required=False, allow_null=True, default=None)


class AskOwnerIn(MessageIn):
    """The first message, or another one, to the owner of a listing."""

    listing = serializers.CharField(max_length=30)


class AppointmentIn(serializers.Serializer[Any]):
    """Confirm, or decline, the time that a message proposes."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    accept = serializers.BooleanField()
    text = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")


class MarkOut(serializers.Serializer[Any]):
    """Up to which message everything is read."""

    read = serializers.IntegerField()


@extend_schema_view(
    list=extend_schema(tags=["messages"], summary="Your conversations, the newest first"),
    retrieve=extend_schema(tags=["messages"], summary="One conversation"),
)
class ConversationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Conversation]
):
    """Conversations of the acting organization; the two sides alone see them."""

    queryset = Conversation.objects.none()
    serializer_class = ConversationOut
    filterset_class = ConversationFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        mine = acting_organization(self.request)
        return Conversation.objects.of(mine).with_read(mine).with_sides().order_by("-pk")

    @extend_schema(
        tags=["messages"],
        summary="Write to a listing's owner",
        request=AskOwnerIn,
        responses={201: MessageOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        given = read(AskOwnerIn, request)
        visible = visible_listings(request).select_related("owner")
        listing = visible.filter(public_id=given.pop("listing")).first()
        if listing is None:
            raise exceptions.ValidationError({"listing": [_("There is no such listing.")]})
        who: dict[str, Any] = {"asker": acting_organization(request), "by": request.user}
        return answered(messages.ask(listing=listing, **who, at=clock.now(), **given))

    @extend_schema(tags=["messages"], summary="What was written", responses=MessageOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def messages(self, request: Request, public_id: str) -> Response:
        return written(self.get_object())

    @extend_schema(tags=["messages"], summary="Write", request=MessageIn, responses={201: MessageOut})
    @messages.mapping.post
    def write(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return answered(messages.write(conversation=found, **self.who(), **read(MessageIn, request)))

    @extend_schema(
        tags=["messages"],
        summary="Confirm or decline an appointment",
        request=AppointmentIn,
        responses={201: MessageOut},
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def answer(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        return answered(messages.answer(conversation=found, **self.who(), **read(AppointmentIn, request)))

    @extend_schema(tags=["messages"], summary="Mark as read", request=None, responses=MarkOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def read(self, request: Request, public_id: str) -> Response:
        return Response({"read": messages.mark_read(conversation=self.get_object(), **self.who())})

    def who(self) -> dict[str, Any]:
        """Return who acts, for which organization, and when."""
        within = acting_organization(self.request)
        return {"within": within, "by": self.request.user, "at": clock.now()}


def read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the body, read by its serializer."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def written(found: Conversation) -> Response:
    """Answer with all messages of a conversation, the oldest first."""
    rows = found.messages.select_related("organization", "answers")
    return Response({"data": MessageOut(rows, many=True).data})


def answered(made: Message) -> Response:
    """Answer with a message that was just written."""
    return Response(MessageOut(made).data, status=status.HTTP_201_CREATED)
