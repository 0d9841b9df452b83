import doctest

import pytest

from marketplace.rules import key_texts


def test_the_examples_hold():
    assert doctest.testmod(key_texts).failed == 0


@pytest.mark.parametrize("mode", key_texts.MODES)
def test_what_is_written_is_read_again(mode):
    assert key_texts.parts(key_texts.written(mode, "0a1b", "se.cret_live_")) == (
        mode,
        "0a1b",
        "se.cret_live_",
    )


def test_a_key_from_before_there_were_modes_is_a_live_one():
    assert key_texts.parts("jj_0a1b.secret") == ("live", "0a1b", "secret")


@pytest.mark.parametrize("text", ["", "jj_", "nonsense", "jj_test_", "jj_live_."])
def test_nonsense_has_no_secret(text):
    assert key_texts.parts(text).secret == ""
