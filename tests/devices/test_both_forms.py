"""Whoever reads deliveries gets the same answer before, while and after they are archived."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from devices import queries
from devices.models import Block
from tests.devices.archived import HOUR, THEN, everything, fold, forms, say, seal
from tests.devices.machines import lathe, take
from tests.devices.management.test_verify_log import verify
from tests.rounds import tries

WORDS = ("READY", "ACTIVE", "FEED_HOLD", None)


def item(number):
    """Return what the source says under a number: always the same."""
    channel = ("execution", "parts", "load", "program")[number % 4]
    value = {
        "execution": WORDS[number % 3 if number % 7 else 3],
        "parts": number // 4,
        "load": Decimal(number).scaleb(-(number % 3)) if number % 5 else None,
        "program": f"O{number % 9}",
    }[channel]
    return (number, (THEN + timedelta(seconds=60 * number)).isoformat(), channel, value)


@st.composite
def deliveries(draw):
    """Deliveries of two epochs that overlap and come in any order, over some hours."""
    hours = draw(st.lists(st.integers(0, 2), min_size=2, max_size=9))
    return [
        (
            draw(st.sampled_from(["e1", "e1", "e2"])),
            THEN + sum(hours[: turn + 1]) * HOUR + timedelta(seconds=turn),
            draw(st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True)),
        )
        for turn in range(len(hours))
    ]


class TestEveryReader(TestCase):
    @settings(max_examples=tries(10), deadline=None, phases=[Phase.generate])  # each takes a second
    @given(deliveries(), st.integers(0, 16))
    def test_answers_the_same_afterwards(self, sent, closed):
        device, other = lathe(), lathe()
        for turn, (epoch, at, numbers) in enumerate(sent):
            take(device, [item(n) for n in numbers], epoch=epoch, at=max(at, THEN + 41 * HOUR / 60 * turn))
            say(other, turn)
        seal()
        before = everything(device)

        fold(at=THEN + closed * HOUR)

        assert everything(device) == before
        fold()
        assert everything(device) == before
        assert not Block.objects.filter(device_id=device.pk).exists()
        assert verify()[0] == []


@pytest.mark.django_db
class TestDecimals:
    def test_and_texts_and_states_come_back_with_psql_too(self):
        device = lathe()
        for turn in range(4):
            take(device, [item(n) for n in range(turn * 10, turn * 10 + 10)], at=THEN + HOUR)
        seal()
        before = everything(device)

        fold()

        assert forms(device) == [(1, 4, True)]
        assert everything(device) == before


@pytest.mark.django_db(transaction=True)
class TestReadersMeanwhile:
    @pytest.fixture
    def device(self):
        device = lathe()
        for hour in range(4):
            say(device, *range(hour * 100, hour * 100 + 60), hour=hour)
        seal()
        return device

    def test_miss_nothing_and_double_nothing(self, device):
        expected = list(queries.readings(device, channels=None))
        found = queries.readings(device, channels=None)
        first = next(found)

        fold()

        assert [first, *found] == expected
        assert forms(device) == [(n * 60 + 1, n * 60 + 60, True) for n in range(4)]

    def test_in_a_transaction_miss_nothing_either(self, device):
        expected = list(queries.readings(device, channels=None))
        with transaction.atomic():
            found = queries.readings(device, channels=None)
            first = next(found)

            elsewhere(fold)

            assert [first, *found] == expected

    def test_see_one_form_of_each_delivery_however_often_they_look(self, device):
        expected = (
            list(queries.readings(device, channels=None)),
            queries.evidence(device, channels=["parts"]),
        )
        stop, wrong = threading.Event(), []

        def look():
            while not stop.is_set():
                found = list(queries.readings(device, channels=None))
                if (found, queries.evidence(device, channels=["parts"])) != expected:
                    wrong.append(found)

        reader = threading.Thread(target=with_own_connection(look))
        reader.start()
        for hours in range(5):
            fold(at=THEN + hours * HOUR)
        stop.set()
        reader.join()

        assert wrong == []
        assert not Block.objects.exists()


def with_own_connection(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    return run


def elsewhere(work):
    thread = threading.Thread(target=with_own_connection(work))
    thread.start()
    thread.join()
