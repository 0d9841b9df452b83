"""Short ways to write usage that lies in time."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.pricing import Charge, PricePlan, charge
from marketplace.rules.pricing.spread import Slice, Spread, total
from marketplace.shared.money import as_decimal
from marketplace.shared.period import Period

CHINA = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    """A moment by the local clock: ``2026-07-01 10:15``."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def month(text: str = "2026-07-01", until: str = "2026-08-01", zone: ZoneInfo = CHINA) -> Period:
    """A period of local days."""
    return Period(at(text, zone), at(until, zone))


def spread(
    counted: Iterable[tuple[str, str]],
    *,
    meter: str = "energy",
    period: Period | None = None,
    zone: ZoneInfo = CHINA,
    earlier: Iterable[str] = (),
) -> Spread:
    """A spread of one meter from (local start, quantity)."""
    slices = [Slice(at(start, zone), Decimal(quantity)) for start, quantity in counted]
    before = {meter: [Decimal(each) for each in earlier]}
    return Spread(zone, period or month(zone=zone), {meter: slices}, before)


def priced(plan: PricePlan, given: Spread, *, final: bool = True, **fields: Any) -> Charge:
    """The charge of a spread, the totals being those of its slices."""
    totals = {meter: as_decimal(total(slices), 18) for meter, slices in given.slices.items()}
    return charge(
        plan, dict.fromkeys(plan.meters(), Decimal(0)) | totals, final=final, spread=given, **fields
    )


def energy(price: str, **fields: Any) -> dict[str, Any]:
    """An electricity price that depends on when."""
    head = {"id": "power", "kind": "time_of_day", "meter": "energy", "unit": "kWh"}
    return head | {"price": price} | fields


def band(name: str, start: str, end: str, **fields: Any) -> dict[str, Any]:
    """A band of a tariff."""
    return {"name": name, "from": start, "to": end} | fields


def highest(price: str, **fields: Any) -> dict[str, Any]:
    """A price on the highest window."""
    head = {"id": "peak", "kind": "peak", "meter": "energy", "unit": "kWh", "window": "day"}
    return head | {"tiers": [{"up_to": None, "unit": price}]} | fields
