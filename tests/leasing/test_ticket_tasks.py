"""The clock attends to tickets: it confirms what nobody objected to, and measures."""

import pytest
from django.utils import timezone

from leasing import tasks
from leasing.models import Ticket
from leasing.rules.tickets import Status
from tests.leasing.tickets import FIXED, HOUR, Desk

pytestmark = pytest.mark.django_db


def test_a_repair_that_nobody_objected_to_is_confirmed_and_measured(world, monkeypatch):
    made = Desk(world).solved()
    monkeypatch.setattr(timezone, "now", lambda: FIXED + 72 * HOUR)
    monkeypatch.setattr(tasks.attend_ticket, "delay", lambda ticket_id: tasks.attend_ticket(ticket_id))

    tasks.run_clock()

    done = Ticket.objects.get(pk=made.pk)
    assert (done.status, done.evidence["stood_seconds"]) == (Status.CONFIRMED, 36 * 3600)
    assert not Ticket.objects.due(FIXED + 72 * HOUR).exists()
