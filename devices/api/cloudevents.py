"""REST: the telemetry door for CloudEvents."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.actions import deliveries, replays
from devices.actions.deliveries import Delivery, Receipt
from devices.api.authentication import DeviceKeyAuthentication, IsDevice
from devices.api.bodies import NotADelivery, content, media_of
from devices.api.pace import Paced, pace
from devices.models import Device
from devices.rules import cloudevents
from devices.rules.admission import Refusal, Unreadable
from devices.rules.cloudevents import Event
from devices.rules.envelopes import Malformed
from marketplace.actions.parties import robot
from marketplace.shared import clock
from marketplace.shared.errors import Flaw

BATCH, SINGLE = "application/cloudevents-batch+json", "application/cloudevents+json"

EVENT = inline_serializer(
    "TelemetryCloudEvent",
    {
        "specversion": serializers.ChoiceField(choices=["1.0"]),
        "id": serializers.CharField(max_length=cloudevents.NAME_LENGTH),
        "source": serializers.CharField(max_length=80, help_text="The epoch of the sequence numbers"),
        "type": serializers.CharField(help_text="The channel, where there is no subject"),
        "subject": serializers.CharField(required=False, help_text="The channel"),
        "time": serializers.DateTimeField(),
        "sequence": serializers.CharField(help_text="The source's own rising whole number"),
        "data": serializers.JSONField(help_text="A number, a text, or null for UNAVAILABLE"),
    },
    many=True,
)
REFUSED = inline_serializer(
    "TelemetryEventRefusal",
    {
        "index": serializers.IntegerField(),
        "pointer": serializers.CharField(),
        "id": serializers.CharField(allow_blank=True),
        "code": serializers.CharField(),
        "detail": serializers.CharField(),
    },
    many=True,
)
SOURCES = inline_serializer(
    "TelemetryEventSource",
    {
        "source": serializers.CharField(),
        "ack": serializers.IntegerField(allow_null=True),
        "arrival": serializers.IntegerField(allow_null=True),
        "gaps": inline_serializer(
            "TelemetryEventGap",
            {"from": serializers.IntegerField(), "to": serializers.IntegerField()},
            many=True,
        ),
    },
    many=True,
)
ANSWER = inline_serializer(
    "TelemetryEventReceipt",
    {
        "accepted": serializers.IntegerField(),
        "duplicates": serializers.IntegerField(),
        "conflicts": REFUSED,
        "rejected": REFUSED,
        "sources": SOURCES,
        "server_time": serializers.DateTimeField(),
    },
)
EXAMPLE = OpenApiExample(
    "One event",
    request_only=True,
    media_type=BATCH,
    value=[
        {
            "specversion": "1.0",
            "id": "a1-9117",
            "source": "urn:example:vmc-3:boot-17",
            "type": "com.example.reading",
            "subject": "part_count",
            "time": "2026-03-02T09:15:03.402Z",
            "sequence": "9117",
            "data": 1841,
        }
    ],
)


class CloudEventsView(Paced, APIView):
    """A device delivers readings as CloudEvents; the answer comes after they are durable."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsDevice]

    @extend_schema(
        tags=["telemetry"],
        summary="Deliver up to 5,000 readings as CloudEvents",
        description="Signed in with the device's key. An event that is in neither list is stored; `ack` is "
        "the highest sequence of each source that has been dealt with. Sending a batch again is safe. "
        "At most 2 MiB, unpacked; the body may be packed with `Content-Encoding: gzip`.",
        request={BATCH: EVENT},
        responses={200: ANSWER},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        at, device = clock.now(), request.auth.device  # type: ignore[union-attr]
        events = _events(request)
        deliveries.pay(device=device, readings=len(events), pace=pace(), by=robot(name="gateway"), at=at)
        answer: dict[str, Any] = {
            "accepted": 0,
            "duplicates": 0,
            "conflicts": [],
            "rejected": [],
            "sources": [],
        }
        for source, places in _by_source(events).items():
            _take(device, source, places, events, answer, at)
        for name in ("conflicts", "rejected"):
            answer[name].sort(key=lambda refused: refused["index"])
        return Response(answer | {"server_time": at})


def _events(request: Request) -> list[Event]:
    try:
        body = content(request._request, BATCH, SINGLE)
        return cloudevents.read(body, batch=media_of(request._request) == BATCH)
    except Malformed as error:
        raise NotADelivery(flaws=[Flaw(error.pointer or "/", error.code, error.text)]) from error


def _by_source(events: list[Event]) -> dict[str, list[int]]:
    """Return the places of each source's events; those that name no source stand under the empty one."""
    found: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        found.setdefault(event.source, []).append(place)
    return found


def _take(
    device: Device, source: str, places: list[int], events: list[Event], answer: dict[str, Any], at: datetime
) -> None:
    """Take the events of one source in one transaction, and write what became of them into the answer."""
    by, items = robot(name="gateway"), [events[place].item for place in places]
    if source:
        receipt = deliveries.take(device=device, delivery=Delivery(source, items), by=by, at=at)
    else:
        told = [(place, item.value) for place, item in enumerate(items)]
        refusals = [
            Refusal(place, items[place], value.reason, value.text)
            for place, value in told
            if isinstance(value, Unreadable)
        ]
        replays.keep_unreadable(device=device, epoch="", refusals=refusals, by=by, at=at)
        receipt = Receipt(refusals=refusals)
    answer["accepted"] += receipt.accepted
    answer["duplicates"] += receipt.duplicates
    for name, found in (("conflicts", receipt.conflicts), ("rejected", receipt.refusals)):
        answer[name] += [_refusal(refusal, places[refusal.place], events) for refusal in found]
    if source:
        gaps = [{"from": start, "to": end - 1} for start, end in receipt.gaps]
        answer["sources"].append(
            {"source": source, "ack": receipt.ack, "arrival": receipt.arrival, "gaps": gaps}
        )


def _refusal(refusal: Refusal, place: int, events: list[Event]) -> dict[str, Any]:
    return {
        "index": place,
        "pointer": f"/{place}",
        "id": events[place].id,
        "code": refusal.reason,
        "detail": refusal.text,
    }
