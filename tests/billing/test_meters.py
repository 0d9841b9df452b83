"""Every meter from the contract to the invoice, and the bundle counts it again."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.actions import metering
from billing.models import ReviewItem, UsageWindow, WindowSet
from devices.actions import devices
from devices.rules.increments import Flag
from leasing.actions import leases
from tests import once
from tests.billing import world
from tests.billing.bundles import papers

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KINDS = {
    "kw": "GAUGE",
    "m3h": "GAUGE",
    "litres": "COUNTER",
    "mm": "COUNTER",
    "bad": "COUNTER",
    "quality": "STATE",
    "mission": "STATE",
    "batch": "STATE",
    "bay": "STATE",
    "order": "STATE",
}
RULE = {"version": 1, "channel": "pexecution"}
PARTS = RULE | {"meter": "parts", "counter": "ppartcount"}
GOOD = PARTS | {"meter": "good_parts", "bad": {"channel": "bad"}, "reclassify_days": 2}
RULES = [
    PARTS | {"restart": {"channel": "order"}},
    GOOD | {"restart": {"channel": "order"}, "scrap_allowance": "0.1"},
    RULE | {"meter": "power", "gauge": "kw", "scale": "0.5"},
    RULE | {"meter": "load_time", "gauge": "kw", "above": "4"},
    RULE | {"meter": "flow", "gauge": "m3h"},
    RULE | {"meter": "volume", "counter": "litres", "scale": "0.001"},
    RULE | {"meter": "length", "counter": "mm", "scale": "0.001"},
    {"version": 1, "meter": "missions", "channel": "mission", "states": ["RUN"], "done": ["DONE"]},
    {"version": 1, "meter": "batches", "channel": "batch", "partial": "COUNT"},
    {
        "version": 1,
        "meter": "slots",
        "channel": "bay",
        "states": ["TAKEN"],
        "done": ["FREE"],
        "partial": "FREE",
    },
]
PRICES = {
    "parts": ("piece", "10"),
    "good_parts": ("piece", "20"),
    "power": ("kWh", "1"),
    "load_time": ("h", "8"),
    "flow": ("m3", "2"),
    "volume": ("m3", "3"),
    "length": ("m", "0.5"),
    "missions": ("mission", "5"),
    "batches": ("batch", "100"),
    "slots": ("slot", "50"),
}


def plan(*meters):
    components = [
        {
            "id": meter,
            "kind": "per_unit",
            "meter": meter,
            "unit": PRICES[meter][0],
            "price": PRICES[meter][1],
        }
        for meter in meters
    ]
    return {"version": 1, "currency": "CNY", "components": components, "minimum": None, "cap": None}


def say(scene, *said):
    """Deliver (hours after nine, channel, value), numbered as they stand."""
    scene.say(*((n, NINE + hours * HOUR, key, value) for n, (hours, key, value) in enumerate(said, start=1)))


def meter(scene, at=DUE):
    return metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def newest(scene, meter="good_parts"):
    found = WindowSet.objects.filter(unit=scene.unit, meter=meter).newest().order_by("local_day")
    return [(one.local_day.day, one.quantity, one.held, one.version) for one in found]


SAID = [
    (0, "order", "A"),
    (0, "ppartcount", 0),
    (0, "bad", 0),
    (0, "kw", 10),
    (0, "m3h", Decimal("0.6")),
    (0, "litres", 0),
    (0, "mm", 100),
    (0, "mission", "IDLE"),
    (0, "batch", "B1"),
    (0, "bay", "FREE"),
    (1, "mission", "RUN"),
    (1, "bay", "TAKEN"),
    (1, "ppartcount", 30),
    (2, "mission", "DONE"),
    (2, "bay", "BROKEN"),
    (2, "kw", 2),
    (2, "bay", "TAKEN"),
    (3, "bay", "FREE"),
    (3, "kw", -4),
    (3, "litres", 1500),
    (3, "order", "B"),
    (3, "ppartcount", 10),
    (3, "mm", 2600),
    (4, "batch", "B2"),
    (4, "bad", 5),
    (5, "m3h", 0),
    (5, "kw", 0),
]
COUNTED = {
    "parts": 40,
    "good_parts": 40 - (5 - 4),  # a tenth of the 40 may be bad
    "power": (10 * 2 + 2 - 4 * 2) * Decimal("0.5") * 3600,
    "load_time": 2 * 3600,
    "flow": Decimal("0.6") * 5 * 3600,
    "volume": Decimal("1.5"),
    "length": Decimal("2.5"),
    "missions": 1,
    "batches": 2,  # the second ended with the lease: part done, and counts
    "slots": 1,
}


@once.fixture
def busy():
    """Return a lease with a price for every meter, on whose one day all of them moved."""
    scene = world.build("okuma", count_rules=RULES, price_plan=plan(*PRICES))
    add_channels(scene)
    say(scene, *SAID)
    return scene


def add_channels(scene):
    about = {"category": "machine_condition", "retention": "EVIDENCE"}
    channels = [
        {"key": key, "name": key, "name_zh": key, "kind": kind} | about for key, kind in KINDS.items()
    ]
    devices.add_channels(device=scene.device, channels=channels, by=scene.owner, at=NINE - 9 * DAY)


def test_every_meter_is_counted_billed_and_counted_again(busy, tmp_path):
    invoice = papers.bill(busy, DUE)

    found = WindowSet.objects.filter(unit=busy.unit).newest()
    assert {one.meter: one.quantity for one in found} == COUNTED
    lines = {line.meter: line.net_minor for line in invoice.lines.all()}
    assert lines == {
        "parts": 400_00,
        "good_parts": 780_00,
        "power": 7_00,
        "load_time": 16_00,
        "flow": 6_00,
        "volume": 4_50,
        "length": 1_25,
        "missions": 5_00,
        "batches": 200_00,
        "slots": 50_00,
    }
    (tmp_path / "bundle.zip").write_bytes(papers.packed(invoice, busy))
    code, said = papers.verify(tmp_path / "bundle.zip")
    assert code == 0, said


def test_an_open_batch_waits_for_its_end(busy):
    made = {one.meter: one.quantity for one in meter(busy, at=NINE + DAY)}

    assert made == COUNTED | {"batches": 1}


class TestGoodParts:
    @pytest.fixture
    def good(self, db):
        """Return a lease by the good part; 10 on the first day, 4 on the second, 3 bad on the first."""
        scene = world.build("okuma", count_rules=[PARTS, GOOD], price_plan=plan("parts", "good_parts"))
        add_channels(scene)
        say(
            scene,
            (0, "ppartcount", 0),
            (0, "bad", 0),
            (1, "ppartcount", 10),
            (2, "bad", 3),
            (24, "ppartcount", 14),
        )
        meter(scene)
        return scene

    def test_are_all_less_the_bad_ones(self, good):
        assert newest(good) == [(20, 7, 0, 1), (21, 4, 0, 1)]
        assert newest(good, "parts") == [(20, 10, 0, 1), (21, 4, 0, 1)]
        assert ReviewItem.objects.count() == 0
        flags = UsageWindow.objects.filter(set__meter="good_parts", held=True).values_list("flags", flat=True)
        assert list(flags) == [Flag.HELD | Flag.BAD | Flag.DROPPED]

    def test_a_late_verdict_corrects_the_days_before(self, good):
        good.say((8, NINE + 25 * HOUR, "bad", 9))

        assert [(one.local_day.day, one.version) for one in meter(good)] == [(20, 2), (21, 2)]
        assert newest(good) == [(20, 5, 0, 2), (21, 0, 0, 2)]

    def test_a_verdict_behind_the_time_for_corrections_takes_nothing_back(self, good):
        good.say((8, NINE + 96 * HOUR, "bad", 9))

        assert meter(good) == []
        assert newest(good) == [(20, 7, 0, 1), (21, 4, 0, 1)]

    def test_verdicts_that_come_now_and_then_add_up(self, good):
        good.say((8, NINE + 25 * HOUR, "bad", 9), (9, NINE + 48 * HOUR, "ppartcount", 16))
        meter(good)
        good.say((10, NINE + 49 * HOUR, "bad", 12))
        meter(good)

        assert [one[:3] for one in newest(good)] == [(20, 4, 0), (21, 0, 0), (22, 0, 0)]

    def test_come_from_complete_cycles_less_what_is_called_bad(self, db):
        rule = {
            "version": 1,
            "meter": "good_parts",
            "channel": "pexecution",
            "states": ["ACTIVE"],
            "cycle": "COMPLETED",
            "per_cycle": 4,
            "bad": {"channel": "quality", "words": ["NOK"]},
        }
        scene = world.build("okuma", count_rules=[PARTS, rule], price_plan=plan("parts", "good_parts"))
        add_channels(scene)
        say(
            scene,
            (0, "quality", "OK"),
            (0, "pexecution", "ACTIVE"),
            (1, "pexecution", "PROGRAM_COMPLETED"),
            (1, "quality", "NOK"),
            (1, "quality", "NOK"),
            (2, "pexecution", "ACTIVE"),
            (3, "pexecution", "PROGRAM_COMPLETED"),
        )
        meter(scene)

        assert newest(scene) == [(20, 6, 0, 1)]


def test_what_ended_part_done_is_decided_by_both(db):
    rule = {"version": 1, "meter": "missions", "channel": "mission", "states": ["RUN"], "done": ["DONE"]}
    scene = world.build("okuma", count_rules=[PARTS, rule], price_plan=plan("parts", "missions"))
    add_channels(scene)
    say(scene, (0, "mission", "RUN"), (1, "mission", "FAILED"), (2, "mission", "RUN"))
    meter(scene, at=NINE + 3 * HOUR)
    leases.end(lease=scene.lease, by=scene.owner, at=NINE + 4 * HOUR)
    meter(scene)

    assert newest(scene, "missions") == [(20, 0, 2, 2)]
    assert ReviewItem.objects.get(outcome="WAITING").reason == "PARTIAL"


def test_a_day_on_which_more_was_fed_back_than_taken_counts_nothing(db):
    rule = RULE | {"meter": "power", "gauge": "kw"}
    scene = world.build("okuma", count_rules=[PARTS, rule], price_plan=plan("parts", "power"))
    add_channels(scene)
    say(scene, (0, "kw", 1), (1, "kw", -3), (2, "kw", 0), (24, "kw", 2), (25, "kw", -1), (26, "kw", 0))
    meter(scene)

    assert newest(scene, "power") == [(20, 0, 0, 1), (21, 3600, 0, 1)]
