from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from devices.rules.limits import limit_flaws

LIMITS = some.none() | some.decimals(-(10**17), 10**17, allow_nan=False, places=6)


def codes(**given_):
    values = {"known": True, "low": None, "high": Decimal(80), "source": "manual p. 12"} | given_
    return [(one.pointer, one.code) for one in limit_flaws(**values)]


@pytest.mark.parametrize(
    "sound",
    [
        {},
        {"low": Decimal("-5.5"), "high": None},
        {"low": Decimal(5), "high": Decimal(80)},
        {"high": None, "source": ""},
        {"high": Decimal("0." + 17 * "0" + "1")},
    ],
)
def test_limits_that_are_sound(sound):
    assert codes(**sound) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"known": False}, ("/channel", "unknown_gauge")),
        ({"high": Decimal("NaN")}, ("/warn_high", "bad_limit")),
        ({"high": Decimal("-Infinity")}, ("/warn_high", "bad_limit")),
        ({"low": Decimal(-(10**18))}, ("/warn_low", "bad_limit")),
        ({"high": Decimal("0." + 18 * "0" + "1")}, ("/warn_high", "bad_limit")),
        ({"low": Decimal(80)}, ("/warn_high", "limits_crossed")),
        ({"source": " "}, ("/limits_source", "limit_without_source")),
        ({"high": None}, ("/limits_source", "source_without_limit")),
        ({"source": "x" * 201}, ("/limits_source", "source_too_long")),
    ],
)
def test_each_fault_is_said_at_its_field(wrong, told):
    assert codes(**wrong) == [told]


@given(LIMITS, LIMITS)
def test_what_passes_is_in_order(low, high):
    passes = not limit_flaws(
        known=True, low=low, high=high, source="x" if (low, high) != (None, None) else ""
    )

    assert passes is (low is None or high is None or low < high)
