"""What a period of a lease would have cost under another price plan."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions.invoices import NotABillingPeriod
from billing.permissions import lease_with_books
from billing.queries import periods_of, what_if
from billing.rules.what_if import Comparison, other_plan
from leasing.models import Lease
from leasing.queries.prices import plan_at
from marketplace.gateway.fields import DateTimeField
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import require_scope
from marketplace.shared import clock
from marketplace.shared.period import Period


class WhatIfPeriod(serializers.Serializer[Any]):
    """A billing period, half-open."""

    to = DateTimeField(source="end")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return {"from": DateTimeField(source="start")} | super().get_fields()


class WhatIfChoices(serializers.Serializer[Any]):
    """The periods that can be rated again, and the plan of the lease to begin with."""

    lease = serializers.CharField()
    price_plan = serializers.DictField()
    data = WhatIfPeriod(many=True)  # type: ignore[assignment]


class WhatIfIn(serializers.Serializer[None]):
    """
    ``from`` is the beginning of a billing period; ``price_plan`` the plan to rate it under.

    With ``effective_from``, a quarter-hour inside the period, the plan of the lease holds until then.
    """

    price_plan = serializers.JSONField()
    effective_from = DateTimeField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return {"from": DateTimeField()} | super().get_fields()


class WhatIfLine(serializers.Serializer[Any]):
    """One line under both plans, before tax."""

    seller = serializers.CharField(source="key.seller")
    component = serializers.CharField(source="key.component")
    tax_category = serializers.CharField(source="key.tax_category")
    kind = serializers.CharField()
    meter = serializers.CharField(allow_null=True)
    present_minor = serializers.IntegerField(source="present.minor")
    other_minor = serializers.IntegerField(source="other.minor")
    difference_minor = serializers.IntegerField(source="difference.minor")


class WhatIfOut(serializers.Serializer[Any]):
    """Both amounts before tax; ``final`` says whether the period is over, so that the minimum counts."""

    currency = serializers.CharField()
    final = serializers.BooleanField()
    present_minor = serializers.IntegerField(source="present.minor")
    other_minor = serializers.IntegerField(source="other.minor")
    difference_minor = serializers.IntegerField(source="difference.minor")
    lines = WhatIfLine(many=True)


class LeaseWhatIf(APIView):
    """Seen by both sides of the lease and the platform; nothing is written."""

    @extend_schema(
        tags=["leases"],
        summary="Periods of a lease that can be rated under another plan",
        operation_id="leases_what_if_periods",
        responses=WhatIfChoices,
    )
    def get(self, request: Request, public_id: str) -> Response:
        lease = _lease(request, public_id)
        periods = periods_of(lease, until=clock.now())
        head = {"lease": lease.public_id, "price_plan": plan_at(lease, clock.now()).dump()}
        return Response(head | {"data": WhatIfPeriod(periods, many=True).data})

    @extend_schema(
        tags=["leases"],
        summary="What a period would have cost under another plan",
        description=(
            "Rates the use of a billing period, as it is known now, under the lease's own plan and under "
            "another one, or with a change to it inside the period: both nets and the difference, line by "
            "line. Nothing is written."
        ),
        operation_id="leases_what_if",
        request=WhatIfIn,
        responses={200: WhatIfOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        lease = _lease(request, public_id)
        given = WhatIfIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, now = given.validated_data, clock.now()
        terms = lease.agreed
        plan = other_plan(
            values["price_plan"],
            currency=terms.price_plan.currency,
            counted=[rule.meter for rule in terms.count_rules],
        )
        period, since = _period(lease, values["from"]), values.get("effective_from")
        found: Comparison = what_if(lease, period, plan, at=now, since=since)
        return Response(WhatIfOut(found).data)


def _lease(request: Request, public_id: str) -> Lease:
    require_scope(request, Scope.INVOICES_READ)
    if isinstance(request.auth, ApiKey):
        get_object_or_404(Lease.objects.of(request.auth.organization), public_id=public_id)
    return lease_with_books(public_id, request.user)  # type: ignore[arg-type]


def _period(lease: Lease, start: Any) -> Period:
    found = [period for period in periods_of(lease, until=clock.now()) if period.start == start]
    if not found:
        raise NotABillingPeriod(start=start, end="…")
    return found[0]
