"""The energy report of a lease over REST."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leasing.actions import energy
from leasing.actions.energy import Why
from leasing.models import Lease
from leasing.queries import days_between, energy_months, month_named, name_of
from leasing.rules.energy import suggestion
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.period import Period

KWH: dict[str, Any] = {"max_digits": 24, "decimal_places": 3, "read_only": True}


class EnergyDayOut(serializers.Serializer[Any]):
    """A local day: energy in kWh, of that while the machine did not work, or while nobody knows; parts."""

    day = serializers.DateField(read_only=True)
    kwh = serializers.DecimalField(**KWH)
    idle_kwh = serializers.DecimalField(source="idle", **KWH)
    unknown_kwh = serializers.DecimalField(source="unknown", **KWH)
    parts = serializers.DecimalField(**KWH)
    kwh_per_part = serializers.DecimalField(source="per_part", allow_null=True, **KWH)


class EnergyReportOut(serializers.Serializer[Any]):
    """
    The report of a month, or of the days that were asked for (then ``month`` is empty); totals are sums.

    ``why`` says why there is none: ``no_channel``, or ``not_allowed`` by the data agreement. Parts and idle
    energy are known where ``knows_parts`` and ``knows_states``; ``unclear`` counts steps that were left out.
    """

    month = serializers.CharField(read_only=True, allow_blank=True)
    months = serializers.ListField(child=serializers.CharField(), read_only=True)
    why = serializers.ChoiceField(choices=[one.value for one in Why], read_only=True, allow_null=True)
    kwh = serializers.DecimalField(source="report.kwh", default=None, allow_null=True, **KWH)
    idle_kwh = serializers.DecimalField(source="report.idle", default=None, allow_null=True, **KWH)
    unknown_kwh = serializers.DecimalField(source="report.unknown", default=None, allow_null=True, **KWH)
    parts = serializers.DecimalField(source="report.parts", default=None, allow_null=True, **KWH)
    kwh_per_part = serializers.DecimalField(source="report.per_part", default=None, allow_null=True, **KWH)
    knows_states = serializers.BooleanField(source="report.knows_states", default=None, read_only=True)
    knows_parts = serializers.BooleanField(source="report.knows_parts", default=None, read_only=True)
    unclear = serializers.IntegerField(source="report.unclear", default=None, read_only=True)
    suggestion = serializers.CharField(read_only=True, allow_blank=True)
    days = EnergyDayOut(source="report.days", many=True, default=(), read_only=True)


class EnergyReportView(APIView):
    """What the machines of a lease used, for its lessee alone; each read stands in the log of the door."""

    @extend_schema(
        tags=["leases"],
        summary="Energy of a leased machine in a month or in days, by day",
        parameters=[
            OpenApiParameter("month", str, description="A local month, 2026-03; else the newest"),
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first local day, with `to`"),
            OpenApiParameter("to", OpenApiTypes.DATE, description="The last local day: 31 days at most"),
        ],
        responses=EnergyReportOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_READ)
        require_scope(request, Scope.TELEMETRY_READ)
        organization, now = acting_organization(request), clock.now()
        mine = Lease.objects.filter(lessee=organization, public_id=public_id)
        lease = mine.select_related("lessor", "lessee").first()
        if lease is None:
            raise exceptions.NotFound
        months = energy_months(lease, now)
        period, name = _asked(request, lease, months, now)
        found = energy.read(
            lease=lease,
            period=period,
            by=request.user,  # type: ignore[arg-type]
            within=organization,
            at=now,
        )
        advice = suggestion(found.report) if found.report else None
        told: dict[str, Any] = {
            "month": name,
            "months": [name_of(one, lease) for one in months],
            "why": found.why,
            "suggestion": gettext(advice.msgid).format(**advice.facts) if advice else "",
        }
        told |= {"report": found.report} if found.report else {}
        return Response(EnergyReportOut(told).data, headers={"Content-Language": get_language() or "en"})


def _asked(request: Request, lease: Lease, months: list[Period], at: datetime) -> tuple[Period, str]:
    """Return the time that is asked for, and the name of its month where it is one."""
    first, last = request.query_params.get("from", ""), request.query_params.get("to", "")
    if first or last:
        days = days_between(first, last, lease, at)
        if days is None:
            text = _("Choose days of the lease, the first before the last.")
            raise exceptions.ValidationError({"from": [text]})
        return days, ""
    month = month_named(months, request.query_params.get("month", ""), lease)
    if month is None:
        text = _("This lease has no such month. Ask for one of those in which it ran.")
        raise exceptions.ValidationError({"month": [text]})
    return month, name_of(month, lease)
