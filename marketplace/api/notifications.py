"""REST: what the organization and the person were told."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import notifications
from marketplace.filters import NotificationFilter
from marketplace.models import Notification
from marketplace.queries import acting_organization
from marketplace.shared import clock


class NotificationOut(serializers.ModelSerializer[Notification]):
    """One notification; `sentence` is in the language of the request, `facts` are what it is made of."""

    id = serializers.CharField(source="public_id")
    kind = serializers.ChoiceField(choices=Notification.KINDS, read_only=True)
    facts = serializers.DictField(child=serializers.CharField())
    sentence = serializers.CharField(source="said")
    personal = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ["id", "kind", "facts", "sentence", "link", "personal", "made_at", "read_at"]
        read_only_fields = fields

    def get_personal(self, one: Notification) -> bool:
        return one.person_id is not None


class ReadIn(serializers.Serializer[Any]):
    """Which were read; all if left out."""

    ids = serializers.ListField(child=serializers.CharField(max_length=30), required=False, max_length=500)


class ReadOut(serializers.Serializer[Any]):
    """How many were unread."""

    read = serializers.IntegerField()


@extend_schema_view(list=extend_schema(tags=["parties"], summary="What you were told, the newest first"))
class NotificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Notification]):
    """Notifications of the acting organization, and of the person in it."""

    serializer_class = NotificationOut
    filterset_class = NotificationFilter
    queryset = Notification.objects.none()

    def get_queryset(self) -> Any:
        return Notification.objects.to(self.request.user, acting_organization(self.request))  # type: ignore[arg-type]

    @extend_schema(tags=["parties"], summary="Mark as read", request=ReadIn, responses=ReadOut, filters=False)
    @action(detail=False, methods=["post"], filterset_class=None)
    def read(self, request: Request) -> Response:
        given = ReadIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "within": acting_organization(request)}
        ids = given.validated_data.get("ids")
        return Response({"read": notifications.mark_read(ids=ids, at=clock.now(), **who)})
