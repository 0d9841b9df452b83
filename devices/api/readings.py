"""REST: readings, through the ownership door."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.api.serializers import Moment
from devices.models import Device
from devices.ownership.actions import access
from devices.ownership.queries import may_know
from devices.ownership.rules import intervals
from devices.ownership.rules.aggregates import Bucket
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.explanations import REASONS
from devices.ownership.rules.rulings import Ruling
from devices.rules.readings import moment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.period import Period

PARAMETERS = ("channel", "from", "to", "purpose", "interval", "format")
INTERVAL_TEXT = (
    "Single readings if left out; else figures over whole intervals, counted from 1970 UTC: an ISO 8601 "
    "duration such as `PT15M`, `PT1H` or `P1D`, from a second to 366 days, at most 10,000 in the time asked "
    "for. Where your rights allow coarser figures only, the next whole multiple is given."
)
SERIES = inline_serializer(
    "ReadingSeries",
    {
        "channel": serializers.CharField(),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(allow_null=True),
        "effect": serializers.ChoiceField(["RAW", "AGGREGATE"], help_text="Single readings, or figures"),
        "interval": serializers.CharField(
            allow_null=True,
            help_text="Of each bucket, an ISO 8601 duration; `whole` is one figure over the whole agreement; "
            "null with single readings",
        ),
        "points": serializers.ListField(child=serializers.JSONField()),
        "buckets": serializers.ListField(child=serializers.JSONField()),
        "erased": inline_serializer(
            "ErasedStretch",
            {
                "from": serializers.DateTimeField(),
                "to": serializers.DateTimeField(),
                "ordered_at": serializers.DateTimeField(),
                "certificate": serializers.CharField(
                    allow_null=True, help_text="Of the erasure; null while it goes on"
                ),
            },
            many=True,
        ),
    },
    many=True,
)
REFUSED = inline_serializer(
    "ReadingRefusal",
    {
        "channels": serializers.ListField(child=serializers.CharField()),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(allow_null=True),
        "rule": serializers.CharField(),
        "code": serializers.CharField(),
        "detail": serializers.CharField(),
    },
    many=True,
)
ANSWER = inline_serializer(
    "ReadingsAnswer", {"event": serializers.CharField(), "series": SERIES, "refused": REFUSED}
)


class ReadingsIn(serializers.Serializer[Any]):
    """Which readings, of what time, for what purpose, how fine; named as the query names them."""

    channel = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    to = Moment()
    purpose = serializers.CharField(max_length=40, default="")
    interval = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": Moment()}

    def validate_interval(self, text: str) -> timedelta:
        """Read an ISO 8601 duration."""
        found = intervals.read(text)
        if found is None:
            told = _("Send an ISO 8601 duration from a second to 366 days, such as PT15M, PT1H or P1D.")
            raise serializers.ValidationError(told, code="bad_interval")
        return timedelta(microseconds=found)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": [_("The end must lie after the start.")]})
        return attrs


class ReadingsView(APIView):
    """What the acting organization may read of a device; every question is logged."""

    @extend_schema(
        tags=["devices"],
        summary="Readings that you may see",
        description="One series per channel and stretch of time with the same rights; what may not be read "
        "is listed under `refused`, with the reason.",
        parameters=[
            OpenApiParameter("channel", str, many=True, description="Keys; all if left out"),
            OpenApiParameter("from", str, required=True, description="RFC 3339"),
            OpenApiParameter("to", str, required=True, description="RFC 3339, not included"),
            OpenApiParameter(
                "purpose",
                str,
                enum=sorted(matrix().purposes),
                description="What the readings are for; without a known purpose everything is refused",
            ),
            OpenApiParameter("interval", str, description=INTERVAL_TEXT),
        ],
        responses=ANSWER,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.TELEMETRY_READ)
        within = acting_organization(request)
        given = ReadingsIn(data=_asked(request))
        given.is_valid(raise_exception=True)
        period = Period(given.validated_data["from"], given.validated_data["to"])
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
            interval=given.validated_data.get("interval"),
        )
        series = [_series(one) for one in answer.series]
        return Response({"event": answer.event, "series": series, "refused": _refused(answer.rulings)})


def _asked(request: Request) -> dict[str, Any]:
    """Return the query; an unknown parameter is an error, not silence."""
    query = request.query_params
    unknown = sorted(set(query) - set(PARAMETERS))
    if unknown:
        told = _("Unknown parameter. Known are: {names}.").format(names=", ".join(PARAMETERS))
        raise serializers.ValidationError({name: [told] for name in unknown})
    asked: dict[str, Any] = {name: query[name] for name in ("from", "to", "interval") if name in query}
    if "channel" in query:
        asked["channel"] = query.getlist("channel")
    return asked | ({"purpose": query["purpose"]} if query.get("purpose") else {})


def _series(series: access.Series) -> dict[str, Any]:
    return {
        "channel": series.channel,
        "from": series.period.start,
        "to": series.period.end,
        "effect": series.effect,
        "interval": intervals.write(series.interval),
        "points": [{"at": moment(at), "value": _value(value)} for at, value in series.points],
        "buckets": [_bucket(bucket) for bucket in series.buckets],
        "erased": [
            {
                "from": one.period.start,
                "to": one.period.end,
                "ordered_at": one.ordered_at,
                "certificate": one.certificate,
            }
            for one in series.erased
        ],
    }


def _refused(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """Say why what was asked for is missing, once for all channels that were decided alike."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for ruling in rulings:
        if ruling.permits:
            continue
        period, decision = ruling.segment.period, ruling.decision
        told = {"from": period.start, "to": period.end, "rule": decision.rule, "code": decision.reason}
        entry = found.setdefault(tuple(told.values()), {"channels": [], **told})
        entry["channels"].append(ruling.channel)
        entry["detail"] = _(REASONS[decision.reason])
    return list(found.values())


def _bucket(bucket: Bucket) -> dict[str, object]:
    numbers = {name: _value(getattr(bucket, name)) for name in ("minimum", "maximum", "mean", "last")}
    span = {"from": moment(bucket.start), "to": moment(bucket.end), "count": bucket.count}
    return span | numbers | {"state_microseconds": bucket.states}


def _value(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)
