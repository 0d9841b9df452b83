"""REST: readings, through the ownership door."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.api.serializers import ReadingsIn
from devices.models import Device
from devices.ownership.actions import access
from devices.ownership.queries import may_know
from devices.ownership.rules.aggregates import Bucket
from devices.rules.readings import moment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.period import Period

SERIES = inline_serializer(
    "ReadingSeries",
    {
        "channel": serializers.CharField(),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(allow_null=True),
        "effect": serializers.CharField(),
        "points": serializers.ListField(child=serializers.JSONField()),
        "buckets": serializers.ListField(child=serializers.JSONField()),
    },
    many=True,
)
ANSWER = inline_serializer("ReadingsAnswer", {"event": serializers.CharField(), "series": SERIES})


class ReadingsView(APIView):
    """What the acting organization may read of a device; every question is logged."""

    @extend_schema(
        tags=["devices"],
        summary="Readings that you may see",
        parameters=[
            OpenApiParameter("channel", str, many=True, description="Keys; all if left out"),
            OpenApiParameter("from", str, required=True, description="RFC 3339"),
            OpenApiParameter("to", str, required=True, description="RFC 3339, not included"),
            OpenApiParameter("purpose", str, description="What the readings are for"),
        ],
        responses=ANSWER,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.TELEMETRY_READ)
        within = acting_organization(request)
        given = ReadingsIn(data=_asked(request))
        given.is_valid(raise_exception=True)
        period = Period(given.validated_data["start"], given.validated_data["end"])
        device = Device.objects.select_related("owner").filter(public_id=public_id).first()
        if device is None or not may_know(within, device, period):
            raise Http404
        answer = access.read(
            device=device,
            channels=given.validated_data.get("channel") or None,
            period=period,
            purpose=given.validated_data["purpose"],
            by=request.user,  # type: ignore[arg-type]
            within=within,
            at=timezone.now(),
        )
        return Response({"event": answer.event, "series": [_series(one) for one in answer.series]})


def _asked(request: Request) -> dict[str, Any]:
    query = request.query_params
    asked: dict[str, Any] = {"start": query.get("from"), "end": query.get("to")}
    if "channel" in query:
        asked["channel"] = query.getlist("channel")
    return asked | ({"purpose": query["purpose"]} if query.get("purpose") else {})


def _series(series: access.Series) -> dict[str, Any]:
    return {
        "channel": series.channel,
        "from": series.period.start,
        "to": series.period.end,
        "effect": series.effect,
        "points": [{"at": moment(at), "value": _value(value)} for at, value in series.points],
        "buckets": [_bucket(bucket) for bucket in series.buckets],
    }


def _bucket(bucket: Bucket) -> dict[str, object]:
    numbers = {name: _value(getattr(bucket, name)) for name in ("minimum", "maximum", "mean", "last")}
    span = {"from": moment(bucket.start), "to": moment(bucket.end), "count": bucket.count}
    return span | numbers | {"state_microseconds": bucket.states}


def _value(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)
