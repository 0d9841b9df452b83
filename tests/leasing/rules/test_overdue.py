"""When a machine is overdue, and whose time that puts at risk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.overdue import Cause, Following, at_risk, due_back, is_overdue, remind
from leasing.rules.states import Physical
from leasing.rules.substitutes import usage_for
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.period import Period
from tests.leasing.world import PLAN

NOW = datetime(2026, 5, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
hours = st.integers(-500, 500)
lengths = st.integers(1, 300)
followings = st.lists(st.tuples(hours, st.one_of(st.none(), lengths)), max_size=8)


def made(rows):
    return [
        Following(key, Period(NOW + start * HOUR, None if length is None else NOW + (start + length) * HOUR))
        for key, (start, length) in enumerate(rows)
    ]


class TestOverdue:
    def test_a_machine_is_due_when_its_way_back_is_over(self):
        used_until = NOW - DAY
        assert due_back(used_until, DAY) == NOW
        assert is_overdue(Physical.STOPPED, used_until, DAY, NOW)
        assert not is_overdue(Physical.STOPPED, used_until, DAY, NOW - timedelta(microseconds=1))

    def test_only_a_machine_that_still_stands_there_is_late(self):
        for state in [*Physical, "RETURNED", "IN_INSPECTION", "IN_REPAIR", "READY"]:
            assert is_overdue(state, NOW - DAY, HOUR, NOW) == (state == Physical.STOPPED)

    def test_a_suspended_one_is_not(self):
        assert not is_overdue(Physical.STOPPED, None, HOUR, NOW)

    def test_it_is_said_again_once_a_day(self):
        assert [remind(NOW, NOW, NOW + n * HOUR) for n in (1, 23, 24, 50)] == [False, False, True, True]

    def test_after_two_weeks_it_is_said_once_a_week(self):
        said = [0]
        for day in range(1, 40):
            if remind(NOW, NOW + said[-1] * DAY, NOW + day * DAY):
                said.append(day)
        assert said == [*range(15), 21, 28, 35]


class TestAtRisk:
    def test_what_begins_before_the_machine_could_be_ready_is(self):
        rows = made([(23, 48), (24, 48), (25, 48), (-48, 48), (-48, 49), (-48, None)])
        assert at_risk(rows, Cause.LATE, at=NOW, buffer=DAY) == {0, 1, 4, 5}

    def test_behind_a_machine_that_is_gone_all_that_is_not_over_is(self):
        rows = made([(500, None), (24, 48), (-48, 48)])
        assert at_risk(rows, Cause.GONE, at=NOW, buffer=DAY) == {0, 1}

    @given(followings, st.integers(0, 100), st.integers(0, 100))
    def test_time_that_goes_on_frees_only_what_is_over(self, rows, buffer, later):
        claims, moment = made(rows), NOW + later * HOUR
        before = at_risk(claims, Cause.LATE, at=NOW, buffer=buffer * HOUR)
        after = at_risk(claims, Cause.LATE, at=moment, buffer=buffer * HOUR)
        over = {one.key for one in claims if one.period.end is not None and one.period.end <= moment}
        assert before - after == before & over
        assert not after & over

    @given(followings, st.integers(0, 100))
    def test_a_lost_machine_risks_whatever_a_late_one_does(self, rows, buffer):
        late, not_ready, gone = (at_risk(made(rows), cause, at=NOW, buffer=buffer * HOUR) for cause in Cause)
        assert late <= gone
        assert not_ready <= gone
        ready = NOW + buffer * HOUR
        assert {
            one.key for one in made(rows) if one.key in gone - late and one.period.start <= ready
        } == set()


class TestUsage:
    def plan(self, unit, meter="run_time"):
        part = PLAN["components"][1] | {"unit": unit, "meter": meter}
        return PricePlan.parse(PLAN | {"components": [PLAN["components"][0], part]})

    def test_is_said_in_the_units_of_the_other_plan(self):
        found = usage_for(self.plan("min"), self.plan("h"), {"run_time": Decimal("1.5")})
        assert found == {"run_time": Decimal("90")}

    def test_nobody_guesses_a_meter(self):
        assert usage_for(self.plan("piece", "parts"), self.plan("h"), {"run_time": Decimal(1)}) is None
        base = PricePlan.parse(PLAN | {"components": [PLAN["components"][0]]})
        assert usage_for(base, self.plan("h"), {}) == {}
