import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.claim_codes import ALPHABET, complete, grouped, read

BODIES = st.lists(st.sampled_from(ALPHABET), min_size=9, max_size=9)


class TestACode:
    def test_worked_by_hand(self):
        # 2 is 0, 3 is 1, A is 8: 9 × 1 at the last place is 9, which is B
        assert complete("222222223") == "222222223B"
        assert complete("A22222222") == "A22222222A"

    @given(BODIES)
    def test_is_read_however_it_was_typed(self, body):
        code = complete(body)

        assert read(code) == read(grouped(code)) == read(f" {code[:3].lower()} {code[3:]} ") == code

    @given(BODIES, st.integers(0, 9), st.sampled_from(ALPHABET))
    def test_with_one_wrong_character_is_none(self, body, place, sign):
        code = complete(body)
        wrong = code[:place] + sign + code[place + 1 :]

        assert read(wrong) == (code if wrong == code else None)

    @given(BODIES, st.integers(0, 8))
    def test_with_two_neighbours_changed_round_is_none(self, body, place):
        code = complete(body)
        wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

        assert read(wrong) == (code if wrong == code else None)

    @pytest.mark.parametrize(
        "text", ["", "222222223", "222222223B2", "O222222223", "零22222222A", "222222223\x00"]
    )
    def test_of_another_shape_is_none(self, text):
        assert read(text) is None
