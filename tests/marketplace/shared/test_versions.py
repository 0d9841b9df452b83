import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared import versions
from marketplace.shared.errors import NotPossible


class Changed(NotPossible):
    code = "changed"
    text = "It is at {version}, you saw {seen}."


class TestTyped:
    @given(st.integers(0, 10**versions.MOST_DIGITS - 1))
    def test_is_the_number(self, number):
        assert versions.typed(str(number)) == number

    @pytest.mark.parametrize("text", ["", " 3", "-1", "+1", "1.0", "x", "٣", "9" * 11, "9" * 5000])
    def test_is_nothing_else(self, text):
        assert versions.typed(text) is None


class TestMatched:
    @pytest.mark.parametrize("tag", [None, "*", " * "])
    def test_asks_for_any(self, tag):
        assert versions.matched(tag, version=7, differs=Changed) is None

    @pytest.mark.parametrize("tag", ['"3"', "3", ' "3" '])
    def test_is_the_version(self, tag):
        assert versions.matched(tag, version=7, differs=Changed) == 3

    @pytest.mark.parametrize("tag", ["", '""', 'W/"3"', '"3", "4"', "abc", "9" * 5000])
    def test_that_is_none_was_never_seen(self, tag):
        with pytest.raises(Changed) as refusal:
            versions.matched(tag, version=7, differs=Changed)

        assert refusal.value.facts["version"] == 7
        assert len(refusal.value.facts["seen"]) <= versions.MOST_DIGITS + 2
