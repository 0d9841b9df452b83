"""
Say and sign what was erased.

First an event in the log of reads, for each device; when the log has sealed it, the certificate, which names
the event's place there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from devices.models import Erasure, LogKey
from devices.ownership.actions import log, telling
from devices.ownership.models import (
    AccessEvent,
    Certificate,
    Duty,
    EventEntry,
    EventHead,
    erasures_of,
    records_of,
)
from devices.ownership.rules import certificates
from devices.ownership.rules.certificates import Gone, Place, Statement
from devices.permissions import signing_seed
from marketplace.actions import audit
from marketplace.models import User
from marketplace.shared import signing
from marketplace.shared.ids import new_id

PURPOSE = "erasure"


@transaction.atomic
def issue(*, duty: Duty, by: User, at: datetime) -> Certificate | None:
    """
    Sign the certificate of a duty whose erasures are all done; ``None`` while the log has to be sealed first.

    The event is written by the first call, the certificate by a later one; again it returns the same one.

    :raises SealerOnly: if ``by`` is a person
    :raises NoSigningKey: if the platform has no key to sign with
    """
    seed = signing_seed(by)
    duty = Duty.objects.locked().select_related("agreement__owner", "agreement__lessee").get(pk=duty.pk)
    made = Certificate.objects.filter(duty=duty).first()
    if made is not None:
        return made
    erasures = list(erasures_of(duty))
    events = _events(duty, erasures, by, at)
    place = _place(events)
    if place is None:
        return None
    size, root = certificates.tree(records_of(erasures))
    public_id = new_id("cer")
    text = certificates.text(_statement(public_id, duty, erasures, place, size, root))
    certificate = Certificate.objects.create(
        public_id=public_id,
        duty=duty,
        text=text.decode(),
        size=size,
        root=root,
        key=LogKey.objects.of(signing.public_key(seed), at=at),
        signature=signing.sign(seed, text),
        issued_at=at,
    )
    duty.fulfilled_at, duty.evidence = at, public_id
    duty.save(update_fields=["fulfilled_at", "evidence"])
    facts = {"agreement": duty.agreement.public_id, "duty": duty.public_id}
    audit.record(
        by=by, action="certificate.issue", subject=public_id, at=at, within=duty.agreement.lessee, **facts
    )
    telling.of_certificate(certificate=certificate, agreement=duty.agreement, at=at)
    return certificate


def _events(duty: Duty, erasures: Sequence[Erasure], by: User, at: datetime) -> list[AccessEvent]:
    """Write into the log of reads what was erased of each device, once."""
    found = AccessEvent.objects.filter(kind=AccessEvent.Kind.ERASURE, reference=duty.public_id)
    known = list(found.order_by("pk"))
    if known:
        return known
    agreement = duty.agreement
    sides = sorted({agreement.owner.public_id, agreement.lessee.public_id})
    devices = {erasure.device.pk: erasure.device for erasure in erasures}
    subjects = [(one.public_id, one.name) for one in devices.values()] or [
        ("", str(agreement.equipment)[:80])
    ]
    return [
        log.written_down(
            kind=AccessEvent.Kind.ERASURE,
            by=by,
            at=at,
            device=public_id,
            device_name=name,
            channels=duty.channels,
            asked_from=duty.period.lower,
            asked_to=duty.period.upper,
            purpose=PURPOSE,
            outcome=AccessEvent.Outcome.PERMIT,
            delivered=0,
            concerns=sides,
            agreements=[agreement.public_id],
            reference=duty.public_id,
        )
        for public_id, name in subjects
    ]


def _place(events: Sequence[AccessEvent]) -> Place | None:
    """Return the place of the last event in the log and the first head over all of them."""
    entries = list(EventEntry.objects.filter(event__in=events).order_by("position"))
    if len(entries) < len(events):
        return None
    last = entries[-1]
    head = EventHead.objects.filter(size__gt=last.position).order_by("size").first()
    if head is None:
        return None
    event = next(one for one in events if one.pk == last.event_id)
    return Place(event.public_id, last.position, head.size, bytes(head.root).hex())


def _statement(
    public_id: str, duty: Duty, erasures: Sequence[Erasure], place: Place, size: int, root: bytes
) -> Statement:
    done = max([one.done_at for one in erasures if one.done_at], default=duty.due_at)
    return Statement(
        id=public_id,
        duty=duty.public_id,
        agreement=duty.agreement.public_id,
        owner=duty.agreement.owner.public_id,
        lessee=duty.agreement.lessee.public_id,
        asked_by=duty.asked_by,
        ordered_at=min([one.ordered_at for one in erasures], default=duty.due_at),
        done_at=done,
        backups_until=(done + timedelta(days=settings.BACKUP_KEEP_DAYS)).date(),
        gone=tuple(_gone(one) for one in erasures),
        size=size,
        root=root.hex(),
        log=place,
    )


def _gone(erasure: Erasure) -> Gone:
    total = erasure.runs.aggregate(deliveries=Sum("deliveries"), readings=Sum("readings"))
    return Gone(
        device=erasure.device.public_id,
        retention=erasure.retention,
        start=erasure.period.lower,
        end=erasure.period.upper,
        channels=tuple(erasure.channels),
        deliveries=total["deliveries"] or 0,
        readings=total["readings"] or 0,
        items=erasure.items,
        words=erasure.words,
    )
