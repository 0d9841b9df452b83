"""Decide what was refused: replay after mending the cause, or dismiss with a note."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy, gettext_noop

from devices.actions import deliveries
from devices.models import Quarantined
from devices.rules.admission import Item
from devices.rules.refusals import sentence
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible


class AlreadyDecided(NotPossible):
    """Somebody replayed or dismissed the item before."""

    code = "already_decided"
    text = gettext_noop("This item was decided already: {outcome}.")


class StillRefused(NotPossible):
    """The cause is not mended. The sentence quotes nothing: what was said may be a lessee's."""

    code = "still_refused"
    text = gettext_noop("The reading is refused again. {detail} Mend the cause, then replay.")


@transaction.atomic
def replay(*, quarantined: Quarantined, by: User, at: datetime) -> Quarantined:
    """
    Deliver an item again, after its channel was added or the device's commissioning was corrected.

    :raises MissingRight: if ``by`` may not replay telemetry of the device's owner
    :raises AlreadyDecided: if it was replayed or dismissed
    :raises StillRefused: if it is refused again
    """
    quarantined = _waiting(quarantined, by)
    if "raw" in quarantined.item:
        raise StillRefused(reason=quarantined.reason, detail=gettext_lazy(sentence(quarantined.reason)))
    delivery = deliveries.Delivery(quarantined.epoch, [Item(**quarantined.item)])
    receipt = deliveries.take(device=quarantined.device, delivery=delivery, by=by, at=at)
    for refusal in [*receipt.refusals, *receipt.conflicts]:
        raise StillRefused(reason=refusal.reason, detail=gettext_lazy(sentence(refusal.reason)))
    return _decide(quarantined, Quarantined.Outcome.REPLAYED, "", by, at)


@transaction.atomic
def dismiss(*, quarantined: Quarantined, note: str, by: User, at: datetime) -> Quarantined:
    """
    Decide that an item is not needed; it stays on record with the note.

    :raises MissingRight: if ``by`` may not replay telemetry of the device's owner
    :raises AlreadyDecided: if it was replayed or dismissed
    """
    return _decide(_waiting(quarantined, by), Quarantined.Outcome.DISMISSED, note, by, at)


def _waiting(quarantined: Quarantined, by: User) -> Quarantined:
    require(by, Permission.TELEMETRY_REPLAY, within=quarantined.device.owner)
    locked = Quarantined.objects.select_for_update(of=("self",), no_key=True).select_related("device__owner")
    found = locked.get(pk=quarantined.pk)
    if found.outcome != Quarantined.Outcome.WAITING:
        raise AlreadyDecided(outcome=found.get_outcome_display())
    return found


def _decide(quarantined: Quarantined, outcome: str, note: str, by: User, at: datetime) -> Quarantined:
    quarantined.outcome, quarantined.note, quarantined.decided_at = outcome, note, at
    quarantined.save(update_fields=["outcome", "note", "decided_at"])
    audit.record(
        by=by,
        action=f"quarantine.{outcome.lower()}",
        subject=quarantined.public_id,
        at=at,
        within=quarantined.device.owner,
    )
    return quarantined
