"""
The contract of the synthetic machine, and what it then costs: sums by hand, not the pricing rules.

Nothing of ``marketplace.rules.pricing`` is used to compute what is owed; a rule that goes wrong there differs
from this.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules.synthetic import ACTIVE, PARTS, STATE, Work

ZONE = ZoneInfo("Asia/Shanghai")
VAT = Decimal("0.13")
PLAN: dict[str, Any] = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {
            "id": "hours",
            "kind": "time_of_day",
            "meter": "run_time",
            "unit": "min",
            "round_to": "0.5",
            "price": "0.30",
            "bands": [
                {"name": "peak", "from": "10:00", "to": "12:00", "factor": "1.5"},
                {"name": "night", "from": "22:00", "to": "06:00", "factor": "0.5"},
            ],
        },
        {
            "id": "parts",
            "kind": "graduated",
            "meter": "good_parts",
            "unit": "piece",
            "included": "1000",
            "tiers": [{"up_to": "9000", "unit": "0.50"}, {"up_to": None, "unit": "0.40"}],
        },
    ],
    "minimum": {"amount": "2000.00"},
    "cap": {"amount": "15000.00"},
}
COUNT_RULES: list[dict[str, Any]] = [
    {"version": 1, "meter": "run_time", "channel": STATE, "states": [ACTIVE]},
    {
        "version": 1,
        "meter": "good_parts",
        "channel": STATE,
        "counter": PARTS,
        "behaviour": {"kind": "DEFAULT"},
    },
]
CENT = Decimal("0.01")


def owed(work: Iterable[Work], *, share: tuple[int, int], final: bool) -> dict[str, int]:
    """
    Return what the contract costs before tax, by component, in fen; ``share`` are days of so many.

    The minimum is asked for when the period is over, the cap always.
    """
    done = list(work)
    hours = sum((one.run_time * _price_at(one.at) for one in done), Decimal(0)) / 3600
    pieces = max(0, sum(one.parts for one in done) - 1000)
    parts = min(pieces, 9000) * Decimal("0.50") + max(0, pieces - 9000) * Decimal("0.40")
    found = {"hours": _fen(hours), "parts": _fen(parts)}
    rent = sum(found.values())
    least, most = (_fen(Decimal(amount) * share[0] / share[1]) for amount in (2000, 15000))
    if final and rent < least:
        found["minimum"] = least - rent
    if rent > most:
        found["cap"] = most - rent
    return found


def vat_of(nets: Iterable[int]) -> int:
    """Return the tax of lines by their nets, each rounded by itself; fen."""
    return sum(int((net * VAT).quantize(Decimal(1), ROUND_HALF_UP)) for net in nets)


def _price_at(at: int) -> Decimal:
    hour = datetime.fromtimestamp(at, ZONE).hour
    if 10 <= hour < 12:
        return Decimal(27)
    return Decimal(9) if hour >= 22 or hour < 6 else Decimal(18)


def _fen(yuan: Decimal) -> int:
    return int(yuan.quantize(CENT, ROUND_HALF_UP).scaleb(2))
