"""References find their invoice by themselves, and say when they were misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.references import ROOM, Kind, check_digit, grouped, read, reference_of

KEYS = st.integers(0, ROOM - 1)
KINDS = st.sampled_from(Kind)


@given(KEYS, KINDS)
def test_a_reference_is_read_back_however_it_is_written(key, kind):
    reference = reference_of(key, kind)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in reference)

    dashed = f"{reference[:2]}-{'-'.join(reference[2:])}"
    for text in (reference, reference.lower(), grouped(reference), wide, dashed, f"租金 {reference}，谢谢"):
        [found] = read(text)
        assert (found.kind, found.key, found.is_valid) == (kind, key, True)


@given(KEYS, st.integers(0, 8), st.integers(1, 9))
def test_a_wrong_digit_is_always_found(key, place, shift):
    digits = list(reference_of(key)[2:])
    digits[place] = str((int(digits[place]) + shift) % 10)

    [found] = read(f"ZL{''.join(digits)}")

    assert not found.is_valid


@given(st.lists(KEYS, min_size=2, max_size=2, unique=True))
def test_no_two_invoices_share_one(keys):
    first, second = map(reference_of, keys)

    assert first != second
    assert [one.key for one in read(f"{first} {second} {first}")] == keys


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    assert all(0 <= one.key < ROOM for one in read(text))


@pytest.mark.parametrize("text", ["", "租金", "INV-2026-000101", "ZL12345", "AZL033789774", "ZL0337897741"])
def test_what_is_none_is_not_taken_for_one(text):
    assert read(text) == []


def test_the_check_digit_is_that_of_iso_7064():
    assert check_digit("0794") == "5"


@pytest.mark.parametrize("key", [-1, ROOM])
def test_a_key_without_room_has_none(key):
    with pytest.raises(ValueError, match="no reference"):
        reference_of(key)
