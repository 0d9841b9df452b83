"""Two people at one machine that came back, on real transactions; each race with and without locks."""

import pytest

from leasing.actions import readiness, returns
from leasing.models import ConditionRecord, Lease, Transition
from leasing.rules.condition import Kind
from leasing.rules.inspections import Finding, FindingKind
from tests.concurrency.test_handovers import meet, no_locks
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.actions.test_inspections import SEEN, Inspection
from tests.leasing.returned import BACK, HOUR, WIPED
from tests.leasing.world import person
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
WORN = Finding("spindle", FindingKind.WEAR, "Bearing runs warm")


def two_make_ready():
    """Both meet when they have looked at the machine and are about to write."""
    way = Inspection(worlds.make(machines=1))
    way.back()
    way.inspect(WORN)
    second = person("second", way.world.lessor, "OPERATOR")

    def act(by):
        lease = Lease.objects.select_related("lessor", "lessee").get(pk=way.pk)
        return readiness.ready(lease=lease, by=fresh(by), at=SEEN + HOUR)

    with meet(readiness, "make_ready"):
        return at_once(lambda: act(way.world.owner), lambda: act(second))


def two_take_back():
    way = Inspection(worlds.make(machines=1))
    second = person("second", way.world.lessor, "OPERATOR")

    def act(by):
        lease = Lease.objects.select_related("lessor", "lessee").get(pk=way.pk)
        given = way.given()
        return returns.take_back(lease=lease, given=given, wipe=WIPED, by=fresh(by), at=BACK)

    with meet(ConditionRecord.objects, "create"):  # both have read which number is next
        return at_once(lambda: act(way.world.owner), lambda: act(second))


class TestTwoMakeReady:
    def test_one_does_and_the_other_is_told(self):
        results = two_make_ready()

        assert outcome(results) == ["Lease", "MachineNotInspected"]
        assert Transition.objects.filter(move="ready").count() == 1

    def test_without_the_locks_both_do(self):
        with no_locks():
            results = two_make_ready()

        assert outcome(results) == ["Lease", "Lease"]
        assert Transition.objects.filter(move="ready").count() == 2


class TestTwoTakeBack:
    def test_the_second_record_takes_the_place_of_the_first(self):
        results = two_take_back()

        assert outcome(results) == ["Lease", "Lease"]
        numbers = ConditionRecord.objects.filter(kind=Kind.RETURN).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == [1, 2]

    def test_without_the_locks_the_second_meets_the_database(self):
        with no_locks():
            results = two_take_back()

        assert outcome(results) == ["IntegrityError", "Lease"]
        assert ConditionRecord.objects.filter(kind=Kind.RETURN).count() == 1
