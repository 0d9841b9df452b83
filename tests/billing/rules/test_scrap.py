"""What the machine calls bad, also later; what the contract allows; and that nothing is taken twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.cutting import Cut
from billing.rules.metering import Day
from billing.rules.scrap import allowed, inspected, less_bad, placed, reach_of
from devices.rules.increments import Flag
from marketplace.rules.count_rules import CountRule
from marketplace.rules.count_signals import Signal

QUARTER = 900_000_000
FIRST = date(2026, 10, 8)


def rule(**changes):
    given = {"counter": "all", "bad": Signal("bad"), "reclassify_days": 2} | changes
    return CountRule("good_parts", "execution", **given)


def day(place, *parts, flags=0):
    cuts = (Cut(n * QUARTER, (n + 1) * QUARTER, count, flags, 1, 2, 1, 1) for n, count in enumerate(parts))
    return Day("good_parts", FIRST + timedelta(days=place), tuple(cuts))


def on(**told):
    return {FIRST + timedelta(days=int(place[1:])): Decimal(count) for place, count in told.items()}


class TestPlaced:
    @pytest.mark.parametrize(
        ("told", "made", "expected"),
        [
            (on(d0=2), on(d0=5), on(d0=2)),
            (on(d1=3), on(d0=5, d1=1), on(d1=1, d0=2)),  # more than was made that day: it was made before
            (on(d1=2, d2=2), on(d0=5, d1=2, d2=1), on(d1=2, d2=1, d0=1)),
            (on(d3=2), on(d0=5), {}),  # the time for corrections is over
            (on(d0=9), on(d0=5), on(d0=5)),
            (on(d0=1), on(d1=5), {}),
        ],
    )
    def test_takes_from_the_day_and_then_from_those_before(self, told, made, expected):
        assert placed(told, made, reach=2) == expected

    @given(
        st.dictionaries(st.integers(0, 8), st.integers(0, 5)),
        st.dictionaries(st.integers(0, 8), st.integers(0, 5)),
        st.integers(0, 3),
    )
    def test_never_takes_more_than_was_told_or_made(self, told, made, reach):
        told, made = ({FIRST + timedelta(days=n): Decimal(c) for n, c in one.items()} for one in (told, made))

        found = placed(told, made, reach=reach)

        assert sum(found.values()) <= sum(told.values())
        assert all(0 < count <= made[at] for at, count in found.items())

    @given(
        st.dictionaries(st.integers(0, 9), st.integers(1, 5)),
        st.dictionaries(st.integers(0, 9), st.integers(1, 5)),
        st.integers(0, 9),
    )
    def test_a_day_depends_on_the_days_within_reach_behind_it_alone(self, told, made, at):
        told, made = ({FIRST + timedelta(days=n): Decimal(c) for n, c in one.items()} for one in (told, made))
        low, high = FIRST + timedelta(days=at), FIRST + timedelta(days=at + 2)

        near = [{on: count for on, count in one.items() if low <= on <= high} for one in (told, made)]

        assert placed(*near, reach=2).get(low) == placed(told, made, reach=2).get(low)


class TestLessBad:
    def taken(self, days, bad, rejected=None, **changes):
        done = less_bad(days, bad, [rule(**changes)], rejected or {})
        return [(int(one.quantity), int(one.held)) for one in done]

    def test_takes_bad_ones_off_without_a_review(self):
        (found,) = less_bad([day(0, 4, 6)], [day(0, 3)], [rule()], {})

        assert (found.quantity, found.held) == (7, 0)
        assert [(cut.quantity, cut.flags) for cut in found.cuts] == [
            (4, 0),
            (3, 0),
            (3, Flag.HELD | Flag.BAD | Flag.DROPPED),
        ]

    def test_reaches_back_to_the_days_before(self):
        assert self.taken([day(0, 10), day(1, 1)], [day(1, 3)]) == [(8, 0), (0, 0)]

    def test_leaves_the_allowance_in(self):
        assert self.taken([day(0, 100)], [day(0, 3)], scrap_allowance=Decimal("0.02")) == [(99, 0)]
        assert self.taken([day(0, 100)], [day(0, 2)], scrap_allowance=Decimal("0.029")) == [(100, 0)]

    def test_takes_the_whole_where_inspections_used_the_allowance_up(self):
        share = {"scrap_allowance": Decimal("0.02")}

        assert self.taken([day(0, 100)], [day(0, 3)], {("good_parts", FIRST): 1}, **share) == [(98, 0)]
        assert self.taken([day(0, 100)], [day(0, 3)], {("good_parts", FIRST): 9}, **share) == [(97, 0)]

    def test_takes_nothing_off_other_meters(self):
        plain = CountRule("good_parts", "execution", counter="all")

        assert less_bad([day(0, 5)], [day(0, 3)], [plain], {}) == [day(0, 5)]
        assert reach_of([plain]) is None
        assert reach_of([plain, rule(), rule(reclassify_days=5)]) == 5


class TestInspected:
    def test_holds_what_is_not_allowed(self):
        found = inspected(day(0, 50, 50), 5, rule(scrap_allowance=Decimal("0.03")))

        assert (found.quantity, found.held) == (98, 2)
        assert found.cuts[-1].flags == Flag.HELD | Flag.REJECTED

    def test_allows_of_all_that_was_made(self):
        half = rule(scrap_allowance=Decimal("0.5"))

        assert allowed(day(0, 9), half) == 4
        assert allowed(day(0, 9, flags=int(Flag.HELD | Flag.REJECTED)), half) == 4
        assert allowed(day(0, 9, flags=int(Flag.HELD | Flag.DIP)), half) == 0

    def test_holds_what_had_come_from_a_changed_counter(self):
        found = inspected(day(0, 9, flags=int(Flag.CHANGED)), 2, rule())

        assert [cut.flags for cut in found.cuts] == [Flag.CHANGED, Flag.HELD | Flag.REJECTED]
