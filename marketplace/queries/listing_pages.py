"""What the page of a listing reads along with the listing, in its own statement: its machines, its slots."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from marketplace.models import Equipment, Listing, ListingUnit, SlotSchedule


def with_machines(listings: "QuerySet[Listing]") -> "QuerySet[Listing]":
    """Read with listings what :func:`machines_read` and :func:`is_by_the_slot` need, in columns."""
    units = ListingUnit.objects.filter(listing=OuterRef("pk")).order_by("pk")
    schedules = SlotSchedule.objects.filter(listing=OuterRef("pk")).order_by("-version")
    facts = JSONObject(machine="equipment_id", status="equipment__status")
    return listings.annotate(
        machines_read=ArraySubquery(units.values(facts=facts)),
        slots_read=Subquery(schedules.values("is_offered")[:1]),
    )


def machines_read(listing: Listing, *, in_service: bool = False) -> list[int]:
    """Return the machines of a listing that was read :func:`with_machines`: all, or those in service."""
    read = listing.machines_read  # type: ignore[attr-defined]
    wanted = [one for one in read if not in_service or one["status"] == Equipment.Status.IN_SERVICE]
    return [one["machine"] for one in wanted]


def is_by_the_slot(listing: Listing) -> bool:
    """Tell whether slots of a listing can be booked; it was read :func:`with_machines`."""
    return bool(listing.slots_read)  # type: ignore[attr-defined]
