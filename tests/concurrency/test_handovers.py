"""Two people at one record and at one deposit, on real transactions; each race with and without locks."""

from contextlib import ExitStack
from unittest.mock import patch

import pytest

from leasing.actions import beginnings, deposits, handovers, records
from leasing.models import ConditionRecord, Deposit, DepositOrder, Lease, RecordAnswer
from leasing.models.deposits import DepositQuerySet
from leasing.models.leases import LeaseQuerySet
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.models.parties import Role
from tests.concurrency.test_leases import fresh, outcome
from tests.factories.leasing import recorded, secure
from tests.leasing import world as worlds
from tests.leasing.world import HANDOVER, person
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def meet(place, name):
    """Hold everybody at a function until all have come, or it is clear that they cannot."""
    meeting, real = Meeting(), getattr(place, name)

    def waiting(**given):
        meeting.wait()
        return real(**given)

    return patch.object(place, name, waiting)


def no_locks():
    stack = ExitStack()
    for one in (EquipmentQuerySet, LeaseQuerySet, DepositQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


def two_confirm():
    world = worlds.make(machines=1)
    lease = world.ready()
    secure(lease, by=world.owner, at=HANDOVER)
    (record,) = recorded(Lease.objects.get(pk=lease.pk), by=world.owner, at=HANDOVER)
    second = person("second", world.lessee, Role.OPERATOR)
    beginnings.parties.robot(name="clock")

    def act(by):
        found = ConditionRecord.objects.with_answers().get(pk=record.pk)
        return handovers.confirm(record=found, digest=record.digest, by=fresh(by), at=HANDOVER)

    with meet(records.audit, "record"):
        return at_once(lambda: act(world.buyer), lambda: act(second))


def two_release():
    """Both orders are of the whole deposit: the second was given before the first was approved."""
    world = worlds.make(machines=1)
    lease = world.accepted()
    secure(lease, by=world.owner, at=HANDOVER)
    deposit = Deposit.objects.get()
    made = deposits.order(deposit=deposit, amount_minor=2_000_000, reason="x", by=world.owner, at=HANDOVER)
    second = person("second", world.lessor, Role.FINANCE)

    def act(by):
        found = DepositOrder.objects.select_related("deposit__lease__lessor").get(pk=made.pk)
        return deposits.approve(order=found, by=fresh(by), at=HANDOVER)

    with patch.object(deposits, "_move", waiting_move()):
        return at_once(lambda: act(world.clerk), lambda: act(second))


def waiting_move():
    meeting, real = Meeting(), deposits._move

    def waiting(*given):
        meeting.wait()
        return real(*given)

    return waiting


class TestTwoConfirm:
    def test_one_confirms_and_the_other_is_told(self):
        results = two_confirm()

        assert outcome(results) == ["Lease", "LeaseChanged"]
        assert RecordAnswer.objects.count() == 1

    def test_without_the_locks_the_second_meets_the_database(self):
        with no_locks():
            results = two_confirm()

        assert "IntegrityError" in outcome(results)
        assert RecordAnswer.objects.count() <= 1


class TestTwoRelease:
    def test_one_releases_and_the_other_is_told(self):
        results = two_release()

        assert outcome(results) == ["DepositMovement", "OrderDecided"]
        assert Deposit.objects.get().held_minor == 0

    def test_without_the_locks_the_second_meets_the_database(self):
        with no_locks():
            results = two_release()

        assert outcome(results) == ["DepositMovement", "IntegrityError"]
        assert Deposit.objects.get().held_minor == 0
