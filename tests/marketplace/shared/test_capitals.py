import pytest

from marketplace.shared.capitals import capitals
from marketplace.shared.money import Money


class TestCapitals:
    @pytest.mark.parametrize(
        ("minor", "text"),
        [
            (0, "零元整"),
            (1, "壹分"),
            (5, "伍分"),
            (10, "壹角整"),
            (50, "伍角整"),
            (99, "玖角玖分"),
            (100, "壹元整"),
            (12345, "壹佰贰拾叁元肆角伍分"),
            (10005, "壹佰元零伍分"),
            (10050, "壹佰元伍角整"),
            (32504, "叁佰贰拾伍元零肆分"),
            (1000, "壹拾元整"),
            (100500, "壹仟零伍元整"),
            (140950, "壹仟肆佰零玖元伍角整"),
            (600714, "陆仟零柒元壹角肆分"),
            (1640902, "壹万陆仟肆佰零玖元零贰分"),
            (10000000, "壹拾万元整"),
            (10700053, "壹拾万柒仟元伍角叁分"),
            (10000500, "壹拾万零伍元整"),
            (100000000000, "壹拾亿元整"),
            (10000000500, "壹亿零伍元整"),
            (1010101010100, "壹佰零壹亿零壹佰零壹万零壹佰零壹元整"),
            (100000000000000, "壹万亿元整"),
            (-12345, "负壹佰贰拾叁元肆角伍分"),
        ],
    )
    def test_writes_an_amount_as_official_invoices_print_it(self, minor, text):
        assert capitals(Money(minor, "CNY")) == text

    def test_refuses_other_currencies(self):
        with pytest.raises(ValueError, match="for CNY, not for EUR"):
            capitals(Money(100, "EUR"))
