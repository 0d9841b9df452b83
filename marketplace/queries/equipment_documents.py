"""Who reads which documents of a machine: its owner and the platform all, others what is meant for them."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest

from marketplace.models import EquipmentDocument, Listing, Organization
from marketplace.models.equipment_documents import EquipmentDocumentQuerySet
from marketplace.models.parties import OrganizationKind
from marketplace.queries.acting import acting_or_none, visible_listings
from marketplace.rules.equipment_documents import Audience

# Returns the keys of the machines that an organization leases; the room above says it.
Machines = Callable[[Organization], QuerySet[Any, Any]]
_TOLD: dict[str, Machines] = {}


def told_by(*, name: str, machines: Machines) -> None:
    """Let a room above tell which machines an organization leases; it says so in ``AppConfig.ready``."""
    _TOLD[name] = machines


def readable(request: HttpRequest, on: date) -> EquipmentDocumentQuerySet:
    """
    Keep the documents that the caller reads: of the own machines all, of others what is meant for it, is not
    hidden, and holds on a local day.
    """
    acting = acting_or_none(request)
    if acting is not None and acting.kind == OrganizationKind.PLATFORM:
        return EquipmentDocument.objects.all()
    meant = EquipmentDocument.objects.shown(on).filter(_meant(acting, visible_listings(request)))
    if acting is None:
        return meant
    mine = Q(equipment__owner=acting)
    return EquipmentDocument.objects.filter(mine | Q(pk__in=meant.values("pk")))


def documents_of(request: HttpRequest, machines: Collection[int], on: date) -> list[EquipmentDocument]:
    """Return what the page of a listing shows of these machines, whose listing the caller sees: no bytes."""
    mine = meant_for(request, on).filter(equipment__in=machines)
    return list(mine.known().select_related("equipment", "refurbishment"))


def meant_for(request: HttpRequest, on: date) -> EquipmentDocumentQuerySet:
    """Keep what is meant for the caller, who sees the listing, is not hidden, and holds on a local day."""
    return EquipmentDocument.objects.shown(on).filter(_meant(acting_or_none(request), None))


def papers() -> "Prefetch[Any, Any, Any]":
    """Read with refurbishments their papers, without the bytes, in the owner's order."""
    known = EquipmentDocument.objects.known().select_related("equipment", "refurbishment")
    return Prefetch("documents", queryset=known)


def _meant(acting: Organization | None, listings: "QuerySet[Listing] | None") -> Q:
    """Return for whom a document is meant; ``listings`` are those that the caller sees, if need be."""
    audiences = [Audience.EVERYBODY] if acting is None else [Audience.EVERYBODY, Audience.SIGNED_IN]
    found = Q(audience__in=[one.value for one in audiences])
    if listings is not None:
        found &= Q(equipment__listing_unit__listing__in=listings)
    if acting is not None:
        for machines in _TOLD.values():
            found |= Q(equipment__in=machines(acting))
    return found
