"""Carry out what agreements owe about data: tell, erase, certify, note what is late. The clock comes here."""

import logging
from datetime import datetime

from django.db import transaction

from devices.actions import erasing
from devices.models import Erasure
from devices.ownership.actions import certificates, duties, payments, persons, telling
from devices.ownership.models import Duty, erasures_of
from devices.ownership.permissions import require_clock, terms
from devices.ownership.queries import spoke_for
from devices.ownership.rules.duties import may_begin
from devices.permissions import NoSigningKey
from marketplace.models import User

logger = logging.getLogger(__name__)


def run(*, by: User, at: datetime) -> None:
    """
    Do what is due: tell lessees, erase some rows of each duty, certify what is gone, note what is late.

    What is not done by the end is gone on with by the next run.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    duties.incur_missing(by=by, at=at)
    duties.remind(by=by, at=at)
    duties.note(by=by, at=at)
    for duty in Duty.objects.due(at).filter(kind=Duty.Kind.ERASE).shown()[: duties.AT_ONCE]:
        erase(duty=duty, by=by, at=at)
    duties.escalate(by=by, at=at)
    payments.escalate(by=by, at=at)
    persons.erase_due(by=by, at=at)
    telling.spikes(at=at)


def erase(*, duty: Duty, by: User, at: datetime, rows: int = erasing.AT_ONCE) -> bool:
    """
    Go on with a duty to erase, read by ``shown``; return whether its certificate is there.

    Nothing begins while somebody suspends it, or before the lessee was told in time.

    :raises ClockOnly: if ``by`` is a person
    """
    require_clock(by)
    ordered = list(erasures_of(duty))
    if not ordered:
        if duty.held_for is not None or not _may_begin(duty, at):
            return False
        ordered = _order(duty, by, at)
    for one in ordered:
        erasing.run(erasure=one, by=by, at=at, rows=rows)
    if any(one.done_at is None for one in erasures_of(duty)):
        return False
    try:
        return certificates.issue(duty=duty, by=by, at=at) is not None
    except NoSigningKey:
        logger.error("%s is erased; LOG_SIGNING_KEY is missing, so nothing can be certified", duty.public_id)
        return False


def _may_begin(duty: Duty, at: datetime) -> bool:
    told = Duty.objects.filter(agreement=duty.agreement_id, kind=Duty.Kind.INFORM)
    found = list(told.values_list("fulfilled_at", flat=True))
    moments = [one for one in found if one is not None] if None not in found else []
    asked = duty.asked_at is not None or duty.source == "books_over"
    return may_begin(due_at=duty.due_at, asked=asked, told=moments, at=at, terms=terms())


@transaction.atomic
def _order(duty: Duty, by: User, at: datetime) -> list[Erasure]:
    """Order what goes, all or nothing: of each device, class and time in which it spoke for the machine."""
    ordered = [
        erasing.order(
            device=device,
            retention=retention,
            period=time,
            reference=duty.public_id,
            channels=duty.channels,
            by=by,
            at=at,
        )
        for device, time in spoke_for(duty.agreement, duty.span)
        for retention in duty.retentions
    ]
    duties.begin(duty=duty, by=by, at=at)
    return ordered
