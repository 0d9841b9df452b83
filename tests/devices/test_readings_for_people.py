"""What a person reads with psql is what the door reads."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import assume, example, given, settings
from hypothesis.extra.django import TestCase

from config.roles import PEOPLE_ONLY, statements
from devices import queries
from devices.models import Channel, StateCode
from devices.rules import blocks
from devices.rules.readings import Reading, moment
from tests.devices import recordings
from tests.devices.machines import lathe, recorded, take
from tests.devices.rules.test_blocks import CODES, STATES
from tests.devices.rules.test_blocks import deliveries as of_readings
from tests.devices.test_truth import cut, deliver, items_of
from tests.rounds import tries


def asked(device, channel, since, until):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM readings(%s, %s, %s, %s)", [device.code, channel, since, until])
        return cursor.fetchall()


def said(value):
    return None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


class TestBlocks(TestCase):
    @settings(max_examples=tries(100), deadline=None)
    @given(of_readings())
    @example([Reading(1, 0, 2, Decimal("1E-17"))])
    @example([Reading(1, 0, 2, Decimal("9.223372036854775807")), Reading(2, 0, 2, Decimal("-1E-18"))])
    def test_are_read_as_the_rules_read_them(self, readings):
        assume(
            not any(isinstance(one.value, str) and "\0" in one.value for one in readings)
        )  # never taken in
        device = lathe()
        StateCode.objects.bulk_create(
            StateCode(device=device, code=code, word=word) for word, code in CODES.items()
        )
        block = blocks.encode(readings, states=STATES, codes=CODES)

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM devices_block_readings(%s, %s)", [block, device.pk])
            found = sorted(cursor.fetchall())

        assert found == [(one.sequence, one.at, one.channel, said(one.value)) for one in readings]


@pytest.mark.django_db
class TestReadings:
    def test_show_one_channel_of_a_half_open_time_in_the_order_of_the_source(self):
        device = lathe()
        start = datetime(2026, 11, 20, 3, tzinfo=UTC)
        at = [(start + timedelta(minutes=minute)).isoformat() for minute in range(6)]
        take(device, [(4, at[4], "load", Decimal("0.50")), (5, at[5], "load", 7)])
        take(device, [(1, at[1], "load", "1.25"), (2, at[2], "load", None), (3, at[3], "execution", "READY")])

        found = asked(device, "load", start + timedelta(minutes=1), start + timedelta(minutes=5))

        assert found == [
            ("e1", 1, start + timedelta(minutes=1), "1.25", 2),
            ("e1", 2, start + timedelta(minutes=2), None, 2),
            ("e1", 4, start + timedelta(minutes=4), "0.5", 1),
        ]
        assert asked(device, "execution", start, start + timedelta(hours=1))[0][3] == "READY"

    def test_agree_with_the_door_on_a_recording(self):
        name = "cppagent-demo/okuma.txt"
        recording, device = recordings.load(name), recorded(name)
        deliver(device, recording, cut(items_of(recording)[:1500], 500))
        widest = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))

        for channel in Channel.objects.filter(device=device).order_by("kind", "number")[::5]:
            door = queries.readings(device, channels=[channel.key])
            expected = [(one.sequence, moment(one.at), said(one.value), one.arrival) for one in door]
            assert [row[1:] for row in asked(device, channel.key, *widest)] == expected

    def test_are_not_for_the_application_which_has_a_door(self):
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE somebody_with_an_application")
            for statement in statements("somebody_with_an_application"):
                cursor.execute(statement)
            for function in PEOPLE_ONLY:
                cursor.execute(
                    "SELECT has_function_privilege('somebody_with_an_application', %s, 'EXECUTE')", [function]
                )
                assert cursor.fetchone() == (False,)
