from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan
from tests.marketplace.rules.pricing.plans import document, plan
from tests.marketplace.rules.pricing.timed import at, band, energy

WEEKENDS = ["sat", "sun"]
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def schedule(*bands, **fields):
    return plan(energy("1", bands=list(bands), **fields)).components[0].schedule


def names(found, *moments):
    bands = [found.band_at(at(moment)) for moment in moments]
    return [band.name if band else None for band in bands]


def faults(*bands, **fields):
    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(document(energy("1", bands=list(bands), **fields)))
    for flaw in refused.value.flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer.removeprefix("/components/0"), flaw.code) for flaw in refused.value.flaws]


class TestBandAt:
    def test_is_half_open(self):
        found = schedule(band("peak", "10:00", "12:15", factor="2"))

        assert names(
            found, "2026-07-01 09:59", "2026-07-01 10:00", "2026-07-01 12:14", "2026-07-01 12:15"
        ) == [None, "peak", "peak", None]

    def test_over_midnight_belongs_to_the_day_on_which_it_begins(self):
        found = schedule(band("night", "22:00", "06:00", factor="0.5", days=["fri"]))

        assert names(
            found,
            "2026-07-03 05:00",  # Friday, but Thursday's night
            "2026-07-03 22:00",
            "2026-07-04 05:59",
            "2026-07-04 06:00",
            "2026-07-04 23:00",
        ) == [None, "night", "night", None, None]

    def test_of_a_whole_day(self):
        found = schedule(band("weekend", "00:00", "24:00", factor="0.5", days=WEEKENDS))

        assert names(
            found, "2026-07-03 23:45", "2026-07-04 00:00", "2026-07-05 23:45", "2026-07-06 00:00"
        ) == [
            None,
            "weekend",
            "weekend",
            None,
        ]

    def test_up_to_midnight_may_be_written_either_way(self):
        for end in ("24:00", "00:00"):
            found = schedule(band("late", "22:00", end, factor="2"))
            assert names(found, "2026-07-01 23:45", "2026-07-02 00:00") == ["late", None]

    def test_a_holiday_is_no_weekday(self):
        found = schedule(
            band("peak", "10:00", "12:00", factor="2", days=WORKDAYS),
            band("feast", "00:00", "24:00", factor="0.5", days=["holiday"]),
            holidays=["2026-10-01"],
        )

        assert names(found, "2026-09-30 10:00", "2026-10-01 10:00", "2026-10-02 10:00") == [
            "peak",
            "feast",
            "peak",
        ]

    def test_what_begins_on_the_day_itself_holds_before_what_runs_over(self):
        found = schedule(
            band("night", "22:00", "06:00", factor="2", days=WORKDAYS),
            band("feast", "00:00", "24:00", factor="0.5", days=["holiday"]),
            holidays=["2026-10-01"],
        )

        assert names(found, "2026-09-30 23:00", "2026-10-01 05:00", "2026-10-03 05:00") == [
            "night",
            "feast",
            "night",
        ]

    def test_is_in_force_within_its_dates(self):
        dates = {"valid_from": "2026-07-01", "valid_to": "2026-09-01"}
        found = schedule(band("summer", "22:00", "02:00", factor="2", **dates))

        assert names(
            found,
            "2026-06-30 23:00",
            "2026-07-01 01:00",
            "2026-07-01 22:00",
            "2026-08-31 23:00",
            "2026-09-01 01:00",
            "2026-09-01 23:00",
        ) == [None, None, "summer", "summer", "summer", None]

    def test_by_the_local_clock_when_it_changes(self):
        zone = ZoneInfo("America/New_York")
        found = schedule(band("small_hours", "01:00", "03:00", factor="2"))

        def quarters(day, hours):
            moments = [
                datetime(2026, *day, hour, minute, tzinfo=UTC).astimezone(zone)
                for hour in hours
                for minute in (0, 15, 30, 45)
            ]
            return sum(1 for moment in moments if found.band_at(moment))

        assert quarters((3, 8), range(4, 12)) == 4  # 02:00 to 03:00 is not there
        assert quarters((11, 1), range(4, 12)) == 12  # 01:00 to 02:00 is there twice
        assert quarters((7, 1), range(4, 12)) == 8


class TestRead:
    def test_reads_what_it_writes(self):
        whole = plan(
            energy(
                "0.65",
                bands=[
                    band(
                        "尖", "10:00", "12:00", price="1.20", valid_from="2026-07-01", valid_to="2026-09-01"
                    ),
                    band("谷", "23:00", "07:00", factor="0.45", days=["mon"]),
                ],
                holidays=["2026-10-02", "2026-10-01"],
            )
        )

        assert PricePlan.parse(whole.dump()) == whole
        written = whole.dump()["components"][0]
        assert written["bands"][1] == {
            "name": "谷",
            "days": ["mon"],
            "from": "23:00",
            "to": "07:00",
            "factor": "0.45",
        }
        assert written["holidays"] == ["2026-10-01", "2026-10-02"]

    @pytest.mark.parametrize(
        ("wrong", "fault"),
        [
            (band("x", "10:07", "12:00", factor="2"), ("/bands/0/from", "off_the_quarter_hour")),
            (band("x", "10:00", "12:20", factor="2"), ("/bands/0/to", "off_the_quarter_hour")),
            (band("x", "24:00", "12:00", factor="2"), ("/bands/0/from", "not_a_time")),
            (band("x", "10", "12:00", factor="2"), ("/bands/0/from", "not_a_time")),
            (band("x", 10, "12:00", factor="2"), ("/bands/0/from", "not_a_time")),
            (band("x", "10:00", "25:00", factor="2"), ("/bands/0/to", "not_a_time")),
            ({"name": "x", "from": "10:00", "factor": "2"}, ("/bands/0/to", "required")),
            (band("x", "10:00", "10:00", factor="2"), ("/bands/0/to", "band_without_time")),
            (band("x", "10:00", "12:00"), ("/bands/0/price", "price_or_factor")),
            (band("x", "10:00", "12:00", price="1", factor="2"), ("/bands/0/price", "price_or_factor")),
            (band("x", "10:00", "12:00", price="-1"), ("/bands/0/price", "negative")),
            (band("x", "10:00", "12:00", factor="x"), ("/bands/0/factor", "not_a_number")),
            (band("x", "10:00", "12:00", factor="2", days=[]), ("/bands/0/days", "not_a_list")),
            (band("x", "10:00", "12:00", factor="2", days="mon"), ("/bands/0/days", "not_words")),
            (band("x", "10:00", "12:00", factor="2", days=["1"]), ("/bands/0/days", "not_a_choice")),
            (
                band("x", "10:00", "12:00", factor="2", valid_from="July"),
                ("/bands/0/valid_from", "not_a_date"),
            ),
            (
                band("x", "10:00", "12:00", factor="2", valid_to="2026-02-30"),
                ("/bands/0/valid_to", "not_a_date"),
            ),
            (
                band("x", "10:00", "12:00", factor="2", valid_from="2026-07-01", valid_to="2026-07-01"),
                ("/bands/0/valid_to", "ends_before_it_begins"),
            ),
            (band("", "10:00", "12:00", factor="2"), ("/bands/0/name", "not_a_label")),
            (band("x" * 21, "10:00", "12:00", factor="2"), ("/bands/0/name", "not_a_label")),
            (band("a\nb", "10:00", "12:00", factor="2"), ("/bands/0/name", "not_a_label")),
            ({"from": "10:00", "to": "12:00", "factor": "2"}, ("/bands/0/name", "required")),
            (band("x", "10:00", "12:00", factor="2", colour="red"), ("/bands/0/colour", "unknown_field")),
            (band("x", "10:00", "12:00", factor="2", true_up=True), ("/bands/0/true_up", "unknown_field")),
            ("peak", ("/bands/0", "not_an_object")),
        ],
    )
    def test_points_at_a_fault(self, wrong, fault):
        assert fault in faults(wrong)

    def test_refuses_dates_that_are_none(self):
        good = band("x", "10:00", "12:00", factor="2")

        assert faults(good, holidays=["2026-10-01", "1 May"]) == [("/holidays/1", "not_a_date")]
        assert faults(good, holidays="2026-10-01") == [("/holidays", "not_words")]

    def test_refuses_more_than_anybody_reads(self):
        good = band("x", "10:00", "12:00", factor="2")

        assert faults(*[good] * 51) == [("/bands", "too_many_entries")]
        assert faults(good, holidays=["x"] * 501) == [("/holidays", "too_many_entries")]

    def test_refuses_no_bands(self):
        assert faults() == [("/bands", "not_a_list")]

    def test_refuses_a_name_that_is_taken(self):
        assert faults(band("x", "10:00", "11:00", factor="2"), band("x", "12:00", "13:00", factor="3")) == [
            ("/bands/1/name", "duplicate_id")
        ]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (band("a", "10:00", "12:00", factor="2"), band("b", "11:45", "13:00", factor="3")),
            (band("a", "22:00", "06:00", factor="2"), band("b", "05:45", "08:00", factor="3")),
            (band("a", "22:00", "06:00", factor="2"), band("b", "21:00", "01:00", factor="3")),
            (
                band("a", "22:00", "06:00", factor="2", days=["sun"]),
                band("b", "00:00", "24:00", factor="3", days=["mon"]),
            ),
            (
                band("a", "10:00", "12:00", factor="2", valid_from="2026-07-01"),
                band("b", "10:00", "12:00", factor="3", valid_to="2026-07-02"),
            ),
        ],
    )
    def test_refuses_two_bands_of_one_time(self, one, other):
        assert faults(one, other) == [("/bands/1", "bands_overlap")]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (band("a", "10:00", "12:00", factor="2"), band("b", "12:00", "13:00", factor="3")),
            (band("a", "22:00", "06:00", factor="2"), band("b", "06:00", "22:00", factor="3")),
            (
                band("a", "10:00", "12:00", factor="2", days=WORKDAYS),
                band("b", "10:00", "12:00", factor="3", days=WEEKENDS),
            ),
            (
                band("a", "22:00", "06:00", factor="2", days=["holiday"]),
                band("b", "00:00", "24:00", factor="3", days=WORKDAYS),
            ),
            (
                band("a", "10:00", "12:00", factor="2", valid_to="2026-07-01"),
                band("b", "10:00", "12:00", factor="3", valid_from="2026-07-01"),
            ),
        ],
    )
    def test_takes_two_bands_that_do_not_meet(self, one, other):
        assert len(schedule(one, other).bands) == 2


def test_a_name_has_room_for_twenty_characters():
    longest = plan(energy("1", bands=[band("x" * 20, "10:00", "11:00", price="2")]))

    assert longest.components[0].schedule.bands[0].name == "x" * 20
