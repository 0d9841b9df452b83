"""Sub-leases, two at once, on real transactions; each race is shown without its guards as well."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from devices.ownership.models import Agreement
from leasing.actions import leases, sublease_ends, subleases
from leasing.models import Lease, Sublease
from leasing.models.leases import LeaseQuerySet
from leasing.models.subleases import SubleaseQuerySet
from leasing.rules.subleases import Status
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.shared.period import Period
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.sublet import BEGUN, DAY, PROPOSED, TIME, Sublet
from tests.races import Meeting, at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)
CONSTRAINT = "leasing_sublease_one_at_a_time"
DEFINITION = """EXCLUDE USING gist (int8range(unit_id, unit_id, '[]') WITH &&,
    int4range(depth, depth, '[]') WITH &&,
    tstzrange(COALESCE(active_from, starts_at), COALESCE(active_to, ends_at)) WITH &&)
    WHERE (status IN ('AGREED', 'RUNNING', 'ENDED'))"""


@pytest.fixture
def sublet():
    return Sublet(worlds.make(machines=1))


def meet(*places):
    """Hold everybody before writing until all have looked, or it is clear that they cannot."""
    meeting, stack = Meeting(), ExitStack()

    def waiting(real):
        def carry_out(**given):
            meeting.wait()
            return real(**given)

        return carry_out

    for place in places:
        stack.enter_context(patch.object(place, "carry_out", waiting(place.carry_out)))
    return stack


def no_locks():
    stack = ExitStack()
    for one in (EquipmentQuerySet, LeaseQuerySet, SubleaseQuerySet):
        stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
    return stack


@contextmanager
def no_constraint():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE leasing_sublease DROP CONSTRAINT {CONSTRAINT}")
    try:
        yield
    finally:
        Sublease.objects.update(status=Status.PROPOSED)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE leasing_sublease ADD CONSTRAINT {CONSTRAINT} {DEFINITION}")


def loaded(sublease):
    return Sublease.objects.with_sides().get(pk=sublease.pk)


def consent_to_both(sublet):
    """Two people of the lessor consent to two sub-leases of the machine for overlapping times."""
    later = Period(TIME.end - DAY, TIME.end + DAY)
    both = [sublet.accepted(), sublet.accepted(sublessee=sublet.next, period=later)]
    lessor, owner = sublet.world.lessor, sublet.world.owner
    with meet(subleases):
        return at_once(
            *(
                lambda one=one: subleases.consent(
                    sublease=loaded(one), digest=one.digest, within=lessor, by=fresh(owner), at=PROPOSED
                )
                for one in both
            )
        )


def end_while_it_begins(sublet):
    """The lessor ends the lease at the moment at which the lessee hands the machine on."""
    begin, end = begin_and_end(sublet)
    with meet(subleases, sublease_ends):
        return at_once(begin, end)


def begin_and_end(sublet):
    made = sublet.agreed()
    sublet.read_notice(made)
    return (
        lambda: subleases.begin(
            sublease=loaded(made), within=sublet.world.lessee, by=fresh(sublet.world.buyer), at=BEGUN
        ),
        lambda: leases.end(lease=sublet.lease, by=fresh(sublet.world.owner), at=BEGUN + DAY),
    )


class TestTwoSubleases:
    def test_one_wins_and_the_other_is_told_why(self, sublet):
        results = consent_to_both(sublet)

        assert outcome(results) == ["Sublease", "SubleaseOverlaps"]
        assert sorted(Sublease.objects.values_list("status", flat=True)) == ["ACCEPTED", "AGREED"]

    def test_the_constraint_alone_holds_as_well(self, sublet):
        with no_locks():
            results = consent_to_both(sublet)

        assert outcome(results) == ["IntegrityError", "Sublease"]
        assert sorted(Sublease.objects.values_list("status", flat=True)) == ["ACCEPTED", "AGREED"]

    def test_without_both_the_machine_is_sub_let_twice(self, sublet):
        with no_constraint(), no_locks():
            results = consent_to_both(sublet)
            agreed = Sublease.objects.filter(status=Status.AGREED).count()

        assert (outcome(results), agreed) == (["Sublease", "Sublease"], 2)


class TestTheLeaseEnds:
    def test_the_sub_lease_ends_with_it_or_never_begins(self, sublet):
        results = end_while_it_begins(sublet)

        assert outcome(results) in (["Lease", "Sublease"], ["Lease", "SubleaseMoveRefused"])
        lease, made = Lease.objects.get(), Sublease.objects.get()
        begun = any(isinstance(one, Sublease) for one in results)
        assert (lease.status, made.status) == ("ENDED", Status.ENDED if begun else Status.EXPIRED)
        assert not Agreement.objects.filter(closed_at=None).exists()

    def test_without_the_locks_the_end_meets_the_database(self, sublet):
        begin, end = begin_and_end(sublet)
        begins, begun = in_between(sublease_ends, "carry_out", begin)

        with no_locks(), begins:
            results = at_once(end)

        assert (outcome(begun), outcome(results)) == (["Sublease"], ["IntegrityError"])
        assert (Lease.objects.get().status, Sublease.objects.get().status) == ("ACTIVE", Status.RUNNING)


class TestTwoEnd:
    def test_the_clock_and_a_person_end_it_once(self, sublet):
        made = sublet.running()
        by = sublet.people[sublet.workshop]

        results = at_once(
            lambda: sublease_ends.close_due(sublease=loaded(made), by=fresh(sublet.world.clock), at=TIME.end),
            lambda: sublease_ends.end(
                sublease=loaded(made),
                within=sublet.workshop,
                by=fresh(by),
                at=TIME.end,
            ),
        )

        assert outcome(results) in (["Sublease", "SubleaseMoveRefused"], ["Sublease", "Sublease"])
        assert made.steps.filter(move="end").count() == 1
