"""The clock sees what is late, tells whom it concerns, and leaves lease and calendar as they are."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from leasing import tasks
from leasing.actions import annexes, offers, overdue, readiness, risks, substitutes, terminations
from leasing.models import AtRisk, Lease, LeaseUnit, Overdue
from leasing.queries.overdue import late_spans, units_to_attend, with_overlays
from leasing.queries.substitutes import distance_km, substitutes_for
from leasing.rules.history import first_broken
from leasing.rules.overdue import Cause
from marketplace.actions import calendar, claims
from marketplace.models import Claim, Listing, Notification, Site
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import hand_over
from tests.leasing import world as worlds
from tests.leasing.changes import NOW, Changes
from tests.leasing.lateness import DAY, DUE, LATE, NEXT, Late
from tests.leasing.slot_world import Laboratory
from tests.leasing.world import DECIDED, END

pytestmark = pytest.mark.django_db
CASE = {"case": "公安 2026-118", "value_basis": "保险评估", "value_minor": 30_000_000}


world = once.fixture(lambda: worlds.make(machines=3))
late = once.fixture(lambda world: Late(world))


def test_a_machine_was_late_from_when_it_was_due_until_it_was_back(late):
    machine, march = late.unit.equipment_id, Period(DUE - 60 * DAY, DUE)
    assert late_spans([machine], Period(DUE, None)) == {}
    late.tick()

    still = late_spans([machine], Period(DUE - DAY, LATE))
    late.gives_back()
    late.tick(DUE + 3 * DAY)

    assert still == {machine: [Period(DUE, None)]}
    assert late_spans([machine], Period(DUE + DAY, None)) == {machine: [Period(DUE, DUE + 3 * DAY)]}
    assert [late_spans([machine], one) for one in (march, Period(DUE + 3 * DAY, None))] == [{}, {}]
    assert late_spans([], Period(DUE, None)) == {}


def told(kind):
    found = Notification.objects.filter(kind=kind).order_by("pk")
    return [one.organization.name for one in found.select_related("organization")]


class TestOverdue:
    def test_begins_when_the_way_back_is_over_and_ends_when_the_machine_is_back(self, late):
        assert late.tick(at=DUE - timedelta(seconds=1)) is None

        row = late.tick()

        assert (row.since, row.until, row.reminded_at) == (DUE, None, LATE)
        assert sorted(told("machine_overdue")) == ["宁波精工", "深圳小厂"]
        late.gives_back()
        assert late.tick(at=LATE + DAY) is None
        assert Overdue.objects.get().until == LATE + DAY

    def test_changes_neither_the_lease_nor_the_claim_behind_it(self, late):
        before = [Lease.objects.values().order_by("pk"), Claim.objects.values().order_by("pk")]
        before = [list(rows) for rows in before]
        late.tick()
        after = [Lease.objects.values().order_by("pk"), Claim.objects.values().order_by("pk")]
        assert [list(rows) for rows in after] == before

    def test_again_it_changes_nothing_and_reminds_once_a_day(self, late):
        first = late.tick()
        assert late.tick(at=LATE + timedelta(hours=5)).pk == first.pk
        assert len(told("machine_overdue")) == 2

        again = late.tick(at=LATE + DAY)

        assert (again.pk, again.reminded_at, again.since) == (first.pk, LATE + DAY, DUE)
        assert len(told("machine_overdue")) == 4
        assert Overdue.objects.count() == 1

    def test_the_database_knows_one_at_a_time(self, late):
        row = late.tick()
        with pytest.raises(IntegrityError, match="once"), transaction.atomic():
            Overdue.objects.create(unit=row.unit, since=DUE, reminded_at=LATE)
        with pytest.raises(IntegrityError, match="in_order"), transaction.atomic():
            Overdue.objects.filter(pk=row.pk).update(until=DUE - DAY)

    def test_a_machine_that_was_handed_on_was_given_back(self, late, world, monkeypatch):
        late.tick()
        monkeypatch.setattr(readiness, "check_next", lambda **_given: [])  # as before they were refused
        hand_over(late.next, owner=world.owner, buyer=world.outsider, at=NEXT.start + timedelta(hours=1))

        assert late.tick(at=NEXT.start + timedelta(hours=2)) is None

        assert Overdue.objects.get().until == NEXT.start + timedelta(hours=2)
        assert AtRisk.objects.get().resolved_at is not None
        assert told("lease_safe") == []  # it has come already

    def test_is_seen_by_the_clock_alone(self, late, world):
        with pytest.raises(MissingRight):
            overdue.attend(unit=late.unit, by=world.owner, at=LATE)
        assert not Overdue.objects.exists()

    def test_the_clock_looks_at_what_may_be_late_and_at_what_is_open(self, late, world):
        def seen(at):
            return list(units_to_attend(at).values_list("pk", flat=True))

        assert (seen(DUE - timedelta(seconds=1)), seen(DUE)) == ([], [late.unit.pk])
        now = patch.object(timezone, "now", return_value=LATE)
        with now, patch.object(tasks.attend_overdue, "delay") as sent:
            tasks.run_clock()
            sent.assert_called_once_with(unit_id=late.unit.pk)
            tasks.attend_overdue(unit_id=late.unit.pk)
        assert Overdue.objects.open().exists()
        late.gives_back()
        assert seen(LATE) == [late.unit.pk]
        late.tick(at=LATE + DAY)
        assert seen(LATE + DAY) == []

    def test_lies_over_both_leases(self, late):
        late.tick()
        shown = {one.pk: one for one in with_overlays(Lease.objects.all())}
        first, following = shown[late.first.pk], shown[late.next.pk]
        assert (first.is_overdue, first.is_at_risk) == (True, False)
        assert (following.is_overdue, following.is_at_risk) == (False, True)


class TestAtRisk:
    def test_the_next_lease_is_marked_and_both_its_sides_are_told(self, late):
        late.tick()
        risk = late.risk()
        assert (risk.claim.reference, risk.cause, risk.since) == (late.next.public_id, "LATE", LATE)
        assert sorted(told("lease_at_risk")) == ["宁波精工", "成都路人"]
        said = Notification.objects.filter(kind="lease_at_risk").first()
        assert late.world.lessee.name not in said.said  # who has the machine is nobody's business
        assert said.link == f"/leases/{late.next.public_id}/risks/"

    def test_what_begins_later_is_not_yet(self, world):
        late = Late(world, following=Period(END + 10 * DAY, END + 20 * DAY))
        late.tick()
        assert not AtRisk.objects.exists()
        late.tick(at=END + 8 * DAY)
        assert late.risk().since == END + 8 * DAY

    def test_a_claim_that_was_given_back_is_not_at_risk_and_nobody_is_told(self, late, world):
        late.tick()
        claims.release(claim=late.risk().claim, by=world.clock, at=LATE)
        late.tick(at=LATE + timedelta(hours=1))
        assert not AtRisk.objects.open().exists()
        assert told("lease_safe") == []

    def test_the_owner_is_told_of_its_own_time(self, world):
        late = Late(world, following=Period(END + 30 * DAY, END + 40 * DAY))
        calendar.block(
            equipment=world.machines[0],
            reason=Claim.Reason.MAINTENANCE,
            core=Period(END + 2 * DAY, END + 3 * DAY),
            by=world.owner,
            at=DECIDED,
        )
        late.tick()
        assert told("time_at_risk") == ["宁波精工"]
        late.tick(at=END + 4 * DAY)
        assert AtRisk.objects.get().resolved_at == END + 4 * DAY  # that time is over

    def test_the_database_knows_one_risk_a_claim(self, late):
        late.tick()
        risk = late.risk()
        with pytest.raises(IntegrityError, match="once"), transaction.atomic():
            AtRisk.objects.create(claim=risk.claim, unit=risk.unit, cause="GONE", since=LATE)
        with pytest.raises(IntegrityError, match="in_order"), transaction.atomic():
            AtRisk.objects.filter(pk=risk.pk).update(resolved_at=LATE - DAY)


class TestGone:
    def test_leases_behind_a_lost_machine_are_told_and_stay_at_risk(self, world):
        changes = Changes(world)
        lease = world.ask(period=NEXT, lessee=world.stranger, by=world.outsider)
        waiting = offers.accept(lease=lease, by=world.owner, at=DECIDED, equipment=changes.first)

        terminations.lose(lease=changes.now(), by=world.owner, at=NOW, **CASE)

        risk = AtRisk.objects.get()
        assert (risk.cause, risk.claim.reference) == ("GONE", waiting.public_id)
        assert sorted(told("lease_machine_gone")) == ["宁波精工", "成都路人"]
        unit = LeaseUnit.objects.get(lease=changes.lease)
        overdue.attend(unit=unit, by=world.clock, at=NOW + DAY)
        assert AtRisk.objects.open().count() == 1
        assert list(units_to_attend(NOW + DAY)) == [unit]
        assert len(told("lease_machine_gone")) == 2

    def test_both_sides_of_a_slot_are_told(self, world):
        lab = Laboratory(world)
        booking = lab.book()
        later = Period(booking.ends_at + 30 * DAY, booking.ends_at + 60 * DAY)
        lease = offers.accept(
            lease=world.ask(period=later), by=world.owner, at=DECIDED, equipment=booking.equipment
        )
        unit = LeaseUnit.objects.select_related("equipment", "claim").get(lease=lease)

        (risk,) = risks.renew(unit=unit, cause=Cause.GONE, at=booking.booked_at)

        assert risk.claim == booking.claim
        assert sorted(told("time_at_risk")) == ["宁波精工", "深圳小厂"]
        assert Notification.objects.last().link == f"/slots/{booking.public_id}/"

    def test_leases_behind_a_sold_machine_are_told(self, world):
        changes = Changes(world)
        lease = world.ask(period=NEXT, lessee=world.stranger, by=world.outsider)
        offers.accept(lease=lease, by=world.owner, at=DECIDED, equipment=changes.first)
        annex = changes.propose("BUY_OUT", price_minor=30_000_000, title="发票")
        annexes.accept(annex=changes.loaded(annex), digest=annex.digest, by=world.buyer, at=NOW)
        assert AtRisk.objects.get().cause == "GONE"
        assert len(told("lease_machine_gone")) == 2


class TestSubstitutes:
    def take(self, late, by, **given):
        return substitutes.take(risk=late.risk(), by=by, at=LATE, **given)

    @pytest.mark.parametrize("who", ["owner", "outsider"])
    def test_either_side_takes_another_machine_of_the_listing(self, late, who):
        late.tick()

        lease = self.take(late, getattr(late.world, who))

        machine = LeaseUnit.objects.get(lease=lease).equipment
        assert machine in late.world.machines[1:]
        assert LeaseUnit.objects.get(lease=lease).claim.equipment == machine
        assert lease.transitions.last().move == "reassign"
        assert first_broken(step.link() for step in lease.transitions.order_by("position")) is None
        assert sorted(told("lease_reassign")) == ["宁波精工", "成都路人"]
        assert (AtRisk.objects.open().count(), told("lease_safe")) == (0, [])
        late.tick(at=LATE + timedelta(hours=1))
        assert AtRisk.objects.open().count() == 0

    def test_others_make_room_where_none_is_free_as_the_calendar_stands(self, late, world):
        late.tick()
        days = NEXT.start
        late.wanted(Period(days, days + 8 * DAY), equipment=world.machines[1])
        movable = late.wanted(Period(days + 12 * DAY, days + 20 * DAY), equipment=world.machines[2])
        Claim.objects.filter(reference=movable.public_id).update(movable=True)

        (found,) = substitutes_for(late.next, late.risk().claim)
        assert (found.own, found.moved) == (True, 1)
        self.take(late, world.owner)

        assert LeaseUnit.objects.get(lease=late.next).equipment == world.machines[2]
        assert LeaseUnit.objects.get(lease=movable).equipment == world.machines[1]

    def test_there_is_none_where_all_are_taken(self, late, world):
        late.tick()
        for machine in world.machines[1:]:
            late.wanted(NEXT, equipment=machine)
        assert substitutes_for(late.next, late.risk().claim) == []
        with pytest.raises(substitutes.NoSubstitute):
            self.take(late, world.owner)
        assert late.risk().claim.equipment == world.machines[0]

    def test_a_machine_that_is_late_itself_is_none(self, late, world):
        late.tick()
        with patch("leasing.queries.substitutes.late_machines", return_value={m.pk for m in world.machines}):
            assert substitutes_for(late.next, late.risk().claim) == []

    def test_strangers_viewers_and_the_one_who_is_late_take_none(self, late, world):
        late.tick()
        for who in (world.buyer, world.watcher, world.clerk):
            with pytest.raises(MissingRight):
                self.take(late, who)
        with pytest.raises(MissingRight):
            self.take(late, world.owner, within=world.stranger)
        assert late.risk().claim.equipment == world.machines[0]

    def test_a_risk_that_is_over_gives_none(self, late, world):
        late.tick()
        risk = late.risk()
        substitutes.take(risk=risk, by=world.owner, at=LATE)
        with pytest.raises(substitutes.RiskOver):
            substitutes.take(risk=risk, by=world.outsider, at=LATE)

    def test_a_time_that_is_not_a_leases_gives_none(self, late, world):
        late.tick()
        LeaseUnit.objects.filter(lease=late.next).delete()
        with pytest.raises(substitutes.RiskOver):
            self.take(late, world.owner)

    def test_a_machine_that_is_on_its_way_is_not_changed(self, late, world):
        late.tick()
        LeaseUnit.objects.filter(lease=late.next).update(state=LeaseUnit.State.IN_TRANSIT)
        with pytest.raises(substitutes.MachineUnderWay):
            self.take(late, world.owner)

    def test_the_database_has_the_last_word(self, late, world):
        late.tick()
        taken = patch("leasing.actions.substitutes.pools.put_on", return_value=None)
        with taken, pytest.raises(substitutes.NoSubstitute):
            self.take(late, world.owner)
        assert late.risk().claim.equipment == world.machines[0]


class TestOtherListings:
    @pytest.fixture
    def others(self, late, world):
        """Three more listings of the kind: near and dearer, far and cheaper, of a plan nobody can compare."""
        late.tick()
        Site.objects.update(latitude="29.868300", longitude="121.544000")
        plans = {
            "near": worlds.PLAN | {"components": [{"id": "b", "kind": "base_fee", "amount": "9000.00"}]},
            "far": worlds.PLAN | {"components": [{"id": "b", "kind": "base_fee", "amount": "1.00"}]},
            "parts": worlds.PLAN
            | {
                "components": [
                    {"id": "p", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "1.00"}
                ]
            },
        }
        places = {"near": ("30.274100", "120.155100"), "far": ("39.904200", "116.407400")}
        for name, plan in plans.items():
            north, east = places.get(name, (None, None))
            site = Site.objects.create(
                organization=world.lessor,
                name=name,
                region_code="330100",
                city=name,
                latitude=north,
                longitude=east,
            )
            signal = {"version": 1, "meter": "parts", "channel": "count", "subtype": "ALL"}
            listing = Listing.objects.create(
                owner=world.lessor,
                category=world.listing.category,
                site=site,
                title=name,
                price_plan=plan,
                count_rules=[signal] if name == "parts" else [],
                status=Listing.Status.PUBLISHED,
                created_at=DECIDED,
            )
            worlds.machine(listing, name)
        return self.found(late)

    def found(self, late):
        return substitutes_for(Lease.objects.with_parties().get(pk=late.next.pk), late.risk().claim)

    def test_come_behind_the_own_one_the_nearest_first_with_what_they_cost_more(self, others):
        assert [one.listing.title for one in others] == ["立式加工中心 VMC-850", "near", "far", "parts"]
        own, near, far, parts = others
        assert (own.own, own.difference.minor, near.own) == (True, 0, False)
        assert (near.distance_km, parts.distance_km) == (141, None)
        assert far.distance_km in range(1100, 1300)
        assert (far.difference.minor < 0, far.saved.minor > 0) == (True, True)
        assert near.difference.minor > far.difference.minor
        assert (parts.difference, parts.saved) == (None, None)

    def test_five_at_most_and_never_a_lessees_own(self, late, world, others):
        site = Site.objects.get(name="near")
        for number in range(4):
            listing = Listing.objects.get(title="near")
            listing.pk, listing.public_id, listing.title = None, f"lst_{number}", f"more {number}"
            listing.site = site
            if number == 3:
                listing.owner = world.stranger
            listing.save()
            worlds.machine(listing, f"more {number}")
        found = [one.listing.title for one in self.found(late)]
        assert found == ["立式加工中心 VMC-850", "near", "more 0", "more 1", "more 2"]

    def test_a_distance_needs_both_places(self):
        here, there = Site(latitude=0, longitude=0), Site(latitude=0, longitude=180)
        assert distance_km(here, there) == 20015
        assert distance_km(here, Site()) is None
