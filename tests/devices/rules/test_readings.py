from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.readings import (
    LARGEST,
    UNAVAILABLE,
    Reading,
    Refused,
    exact,
    microseconds,
    number,
    value_of,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def reason_of(function, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        function(*args, **kwargs)
    assert str(caught.value)
    return caught.value.reason


class TestMicroseconds:
    @pytest.mark.parametrize(
        ("text", "micro"),
        [
            ("2026-03-02T09:15:04Z", 0),
            ("2026-03-02T09:15:04.1Z", 100_000),
            ("2026-03-02T09:15:04.123456Z", 123_456),
            ("2026-03-02T09:15:04.1234569Z", 123_456),
            ("2026-03-02T17:15:04.999999999999+08:00", 999_999),
            ("2026-03-02t09:15:04.5z", 500_000),
        ],
    )
    def test_cuts_to_microseconds_of_utc(self, text, micro):
        whole = (datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

        assert microseconds(text) == whole + micro

    @given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
    def test_agrees_with_the_calendar(self, moment):
        expected = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

        assert microseconds(moment.isoformat(timespec="microseconds") + "Z") == expected

    def test_refuses_a_stamp_without_zone(self):
        assert reason_of(microseconds, "2026-03-02T09:15:04") == "time_without_zone"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T23:59:60Z",
            "2026-03-02T09:15:04+99:00",
            "2026-03-02 09:15:04Z",
            "0000-01-01T00:00:00Z",
            "٢٠٢٦-03-02T09:15:04Z",
        ],
    )
    def test_refuses_what_is_no_moment(self, text):
        assert reason_of(microseconds, text) == "time_invalid"


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("36.000000", 36),
            ("0036", 36),
            ("-0", 0),
            ("+5", 5),
            (".5", Decimal("0.5")),
            ("-0.0015240", Decimal("-0.001524")),
            ("1e3", 1000),
            ("8.9E-05", Decimal("0.000089")),
            ("0e999", 0),
            ("999999999999999999", LARGEST - 1),
        ],
    )
    def test_is_exact_at_its_minimal_scale(self, text, value):
        found = number(text)

        assert (found, type(found), str(Decimal(found))) == (value, type(value), str(Decimal(value)))

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("NaN", "number_not_finite"),
            ("-Infinity", "number_not_finite"),
            ("inf", "number_not_finite"),
            ("", "number_invalid"),
            ("12,5", "number_invalid"),
            ("0x10", "number_invalid"),
            ("1_000", "number_invalid"),
            ("²", "number_invalid"),
            ("1000000000000000000", "number_too_large"),
            ("-1e18", "number_too_large"),
            ("1e999", "number_too_large"),
            ("0.0000000000000000001", "number_too_precise"),
            ("1e-999", "number_too_precise"),
            ("12345678901234567.89", "number_too_precise"),
        ],
    )
    def test_refuses_what_no_block_can_hold(self, text, reason):
        assert reason_of(number, text) == reason

    @given(st.text(max_size=30))
    def test_refuses_or_reads_any_text(self, text):
        try:
            assert exact(number(text)) == number(text)
        except Refused as refused:
            assert refused.reason.startswith("number_")


class TestExact:
    def test_refuses_a_whole_number_out_of_range(self):
        assert reason_of(exact, 10**400) == "number_too_large"

    def test_refuses_a_decimal_that_is_not_finite(self):
        assert reason_of(exact, Decimal("NaN")) == "number_not_finite"

    def test_passes_a_whole_number(self):
        assert exact(-7) == -7


class TestValueOf:
    def test_has_no_value_for_unavailable(self):
        assert value_of(UNAVAILABLE, numeric=True) is None
        assert not Reading(1, 0, "execution", value_of(UNAVAILABLE, numeric=False)).live

    def test_keeps_a_blank_text_which_is_a_sign_of_life(self):
        assert Reading(1, 0, "program", value_of("", numeric=False)).live

    def test_reads_numbers_only_where_numbers_belong(self):
        assert value_of("0062", numeric=False) == "0062"
        assert value_of("0062", numeric=True) == 62

    def test_refuses_texts_that_cannot_be_stored(self):
        assert reason_of(value_of, "x" * 8193, numeric=False) == "text_too_long"
        assert reason_of(value_of, "a\x00b", numeric=False) == "character_not_allowed"
