"""Tell programs once of each invoice that is open after its due day."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from billing.models import Invoice, OverdueTelling
from billing.queries.open_amounts import with_open
from marketplace.actions import events
from marketplace.gateway.transactions import atomic
from marketplace.rules.event_types import EventType

LOOK_BACK = timedelta(days=35)  # what became overdue earlier was told of, or is open again (invoice.reopened)
AT_ONCE = 200


def tell(*, at: datetime) -> int:
    """
    Tell both sides of invoices that are open after their due day and were not told of; return how many.

    Many are told of at a time, each time in a transaction, from key to key: what others look at meanwhile is
    passed over, its turn comes again. It asks for no permission.
    """
    told = 0
    keys = _late(at, 0)
    while keys:
        told += _tell(keys, at)
        keys = _late(at, keys[-1])
    return told


def _late(at: datetime, after: int) -> list[int]:
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    late = Invoice.objects.issued().filter(due_on__lt=today, due_on__gte=today - LOOK_BACK, gross_minor__gt=0)
    untold = late.filter(overdue_telling=None, seller__is_synthetic=False, buyer__is_synthetic=False)
    rows: Any = with_open(untold.filter(pk__gt=after))
    return list(rows.filter(open_minor__gt=0).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@atomic
def _tell(keys: list[int], at: datetime) -> int:
    found = Invoice.objects.filter(pk__in=keys).order_by("pk")
    held = [one.pk for one in found.select_for_update(of=("self",), no_key=True, skip_locked=True)]
    still: Any = with_open(Invoice.objects.filter(pk__in=held, overdue_telling=None))
    told = list(still.filter(open_minor__gt=0).select_related("seller", "buyer").order_by("pk"))
    OverdueTelling.objects.bulk_create(OverdueTelling(invoice=one, at=at) for one in told)
    for one in told:
        sides = [one.seller, one.buyer]
        events.publish(type=EventType.INVOICE_OVERDUE, object=one.public_id, to=sides, at=at)
    return len(told)
