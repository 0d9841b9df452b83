"""The example of docs/listings.md: what is rated, and from when on figures of a company are shown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leasing.rules import ratings
from leasing.rules.ratings import Counted, Criterion, Figures, figures

GOOD = {"as_agreed": 5, "machine": 4, "punctual": 4, "contact": 4}
FACTS = {
    "settled": Counted(3, 3),
    "ratings": Counted(3, 3),
    "total": 53,
    "handovers": Counted(4, 3),
    "on_time": 3,
    "accepted": Counted(5, 3),
    "cancelled": 1,
}
NOTHING = {name: type(count)() for name, count in FACTS.items()}


def codes(flaws):
    return [(one.pointer, one.code) for one in flaws]


class TestScores:
    def test_four_of_one_to_five_are_a_rating(self):
        assert ratings.score_flaws(GOOD) == []

    @pytest.mark.parametrize("odd", [0, 6, -1, True, 4.0, "4", 10**30, float("nan"), [4]], ids=repr)
    def test_anything_else_is_named(self, odd):
        assert codes(ratings.score_flaws(GOOD | {"machine": odd})) == [("/scores/machine", "out_of_range")]

    def test_each_that_is_missing_is_named(self):
        assert codes(ratings.score_flaws({})) == [(f"/scores/{one}", "required") for one in Criterion]

    def test_nothing_else_is_rated(self):
        assert codes(ratings.score_flaws(GOOD | {"looks": 5})) == [("/scores", "unknown_criterion")]


class TestText:
    @pytest.mark.parametrize(
        "text", ["", "机器准时到场，主轴有异响，当天解决。", "DMU 50, 18000 1/min, 2026-11-27", "x" * 1000]
    )
    def test_words_are_free(self, text):
        assert ratings.text_flaws("/text", text) == []

    @pytest.mark.parametrize(
        "text", ["call 13812345678", "打 138 1234 5678", "a.b@example.com", "身份证 320594199001011234"]
    )
    def test_numbers_of_people_are_not_published(self, text):
        assert codes(ratings.text_flaws("/text", text)) == [("/text", "personal")]

    def test_it_ends_somewhere_and_an_answer_says_something(self):
        assert codes(ratings.text_flaws("/text", "x" * 1001)) == [("/text", "text_too_long")]
        assert codes(ratings.text_flaws("/text", " ", needed=True)) == [("/text", "text_required")]


class TestFigures:
    def test_the_example_of_the_documentation(self):
        assert figures(**FACTS) == Figures(3, Decimal("4.4"), 3, 75, 20)

    @pytest.mark.parametrize(
        ("changed", "name", "shown"),
        [
            ("settled", "leases", None),
            ("ratings", "stars", None),
            ("handovers", "on_time_percent", None),
            ("accepted", "cancelled_percent", None),
            ("ratings", "ratings", 0),
        ],
    )
    @pytest.mark.parametrize("counted", [Counted(2, 2), Counted(9, 2)])
    def test_two_lessees_are_too_few_to_tell(self, changed, name, shown, counted):
        assert getattr(figures(**FACTS | {changed: counted}), name) == shown

    def test_nothing_is_said_of_who_is_new(self):
        assert not figures(**NOTHING).says_something
        assert figures(**FACTS).says_something

    @given(scores=st.lists(st.integers(1, 5), min_size=1, max_size=50))
    def test_an_average_lies_among_what_it_is_of(self, scores):
        shown = ratings.stars(sum(scores), len(scores))

        assert min(scores) <= shown <= max(scores)
        assert abs(shown - Decimal(sum(scores)) / len(scores)) <= Decimal("0.05")

    @given(whole=st.integers(3, 10**6), part=st.integers(0, 10**6))
    def test_a_share_is_a_percentage(self, whole, part):
        part = min(part, whole)

        assert abs(ratings.percent(part, whole, 3) - 100 * part / whole) <= 0.5
