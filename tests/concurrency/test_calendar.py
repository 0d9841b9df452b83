"""Everything that fills the calendar, at random, from eight threads: no machine is ever promised twice."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import leases, offers
from leasing.models import Lease
from leasing.rules.leases import UNDER_OFFER
from marketplace.actions import calendar
from marketplace.models import Claim, Equipment, User
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, START

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
THREADS, STEPS, MACHINES = 8, 12, 2
OVERLAPS = """
SELECT count(*) FROM marketplace_claim a JOIN marketplace_claim b
    ON a.equipment_id = b.equipment_id AND a.id < b.id AND a.period && b.period
WHERE a.active AND b.active
"""
MISPLACED = """
SELECT count(*) FROM leasing_leaseunit unit JOIN marketplace_claim claim ON claim.id = unit.claim_id
WHERE unit.equipment_id <> claim.equipment_id
"""


@pytest.fixture(autouse=True)
def agreements(monkeypatch):
    monkeypatch.setattr(ownership_agreements, "open", lambda **facts: None)
    monkeypatch.setattr(ownership_agreements, "close", lambda **facts: None)


@pytest.fixture
def world():
    return worlds.make(machines=MACHINES)


class Actor:
    """One thread's people, doing one random thing after the other."""

    def __init__(self, world, seed):
        self.world, self.chance = world, random.Random(seed)
        self.owner, self.buyer = (User.objects.get(pk=one.pk) for one in (world.owner, world.buyer))

    def time(self):
        start = START + self.chance.randrange(40) * DAY
        return Period(start, start + self.chance.randrange(7, 20) * DAY)

    def lease(self, *states):
        found = list(Lease.objects.filter(status__in=states).order_by("pk"))
        return self.chance.choice(found) if found else None

    def own_claim(self):
        found = list(
            Claim.objects.active().filter(reason__in=calendar.OWN).select_related("equipment__owner")
        )
        return self.chance.choice(found) if found else None

    def ask(self):
        self.world.ask(period=self.time(), by=self.buyer)

    def quote(self):
        if lease := self.lease(*UNDER_OFFER):
            until = DECIDED + self.chance.randrange(1, 5) * DAY
            offers.quote(
                lease=lease, valid_until=until, hold=True, period=self.time(), by=self.owner, at=DECIDED
            )

    def accept(self):
        if lease := self.lease(*UNDER_OFFER):
            by = self.buyer if lease.status == "QUOTED" else self.owner
            digest = lease.offers.last().digest
            offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=by, at=DECIDED)

    def cancel(self):
        if lease := self.lease(*UNDER_OFFER, "CONTRACTED"):
            leases.cancel(lease=lease, by=self.buyer, at=DECIDED)

    def block(self):
        machine = self.chance.choice(list(Equipment.objects.select_related("owner").order_by("pk")))
        calendar.block(equipment=machine, reason="MAINTENANCE", core=self.time(), by=self.owner, at=DECIDED)

    def reschedule(self):
        if claim := self.own_claim():
            calendar.reschedule(claim=claim, core=self.time(), by=self.owner, at=DECIDED)

    def lift(self):
        if claim := self.own_claim():
            calendar.lift(claim=claim, by=self.owner, at=DECIDED)

    def live(self, trouble):
        acts = (self.ask, self.ask, self.quote, self.accept, self.accept, self.cancel, self.block)
        acts = (*acts, self.reschedule, self.reschedule, self.lift)
        try:
            for _ in range(STEPS):
                try:
                    self.chance.choice(acts)()
                except DomainError:
                    continue
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()


@pytest.mark.parametrize("seed", range(2))
def test_no_machine_is_promised_twice(world, seed):
    trouble = []
    actors = [Actor(world, seed * THREADS + number) for number in range(THREADS)]
    threads = [threading.Thread(target=actor.live, args=(trouble,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert trouble == []
    with connection.cursor() as cursor:
        for statement in (OVERLAPS, MISPLACED):
            cursor.execute(statement)
            assert cursor.fetchone() == (0,)
    assert Claim.objects.active().count() > 1
    assert Lease.objects.filter(status="CONTRACTED").exists()
