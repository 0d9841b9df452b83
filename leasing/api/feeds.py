"""Calendar feeds over REST: make one, list them, revoke one."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import feeds
from leasing.models import CalendarFeed
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class CalendarFeedOut(serializers.ModelSerializer[CalendarFeed]):
    """A calendar address without its secret."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = CalendarFeed
        fields = ("id", "name", "shows", "language", "created_at", "revoked_at", "last_used_at")
        read_only_fields = fields


class CalendarFeedIn(serializers.Serializer[Any]):
    """A new feed: all machines of yours, or what you lease."""

    name = serializers.CharField(max_length=80)
    shows = serializers.ChoiceField(choices=CalendarFeed.Shows.choices)
    language = serializers.ChoiceField(choices=["zh-hans", "en"], default="zh-hans")


class CalendarFeedMadeOut(CalendarFeedOut):
    """A new feed with its address, which is shown this once."""

    url = serializers.CharField(read_only=True)

    class Meta:
        model = CalendarFeed
        fields = ("id", "name", "shows", "language", "created_at", "revoked_at", "last_used_at", "url")
        read_only_fields = fields


@extend_schema_view(list=extend_schema(tags=["leases"], summary="Your calendar feeds"))
class CalendarFeedViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[CalendarFeed]):
    """Feeds of the acting organization; the calendar itself is read at its address, without a key."""

    queryset = CalendarFeed.objects.none()
    serializer_class = CalendarFeedOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        visible = CalendarFeed.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if isinstance(self.request.auth, ApiKey):
            visible = visible.filter(organization=self.request.auth.organization)
        return visible.select_related("organization")

    @extend_schema(
        tags=["leases"],
        summary="Make a calendar feed",
        request=CalendarFeedIn,
        responses={201: CalendarFeedMadeOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        given = CalendarFeedIn(data=request.data)
        given.is_valid(raise_exception=True)
        feed, token = feeds.create(
            organization=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        address = request.build_absolute_uri(reverse("calendar-feed", args=[token]))
        return Response(
            CalendarFeedOut(feed).data | {"url": address},
            status=status.HTTP_201_CREATED,
            headers={"Cache-Control": "no-store"},
        )

    @extend_schema(tags=["leases"], summary="Revoke a calendar feed", responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        feeds.revoke(feed=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)
