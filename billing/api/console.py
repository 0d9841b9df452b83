"""An owner's console over REST: how the time of machines was used, and what they bring in."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.queries.income import By as IncomeBy
from billing.queries.income import income_of, named
from billing.queries.utilisation import by_bucket, utilisation_of
from billing.rules.income import Part, Sums, months, total
from billing.rules.utilisation import By, Use, buckets, hours
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)


class _DayIn(serializers.Serializer[None]):
    """With which day the last of the twelve ends; today if it is left out."""

    last_day = serializers.DateField(required=False)

    def validate_last_day(self, day: date) -> date:
        """Refuse days outside of this millennium."""
        if not FIRST <= day <= LAST:
            raise serializers.ValidationError("Choose a day between the years 2000 and 2999.")
        return day


class UtilisationIn(_DayIn):
    """How long a column is, one machine alone if it is named."""

    by = serializers.ChoiceField(choices=[one.value for one in By], default=By.WEEK.value)
    equipment = serializers.CharField(max_length=30, required=False, default="")


class IncomeIn(_DayIn):
    """What the income is told apart by."""

    by = serializers.ChoiceField(choices=[one.value for one in IncomeBy], default=IncomeBy.MONTH.value)


class UseOut(serializers.Serializer[Any]):
    """
    Hours: on offer or leased, leased, run, idle; decimal text, exact to the microsecond.

    ``counted_hours`` are those leased in which run time was counted; in ``overdue_hours``, which are neither
    leased nor idle, machines were not given back in time. ``leased_share`` is leased of there, ``ran_share``
    run of counted, both from 0 to 1 to six places; null where there was no such time.
    """

    there_hours = serializers.CharField()
    leased_hours = serializers.CharField()
    counted_hours = serializers.CharField()
    ran_hours = serializers.CharField()
    idle_hours = serializers.CharField()
    overdue_hours = serializers.CharField()
    leased_share = serializers.CharField(allow_null=True)
    ran_share = serializers.CharField(allow_null=True)


class UseOfTimeOut(UseOut):
    """The use of all machines in a week or month; ``after`` is the day after its last."""

    first_day = serializers.DateField()
    after = serializers.DateField()


class UseOfMachineOut(UseOut):
    """The use of one machine in all of them."""

    equipment = serializers.CharField()
    name = serializers.CharField()


class UtilisationOut(serializers.Serializer[Any]):
    """Twelve weeks or months, the total, and each machine."""

    by = serializers.CharField()
    total = UseOut()
    data = UseOfTimeOut(many=True)  # type: ignore[assignment]
    machines = UseOfMachineOut(many=True)


class IncomeRowOut(serializers.Serializer[Any]):
    """
    One month (its first day), machine or lessee (its id); no key for what is of none, or before the months.

    Minor units as the owner sees them: ``billed``, ``credited``, ``fee`` and ``other`` make ``earned``;
    ``paid_out`` is negative. ``open_minor`` is what lessees still owe.
    """

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    billed_minor = serializers.IntegerField()
    credited_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    other_minor = serializers.IntegerField()
    earned_minor = serializers.IntegerField()
    paid_out_minor = serializers.IntegerField()
    open_minor = serializers.IntegerField()


class IncomeInOneCurrencyOut(serializers.Serializer[Any]):
    """Income in one currency; ``total`` of ``by=month`` is what stands in the books."""

    currency = serializers.CharField()
    total = IncomeRowOut()
    rows = IncomeRowOut(many=True)


class IncomeOut(serializers.Serializer[Any]):
    """Income by currency."""

    by = serializers.CharField()
    first_day = serializers.DateField()
    last_month = serializers.DateField()
    data = IncomeInOneCurrencyOut(many=True)  # type: ignore[assignment]


class Utilisation(APIView):
    """Of the acting organization's machines."""

    @extend_schema(
        tags=["equipment"],
        summary="How much of their time your machines were leased, run and idle",
        operation_id="utilisation_retrieve",
        parameters=[UtilisationIn],
        responses=UtilisationOut,
    )
    def get(self, request: Request) -> Response:
        require_scope(request, Scope.EQUIPMENT_READ)
        given, now = _given(UtilisationIn, request), clock.now()
        by = By(given["by"])
        spans = buckets(
            by, given.get("last_day") or clock.today(), zone=timezone.get_default_timezone(), now=now
        )
        found = utilisation_of(acting_organization(request), by, spans, now, machine=given["equipment"])
        totals = by_bucket(found, len(spans))
        return Response(
            {
                "by": by.value,
                "total": _use(sum(totals, Use())),
                "data": [
                    {"first_day": span.first, "after": span.after} | _use(use)
                    for span, use in zip(spans, totals, strict=True)
                ],
                "machines": [
                    {"equipment": one.machine.public_id, "name": one.machine.name} | _use(one.total)
                    for one in found
                ],
            }
        )


class IncomeView(APIView):
    """Of the acting organization, for those who may read its invoices."""

    @extend_schema(
        tags=["invoices"],
        summary="What your machines bring in, by month, machine or lessee",
        operation_id="income_retrieve",
        parameters=[IncomeIn],
        responses=IncomeOut,
    )
    def get(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        owner = acting_organization(request)
        require(request.user, Permission.INVOICE_READ, within=owner)  # type: ignore[arg-type]
        given = _given(IncomeIn, request)
        by, shown = IncomeBy(given["by"]), months(given.get("last_day") or clock.today())
        found = income_of(owner, by, shown[0], shown[-1])
        names = {} if by is IncomeBy.MONTH else named(by, (key for one in found for key in one.rows))
        data = [
            {
                "currency": one.currency,
                "total": _row(None, "", total(one.rows)),
                "rows": [_of(by, key, names, sums) for key, sums in one.rows.items()],
            }
            for one in found
        ]
        return Response({"by": by.value, "first_day": shown[0], "last_month": shown[-1], "data": data})


def _given(shape: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    asked = shape(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _use(use: Use) -> dict[str, str | None]:
    names = ("there", "leased", "counted", "ran", "idle", "overdue")
    lengths = {f"{name}_hours": f"{hours(getattr(use, name)):f}" for name in names}
    shares = {"leased_share": use.leased_share, "ran_share": use.ran_share}
    return lengths | {name: None if one is None else f"{one:.6f}" for name, one in shares.items()}


def _of(by: IncomeBy, key: Any, names: dict[Any, Any], sums: Sums) -> dict[str, Any]:
    if by is IncomeBy.MONTH:
        return _row(key.isoformat() if key else None, "", sums)
    found: Organization | None = names.get(key)
    return _row(found.public_id if found else None, found.name if found else "", sums)


def _row(key: str | None, name: str, sums: Sums) -> dict[str, Any]:
    shown = (Part.BILLED, Part.CREDITED, Part.FEE, Part.OTHER, Part.PAID_OUT)
    figures = {f"{part.value.lower()}_minor": sums[part] for part in shown}
    return {"key": key, "name": name, "earned_minor": sums.earned, "open_minor": sums.open_minor} | figures
