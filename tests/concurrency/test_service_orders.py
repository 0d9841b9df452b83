"""Two clocks open one period at once, and two people accept one work at once, on real transactions."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from leasing.actions import service_openings, service_orders
from leasing.models import ServiceOrder
from leasing.models.leases import LeaseQuerySet
from leasing.models.service_orders import ServiceOrderQuerySet
from tests.concurrency.test_leases import outcome
from tests.leasing import world as worlds
from tests.leasing.jobs import DAY, Yard
from tests.leasing.world import HANDOVER
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
CONSTRAINTS = ("leasing_serviceorder_numbered", "leasing_serviceorder_one_a_period")


@pytest.fixture
def yard():
    return Yard(worlds.make(machines=1))


def meet(module, name):
    """Hold both between what they found and what they write, until both have found it or cannot."""
    meeting, found = Meeting(), getattr(module, name)

    def met(*given, **named):
        result = found(*given, **named)
        meeting.wait()
        return result

    return patch.object(module, name, met)


def no_locks():
    stack = ExitStack()
    for one in (LeaseQuerySet, ServiceOrderQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


@contextmanager
def no_constraints():
    """Take the two indexes away that let one order be for one period; the rows go before they come back."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE leasing_serviceorder DROP CONSTRAINT {CONSTRAINTS[0]}")
        cursor.execute(f"DROP INDEX {CONSTRAINTS[1]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE leasing_serviceorder, leasing_serviceorderstep")
            cursor.execute(
                f"ALTER TABLE leasing_serviceorder ADD CONSTRAINT {CONSTRAINTS[0]} "
                "UNIQUE (lease_id, service_id, number)"
            )
            cursor.execute(
                f"CREATE UNIQUE INDEX {CONSTRAINTS[1]} ON leasing_serviceorder "
                "(lease_id, service_id, month_from) WHERE month_from IS NOT NULL"
            )


class TestTwoClocks:
    def both(self, yard):
        lease = yard.active()
        april = yard.order(lease, "ENERGY_MANAGEMENT").month_to
        with meet(service_openings, "_known"):
            results = at_once(*[lambda: yard.clock(lease, april)] * 2)
        return results, ServiceOrder.objects.filter(lease=lease, month_from=april).count()

    def test_open_a_period_once(self, yard):
        results, opened = self.both(yard)
        assert sorted(len(one) for one in results) == [0, 1]
        assert opened == 1

    def test_without_the_locks_the_second_meets_the_constraint(self, yard):
        with no_locks():
            results, opened = self.both(yard)
        assert outcome(results) == ["IntegrityError", "list"]
        assert opened == 1

    def test_without_both_the_period_is_opened_twice(self, yard):
        with no_constraints(), no_locks():
            results, opened = self.both(yard)
            assert outcome(results) == ["list", "list"]
            assert opened == 2


class TestTwoAnswers:
    def both(self, yard):
        order, lessee = yard.done(yard.active()), yard.world.lessee
        with meet(service_orders, "lock"):
            return at_once(*[lambda: yard.act("accept", order, lessee, HANDOVER + 4 * DAY)] * 2)

    def test_one_counts(self, yard):
        assert outcome(self.both(yard)) == ["ServiceOrder", "ServiceOrderMoveRefused"]

    def test_without_the_locks_the_second_meets_the_database(self, yard):
        with no_locks():
            results = self.both(yard)
        assert outcome(results) == ["IntegrityError", "ServiceOrder"]
