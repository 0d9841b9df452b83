"""REST: the telemetry door."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.actions import deliveries, speakers
from devices.actions.deliveries import Receipt
from devices.api.authentication import DeviceKeyAuthentication, IsDevice
from devices.api.bodies import JSON, content, envelope
from devices.api.pace import Paced, headers, pace
from devices.rules.admission import Refusal
from devices.rules.envelopes import UNITS, Envelope, Malformed
from marketplace.actions.parties import robot
from marketplace.shared import clock

READING = inline_serializer(
    "TelemetryReading",
    {
        "sequence": serializers.IntegerField(min_value=0),
        "at": serializers.DateTimeField(),
        "channel": serializers.CharField(),
        "value": serializers.JSONField(help_text="A number, a text, or null for UNAVAILABLE"),
    },
    many=True,
    required=False,
)
COLUMN = inline_serializer(
    "TelemetryColumn",
    {
        "sequence": serializers.ListField(child=serializers.IntegerField(min_value=0)),
        "at": serializers.ListField(child=serializers.IntegerField(), help_text="Units since start"),
        "value": serializers.ListField(child=serializers.JSONField()),
    },
)
FIELDS: dict[str, Any] = {
    "epoch": serializers.CharField(max_length=80),
    "readings": READING,
    "start": serializers.DateTimeField(required=False, help_text="Compact form: where its times begin"),
    "unit": serializers.ChoiceField(list(UNITS), required=False, help_text="Compact form: ms if left out"),
    "channels": serializers.DictField(child=COLUMN, required=False, help_text="Compact form, by channel"),
}
BODY = inline_serializer("TelemetryDelivery", FIELDS)
REFUSED = inline_serializer(
    "TelemetryRefusal",
    {
        "index": serializers.IntegerField(),
        "pointer": serializers.CharField(),
        "sequence": serializers.IntegerField(allow_null=True),
        "code": serializers.CharField(),
        "detail": serializers.CharField(),
    },
    many=True,
)
GAPS = inline_serializer(
    "TelemetryGap", {"from": serializers.IntegerField(), "to": serializers.IntegerField()}, many=True
)
RECEIPT = inline_serializer(
    "TelemetryReceipt",
    {
        "accepted": serializers.IntegerField(),
        "duplicates": serializers.IntegerField(),
        "conflicts": REFUSED,
        "rejected": REFUSED,
        "gaps": GAPS,
        "ack": serializers.IntegerField(allow_null=True),
        "arrival": serializers.IntegerField(allow_null=True),
        "server_time": serializers.DateTimeField(),
    },
)
EXAMPLE = OpenApiExample(
    "Two readings",
    request_only=True,
    value={
        "epoch": "1772440000",
        "readings": [
            {"sequence": 9117, "at": "2026-03-02T09:14:58.120Z", "channel": "execution", "value": "ACTIVE"},
            {"sequence": 9118, "at": "2026-03-02T09:15:03.402Z", "channel": "part_count", "value": 1841},
        ],
    },
)
COMPACT = OpenApiExample(
    "The same in the compact form",
    request_only=True,
    value={
        "epoch": "1772440000",
        "start": "2026-03-02T09:14:58.120Z",
        "channels": {
            "execution": {"sequence": [9117], "at": [0], "value": ["ACTIVE"]},
            "part_count": {"sequence": [9118], "at": [5282], "value": [1841]},
        },
    },
)


LOOKED_AT = "jijian.looked_at"  # in the WSGI environment: the quick answer was tried before
TOO_MANY = "jijian.too_many"  # likewise: its refusal, which is answered in full


class TelemetryView(Paced, APIView):
    """A device delivers readings; the answer comes after they are durable."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsDevice]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the common delivery at once; all others, and all refusals, in full."""
        looked_at = request.META.get(LOOKED_AT)
        return (None if looked_at else at_once(request)) or super().dispatch(request, *args, **kwargs)

    @extend_schema(
        tags=["telemetry"],
        summary="Deliver up to 5,000 readings",
        description="Signed in with the device's key; rows of `readings`, or `channels` in the compact form; "
        "at most 2 MiB, unpacked. The body may be packed with `Content-Encoding: gzip`. "
        "Sending the same readings again is safe. After the answer you may forget everything up to `ack`: "
        "each reading is stored, was known, or stands in the quarantine. `RateLimit` says how many readings "
        "you may send now; 429 with `Retry-After` if it were too many, and nothing was stored.",
        request=BODY,
        responses={200: RECEIPT},
        examples=[EXAMPLE, COMPACT],
    )
    def post(self, request: Request) -> Response:
        if TOO_MANY in request.META:
            raise request.META[TOO_MANY]
        at = clock.now()
        found = envelope(request)
        receipt = deliveries.take(
            device=request.auth.device,  # type: ignore[union-attr]
            delivery=deliveries.Delivery(found.epoch, found.items),
            by=robot(name="gateway"),
            at=at,
            pace=pace(),
        )
        return Response(written(receipt, found) | {"server_time": at})


def at_once(request: HttpRequest) -> HttpResponse | None:
    """Answer the common delivery; ``None`` leaves everything undone for the full answer."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if request.method != "POST" or header[:11].lower() != "bearer jjd_":
        return None
    speaker = speakers.recognise(secret=header[7:].strip())
    if speaker is None:
        return None
    at = clock.now()
    try:
        receipt = deliveries.take_body(speaker=speaker, body=content(request, JSON), at=at, pace=pace())
    except (APIException, Malformed):
        return None
    except deliveries.TooManyReadings as error:
        request.META[TOO_MANY] = error
        return None
    if receipt is None:
        return None
    answer = written(receipt, Envelope("", [])) | {"server_time": at}
    return HttpResponse(
        msgspec.json.encode(answer),
        content_type="application/json",
        headers=headers(receipt.paid_until, at),
    )


def written(receipt: Receipt, envelope: Envelope, *, below: str = "") -> dict[str, Any]:
    """Return a receipt as it is answered; ``below`` is where in the body the delivery stands."""
    return {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "conflicts": [_refusal(refusal, envelope, below) for refusal in receipt.conflicts],
        "rejected": [_refusal(refusal, envelope, below) for refusal in receipt.refusals],
        "gaps": [{"from": start, "to": end - 1} for start, end in receipt.gaps],
        "ack": receipt.ack,
        "arrival": receipt.arrival,
    }


def _refusal(refusal: Refusal, envelope: Envelope, below: str) -> dict[str, Any]:
    sequence = refusal.item.sequence
    return {
        "index": refusal.place,
        "pointer": below + envelope.pointer(refusal.place),
        "sequence": sequence if type(sequence) is int else None,
        "code": refusal.reason,
        "detail": refusal.text,
    }
