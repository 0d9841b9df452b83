"""Two clocks look at one late machine: with all guards, with each alone, and with none."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from leasing.actions import overdue, substitutes
from leasing.models import AtRisk, LeaseUnit, Overdue
from leasing.models.overdue import OverdueQuerySet
from marketplace.models import Claim, Notification
from marketplace.models.equipment import EquipmentQuerySet
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.lateness import LATE, Late
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
CONSTRAINT = "leasing_overdue_once"
DEFINITION = f"CREATE UNIQUE INDEX {CONSTRAINT} ON leasing_overdue (unit_id) WHERE until IS NULL"


@pytest.fixture
def late():
    return Late(worlds.make(machines=2))


def meet():
    """Hold both before writing until both have looked, or it is clear that they cannot."""
    meeting, write = Meeting(), overdue._open

    def waiting(*given):
        meeting.wait()
        return write(*given)

    return patch.object(overdue, "_open", waiting)


@contextmanager
def no_locks():
    def unlocked(self):
        return self.order_by("pk")

    machines = patch.object(EquipmentQuerySet, "locked", unlocked)
    with machines, patch.object(OverdueQuerySet, "locked", unlocked):
        yield


@contextmanager
def no_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {CONSTRAINT}")
    try:
        yield
    finally:
        Overdue.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(DEFINITION)


def look_twice(late):
    unit = late.unit

    def look():
        found = LeaseUnit.objects.select_related("lease__lessor", "equipment").get(pk=unit.pk)
        return overdue.attend(unit=found, by=fresh(late.world.clock), at=LATE)

    with meet():
        return at_once(look, look)


def said():
    return Notification.objects.filter(kind="machine_overdue").count(), Overdue.objects.count()


def test_one_opens_it_and_both_sides_are_told_once(late):
    assert outcome(look_twice(late)) == ["Overdue", "Overdue"]
    assert said() == (2, 1)
    assert AtRisk.objects.count() == 1


def test_the_constraint_alone_holds_as_well(late):
    with no_locks():
        results = look_twice(late)
    assert outcome(results) == ["IntegrityError", "Overdue"]
    assert said() == (2, 1)


def test_the_lock_alone_holds_as_well(late):
    with no_constraint():
        results = look_twice(late)
        found = said()
    assert (outcome(results), found) == (["Overdue", "Overdue"], (2, 1))


def test_without_both_everybody_is_told_twice(late):
    with no_constraint(), no_locks(), patch("leasing.actions.overdue.risks.renew"):
        results = look_twice(late)
        found = said()
    assert (outcome(results), found) == (["Overdue", "Overdue"], (4, 2))


def test_both_sides_take_the_last_other_machine_and_it_is_taken_once(late):
    late.tick()
    world, risk = late.world, late.risk()

    def take(user):
        return substitutes.take(risk=AtRisk.objects.get(pk=risk.pk), by=fresh(user), at=LATE)

    results = at_once(lambda: take(world.owner), lambda: take(world.outsider))

    assert outcome(results) == ["Lease", "RiskOver"]
    assert Claim.objects.get(pk=risk.claim_id).equipment == world.machines[1]
    assert late.next.transitions.filter(move="reassign").count() == 1
