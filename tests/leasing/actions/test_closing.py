"""A settled lease is closed by the clock when its deposit is gone and no room above has anything open."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from leasing import tasks
from leasing.actions import closing, deposits, moves, settlements
from leasing.models import Lease, Settlement, Transition
from leasing.rules.closing import retain_until
from leasing.rules.history import first_broken
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.damage import DAY
from tests.leasing.settling import READY, Settling

CLOSED = READY + 10 * DAY


@pytest.fixture(autouse=True)
def nobody_above(monkeypatch):
    """Keep the rooms above out: what they ask for is tested there."""
    monkeypatch.setattr(closing, "_CHECKS", {})


@once.fixture
def scene(world):
    made = Settling(world)
    made.settled()
    return made


def pay_out(scene):
    """Let two persons set off what was agreed, and give the rest back."""
    owed, owner, clerk = Settlement.objects.final().get().set_off_minor, scene.world.owner, scene.world.clerk
    for order, amount in ((settlements.order_set_off, owed), (deposits.order, 2_000_000 - owed)):
        made = order(deposit=scene.deposit(), amount_minor=amount, reason="结算", by=owner, at=READY)
        deposits.approve(order=made, by=clerk, at=READY)


def close(scene):
    return closing.close(lease=scene.now(), by=scene.world.clock, at=CLOSED)


class TestClose:
    def test_waits_for_the_deposit(self, scene):
        assert close(scene).status == "SETTLED"
        assert not Lease.objects.to_close().exists()
        pay_out(scene)
        assert Lease.objects.to_close().get() == scene.lease
        assert close(scene).status == "CLOSED"

    def test_says_until_when_the_data_are_kept(self, scene):
        pay_out(scene)
        close(scene)
        steps = list(scene.lease.transitions.select_related("lease").order_by("position"))
        assert (steps[-1].move, steps[-1].facts) == ("close", {"retain_until": "2029-04-05T02:00:00+00:00"})
        assert first_broken(step.link() for step in steps) is None
        told = Notification.objects.filter(kind="lease_closed")
        assert {one.organization for one in told} == {scene.world.lessor, scene.world.lessee}

    def test_happens_once(self, scene):
        pay_out(scene)
        assert (close(scene).version, close(scene).version) == (scene.now().version,) * 2
        assert Transition.objects.filter(lease=scene.lease, move="close").count() == 1
        assert not Lease.objects.to_close().exists()

    def test_asks_the_rooms_above(self, scene):
        pay_out(scene)
        asked = []
        closing.ask_too(name="billing", check=lambda lease: bool(asked.append(lease.number)))
        assert (close(scene).status, asked) == ("SETTLED", [scene.lease.number])
        closing.ask_too(name="billing", check=lambda lease: True)
        assert close(scene).status == "CLOSED"

    def test_is_the_clocks(self, scene):
        pay_out(scene)
        for person in (scene.world.owner, scene.world.buyer, scene.judge):
            with pytest.raises(MissingRight):
                closing.close(lease=scene.now(), by=person, at=CLOSED)
        assert scene.now().status == "SETTLED"

    def test_is_the_end(self, scene):
        pay_out(scene)
        close(scene)
        with pytest.raises(moves.LeaseOver):
            scene.propose()


class TestTheTask:
    def test_closes_what_is_done_and_nothing_else(self, scene, monkeypatch):
        monkeypatch.setattr(tasks.close_settled, "delay", lambda lease_id: tasks.close_settled(lease_id))
        assert tasks.close_settled_leases() == 0
        pay_out(scene)
        assert tasks.close_settled_leases() == 1
        tasks.close_settled(scene.lease.pk)
        assert (scene.now().status, tasks.close_settled_leases()) == ("CLOSED", 0)


class TestTheDatabase:
    def test_closes_nothing_while_a_deposit_is_held(self, scene):
        given = {"lease": scene.lease, "move": "close", "status_after": "CLOSED", "actor": "x"}
        given |= {"actor_name": "x", "occurred_at": CLOSED, "hash": "h"}
        kept = {"retain_until": CLOSED.isoformat()}
        with pytest.raises(IntegrityError, match="still held"), transaction.atomic():
            Transition.objects.create(position=98, facts=kept, **given)
        pay_out(scene)
        with pytest.raises(IntegrityError, match="still held"), transaction.atomic():
            Transition.objects.create(position=98, facts={}, **given)


@pytest.mark.parametrize(
    ("closed", "kept"),
    [
        (datetime(2026, 4, 3, 2, tzinfo=UTC), "2029-04-03T10:00:00+08:00"),
        (datetime(2028, 2, 28, 20, tzinfo=UTC), "2031-03-01T04:00:00+08:00"),  # 29 February in Shanghai
        (datetime(2025, 12, 31, 20, tzinfo=UTC), "2029-01-01T04:00:00+08:00"),
    ],
)
def test_data_are_kept_three_years(closed, kept):
    assert retain_until(closed, ZoneInfo("Asia/Shanghai")).isoformat() == kept
