"""What the other side proposes stands on the day of whoever answers: changes and times of maintenance."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leasing.queries.day import day_of
from leasing.rules.day import Group
from leasing.rules.leases import Side
from leasing.rules.maintenance import Basis
from marketplace.shared import clock
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import NEW_END, NOW, Changes
from tests.leasing.maintenance import DAY, Workshop
from tests.leasing.tickets import local

pytestmark = pytest.mark.django_db
LOOKED = local("2026-03-05T10:00")


@once.fixture
def changes():
    return Changes(worlds.make(machines=3))


def waits(organization, group, at=NOW):
    return {
        side.value: [one.subject for one in found]
        for (side, kind), found in day_of(organization, at).items()
        if kind == group
    }


def see(person, at=NOW):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person)
    cache.clear()
    with patch.object(clock, "now", return_value=at), CaptureQueriesContext(connection) as made:
        page = client.get("/today/").content.decode()
    assert len(made) <= 12
    return page


class TestChanges:
    def test_wait_for_the_side_that_answers_until_they_lapse_or_are_answered(self, changes):
        world = changes.world
        annex = changes.propose("EXTEND", ends_at=NEW_END)

        assert waits(world.lessee, Group.CHANGES) == {"lessee": [annex]}
        assert waits(world.lessor, Group.CHANGES) == waits(world.stranger, Group.CHANGES) == {}
        (entry,) = day_of(world.lessee, NOW)[Side.LESSEE, Group.CHANGES]
        assert (entry.when, entry.total) == (annex.valid_until, 1)
        assert waits(world.lessee, Group.CHANGES, annex.valid_until) == {}
        changes.accept(annex)
        assert waits(world.lessee, Group.CHANGES) == {}

    def test_that_the_lessee_proposes_are_the_lessors(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END, by=changes.world.buyer)

        assert waits(changes.world.lessor, Group.CHANGES) == {"lessor": [annex]}
        assert waits(changes.world.lessee, Group.CHANGES) == {}

    def test_lead_to_their_page(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        page = see(changes.world.buyer)

        assert "待答复的变更单" in page
        assert f'href="/leases/{changes.lease.public_id}/changes/{annex.number}/"' in page
        assert "待答复的变更单" not in see(changes.world.owner)


class TestMaintenance:
    def test_waits_for_the_side_that_did_not_propose_the_time(self, changes):
        world, shop = changes.world, Workshop(changes.world)
        made = shop.look(shop.rule(Basis.DAYS, 30, 5), LOOKED)
        assert waits(world.lessee, Group.MAINTENANCE, LOOKED) == {"lessee": [made]}
        assert waits(world.lessor, Group.MAINTENANCE, LOOKED) == {}
        assert waits(world.stranger, Group.MAINTENANCE, LOOKED) == {}

        shop.propose(made, world.lessee, LOOKED, starts_at=LOOKED + 3 * DAY)
        assert waits(world.lessor, Group.MAINTENANCE, LOOKED) == {"lessor": [made]}
        assert waits(world.lessee, Group.MAINTENANCE, LOOKED) == {}

        shop.propose(made, world.lessor, LOOKED, starts_at=LOOKED + 2 * DAY)
        assert waits(world.lessee, Group.MAINTENANCE, LOOKED) == {"lessee": [made]}
        shop.agree(made, world.lessee, LOOKED + timedelta(hours=1))
        assert waits(world.lessee, Group.MAINTENANCE, LOOKED) == {}

    def test_leads_to_its_page(self, changes):
        shop = Workshop(changes.world)
        made = shop.look(shop.rule(Basis.DAYS, 30, 5), LOOKED)
        page = see(changes.world.buyer, LOOKED)

        assert "待确认的保养时间" in page
        assert f'href="/maintenance/{made.public_id}/"' in page
        assert "换主轴油 · VMC-1" in page
