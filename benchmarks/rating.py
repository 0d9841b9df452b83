"""Charges a second of processor time, beside the same rule in ``Decimal`` and ``Fraction``."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import figures
from marketplace.rules.pricing.charge import charge
from marketplace.rules.pricing.even import evenly
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.spread import Spread
from tests.factories import marketplace as make
from tests.marketplace.rules.pricing import oracle

TIERS = [
    {"up_to": "1000", "unit": "1.50"},
    {"up_to": "5000", "unit": "1.20", "flat": "10"},
    {"up_to": "20000", "unit": "0.95"},
    {"up_to": None, "unit": "0.9"},
]
HOURS = {"kind": "per_unit", "meter": "run_time", "unit": "h", "price": "86.00", "included": "10"}
PARTS = {"kind": "graduated", "meter": "good_parts", "unit": "piece", "tiers": TIERS}
FEE = {"id": "fee", "kind": "percentage", "rate": "0.03", "of": "rent", "seller": "platform"}
WHOLE: dict[str, Any] = {
    "version": 1,
    "currency": "CNY",
    "components": [
        {"id": "base", "kind": "base_fee", "amount": "3000.00"},
        {"id": "run", **HOURS},
        {"id": "parts", **PARTS},
        FEE,
    ],
    "minimum": {"amount": "5000"},
    "cap": {"amount": "30000"},
}
PLANS = {"base fee, hours, share": make.HOURLY, "two meters, tiers, minimum, cap": WHOLE}
MANY, FEW = 3000, 300


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows: nets alone, as a comparison needs them, and whole lines, as invoices keep them."""
    found = [row for name, document in PLANS.items() for row in _rows(name, PricePlan.parse(document))]
    return [*found, estimated()]


def estimated() -> tuple[str, str, str, str]:
    """A year in one charge, evenly used, 48 bands of a quarter-hour; beside its slices one by one."""
    zone = ZoneInfo("Asia/Shanghai")
    bands = [
        {"name": f"b{hour}-{minute}", "from": f"{hour:02}:{minute:02}", "to": f"{hour:02}:{minute + 15:02}"}
        | {"price": str(hour + 1)}
        for hour in range(24)
        for minute in (0, 30)
    ]
    timed = {"id": "run", "kind": "time_of_day", "meter": "run_time", "unit": "h", "price": "1"}
    plan = PricePlan.parse(WHOLE | {"components": [timed | {"window": "quarter", "bands": bands}]})
    usage = {"run_time": Decimal(7_200_000)}

    def milliseconds(spread: Spread) -> float:
        began = time.process_time()
        charge(plan, usage, final=True, spread=spread)
        return 1000 * (time.process_time() - began)

    even = evenly(usage, start=datetime(2026, 1, 1, tzinfo=zone), days=365, zone=zone)
    slices = Spread(zone, even.period, dict(even.slices))
    fast = [milliseconds(even) for _ in range(figures.ROUNDS)]
    slow = milliseconds(slices)
    return (
        "a year by the time of day, 48 bands, windows of a quarter",
        f"{statistics.median(fast):.1f} ms ({min(fast):.1f}–{max(fast):.1f})",
        f"its slices one by one {slow:,.0f} ms",
        f"{statistics.median(fast) / slow:.4f}",
    )


def _rows(name: str, plan: PricePlan) -> list[tuple[str, str, str, str]]:
    def nets(usage: dict[str, Decimal]) -> int:
        found = charge(plan, usage, final=True)
        found.total()
        return len(found.lines)

    def written(usage: dict[str, Decimal]) -> int:
        return len([line.dump() for line in charge(plan, usage, final=True).lines])

    def by_rule(usage: dict[str, Decimal]) -> int:
        return len(oracle.charged(plan, usage))

    def written_by_rule(usage: dict[str, Decimal]) -> int:
        return len([line.dump() for line in oracle.charged(plan, usage)])

    return [
        _row(f"charge(), lines: {name}", nets, by_rule),
        _row(f"charge(), lines written out: {name}", written, written_by_rule),
    ]


Work = Callable[[dict[str, Decimal]], int]


def _row(what: str, work: Work, rule: Work) -> tuple[str, str, str, str]:
    """Measure both alternately, so that who else uses the machine disturbs both alike."""
    rates = [(_rate(work, turn, MANY), _rate(rule, turn, FEW)) for turn in range(figures.ROUNDS)]
    ratio = statistics.median(fast / slow for fast, slow in rates)
    fast, slow = ([each[place] for each in rates] for place in (0, 1))
    return (
        what,
        figures.words_of(fast, "lines/s"),
        "decimals " + figures.words_of(slow, "lines/s"),
        f"{ratio:.1f}",
    )


def _rate(work: Work, turn: int, count: int) -> float:
    """Return lines per second of processor time."""
    totals = [
        {
            "run_time": Decimal((turn * count + one) * 7919 % 2_000_000),
            "good_parts": Decimal(one * 31 % 30_000),
        }
        for one in range(count)
    ]
    began = time.process_time()
    lines = sum(map(work, totals))
    return lines / (time.process_time() - began)
