"""Add documents to a machine, say what they are, put them in order, take them away; remind of what ends."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from marketplace.actions import audit, content_cases, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, EquipmentDocument, Notification, Refurbishment, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules import equipment_documents as rules
from marketplace.rules import proofs
from marketplace.rules.content_cases import About
from marketplace.rules.equipment_documents import MOST, REMIND_DAYS, Audience, Kind
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible

AT_ONCE = 500  # documents of one transaction


class DocumentInvalid(Invalid):
    """The file, or what is said of it, is wrong; ``flaws`` say what, each at its field."""

    code = "document_invalid"
    text = gettext_noop("The document cannot be kept like this. Mend what is marked.")


class TooManyDocuments(NotPossible):
    """A machine has some documents, not an archive."""

    code = "too_many_documents"
    text = gettext_noop("A machine has at most {most} documents. Remove one first.")


GONE = gettext_noop("This document was taken away meanwhile. Read the list again.")


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a document; ``valid_until`` is the last day on which it holds."""

    kind: Kind
    title: str
    audience: Audience
    valid_until: date | None = None


def add(
    *,
    equipment: Equipment,
    data: bytes,
    given: Given,
    by: User,
    at: datetime,
    on: date,
    refurbishment: Refurbishment | None = None,
) -> EquipmentDocument:
    """
    Add a document behind those that are there; the same file again answers the one that the machine has.

    ``on`` is the local day, ``refurbishment`` one of the machine to which the paper belongs.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises DocumentInvalid: if it is no JPEG, PNG, WebP or plain PDF within the limits, or not well
        described, or the platform has hidden these bytes of the owner
    :raises TooManyDocuments: if the machine would have more than 20
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    proof, pages, flaws = _read(data)
    flaws += rules.flaws(given.title, given.valid_until, on)
    if flaws or proof is None:
        raise DocumentInvalid(flaws=flaws)
    return _add(equipment, proof, pages, given, refurbishment, by=by, at=at)


@atomic
def describe(
    *, document: EquipmentDocument, given: Given, by: User, at: datetime, on: date
) -> EquipmentDocument:
    """
    Say anew what a document is, until when it holds and who reads it; the file stays as it is.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises DocumentInvalid: if it is not well described, or gone
    """
    machine = document.equipment
    require(by, Permission.EQUIPMENT_EDIT, within=machine.owner)
    flaws = rules.flaws(given.title, given.valid_until, on)
    if flaws:
        raise DocumentInvalid(flaws=flaws)
    values = _values(given)
    if not EquipmentDocument.objects.filter(pk=document.pk).update(**values):
        raise DocumentInvalid(flaws=[Flaw("/document", "gone", GONE)])
    for name, value in values.items():
        setattr(document, name, value)
    audit.record(
        by=by, action="equipment_document.describe", subject=document.public_id, at=at, within=machine.owner
    )
    return document


@atomic
def arrange(*, equipment: Equipment, order: Sequence[str], by: User, at: datetime) -> list[EquipmentDocument]:
    """
    Put the documents of a machine in an order, by their ids.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises DocumentInvalid: if not every document is named, each once
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    Equipment.objects.locked().get(pk=equipment.pk)
    known = {one.public_id: one for one in EquipmentDocument.objects.known().filter(equipment=equipment)}
    flaws = rules.order_flaws(list(known), order)
    if flaws:
        raise DocumentInvalid(flaws=flaws)
    for position, public_id in enumerate(order, start=1):
        known[public_id].position = position
    EquipmentDocument.objects.bulk_update(known.values(), ["position"])
    audit.record(
        by=by,
        action="equipment_document.arrange",
        subject=equipment.public_id,
        at=at,
        within=equipment.owner,
    )
    return [known[public_id] for public_id in order]


@atomic
def remove(*, document: EquipmentDocument, by: User, at: datetime) -> None:
    """
    Take a document away; it is gone. One that somebody else has just taken away is no fault.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    """
    machine = document.equipment
    require(by, Permission.EQUIPMENT_EDIT, within=machine.owner)
    Equipment.objects.locked().get(pk=machine.pk)
    if not EquipmentDocument.objects.filter(pk=document.pk).delete()[0]:
        return
    facts = {"equipment": machine.public_id, "sha256": document.sha256, "title": document.title}
    audit.record(
        by=by,
        action="equipment_document.remove",
        subject=document.public_id,
        at=at,
        within=machine.owner,
        **facts,
    )


@atomic
def remind(*, by: User, at: datetime, on: date) -> int:
    """
    Tell owners of documents that end 30, 7 or 0 days from a local day, for the clock; once each.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=by.name)
    last = date.fromordinal(on.toordinal() + max(REMIND_DAYS))
    ending = EquipmentDocument.objects.known().filter(valid_until__gte=on, valid_until__lte=last)
    told = 0
    for key, one in _untold(ending, on)[:AT_ONCE]:
        assert one.valid_until is not None
        told += len(
            notifications.notify(
                kind=Told.DOCUMENT_ENDS,
                to=[one.equipment.owner],
                facts={
                    "document": one.title,
                    "machine": one.equipment.name,
                    "until": one.valid_until.isoformat(),
                },
                at=at,
                link=f"/equipment/{one.equipment.public_id}/documents/",
                once=key,
            )
        )
    return told


def _untold(ending: QuerySet[EquipmentDocument], on: date) -> list[tuple[str, EquipmentDocument]]:
    """Return by its key each reminder that is due and was not told yet; what ends first comes first."""
    due = {}
    ending = ending.filter(equipment__owner__is_synthetic=False)  # such are told nothing
    for one in ending.select_related("equipment__owner").order_by("valid_until", "pk"):
        assert one.valid_until is not None
        due[f"document:{one.public_id}:{one.valid_until}:{rules.reminder(one.valid_until, on)}"] = one
    owners = {one.equipment.owner_id for one in due.values()}
    told = Notification.objects.filter(organization__in=owners, once__in=list(due))
    known = set(told.values_list("once", flat=True))
    return [(key, one) for key, one in due.items() if key not in known]


@atomic
def _add(
    equipment: Equipment,
    proof: proofs.Proof,
    pages: int,
    given: Given,
    refurbishment: Refurbishment | None,
    *,
    by: User,
    at: datetime,
) -> EquipmentDocument:
    Equipment.objects.locked().get(pk=equipment.pk)
    came = {"/file": proof.sha256}
    flaws = content_cases.hidden_flaws(owner=equipment.owner, about=About.DOCUMENT, sha256s=came)
    if flaws:
        raise DocumentInvalid(flaws=flaws)
    held = list(EquipmentDocument.objects.known().filter(equipment=equipment).select_related("equipment"))
    known = next((one for one in held if one.sha256 == proof.sha256), None)
    if known is not None:
        return known
    if len(held) >= MOST:
        raise TooManyDocuments(most=MOST)
    made = EquipmentDocument.objects.create(
        equipment=equipment,
        refurbishment=refurbishment,
        position=max((one.position for one in held), default=0) + 1,
        media_type=proof.media_type,
        content=proof.content,
        sha256=proof.sha256,
        size=len(proof.content),
        pages=pages,
        added_by=by.public_id,
        added_by_name=by.name,
        added_at=at,
        **_values(given),
    )
    facts = {"equipment": equipment.public_id, "sha256": proof.sha256, "kind": made.kind}
    audit.record(
        by=by,
        action="equipment_document.add",
        subject=made.public_id,
        at=at,
        within=equipment.owner,
        **facts,
    )
    return made


def _values(given: Given) -> dict[str, str | date | None]:
    values = asdict(given) | {"title": given.title.strip()}
    return values | {"kind": given.kind.value, "audience": given.audience.value}


def _read(data: bytes) -> tuple[proofs.Proof | None, int, list[Flaw]]:
    """Read a file before anything is locked; it takes a moment."""
    try:
        proof = proofs.read(data)
        pages = proofs.pages(proof)
    except proofs.NotAPaper as error:
        return None, 0, [Flaw("/file", error.why, proofs.WHY[error.why])]
    return proof, pages, rules.page_flaws(pages)
