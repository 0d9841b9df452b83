"""The data notice of a lease over REST: read it, accept it by its digest, deliver a new one."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import notices as told
from devices.ownership.models import Notice
from leasing.actions import notices
from leasing.models import Lease
from marketplace.gateway.fields import DateTimeField
from marketplace.models import ApiKey, Organization
from marketplace.permissions import MissingRight
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class NoticeOut(serializers.ModelSerializer[Notice]):
    """The newest notice of a lease; ``digest`` is the SHA-256 of ``document`` in canonical JSON."""

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="reference", read_only=True)
    document = serializers.DictField(read_only=True)
    accepted_at = serializers.SerializerMethodField()
    accepted_by = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = (
            "id",
            "lease",
            "number",
            "document",
            "digest",
            "delivered_at",
            "delivered_name",
            "accepted_at",
            "accepted_by",
        )
        read_only_fields = fields

    @extend_schema_field(DateTimeField(allow_null=True))
    def get_accepted_at(self, notice: Notice) -> Any:
        return notice.acceptance.at if notice.is_accepted else None

    def get_accepted_by(self, notice: Notice) -> str:
        return notice.acceptance.person_name if notice.is_accepted else ""


class NoticeAcceptIn(serializers.Serializer[Any]):
    """What is accepted: the digest of the notice that was read."""

    digest = serializers.CharField(max_length=64)


class NoticeActions:
    """Sub-resources of a lease; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["leases"],
        summary="What the lessee is told about the data",
        responses=NoticeOut,
    )
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Deliver a new data notice before the handover",
        request=None,
        responses={201: NoticeOut},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        url_path="data-notice",
        filterset_class=None,
        pagination_class=None,
    )
    def data_notice(self, request: Request, public_id: str) -> Response:
        """Give the newest notice, or make a new one from what the machines report now."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            _require_side(request, lease.lessor)
            notices.deliver(lease=lease, by=request.user, at=clock.now())  # type: ignore[arg-type]
            return _answer(lease, status.HTTP_201_CREATED)
        return _answer(lease)

    @extend_schema(
        tags=["leases"], summary="Accept the data notice", request=NoticeAcceptIn, responses=NoticeOut
    )
    @action(detail=True, methods=["post"], url_path="data-notice/accept", filterset_class=None)
    def accept_data_notice(self, request: Request, public_id: str) -> Response:
        """Accept what was read, by its digest; accepting twice changes nothing."""
        digest = self.given(NoticeAcceptIn)["digest"]  # type: ignore[attr-defined]
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        _require_side(request, lease.lessee)
        notice = _latest(lease)
        told.accept(notice=notice, digest=digest, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return _answer(lease)


def _latest(lease: Lease) -> Notice:
    found = Notice.objects.latest_for(lease.public_id)
    if found is None:
        raise Http404
    return found


def _answer(lease: Lease, code: int = status.HTTP_200_OK) -> Response:
    found = _latest(lease)
    return Response(NoticeOut(found).data, status=code, headers={"ETag": f'"{found.digest}"'})


def _require_side(request: Request, organization: Organization) -> None:
    """A key acts for one organization, also where its maker belongs to both sides."""
    if isinstance(request.auth, ApiKey) and request.auth.organization != organization:
        raise MissingRight(organization=organization.name)
