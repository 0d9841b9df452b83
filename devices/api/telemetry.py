"""REST: the telemetry door."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.actions import deliveries
from devices.actions.deliveries import Receipt
from devices.api.authentication import DeviceKeyAuthentication, IsDevice
from devices.api.bodies import delivery
from devices.rules.admission import Refusal
from marketplace.actions.parties import robot

READING = inline_serializer(
    "TelemetryReading",
    {
        "sequence": serializers.IntegerField(min_value=0),
        "at": serializers.DateTimeField(),
        "channel": serializers.CharField(),
        "value": serializers.JSONField(help_text="A number, a text, or null for UNAVAILABLE"),
    },
    many=True,
)
BODY = inline_serializer(
    "TelemetryDelivery", {"epoch": serializers.CharField(max_length=80), "readings": READING}
)
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


class TelemetryView(APIView):
    """A device delivers readings; the answer comes after they are durable."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsDevice]

    @extend_schema(
        tags=["telemetry"],
        summary="Deliver up to 5,000 readings",
        description="Signed in with the device's key; at most 2 MiB, unpacked. The body may be packed with "
        "`Content-Encoding: gzip`. Sending the same readings again is safe. "
        "After the answer you may forget everything up to `ack`: "
        "each reading is stored, was known, or stands in the quarantine.",
        request=BODY,
        responses={200: RECEIPT},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        at = timezone.now()
        receipt = deliveries.take(
            device=request.auth.device,  # type: ignore[union-attr]
            delivery=delivery(request),
            by=robot(name="gateway"),
            at=at,
        )
        return Response(_written(receipt) | {"server_time": at})


def _written(receipt: Receipt) -> dict[str, Any]:
    return {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "conflicts": [_refusal(refusal) for refusal in receipt.conflicts],
        "rejected": [_refusal(refusal) for refusal in receipt.refusals],
        "gaps": [{"from": start, "to": end - 1} for start, end in receipt.gaps],
        "ack": receipt.ack,
        "arrival": receipt.arrival,
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    sequence = refusal.item.sequence
    return {
        "index": refusal.place,
        "pointer": f"/readings/{refusal.place}",
        "sequence": sequence if type(sequence) is int else None,
        "code": refusal.reason,
        "detail": refusal.text,
    }
