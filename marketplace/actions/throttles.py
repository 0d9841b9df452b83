"""Count tries, and refuse what is tried too often."""

import hashlib
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from marketplace.gateway.transactions import atomic
from marketplace.models import Throttle
from marketplace.rules import throttles as rules
from marketplace.rules.throttles import Limit, Tried
from marketplace.shared.errors import NotPossible


class TooManyTries(NotPossible):
    """Something was tried too often within a short time."""

    status = 429
    code = "too_many_tries"
    text = gettext_noop("This was tried too often. Try again in {minutes} minutes.")


def look(*, what: str, at: datetime) -> None:
    """
    Look whether something may be tried, and count nothing: before work that only a try is worth.

    :raises TooManyTries: if it has to wait
    """
    row = Throttle.objects.filter(key=_key(what)).first()
    if row is not None and row.until and rules.is_shut(_tried(row), at):
        raise _refused([row.until - at])


@atomic
def take(*, limits: dict[str, Limit], at: datetime) -> None:
    """
    Count a try of each of some things, such as ``{"sign-in a@b.cn": limit}``, before its outcome is known.

    Tries at once are counted one after the other: rows are locked in the order of their keys.

    :raises TooManyTries: if one of them has to wait; then nothing is counted
    """
    named = {_key(what): limit for what, limit in limits.items()}
    fresh = [Throttle(key=key, since=at) for key in sorted(named)]
    Throttle.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = list(Throttle.objects.filter(key__in=named).order_by("key").select_for_update())
    waits = [row.until - at for row in rows if row.until and rules.is_shut(_tried(row), at)]
    if waits:
        raise _refused(waits)
    for row in rows:
        now = rules.after(_tried(row), named[row.key], at)
        row.hits, row.since, row.until = now.hits, now.since, now.until
        row.save(update_fields=["hits", "since", "until"])


def forget(*, what: str) -> None:
    """Begin anew: it succeeded."""
    Throttle.objects.filter(key=_key(what)).delete()


@atomic
def give_back(*, limits: dict[str, Limit]) -> None:
    """Take back the count of a try that is not to be counted, since it was right."""
    named = {_key(what): limit for what, limit in limits.items()}
    for row in Throttle.objects.filter(key__in=named, hits__gt=0).order_by("key").select_for_update():
        row.hits -= 1
        row.until = None if row.hits < named[row.key].most else row.until
        row.save(update_fields=["hits", "until"])


def purge(*, at: datetime) -> int:
    """Let go of what was tried more than two days ago; return how many there were."""
    old = Throttle.objects.filter(since__lt=at - 2 * rules.DAY)
    return old.delete()[0]


def _refused(waits: list[timedelta]) -> TooManyTries:
    seconds = int(max(waits).total_seconds()) + 1
    return TooManyTries(minutes=-(-seconds // 60), retry_after=seconds)


def _tried(row: Throttle) -> Tried | None:
    return Tried(row.hits, row.since, row.until) if row.hits else None


def _key(what: str) -> str:
    return hashlib.sha256(what.strip().lower().encode()).hexdigest()
