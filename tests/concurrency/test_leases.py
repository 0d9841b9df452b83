"""Two at once, on real transactions; each race is shown without its guards as well."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import leases, moves, offers
from leasing.models import Lease, LeaseUnit
from leasing.models.leases import LeaseQuerySet
from leasing.rules.leases import Move, Status
from marketplace.actions import calendar, claims
from marketplace.models import Claim, Equipment, User
from marketplace.models.claims import ClaimQuerySet
from marketplace.models.equipment import EquipmentQuerySet
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, END
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)

CONSTRAINT = "marketplace_claim_no_double_booking"
DEFINITION = """EXCLUDE USING gist (int8range(equipment_id, equipment_id, '[]') WITH &&, period WITH &&)
    WHERE (active) DEFERRABLE INITIALLY IMMEDIATE"""


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


@pytest.fixture
def world():
    return worlds.make(machines=1)


def fresh(user):
    """Return the person as a request of its own would load them."""
    return User.objects.get(pk=user.pk)


def look_together(parties=2):
    """Hold everybody between looking and writing until all have looked, or it is clear that they cannot."""
    meeting, create = Meeting(parties), claims._insert

    def insert(*args):
        meeting.wait()
        return create(*args)

    return patch.object(claims, "_insert", insert)


def write_together():
    """The same for one that inserts its claim and one that moves it."""
    meeting, create, place = Meeting(), claims._insert, claims._place

    def wait():
        meeting.wait()

    def insert(*args):
        wait()
        return create(*args)

    def move(*args):
        wait()
        return place(*args)

    return patch.multiple(claims, _insert=insert, _place=move)


def no_lock():
    return patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk"))


@contextmanager
def no_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE marketplace_claim DROP CONSTRAINT {CONSTRAINT}")
    try:
        yield
    finally:
        Claim.objects.update(active=False)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE marketplace_claim ADD CONSTRAINT {CONSTRAINT} {DEFINITION}")


def accept_both(world):
    """Two people of the lessor accept two overlapping requests for its one machine."""
    first, second = world.ask(), world.ask()
    return at_once(
        lambda: offers.accept(lease=first, by=fresh(world.owner), at=DECIDED),
        lambda: offers.accept(lease=second, by=fresh(world.owner), at=DECIDED),
    )


def outcome(results):
    return sorted(type(result).__name__ for result in results)


class TestTwoAccept:
    def test_one_wins_and_the_other_is_told_why(self, world):
        with look_together():
            results = accept_both(world)

        assert outcome(results) == ["Lease", "MachineBusy"]
        (refusal,) = (result for result in results if isinstance(result, claims.MachineBusy))
        assert (refusal.facts["machine"], refusal.facts["free_from"]) == ("VMC-1", "2026-05-03 00:00")
        assert Claim.objects.active().count() == LeaseUnit.objects.count() == 1
        assert sorted(Lease.objects.values_list("status", flat=True)) == [Status.CONTRACTED, Status.REQUESTED]

    def test_the_constraint_alone_holds_as_well(self, world):
        with no_lock(), look_together():
            results = accept_both(world)

        assert outcome(results) == ["Lease", "MachineBusy"]
        assert Claim.objects.active().count() == 1

    def test_the_lock_alone_holds_as_well(self, world):
        with no_constraint(), look_together():
            results = accept_both(world)
            active = Claim.objects.active().count()

        assert (outcome(results), active) == (["Lease", "MachineBusy"], 1)

    def test_without_both_the_machine_is_booked_twice(self, world):
        with no_constraint(), no_lock(), look_together():
            results = accept_both(world)
            active = Claim.objects.active().filter(equipment=world.machines[0]).count()

        assert (outcome(results), active) == (["Lease", "Lease"], 2)

    def test_without_the_check_the_constraint_still_refuses(self, world):
        world.accepted()
        late = world.ask()

        with no_lock(), patch.object(ClaimQuerySet, "exists", return_value=False):
            (result,) = at_once(lambda: offers.accept(lease=late, by=fresh(world.owner), at=DECIDED))

        assert isinstance(result, claims.MachineBusy)


class TestAPool:
    def test_gives_each_of_two_requests_its_own_machine(self, world):
        worlds.machine(world.listing, "VMC-2")

        with look_together():
            results = accept_both(world)

        assert outcome(results) == ["Lease", "Lease"]
        assert LeaseUnit.objects.values("equipment").distinct().count() == Equipment.objects.count() == 2

    def test_of_two_machines_never_serves_three(self, world):
        worlds.machine(world.listing, "VMC-2")
        asked = [world.ask() for _ in range(6)]

        acts = [
            lambda lease=lease: offers.accept(lease=lease, by=fresh(world.owner), at=DECIDED)
            for lease in asked
        ]
        results = at_once(*acts)

        assert outcome(results) == ["Lease"] * 2 + ["MachineBusy"] * 4


class TestMoveAgainstAccept:
    """The owner moves its maintenance onto days that a lease takes at the same moment."""

    @pytest.fixture
    def both(self, world):
        far = worlds.END + timedelta(days=30)
        claim = calendar.block(
            equipment=world.machines[0],
            reason=Claim.Reason.MAINTENANCE,
            core=worlds.Period(far, far + timedelta(days=3)),
            by=world.owner,
            at=DECIDED,
        )
        lease = world.ask()
        core = worlds.PERIOD
        return (
            lambda: offers.accept(lease=lease, by=fresh(world.owner), at=DECIDED),
            lambda: calendar.reschedule(claim=claim, core=core, by=fresh(world.owner), at=DECIDED),
        )

    def test_one_wins_and_the_other_is_told_why(self, both):
        with write_together():
            results = at_once(*both)

        assert outcome(results) in (["Claim", "MachineBusy"], ["Lease", "MachineBusy"])

    def test_without_both_guards_the_machine_is_booked_twice(self, both):
        with no_constraint(), no_lock(), write_together():
            results = at_once(*both)

        assert outcome(results) == ["Claim", "Lease"]


class TestTwoDecide:
    def test_one_lease_is_accepted_or_cancelled_but_never_both(self, world):
        lease = world.ask()

        results = at_once(
            lambda: offers.accept(lease=lease, by=fresh(world.owner), at=DECIDED),
            lambda: leases.cancel(lease=lease, by=fresh(world.buyer), at=DECIDED),
        )

        lease.refresh_from_db()
        assert lease.status == Status.CANCELLED
        assert lease.transitions.filter(move__in=("accept", "cancel")).count() == sum(
            isinstance(result, Lease) for result in results
        )
        assert not Claim.objects.active().exists()


def meet_before_writing(parties=2):
    """Hold everybody before a move is written until all have come so far, or it is clear that they cannot."""
    meeting, carry_out = Meeting(parties), moves.carry_out

    def wait(**given):
        meeting.wait()
        return carry_out(**given)

    return patch.object(moves, "carry_out", wait)


class TestAcceptWhatIsBeingReplaced:
    """The lessee accepts a quote while the lessor replaces it by a dearer one."""

    def both(self, world):
        lease = world.quoted()
        seen, until = lease.offers.last().digest, DECIDED + timedelta(days=2)
        results = at_once(
            lambda: offers.accept(
                lease=lease, digest=seen, mandate="OFFICE", by=fresh(world.buyer), at=DECIDED
            ),
            lambda: offers.quote(
                lease=lease,
                terms={"price_plan": worlds.PLAN},
                valid_until=until,
                by=fresh(world.owner),
                at=DECIDED,
            ),
        )
        lease.refresh_from_db()
        return lease, seen, results

    def test_binds_by_what_was_seen_or_not_at_all(self, world):
        with meet_before_writing():
            lease, seen, results = self.both(world)

        lost = [result for result in results if not isinstance(result, Lease)]
        assert len(lost) == 1, results
        if lease.status == Status.CONTRACTED:
            assert lease.transitions.get(move=Move.ACCEPT).facts["offer"] == seen
            assert lease.terms["price_plan"]["components"][0]["amount"] == "2500.00"
            assert lease.offers.count() == 2
        else:
            assert isinstance(lost[0], offers.OfferOutdated)
            assert not Claim.objects.active().exists()

    def test_without_the_locks_neither_sees_the_other(self, world):
        """If anything stops one of them then, it is the trigger that freezes terms: no reason for people."""
        unlocked = patch.object(LeaseQuerySet, "locked", lambda self: self.order_by("pk"))
        with no_lock(), unlocked, meet_before_writing():
            _lease, _seen, results = self.both(world)

        assert outcome(results) in (["Lease", "Lease"], ["IntegrityError", "Lease"])


class TestTwoEnd:
    def test_one_wins_and_the_other_is_refused(self, world):
        lease = world.active()

        results = at_once(
            lambda: leases.end(lease=lease, by=fresh(world.owner), at=END),
            lambda: leases.end(lease=lease, by=fresh(world.buyer), at=END),
        )

        assert outcome(results) == ["Lease", "LeaseMoveRefused"]
        assert lease.transitions.count() == 8

    def test_without_the_locks_both_believe_that_they_ended_it(self, world):
        lease = world.active()
        meeting = Meeting()
        unlocked = patch.object(LeaseQuerySet, "locked", lambda self: self.order_by("pk"))
        together = patch.object(ownership_agreements, "close", lambda **facts: meeting.wait())

        with unlocked, no_lock(), together:
            results = at_once(
                lambda: leases.end(lease=lease, by=fresh(world.owner), at=END),
                lambda: leases.end(lease=lease, by=fresh(world.buyer), at=END),
            )

        assert outcome(results) == ["Lease", "Lease"]
        assert lease.transitions.filter(move=Move.END).count() == 2
