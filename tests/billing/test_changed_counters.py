"""A recorded change of a counter is metered, also when it is recorded late, and the bundle proves it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.actions import metering
from billing.models import ReviewItem, UsageWindow, WindowSet
from billing.queries import units_to_meter
from devices.actions import meters
from devices.actions.meters import Change
from devices.rules.increments import Flag
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
START = world.midnight("2026-10-15")
DUE = world.midnight("2026-11-02")
MINUTE = timedelta(minutes=1)


def meter(scene, at=DUE):
    return metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def record(scene, at=NINE, recorded=None, corrects=None, final="105", first="0"):
    change = Change("ppartcount", at, Decimal(final), Decimal(first), "COUNTER_REPLACED")
    recorded = recorded or at + timedelta(hours=1)
    return meters.record(device=scene.device, change=change, by=scene.owner, at=recorded, corrects=corrects)


@once.fixture
def changed(by_part):
    """Return a lease whose counter stood at 100 and read 2 and 7 after it was changed."""
    counts = [(-60, 100), (5, 2), (60, 7)]
    by_part.say(*((n, NINE + at * MINUTE, "ppartcount", count) for n, (at, count) in enumerate(counts)))
    return by_part


def newest(scene):
    return WindowSet.objects.filter(unit=scene.unit).newest().get()


def test_both_sides_of_a_change_are_billed(changed):
    record(changed)

    (made,) = meter(changed)

    assert (made.quantity, made.held, ReviewItem.objects.count()) == (12, 0, 0)
    flags = UsageWindow.objects.order_by("starts_at").values_list("flags", flat=True)
    assert list(flags) == [Flag.CHANGED, Flag.NONE]


def test_a_late_record_makes_a_new_version_of_its_day_alone(changed):
    changed.say((9, NINE + timedelta(days=1), "ppartcount", 9))
    assert [one.quantity for one in meter(changed, at=DUE)] == [5, 2]
    assert units_to_meter(DUE) == []
    late = DUE + timedelta(days=1)
    first = record(changed, recorded=late)
    assert units_to_meter(late) == [changed.unit.pk]

    (made,) = meter(changed, at=late)

    assert (made.version, made.quantity) == (2, 12)
    assert units_to_meter(late + timedelta(hours=2)) == []
    record(changed, final="103", corrects=first, recorded=late + timedelta(days=1))
    (made,) = meter(changed, at=late + timedelta(days=1))
    assert (made.version, made.quantity) == (3, 10)


def test_a_record_that_nothing_bears_out_opens_a_review(by_part):
    by_part.say((1, NINE - MINUTE, "ppartcount", 100), (2, NINE + 60 * MINUTE, "ppartcount", 104))
    record(by_part)

    (made,) = meter(by_part)

    assert (made.quantity, made.held) == (4, 105)
    assert ReviewItem.objects.get().reason == "CHANGED"


def test_growth_over_the_edge_leaves_out_the_step(by_part):
    by_part.say((1, START - 60 * MINUTE, "ppartcount", 100), (2, START + 60 * MINUTE, "ppartcount", 3))
    record(by_part, at=START - 30 * MINUTE)
    by_part.say((3, START + 61 * MINUTE, "ppartcount", 4))

    (made,) = meter(by_part)

    assert (made.quantity, made.held) == (1, 5 + 3)


def test_growth_behind_a_change_in_the_lease_is_no_matter_of_the_edge(by_part):
    by_part.say((1, START - 60 * MINUTE, "ppartcount", 100), (2, START + 60 * MINUTE, "ppartcount", 3))
    record(by_part, at=START + 30 * MINUTE)

    (made,) = meter(by_part)

    assert (made.quantity, made.held) == (3, 5)


@pytest.mark.parametrize("first", [(1, NINE - 60 * MINUTE), (1, START - MINUTE)])
def test_the_bundle_counts_it_again(changed, first, tmp_path):
    changed.say((*first, "ppartcount", 90), epoch="before")
    record(changed)
    papers.bill(changed, DUE)
    packed = papers.packed(papers.rent(changed), changed)
    (tmp_path / "bundle.zip").write_bytes(packed)

    code, said = papers.verify(tmp_path / "bundle.zip")

    assert code == 0, said
    found = Papers(packed)

    def forged(document):
        document["units"][0]["devices"][0]["meter_changes"][0]["final"] = "205"

    found.change("handovers.json", forged)
    assert found.recheck()
