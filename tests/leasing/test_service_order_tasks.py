"""The clock opens what is promised and closes what nobody answered, and may come as often as it likes."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from leasing import tasks
from leasing.models import ServiceOrder
from tests.leasing.jobs import Yard
from tests.leasing.world import END

pytestmark = pytest.mark.django_db


def at(moment):
    return patch.object(timezone, "now", return_value=moment)


def run_clock_twice():
    """Let the clock do at once what it queues, and then all of it again."""
    opened, closed = tasks.open_service_orders, tasks.close_due_service_order
    with (
        patch.object(opened, "delay", opened),
        patch.object(closed, "delay", closed),
        patch.object(tasks.close_due, "delay"),
    ):
        tasks.run_clock()
        tasks.run_clock()


def test_each_period_is_opened_once(world):
    lease = Yard(world).active()
    april = ServiceOrder.objects.get(lease=lease, kind="ENERGY_MANAGEMENT").month_to

    with at(april):
        run_clock_twice()

    periods = ServiceOrder.objects.filter(lease=lease, basis="MONTH").order_by("month_from")
    assert list(periods.values_list("month_from", flat=True))[1:] == [april]
    assert ServiceOrder.objects.filter(lease=lease).count() == 4


def test_silence_is_noted_once(world):
    yard = Yard(world)
    order = yard.done(yard.active())

    with at(order.accept_by):
        run_clock_twice()
        tasks.close_due_service_order(order_id=order.pk, later_argument=1)

    order.refresh_from_db()
    assert (order.status, order.steps.count()) == ("ACCEPTED", 6)
    assert order.steps.latest("position").actor == world.clock.public_id


def test_a_lease_that_has_ended_meanwhile_gets_nothing(world):
    lease = Yard(world).active()
    with at(END + timedelta(days=1)):
        tasks.close_due(lease_id=lease.pk)
        before = ServiceOrder.objects.count()
        tasks.open_service_orders(lease_id=lease.pk, later_argument=1)

    assert ServiceOrder.objects.count() == before
