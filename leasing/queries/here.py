"""Who stands before a machine, and what it is to them."""

from django.db.models import Q

from leasing.models import ConditionRecord, LeaseUnit, Ticket
from leasing.rules.leases import BOUND, RUNNING, Move, can
from leasing.rules.leases import Status as Stage
from leasing.rules.tickets import Status
from marketplace.models import Equipment, Listing, Organization

TO_COME_BACK = [status for status in Stage if can(Move.RETURN, status) or can(Move.READY, status)]
AWAY = (LeaseUnit.State.READY, LeaseUnit.State.GONE)
OVER = (Status.CONFIRMED, Status.WITHDRAWN)


def unit_of(equipment: Equipment, organization: Organization) -> LeaseUnit | None:
    """
    Return the unit by which a machine is leased, or is about to be, if an organization is a side of the
    lease: the one that runs, else the one that is to come back, else the one that comes first.
    """
    mine = Q(lease__lessor=organization) | Q(lease__lessee=organization)
    stays = Q(active_to=None, lease__status__in=RUNNING | BOUND) & ~Q(state=LeaseUnit.State.GONE)
    comes_back = Q(active_to__isnull=False, lease__status__in=TO_COME_BACK) & ~Q(state__in=AWAY)
    found = LeaseUnit.objects.filter(mine, stays | comes_back, equipment=equipment).select_related(
        "equipment", "claim", "lease__lessor", "lease__lessee", "lease__listing"
    )
    units = found.order_by("lease__starts_at", "pk")
    return min(units, key=lambda one: (one.active_from is None, one.active_to is not None), default=None)


def open_record_of(unit: LeaseUnit) -> ConditionRecord | None:
    """Return the newest record of a machine if nobody answered it yet."""
    newest = ConditionRecord.objects.filter(unit=unit).select_related("answer").order_by("-pk").first()
    return None if newest is None or getattr(newest, "answer", None) else newest


def open_tickets_of(equipment: Equipment, organization: Organization) -> list[Ticket]:
    """Return the faults of a machine that are not repaired and confirmed yet, of an organization's leases."""
    found = Ticket.objects.of(organization).filter(unit__equipment=equipment).exclude(status__in=OVER)
    return list(found.with_sides().order_by("-pk")[:20])


def listing_of(equipment: Equipment, organization: Organization) -> Listing | None:
    """Return the offer of a machine that an organization may see, if there is one."""
    return Listing.objects.open_to(organization).filter(units__equipment=equipment).first()
