"""Deliveries that begin with what is known: quick, and with the outcome of the long way."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.utils import timezone

from devices import queries
from devices.actions import deliveries, devices, overlaps, speakers
from devices.actions.deliveries import Delivery
from devices.models import Block, Head, vocabulary_of
from devices.rules import bulk
from devices.rules.admission import Item
from devices.rules.pace import Pace
from devices.rules.readings import Reading, instant
from devices.rules.spoken import Spoken
from marketplace.actions.parties import robot
from tests import once
from tests.devices.machines import NOON, lathe, take

pytestmark = pytest.mark.django_db
AT = "2026-11-20T03:59:00Z"


def row(number, value=None):
    channel = ("parts", "execution", "load", "program")[number % 4]
    said = {"parts": number, "execution": "ACTIVE", "load": "0.5", "program": f"O{number}"}[channel]
    return (number, AT, channel, said if value is None else value)


def run(*numbers):
    return [row(number) for number in numbers]


def stored(device):
    return [one.sequence for one in queries.readings(device, channels=None)]


def told(device):
    """Return what is stored, and in which deliveries."""
    said = [(one.sequence, one.at, one.channel, one.value) for one in queries.readings(device, channels=None)]
    blocks = Block.objects.filter(device_id=device.pk).order_by("arrival")
    return said, list(blocks.values_list("arrival", "sequence_lo", "sequence_hi", "count"))


def counted(receipt):
    return (receipt.accepted, receipt.duplicates, len(receipt.conflicts), receipt.ack, receipt.arrival)


@once.fixture
def device():
    device = lathe()
    take(device, run(*range(1, 11)))
    take(device, run(*range(11, 21)))
    return device


def quickly():
    return patch.object(deliveries, "_look", side_effect=AssertionError("the long way was taken"))


class TestOverlap:
    def test_stores_what_is_new_behind_what_is_known(self, device):
        with quickly():
            receipt = take(device, run(*range(6, 31)))

        assert counted(receipt) == (10, 15, 0, 30, 3)
        assert stored(device) == list(range(1, 31))
        assert Block.objects.filter(device_id=device.pk).latest("arrival").sequence_lo == 21

    def test_knows_what_came_before_cut_otherwise_and_notes_that_it_came(self, device):
        later = NOON + timedelta(minutes=1)

        with quickly():
            receipt = take(device, run(*range(6, 16)), at=later)

        assert counted(receipt) == (0, 10, 0, 15, None)
        assert Head.objects.get(device=device).last_received_at == later
        assert stored(device) == list(range(1, 21))

    @pytest.mark.parametrize(
        ("items", "outcome"),
        [
            ([*run(19), row(20, 99), *run(21)], (1, 1, 1, 21, 3)),
            ([*run(18), (19, "2026-11-20T03:58:00Z", "program", "O19"), *run(20, 21)], (1, 2, 1, 21, 3)),
            ([*run(18), (19, AT, "parts", 19), *run(20, 21)], (1, 2, 1, 21, 3)),
            ([*run(20), (21, AT, "execution", "NEVER SAID")], (1, 1, 0, 21, 3)),
            ([*run(20, 21), (22, AT, "parts", None)], (2, 1, 0, 22, 3)),
        ],
    )
    def test_looks_closely_at_what_differs_or_is_new_in_kind(self, device, items, outcome):
        assert counted(take(device, items)) == outcome

    def test_looks_closely_where_a_gap_or_a_refusal_lies_in_what_is_known(self, device):
        take(device, run(25))
        take(device, [(26, AT, "speed", 1)])

        assert counted(take(device, run(*range(19, 28)))) == (6, 3, 0, 27, 4)
        assert stored(device) == [*range(1, 28)]

    def test_looks_closely_at_what_meets_very_many_deliveries(self, device):
        with patch.object(overlaps, "MOST_BLOCKS", 1):
            assert counted(take(device, run(*range(6, 31)))) == (10, 15, 0, 30, 3)

    def test_looks_closely_at_a_word_that_the_process_does_not_know_yet(self, device):
        old = replace(vocabulary_of(device.pk), codes={})

        found = overlaps.store(
            vocabulary=old, spoken=Spoken("e1", series_of(1, 2)), key=None, pace=None, at=NOON
        )

        assert found is None

    @pytest.mark.parametrize("numbers", [range(6, 31), range(6, 16)])
    def test_pays_for_all_of_it_or_stores_nothing(self, device, numbers):
        by, items = robot(name="tester"), [Item(*row(number)) for number in numbers]
        delivery = Delivery("e1", items)

        with quickly(), pytest.raises(deliveries.TooManyReadings):
            deliveries.take(device=device, delivery=delivery, by=by, at=NOON, pace=Pace(1, len(items) - 1))
        assert stored(device) == list(range(1, 21))
        with quickly():
            receipt = deliveries.take(
                device=device, delivery=delivery, by=by, at=NOON, pace=Pace(1, len(items))
            )

        assert receipt.paid_until == NOON + timedelta(seconds=len(items))

    @pytest.mark.parametrize("numbers", [range(6, 31), range(6, 16)])
    def test_opens_to_no_key_that_was_revoked_a_moment_ago(self, device, numbers):
        by = robot(name="tester")
        key, text = devices.issue_key(device=device, by=by, at=timezone.now())
        speaker = speakers.recognise(secret=text)
        devices.revoke_key(key=key, by=by, at=timezone.now())
        spoken = Spoken("e1", series_of(*numbers))
        known = vocabulary_of(device.pk)

        found = overlaps.store(vocabulary=known, spoken=spoken, key=speaker.key, pace=None, at=NOON)

        assert found.outcome.word == "key"
        assert stored(device) == list(range(1, 21))

    def test_does_nothing_by_an_old_dictionary(self, device):
        known = vocabulary_of(device.pk)
        spoken = Spoken("e1", series_of(*range(6, 16)))
        devices.add_channels(
            device=device,
            channels=[
                {
                    "key": "speed",
                    "name": "S",
                    "kind": "GAUGE",
                    "category": "machine_condition",
                    "retention": "ORDINARY",
                }
            ],
            by=robot(name="tester"),
            at=NOON,
        )

        found = overlaps.store(vocabulary=known, spoken=spoken, key=None, pace=None, at=NOON)

        assert found.outcome.word == "stale"


def series_of(*numbers):
    """The same readings as :func:`run`, as the door hands them over."""
    at = instant(NOON.replace(hour=3, minute=59))
    found = []
    for number in numbers:
        _, _, channel, value = row(number)
        place = 1 + ("execution", "parts", "load", "program").index(channel)
        found.append(Reading(number, at, place, Decimal(value) if channel == "load" else value))
    return bulk.grouped(sorted(found))


class TestAnyDay:
    @pytest.mark.parametrize("seed", range(6))
    def test_ends_as_it_does_in_the_long_way(self, seed):
        rng, quick, slow = random.Random(seed), lathe(), lathe()
        for _ in range(25):
            start = rng.randrange(1, 60)
            numbers = range(start, start + rng.randrange(1, 80))
            items = [row(n, "9" if rng.random() < 0.01 else None) for n in numbers if rng.random() < 0.999]

            mine = take(quick, items)
            with patch.object(overlaps, "store", return_value=None):
                theirs = take(slow, items)

            assert counted(mine) == counted(theirs)
            assert (mine.gaps, mine.refusals) == (theirs.gaps, theirs.refusals)
        assert told(quick) == told(slow)
