"""What the last bill of a lease waits for before it is called final: the closing readings of its machines."""

from datetime import datetime
from typing import NamedTuple

from django.db import models

from billing.queries.deadlines import wait_of
from billing.queries.periods import is_final
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Kind
from leasing.rules.states import Physical
from marketplace.shared.period import Period


class Closing(NamedTuple):
    """
    Whether a bill is final, and if it is not yet, the machines without closing readings.

    They are waited for until ``until``, when the time for late readings is over. Without ``missing`` a bill
    that is not final is that of a period before the last, or of a lease that goes on.
    """

    is_final: bool
    until: datetime
    missing: tuple[LeaseUnit, ...] = ()


def closing_of(lease: Lease, period: Period, at: datetime) -> Closing:
    """Return whether the bill of a period is the final one, as of a moment."""
    assert period.end is not None, "a billed period is closed"
    until = period.end + wait_of(lease)
    if not is_final(lease, period.end):
        return Closing(False, until)
    missing = () if at >= until else tuple(_without_return(lease))
    return Closing(not missing, until, missing)


def _without_return(lease: Lease) -> models.QuerySet[LeaseUnit]:
    """Keep the machines that were handed over, come back, and have no record of their return yet."""
    back = ConditionRecord.objects.filter(unit=models.OuterRef("pk"), kind=Kind.RETURN)
    out = lease.units.exclude(active_from=None).exclude(state=Physical.GONE)
    return out.exclude(models.Exists(back)).select_related("equipment").order_by("pk")
