"""A machine that came back late is safe for the next lease when it is ready, and not before."""

from datetime import timedelta

import pytest

from leasing.actions import inspections, readiness, substitutes
from leasing.models import AtRisk, LeaseUnit, Overdue
from marketplace.models import Notification
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import hand_over
from tests.leasing import world as worlds
from tests.leasing.lateness import DAY, LATE, NEXT, Late
from tests.leasing.returned import WayBack

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HANDED_ON = NEXT.start + HOUR


@once.fixture
def world():
    return worlds.make(machines=2)


@once.fixture
def late(world):
    made = Late(world)
    made.tick()
    return made


@once.fixture
def back(late):
    """Return the way of the late machine, which its owner has taken back and not looked at."""
    made = WayBack.of(late.first, late.world)
    made.back(at=LATE + HOUR, accessories={})
    return made


def inspect(way, at):
    inspections.inspect(
        lease=way.lease,
        given=way.given(at, accessories={}, readings=()),
        findings=(),
        by=way.world.owner,
        at=at,
    )


def told(kind):
    found = Notification.objects.filter(kind=kind).order_by("pk")
    return sorted(one.organization.name for one in found.select_related("organization"))


def test_stays_a_risk_until_it_is_ready(late, back):
    assert back.unit.state == "RETURNED"
    late.tick(at=LATE + 2 * HOUR)

    assert Overdue.objects.get().until == LATE + 2 * HOUR
    assert late.risk().claim.reference == late.next.public_id
    assert told("lease_safe") == []

    inspect(back, LATE + 3 * HOUR)
    assert back.unit.state == "READY"
    late.tick(at=LATE + 4 * HOUR)

    assert AtRisk.objects.get().resolved_at == LATE + 4 * HOUR
    assert told("lease_safe") == ["宁波精工", "成都路人"]


def test_another_machine_takes_its_place_meanwhile(late, back, world):
    late.tick(at=LATE + 2 * HOUR)
    substitutes.take(risk=late.risk(), by=world.outsider, at=LATE + 2 * HOUR)
    assert LeaseUnit.objects.get(lease=late.next).equipment == world.machines[1]
    late.tick(at=LATE + 3 * HOUR)
    assert not AtRisk.objects.open().exists()


def test_marks_nothing_new(world):
    late = Late(world, following=Period(NEXT.start, NEXT.start + 8 * DAY))
    later = late.wanted(Period(NEXT.start + 10 * DAY, NEXT.end), equipment=world.machines[0])
    late.tick()
    WayBack.of(late.first, world).back(at=LATE + HOUR, accessories={})
    late.tick(at=NEXT.start + 8 * DAY + HOUR)
    assert not AtRisk.objects.for_lease(later).exists()
    assert late.risk().claim.reference == late.next.public_id


def test_that_is_gone_from_there_is_safe_for_nobody(late):
    late.gives_back()
    late.tick(at=LATE + 2 * HOUR)
    assert AtRisk.objects.get().resolved_at == LATE + 2 * HOUR
    assert told("lease_safe") == []


def test_that_was_handed_on_is_waited_for_by_nobody(late, world, monkeypatch):
    """Its return is written down when the next lessee has it already."""
    third = late.wanted(Period(NEXT.end + 3 * DAY, NEXT.end + 12 * DAY), equipment=world.machines[0])
    soon = third.starts_at - DAY
    monkeypatch.setattr(readiness, "check_next", lambda **_given: [])  # as before they were refused
    hand_over(late.next, owner=world.owner, buyer=world.outsider, at=HANDED_ON)
    back = WayBack.of(late.first, world)
    back.back(at=HANDED_ON + HOUR, accessories={})
    assert back.unit.state == "RETURNED"

    assert not LeaseUnit.objects.not_ready(soon).exists()
    assert not readiness.tell_next(unit=back.unit, until=third.ends_at, at=soon)
    assert told("machine_not_ready") == []
    late.tick(at=HANDED_ON + 2 * HOUR)
    assert not AtRisk.objects.open().exists()
