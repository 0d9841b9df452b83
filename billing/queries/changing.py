"""Facts by which the bill of a period changes by itself: who agrees to an objection names one."""

from datetime import date
from typing import NamedTuple

from billing.models import BillObjection, Inspection, ReviewItem
from billing.queries.totals import local_days
from leasing.models import Lease, Ticket
from marketplace.shared.period import Period

Effect = BillObjection.Effect
MOST = 100


class Changing(NamedTuple):
    """What happened, of which local day, and how it was put."""

    effect: str
    source: str
    day: date
    text: str


def changing_facts(lease: Lease, period: Period) -> list[Changing]:
    """
    Return what both sides decided, inspections said and standstills the lessor bears, the newest first.

    Three queries; of each kind the last hundred.
    """
    days, zone = local_days(period, lease.agreed.zone), lease.agreed.zone
    reviews = ReviewItem.objects.filter(unit__lease=lease, local_day__range=days)
    decided = reviews.exclude(outcome=ReviewItem.Outcome.WAITING).order_by("-pk")[:MOST]
    reported = Inspection.objects.filter(unit__lease=lease, local_day__range=days).order_by("-pk")[:MOST]
    borne = Ticket.objects.filter(
        lease=lease,
        attribution__in=(Ticket.Answer.AGREED, Ticket.Answer.DECIDED),
        cause=Ticket.Bearer.LESSOR,
        down_from__lt=period.end,
        down_to__gt=period.start,
    )
    return [
        *(Changing(Effect.REVIEW, one.public_id, one.local_day, one.get_reason_display()) for one in decided),
        *(Changing(Effect.INSPECTION, one.public_id, one.local_day, one.reference) for one in reported),
        *(
            Changing(Effect.DOWNTIME, one.public_id, one.down_from.astimezone(zone).date(), one.text[:80])
            for one in borne.order_by("-pk")[:MOST]
        ),
    ]
