"""A machine whose return is unwritten, or that is back and not ready, when the next lease needs it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.translation import override

from leasing.actions import inspections, overdue, readiness
from leasing.models import AtRisk, ConditionRecord, LeaseUnit, Overdue
from leasing.queries.overdue import units_to_attend
from leasing.rules.condition import Kind, Result
from leasing.rules.inspections import Finding, FindingKind
from marketplace.models import Claim, Notification
from tests import once
from tests.factories.leasing import read_notice, recorded, secure
from tests.leasing import world as worlds
from tests.leasing.lateness import NEXT, Late
from tests.leasing.returned import WayBack
from tests.leasing.world import END

HOUR = timedelta(hours=1)
HANDED_ON = NEXT.start + HOUR


@once.fixture
def world():
    return worlds.make(machines=2)


@once.fixture
def late(world):
    return Late(world)


@once.fixture
def way(late):
    return WayBack.of(late.first, late.world)


def hand_on(late):
    read_notice(late.next, by=late.world.outsider, at=NEXT.start)
    secure(late.next, by=late.world.owner, at=NEXT.start)
    return recorded(late.next, by=late.world.owner, at=HANDED_ON)


def claims():
    return list(Claim.objects.order_by("pk").values_list("public_id", "period", "active"))


def repaired(way):
    """Let the machine come back in time with a fault of use, and be in repair without an end."""
    way.back(at=END + HOUR, accessories={})
    seen = tuple(
        replace(one, result=Result.FAULT, text="Worn") if one.item == "axes" else one
        for one in way.given(END + HOUR).checklist
    )
    given = way.given(END + 2 * HOUR, accessories={}, readings=(), checklist=seen)
    worn = Finding("axes", FindingKind.WEAR, "Worn", 0, 0)
    by = way.world.owner
    inspections.inspect(lease=way.lease, given=given, findings=[worn], by=by, at=END + 2 * HOUR)
    readiness.repair(lease=way.lease, work="Grind", by=by, at=END + 3 * HOUR)


def tick(way, at):
    unit = LeaseUnit.objects.select_related("lease__lessor", "equipment").get(pk=way.unit.pk)
    return overdue.attend(unit=unit, by=way.world.clock, at=at)


class TestHandingOn:
    def test_waits_for_the_return_and_names_it(self, late, way):
        before = claims()
        with pytest.raises(readiness.ReturnUnwritten) as refused:
            hand_on(late)

        assert refused.value.facts == {"machine": "VMC-1", "lease": late.first.number}
        assert not ConditionRecord.objects.filter(lease=late.next).exists()
        assert (way.unit.state, claims()) == ("STOPPED", before)

    def test_goes_on_when_it_is_written_and_the_machine_ready(self, late, way):
        way.back(at=END + HOUR, accessories={})
        given = way.given(END + 2 * HOUR, accessories={}, readings=())
        inspections.inspect(lease=way.lease, given=given, findings=(), by=late.world.owner, at=END + 2 * HOUR)
        assert [one.kind for one in hand_on(late)] == [Kind.HANDOVER]

    def test_of_a_machine_that_nobody_waits_for_is_noted(self, late, way):
        LeaseUnit.objects.filter(pk=way.unit.pk).update(awaited=False)
        hand_on(late)

        step = late.next.transitions.filter(move="hand_over").get()
        assert step.facts["unwritten_returns"] == [way.unit.public_id]


class TestInRepairWhenTheNextBegins:
    """It came back in time; nobody was late, and still the next lessee does not get it."""

    def test_is_a_risk_with_its_reason(self, late, way):
        repaired(way)
        begins = late.next.units.get().claim.period.lower
        assert way.unit not in units_to_attend(begins - HOUR)
        tick(way, begins - HOUR)
        assert not AtRisk.objects.exists()

        assert way.unit in units_to_attend(begins)
        assert tick(way, begins) is None
        risk = AtRisk.objects.select_related("unit").get()
        assert (risk.cause, risk.unit.state) == ("NOT_READY", "IN_REPAIR")
        assert (risk.claim.reference, risk.unit) == (late.next.public_id, way.unit)
        assert not Overdue.objects.exists()
        tick(way, begins + HOUR)
        assert AtRisk.objects.count() == 1

    def test_tells_both_sides_once_that_it_is_not_ready(self, late, way):
        repaired(way)
        begins = late.next.units.get().claim.period.lower
        readiness.warn(unit=way.unit, by=late.world.clock, at=begins - HOUR)
        tick(way, begins)
        tick(way, begins + HOUR)

        told = Notification.objects.filter(kind="machine_not_ready")
        assert sorted(told.values_list("organization__name", flat=True)) == sorted(
            [late.world.lessor.name, late.world.stranger.name]
        )
        assert not Notification.objects.filter(kind="lease_at_risk").exists()

    def test_is_over_when_the_machine_is_ready(self, late, way):
        repaired(way)
        begins = late.next.units.get().claim.period.lower
        tick(way, begins)
        readiness.ready(lease=way.lease, by=late.world.owner, at=begins + HOUR)
        tick(way, begins + HOUR)

        assert AtRisk.objects.get().resolved_at == begins + HOUR
        assert Notification.objects.filter(kind="lease_safe").exists()


class TestALateOneThatIsBack:
    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ("RETURNED", "The machine is back and waits for its inspection"),
            ("IN_INSPECTION", "The machine is back and in inspection"),
            ("IN_REPAIR", "The machine is back and in repair"),
            ("STOPPED", "The machine is not back yet"),
        ],
    )
    def test_says_what_keeps_it(self, state, why):
        with override("en"):
            assert AtRisk(cause="LATE", unit=LeaseUnit(state=state)).why == why
