from decimal import Decimal

import pytest

from marketplace.rules.search.measures import figures_in, names, numbers, value_tokens


def bounds(text):
    """Return the ranges that the figures of a text ask for, by field."""
    figures, _ = figures_in(text)
    return {bound.key: (bound.low, bound.high) for figure in figures for bound in figure.bounds}


class TestNamed:
    @pytest.mark.parametrize(
        "text",
        [
            "X轴行程≥500mm",
            "X 轴行程 大于 50 cm",
            "x travel >= 0.5 m",
            "X行程至少500毫米",
            "X轴行程500mm以上",
            "x行程不小于500",
        ],
    )
    def test_at_least_in_any_unit_and_order(self, text):
        assert bounds(text) == {"travel_x:mm": (Decimal(500), None)}

    @pytest.mark.parametrize("text", ["定位精度≤5µm", "定位精度不超过5微米", "定位精度 5 um 以内"])
    def test_at_most(self, text):
        assert bounds(text) == {"positioning:µm": (None, Decimal(5))}

    def test_a_figure_alone_means_about_that(self):
        assert bounds("锁模力 3600kN") == {"clamping_force:kN": (Decimal(3240), Decimal(3960))}

    def test_a_ton_of_force_is_ten_kilonewtons(self):
        assert bounds("锁模力≥360吨") == {"clamping_force:kN": (Decimal(3600), None)}

    def test_one_word_may_name_several_fields(self):
        assert set(bounds("行程≥4米")) == {"travel_x:mm", "travel_y:mm", "travel_z:mm"}

    def test_a_unit_of_something_else_asks_for_nothing(self):
        assert bounds("X轴行程≥5kW") == {}

    def test_the_rest_of_the_text_is_left(self):
        _, rest = figures_in("苏州 X轴行程≥500mm 加工中心")
        assert rest.split() == ["苏州", "加工中心"]


class TestUnnamed:
    def test_a_value_is_the_same_in_every_unit(self):
        assert value_tokens(Decimal("0.5"), "m") == value_tokens(Decimal(500), "mm") == ("v:nm:500000000",)

    def test_a_bare_figure_asks_for_what_says_just_this(self):
        (figure,), _ = figures_in("12kW激光切割")
        assert figure.values == ("v:W:12000",)
        assert figure.bounds == ()

    @pytest.mark.parametrize("text", ["CK6140", "VMC850", "5轴", "DMU 50", "1e9999", "9" * 40, "3D打印"])
    def test_what_is_no_measure_stays_words(self, text):
        assert figures_in(text) == ([], text.lower())


def test_every_name_means_fields_of_the_dictionary():
    assert {code for codes in names().values() for code in codes} <= numbers().keys()
