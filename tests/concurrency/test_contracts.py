"""Two sign at once, two leases use up one limit at once, one approves while another cancels."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from leasing.actions import approvals, contracts, leases, limits, moves, offers
from leasing.models import Lease
from leasing.models.credit_limits import CreditLimitQuerySet
from leasing.models.leases import LeaseQuerySet
from leasing.queries import expected_charges
from leasing.rules.leases import Move, Status
from marketplace.models import Claim
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.concurrency.test_leases import fresh, meet_before_writing, no_lock, outcome
from tests.leasing import world as worlds
from tests.leasing.world import ASKED, DECIDED, START
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return worlds.make(machines=2)


def unlocked():
    return patch.object(LeaseQuerySet, "locked", lambda self: self.order_by("pk"))


def meet(module, name):
    """Hold both behind a call until both have made it, or it is clear that they cannot."""
    meeting, real = Meeting(), getattr(module, name)

    def wait(*args, **given):
        made = real(*args, **given)
        meeting.wait()
        return made

    return patch.object(module, name, wait)


class TestTwoSign:
    def both(self, world):
        lease = world.accepted(period=Period(START, START + timedelta(days=200)))
        digest = lease.contract.digest
        people = ((world.lessor, world.owner), (world.lessee, world.buyer))
        acts = [
            lambda within=within, by=by: contracts.sign(
                lease=Lease.objects.get(pk=lease.pk),
                digest=digest,
                mandate="OFFICE",
                within=within,
                by=fresh(by),
                at=DECIDED,
            )
            for within, by in people
        ]
        with meet(contracts, "_write"):
            results = at_once(*acts)
        lease.refresh_from_db()
        return lease, results

    def test_the_second_concludes(self, world):
        lease, results = self.both(world)

        assert outcome(results) == ["Lease", "Lease"]
        assert (lease.status, lease.transitions.filter(move=Move.CONTRACT).count()) == (Status.CONTRACTED, 1)

    def test_without_the_locks_both_have_signed_and_nobody_has_concluded(self, world):
        with no_lock(), unlocked(), meet(contracts, "_tell"):  # both have counted, and neither is done
            lease, results = self.both(world)

        assert outcome(results) == ["Lease", "Lease"]
        assert (lease.status, lease.contract.signatures.count()) == (Status.APPROVED, 2)


class TestOneLimit:
    def both(self, world):
        first, second = world.ask(), world.ask()
        chief = worlds.person("chief", world.lessor, Role.ADMIN)
        cost = expected_charges(first).minor
        given = {"currency": "CNY", "reason": "Rated B", "by": chief, "at": ASKED}
        limits.grant(lessor=world.lessor, lessee=world.lessee, amount_minor=cost, **given)
        # the listing's machines are locked by every acceptance, so only leases of two listings meet
        with no_lock(), meet(approvals, "credit_decision"):
            acts = [
                lambda lease=lease, machine=machine: offers.accept(
                    lease=lease, equipment=machine, by=fresh(world.owner), at=DECIDED
                )
                for lease, machine in zip((first, second), world.machines, strict=True)
            ]
            at_once(*acts)
        return sorted(Lease.objects.values_list("status", flat=True))

    def test_is_enough_for_one(self, world):
        assert self.both(world) == [Status.ACCEPTED, Status.CONTRACTED]

    def test_without_its_lock_is_exceeded(self, world):
        with patch.object(CreditLimitQuerySet, "lock", lambda self, lessor, lessee: None):
            assert self.both(world) == [Status.CONTRACTED, Status.CONTRACTED]


class TestApproveAgainstCancel:
    def test_ends_cancelled_with_no_machine_taken(self, world):
        chief = worlds.person("chief", world.lessor, Role.ADMIN)
        given = {"currency": "CNY", "reason": "Rated C", "by": chief, "at": ASKED}
        limits.grant(lessor=world.lessor, lessee=world.lessee, amount_minor=0, **given)
        lease = world.accepted()

        with meet_before_writing():
            results = at_once(
                lambda: approvals.approve(lease=lease, by=fresh(chief), at=DECIDED),
                lambda: leases.cancel(lease=lease, by=fresh(world.buyer), at=DECIDED),
            )

        lease.refresh_from_db()
        assert lease.status == Status.CANCELLED
        assert all(isinstance(one, Lease | moves.LeaseMoveRefused | moves.LeaseChanged) for one in results)
        assert not Claim.objects.active().exists()
