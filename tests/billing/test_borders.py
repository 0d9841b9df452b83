"""Growth over the end of a lease: held on both sides of the border, and billed once at most."""

from datetime import timedelta

import pytest

from billing.actions import metering, reviews
from billing.models import ReviewItem, WindowSet
from billing.rules.reviews import Verdict
from leasing.actions import leases
from leasing.models import LeaseUnit
from tests import once
from tests.billing import world
from tests.billing.bundles import papers

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
MINUTE = timedelta(minutes=1)
DUE = world.midnight("2026-11-02")
BILL, DROP = Verdict.BILL, Verdict.DROP


def say(scene, *counts):
    scene.say(*((n, NINE + at * MINUTE, "ppartcount", count) for n, (at, count) in enumerate(counts)))


def meter(scene, unit=None, at=DUE):
    return metering.meter_unit(unit=unit or scene.unit, at=at, by=scene.clock)


def agree(scene, item, verdict=BILL):
    for within, by in ((scene.lessor, scene.owner), (scene.lessee, scene.buyer)):
        about = {"verdict": verdict, "reason": "seen", "at": NINE}
        reviews.decide(item=ReviewItem.objects.get(pk=item.pk), within=within, by=by, **about)


def sums(unit):
    found = WindowSet.objects.filter(unit=unit).newest()
    return [(one.quantity, one.held) for one in found.order_by("local_day")]


@once.fixture
def ended(by_part):
    """Return a lease that ended at ten; its counter read 10 at half past nine, and 14 at half past ten."""
    say(by_part, (0, 6), (30, 10), (90, 14), (100, 15))
    leases.end(lease=by_part.lease, by=by_part.owner, at=NINE + 60 * MINUTE)
    by_part.unit.refresh_from_db()
    by_part.lease.refresh_from_db()
    return by_part


@once.fixture
def following(ended):
    """Return a unit of the same machine that began when the first one ended."""
    unit = LeaseUnit.objects.get(pk=ended.unit.pk)
    claim = unit.claim
    claim.pk, claim.public_id, claim.active = None, "clm_next", False
    claim.save()
    unit.pk, unit.public_id, unit.claim = None, "lun_next", claim
    unit.active_from, unit.active_to = NINE + 60 * MINUTE, NINE + 600 * MINUTE
    unit.save()
    return unit


class TestEnd:
    def test_is_held_once_a_number_behind_it_is_known(self, ended):
        meter(ended)

        assert sums(ended.unit) == [(4, 4)]
        item = ReviewItem.objects.get()
        assert (item.reason, item.quantity, item.outcome) == ("EDGE", 4, "WAITING")
        assert meter(ended) == []

    def test_is_not_held_where_there_is_a_reading_at_the_edge(self, by_part):
        say(by_part, (0, 6), (59.5, 10), (90, 14))
        leases.end(lease=by_part.lease, by=by_part.owner, at=NINE + 60 * MINUTE)
        meter(by_part)

        assert ReviewItem.objects.count() == 0

    def test_is_held_when_the_next_number_comes_later(self, by_part):
        say(by_part, (0, 6), (30, 10))
        leases.end(lease=by_part.lease, by=by_part.owner, at=NINE + 60 * MINUTE)
        meter(by_part)
        assert sums(by_part.unit) == [(4, 0)]
        by_part.say((9, NINE + 90 * MINUTE, "ppartcount", 13))
        meter(by_part)
        assert sums(by_part.unit) == [(4, 3)]
        by_part.say((10, NINE + 99 * MINUTE, "ppartcount", 20))
        meter(by_part)

        assert sums(by_part.unit) == [(4, 3)]
        by_part.say((5, NINE + 80 * MINUTE, "ppartcount", 12))
        meter(by_part)
        assert sums(by_part.unit) == [(4, 2)]

    def test_is_billed_when_both_agree_and_the_bundle_counts_it_again(self, ended, tmp_path):
        meter(ended)
        agree(ended, ReviewItem.objects.get())
        papers.bill(ended, DUE)
        (tmp_path / "bundle.zip").write_bytes(papers.packed(papers.rent(ended), ended))

        code, said = papers.verify(tmp_path / "bundle.zip")

        assert sums(ended.unit) == [(8, 0)]
        assert code == 0, said


class TestBorder:
    def test_is_an_item_on_both_sides(self, ended, following):
        meter(ended)
        meter(ended, following)

        assert sums(ended.unit) == [(4, 4)]
        assert sums(following) == [(1, 4)]
        assert list(ReviewItem.objects.values_list("reason", "quantity")) == [("EDGE", 4)] * 2

    @pytest.mark.parametrize("first", [True, False])
    def test_counts_on_one_side_alone(self, ended, following, first):
        meter(ended)
        meter(ended, following)
        mine, other = (ended.unit, following) if first else (following, ended.unit)

        agree(ended, ReviewItem.objects.get(unit=mine))

        assert ReviewItem.objects.get(unit=mine).outcome == "BILLED"
        dropped = ReviewItem.objects.get(unit=other)
        assert (dropped.outcome, dropped.by_rule) == ("DROPPED", True)
        assert sums(mine)[0][0] - sums(other)[0][0] == (4 + 4) - 1 if first else (1 + 4) - 4
        with pytest.raises(reviews.ReviewClosed):
            agree(ended, dropped)

    def test_is_dropped_at_once_where_it_counts_on_the_other_side(self, ended, following):
        meter(ended, following)
        agree(ended, ReviewItem.objects.get())

        meter(ended)

        item = ReviewItem.objects.get(unit=ended.unit)
        assert (item.outcome, item.by_rule) == ("DROPPED", True)
        assert sums(ended.unit) == [(4, 0)]

    def test_stays_open_on_the_other_side_where_it_does_not_count(self, ended, following):
        meter(ended)
        meter(ended, following)

        agree(ended, ReviewItem.objects.get(unit=following), DROP)

        assert ReviewItem.objects.get(unit=ended.unit).outcome == "WAITING"

    def test_is_dropped_where_two_were_agreed_at_once(self, ended, following):
        meter(ended)
        meter(ended, following)
        agree(ended, ReviewItem.objects.get(unit=following))
        ReviewItem.objects.get(unit=ended.unit).move("WAITING", None)  # as if it had opened meanwhile

        agree(ended, ReviewItem.objects.get(unit=ended.unit))

        assert ReviewItem.objects.get(unit=ended.unit).outcome == "DROPPED"
        assert (sums(ended.unit), sums(following)) == ([(4, 0)], [(5, 0)])
