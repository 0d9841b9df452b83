"""Maintenance of a machine that left the lease into which it fell."""

import pytest

from leasing.rules.maintenance import Basis, Who
from marketplace.permissions import MissingRight
from tests.leasing import world as worlds
from tests.leasing.changes import NOW, Changes
from tests.leasing.maintenance import DAY, HOUR, Workshop
from tests.leasing.tickets import local

pytestmark = pytest.mark.django_db


class TestWhenTheMachineLeavesALease:
    """The lease goes on with another machine; its lessee has no word about this one any more."""

    @pytest.fixture
    def shop(self, db):
        return Workshop(worlds.make(machines=3))

    def left(self, shop, **more):
        """Return a ticket that was proposed in the lease before the machine was swapped."""
        changes = Changes(shop.world)
        made = shop.look(shop.rule(Basis.DAYS, 30, 5, **more), local("2026-03-05T10:00"))
        assert (made.status, made.lease) == ("PROPOSED", changes.lease)
        changes.swapped()
        assert changes.now().status == "ACTIVE"
        return made

    def test_it_gets_a_time_of_its_own(self, shop):
        again = shop.look(self.left(shop).rule, NOW + HOUR)

        assert (again.status, again.lease) == ("PLANNED", None)
        assert again.claim.active

    def test_its_old_lessee_neither_agrees_nor_proposes_nor_records(self, shop):
        made, lessee = self.left(shop, who=Who.LESSEE), shop.world.lessee
        for act, more in (
            (shop.agree, {}),
            (shop.propose, {"starts_at": NOW + 2 * DAY}),
            (shop.done, {}),
        ):
            with pytest.raises(MissingRight):
                act(made, lessee, NOW + HOUR, **more)
        assert shop.done(made, shop.world.lessor, NOW + HOUR).status == "DONE"
