"""Metering goes on from checkpoints and comes to what one pass comes to, however readings arrive."""

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.actions import metering
from billing.models import Checkpoint, UsageWindow, Watermark, WindowSet
from billing.queries import units_to_meter
from billing.rules import metering as rules
from devices.actions import devices
from devices.models import Binding, Device
from devices.rules import blocks
from leasing.actions import leases
from marketplace.shared.period import Period
from tests import once
from tests.billing import world
from tests.rounds import tries

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
HOUR = timedelta(hours=1)
STEPS = [timedelta(0), timedelta(seconds=7), timedelta(minutes=4), 3 * HOUR, 11 * HOUR, -2 * HOUR]
COUNTED = [
    {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]},
    {"version": 1, "meter": "cycles", "channel": "execution", "states": ["ACTIVE"]},
    {
        "version": 1,
        "meter": "parts",
        "channel": "execution",
        "counter": "PartCountAct",
        "shortest_cycle_seconds": 60,
    },
    {
        "version": 1,
        "meter": "good_parts",
        "channel": "execution",
        "counter": "PartCountAct",
        "restart": {"channel": "order"},
        "bad": {"channel": "bad"},
        "reclassify_days": 1,
    },
    {
        "version": 1,
        "meter": "power",
        "channel": "execution",
        "gauge": "kw",
        "excluded_modes": ["INTERRUPTED"],
    },
    {"version": 1, "meter": "batches", "channel": "order", "partial": "COUNT"},
]
MORE = {"bad": "COUNTER", "kw": "GAUGE", "order": "STATE"}
VALUES = {
    "execution": st.sampled_from(["ACTIVE", "READY", "INTERRUPTED", None]),
    "PartCountAct": st.one_of(st.none(), st.integers(0, 9)),
    "Cload": st.one_of(st.none(), st.integers(0, 3)),
    "bad": st.integers(0, 4),
    "kw": st.one_of(st.none(), st.integers(-1, 3)),
    "order": st.sampled_from(["A", "B", "", None]),
}


def meter(scene, at=world.LATER):
    return metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


@contextlib.contextmanager
def undone():
    """Leave nothing of what happens inside; a savepoint, since the door insists on its own transaction."""
    savepoint = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


def windows(scene):
    """Return every window of the newest versions, with all that proves it."""
    columns = ("starts_at", "ends_at", "quantity", "held", "reason", "flags", "first_order", "last_order")
    proofs = ("arrival_lo", "arrival_hi")
    found = UsageWindow.objects.filter(set__in=WindowSet.objects.filter(unit=scene.unit).newest())
    return list(
        found.order_by("set__meter", "starts_at", "held", "reason").values_list(
            "set__meter", *columns, *proofs
        )
    )


def in_one_pass(scene, at=world.LATER):
    """Meter once more from nothing, as if nobody had metered before; checkpoints and all."""
    kept = list(Checkpoint.objects.order_by("local_day").values())
    with undone():
        Checkpoint.objects.all().delete()
        Watermark.objects.all().delete()
        meter(scene, at)
        return (windows(scene), list(Checkpoint.objects.order_by("local_day").values())), kept


@st.composite
def spoken(draw):
    """Draw what a device says over several days; its clock may go back, its epoch may change."""
    said, at, epoch, sequence = [], NINE, 0, 0
    for _ in range(draw(st.integers(1, 40))):
        at += draw(st.sampled_from(STEPS))
        if draw(st.integers(0, 11)) == 0:
            epoch, sequence = epoch + 1, 0
        sequence += draw(st.sampled_from([1, 1, 1, 2]))
        channel = draw(st.sampled_from(sorted(VALUES)))
        said.append((f"e{epoch}", sequence, at, channel, draw(VALUES[channel])))
    return said


@st.composite
def arriving(draw):
    """Draw deliveries of it, cut, repeated and shuffled, and after which of them somebody meters."""
    said = draw(spoken())
    owners = draw(st.lists(st.integers(0, 6), min_size=len(said), max_size=len(said)))
    parts: dict[tuple[int, str], list] = {}
    for one, owner in zip(said, owners, strict=True):
        parts.setdefault((owner, one[0]), []).append(one[1:])
    sent = [(epoch, part) for (_, epoch), part in parts.items()]
    sent = draw(st.permutations(sent + sent[:2]))
    return [(*one, draw(st.booleans())) for one in sent]


@once.fixture
def scene():
    found = world.build("mazak01", count_rules=COUNTED)
    about = {"category": "machine_condition", "retention": "EVIDENCE"}
    channels = [{"key": key, "name": key, "kind": kind} | about for key, kind in MORE.items()]
    devices.add_channels(device=found.device, channels=channels, by=found.owner, at=NINE)
    return found


@given(arriving(), st.sampled_from([None, 3600]))
@settings(max_examples=tries(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_metering_now_and_then_comes_to_what_one_pass_comes_to(scene, deliveries, silence):
    with undone():
        Device.objects.update(silence_limit_seconds=silence)
        for epoch, readings, is_metered in deliveries:
            scene.say(*readings, epoch=epoch)
            if is_metered:
                meter(scene)
        meter(scene)

        (expected, checkpoints), kept = in_one_pass(scene)

        assert windows(scene) == expected
        assert kept == checkpoints


def states(*spoken, start=1, day=NINE):
    return [
        (number, day + timedelta(minutes=minute), "execution", state)
        for number, (minute, state) in enumerate(spoken, start=start)
    ]


def a_day(scene, number):
    """Let a day begin with a run of ten minutes."""
    scene.say(*states((0, "ACTIVE"), (10, "READY"), start=10 * number, day=NINE + number * 24 * HOUR))


@pytest.fixture
def read(monkeypatch):
    """Note the blocks whose readings are decoded."""
    decoded, decode = [], blocks.decode
    monkeypatch.setattr(
        blocks, "decode", lambda *given, **named: decoded.append(1) or decode(*given, **named)
    )
    return decoded


class TestNewData:
    def test_reads_no_block_of_the_past(self, by_hour, read):
        for number in range(8):
            a_day(by_hour, number)
        meter(by_hour)
        a_day(by_hour, 8)
        read.clear()

        (made,) = meter(by_hour)

        assert (made.quantity, made.version, len(read)) == (600, 1, 1)

    def test_touches_the_day_before_only_where_a_state_lasts_over_midnight(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), day=NINE + 14 * HOUR))
        assert meter(by_hour) == []
        by_hour.say(*states((120, "READY"), start=2, day=NINE + 14 * HOUR))

        assert [(made.local_day.day, made.quantity) for made in meter(by_hour)] == [(20, 3600), (21, 3600)]
        assert [row.local_day.day for row in Checkpoint.objects.order_by("local_day")] == [20, 21]

    def test_ends_nothing_twice_when_more_comes_after_the_end(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), (2, NINE + HOUR, "Cload", 7))
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=NINE + 9 * HOUR)
        assert [made.quantity for made in meter(by_hour)] == [3600]
        by_hour.say((3, NINE + 2 * HOUR, "Cload", 7))
        assert [made.quantity for made in meter(by_hour)] == [7200]
        by_hour.say(*states((30 * 60, "READY"), start=4))

        assert meter(by_hour) == []

    def test_takes_back_what_ended_when_the_state_ends_by_itself(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), (2, NINE + HOUR, "Cload", 7))
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=NINE + 40 * HOUR)
        meter(by_hour)
        by_hour.say(*states((26 * 60, "READY"), start=3))

        assert [(made.local_day.day, made.quantity) for made in meter(by_hour)] == [
            (20, 15 * 3600),
            (21, 11 * 3600),
        ]


class TestLateData:
    def test_reads_only_the_stretch_it_belongs_to(self, by_hour, read):
        for number in range(8):
            a_day(by_hour, number)
        meter(by_hour)
        by_hour.say(*states((5, "ACTIVE"), (6, "READY"), start=32, day=NINE + 3 * 24 * HOUR + HOUR))
        read.clear()

        (made,) = meter(by_hour)

        assert (made.local_day.day, made.quantity, made.version) == (23, 660, 2)
        assert len(read) == 3  # its own stretch, and the next, at whose end all is as before

    def test_reads_on_where_it_changes_what_follows(self, by_part):
        for number, count in enumerate([5, 6, 4, 9]):
            by_part.say((10 * number + 1, NINE + number * 24 * HOUR, "ppartcount", count))
        meter(by_part)
        by_part.say((12, NINE + 25 * HOUR, "ppartcount", 2))

        made = meter(by_part)

        assert [(one.local_day.day, one.quantity) for one in made] == [(22, 2), (23, 5)]

    def test_before_everything_begins_from_nothing(self, by_part):
        by_part.say((11, NINE, "ppartcount", 5), (12, NINE + HOUR, "ppartcount", 7))
        meter(by_part)
        by_part.say((1, NINE - HOUR, "ppartcount", 1))

        assert [made.quantity for made in meter(by_part)] == [6]

    def test_together_with_new_data_leaves_what_lies_between(self, by_hour, read):
        for number in range(8):
            a_day(by_hour, number)
        meter(by_hour)
        by_hour.say(*states((5, "ACTIVE"), (6, "READY"), start=32, day=NINE + 3 * 24 * HOUR + HOUR))
        a_day(by_hour, 8)
        read.clear()

        assert [made.local_day.day for made in meter(by_hour)] == [23, 28]
        assert len(read) == 4

    def test_is_less_missing_wherever_that_was_noted(self, scene):
        evening, morning = NINE + 11 * HOUR, NINE + 22 * HOUR
        scene.say((1, NINE, "bad", 0), (5, evening, "Cload", None), epoch="e4")
        scene.say((1, morning, "PartCountAct", 0), epoch="e5")
        meter(scene)
        noted = [gap[3] for row in Checkpoint.objects.order_by("local_day") for gap in row.gaps]

        scene.say((2, NINE, "Cload", None), epoch="e4")
        meter(scene)

        assert noted == [3]
        assert [gap[3] for row in Checkpoint.objects.order_by("local_day") for gap in row.gaps] == [2]

    def test_of_an_old_epoch_is_put_where_it_belongs(self, by_part):
        by_part.say((1, NINE, "ppartcount", 5), epoch="first")
        by_part.say((1, NINE + 24 * HOUR, "ppartcount", 8), epoch="second")
        meter(by_part)
        by_part.say((2, NINE + HOUR, "ppartcount", 6), epoch="first")

        assert [(made.local_day.day, made.quantity) for made in meter(by_part)] == [(20, 1), (21, 2)]


class TestWhatDecides:
    def test_a_new_version_of_the_rules_counts_everything_again(self, by_hour, monkeypatch):
        a_day(by_hour, 0)
        a_day(by_hour, 1)
        meter(by_hour)
        monkeypatch.setattr(rules, "VERSION", rules.VERSION + 1)

        assert [(made.version, made.rule_version) for made in meter(by_hour)] == [(2, rules.VERSION)] * 2
        assert meter(by_hour) == []

    def test_a_device_that_is_unbound_ends_what_it_measured(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), (2, NINE + 2 * HOUR, "Cload", 7))
        assert meter(by_hour, at=NINE + 2 * HOUR) == []
        Binding.objects.update(period=(world.COMMISSIONED, NINE + 3 * HOUR))
        assert units_to_meter(NINE + 2 * HOUR) == []
        assert units_to_meter(NINE + 4 * HOUR) == [by_hour.unit.pk]

        assert [made.quantity for made in meter(by_hour, at=NINE + 4 * HOUR)] == [7200]
        assert units_to_meter(NINE + 5 * HOUR) == []
        assert Checkpoint.objects.get().binding == Binding.objects.get()

    def test_a_device_that_is_taken_away_takes_its_use_along(self, by_hour):
        a_day(by_hour, 0)
        meter(by_hour)
        early = Binding.objects.create(
            device=by_hour.device,
            equipment=by_hour.unit.equipment,
            period=(world.COMMISSIONED - HOUR, world.COMMISSIONED),
        )
        Binding.objects.exclude(pk=early.pk).update(period=(NINE + 24 * HOUR, None))

        assert [(made.version, made.quantity) for made in meter(by_hour)] == [(2, 0)]
        assert Checkpoint.objects.count() == 0

    def test_each_binding_has_checkpoints_of_its_own(self, by_part):
        Binding.objects.update(period=(world.COMMISSIONED, NINE + HOUR))
        devices.bind(
            device=by_part.device,
            equipment=by_part.unit.equipment,
            period=Period(NINE + 2 * HOUR, None),
            by=by_part.owner,
            at=NINE,
        )
        counted = [(0, 1), (59, 4), (90, 50), (121, 60), (130, 62)]
        by_part.say(
            *(
                (n, NINE + timedelta(minutes=at), "ppartcount", c)
                for n, (at, c) in enumerate(counted, start=1)
            )
        )

        (made,) = meter(by_part)

        assert (made.quantity, Checkpoint.objects.count()) == (5, 2)


class TestWindows:
    def test_name_the_deliveries_that_prove_them(self, by_part):
        for number, count in enumerate([1, 3, 4], start=1):
            by_part.say((number, NINE + timedelta(minutes=number), "ppartcount", count))
        meter(by_part)

        window = UsageWindow.objects.get()

        assert (window.quantity, window.arrival_lo, window.arrival_hi) == (3, 1, 3)
