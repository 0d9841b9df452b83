"""The beginning of a lease: when every machine is handed over and the lessee has confirmed how."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.actions import agreements
from leasing.actions import moves, notices, service_openings
from leasing.actions.data_sides import accepted_terms
from leasing.actions.records import is_confirmed
from leasing.models import ConditionRecord, Lease, RecordAnswer
from leasing.rules.condition import Kind
from leasing.rules.leases import Move
from marketplace.actions import parties
from marketplace.models import Equipment, Organization, User
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period


class HandoverOutsidePeriod(NotPossible):
    """A machine is handed over in the time that was agreed."""

    code = "handover_outside_period"
    text = gettext_noop("The machine can be handed over from {starts_at} until {ends_at}.")


class HandoverNotRecorded(NotPossible):
    """A lease begins when how its machines were handed over is written down."""

    code = "handover_not_recorded"
    text = gettext_noop("Hand the machine over first: write down how it is.")


class HandoverNotConfirmed(NotPossible):
    """The lessee has neither confirmed the record nor let its time pass; an objection needs a new record."""

    code = "handover_not_confirmed"
    text = gettext_noop(
        "The lessee has not confirmed the record of the hand-over. "
        "Without an answer the lease can begin from {until}."
    )


class HandoverObjected(NotPossible):
    """The lessee objects to the record; the lessor looks at the machine again and writes another."""

    code = "handover_objected"
    text = gettext_noop("The lessee objects to the record: {reason} Write another one.")


def check_time(*, lease: Lease, moment: datetime, starts_at: datetime | None = None) -> None:
    """
    Let a hand-over go on that lies in the agreed time; that of a machine which came later has its own start.

    :raises HandoverOutsidePeriod: if ``moment`` does not
    """
    starts_at = starts_at or lease.starts_at
    if not starts_at <= moment < lease.ends_at:
        raise HandoverOutsidePeriod(
            starts_at=moves.words(moment=starts_at, lease=lease),
            ends_at=moves.words(moment=lease.ends_at, lease=lease),
        )


def begin_if_confirmed(*, lease: Lease, at: datetime) -> Lease:
    """Begin a locked lease if the lessee has confirmed all its machines; the clock makes the step."""
    found = _latest(lease)
    if not found or not all(record is not None and is_confirmed(record=record) for record in found):
        return lease
    return begin(lease=lease, by=parties.robot(name="clock"), within=None, at=at)


def begin(*, lease: Lease, by: User, within: Organization | None, at: datetime) -> Lease:
    """
    Begin a locked lease: from its hand-over on, the lessee pays for its use and reads its data.

    :raises HandoverNotRecorded: if a machine has no record
    :raises HandoverObjected: if the lessee objects to one
    :raises HandoverNotConfirmed: if the lessee has not answered one, and its three days are not over
    :raises DataNoticeNotAccepted: if the lessee has not accepted the notice on the machine's data
    :raises DataNoticeOutdated: if the machine reports something else than the notice says
    """
    notice = notices.check(lease=lease, at=at)
    records = [checked(lease=lease, record=record, at=at) for record in _latest(lease)]
    since = max(record.happened_at for record in records)
    for unit in lease.units.select_related("equipment"):
        open_data(lease=lease, machine=unit.equipment, since=since, by=by, at=at)
    lease.units.update(active_from=since)
    facts = {
        "active_from": since.isoformat(),
        "data_notice": notice.digest,
        "confirmed": confirmed(records=records),
    }
    lease = moves.carry_out(
        lease=lease,
        move=Move.ACTIVATE,
        by=by,
        within=within,
        at=at,
        facts=facts,
        evidence=[record.digest for record in records],
        active_from=since,
    )
    service_openings.begin_with_lease(lease=lease, at=at)
    return lease


def open_data(*, lease: Lease, machine: Equipment, since: datetime, by: User, at: datetime) -> None:
    """Let what a machine of a locked lease says be the lessee's to read, from its hand-over on."""
    agreements.open(
        equipment=machine,
        owner=lease.lessor,
        lessee=lease.lessee,
        period=Period(since, lease.ends_at),
        reference=lease.public_id,
        billing_channels=lease.agreed.billing_channels(),
        by=by,
        at=at,
        terms=lease.agreed.data_terms,
        accepted=accepted_terms(lease=lease),
    )


def _latest(lease: Lease) -> list[ConditionRecord | None]:
    units = lease.units.order_by("pk")
    return [ConditionRecord.objects.latest_for(unit, Kind.HANDOVER) for unit in units]


def checked(*, lease: Lease, record: ConditionRecord | None, at: datetime) -> ConditionRecord:
    """
    Return the record on which a machine's use can begin: confirmed, or not answered in its time.

    :raises HandoverNotRecorded: if there is none
    :raises HandoverObjected: if the lessee objects to it
    :raises HandoverNotConfirmed: if the lessee has not answered, and still may
    """
    if record is None:
        raise HandoverNotRecorded
    answer = getattr(record, "answer", None)
    if answer is not None and answer.word == RecordAnswer.Word.OBJECTED:
        raise HandoverObjected(reason=answer.reason)
    if answer is None and at < record.answer_until:
        raise HandoverNotConfirmed(until=moves.words(moment=record.answer_until, lease=lease))
    return record


def confirmed(*, records: list[ConditionRecord]) -> list[dict[str, Any]]:
    """Say for each record who confirmed it, or that nobody answered."""
    found = []
    for record in records:
        answer = getattr(record, "answer", None)
        said = {"by": answer.person, "name": answer.person_name} if answer else {"by": "", "name": ""}
        found.append({"record": record.digest, "silence": answer is None} | said)
    return found
