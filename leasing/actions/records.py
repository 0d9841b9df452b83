"""Records of how a machine was: written by one side, confirmed or objected to by the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.models import Channel
from leasing.actions import moves
from leasing.models import ConditionRecord, Lease, LeaseUnit, Photo, RecordAnswer
from leasing.rules import canonical, condition
from leasing.rules.condition import SILENCE, Condition, Kind, Shot
from leasing.rules.leases import Side
from marketplace.actions import audit
from marketplace.models import Organization, User
from marketplace.shared.errors import Flaw, Invalid, NotPossible

UNKNOWN_PHOTO = gettext_noop("This lease has no such photo.")


class ConditionInvalid(Invalid):
    """Something in the record is wrong or missing; ``flaws`` say what, each at its field."""

    code = "condition_invalid"
    text = gettext_noop("The record cannot be kept like this. Mend what is marked.")


class NoSuchUnit(Invalid):
    """The machine is not one of this lease, or the lease has several and none was named."""

    code = "no_such_unit"
    text = gettext_noop("Name one machine of this lease.")


class RecordNotRead(NotPossible):
    """A record is answered by the digest of what was read."""

    code = "record_not_read"
    text = gettext_noop("The record is another by now. Read it again, then answer.")


class RecordAnswered(NotPossible):
    """A record is answered once, and not when a newer one has taken its place."""

    code = "record_answered"
    text = gettext_noop("This record was answered already, or another has taken its place.")


def unit_of(*, lease: Lease, named: str = "") -> LeaseUnit:
    """
    Return the machine of a lease with a public id, or its only one.

    :raises NoSuchUnit: if there is none of that name, or several and no name
    """
    units = lease.units.select_related("equipment__category", "equipment__owner", "claim", "lease")
    found = list(units.filter(public_id=named) if named else units)
    if len(found) != 1:
        raise NoSuchUnit
    return found[0]


def measured(*, unit: LeaseUnit, lease: Lease, at: datetime) -> dict[str, Channel]:
    """Return the meters that a device of the machine reports at a moment, each with the channel that does."""
    bound = unit.equipment.bindings.filter(period__contains=at).values("device")
    channels = {one.key: one for one in Channel.objects.filter(device__in=bound).select_related("device")}
    rules = lease.agreed.count_rules
    return {
        rule.meter: channels[rule.counter or rule.gauge or rule.channel]
        for rule in rules
        if rule.evidence_channels() <= set(channels)
    }


def write(
    *,
    lease: Lease,
    unit: LeaseUnit,
    kind: Kind,
    given: Condition,
    side: Side,
    by: User,
    at: datetime,
    extra: Mapping[str, Any] | None = None,
    more: Sequence[Flaw] = (),
    answer_until: datetime | None = None,
) -> ConditionRecord:
    """
    Append one record of a locked lease; ``extra`` are further entries of its document, ``more`` what else is
    wrong with it.

    :raises ConditionInvalid: with every fault at its field
    """
    given = with_photos(lease=lease, given=given)
    family = unit.equipment.category.family
    flaws = condition.flaws(
        given,
        kind=kind,
        family=family,
        meters=[rule.meter for rule in lease.agreed.count_rules],
        measured=list(measured(unit=unit, lease=lease, at=at)),
        at=at,
    )
    flaws += more
    if flaws:
        raise ConditionInvalid(flaws=flaws)
    last = ConditionRecord.objects.latest_for(unit, kind)
    number, until = last.number + 1 if last else 1, answer_until or at + SILENCE
    document = condition.document(
        given,
        kind=kind,
        lease=lease.public_id,
        unit=unit.public_id,
        equipment={"id": unit.equipment.public_id, "serial_number": unit.equipment.serial_number},
        side=side.value,
        family=family,
        version=number,
        confirm_until=until,
    ) | dict(extra or {})
    return ConditionRecord.objects.create(
        lease=lease,
        unit=unit,
        kind=kind,
        number=number,
        side=side.value,
        document=document,
        digest=canonical.digest(document),
        happened_at=given.happened_at,
        answer_until=until,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def answer(
    *,
    record: ConditionRecord,
    digest: str,
    word: RecordAnswer.Word,
    by: User,
    within: Organization,
    at: datetime,
    reason: str = "",
) -> RecordAnswer:
    """
    Write down what the other side says to a record of a locked lease.

    :raises RecordAnswered: if it was answered, or replaced
    :raises RecordNotRead: if ``digest`` is not its own
    :raises RecordMissing: if it is an objection without a reason
    """
    newest = ConditionRecord.objects.latest_for(record.unit, Kind(record.kind))
    if newest is None or newest.pk != record.pk or answer_of(record=newest) is not None:
        raise RecordAnswered
    if digest != record.digest:
        raise RecordNotRead
    if word == RecordAnswer.Word.OBJECTED and not reason.strip():
        text = gettext_noop("This must be recorded with the step.")
        raise moves.RecordMissing(flaws=[Flaw("/reason", "required", text)], names="reason")
    said = RecordAnswer.objects.create(
        record=record,
        word=word,
        reason=reason.strip() if word == RecordAnswer.Word.OBJECTED else "",
        digest=digest,
        person=by.public_id,
        person_name=by.name,
        organization=within.public_id,
        organization_name=within.name,
        roles=sorted(by.roles_in(within)),
        at=at,
    )
    audit.record(
        by=by, action=f"record.{word.lower()}", subject=record.public_id, at=at, within=within, digest=digest
    )
    return said


def answer_of(*, record: ConditionRecord) -> RecordAnswer | None:
    """Return what the other side said, if it did."""
    return getattr(record, "answer", None)


def is_confirmed(*, record: ConditionRecord) -> bool:
    """Tell whether the other side has confirmed a record that was read with its answer."""
    answer = getattr(record, "answer", None)
    return answer is not None and answer.word == RecordAnswer.Word.CONFIRMED


def facts_of(*, record: ConditionRecord) -> dict[str, Any]:
    """Return what a step says of the record that it rests on."""
    document = record.document
    return {
        "record": record.digest,
        "record_id": record.public_id,
        "unit": record.unit.public_id,
        "serials": document["serials"],
        "readings": document["readings"],
        "checklist": {one["item"]: one["result"] for one in document["checklist"]},
    }


def evidence_of(*, record: ConditionRecord) -> list[str]:
    """Return the SHA-256 of the record and of its photos."""
    return [record.digest, *(shot["sha256"] for shot in record.document["photos"])]


def with_photos(*, lease: Lease, given: Condition) -> Condition:
    """
    Put the digest of each photo beside its id, from what is stored.

    :raises ConditionInvalid: if a photo is not of this lease
    """
    named = {shot.photo for shot in given.photos}
    known = dict(Photo.objects.filter(lease=lease, public_id__in=named).values_list("public_id", "sha256"))
    flaws = [Flaw("/photos", "unknown_photo", UNKNOWN_PHOTO) for one in sorted(named - set(known))]
    if flaws:
        raise ConditionInvalid(flaws=flaws)
    shots = tuple(Shot(shot.photo, known[shot.photo], shot.item) for shot in given.photos)
    return replace(given, photos=shots)
