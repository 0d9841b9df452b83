"""A rate is decided at the moment in which somebody else decides it, or a contract is concluded."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest

from leasing.actions import commission, contracts
from leasing.models import CommissionProposal, CommissionRate, Lease, LeaseCommission
from leasing.models.commission import CommissionRateQuerySet
from marketplace.models.parties import Role
from marketplace.shared.period import Period
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import tariff
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, START
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY = datetime(2026, 1, 5, 2, tzinfo=UTC)
MARCH = date(2026, 3, 1)
LATE = START - timedelta(seconds=30)  # the last moment of 28 February in Shanghai
EARLY = START + timedelta(seconds=30)  # the first one of March


def unlocked():
    return patch.object(CommissionRateQuerySet, "lock", lambda self, *, alone: None)


@pytest.fixture
def desk():
    return tariff.desk()


def approves(desk, proposal, by, at=JANUARY):
    def run():
        found = CommissionProposal.objects.get(pk=proposal.pk)
        return commission.approve(proposal=found, within=desk.platform, by=fresh(by), at=at)

    return run


def withdraws(desk, proposal):
    def run():
        found = CommissionProposal.objects.get(pk=proposal.pk)
        return commission.withdraw(proposal=found, within=desk.platform, by=fresh(desk.clerk), at=JANUARY)

    return run


class TestOneProposal:
    @pytest.fixture
    def asked(self, desk):
        second = worlds.person("second", desk.platform, Role.ADMIN)
        proposal = desk.propose("0.08", MARCH, JANUARY)
        return desk, proposal, second

    def two_approve(self, asked):
        desk, proposal, second = asked
        with meet(commission, "_waiting"):
            return at_once(approves(desk, proposal, desk.chief), approves(desk, proposal, second))

    def one_withdraws(self, asked):
        desk, proposal, _second = asked
        with meet(commission, "_waiting"):
            return at_once(approves(desk, proposal, desk.chief), withdraws(desk, proposal))

    def test_is_approved_once(self, asked):
        assert outcome(self.two_approve(asked)) == ["CommissionProposal", "CommissionRateDecided"]
        assert CommissionRate.objects.count() == 1

    def test_without_the_lock_the_database_refuses_the_second(self, asked):
        with unlocked():
            results = self.two_approve(asked)
        assert "CommissionRateDecided" not in outcome(results)
        assert sorted(isinstance(one, Exception) for one in results) == [False, True]
        assert CommissionRate.objects.count() == 1

    def test_is_approved_or_withdrawn(self, asked):
        assert outcome(self.one_withdraws(asked)) == ["CommissionProposal", "CommissionRateDecided"]
        is_approved = CommissionProposal.objects.get().state == "APPROVED"
        assert CommissionRate.objects.exists() is is_approved

    def test_without_the_lock_the_database_keeps_it_from_being_both(self, asked):
        with unlocked():
            results = self.one_withdraws(asked)
        assert "CommissionRateDecided" not in outcome(results)
        assert sorted(isinstance(one, Exception) for one in results) == [False, True]


class TestAContractAtMidnight:
    """A rate is approved just before the midnight at which it begins; a contract is concluded just after."""

    @pytest.fixture
    def signing(self, desk):
        """A contract that waits for the lessee's signature, of an owner that offers nothing any more."""
        desk.set("0.08", date(2026, 2, 1), JANUARY)
        world = worlds.make(machines=1)
        lease = world.accepted(period=Period(START, START + timedelta(days=200)))
        given = {"digest": lease.contract.digest, "mandate": "OFFICE"}
        contracts.sign(lease=lease, within=world.lessor, by=world.owner, at=DECIDED, **given)
        world.listing.status = "RETIRED"
        world.listing.save(update_fields=["status"])
        proposal = desk.propose("0.05", MARCH, LATE, owner=world.lessor)

        def sign():
            found = Lease.objects.get(pk=lease.pk)
            return contracts.sign(lease=found, within=world.lessee, by=fresh(world.buyer), at=EARLY, **given)

        return desk, sign, approves(desk, proposal, desk.chief, LATE)

    def held_and_in_force(self):
        """Return the rate of the contract, and the one in force when it was concluded by what is set."""
        [held] = LeaseCommission.objects.values_list("rate", flat=True)
        own = CommissionRate.objects.filter(scope="OWNER").values_list("rate", flat=True).first()
        return held, own or Decimal("0.08")

    def test_takes_the_rate_that_is_in_force_then(self, signing):
        _desk, sign, approve = signing
        with meet(commission, "_audit"):  # before the approval ends, the contract comes
            at_once(approve, sign)

        held, in_force = self.held_and_in_force()
        assert held == in_force

    def test_without_the_lock_takes_the_one_before(self, signing):
        _desk, sign, approve = signing
        between, results = in_between(commission, "_audit", sign)
        with unlocked(), between:
            [approved] = at_once(approve)

        assert outcome([approved, *results]) == ["CommissionProposal", "Lease"]
        assert self.held_and_in_force() == (Decimal("0.08"), Decimal("0.05"))

    def test_refuses_a_rate_that_comes_after_it(self, signing):
        _desk, sign, approve = signing
        sign()

        [late] = at_once(approve)

        assert (type(late).__name__, [flaw.code for flaw in late.flaws]) == (
            "CommissionRateInvalid",
            ["too_soon"],
        )
        assert self.held_and_in_force() == (Decimal("0.08"), Decimal("0.08"))
