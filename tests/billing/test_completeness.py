"""A day says whether it is complete, may still change, or has gaps; on the page and over REST."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.actions import metering
from billing.queries import known_use
from billing.rules.completeness import GapSpan, State, joined, placed, state_of
from devices.models import Device
from devices.rules.life import Life
from devices.rules.readings import instant
from leasing.actions import leases
from tests.billing import world

NINE = world.midnight("2026-10-20") + timedelta(hours=9)
MINUTE = timedelta(minutes=1)


def said(*spoken, start=1):
    return [
        (number, NINE + minute * MINUTE, channel, value)
        for number, (minute, channel, value) in enumerate(spoken, start=start)
    ]


def states(*spoken, start=1):
    return said(*((minute, "execution", state) for minute, state in spoken), start=start)


def meter(scene, at=world.LATER):
    return metering.meter_unit(unit=scene.unit, at=at, by=scene.clock)


def known(scene):
    (found,) = known_use(scene.lease).values()
    return found


@pytest.fixture
def usage(keyed, monkeypatch):
    def asked(scene, at):
        monkeypatch.setattr(timezone, "now", lambda: at)
        return keyed(scene.buyer, scene.lessee).get(f"/api/v1/leases/{scene.lease.public_id}/usage/").json()

    return asked


class TestState:
    def test_is_provisional_until_the_time_for_late_readings_is_over(self):
        gap = GapSpan(3, 5, False)

        assert state_of([gap], is_settled=False) is State.PROVISIONAL
        assert state_of([gap], is_settled=True) is State.INCOMPLETE
        assert state_of([], is_settled=True) is State.COMPLETE

    def test_gaps_are_half_open_and_may_last(self):
        closed, lasting = GapSpan(3, 5, False), GapSpan(3, None, True)

        assert [closed.touches(0, 3), closed.touches(4, 9), closed.touches(5, 9)] == [False, True, False]
        assert lasting.touches(10**18, 10**18 + 1)
        assert joined([lasting, closed, lasting]) == (closed, lasting)


class TestWatermark:
    def test_stands_at_the_last_reading_where_nothing_is_open(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")), (3, NINE + 12 * MINUTE, "Cload", 7))
        meter(by_hour)

        assert (known(by_hour).heard, known(by_hour).watermark) == (instant(NINE + 12 * MINUTE),) * 2

    def test_stands_at_the_beginning_of_a_billable_state_that_lasts(self, by_hour):
        by_hour.say(*states((0, "READY"), (10, "ACTIVE")), (3, NINE + 40 * MINUTE, "Cload", 7))
        meter(by_hour)

        assert known(by_hour).watermark == instant(NINE + 10 * MINUTE)

    def test_does_not_wait_for_a_state_that_is_not_billed(self, by_part):
        by_part.say(*said((0, "execution", "ACTIVE"), (5, "ppartcount", 3)))
        meter(by_part)

        assert known(by_part).watermark == instant(NINE + 5 * MINUTE)


class TestGaps:
    def test_run_from_the_last_proof_of_life_to_the_next_state(self, by_hour):
        by_hour.say(
            *states((0, "ACTIVE")),
            (2, NINE + 4 * MINUTE, "Cload", 7),
            *states((9, None), (30, "READY"), start=3),
        )
        meter(by_hour)

        assert known(by_hour).gaps == (
            GapSpan(instant(NINE + 4 * MINUTE), instant(NINE + 30 * MINUTE), False),
        )

    def test_last_until_a_state_is_known(self, by_hour):
        by_hour.say(*states((0, "ACTIVE"), (9, None)))
        meter(by_hour)

        assert known(by_hour).gaps == (GapSpan(instant(NINE), None, False),)

    def test_are_silences_too(self, by_hour):
        Device.objects.update(silence_limit_seconds=60)
        by_hour.say(*states((0, "READY"), (30, "READY")))
        meter(by_hour)

        assert known(by_hour).gaps == (GapSpan(instant(NINE), instant(NINE + 30 * MINUTE), True),)

    def test_go_when_late_readings_fill_them(self, by_hour):
        by_hour.say(*states((0, "ACTIVE")), *states((9, None), (30, "READY"), start=5))
        meter(by_hour)
        by_hour.say(*states((8, "STOPPED"), start=4))
        meter(by_hour)

        assert known(by_hour).gaps == (
            GapSpan(instant(NINE), instant(NINE + 8 * MINUTE), False, 2),
            GapSpan(instant(NINE + 8 * MINUTE), instant(NINE + 30 * MINUTE), False),
        )


class TestMissingNumbers:
    def test_lie_between_their_neighbours_and_go_when_they_come(self, by_hour):
        by_hour.say(*said((0, "execution", "READY"), (5, "Cload", 7)))
        by_hour.say(*said((24 * 60, "Cload", 3), start=6))
        meter(by_hour)

        assert known(by_hour).gaps == (
            GapSpan(instant(NINE + 5 * MINUTE), instant(NINE + 24 * 60 * MINUTE), False, 3),
        )
        by_hour.say(*said((9, "Cload", 3), start=4))
        meter(by_hour)
        assert [gap.missing for gap in known(by_hour).gaps] == [1, 1]
        by_hour.say(*said((8, "Cload", 3), start=3))
        by_hour.say(*said((10, "Cload", 3), start=5))
        meter(by_hour)
        assert known(by_hour).gaps == ()

    def test_make_each_of_their_days_incomplete(self, by_hour, usage):
        by_hour.say(*states((0, "ACTIVE"), (10, "READY")))
        by_hour.say(*states((24 * 60, "ACTIVE"), (24 * 60 + 9, "READY"), start=8))
        by_hour.say(*states((48 * 60, "ACTIVE"), (48 * 60 + 9, "READY"), start=10))
        meter(by_hour)

        found = usage(by_hour, world.LATER)["data"]

        assert {one["day"]: one["state"] for one in found} == {
            "2026-10-20": "incomplete",
            "2026-10-21": "incomplete",
            "2026-10-22": "complete",
        }

    def test_begin_and_end_with_the_lease(self, by_hour):
        start, end = by_hour.unit.active_from, NINE + 60 * MINUTE
        by_hour.say((1, start - MINUTE, "Cload", 7), (5, start + 3 * MINUTE, "Cload", 8))
        by_hour.say((6, NINE, "Cload", 7), (9, end + MINUTE, "Cload", 8))
        leases.end(lease=by_hour.lease, by=by_hour.owner, at=end)
        meter(by_hour)

        assert known(by_hour).gaps == (
            GapSpan(instant(start), instant(start + 3 * MINUTE), False, 3),
            GapSpan(instant(NINE), None, False, 2),
        )

    def test_elsewhere_are_no_matter(self, by_hour):
        before = by_hour.unit.active_from - 24 * 60 * MINUTE
        by_hour.say((1, before, "Cload", 7), (5, before + MINUTE, "Cload", 8))
        by_hour.say((6, NINE, "Cload", 7))
        meter(by_hour)

        assert known(by_hour).gaps == ()

    def test_between_two_equal_times_are_an_instant(self):
        before, after = Life(1, 50, True), Life(5, 50, True)

        assert placed([(2, 5)], before, [after], start=0) == ([GapSpan(50, 51, False, 3)], [])
        assert placed([(2, 5)], None, [], start=0) == ([], [])


class TestUsageOverRest:
    def test_is_provisional_then_incomplete_with_its_gaps(self, by_hour, usage):
        by_hour.say(*states((0, "ACTIVE"), (10, None), (20, "READY"), (50, "ACTIVE"), (55, "READY")))
        by_hour.say((9, NINE + 10 * MINUTE, "Cload", 7))
        meter(by_hour)

        (early,) = usage(by_hour, NINE + 60 * MINUTE)["data"]
        found = usage(by_hour, world.LATER)
        (late,) = found["data"]

        assert (early["state"], early["provisional"]) == ("provisional", True)
        assert (late["state"], late["provisional"]) == ("incomplete", False)
        assert late["gaps"] == [
            {"start": "2026-10-20T01:00:00Z", "end": "2026-10-20T01:20:00Z", "silent": False, "missing": 0},
            {"start": "2026-10-20T01:10:00Z", "end": "2026-10-20T01:55:00Z", "silent": False, "missing": 3},
        ]
        assert [window["state"] for window in late["windows"]] == ["incomplete"]
        assert [one["watermark"] for one in found["known"]] == ["2026-10-20T01:55:00Z"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "incomplete|1 gap|since"), ("zh-hans", "不完整|1 处空档|自")]
)
def test_the_page_says_it_in_words(by_hour, monkeypatch, language, words):
    by_hour.say(*states((0, "ACTIVE"), (10, "READY"), (20, None)))
    meter(by_hour)
    monkeypatch.setattr(timezone, "now", lambda: world.LATER)
    client = Client()
    client.force_login(by_hour.buyer)
    client.cookies["django_language"] = language

    shown = client.get(reverse("usage", args=[by_hour.lease.public_id])).content.decode()

    assert [word for word in words.split("|") if word not in shown] == []
