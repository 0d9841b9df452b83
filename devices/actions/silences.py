"""Notice which leased devices fell silent, and which speak again."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_noop

from devices.models import Binding, Silence
from devices.ownership.models import Agreement
from devices.rules.silence import limit
from marketplace.actions import audit
from marketplace.models import User
from marketplace.shared.errors import NotAllowed


class WatchedByClock(NotAllowed):
    """Silences are noticed by the platform's own clock."""

    code = "watched_by_clock"
    text = gettext_noop("Silent devices are looked for by the platform itself. Nobody else needs to.")


@transaction.atomic
def watch(*, by: User, at: datetime) -> int:
    """
    Note every device of a running lease that is silent beyond its limit, once; end what is over.

    Running it twice changes nothing. Returns how many are new.

    :raises WatchedByClock: if ``by`` is a person
    """
    if not by.is_robot:
        raise WatchedByClock
    _end_those_that_speak(by, at)
    _end_those_no_longer_leased(by, at)
    return sum(_note(binding, since, by, at) for binding, since in _silent(at))


def _end_those_that_speak(by: User, at: datetime) -> None:
    spoke = Silence.objects.open().filter(device__head__last_received_at__gt=F("since"))
    for silence in spoke.select_related("device__head", "device__owner"):
        _end(silence, silence.device.head.last_received_at or at, by, at)


def _end_those_no_longer_leased(by: User, at: datetime) -> None:
    leased = _leased(at).values("device")
    for silence in Silence.objects.open().exclude(device__in=leased).select_related("device__owner"):
        _end(silence, at, by, at)


def _end(silence: Silence, ended_at: datetime, by: User, at: datetime) -> None:
    silence.ended_at = ended_at
    silence.save(update_fields=["ended_at"])
    device = silence.device
    audit.record(by=by, action="device.heard_again", subject=device.public_id, at=at, within=device.owner)


def _leased(at: datetime) -> "QuerySet[Binding]":
    agreed = Agreement.objects.filter(period__contains=at)
    found = Binding.objects.filter(period__contains=at, equipment__in=agreed.values("equipment"))
    return found.filter(device__closed_at=None)


def _silent(at: datetime) -> list[tuple[Binding, datetime]]:
    """Return the leased devices beyond their limit, and since when: within the lease and the binding."""
    held = Agreement.objects.filter(period__contains=at).not_sublet(at)
    begun = dict(held.values_list("equipment", "period"))
    known = set(Silence.objects.open().values_list("device", flat=True))
    found = []
    for binding in _leased(at).select_related("device__head", "device__owner").order_by("pk"):
        device, heard = binding.device, binding.device.head.last_received_at
        starts = [binding.period.lower, begun[binding.equipment_id].lower, device.commissioned_at, heard]
        since = max(start for start in starts if start is not None)
        if device.pk not in known and at - since > limit(device.silence_limit_seconds):
            found.append((binding, since))
    return found


def _note(binding: Binding, since: datetime, by: User, at: datetime) -> bool:
    device = binding.device
    _silence, made = Silence.objects.get_or_create(device=device, since=since, defaults={"noticed_at": at})
    if made:
        audit.record(
            by=by,
            action="device.fell_silent",
            subject=device.public_id,
            at=at,
            within=device.owner,
            since=since.isoformat(),
        )
    return made
