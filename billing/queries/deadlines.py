"""Until when a bill may be objected to, and so from when on it is issued."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from billing.models import BillTelling
from billing.rules.provisional import open_until
from leasing.models import Lease
from marketplace.shared.period import Period

Told = dict[tuple[int, datetime, datetime], datetime]


def wait_of(lease: Lease) -> timedelta:
    """Return how long after its end a period of a lease is not billed: its grace, or the least of all."""
    return max(timedelta(hours=lease.agreed.grace_hours), settings.OBJECTIONS_LEAST)


def told_of_bills(leases: Collection[Lease | int]) -> Told:
    """Return the latest moment that anybody was told, by lease, start and end of a period; one query."""
    rows = BillTelling.objects.filter(lease__in=leases).order_by()
    named = rows.values_list("lease", "period_start", "period_end")
    return {(lease, start, end): until for lease, start, end, until in named.annotate(_last())}


def objections_until(lease: Lease, period: Period, told: Told | None = None) -> datetime:
    """Return the moment until which the bill of a period may be objected to; it is issued from then on."""
    assert period.end is not None, "a billed period is closed"
    known = told_of_bills([lease]) if told is None else told
    return open_until(
        period.end,
        grace=timedelta(hours=lease.agreed.grace_hours),
        least=settings.OBJECTIONS_LEAST,
        told=known.get((lease.pk, period.start, period.end)),
    )


def _last() -> models.Max:
    return models.Max("objections_until")
