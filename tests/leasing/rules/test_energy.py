"""
The energy report as a pure rule: each figure worked by hand.

One machine in Shanghai. Its meter tells 100.000 kWh at 22:00, 106.000 at 02:00 of the next day, 109.000 at
04:00, and 109.500 at 08:00. It works (ACTIVE) from 22:00 to 00:30 and from 03:00 on, else it stands.

| between | kWh | of the first day | of the second day |
|---|---|---|---|
| 22:00 and 02:00, 1.5 an hour | 6 | 3 worked | 0.75 worked, 2.25 stood (00:30 to 02:00) |
| 02:00 and 04:00, 1.5 an hour | 3 | | 1.5 stood (02:00 to 03:00), 1.5 worked |
| 04:00 and 08:00 | 0.5 | | 0.5 worked |
"""

import weakref
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.readings import instant
from leasing.rules import energy as energy_rules
from leasing.rules.energy import FINE, IDLE, NO_STATES, SPREAD, Told, report, suggestion
from marketplace.shared.period import Period

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def at(text):
    return instant(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=ZONE))


def month(start="2026-03-01T00:00", end="2026-04-01T00:00"):
    return Period(*(datetime.fromisoformat(edge).replace(tzinfo=ZONE) for edge in (start, end)))


ENERGY = [
    (at("01T22:00"), Decimal(100)),
    (at("02T02:00"), Decimal(106)),
    (at("02T04:00"), Decimal(109)),
    (at("02T08:00"), Decimal("109.5")),
]
STATES = [
    (at("01T21:00"), "ACTIVE"),
    (at("02T00:30"), "READY"),
    (at("02T03:00"), "ACTIVE"),
]
PARTS = [(at("01T22:00"), 40), (at("01T23:30"), 42), (at("02T07:00"), 47)]


def told(**changes):
    return Told(**{"energy": ENERGY, "scale": Decimal(1), "states": STATES, "parts": PARTS} | changes)


def rows(found):
    return [(day.day, str(day.kwh), str(day.idle), str(day.unknown), str(day.parts)) for day in found.days]


class Long(list):
    """So many points that nobody may look at all of them for each growth."""

    def __iter__(self):
        self.looked = getattr(self, "looked", 0) + 1
        if self.looked > 1:
            pytest.fail("all points were looked at once more")
        return super().__iter__()


def test_only_the_states_within_a_growth_are_looked_at():
    assert report([told(states=Long(STATES))], period=month(), zone=ZONE) == report(
        [told()], period=month(), zone=ZONE
    )


def test_a_device_is_added_up_before_the_next_is_read():
    given = []

    def read():
        for _device in range(3):
            assert all(one() is None for one in given)
            found = [told()]
            given.append(weakref.ref(found[0]))
            yield found.pop()

    assert report(read(), period=month(), zone=ZONE).kwh == Decimal("28.500")
    assert len(given) == 3


class TestTheDays:
    def test_are_those_of_the_table(self):
        found = report([told()], period=month(), zone=ZONE)

        assert rows(found) == [
            (FIRST, "3.000", "0.000", "0.000", "2"),
            (SECOND, "6.500", "3.750", "0.000", "5"),
        ]
        assert (found.kwh, found.idle, found.parts) == (Decimal("9.5"), Decimal("3.75"), 7)
        assert [str(day.per_part) for day in found.days] == ["1.500", "1.300"]
        assert str(found.per_part) == "1.357"  # 9.5 / 7

    def test_are_cut_at_the_edges_of_the_period(self):
        found = report([told()], period=month("2026-03-02T00:00", "2026-03-02T02:00"), zone=ZONE)
        assert rows(found) == [(SECOND, "3.000", "2.250", "0.000", "0")]
        assert found.per_part is None
        assert found.days[0].per_part is None

    def test_without_states_nobody_knows_what_it_did(self):
        found = report([told(states=None, parts=None)], period=month(), zone=ZONE)
        assert rows(found)[1] == (SECOND, "6.500", "0.000", "6.500", "0")
        assert (found.knows_states, found.knows_parts, found.unknown) == (False, False, Decimal("9.5"))

    def test_before_its_first_state_and_while_it_is_away_nobody_knows_either(self):
        states = [(at("02T00:00"), None), (at("02T03:00"), "ACTIVE")]
        found = report([told(states=states)], period=month(), zone=ZONE)
        assert [str(day.unknown) for day in found.days] == ["3.000", "4.500"]

    def test_several_machines_add_up_and_each_has_its_unit(self):
        watts = [(when, value * 1000) for when, value in ENERGY]
        small = told(energy=watts, scale=Decimal("0.001"), parts=None)
        found = report([told(), small], period=month(), zone=ZONE)
        assert (found.kwh, found.idle, found.parts) == (Decimal(19), Decimal("7.5"), 7)

    def test_nothing_told_is_an_empty_report(self):
        found = report([told(energy=[], parts=[])], period=month(), zone=ZONE)
        assert (found.days, found.kwh, found.per_part) == ((), 0, None)


class TestTheCounter:
    def test_a_false_zero_is_no_use(self):
        dipped = [*ENERGY[:2], (at("02T02:30"), 0), (at("02T03:00"), Decimal(106)), *ENERGY[2:]]
        assert report([told(energy=dipped)], period=month(), zone=ZONE).kwh == Decimal("9.5")

    def test_an_unexplained_fall_is_left_out_and_said(self):
        fallen = [*ENERGY, (at("02T09:00"), Decimal(3))]
        found = report([told(energy=fallen)], period=month(), zone=ZONE)
        assert (found.kwh, found.unclear) == (Decimal("9.5"), 1)

    def test_unclear_parts_are_left_out_as_well(self):
        fallen = [*PARTS, (at("02T09:00"), 3)]
        found = report([told(parts=fallen)], period=month(), zone=ZONE)
        assert (found.parts, found.unclear) == (7, 1)

    def test_two_readings_of_one_moment_belong_to_it(self):
        twice = [(at("01T22:00"), 100), (at("01T22:00"), 101), (at("02T00:00"), 102)]
        found = report([told(energy=twice)], period=month(), zone=ZONE)
        assert rows(found)[0] == (FIRST, "2.000", "0.000", "0.000", "2")

    def test_what_came_at_a_moment_outside_is_left_out(self):
        twice = [(at("01T22:00"), 100), (at("01T22:00"), 101)]
        found = report([told(energy=twice, parts=None)], period=month("2026-03-02T00:00"), zone=ZONE)
        assert found.days == ()

    def test_a_source_that_was_away_goes_on_where_it_was(self):
        away = [ENERGY[0], (at("01T23:00"), None), *ENERGY[1:]]
        assert report([told(energy=away)], period=month(), zone=ZONE).kwh == Decimal("9.5")


@given(st.lists(st.decimals(0, 50, places=3), min_size=1, max_size=12), st.lists(st.booleans(), max_size=12))
def test_no_energy_is_lost_or_made_between_the_days(rises, works):
    level, points = Decimal(0), [(at("01T00:00"), Decimal(0))]
    for hour, rise in enumerate(rises, start=1):
        level += rise
        points.append((points[0][0] + hour * 7 * 3_600_000_000, level))
    states = [
        (points[0][0] + place * 5 * 3_600_000_000, "ACTIVE" if one else "READY")
        for place, one in enumerate(works)
    ]
    found = report([Told(points, Decimal(1), states)], period=month(), zone=ZONE)

    assert abs(found.kwh - level) <= len(found.days) * Decimal("0.0015")  # each figure is rounded once
    assert all(day.idle + day.unknown <= day.kwh for day in found.days)


class TestTheSuggestion:
    def said(self, **changes):
        phrase = suggestion(report([told(**changes)], period=month(), zone=ZONE))
        return (phrase.msgid, dict(phrase.facts))

    def test_is_to_switch_off_where_much_was_used_while_it_stood(self):
        facts = {"kwh": "9.500", "idle": "3.750", "percent": "39.5", "day": "2026-03-02", "most": "3.750"}
        assert self.said() == (IDLE, facts)

    def test_is_the_best_day_where_it_worked_all_the_time(self):
        always = [(at("01T21:00"), "ACTIVE")]
        # 9.5 kWh for 7 parts are 1.357 each; 1.300 on the second day: 0.057 × 7 = 0.399 less, but under 5 %
        assert self.said(states=always)[0] == FINE
        parts = [(at("01T22:00"), 40), (at("01T23:30"), 41), (at("02T07:00"), 51)]
        # 9.5 / 11 = 0.864 each, 0.650 on the second day: 0.214 × 11 = 2.354 less
        facts = {"day": "2026-03-02", "best": "0.650", "average": "0.864", "saved": "2.354"}
        assert self.said(states=always, parts=parts) == (SPREAD, facts)

    def test_says_that_nothing_stands_out(self):
        assert self.said(states=[(at("01T21:00"), "ACTIVE")], parts=None) == (FINE, {"percent": "0.0"})

    def test_says_that_nobody_knows_when_it_worked(self):
        assert self.said(states=None, parts=None) == (NO_STATES, {})

    def test_is_none_where_nothing_was_used(self):
        assert suggestion(report([], period=month(), zone=ZONE)) is None

    def test_fifteen_percent_are_much(self):
        # 0.5 kWh an hour; it stands for 1.2 of 8 hours: exactly 15 %, one minute less is not
        energy = [(at("01T00:00"), 0), (at("01T08:00"), 4)]
        for since, msgid in (("01T06:48", IDLE), ("01T06:49", FINE)):
            states = [(at("01T00:00"), "ACTIVE"), (at(since), "READY")]
            assert self.said(energy=energy, states=states, parts=None)[0] == msgid


@pytest.mark.parametrize("scale", ["0.1", "1", "1000"])
def test_a_scale_is_kwh_a_step(scale):
    found = report([told(scale=Decimal(scale))], period=month(), zone=ZONE)
    assert found.kwh == Decimal("9.5") * Decimal(scale)


class TestPartByPart:
    """A long time is told in parts, so that memory holds one part; the figures are those of the whole."""

    @given(st.lists(st.integers(0, 3), min_size=3, max_size=3), st.sampled_from([0, 1, 2, 5, 26, 30]))
    def test_gives_what_the_whole_gives(self, grown, hours):
        start = at("01T20:00")
        hour = 3_600_000_000
        values = [Decimal(100 + sum(grown[: n % 4])) for n in range(12)]
        energy = [(start + n * hour, value) for n, value in enumerate(values)]
        whole = told(energy=energy)
        cut = start + hours * hour
        sides = [lambda point: point[0] < cut, lambda point: point[0] >= cut]
        split = [
            told(
                energy=[one for one in energy if side(one)],
                states=[one for one in STATES if side(one)],
                parts=[one for one in PARTS if side(one)],
                device="d",
                meter="m",
            )
            for side in sides
        ]

        assert report(split, period=month(), zone=ZONE) == report([whole], period=month(), zone=ZONE)

    def test_keeps_a_growth_over_a_part_in_which_nothing_was_said(self):
        name = {"device": "d", "meter": "m"}
        silent = told(energy=[], states=[], parts=[], **name)
        split = [
            told(energy=ENERGY[:1], states=STATES[:1], parts=PARTS[:2], **name),
            silent,
            silent,
            told(energy=ENERGY[1:], states=STATES[1:], parts=PARTS[2:], **name),
        ]
        # The states of the gap came with the last part: they are heard before its growth is spread.
        assert report(split, period=month(), zone=ZONE) == report([told()], period=month(), zone=ZONE)

    def test_holds_one_part_and_no_state_that_changed_nothing(self):
        sums = energy_rules._Sums([at("01T00:00"), at("03T00:00")], ZONE)
        start, hour = at("01T00:00"), 3_600_000_000
        for part in range(20):
            points = [(start + (part * 100 + n) * hour // 100, Decimal(part * 100 + n)) for n in range(100)]
            states = [(moment, "ACTIVE") for moment, _value in points]
            sums.add(told(energy=points, states=states, parts=[], device="d", meter="m"))
            meter = sums.open_["m"]
            assert len(meter.energy.places) <= 101
            assert len(meter.states) == 1

    def test_another_device_begins_anew(self):
        name = {"meter": "m", "states": None, "parts": None}
        pair = [told(energy=ENERGY[:2], device="a", **name), told(energy=ENERGY[2:], device="b", **name)]
        alone = [
            told(energy=ENERGY[:2], states=None, parts=None),
            told(energy=ENERGY[2:], states=None, parts=None),
        ]
        assert report(pair, period=month(), zone=ZONE) == report(alone, period=month(), zone=ZONE)
