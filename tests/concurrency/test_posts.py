"""Two gateways post for the same machines at once, in opposite orders, on real transactions."""

import json
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from devices import queries
from devices.actions import posts
from devices.rules.pace import Pace
from devices.rules.posts import Part
from marketplace.actions.parties import robot
from tests.devices.machines import lathe
from tests.factories import marketplace as make
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT = "2026-03-02T09:14:58.120Z"
PACE = Pace(1000, 1_000_000)

# Whoever has stored its first delivery waits until the other has too, or it is clear that it cannot.
MEET = """
CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    patience timestamptz := clock_timestamp() + interval '1 second';
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4711, 1);
    WHILE clock_timestamp() < patience
        AND (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711) < 2
    LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER meet AFTER UPDATE ON devices_head FOR EACH ROW EXECUTE FUNCTION meet();
"""
PART = "DROP TRIGGER meet ON devices_head; DROP FUNCTION meet()"


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def machines(owner):
    return [lathe(owner) for _ in range(2)]


@pytest.fixture
def meeting():
    with connection.cursor() as cursor:
        cursor.execute(MEET)
    yield
    with connection.cursor() as cursor:
        cursor.execute(PART)


def parts(devices, *sequences):
    bodies = [
        {
            "epoch": "e",
            "readings": [{"sequence": n, "at": AT, "channel": "parts", "value": n} for n in sequences],
        }
        for _ in devices
    ]
    return [Part(one.public_id, json.dumps(body).encode()) for one, body in zip(devices, bodies, strict=True)]


def poster(owner, given):
    by = robot(name="tester")
    return lambda: posts.take(parts=given, within=owner, by=by, at=timezone.now(), pace=PACE)


class TestTwoGateways:
    @pytest.fixture
    def acts(self, owner, machines):
        poster(owner, parts(machines, 1))()  # the epochs stand
        return [poster(owner, parts(machines, 2, 3)), poster(owner, parts(machines[::-1], 2, 3))]

    @pytest.mark.usefixtures("meeting")
    def test_wait_for_each_other_and_each_delivery_is_stored_once(self, acts, machines):
        results = at_once(*acts)

        told = [(one.receipt.accepted, one.receipt.duplicates) for found in results for one in found]
        assert sorted(told) == [(0, 2), (0, 2), (2, 0), (2, 0)]
        for one in machines:
            assert [said.sequence for said in queries.readings(one, channels=None)] == [1, 2, 3]

    @pytest.mark.usefixtures("meeting")
    def test_without_the_order_of_locks_they_block_each_other(self, acts):
        with patch.object(posts, "_in_lock_order", list):
            results = at_once(*acts)

        assert sorted(type(one).__name__ for one in results) == ["OperationalError", "list"]
        failed = next(one for one in results if isinstance(one, OperationalError))
        assert "deadlock" in str(failed)
