import jsonschema
import pytest
from django.utils.translation import override

from marketplace.rules.pricing import words
from marketplace.rules.pricing.schema import price_plan_schema
from marketplace.rules.pricing.spread import HOURS, WINDOWS
from marketplace.web.prices import headline
from tests.marketplace.rules.pricing.plans import document, hours, plan
from tests.marketplace.rules.pricing.timed import band, energy, highest, priced, spread

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def say(*components):
    return [phrase.msgid.format(**phrase.facts) for phrase in words.phrases(plan(*components))]


def says(holidays=(), **days):
    """What is said of one band on some days."""
    component = energy("1", bands=[band("a", "22:00", "06:00", factor="2", **days)], holidays=list(holidays))
    return say(component)[2]


class TestBands:
    def test_are_said_with_their_times_dates_and_prices(self):
        summer = {"valid_from": "2026-07-01", "valid_to": "2026-09-01"}

        assert say(
            energy(
                "0.60",
                bands=[
                    band("尖", "19:00", "21:00", factor="2", **summer),
                    band("谷", "23:00", "07:00", price="0.3"),
                ],
            )
        ) == [
            "¥0.60 per kilowatt-hour",
            "at some times it is another price:",
            "尖: every day from 19:00 to 21:00, ¥1.20 each",
            "尖 begins on 2026-07-01",
            "尖 ends before 2026-09-01",
            "谷: every day from 23:00 to 07:00, ¥0.30 each",
        ]

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, "a: every day from"),
            ({"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "a: every day from"),
            ({"days": WORKDAYS}, "a: Monday to Friday from"),
            ({"days": [*WORKDAYS, "holiday"]}, "a: Monday to Friday from"),
            ({"days": ["sun", "sat"]}, "a: Saturday and Sunday from"),
            ({"days": ["holiday"]}, "a: on holidays from"),
            ({"days": ["fri", "mon"]}, "a: on days 1, 5 (1 is Monday, H a holiday) from"),
        ],
    )
    def test_are_said_with_their_days(self, given, said):
        assert says(**given) == f"{said} 22:00 to 06:00, ¥2.00 each"

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            (["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"], "every day"),
            (["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "on days 1, 2, 3, 4, 5, 6, 7 ("),
            (["sat", "sun", "holiday"], "weekends and holidays"),
            (["fri", "holiday"], "on days 5, H ("),
        ],
    )
    def test_are_said_with_holidays_where_there_are_some(self, days, said):
        assert said in says(["2026-10-01"], days=days)

    def test_name_the_holidays(self):
        dates = ["2026-10-02", "2026-10-01"]
        bands = [band("a", "10:00", "11:00", factor="2", days=["mon"])]

        assert say(energy("1", bands=bands, holidays=dates))[-1] == (
            "a holiday is no weekday: 2026-10-01, 2026-10-02"
        )
        bands[0]["days"] = ["holiday"]
        assert say(energy("1", bands=bands, holidays=dates))[-1] == "holidays are 2026-10-01, 2026-10-02"

    def test_say_what_a_window_costs_at_least(self):
        own = band("a", "10:00", "11:00", factor="2", commitment="5", true_up=True)
        free = band("b", "12:00", "13:00", factor="2", commitment="5")
        usual = band("c", "14:00", "15:00", factor="2")

        assert say(
            energy("1", window="hour", bands=[own, free, usual], commitment="3", overage_factor="1.5")
        )[5:] == [
            "what an hour costs above ¥3.00 counts 1.5 times",
            "in the band “a” this holds instead:",
            "an hour of use costs at least ¥5.00",
            "in the band “b” this holds instead:",
            "nothing beyond the price is owed there",
        ]

    @pytest.mark.parametrize("window", WINDOWS)
    def test_have_words_for_every_window(self, window):
        terms = {"commitment": "3", "overage_factor": "2", "true_up": True}

        assert len(say(energy("1", window=window, **terms))) == 3
        assert len(say(energy("1", window=window))) == 1
        assert len(say(highest("1", window=window))) == 3
        if window in HOURS:
            assert "kilowatts" in say(highest("1", window=window, demand=True))[1]


class TestIncluded:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({}, "the first 5 hours of run time in each billing period are included"),
            ({"included_per": "day"}, "the first 5 of every day are included"),
            ({"included_per": "week"}, "the first 5 of every week are included"),
            ({"included_per": "term"}, "the first 5 of the whole lease are included"),
            ({"included_rolls": True}, "5 in each billing period are included; what is left rolls over"),
            (
                {"included_per": "day", "included_rolls": True},
                "5 a day are included; what is left rolls over within the billing period",
            ),
            (
                {"included_per": "week", "included_rolls": True},
                "5 a week are included; what is left rolls over within the billing period",
            ),
        ],
    )
    def test_is_said(self, fields, said):
        component = hours("1", included="5.0", **fields)

        assert say(component)[1] == said
        line = priced(plan(component), spread([], meter="run_time")).lines[0]
        for step in line.steps:
            assert words.STEPS[step.code].format(**step.numbers)


class TestLines:
    def test_have_words_for_every_step_and_line(self):
        terms = {"commitment": "3", "overage_factor": "2", "true_up": True}
        both = plan(
            energy("1", window="hour", bands=[band("a", "10:00", "11:00", factor="2")], **terms),
            highest("2", demand=True, window="hour"),
        )
        counted = [("2026-07-01 10:00", "1"), ("2026-07-01 12:00", "90")]

        for line in priced(both, spread(counted)).lines:
            assert words.LINES[line.kind] and words.UNITS[line.unit]
            for step in line.steps:
                phrase = words.step(step.code, step.numbers)
                assert phrase.msgid.format(**phrase.facts)

    def test_a_card_shows_the_lowest_price(self):
        bands = [band("a", "10:00", "11:00", factor="2"), band("b", "11:00", "12:00", price="0.45")]

        with override("en"):
            assert headline(plan(energy("0.60", bands=bands))) == "from ¥0.45 per kilowatt-hour"
            assert headline(plan(energy("0.60", window="day"))) == "¥0.60 per kilowatt-hour"


class TestSchema:
    WHOLE = document(
        energy(
            "0.60",
            bands=[
                band("尖", "19:00", "21:00", factor="2", valid_from="2026-07-01", days=["mon", "holiday"])
            ],
            holidays=["2026-10-01"],
            window="hour",
            commitment="5",
        ),
        highest("38", window="quarter", demand=True),
        hours("1", included="5", included_per="day", included_rolls=True),
    )

    def test_accepts_what_the_parser_accepts_and_writes(self):
        jsonschema.validate(self.WHOLE, price_plan_schema())
        jsonschema.validate(plan(*self.WHOLE["components"]).dump(), price_plan_schema())

    @pytest.mark.parametrize(
        "component",
        [
            energy("1", bands=[band("a", "10:07", "11:00", factor="2")]),
            energy("1", bands=[]),
            energy("1", window="year"),
            highest("1", window="month"),
            hours("1", included_per="year"),
        ],
    )
    def test_refuses_what_the_parser_refuses(self, component):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document(component), price_plan_schema())
