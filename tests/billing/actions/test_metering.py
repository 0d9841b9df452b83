"""Metering a unit: what is new makes versions, what is known makes nothing, and borders hold."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from billing.actions import metering
from billing.models import UsageWindow, Watermark, WindowSet
from billing.queries import units_to_meter
from billing.rules import stretches
from billing.rules.terms import RuleNotCounted
from devices.models import Channel, Device
from devices.ownership.actions import access
from devices.ownership.models import AccessEvent
from devices.rules.increments import Flag
from leasing.actions import leases
from marketplace.permissions import MissingRight
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-20") + timedelta(hours=9)


def meter(scene, at=world.LATER, by=None):
    return metering.meter_unit(unit=scene.unit, at=at, by=by or scene.clock)


def states(*spoken, start=1, day=NINE):
    return [
        (number, day + timedelta(minutes=minute), "execution", state)
        for number, (minute, state) in enumerate(spoken, start=start)
    ]


def counts(*spoken, start=1, day=NINE):
    return [
        (number, day + timedelta(minutes=minute), "ppartcount", count)
        for number, (minute, count) in enumerate(spoken, start=start)
    ]


def loads(*minutes, start=1, day=NINE):
    return [
        (number, day + timedelta(minutes=minute), "Cload", 7)
        for number, minute in enumerate(minutes, start=start)
    ]


class TestMeterUnit:
    def test_makes_windows_and_logs_one_read(self, by_hour):
        by_hour.say(*states((0, "READY"), (10, "ACTIVE"), (40, "READY")))

        (made,) = meter(by_hour)

        assert (made.version, made.quantity, made.arrival_hi) == (1, Decimal(1800), 1)
        assert [window.quantity for window in made.windows.all()] == [300, 900, 600]
        assert AccessEvent.objects.count() == 1
        assert Watermark.objects.get().event_limit == NINE + timedelta(minutes=40)

    def test_does_nothing_the_second_time(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        meter(by_hour)

        assert meter(by_hour) == []
        assert (WindowSet.objects.count(), AccessEvent.objects.count()) == (1, 1)
        assert units_to_meter(world.LATER) == []

    def test_adds_a_version_for_late_data_and_keeps_the_old_one(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), *states((10, "READY"), start=3))
        meter(by_hour)
        by_hour.say(*states((4, "READY"), start=2))
        assert units_to_meter(world.LATER) == [by_hour.unit.pk]

        (made,) = meter(by_hour)

        assert (made.version, made.quantity, made.arrival_hi) == (2, Decimal(240), 2)
        old = WindowSet.objects.get(version=1)
        assert (old.quantity, old.windows.get().quantity) == (Decimal(600), Decimal(600))

    def test_leaves_days_alone_that_did_not_change(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        meter(by_hour)
        by_hour.say(*states((0, "ACTIVE"), (10, "READY"), start=5, day=NINE + timedelta(days=1)))

        (made,) = meter(by_hour)

        assert made.local_day == (NINE + timedelta(days=1)).astimezone(world.ZONE).date()

    def test_counts_again_when_a_late_reading_explains_a_fall(self, by_part):
        by_part.say(*counts((0, 1)), *counts((9, 4), start=3))
        meter(by_part)
        by_part.say(*counts((5, 9), start=2))

        assert [(one.version, one.quantity) for one in meter(by_part)] == [(2, Decimal(8))]

    def test_looks_only_at_the_time_of_the_lease(self, by_part):
        before = world.midnight("2026-10-15") - timedelta(hours=1)
        by_part.say(*counts((0, 10), (30, 14), day=before), *counts((0, 20), (5, 23), start=3))

        (made,) = meter(by_part)

        assert made.quantity == 3

    def test_starts_from_an_unknown_state(self, by_hour):
        before = world.midnight("2026-10-08") - timedelta(minutes=5)
        by_hour.say(*states((0, "ACTIVE"), (10, "READY"), day=before))

        assert meter(by_hour) == []

    def test_looks_again_when_the_lease_has_ended(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        meter(by_hour)
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=NINE + timedelta(minutes=5))
        assert units_to_meter(world.LATER) == [by_hour.unit.pk]

        (made,) = meter(by_hour)

        assert (made.version, made.quantity) == (2, Decimal(0))
        assert units_to_meter(world.LATER) == []

    def test_ends_an_open_state_at_the_last_proof_of_life_when_the_lease_has_ended(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), *loads(4, 8, start=2), *states((20, "READY"), start=4))
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=NINE + timedelta(minutes=6))

        (made,) = meter(by_hour)

        assert [(window.quantity, window.flags) for window in made.windows.all()] == [
            (Decimal(240), Flag.AT_LAST_LIFE)
        ]

    def test_looks_again_when_the_agreed_end_has_passed_without_a_word(self, by_hour):
        last = by_hour.lease.ends_at - timedelta(minutes=30)
        by_hour.say(*states((0, "ACTIVE"), day=last), *loads(10, start=2, day=last))
        early, late = last + timedelta(minutes=20), by_hour.lease.ends_at + timedelta(minutes=1)
        assert meter(by_hour, at=early) == []
        assert units_to_meter(early) == []
        assert units_to_meter(late) == [by_hour.unit.pk]

        (made,) = meter(by_hour, at=late)

        assert (made.version, made.quantity) == (1, Decimal(600))
        assert units_to_meter(late) == []

    def test_leaves_what_another_run_has_seen_meanwhile(self, by_hour, monkeypatch):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        read = access.read_for_metering

        def overtaken(**asked):
            monkeypatch.undo()
            found = read(**asked)
            by_hour.say(*states((20, "ACTIVE"), (25, "READY"), start=3))
            assert [made.quantity for made in meter(by_hour)] == [Decimal(900)]
            return found

        monkeypatch.setattr(access, "read_for_metering", overtaken)

        assert meter(by_hour) == []
        assert (WindowSet.objects.count(), Watermark.objects.get().arrival) == (1, 2)

    def test_does_nothing_before_the_handover(self, by_hour):
        by_hour.lease.units.update(active_from=None)

        assert meter(by_hour) == []

    def test_does_nothing_without_deliveries(self, by_hour):
        assert meter(by_hour) == []
        assert (AccessEvent.objects.count(), Watermark.objects.count()) == (0, 0)

    def test_passes_over_a_device_without_the_channels(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")))
        Channel.objects.filter(key="execution").update(key="other")

        assert meter(by_hour) == []
        assert (AccessEvent.objects.count(), Watermark.objects.get().arrival) == (0, 1)

    def test_ends_a_state_in_silence(self, by_hour):
        Device.objects.update(silence_limit_seconds=60)
        by_hour.say(*states((0, "READY"), (1, "ACTIVE"), (30, "READY")))

        assert [made.quantity for made in meter(by_hour)] == []

    def test_refuses_a_rule_that_is_not_counted_and_changes_nothing(self, by_hour, monkeypatch):
        def refuse(rule, *, silence, changes):
            raise RuleNotCounted(meter=rule.meter, field="states")

        monkeypatch.setattr(stretches, "fold_terms", refuse)
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))

        with pytest.raises(RuleNotCounted):
            meter(by_hour)

        assert (WindowSet.objects.count(), Watermark.objects.count()) == (0, 0)

    def test_refuses_a_stranger_and_changes_nothing(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))

        with pytest.raises(MissingRight):
            meter(by_hour, by=factory.member(factory.organization()))

        assert WindowSet.objects.count() == 0


@pytest.mark.django_db(transaction=True)
class TestRefusedReads:
    def test_are_logged_though_nothing_is_metered(self):
        scene = world.build("mazak01")
        Channel.objects.filter(key="execution").update(retention=Channel.Retention.ORDINARY)
        scene.say(*states((0, "ACTIVE"), (10, "READY")))

        with pytest.raises(access.MeteringNotAllowed):
            meter(scene)

        assert (WindowSet.objects.count(), Watermark.objects.count()) == (0, 0)
        assert AccessEvent.objects.get().outcome == "DENY"


class TestWindows:
    def test_are_never_changed_or_deleted(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        meter(by_hour)

        for change in (
            lambda: WindowSet.objects.update(quantity=1),
            lambda: UsageWindow.objects.update(quantity=1),
            lambda: UsageWindow.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
