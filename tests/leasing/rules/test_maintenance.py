"""When maintenance is due: worked examples, and what holds for every rhythm."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from leasing.rules import maintenance as rules
from leasing.rules.maintenance import Basis, Rhythm, by_calendar, by_meter, first_start, next_due, pace

ZONE, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 26, 4, tzinfo=UTC)
HOURS = Rhythm(Basis.RUN_TIME, Decimal(500), Decimal(40))
moments = some.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=some.just(UTC))
zones = some.sampled_from([ZONE, BERLIN])
calendars = some.builds(
    Rhythm,
    some.sampled_from([Basis.DAYS, Basis.MONTHS]),
    some.integers(1, 120).map(Decimal),
    some.just(Decimal(0)),
)
amounts = some.decimals(0, 10_000, places=2)


def local(text, zone=ZONE):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("basis", "count", "last", "due"),
    [
        (Basis.DAYS, 30, "2026-01-31T09:00", "2026-03-02T09:00"),
        (Basis.MONTHS, 1, "2026-01-31T09:00", "2026-02-28T09:00"),
        (Basis.MONTHS, 1, "2028-01-31T09:00", "2028-02-29T09:00"),
        (Basis.MONTHS, 12, "2028-02-29T09:00", "2029-02-28T09:00"),
        (Basis.MONTHS, 2, "2026-11-15T23:59", "2027-01-15T23:59"),
    ],
)
def test_days_and_months(basis, count, last, due):
    assert next_due(Rhythm(basis, Decimal(count), Decimal(0)), local(last), ZONE) == local(due)


def test_the_local_hour_stays_over_a_change_of_the_clock():
    rhythm = Rhythm(Basis.MONTHS, Decimal(1), Decimal(0))

    assert next_due(rhythm, local("2026-03-10T09:00", BERLIN), BERLIN) == local("2026-04-10T09:00", BERLIN)


def test_hours_as_on_the_page():
    found = by_meter(HOURS, Decimal(412), Decimal("5.5"), AT)

    assert (found.used, found.near, found.due) == (412, False, False)
    assert found.due_at == AT + timedelta(days=16)
    assert by_meter(HOURS, Decimal(460), Decimal(0), AT) == rules.Standing(Decimal(460), None, True, False)
    assert by_meter(HOURS, Decimal(500), Decimal(0), AT) == rules.Standing(Decimal(500), AT, True, True)


def test_the_warning_of_a_calendar_is_in_days():
    rhythm = Rhythm(Basis.MONTHS, Decimal(6), Decimal(14))
    last = local("2026-01-10T08:00")

    assert not by_calendar(rhythm, last, ZONE, local("2026-06-26T07:59")).near
    assert by_calendar(rhythm, last, ZONE, local("2026-06-26T08:00")).near
    assert not by_calendar(rhythm, last, ZONE, local("2026-07-10T07:59")).due
    assert by_calendar(rhythm, last, ZONE, local("2026-07-10T08:00")).due


def test_a_pace_of_no_time_is_none():
    assert pace(Decimal(8), timedelta()) == 0
    assert pace(Decimal(8), timedelta(hours=12)) == 16


@given(calendars, moments, zones)
def test_the_next_is_later_and_at_the_same_local_hour(rhythm, last, zone):
    due = next_due(rhythm, last, zone)

    assert due > last
    assert due.astimezone(zone).date() > last.astimezone(zone).date()
    assert due.replace(tzinfo=None).time() == last.astimezone(zone).time()


@given(calendars, moments, some.timedeltas(timedelta(days=1), timedelta(days=400)), zones)
def test_what_came_later_is_due_later_or_on_the_same_last_day_of_a_month(rhythm, last, later, zone):
    assert next_due(rhythm, last + later, zone).date() >= next_due(rhythm, last, zone).date()


@given(amounts, some.decimals(Decimal("0.01"), 24, places=2), moments)
def test_at_its_pace_it_is_due_when_it_was_said(used, speed, at):
    found = by_meter(HOURS, used, speed, at)

    if found.due_at is not None:
        passed = Decimal((found.due_at - at) // timedelta(seconds=1))
        then = used + speed * passed / 86_400
        assert then >= HOURS.interval
        assert found.due == (found.due_at == at)
    assert found.near or not found.due


@given(amounts, amounts, moments)
def test_more_use_is_never_less_due(used, more, at):
    one, other = (by_meter(HOURS, amount, Decimal(1), at) for amount in (used, used + more))

    assert (one.near, one.due) <= (other.near, other.due)


@given(moments, zones)
def test_a_time_is_a_morning_a_day_away_and_never_two(at, zone):
    start = first_start(at, zone)

    assert start.hour == 8
    assert timedelta(days=1) <= start.astimezone(UTC) - at < timedelta(days=2, hours=1)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"what": " "}, "/what"),
        ({"what": "x" * 121}, "/what"),
        ({"interval": "0"}, "/interval"),
        ({"interval": "100001"}, "/interval"),
        ({"basis": Basis.MONTHS, "interval": "1.5", "warn": "1"}, "/interval"),
        ({"warn": "500"}, "/warn_before"),
        ({"warn": "-1"}, "/warn_before"),
        ({"basis": Basis.MONTHS, "interval": "1", "warn": "28"}, "/warn_before"),
        ({"minutes": 14}, "/duration_minutes"),
        ({"already": "-1"}, "/already"),
        ({"basis": Basis.DAYS, "interval": "90", "already": "1"}, "/already"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_field(changes, pointer):
    facts = {"what": "Oil", "basis": Basis.RUN_TIME, "interval": "500", "warn": "40"} | changes
    rhythm = Rhythm(facts["basis"], Decimal(facts["interval"]), Decimal(facts["warn"]))
    minutes, already = facts.get("minutes", 60), Decimal(facts.get("already", 0))

    found = rules.rule_flaws(rhythm, what=facts["what"], minutes=minutes, already=already)

    assert [one.pointer for one in found] == [pointer]
    assert rules.rule_flaws(HOURS, what="Oil", minutes=60, already=Decimal(412)) == []


def test_what_is_wrong_with_a_record():
    last = AT - timedelta(days=3)
    good = {"done_at": AT, "last": last, "note": "", "at": AT}

    def pointers(**changes):
        return [one.pointer for one in rules.done_flaws(**(good | changes))]

    assert pointers() == []
    assert pointers(done_at=AT + timedelta(seconds=1)) == ["/done_at"]
    assert pointers(done_at=last) == ["/done_at"]
    assert pointers(note="x" * 1001) == ["/note"]
    assert rules.time_flaws(starts_at=AT, at=AT)[0].pointer == "/starts_at"
    assert rules.time_flaws(starts_at=AT + timedelta(seconds=1), at=AT) == []


def test_a_time_is_within_two_years():
    latest = AT + timedelta(days=730)

    assert rules.time_flaws(starts_at=latest, at=AT) == []
    assert [one.code for one in rules.time_flaws(starts_at=latest + timedelta(seconds=1), at=AT)] == [
        "too_far_ahead"
    ]
