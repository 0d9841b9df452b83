"""Two clocks look at a machine at once: with both guards, with each alone, and with none."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from leasing.actions import maintenance
from leasing.models import MaintenanceTicket
from leasing.rules.maintenance import Basis
from marketplace.models.equipment import EquipmentQuerySet
from tests.leasing import world as worlds
from tests.leasing.maintenance import DAY, MADE, Workshop
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
INDEXES = ("leasing_maintenanceticket_one_open", "leasing_maintenanceticket_once")


@pytest.fixture
def shop():
    return Workshop(worlds.make(machines=1))


def meet():
    """Hold both before writing until both have looked, or it is clear that they cannot."""
    meeting, write = Meeting(), maintenance._insert

    def waiting(*given):
        meeting.wait()
        return write(*given)

    return patch.object(maintenance, "_insert", waiting)


def no_lock():
    return patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk"))


@contextmanager
def no_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {INDEXES[0]}")
        cursor.execute(f"ALTER TABLE leasing_maintenanceticket DROP CONSTRAINT {INDEXES[1]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE leasing_maintenanceticket")
            cursor.execute(
                f"CREATE UNIQUE INDEX {INDEXES[0]} ON leasing_maintenanceticket (rule_id, equipment_id) "
                "WHERE NOT (status IN ('DONE', 'WITHDRAWN'))"
            )
            cursor.execute(
                f"ALTER TABLE leasing_maintenanceticket ADD CONSTRAINT {INDEXES[1]} "
                "UNIQUE (rule_id, equipment_id, number)"
            )


def look_twice(shop):
    rule = shop.rule(Basis.DAYS, 30, 5)

    def look():
        return maintenance.attend(rule=rule, equipment=shop.machine, by=shop.world.clock, at=MADE + 26 * DAY)

    with meet(), patch.object(maintenance, "place", lambda ticket, by, at: ticket):
        found = at_once(look, look)
    assert not [one for one in found if isinstance(one, Exception)]
    return MaintenanceTicket.objects.count()


def test_one_ticket_opens(shop):
    assert look_twice(shop) == 1


def test_one_ticket_opens_by_the_constraint_alone(shop):
    with no_lock():
        assert look_twice(shop) == 1


def test_one_ticket_opens_by_the_lock_alone(shop):
    with no_constraint():
        assert look_twice(shop) == 1


def test_without_both_two_open(shop):
    with no_lock(), no_constraint():
        assert look_twice(shop) == 2
