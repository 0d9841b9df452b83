"""How work is placed on days: by the rules, for any orders, and never later with more capacity."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leasing.rules.planning import (
    HOUR,
    MICRO,
    Calendar,
    Job,
    Shift,
    capacity,
    earliest,
    jobs,
    latest,
    load,
    work,
)
from tests.leasing.rules.planned import CALENDAR, DAY, MONDAY, order

DAYS = 14
SPANS = [(MONDAY, MONDAY + 28 * DAY)]


@st.composite
def books(draw):
    """Draw jobs of up to two weeks, some due before the first day, and what each day can do."""
    made = []
    for n in range(draw(st.integers(0, 8))):
        due = draw(st.integers(0, DAYS))
        release = draw(st.integers(0, max(due - 1, 0)))
        made.append(Job(due, release, f"J{n}", draw(st.integers(1, 30))))
    return made, draw(st.lists(st.integers(0, 12), min_size=DAYS, max_size=DAYS))


def most_that_fits(wanted, able):
    """Return the most work that any way of placing does: the greatest flow from orders to days, by search."""
    left = {job.reference: job.work for job in wanted}
    room = list(able)
    sent = {(job.reference, day): 0 for job in wanted for day in range(job.release, min(job.due, len(able)))}
    total = 0
    while (path := _augmenting(wanted, left, room, sent)) is not None:
        total += 1
        left[path[0][0]] -= 1
        for n, (reference, day) in enumerate(path):
            sent[reference, day] += 1
            if n:
                sent[reference, path[n - 1][1]] -= 1
        room[path[-1][1]] -= 1
    return total


def _augmenting(wanted, left, room, sent):
    seen, paths = set(), [[(job.reference,)] for job in wanted if left[job.reference]]
    queue = [(path[0][0], []) for path in paths]
    known = {reference for reference, _ in queue}
    while queue:
        reference, path = queue.pop(0)
        for name, day in sent:
            if name != reference or day in seen:
                continue
            seen.add(day)
            longer = [*path, (reference, day)]
            if room[day]:
                return longer
            for other, on in sent:
                if on == day and sent[other, on] and other not in known:
                    known.add(other)
                    queue.append((other, longer))
    return None


class TestLatest:
    @given(books())
    def test_leaves_as_little_short_as_any_way_does(self, book):
        wanted, able = book

        done, short = latest(wanted, able)

        assert sum(done) + sum(short.values()) == sum(job.work for job in wanted)
        assert all(0 <= does <= can for does, can in zip(done, able, strict=True))
        assert sum(done) == most_that_fits(wanted, able)

    @given(books(), st.permutations(range(8)))
    def test_does_not_depend_on_the_order_of_what_it_is_given(self, book, mixed):
        wanted, able = book
        other = [wanted[n] for n in mixed if n < len(wanted)]

        assert latest(other, able) == latest(wanted, able)
        assert earliest(other, able) == earliest(wanted, able)

    def test_works_last_on_what_may_begin_last_then_on_what_is_due_later(self):
        wanted = [Job(2, 0, "A", 2), Job(3, 0, "B", 3), Job(3, 1, "C", 2)]

        assert latest(wanted, [2, 2, 2]) == ([2, 2, 2], {"A": 1})

    def test_drops_what_could_not_have_begun(self):
        assert latest([Job(3, 2, "A", 5), Job(3, 0, "B", 1)], [1, 0, 2]) == ([1, 0, 2], {"A": 3})


class TestEarliest:
    @given(books(), st.lists(st.integers(0, 6), min_size=DAYS, max_size=DAYS))
    def test_more_capacity_never_makes_an_order_later(self, book, more):
        wanted, able = book
        before = earliest(wanted, able)

        after = earliest(wanted, [can + extra for can, extra in zip(able, more, strict=True)])

        assert all(after.get(reference, DAYS) <= day for reference, day in before.items())
        assert sum(latest(wanted, able)[1].values()) >= sum(
            latest(wanted, [can + extra for can, extra in zip(able, more, strict=True)])[1].values()
        )

    @given(books())
    def test_is_in_time_with_everything_if_nothing_is_short(self, book):
        wanted, able = book
        finished = earliest(wanted, able)
        late = [job for job in wanted if finished.get(job.reference, DAYS) >= job.due]

        assert bool(late) == bool(latest(wanted, able)[1])


class TestCalendar:
    def test_begins_in_the_middle_of_a_week_and_ends_with_one(self):
        thursday = Calendar(date(2026, 12, 31), 2, Shift.CONTINUOUS, Decimal("0.5"))

        assert (thursday.end, thursday.days) == (date(2027, 1, 11), 11)
        assert thursday.daily() == [12 * HOUR] * 11
        made = load(thursday, "M1-MC", [], [(date(2027, 1, 1), date(2027, 1, 5))])
        assert [(week.name, week.first, week.capacity // HOUR) for week in made.weeks] == [
            ("2026-W53", date(2026, 12, 31), 36),
            ("2027-W01", date(2027, 1, 4), 12),
        ]

    @pytest.mark.parametrize(
        ("shift", "hours"), [("ONE", 40), ("TWO", 80), ("THREE", 120), ("CONTINUOUS", 168)]
    )
    def test_knows_the_hours_of_the_shifts(self, shift, hours):
        week = Calendar(MONDAY, 1, Shift(shift), Decimal(1))

        assert sum(capacity(week, SPANS)) == hours * HOUR

    def test_machines_count_from_the_first_to_the_last_day_of_the_plan(self):
        early = (MONDAY - 100 * DAY, MONDAY + 2 * DAY)
        late = (MONDAY + 27 * DAY, MONDAY + 100 * DAY)

        able = capacity(CALENDAR, [early, early, late])

        assert (able[:3], sum(able)) == ([12 * HOUR, 12 * HOUR, 0], 24 * HOUR)


class TestLoad:
    def test_counts_what_is_due_behind_the_plan_without_planning_it(self):
        made = load(CALENDAR, "M1-MC", [order("A", 1, 28), order("B", 1, 29)], SPANS)

        assert (made.beyond, made.short, made.late) == (1, 0, ())
        assert sum(week.demand for week in made.weeks) == HOUR

    def test_counts_an_order_that_is_overdue_in_the_first_week(self):
        made = load(CALENDAR, "M1-MC", [order("A", 2, -3), order("B", 1, 5)], SPANS)

        assert (made.weeks[0].short, made.weeks[0].demand) == (2 * HOUR, 3 * HOUR)
        assert [(one.reference, one.done) for one in made.late] == [("A", MONDAY)]
        assert made.weeks[0].surplus == 29 * HOUR

    def test_says_what_is_not_done_at_all(self):
        made = load(CALENDAR, "M1-MC", [order("A", 121, 28)], SPANS)

        assert [(one.reference, one.done) for one in made.late] == [("A", None)]
        assert made.short == HOUR

    def test_keeps_to_the_earliest_start(self):
        made = load(CALENDAR, "M1-MC", [order("A", 6, 8, earliest=6)], SPANS)

        assert [week.short for week in made.weeks] == [0, 0, 0, 0]
        assert made.weeks[1].demand == 6 * HOUR
        (job,) = jobs(CALENDAR, [order("A", 6, 8, earliest=6)])
        assert (job.release, job.due) == (6, 8)


def test_work_is_exact_to_the_microsecond():
    made = order("A", "0.001", 5, cycle_seconds=Decimal("0.001"), setup_seconds=Decimal("0.5"))

    assert work(made) == MICRO // 2 + 1
