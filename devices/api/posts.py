"""REST: several deliveries in one post, of one device or of many of one organization."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.actions import posts
from devices.actions.posts import Taken
from devices.api.authentication import DeviceKeyAuthentication, IsKey
from devices.api.bodies import JSON, content, refused
from devices.api.pace import pace, room
from devices.api.telemetry import FIELDS, GAPS, REFUSED, written
from devices.models import DeviceKey
from devices.rules.envelopes import Envelope, Malformed
from devices.rules.posts import Part, read
from marketplace.actions.parties import robot
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.errors import DomainError


def _optional(listed: Any) -> Any:
    return type(listed.child)(many=True, required=False)


DEVICE = serializers.CharField(required=False, help_text="dev_…; a device's own key may leave it out")
DELIVERY = inline_serializer("TelemetryDeliveryOfDevice", {"device": DEVICE} | FIELDS, many=True)
RESULT = inline_serializer(
    "TelemetryDeliveryResult",
    {
        "device": serializers.CharField(allow_null=True),
        "status": serializers.IntegerField(help_text="What a post of its own would have been answered"),
        "accepted": serializers.IntegerField(required=False),
        "duplicates": serializers.IntegerField(required=False),
        "conflicts": _optional(REFUSED),
        "rejected": _optional(REFUSED),
        "gaps": _optional(GAPS),
        "ack": serializers.IntegerField(required=False, allow_null=True),
        "arrival": serializers.IntegerField(required=False, allow_null=True),
        "rate": inline_serializer(
            "TelemetryDeliveryRate",
            {
                "remaining": serializers.IntegerField(help_text="Readings the device may send now"),
                "reset": serializers.IntegerField(help_text="Seconds until it may send all it ever may"),
            },
            required=False,
        ),
        "code": serializers.CharField(required=False, help_text="Why nothing of it was taken"),
        "detail": serializers.CharField(required=False),
        "pointer": serializers.CharField(required=False),
        "retry_after": serializers.IntegerField(required=False, help_text="Seconds, with status 429"),
    },
    many=True,
)
EXAMPLE = OpenApiExample(
    "Two machines, one in each form",
    request_only=True,
    value={
        "deliveries": [
            {
                "device": "dev_01JCQ2V7F3M8Z5W0X4T6B9N1KA",
                "epoch": "1772440000",
                "readings": [
                    {"sequence": 9117, "at": "2026-03-02T09:14:58.120Z", "channel": "parts", "value": 1841}
                ],
            },
            {
                "device": "dev_01JCQ2V7F3M8Z5W0X4T6B9N1KB",
                "epoch": "boot-3",
                "start": "2026-03-02T09:14:58Z",
                "channels": {"execution": {"sequence": [12], "at": [120], "value": ["ACTIVE"]}},
            },
        ]
    },
)


class PostsView(APIView):
    """A gateway delivers for many machines; the answer comes after all of it is durable."""

    authentication_classes = [DeviceKeyAuthentication, *APIView.authentication_classes]
    permission_classes = [IsKey]

    @extend_schema(
        tags=["telemetry"],
        summary="Send several deliveries in one post",
        description="Signed in with an organization's key (scope `telemetry:write`; each delivery names a "
        "`device` of the organization), or with a device's key (all are of that device). At most 500 "
        "deliveries, 5,000 readings and 2 MiB, unpacked, all together; gzip is taken. Each delivery is "
        "answered in its place with what a post of its own would have been told: `status` 200 and its "
        "receipt, or the `status`, `code` and `detail` of its refusal; one that is refused costs no other "
        "anything. Sending the same post again is safe.",
        request=inline_serializer("TelemetryPost", {"deliveries": DELIVERY}),
        responses={
            200: inline_serializer(
                "TelemetryPostReceipt", {"deliveries": RESULT, "server_time": serializers.DateTimeField()}
            )
        },
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        at = clock.now()
        try:
            found = _take(request, read(content(request._request, JSON)), at)
        except Malformed as error:
            raise refused(error) from error
        answer = {"deliveries": [_result(place, one, at) for place, one in enumerate(found)]}
        return HttpResponse(
            msgspec.json.encode(answer | {"server_time": at}), content_type="application/json"
        )


def _take(request: Request, parts: list[Part], at: datetime) -> list[Taken]:
    key = request.auth
    if isinstance(key, DeviceKey):
        within, only, by = key.device.owner, key.device, robot(name="gateway")
    else:
        require_scope(request, Scope.TELEMETRY_WRITE)
        within, only, by = acting_organization(request), None, request.user  # type: ignore[assignment]
    return posts.take(parts=parts, within=within, only=only, by=by, at=at, pace=pace())


def _result(place: int, taken: Taken, at: datetime) -> dict[str, Any]:
    receipt, below = taken.receipt, f"/deliveries/{place}"
    if receipt is None:
        return {"device": taken.device} | _problem(taken.refusal, below)
    answer = written(receipt, taken.envelope or Envelope("", []), below=below)
    return {"device": taken.device, "status": 200, **answer, "rate": room(receipt.paid_until, at)}


def _problem(error: DomainError | Malformed | None, below: str) -> dict[str, Any]:
    """Say why nothing of a delivery was taken, as a problem document of its own would."""
    if isinstance(error, DomainError):
        told = {"status": error.status, "code": error.code, "detail": _(error.text).format(**error.facts)}
        return told | {name: error.facts[name] for name in ("retry_after",) if name in error.facts}
    assert error is not None
    return {"status": 400, "code": error.code, "detail": _(error.text), "pointer": below + error.pointer}
