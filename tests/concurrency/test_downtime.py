"""Two standstills of one machine are settled at once: with all guards, with each alone, and with none."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from leasing.actions import downtime, downtime_credits
from leasing.models import DowntimeCredit, Ticket
from leasing.models.leases import LeaseQuerySet
from leasing.models.tickets import TicketQuerySet
from marketplace.models.equipment import EquipmentQuerySet
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.tickets import AGREED, FIXED, HOUR, Desk
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
CONSTRAINT = "leasing_downtimecredit_one_for_one_time"
DEFINITION = """EXCLUDE USING gist (int8range(unit_id, unit_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&)"""


@pytest.fixture
def desk():
    return Desk(worlds.make(machines=1))


def meet():
    """Hold both before writing until both have looked, or it is clear that they cannot."""
    meeting, write = Meeting(), downtime_credits._write

    def waiting(*given):
        meeting.wait()
        return write(*given)

    return patch.object(downtime_credits, "_write", waiting)


def no_locks():
    stack = ExitStack()
    for one in (EquipmentQuerySet, LeaseQuerySet, TicketQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


@contextmanager
def no_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE leasing_downtimecredit DROP CONSTRAINT {CONSTRAINT}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE leasing_downtimecredit")
            cursor.execute(f"ALTER TABLE leasing_downtimecredit ADD CONSTRAINT {CONSTRAINT} {DEFINITION}")


def agree_to_both(desk):
    """Two people of the lessor agree to bear two standstills whose times overlap by three hours."""
    first = desk.proposed()
    second = desk.proposed(at=FIXED + 3 * HOUR, since=FIXED - 3 * HOUR, at_report=FIXED + HOUR)
    lessor, owner = desk.world.lessor, desk.world.owner

    def agreed(one):
        found = Ticket.objects.with_sides().get(pk=one.pk)
        return downtime.agree(ticket=found, within=lessor, by=fresh(owner), at=AGREED)

    with meet():
        return at_once(lambda: agreed(first), lambda: agreed(second))


def credited():
    return sum(one.seconds for one in DowntimeCredit.objects.all())


def test_no_time_is_credited_twice(desk):
    assert outcome(agree_to_both(desk)) == ["Ticket", "Ticket"]
    assert credited() == 39 * 3600


def test_the_constraint_alone_holds_as_well(desk):
    with no_locks():
        results = agree_to_both(desk)

    assert outcome(results) == ["IntegrityError", "Ticket"]
    assert credited() in (36 * 3600, 6 * 3600)


def test_the_locks_alone_hold_as_well(desk):
    with no_constraint():
        results = agree_to_both(desk)
        seconds = credited()

    assert (outcome(results), seconds) == (["Ticket", "Ticket"], 39 * 3600)


def test_without_both_three_hours_are_credited_twice(desk):
    with no_constraint(), no_locks():
        results = agree_to_both(desk)
        seconds = credited()

    assert (outcome(results), seconds) == (["Ticket", "Ticket"], 42 * 3600)
