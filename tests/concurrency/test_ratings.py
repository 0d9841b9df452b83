"""Both sides of a lease rate each other at once: the second to write publishes both."""

from unittest.mock import patch

import pytest

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import ratings
from leasing.models import Rating, RatingRound
from leasing.models.ratings import RatingRoundQuerySet
from tests.concurrency.test_leases import fresh
from tests.leasing import world as worlds
from tests.leasing.settling import READY, Settling
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = {"as_agreed": 5, "machine": 4, "punctual": 4, "contact": 4}


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


def both_at_once():
    """Let both write, and meet where each has looked for the other's rating."""
    scene = Settling(worlds.make(machines=1))
    scene.settled()
    lease, world = scene.now(), scene.world
    meeting, looked = Meeting(), ratings._others_rated

    def look(*given):
        found = looked(*given)
        meeting.wait()
        return found

    def rate(within, by):
        return ratings.rate(lease=scene.now(), scores=GOOD, text="", within=within, by=fresh(by), at=READY)

    with patch.object(ratings, "_others_rated", look):
        made = at_once(lambda: rate(world.lessor, world.owner), lambda: rate(world.lessee, world.buyer))
    assert all(isinstance(one, Rating) for one in made), made
    return RatingRound.objects.get(lease=lease).published_at


def test_the_second_publishes_both():
    assert both_at_once() == READY


def test_without_the_lock_neither_sees_the_other():
    with patch.object(RatingRoundQuerySet, "locked", lambda self: self.order_by("pk")):
        assert both_at_once() is None
