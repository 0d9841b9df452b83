"""Service levels: what they say, what is wrong with one, and the hours and shares that they give."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from leasing.rules import sla as rules
from leasing.rules.sla import DEFAULT, InvalidSla, Sla, sla_of
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
SHIFTS = DEFAULT | {"service_days": [1, 2, 3, 4, 5], "service_from": "08:00", "service_to": "20:00"}


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def given(**changes):
    return Sla.parse(DEFAULT | changes)


class TestHours:
    def test_of_service_are_those_of_working_days(self):
        sla = Sla.parse(SHIFTS)
        friday_noon, monday_noon = local("2026-03-06T12:00"), local("2026-03-09T12:00")

        assert sla.seconds(Period(friday_noon, monday_noon), ZONE) == (8 + 4) * 3600
        assert sla.service_day == 12 * 3600

    def test_a_promise_runs_on_in_hours_of_service(self):
        sla = Sla.parse(SHIFTS)

        assert sla.due(local("2026-03-06T18:00"), Decimal(4), ZONE) == local("2026-03-09T10:00")
        assert sla.due(local("2026-03-07T18:00"), Decimal("0.5"), ZONE) == local("2026-03-09T08:30")

    def test_round_the_clock_is_every_hour(self):
        start = datetime(2026, 3, 1, tzinfo=UTC)

        assert given().seconds(Period(start, start + timedelta(days=2)), ZONE) == 48 * 3600
        assert given().due(start, Decimal(48), ZONE) == start + timedelta(days=2)


# A period of 744 hours of service (31 days): the rule, hours that it stood, percent of what it costs anyhow.
WORKED = [
    ({"kind": "PROPORTIONAL"}, "36", "4.838710"),
    ({"kind": "PROPORTIONAL"}, "744", "100.000000"),
    ({"kind": "PROPORTIONAL", "cap_percent": "30"}, "372", "30.000000"),
    ({"kind": "PER_HOUR", "percent": "0.5"}, "3.5", "1.750000"),
    ({"kind": "PER_HOUR", "percent": "0.5", "cap_percent": "10"}, "30", "10.000000"),
    ({"kind": "PER_STEP", "percent": "5", "hours": "4"}, "4", "5.000000"),
    ({"kind": "PER_STEP", "percent": "5", "hours": "4"}, "4.5", "10.000000"),
    ({"kind": "PER_STEP", "percent": "5", "hours": "4"}, "0", "0.000000"),
]


@pytest.mark.parametrize(("credit", "hours", "percent"), WORKED)
def test_worked_examples_of_shares(credit, hours, percent):
    sla = given(credit=credit)

    assert sla.credit.share(int(Decimal(hours) * 3600), 744 * 3600) == Decimal(percent)


def test_a_period_without_service_gives_no_share():
    assert given().credit.share(0, 0) == 0


def test_a_lease_without_one_has_what_the_law_gives():
    assert sla_of({}) == Sla.parse(DEFAULT)
    assert sla_of({"sla": SHIFTS}).opens == 8 * 60
    assert Sla.parse(DEFAULT).credit.dump() == DEFAULT["credit"]


WRONG = {
    "/version": {"version": 2},
    "/service_days": {"service_days": [1, 1]},
    "/service_from": {"service_from": "8 o'clock"},
    "/service_to": {"service_from": "08:00", "service_to": "08:30"},
    "/response_hours": {"response_hours": "0"},
    "/solution_hours": {"solution_hours": "501"},
    "/confirm_hours": {"confirm_hours": 0},
    "/reply_hours": {"reply_hours": 1},
    "/silence_agrees": {"silence_agrees": "yes"},
    "/availability_percent": {"availability_percent": "101"},
    "/credit/kind": {"credit": {"kind": "PER_DAY"}},
    "/credit/hours": {"credit": {"kind": "PER_STEP", "percent": "5", "hours": "0"}},
    "/surprise": {"surprise": 1},
}


@pytest.mark.parametrize("pointer", WRONG)
def test_what_is_wrong_is_named_at_its_place(pointer):
    with pytest.raises(InvalidSla) as refused:
        given(**WRONG[pointer])

    assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
    assert [flaw.pointer for flaw in rules.flaws(DEFAULT | WRONG[pointer], "/sla")] == [f"/sla{pointer}"]


@pytest.mark.parametrize("document", [None, [], {}, "sla"])
def test_what_is_no_service_level_is_refused(document):
    assert rules.flaws(document, "")


def test_it_says_itself_in_sentences():
    said = [text.format(**facts) for text, facts in rules.phrases(given(silence_agrees=True))]

    assert "The lessor answers within 8 hours of service and repairs within 48." in said
    assert any("no answer is agreed to be consent" in one for one in said)
    for kind in ("PER_HOUR", "PER_STEP"):
        sla = given(credit={"kind": kind, "percent": "5.0", "hours": "4"})
        assert any("5 % of what" in text.format(**facts) for text, facts in rules.phrases(sla))
