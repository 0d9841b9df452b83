"""A lessee has taken its data along: what was owed to it is given back."""

from datetime import datetime

from django.db import transaction

from devices.models import Device
from devices.ownership.models import AccessEvent, Agreement, Duty, TakenCopy
from devices.ownership.queries import spoke_for
from devices.ownership.rules.coverage import covers
from marketplace.actions import audit
from marketplace.models import User
from marketplace.shared.period import Period


@transaction.atomic
def taken(*, device: Device, period: Period, event: AccessEvent, by: User, at: datetime) -> list[Duty]:
    """
    Write down that a whole copy of what a device said in ``period`` was taken; return what this fulfils.

    Whoever took it was let through by the door, which has asked for permission. It counts for the
    agreements whose lessee took it, as far as their time was over at ``at``. Giving back is fulfilled when
    the copies together cover the time of every device that spoke for the machine; what reaches the platform
    after that day is not missing from them.
    """
    mine = Agreement.objects.filter(
        lessee__public_id=event.organization,
        equipment__bindings__device=device,
        period__overlap=(period.start, period.end),
    )
    fulfilled = []
    for agreement in mine.select_related("equipment", "lessee").distinct():
        lent = agreement.span.intersect(Period(period.start, min(at, period.end or at)))
        if lent is None:
            continue
        facts = {"device": device, "period": (lent.start, lent.end), "taken_at": at}
        TakenCopy.objects.get_or_create(agreement=agreement, event=event.public_id, defaults=facts)
        fulfilled += _fulfil(agreement, event, by, at)
    return fulfilled


def _fulfil(agreement: Agreement, event: AccessEvent, by: User, at: datetime) -> list[Duty]:
    owed = Duty.objects.undone().filter(agreement=agreement, kind=Duty.Kind.RETURN)
    if not owed.exists() or not _covered(agreement):
        return []
    done = list(owed.locked())
    for duty in done:
        duty.fulfilled_at, duty.evidence = at, event.public_id
        duty.save(update_fields=["fulfilled_at", "evidence"])
        audit.record(
            by=by,
            action="duty.return",
            subject=duty.public_id,
            at=at,
            within=agreement.lessee,
            retentions=duty.retentions,
        )
    return done


def _covered(agreement: Agreement) -> bool:
    copies: dict[int, list[Period]] = {}
    for one in TakenCopy.objects.filter(agreement=agreement):
        copies.setdefault(one.device_id, []).append(Period(one.period.lower, one.period.upper))
    spoke = spoke_for(agreement, agreement.span)
    return all(covers(copies.get(device.pk, []), time) for device, time in spoke)
