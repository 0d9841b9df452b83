"""What may be claimed of a listing: of its owner and of all its machines, as far as it holds today."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.models import EquipmentCheck, Listing, NameplateCase, OrganizationCheck
from marketplace.rules.checks import Found, standing, standing_of_all


def claims_of(listing: Listing, at: datetime, *, machines: Sequence[int] | None = None) -> list[Found]:
    """Return what the platform stands by at a moment: the owner's checks, then those of all machines."""
    company = OrganizationCheck.objects.filter(organization=listing.owner_id).newest_first()
    owner = standing([one.value for one in company], at)
    if machines is None:
        machines = list(listing.units.values_list("equipment", flat=True))
    found = EquipmentCheck.by_machine(machines)
    return [*owner.values(), *standing_of_all(list(found.values()), at).values()]


def unchecked(listings: "QuerySet[Listing]") -> "QuerySet[Listing]":
    """Keep published listings with a machine whose nameplate nobody of the platform has ever looked at."""
    seen = EquipmentCheck.objects.filter(equipment=OuterRef("units__equipment"), kind="NAMEPLATE")
    return listings.published().filter(~Exists(seen)).distinct()  # type: ignore[attr-defined]


def cases_of(machines: Iterable[int]) -> "QuerySet[NameplateCase]":
    """Return the open cases in which one of these machines is held."""
    return NameplateCase.objects.open().filter(second__in=list(machines))
