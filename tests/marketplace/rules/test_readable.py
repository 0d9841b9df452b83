"""What people type stays as it was typed; what would hide or turn the words around it is none."""

import doctest

import pytest

from marketplace.rules import readable
from marketplace.rules.readable import is_readable


@pytest.mark.parametrize("text", ["三号　机床", "3\u00a0台", "👩\u200d🔧 车间", "Ünïcode – “ok”", ""])
def test_words_of_any_script_may_be_kept(text):
    assert is_readable(text)


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1bb", "invoice\u202efdp.exe", "\u2066x", "a\ud800", "a\u2028b"]
)
def test_what_hides_or_turns_words_is_refused(text):
    assert not is_readable(text)
    assert not is_readable(text, lines=True)


def test_lines_are_words_where_there_may_be_several():
    assert is_readable("一\r\n二", lines=True)
    assert not is_readable("一\n二")


def test_its_examples_hold():
    assert doctest.testmod(readable).failed == 0
