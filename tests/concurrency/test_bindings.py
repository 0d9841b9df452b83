"""Two bind at once, on real transactions: one machine never has the same evidence twice."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from devices import queries
from devices.actions import devices
from devices.models import Binding, Channel
from marketplace.actions.parties import robot
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.shared.period import Period
from tests.concurrency.test_leases import outcome
from tests.devices.machines import LATHE, NOON, lathe
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def machine(owner):
    return make.equipment(owner)


def look_together():
    """Hold both between looking for the same evidence and writing, until both have looked or cannot."""
    meeting, look = Meeting(), queries.evidence_of_others

    def looked(*args, **given):
        found = look(*args, **given)
        meeting.wait()
        return found

    return patch.object(queries, "evidence_of_others", looked)


def no_lock():
    return patch.object(EquipmentQuerySet, "locked", lambda self: self.order_by("pk"))


def binder(device, machine):
    by, period = robot(name="tester"), Period(NOON - timedelta(days=1), None)
    return lambda: devices.bind(device=device, equipment=machine, period=period, by=by, at=NOON)


def adder(device):
    by = robot(name="tester")
    return lambda: devices.add_channels(device=device, channels=LATHE[:1], by=by, at=NOON)


class TestTwoBind:
    def test_one_wins_and_the_other_is_told_why(self, owner, machine):
        acts = [binder(lathe(owner), machine) for _ in range(2)]

        with look_together():
            results = at_once(*acts)

        assert outcome(results) == ["Binding", "EvidenceDoubled"]
        assert Binding.objects.count() == 1

    def test_without_the_lock_the_machine_has_the_same_evidence_twice(self, owner, machine):
        acts = [binder(lathe(owner), machine) for _ in range(2)]

        with no_lock(), look_together():
            results = at_once(*acts)

        assert outcome(results) == ["Binding", "Binding"]

    def test_both_are_bound_to_machines_of_their_own(self, owner, machine):
        other = make.equipment(owner, machine.site)

        results = at_once(binder(lathe(owner), machine), binder(lathe(owner), other))

        assert outcome(results) == ["Binding", "Binding"]


class TestTwoAddChannels:
    @pytest.fixture
    def acts(self, owner, machine):
        pair = [lathe(owner, channels=[]) for _ in range(2)]
        for device in pair:
            binder(device, machine)()
        return [adder(device) for device in pair]

    def test_one_wins_and_the_other_is_told_why(self, acts):
        with look_together():
            results = at_once(*acts)

        assert outcome(results) == ["EvidenceDoubled", "list"]
        assert Channel.objects.count() == 1

    def test_without_the_lock_both_give_the_same_evidence(self, acts):
        with no_lock(), look_together():
            results = at_once(*acts)

        assert outcome(results) == ["list", "list"]
        assert Channel.objects.count() == 2


class TestTwoEnd:
    def test_one_wins_and_the_other_is_refused(self, owner, machine):
        binding, by = binder(lathe(owner), machine)(), robot(name="tester")

        results = at_once(
            *[lambda: devices.unbind(binding=binding, by=by, at=NOON) for _ in range(2)],
        )

        assert outcome(results) == ["Binding", "BindingOver"]
