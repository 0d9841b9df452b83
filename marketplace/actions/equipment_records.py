"""Write down what was done to a machine; what was wrong, or still open, gets a newer record in its place."""

from dataclasses import asdict
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, EquipmentRecord, Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules import equipment_records as rules
from marketplace.rules.equipment_records import Kind, Result, Written
from marketplace.shared.errors import Invalid, NotPossible


class RecordInvalid(Invalid):
    """Something in the record is wrong or missing; ``flaws`` say what, each at its field."""

    code = "equipment_record_invalid"
    text = gettext_noop("The record cannot be kept like this. Mend what is marked.")


class ReplacesNothing(Invalid):
    """A newer record names one of the same machine and kind that its own organization wrote."""

    code = "replaces_nothing"
    text = gettext_noop("There is no record of yours of this kind with this machine that could be replaced.")


class BatchOfOthers(NotPossible):
    """What others ran an owner cannot release; it can close a batch that was left open as not good."""

    code = "batch_of_others"
    text = gettext_noop("This batch was run by others: you can close it as not good, not release it.")


class AlreadyReplaced(NotPossible):
    """Another record has taken the place of this one."""

    code = "already_replaced"
    text = gettext_noop("Another record has taken the place of this one. Read the list again.")


class BatchTaken(NotPossible):
    """A batch has one record in force on a machine."""

    code = "batch_taken"
    text = gettext_noop("Batch {batch} has a record with this machine. Close or correct that one.")


@atomic
def add(
    *, equipment: Equipment, given: Written, by: User, at: datetime, replaces: str = ""
) -> EquipmentRecord:
    """
    Append a record as the owner of the machine; ``replaces`` names the one whose place it takes.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises RecordInvalid: with every fault at its field
    :raises ReplacesNothing: if ``replaces`` names no record of the machine, the kind and the owner
    :raises BatchOfOthers: if it would release a batch that others left open
    :raises AlreadyReplaced: if another one took its place
    :raises BatchTaken: if the batch has another record
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    return keep(equipment=equipment, given=given, within=equipment.owner, by=by, at=at, replaces=replaces)


@atomic
def keep(
    *,
    equipment: Equipment,
    given: Written,
    within: Organization,
    by: User,
    at: datetime,
    replaces: str = "",
) -> EquipmentRecord:
    """
    Append a record of whoever may: the caller has asked for the right to. Refuses like :func:`add`.

    :raises RecordInvalid: with every fault at its field
    :raises ReplacesNothing: if ``replaces`` names no record of the machine, the kind and ``within``
    :raises BatchOfOthers: if the owner would release a batch that others left open
    :raises AlreadyReplaced: if another one took its place
    :raises BatchTaken: if the batch has another record
    """
    found = rules.flaws(given, at=at)
    if found:
        raise RecordInvalid(flaws=found)
    Equipment.objects.locked().get(pk=equipment.pk)
    old = _replaced(equipment, given, within, replaces) if replaces else None
    if given.kind is Kind.BATCH:
        _check_number(equipment, given.batch, within, old)
    values = {name: value.strip() if type(value) is str else value for name, value in asdict(given).items()}
    made = EquipmentRecord.objects.create(
        equipment=equipment,
        organization=within,
        replaces=old,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
        **values,
    )
    audit.record(
        by=by,
        action="equipment.record",
        subject=equipment.public_id,
        at=at,
        within=within,
        record=made.public_id,
        kind=made.kind,
    )
    return made


def _replaced(equipment: Equipment, given: Written, within: Organization, named: str) -> EquipmentRecord:
    """Return the record whose place is taken: one's own, or for the owner a batch that others left open."""
    like = EquipmentRecord.objects.filter(equipment=equipment, kind=given.kind)
    mine = Q(organization=within)
    if equipment.owner_id == within.pk:
        mine |= Q(result=Result.OPEN)
    old = like.filter(mine).select_related("replaced_by").filter(public_id=named).first()
    if old is None:
        raise ReplacesNothing
    if old.organization_id != within.pk and given.result is not Result.FAILED:
        raise BatchOfOthers
    if getattr(old, "replaced_by", None) is not None:
        raise AlreadyReplaced
    return old


def _check_number(
    equipment: Equipment, batch: str, within: Organization, old: EquipmentRecord | None
) -> None:
    mine = EquipmentRecord.objects.in_force().filter(equipment=equipment, organization=within)
    same = mine.filter(kind=Kind.BATCH, batch=batch.strip())
    if any(one != old for one in same):
        raise BatchTaken(batch=batch.strip())
