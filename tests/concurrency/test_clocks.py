"""Two people move the clock at once, on real transactions."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from marketplace.actions import clocks
from marketplace.models import AuditEntry, MovedClock
from marketplace.models.clocks import MovedClockQuerySet
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def moves(*, locks):
    """Let two move the clock by a day each, who meet between looking and writing; return where it stands."""
    works, meeting, real = make.organization(), Meeting(), clocks._set
    people = [make.member(works) for _number in range(2)]

    def met(*given):
        meeting.wait()
        return real(*given)

    def move(by):
        return lambda: clocks.move_by(span=DAY, within=works, by=by, at=NOON)

    unlocked = patch.object(MovedClockQuerySet, "locked", lambda self: self)
    MovedClock.objects.create()
    with patch.object(clocks, "_set", met), patch.object(clocks, "later"):
        if locks:
            results = at_once(*map(move, people))
        else:
            with unlocked:
                results = at_once(*map(move, people))
    return MovedClock.objects.get().ahead, results


def test_both_moves_count():
    ahead, results = moves(locks=True)

    assert ahead == 2 * DAY
    assert AuditEntry.objects.filter(action="clock.move").count() == 2
    assert all(isinstance(one, MovedClock) for one in results)


def test_without_the_lock_one_would_be_lost():
    """The database still lets it go nowhere but forward, so the second writes the same and is refused."""
    ahead, results = moves(locks=False)

    assert ahead == DAY
    assert sum(isinstance(one, Exception) for one in results) == 1
