"""What an owner enters in the calendar of its machines."""

from datetime import UTC, datetime, timedelta

import pytest

from leasing.actions import leases
from marketplace.actions import calendar, claims
from marketplace.models import AuditEntry, Claim
from marketplace.permissions import MissingRight
from marketplace.queries import free_units
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, END, PERIOD, START

DAY = timedelta(days=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAY = Period(END + 5 * DAY, END + 9 * DAY)


@once.fixture
def world():
    return worlds.make(machines=1)


def block(world, core=MAY, **changes):
    given = {
        "equipment": world.machines[0],
        "reason": Claim.Reason.MAINTENANCE,
        "core": core,
        "note": " Spindle ",
        "by": world.owner,
        "at": NOW,
    }
    return calendar.block(**(given | changes))


def flaws(refusal):
    return [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws]


class TestBlock:
    @pytest.mark.parametrize("reason", calendar.OWN)
    def test_takes_the_machine_out_of_what_is_offered(self, world, reason):
        claim = block(world, reason=reason)

        claim.refresh_from_db()
        assert (claim.reason, claim.note, claim.reference) == (reason, "Spindle", "")
        assert claim.core == claim.period
        assert not free_units(MAY).exists()

    def test_may_have_no_end(self, world):
        block(world, core=Period(MAY.start, None))

        assert not free_units(Period(MAY.start + 900 * DAY, MAY.start + 901 * DAY)).exists()

    def test_names_the_lease_that_stands_in_the_way_by_its_time_alone(self, world):
        world.accepted()

        with pytest.raises(claims.MachineBusy) as refusal:
            block(world, core=Period(END, END + 3 * DAY))

        assert refusal.value.facts == {
            "machine": "VMC-1",
            "taken_from": "2026-02-28 00:00",
            "taken_to": "2026-05-02 00:00",
            "free_from": "2026-05-02 00:00",
        }
        assert Claim.objects.count() == 1

    def test_keeps_a_lease_out(self, world):
        block(world, core=Period(START + 9 * DAY, START + 10 * DAY))

        with pytest.raises(claims.MachineBusy):
            world.accepted()

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({"reason": "LEASE"}, [("/reason", "not_a_choice")]),
            ({"reason": "HOLIDAY"}, [("/reason", "not_a_choice")]),
            ({"core": Period(NOW, NOW + 9000 * DAY)}, [("/ends_at", "too_long")]),
            ({"note": "x" * 201}, [("/note", "too_long_text")]),
        ],
    )
    def test_says_what_is_wrong_at_its_field(self, world, given, found):
        with pytest.raises(calendar.BlockInvalid) as refusal:
            block(world, **given)

        assert flaws(refusal) == found
        assert not Claim.objects.exists()

    def test_is_the_owners(self, world):
        for person in (world.clerk, world.watcher, world.buyer, world.outsider):
            with pytest.raises(MissingRight):
                block(world, by=person)

        assert not Claim.objects.exists()


class TestReschedule:
    def test_gives_it_another_time_that_may_overlap_its_own(self, world):
        claim = block(world)
        later = Period(MAY.start + DAY, MAY.end + DAY)

        moved = calendar.reschedule(claim=claim, core=later, by=world.owner, at=NOW)

        moved.refresh_from_db()
        assert (moved.core.lower, moved.core.upper) == (later.start, later.end)
        assert AuditEntry.objects.get(action="claim.move").subject == claim.public_id

    def test_refuses_a_time_that_is_taken_and_names_it(self, world):
        world.accepted()
        claim = block(world)

        with pytest.raises(claims.MachineBusy) as refusal:
            calendar.reschedule(claim=claim, core=PERIOD, by=world.owner, at=NOW)

        # its own time counts as free: it would leave it
        assert refusal.value.facts["free_from"] == "2026-05-02 00:00"
        claim.refresh_from_db()
        assert claim.core.lower == MAY.start

    def test_says_so_if_nothing_is_free_behind(self, world):
        claim = block(world, core=Period(NOW, NOW + DAY))
        block(world, core=Period(MAY.start, None))

        with pytest.raises(claims.MachineBusyThroughout):
            calendar.reschedule(claim=claim, core=MAY, by=world.owner, at=NOW)

    def test_leaves_leases_alone(self, world):
        claim = world.accepted().units.get().claim

        with pytest.raises(calendar.NotOwnTime):
            calendar.reschedule(claim=claim, core=MAY, by=world.owner, at=NOW)
        with pytest.raises(calendar.NotOwnTime):
            calendar.lift(claim=claim, by=world.owner, at=NOW)

    def test_leaves_what_is_over(self, world):
        claim = calendar.lift(claim=block(world), by=world.owner, at=NOW)

        with pytest.raises(claims.ClaimReleased):
            calendar.reschedule(claim=claim, core=MAY, by=world.owner, at=NOW)

    def test_is_the_owners(self, world):
        claim = block(world)

        for act in (calendar.reschedule, calendar.lift):
            given = {"core": MAY} if act is calendar.reschedule else {}
            with pytest.raises(MissingRight):
                act(claim=claim, by=world.buyer, at=NOW, **given)


class TestLift:
    def test_gives_all_of_it_back_before_it_begins(self, world):
        claim = calendar.lift(claim=block(world), by=world.owner, at=NOW, ends_at=NOW)

        assert (claim.active, claim.released_at) == (False, NOW)
        assert free_units(MAY).exists()

    def test_gives_the_rest_back_once_it_has_begun(self, world):
        now = MAY.start + DAY
        claim = calendar.lift(claim=block(world), by=world.owner, at=now, ends_at=now)

        assert (claim.active, claim.core.upper) == (True, now)
        assert not free_units(Period(MAY.start, now)).exists()
        assert leases.end(lease=world.active(), by=world.owner, at=END).status == "ENDED"


def test_a_claim_of_a_lease_moves_with_its_buffers(world):
    claim = world.accepted().units.get().claim

    moved = claims.move(claim=claim, core=Period(START + DAY, END + DAY), by=world.owner, at=DECIDED)

    assert (moved.period.lower, moved.period.upper) == (START, END + 2 * DAY)
