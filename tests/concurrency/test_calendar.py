"""Everything that fills the calendar, at random, from eight threads: no machine is ever promised twice."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from devices.ownership.actions import agreements as ownership_agreements
from leasing.actions import annexes, leases, offers, slot_answers, slots
from leasing.models import Annex, Lease, SlotBooking
from leasing.rules.leases import UNDER_OFFER
from marketplace.actions import calendar
from marketplace.models import Claim, Equipment, Listing, User
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period
from tests.leasing import world as worlds
from tests.leasing.changes import NOW
from tests.leasing.slot_world import HOUR, Laboratory
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
LEASED_TWICE = """
SELECT count(*) FROM leasing_leaseunit a JOIN leasing_leaseunit b
    ON a.equipment_id = b.equipment_id AND a.id < b.id
    AND tstzrange(a.active_from, a.active_to) && tstzrange(b.active_from, b.active_to)
WHERE a.active_from IS NOT NULL AND b.active_from IS NOT NULL
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

    now, first = DECIDED, START

    def __init__(self, world, seed):
        self.world, self.chance = world, random.Random(seed)
        self.owner, self.buyer = (User.objects.get(pk=one.pk) for one in (world.owner, world.buyer))
        self.acts = (self.ask, self.ask, self.quote, self.accept, self.accept, self.cancel, self.block)
        self.acts += (self.reschedule, self.reschedule, self.lift)

    def time(self):
        start = self.first + self.chance.randrange(40) * DAY
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
        self.world.ask(period=self.time(), by=self.buyer, at=self.now)

    def quote(self):
        if lease := self.lease(*UNDER_OFFER):
            until = self.now + self.chance.randrange(1, 5) * DAY
            offers.quote(
                lease=lease, valid_until=until, hold=True, period=self.time(), by=self.owner, at=self.now
            )

    def accept(self):
        if lease := self.lease(*UNDER_OFFER):
            by = self.buyer if lease.status == "QUOTED" else self.owner
            digest = lease.offers.last().digest
            offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=by, at=self.now)

    def cancel(self):
        if lease := self.lease(*UNDER_OFFER, "CONTRACTED"):
            leases.cancel(lease=lease, by=self.buyer, at=self.now)

    def block(self):
        machine = self.chance.choice(list(Equipment.objects.select_related("owner").order_by("pk")))
        calendar.block(equipment=machine, reason="MAINTENANCE", core=self.time(), by=self.owner, at=self.now)

    def reschedule(self):
        if claim := self.own_claim():
            calendar.reschedule(claim=claim, core=self.time(), by=self.owner, at=self.now)

    def lift(self):
        if claim := self.own_claim():
            calendar.lift(claim=claim, by=self.owner, at=self.now)

    def live(self, trouble):
        try:
            for _ in range(STEPS):
                try:
                    self.chance.choice(self.acts)()
                except DomainError:
                    continue
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()


class Changer(Actor):
    """Another thread's people, ten days later: leases run and change while others want the machines."""

    now, first = NOW, NOW + DAY

    def __init__(self, world, seed):
        super().__init__(world, seed)
        self.acts += (self.extend, self.shorten, self.swap, self.swap, self.add, self.release, self.leave)
        self.acts += (self.book, self.book, self.give_slot_back)

    def machine(self):
        return self.chance.choice(self.world.machines).public_id

    def change(self, kind, **given):
        """Propose and accept a change of a running lease, at once or from a day to come."""
        if lease := self.lease("ACTIVE"):
            if self.chance.random() < 0.5 and kind in ("SWAP", "ADD", "RELEASE"):
                given["effective_from"] = self.now + self.chance.randrange(1, 9) * DAY
            made = annexes.propose(
                lease=lease, kind=kind, valid_until=self.now + DAY, by=self.owner, at=self.now, **given
            )
            if made.notice is not None:
                annexes.accept_notice(annex=made, digest=made.notice.digest, by=self.buyer, at=self.now)
            annexes.accept(annex=made, digest=made.digest, by=self.buyer, at=self.now)

    def extend(self):
        if lease := self.lease("ACTIVE"):
            self.change("EXTEND", ends_at=lease.ends_at + self.chance.randrange(1, 20) * DAY)

    def shorten(self):
        if lease := self.lease("ACTIVE"):
            self.change("SHORTEN", ends_at=lease.ends_at - self.chance.randrange(1, 9) * DAY)

    def swap(self):
        if lease := self.lease("ACTIVE"):
            leaves = self.chance.choice(list(lease.units.order_by("pk"))).equipment.public_id
            self.change("SWAP", swap=[(leaves, self.machine())])

    def add(self):
        self.change("ADD", add=[self.machine()])

    def release(self):
        self.change("RELEASE", release=[self.machine()])

    def leave(self):
        if (lease := self.lease("ACTIVE")) and self.chance.random() < 0.05:
            leases.end(lease=lease, by=self.buyer, at=self.now)

    def book(self):
        monday = datetime(2026, 3, 16, 1, tzinfo=UTC)  # 09:00 in Shanghai
        starts_at = monday + self.chance.randrange(5) * DAY + self.chance.choice((0, 1, 2, 4, 5)) * HOUR
        slots.book(
            listing=Listing.objects.get(pk=self.world.listing.pk),
            lessee=self.world.lessee,
            starts_at=starts_at,
            slots=1,
            by=self.buyer,
            at=self.now,
        )

    def give_slot_back(self):
        found = list(SlotBooking.objects.with_sides().filter(status="BOOKED").order_by("pk"))
        if found:
            booking = self.chance.choice(found)
            slot_answers.cancel(booking=booking, within=self.world.lessee, by=self.buyer, at=self.now)


def let_live(actors):
    """Run every actor in a thread of its own; return what was no refusal."""
    trouble = []
    threads = [threading.Thread(target=actor.live, args=(trouble,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return trouble


def count(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("seed", range(2))
def test_no_machine_is_promised_twice(world, seed):
    assert let_live([Actor(world, seed * THREADS + number) for number in range(THREADS)]) == []

    assert (count(OVERLAPS), count(MISPLACED)) == (0, 0)
    assert Claim.objects.active().count() > 1
    assert Lease.objects.filter(status="CONTRACTED").exists()


@pytest.mark.parametrize("seed", range(2))
def test_no_machine_is_promised_twice_while_leases_change(seed):
    world = worlds.make(machines=6)
    Laboratory(world)
    for _ in range(2):
        world.active()

    assert let_live([Changer(world, 100 + seed * THREADS + number) for number in range(THREADS)]) == []

    assert (count(OVERLAPS), count(MISPLACED), count(LEASED_TWICE)) == (0, 0, 0)
    assert Annex.objects.exclude(state="PROPOSED").exists()
    assert SlotBooking.objects.exists()
