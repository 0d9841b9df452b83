"""REST: announcements of the platform, for everybody to read; the platform writes them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import announcements
from marketplace.filters.announcements import AnnouncementFilter
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Announcement, ApiKey
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.announcements import (
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Audience,
    Kind,
    Wanted,
)
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen

TAG = ["announcements"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the draft as you read it, such as "3"; another version: 412.',
)


class AnnouncementOut(serializers.ModelSerializer[Announcement]):
    """
    One announcement; plain text, a blank line begins a paragraph.

    Pages show its title from `shown_from` until `shown_until` to whom it is for. `region` are the two digits
    of the province, if it is for one. Rules hold from `in_force_from`; maintenance lasts from `begins_at` to
    `ends_at`. `reason` is why it was withdrawn.
    """

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Announcement
        fields = (
            "id",
            "kind",
            "title_zh",
            "title_en",
            "text_zh",
            "text_en",
            "audience",
            "region",
            "shown_from",
            "shown_until",
            "in_force_from",
            "begins_at",
            "ends_at",
            "state",
            "version",
            "published_at",
            "withdrawn_at",
            "reason",
        )
        read_only_fields = fields


class AnnouncementIn(serializers.Serializer[Any]):
    """A draft, or all of what it says anew. What its kind or audience has not is left out."""

    kind = serializers.ChoiceField(choices=Announcement.About.choices)
    title_zh = serializers.CharField(max_length=LONGEST_TITLE)
    title_en = serializers.CharField(max_length=LONGEST_TITLE)
    text_zh = serializers.CharField(max_length=LONGEST_TEXT)
    text_en = serializers.CharField(max_length=LONGEST_TEXT)
    audience = serializers.ChoiceField(choices=Announcement.For.choices)
    region = serializers.CharField(max_length=2, required=False, allow_blank=True, default="")
    shown_from = DateTimeField()
    shown_until = DateTimeField()
    in_force_from = DateTimeField(required=False, allow_null=True, default=None)
    begins_at = DateTimeField(required=False, allow_null=True, default=None)
    ends_at = DateTimeField(required=False, allow_null=True, default=None)

    @staticmethod
    def wanted(request: Request) -> Wanted:
        """Return what was sent as the action takes it."""
        given = AnnouncementIn(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        return Wanted(**values | {"kind": Kind(values["kind"]), "audience": Audience(values["audience"])})


class AnnouncementReasonIn(serializers.Serializer[Any]):
    """Why it is withdrawn; everybody reads it."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="What the platform announces, the newest first"),
    retrieve=extend_schema(tags=TAG, summary="One announcement"),
)
class AnnouncementViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Announcement]
):
    """Every key reads what was published; drafts are the platform's, with ``announcements:write``."""

    queryset = Announcement.objects.none()
    serializer_class = AnnouncementOut
    filterset_class = AnnouncementFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            require_scope(self.request, Scope.ANNOUNCEMENTS_WRITE)
        return Announcement.objects.all() if self._writes() else Announcement.objects.public()

    def _writes(self) -> bool:
        """Tell whether it is somebody who may announce something: others read no drafts."""
        key, acting = getattr(self.request, "auth", None), acting_organization(self.request)
        if isinstance(key, ApiKey) and Scope.ANNOUNCEMENTS_WRITE not in key.scopes:
            return False
        user: Any = self.request.user
        return acting.kind == OrganizationKind.PLATFORM and allowed(
            user, Permission.ANNOUNCEMENT_PUBLISH, within=acting
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found: Announcement = self.get_object()
        return Response(AnnouncementOut(found).data, headers=_tag(found))

    @extend_schema(
        tags=TAG,
        summary="Write a draft, as the platform",
        request=AnnouncementIn,
        responses={201: AnnouncementOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.ANNOUNCEMENTS_WRITE)
        who = self._who()
        made = announcements.draft(wanted=AnnouncementIn.wanted(request), **who)
        return Response(AnnouncementOut(made).data, status=status.HTTP_201_CREATED, headers=_tag(made))

    @as_seen(counted=True)
    @extend_schema(
        tags=TAG,
        summary="Let a draft say something else: all of it",
        request=AnnouncementIn,
        responses=AnnouncementOut,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        who = self._who(seen=found)
        changed = announcements.change(announcement=found, wanted=AnnouncementIn.wanted(request), **who)
        return Response(AnnouncementOut(changed).data, headers=_tag(changed))

    @as_seen(counted=True)
    @extend_schema(tags=TAG, summary="Throw a draft away", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        announcements.drop(announcement=found, **self._who(seen=found))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @as_seen(counted=True)
    @extend_schema(
        tags=TAG,
        summary="Publish a draft, and tell whom it is for",
        request=None,
        responses=AnnouncementOut,
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def publish(self, request: Request, public_id: str) -> Response:
        """Publish it; it never changes from then on. A background job tells organizations."""
        found = self.get_object()
        made = announcements.publish(announcement=found, **self._who(seen=found))
        return Response(AnnouncementOut(made).data, headers=_tag(made))

    @extend_schema(
        tags=TAG,
        summary="Withdraw what was published",
        request=AnnouncementReasonIn,
        responses=AnnouncementOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def withdraw(self, request: Request, public_id: str) -> Response:
        """Withdraw it with a reason that everybody reads; who was told of it is told that, too."""
        found, who = self.get_object(), self._who()
        given = AnnouncementReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = announcements.withdraw(announcement=found, reason=given.validated_data["reason"], **who)
        return Response(AnnouncementOut(made).data, headers=_tag(made))

    @extend_schema(
        tags=TAG,
        summary="Tell those who were not told yet",
        request=None,
        responses=AnnouncementOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def tell(self, request: Request, public_id: str) -> Response:
        """Tell the rest, where the background job was stopped or failed; nobody hears it twice."""
        made = announcements.tell_rest(announcement=self.get_object(), **self._who())
        return Response(AnnouncementOut(made).data, headers=_tag(made))

    def _who(self, *, seen: Announcement | None = None) -> dict[str, Any]:
        """Return who acts; whoever may not is told so before anything of what it sent."""
        within, by = acting_organization(self.request), self.request.user
        announcements.require_announcer(by=by, within=within)  # type: ignore[arg-type]
        who = {"within": within, "by": by, "at": clock.now()}
        if seen is None:
            return who
        tag, differs = self.request.headers.get("If-Match"), announcements.AnnouncementChanged
        return who | {"expected": versions.matched(tag, version=seen.version, differs=differs)}


def _tag(found: Announcement) -> dict[str, str]:
    return {"ETag": f'"{found.version}"'}
