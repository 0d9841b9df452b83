from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from devices.rules.meters import change_flaws

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
GOOD = {
    "known": True,
    "moment": NOW - timedelta(hours=1),
    "final": Decimal("1841"),
    "first": Decimal(0),
    "reason": "RESET",
    "reasons": ("RESET", "MEMORY_LOST"),
    "note": "",
    "not_before": NOW - timedelta(days=1),
    "at": NOW,
}


def test_nothing_is_wrong_with_a_good_one():
    assert change_flaws(**GOOD) == []
    assert change_flaws(**GOOD | {"moment": NOW, "final": Decimal("0.000000000000000001")}) == []


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"known": False}, "/channel", "unknown_counter"),
        ({"moment": NOW + timedelta(seconds=1)}, "/at", "change_in_future"),
        ({"moment": NOW - timedelta(days=2)}, "/at", "change_too_early"),
        ({"final": Decimal(-1)}, "/final", "bad_counter_value"),
        ({"final": Decimal("NaN")}, "/final", "bad_counter_value"),
        ({"first": Decimal("Infinity")}, "/first", "bad_counter_value"),
        ({"first": Decimal(10) ** 18}, "/first", "bad_counter_value"),
        ({"first": Decimal("1E-19")}, "/first", "bad_counter_value"),
        ({"reason": "BECAUSE"}, "/reason", "bad_meter_reason"),
        ({"note": "x" * 301}, "/note", "note_too_long"),
    ],
)
def test_each_fault_is_found_at_its_field(wrong, pointer, code):
    assert [(flaw.pointer, flaw.code) for flaw in change_flaws(**GOOD | wrong)] == [(pointer, code)]
