"""What the database holds of leases, and what it refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import leases, offers
from leasing.models import Lease, LeaseUnit, Transition
from marketplace.models import Organization
from marketplace.models.parties import Role
from tests.leasing.world import ASKED, CODES, DECIDED, END, HANDOVER, START, person

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


def refuses(fact, **changes):
    with pytest.raises(IntegrityError, match=fact), transaction.atomic():
        Lease.objects.update(**changes)


class TestVisibleTo:
    def test_is_for_both_sides_and_the_platform(self, world):
        platform = Organization.objects.create(
            name="平台", kind="PLATFORM", credit_code=CODES[3], region_code="110108"
        )
        admin = person("admin", platform, Role.VIEWER)
        lease = world.accepted()

        for user in (world.owner, world.watcher, world.buyer, world.guest, admin):
            assert list(Lease.objects.visible_to(user)) == [lease]
            assert LeaseUnit.objects.visible_to(user).count() == 1
        assert not Lease.objects.visible_to(world.outsider).exists()
        assert not LeaseUnit.objects.visible_to(world.outsider).exists()
        assert list(Lease.objects.of(platform)) == [lease]
        assert list(Lease.objects.of(world.lessee)) == [lease]
        assert not Lease.objects.of(world.stranger).exists()


class TestDue:
    def test_keeps_requests_a_day_after_their_start(self, world):
        world.ask()

        assert not Lease.objects.due(START + DAY - timedelta(seconds=1)).exists()
        assert Lease.objects.due(START + DAY).exists()

    def test_keeps_leases_at_their_end(self, world):
        world.accepted()
        world.active()

        assert not Lease.objects.due(END - timedelta(seconds=1)).exists()
        assert Lease.objects.due(END).count() == 2
        assert Lease.objects.active().count() == 1

    def test_keeps_nothing_that_is_over(self, world):
        lease = leases.end(lease=world.active(), by=world.owner, at=END)

        assert (lease.is_over, lease.usage_expected) == (False, {"run_time": 300})
        assert not Lease.objects.due(END + 9 * DAY).exists()


class TestTheTable:
    def test_refuses_one_party_on_both_sides(self, world):
        world.ask()

        refuses("two_parties", lessee=world.lessor)

    def test_refuses_an_empty_period(self, world):
        world.ask()

        refuses("period_not_empty", ends_at=START)

    def test_refuses_states_without_their_times(self, world):
        world.active()

        refuses("running_since", active_from=None, billing="NOT_STARTED")
        refuses("billed_since", active_from=None, status="CONTRACTED")
        refuses("running_since", status="REQUESTED")
        refuses("ended_at", status="ENDED")
        refuses("active_period_not_empty", status="ENDED", active_to=HANDOVER)

    def test_freezes_the_terms_from_the_acceptance_on(self, world):
        lease = world.ask()
        Lease.objects.update(terms=lease.terms | {"grace_hours": 48})
        offers.accept(lease=lease, by=world.owner, at=DECIDED)

        refuses("frozen", terms=lease.terms | {"grace_hours": 1})
        refuses("frozen", terms_digest="0" * 64)
        Lease.objects.update(note="Anything else may change")

    def test_refuses_to_rewrite_the_history(self, world):
        world.ask()

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Transition.objects.update(reason="x")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Transition.objects.all().delete()


def test_things_say_what_they_are(world):
    lease = world.accepted()
    unit = lease.units.get()

    assert str(unit) == f"{lease.number} · VMC-1"
    assert str(lease.transitions.first()) == f"{lease.number} 1 request"
    assert (lease.deposit.minor, lease.requested_at) == (2_000_000, ASKED)
