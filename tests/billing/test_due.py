"""What the database says to be due is what the rule of billing periods says, in as few statements."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.actions import corrected_days
from billing.queries.due import maybe_due
from billing.rules.periods import due_periods
from marketplace.shared.period import Period, billing_periods
from tests.billing import world

ZONES = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]
HOUR = timedelta(hours=1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SHADOWS = """
CREATE TEMP TABLE leasing_lease (
    id bigint, terms jsonb, active_from timestamptz, active_to timestamptz, ends_at timestamptz);
CREATE TEMP TABLE billing_billingmark (lease_id bigint, billed_to timestamptz);
"""


def drawn(chance, key):
    """Return a lease with its mark, and which of its periods are due and not billed at a moment."""
    zone, anchor, grace = chance.choice(ZONES), chance.randint(1, 31), chance.choice([0, 1, 24, 744])
    start = BEGAN + chance.randint(0, 400 * 24 * 4) * HOUR / 4
    end = start + chance.randint(1, 200 * 24 * 4) * HOUR / 4
    periods = list(billing_periods(start, end, ZoneInfo(zone), anchor))
    mark = chance.choice([None, *(one.end for one in periods)])
    near = chance.choice([one.end for one in periods]) + grace * HOUR
    at = near + chance.choice([-1, 0, 1, 30 * 24]) * HOUR
    running = Period(start, end)
    due = due_periods(running, zone=ZoneInfo(zone), anchor_day=anchor, grace=grace * HOUR, at=at)
    terms = {"zone": zone, "billing_anchor_day": anchor, "grace_hours": grace}
    is_due = any(mark is None or one.start >= mark for one in due)
    return (key, json.dumps(terms), start, None, end), mark, at, is_due


def test_is_what_the_rule_says_wherever_and_whenever(db):
    chance = Random(2026)
    cases = [drawn(chance, key) for key in range(400)]
    with connection.cursor() as cursor:
        cursor.execute(SHADOWS)
        for lease, mark, at, is_due in cases:
            cursor.execute("TRUNCATE pg_temp.leasing_lease, pg_temp.billing_billingmark")
            cursor.execute("INSERT INTO pg_temp.leasing_lease VALUES (%s, %s, %s, %s, %s)", lease)
            if mark:
                cursor.execute("INSERT INTO pg_temp.billing_billingmark VALUES (%s, %s)", [lease[0], mark])
            assert (maybe_due(at) == [lease[0]]) == is_due, (lease, mark, at)
        cursor.execute("DROP TABLE pg_temp.leasing_lease, pg_temp.billing_billingmark")
    assert 100 < sum(is_due for *_, is_due in cases) < 300


def test_a_zone_that_the_database_does_not_know_stops_nobody(db):
    terms = {"zone": "Nowhere/Else", "billing_anchor_day": 1, "grace_hours": 24}
    with connection.cursor() as cursor:
        cursor.execute(SHADOWS)
        row = [7, json.dumps(terms), BEGAN, None, BEGAN + 300 * 24 * HOUR]
        cursor.execute("INSERT INTO pg_temp.leasing_lease VALUES (%s, %s, %s, %s, %s)", row)
        found = [maybe_due(BEGAN + days * 24 * HOUR) for days in (29, 30, 32)]
        cursor.execute("DROP TABLE pg_temp.leasing_lease, pg_temp.billing_billingmark")

    assert found == [[], [7], [7]]


@pytest.mark.parametrize("count", [1, 2])
def test_is_asked_in_as_many_statements_however_many_leases_run(db, count):
    for key in ("okuma", "hurco01")[:count]:
        world.build(key)

    with CaptureQueriesContext(connection) as billing:
        assert len(maybe_due(world.LATER)) == count
    with CaptureQueriesContext(connection) as correcting:
        corrected_days.candidates(at=world.LATER, look_back=24 * HOUR)

    assert (len(billing), len(correcting)) == (2, 4)
