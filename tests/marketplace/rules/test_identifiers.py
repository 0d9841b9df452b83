import pytest

from marketplace.rules import identifiers
from marketplace.rules.identifiers import InvalidCreditCode, make_credit_code, parse_credit_code
from marketplace.rules.regions import PROVINCES, province_of

REAL = [
    "914403001922038216",
    "9144030071526726XG",
    "91440300708461136T",
    "91330100799655058B",
    "91110108558521630L",
    "12100000400000624D",
    "1210000042500615X0",
    "91110000600037341L",
    "911100006000650192",
    "91110000802100433B",
    "91350100M000100Y43",
]
WRONG = {
    "": "wrong_length",
    "91350100M000100Y4": "wrong_length",
    "91350100M000100Y4Z": "wrong_character",
    "I1350100M000100Y43": "wrong_character",
    "91350100M000100Y33": "wrong_body_check",
    "91350100M000100Y44": "wrong_check",
    "81350100M000100Y43": "wrong_check",
    "91110108717809965C": None,
    "91330000MA27Q2XQ2G": None,
}


class TestParseCreditCode:
    @pytest.mark.parametrize("code", REAL)
    def test_accepts_real_codes(self, code):
        assert parse_credit_code(code).value == code
        assert identifiers.flaws(code) == []

    @pytest.mark.parametrize(("code", "reason"), WRONG.items())
    def test_refuses_wrong_ones_and_says_why(self, code, reason):
        with pytest.raises(InvalidCreditCode) as refused:
            parse_credit_code(code)

        (flaw,) = refused.value.flaws
        assert reason is None or flaw.code == reason
        assert flaw.text.format(**flaw.facts)

    def test_puts_width_case_blanks_and_hyphens_right(self):
        assert parse_credit_code(" ９１350100-m000100y43 ").value == "91350100M000100Y43"

    @pytest.mark.parametrize("place", range(18))
    def test_notices_every_single_wrong_character(self, place):
        code = REAL[1]
        others = set(identifiers.ALPHABET) - {code[place]}

        assert all(identifiers.flaws(code[:place] + other + code[place + 1 :]) for other in others)

    def test_names_the_province_and_knows_the_national_level(self):
        shenzhen, national = parse_credit_code(REAL[0]), parse_credit_code("12100000400000624D")

        assert (shenzhen.region_code, shenzhen.province.name_zh) == ("440300", "广东")
        assert not shenzhen.is_national
        assert (national.is_national, national.province) == (True, None)


class TestMakeCreditCode:
    @pytest.mark.parametrize("code", REAL)
    def test_completes_both_checks(self, code):
        assert make_credit_code(code[:8], code[8:16]) == code

    def test_accepts_letters_in_front(self):
        assert parse_credit_code(make_credit_code("N1A30100", "MA000001")).region_code == "A30100"

    @pytest.mark.parametrize(
        ("prefix", "body"), [("9135010", "M000100Y"), ("91350100", "M00010"), ("91350100", "I0000001")]
    )
    def test_refuses_parts_that_make_no_code(self, prefix, body):
        with pytest.raises(InvalidCreditCode):
            make_credit_code(prefix, body)


class TestProvinces:
    def test_are_the_34_of_the_standard(self):
        assert len(PROVINCES) == 34
        assert province_of("820000").name == "Macao"
        assert province_of("100000") is None
