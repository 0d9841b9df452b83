"""REST: readings, through the ownership door."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.api.serializers import Moment
from devices.models import Device
from devices.ownership.actions import access, refusing
from devices.ownership.queries import may_ask
from devices.ownership.rules import intervals
from devices.ownership.rules.aggregates import Bucket
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.explanations import REASONS
from devices.ownership.rules.rulings import Ruling, told
from devices.rules.readings import moment
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
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
            why = _("Send an ISO 8601 duration from a second to 366 days, such as PT15M, PT1H or P1D.")
            raise serializers.ValidationError(why, code="bad_interval")
        return timedelta(microseconds=found)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": [_("The end must lie after the start.")]})
        return attrs


class ReadingsView(APIView):
    """What the acting organization may read of a device; every question is logged, with what it was told."""

    has_tags = False

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
        given = ReadingsIn(data=asked(request, PARAMETERS))
        given.is_valid(raise_exception=True)
        wish = given.validated_data
        device = device_asked(request, public_id, within, wish)
        answer = access.read(
            device=device,
            channels=wish.get("channel") or None,
            period=Period(wish["from"], wish["to"]),
            purpose=wish["purpose"],
            by=request.user,  # type: ignore[arg-type]
            within=within,
            at=clock.now(),
            interval=wish.get("interval"),
        )
        series = [_series(one) for one in answer.series]
        return Response({"event": answer.event, "series": series, "refused": refused(answer.rulings)})


def asked(request: Request, parameters: Sequence[str]) -> dict[str, Any]:
    """Return the query; an unknown parameter is an error, not silence."""
    query = request.query_params
    unknown = sorted(set(query) - set(parameters))
    if unknown:
        why = _("Unknown parameter. Known are: {names}.").format(names=", ".join(parameters))
        raise serializers.ValidationError({name: [why] for name in unknown})
    found: dict[str, Any] = {name: query[name] for name in ("from", "to", "interval") if name in query}
    if "channel" in query:
        found["channel"] = query.getlist("channel")
    return found | ({"purpose": query["purpose"]} if query.get("purpose") else {})


def device_asked(request: Request, public_id: str, within: Organization, given: dict[str, Any]) -> Device:
    """
    Return the device of a question; whoever has no part in it finds none, and the log says who asked.

    :raises Http404: if there is no such device for the organization
    """
    period = Period(given["from"], given["to"])
    device = Device.objects.select_related("owner").filter(public_id=public_id).first()
    if device is None:
        raise Http404
    if not may_ask(within, device, period):
        refusing.turn_away(
            device=device,
            channels=given.get("channel") or None,
            period=period,
            purpose=given["purpose"],
            by=request.user,  # type: ignore[arg-type]
            within=within,
            at=clock.now(),
        )
        raise Http404
    return device


def _series(series: access.Series) -> dict[str, Any]:
    return {
        "channel": series.channel,
        "from": series.period.start,
        "to": series.period.end,
        "effect": series.effect,
        "interval": intervals.write(series.interval),
        "points": [{"at": moment(at), "value": plain(value)} for at, value in series.points],
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


def refused(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """Say why what was asked for is missing, once for all channels that were decided alike."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for period, ruling in told(rulings):
        if ruling.permits:
            continue
        decision = ruling.decision
        facts = {"from": period.start, "to": period.end, "rule": decision.rule, "code": decision.reason}
        entry = found.setdefault(tuple(facts.values()), {"channels": [], **facts})
        if ruling.channel not in entry["channels"]:
            entry["channels"].append(ruling.channel)
        entry["detail"] = _(REASONS[decision.reason])
    return list(found.values())


def _bucket(bucket: Bucket) -> dict[str, object]:
    numbers = {name: plain(getattr(bucket, name)) for name in ("minimum", "maximum", "mean", "last")}
    span = {"from": moment(bucket.start), "to": moment(bucket.end), "count": bucket.count}
    return span | numbers | {"state_microseconds": bucket.states}


def plain(value: object) -> object:
    """Return a value as JSON has it: numbers that are not whole as text, digit by digit."""
    return value if value is None or isinstance(value, int | str) else str(value)
