"""Whoever signed up, or failed its regular check, agrees on nothing: every door of a lease is shut to it."""

import pytest

from leasing.actions import moves
from leasing.models import Annex, Lease, Sublease
from leasing.rules.leases import Move
from marketplace.actions import admission
from marketplace.actions.admission import NotVerified
from marketplace.models import Organization
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import NEW_END, Changes
from tests.leasing.sublet import Sublet

pytestmark = pytest.mark.django_db
world = once.fixture(lambda: worlds.make(machines=3))
sublet = once.fixture(lambda world: Sublet(world))
changes = once.fixture(lambda world: Changes(world))


def stop(organization):
    Organization.objects.filter(pk=organization.pk).update(awaits_verification=True, verified_at=None)


@pytest.mark.parametrize("side", ["lessor", "lessee"])
class TestWhileOneSideIsNotVerified:
    @pytest.mark.parametrize("word", [Move.QUOTE, Move.COUNTER, Move.ACCEPT])
    def test_a_lease_is_not_agreed_and_nobody_is_told_why(self, world, side, word):
        lease = world.quoted()
        stop(getattr(world, side))

        with pytest.raises(NotVerified) as refused:
            moves.lock(lease=lease, move=word, expected=None)
        assert admission.missing(organization=getattr(world, side)) not in str(refused.value)
        assert getattr(world, side).name in str(refused.value)

    def test_it_is_refused_and_cancelled_nevertheless(self, world, side):
        lease = world.quoted()
        stop(getattr(world, side))

        assert moves.lock(lease=lease, move=Move.REFUSE, expected=None) == lease

    def test_a_lease_is_not_extended(self, world, changes, side):
        longer = changes.propose("EXTEND", ends_at=NEW_END)
        stop(getattr(world, side))

        with pytest.raises(NotVerified):
            changes.accept(longer)
        assert Annex.objects.get(pk=longer.pk).state == Annex.Stage.PROPOSED
        assert Lease.objects.get(pk=changes.lease.pk).ends_at == changes.lease.ends_at


class TestASublease:
    def test_is_not_proposed_by_who_is_not_verified(self, sublet):
        stop(sublet.lease.lessee)

        with pytest.raises(NotVerified):
            sublet.propose()
        assert not Sublease.objects.exists()

    @pytest.mark.parametrize("place", ["workshop", "lessor", "lessee"])
    def test_is_not_consented_to_while_one_is_not_verified(self, sublet, world, place):
        made = sublet.accepted()
        stop(sublet.workshop if place == "workshop" else getattr(world, place))

        with pytest.raises(NotVerified):
            sublet.act("consent", made, world.lessor)
        assert Sublease.objects.get(pk=made.pk).status == made.status
