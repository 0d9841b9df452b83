"""What may be claimed of a listing: of its owner and of all its machines, as far as it holds today."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Value

from marketplace.models import EquipmentCheck, Listing, ListingUnit, NameplateCase, OrganizationCheck
from marketplace.rules.checks import Found, Kind, standing, standing_of_all

COLUMNS = ("of", "kind", "passed", "checked_at", "valid_until", "pk")


def claims_of(listing: Listing, at: datetime, *, machines: Sequence[int] | None = None) -> list[Found]:
    """Return what the platform stands by at a moment: the owner's checks, then those of all machines."""
    if machines is None:
        machines = list(listing.units.values_list("equipment", flat=True))
    company, found = _found(listing.owner_id, machines)
    owner = standing(company, at)
    return [*owner.values(), *standing_of_all(list(found.values()), at).values()]


def _found(owner: int, machines: Sequence[int]) -> tuple[list[Found], dict[int, list[Found]]]:
    """Return what was found of a company and of each machine, by its key, what was looked at last first."""
    company: list[Found] = []
    found: dict[int, list[Found]] = {pk: [] for pk in machines}
    of_company = OrganizationCheck.objects.filter(organization=owner).annotate(
        of=Value(None, BigIntegerField())
    )
    of_machines = EquipmentCheck.objects.filter(equipment__in=machines).annotate(of=F("equipment_id"))
    both = of_company.values_list(*COLUMNS).union(of_machines.values_list(*COLUMNS), all=True)
    for machine, kind, passed, checked_at, until, _pk in both.order_by("-checked_at", "-pk"):
        of = company if machine is None else found[machine]
        of.append(Found(Kind(kind), passed, checked_at, until))
    return company, found


def unchecked(listings: "QuerySet[Listing]") -> "QuerySet[Listing]":
    """Keep published listings with a machine whose nameplate nobody of the platform has ever looked at."""
    seen = EquipmentCheck.objects.filter(equipment=OuterRef("equipment"), kind="NAMEPLATE")
    unseen = ListingUnit.objects.filter(~Exists(seen), listing=OuterRef("pk"))
    return listings.published().filter(Exists(unseen))  # type: ignore[attr-defined]


def cases_of(machines: Iterable[int]) -> "QuerySet[NameplateCase]":
    """Return the open cases in which one of these machines is held."""
    return NameplateCase.objects.open().filter(second__in=list(machines))
