"""Records of leased machines: what a lessee writes down, and what must be there before one changes hands."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from leasing.models import ConditionRecord, LeaseUnit, RecordAnswer
from leasing.rules import batch_records as rules
from leasing.rules.batch_records import LESSEE_KINDS, TEXTS, Missing
from leasing.rules.condition import Condition
from leasing.rules.condition import Kind as Occasion
from leasing.rules.leases import Side
from marketplace.actions import equipment_records
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, EquipmentRecord, User
from marketplace.permissions import Permission, require
from marketplace.queries.dictionaries import stated_at
from marketplace.rules.equipment_records import Kind, Record, Written
from marketplace.shared.errors import Flaw, NotPossible


class NotInYourHands(NotPossible):
    """A lessee writes down what it did with a machine while it has it."""

    code = "not_in_your_hands"
    text = gettext_noop("Records of this machine can be written by the lessee from hand-over to return.")


class NotOfTheLease(NotPossible):
    """A lessee writes down batches and cleanings of its own time."""

    code = "not_of_the_lease"
    text = gettext_noop("A lessee writes down batches, cleaning and sterilisation of the time of its lease.")


class HandoverRecordsMissing(NotPossible):
    """A bioreactor or GMP machine is handed over clean, calibrated and with every batch closed."""

    code = "handover_records_missing"
    text = gettext_noop(
        "The machine cannot be handed over: its records are not complete. See what is missing."
    )


class ReleaseRecordsMissing(NotPossible):
    """A bioreactor or GMP machine is given back clean, with a record of every batch, whoever wrote it."""

    code = "release_records_missing"
    text = gettext_noop(
        "The machine cannot be given back: its records are not complete. See what is missing. "
        "What the lessee does not write down, the owner may at {owners_page}: a batch as not good."
    )


@atomic
def add(*, unit: LeaseUnit, given: Written, by: User, at: datetime, replaces: str = "") -> EquipmentRecord:
    """
    Append a record of a leased machine as its lessee: a batch, a cleaning, a sterilisation.

    :raises MissingRight: if ``by`` may not operate leases of the lessee
    :raises NotInYourHands: if the machine was not handed over yet, was returned, or has another lessee
    :raises NotOfTheLease: if it is of another kind or time
    :raises RecordInvalid: with every fault at its field
    :raises ReplacesNothing: if ``replaces`` names no record of the machine, the kind and the lessee
    :raises AlreadyReplaced: if another one took its place
    :raises BatchTaken: if the batch has another record
    """
    lessee = unit.lease.lessee
    require(by, Permission.LEASE_OPERATE, within=lessee)
    Equipment.objects.locked().get(pk=unit.equipment_id)
    unit = LeaseUnit.objects.select_related("lease__lessee", "equipment").get(pk=unit.pk)
    if not has_machine(unit=unit):
        raise NotInYourHands
    if given.kind not in LESSEE_KINDS or not _in_time(unit, given):
        raise NotOfTheLease
    return equipment_records.keep(
        equipment=unit.equipment, given=given, within=lessee, by=by, at=at, replaces=replaces
    )


def has_machine(*, unit: LeaseUnit) -> bool:
    """Tell whether a lessee has the machine: handed over, not returned, and nobody has it after it."""
    if unit.active_from is None:
        return False
    last = ConditionRecord.objects.filter(unit=unit, kind=Occasion.RETURN).order_by("-number")[:1]
    returned = ConditionRecord.objects.filter(pk__in=last.values("pk"))
    returned = returned.exclude(side=Side.LESSEE, answer__word=RecordAnswer.Word.OBJECTED)
    later = LeaseUnit.objects.filter(equipment=unit.equipment_id, active_from__gt=unit.active_from)
    return not returned.exists() and not later.exists()


def open_to_lessee(*, unit: LeaseUnit, at: datetime) -> QuerySet[EquipmentRecord]:
    """Return the records of a machine that its lessee may see at a moment: outside its use, its own."""
    began = unit.active_from is not None and unit.active_from <= at
    in_use = began and (unit.active_to is None or at < unit.active_to)
    found = EquipmentRecord.objects.filter(equipment=unit.equipment_id)
    return found.open_to(unit.lease.lessee, in_use=in_use)


def missing_before_hand_over(*, unit: LeaseUnit, at: datetime) -> list[Missing]:
    """Return which records a machine lacks to be handed over at a moment; most machines need none."""
    if not _needs(unit):
        return []
    return rules.before_hand_over(values_of(unit=unit), at)


def required_before_hand_over(*, unit: LeaseUnit, at: datetime) -> None:
    """
    Let a hand-over go on at a moment if the machine has what it needs.

    :raises HandoverRecordsMissing: with a flaw for each record that is missing, and where to write it
    """
    missing = missing_before_hand_over(unit=unit, at=at)
    if missing:
        raise HandoverRecordsMissing(flaws=flaws_of(missing=missing, page=owners_page(unit=unit)))


def missing_before_release(*, unit: LeaseUnit, given: Condition | None, at: datetime) -> list[Missing]:
    """Return which records a machine lacks to be given back; ``given`` has the closing readings, if known."""
    if not _needs(unit) or unit.active_from is None:
        return []
    batches = _batches_of(unit, at)
    counted = _counted(unit, given) if given else None
    return rules.before_release(values_of(unit=unit), [one.value for one in batches], counted=counted, at=at)


def required_before_release(*, unit: LeaseUnit, given: Condition | None, at: datetime) -> None:
    """
    Let a return go on at a moment if each batch of the lease has a closed record and the machine is clean.
    Whoever wrote it: the owner may write down, as not good, what its lessee does not.

    ``given`` is the record of the return: if it and the record of the hand-over read the counter of batches
    from the panel, each batch that was counted needs its record.

    :raises ReleaseRecordsMissing: with a flaw for each record that is missing, and where to write it
    """
    missing = missing_before_release(unit=unit, given=given, at=at)
    if missing:
        more = {"owners_page": owners_page(unit=unit)}
        flaws = flaws_of(missing=missing, page=lessees_page(unit=unit), **more)
        raise ReleaseRecordsMissing(flaws=flaws, **more)


def flaws_of(*, missing: Sequence[Missing], page: str, **more: str) -> list[Flaw]:
    """Return a flaw for each record that is missing, with the page on which it is written, and more facts."""
    return [
        Flaw(
            f"/equipment_records/{one.kind.value.lower()}",
            one.lack.value,
            TEXTS[one.lack],
            {"page": page} | more | dict(one.facts),
        )
        for one in missing
    ]


def values_of(*, unit: LeaseUnit) -> list[Record]:
    """Return the records in force of the machine of a unit that the rules read."""
    kinds = (Kind.CLEANING, Kind.CALIBRATION, Kind.BATCH)
    found = EquipmentRecord.objects.in_force().filter(equipment=unit.equipment_id, kind__in=kinds)
    return [one.value for one in found]


def owners_page(*, unit: LeaseUnit) -> str:
    """Return where the owner writes records of the machine."""
    return f"/equipment/{unit.equipment.public_id}/records/"


def lessees_page(*, unit: LeaseUnit) -> str:
    """Return where the lessee writes records of the machine."""
    return f"/leases/{unit.lease.public_id}/equipment-records/?unit={unit.public_id}"


def _needs(unit: LeaseUnit) -> bool:
    """Tell it by what the machine stated when it was promised: what is stated later changes nothing."""
    said = stated_at(unit.equipment, unit.claim.created_at)
    return rules.needs_records(unit.equipment.category.family, said)


def _in_time(unit: LeaseUnit, given: Written) -> bool:
    began = unit.active_from is not None and given.done_at >= unit.active_from
    return began and (
        given.kind is not Kind.BATCH or unit.active_to is None or given.done_at <= unit.active_to
    )


def _batches_of(unit: LeaseUnit, at: datetime) -> QuerySet[EquipmentRecord]:
    """Keep the batches in force of the time of use, and what took the place of one of the lessee's."""
    found = EquipmentRecord.objects.in_force().filter(equipment=unit.equipment_id, kind=Kind.BATCH)
    in_time = Q(done_at__lte=at if unit.active_to is None else min(at, unit.active_to))
    closed = Q(replaces__organization=unit.lease.lessee_id)
    return found.filter(in_time | closed, done_at__gte=unit.active_from, done_at__lte=at)


def _counted(unit: LeaseUnit, given: Condition) -> int | None:
    opened = ConditionRecord.objects.latest_for(unit, Occasion.HANDOVER)
    if opened is None:
        return None
    first = [(one["meter"], one["value"]) for one in opened.document["readings"]]
    return rules.counted_batches(first, [(one.meter, one.value) for one in given.readings])
