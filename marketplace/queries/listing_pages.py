"""What the page of a listing reads along with the listing, in its own statement: machines, slots, papers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from marketplace.models import (
    Equipment,
    EquipmentDocument,
    Listing,
    ListingUnit,
    Refurbishment,
    RefurbishmentEntry,
    SlotSchedule,
)

OF_DOCUMENTS = ("public_id", "kind", "title", "media_type", "size", "pages")
OF_ENTRIES = ("kind", "what", "part", "done_by")


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


def with_lives(
    listings: "QuerySet[Listing]", documents: "QuerySet[EquipmentDocument]"
) -> "QuerySet[Listing]":
    """Read with listings the refurbishments of their machines, and which of some documents are theirs."""
    entries = RefurbishmentEntry.objects.filter(refurbishment=OuterRef("pk")).order_by("done_on", "pk")
    done = {name: name for name in ("workshop", "hours", "test_run", "grade", "finished_at")}
    done |= {"equipment_id": "equipment_id", "name": "equipment__name", "pk": "pk"}
    written = entries.values(facts=JSONObject(done_on="done_on", **{name: name for name in OF_ENTRIES}))
    facts = JSONObject(entries=ArraySubquery(written), **done)
    lives = Refurbishment.objects.done().filter(equipment__listing_unit__listing=OuterRef("pk"))
    papers = documents.filter(equipment__listing_unit__listing=OuterRef("pk"))
    said = {name: name for name in OF_DOCUMENTS} | {"until": "valid_until", "machine": "equipment__name"}
    said["life"] = "refurbishment_id"
    return listings.annotate(
        lives_read=ArraySubquery(lives.values(facts=facts)),
        documents_read=ArraySubquery(
            papers.order_by("equipment", "position", "pk").values(facts=JSONObject(**said))
        ),
    )


def lives_read(listing: Listing) -> list[Refurbishment]:
    """Return the last refurbishment of each machine of a listing that was read :func:`with_lives`."""
    newest: dict[int, Refurbishment] = {}
    for one in listing.lives_read:  # type: ignore[attr-defined]
        if one["equipment_id"] not in newest:
            newest[one["equipment_id"]] = _life(dict(one))
    documents = documents_read(listing)
    for life in newest.values():
        life.papers = [one for one in documents if one.refurbishment_id == life.pk]  # type: ignore[attr-defined]
    return list(newest.values())


def documents_read(listing: Listing) -> list[EquipmentDocument]:
    """Return the documents of a listing that was read :func:`with_lives`, without their bytes."""
    return [_document(one) for one in listing.documents_read]  # type: ignore[attr-defined]


def _life(one: dict[str, Any]) -> Refurbishment:
    entries = [
        RefurbishmentEntry(**each | {"done_on": date.fromisoformat(each["done_on"])})
        for each in one.pop("entries")
    ]
    machine = Equipment(pk=one.pop("equipment_id"), name=one.pop("name"))
    known = {"finished_at": datetime.fromisoformat(one["finished_at"]), "hours": Decimal(str(one["hours"]))}
    made = Refurbishment(equipment=machine, **one | known)
    made.rows = entries  # type: ignore[attr-defined]
    return made


def _document(one: dict[str, Any]) -> EquipmentDocument:
    until = date.fromisoformat(one["until"]) if one["until"] else None
    known = {name: one[name] for name in OF_DOCUMENTS}
    machine = Equipment(name=one["machine"])
    return EquipmentDocument(equipment=machine, valid_until=until, refurbishment_id=one["life"], **known)
