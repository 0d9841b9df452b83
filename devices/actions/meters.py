"""Record that a counter was changed; nothing recorded is ever rewritten."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from devices.models import Channel, Device, MeterChange
from devices.rules.meters import change_flaws
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible


class BadMeterChange(Invalid):
    """A field of the meter change is wrong; ``flaws`` say which and what to send."""

    code = "bad_meter_change"
    text = gettext_noop("The meter change has {count} faults.")


class CorrectedAlready(NotPossible):
    """A later record corrects this one."""

    code = "meter_change_corrected"
    text = gettext_noop("This meter change was corrected before. Correct the record that stands now.")


@dataclass(frozen=True)
class Change:
    """At ``at``, the counter ``channel`` read ``final``; what follows began at ``first``."""

    channel: str
    at: datetime
    final: Decimal
    first: Decimal
    reason: str
    note: str = ""


@transaction.atomic
def record(
    *, device: Device, change: Change, by: User, at: datetime, corrects: MeterChange | None = None
) -> MeterChange:
    """
    Record a meter change, or one that takes the place of a record that was wrong; both sides see all of them.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises BadMeterChange: with one flaw per wrong field
    :raises CorrectedAlready: if another record corrects ``corrects``
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    counters = device.channels.filter(kind=Channel.Kind.COUNTER)
    channel = counters.filter(key=change.channel).first()
    flaws = change_flaws(
        known=channel is not None and (corrects is None or corrects.channel_id == channel.pk),
        moment=change.at,
        final=change.final,
        first=change.first,
        reason=change.reason,
        reasons=MeterChange.Reason.values,
        note=change.note,
        not_before=device.commissioned_at,
        at=at,
    )
    if flaws or channel is None:
        raise BadMeterChange(flaws=flaws, count=len(flaws))
    facts = vars(change) | {"channel": channel, "corrects": corrects}
    made = _created(device=device, recorded_by=by.name, recorded_at=at, **facts)
    audit.record(
        by=by,
        action="device.change_meter",
        subject=device.public_id,
        at=at,
        within=device.owner,
        change=made.public_id,
        channel=channel.key,
        corrects=corrects.public_id if corrects else "",
    )
    return made


def _created(**facts: object) -> MeterChange:
    """Make the record; the database lets one record be corrected once."""
    try:
        with transaction.atomic():
            return MeterChange.objects.create(**facts)
    except IntegrityError as error:
        raise CorrectedAlready from error
