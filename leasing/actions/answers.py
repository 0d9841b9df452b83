"""The word of the other side on a record, whatever the occasion."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import handovers, inspections, moves, records, returns
from leasing.models import ConditionRecord, RecordAnswer
from leasing.rules.condition import Kind
from leasing.rules.leases import Move
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotPossible

# As long as the lease can make this move, a record of the kind can be answered.
MOVES = {Kind.HANDOVER: Move.ACTIVATE, Kind.RETURN: Move.RETURN, Kind.INSPECTION: Move.INSPECT}
TOLD = {
    RecordAnswer.Word.CONFIRMED: Told.RECORD_CONFIRMED,
    RecordAnswer.Word.OBJECTED: Told.RECORD_OBJECTED,
}


class AnswerTooLate(NotPossible):
    """A record of a return or an inspection stands when nobody has answered it in time."""

    code = "answer_too_late"
    text = gettext_noop("The record could be answered until {until}. It stands since then.")


@atomic
def confirm(*, record: ConditionRecord, digest: str, by: User, at: datetime) -> None:
    """
    Confirm a record as the other side; that of a hand-over begins the lease (``handovers.confirm``).

    :raises MissingRight: if ``by`` may not operate leases of the side that did not write it
    :raises LeaseMoveRefused: if the lease is past the occasion of the record
    :raises AnswerTooLate: if the time to answer the record of a return or an inspection is over
    :raises RecordAnswered: if it was answered, or another record has taken its place
    :raises RecordNotRead: if ``digest`` is not that of the record
    """
    require(by, Permission.LEASE_OPERATE, within=record.lease.other_party(record.side))
    if record.kind == Kind.HANDOVER:
        handovers.confirm(record=record, digest=digest, by=by, at=at)
    else:
        _answer(record, digest, RecordAnswer.Word.CONFIRMED, by, at)


@atomic
def object_to(*, record: ConditionRecord, digest: str, reason: str, by: User, at: datetime) -> None:
    """
    Object to a record as the other side, with a reason that stands beside it from then on.

    Where the lessor objects to a return that the lessee wrote, the machine is not back: it stands as before.

    :raises MissingRight: if ``by`` may not operate leases of the side that did not write it
    :raises LeaseMoveRefused: if the lease is past the occasion of the record
    :raises AnswerTooLate: if the time to answer the record of a return or an inspection is over
    :raises RecordAnswered: if it was answered, or another record has taken its place
    :raises RecordNotRead: if ``digest`` is not that of the record
    :raises RecordMissing: if no reason is given
    """
    require(by, Permission.LEASE_OPERATE, within=record.lease.other_party(record.side))
    if record.kind == Kind.HANDOVER:
        handovers.object_to(record=record, digest=digest, reason=reason, by=by, at=at)
    else:
        _answer(record, digest, RecordAnswer.Word.OBJECTED, by, at, reason)


def _answer(
    record: ConditionRecord, digest: str, word: RecordAnswer.Word, by: User, at: datetime, reason: str = ""
) -> None:
    lease = moves.lock(lease=record.lease, move=MOVES[Kind(record.kind)], expected=None)
    if at >= record.answer_until:
        raise AnswerTooLate(until=moves.words(moment=record.answer_until, lease=lease))
    within = lease.other_party(record.side)
    records.answer(record=record, digest=digest, word=word, by=by, within=within, at=at, reason=reason)
    if record.kind == Kind.RETURN:
        returns.answered(record=record, word=word, lease=lease, at=at)
    else:
        inspections.answered(record=record, lease=lease, at=at)
    notify(
        kind=TOLD[word],
        to=[lease.party(record.side)],
        facts={"who": within.name, "lease": lease.number},
        at=at,
        link=f"/records/{record.public_id}/",
    )
