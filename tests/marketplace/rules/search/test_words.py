from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.search.words import LONGEST_PIECE, plain, tokens_of


class TestPlain:
    def test_full_width_and_capitals_become_usual_letters(self):
        assert plain("DMU 50").text == "dmu 50"

    def test_a_space_beside_chinese_is_no_letter_but_a_break(self):
        read = plain("五轴 CNC 加工")
        assert read.text == "五轴cnc加工"
        assert read.pieces() == ["五轴", "cnc", "加工"]

    def test_letters_and_digits_are_two_pieces_written_together_or_not(self):
        assert plain("VMC850").pieces() == plain("vmc 850").pieces() == ["vmc", "850"]

    def test_characters_that_stood_apart_are_not_paired(self):
        assert tokens_of(plain("手机壳,深圳").pieces()) == ["手机", "机壳", "深圳"]

    @given(st.text())
    def test_reads_anything_and_a_second_time_the_same(self, text):
        read = plain(text)
        assert plain(read.text).text == read.text
        assert all(0 < len(piece) <= LONGEST_PIECE for piece in read.pieces())


class TestTokens:
    def test_chinese_becomes_its_pairs(self):
        assert tokens_of(["加工中心"]) == ["加工", "工中", "中心"]

    def test_two_or_one_character_stay(self):
        assert tokens_of(["苏州", "磨", "dmu"]) == ["苏州", "磨", "dmu"]
