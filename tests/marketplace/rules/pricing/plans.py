"""Short ways to write price plans for tests."""

from typing import Any

from marketplace.rules.pricing import PricePlan


def plan(*components: dict[str, Any], currency: str = "CNY", **bounds: str) -> PricePlan:
    """Parse a plan of these components, with ``minimum="…"`` and ``cap="…"``."""
    return PricePlan.parse(document(*components, currency=currency, **bounds))


def document(*components: dict[str, Any], currency: str = "CNY", **bounds: str) -> dict[str, Any]:
    """Write a plan document."""
    limits = {name: {"amount": amount} for name, amount in bounds.items()}
    return {"version": 1, "currency": currency, "components": list(components)} | limits


def base(amount: str, **fields: Any) -> dict[str, Any]:
    """A base fee."""
    return {"id": "base", "kind": "base_fee", "amount": amount} | fields


def hours(price: str, **fields: Any) -> dict[str, Any]:
    """A price per hour of run time."""
    return {"id": "run", "kind": "per_unit", "meter": "run_time", "unit": "h", "price": price} | fields


def parts(price: str, **fields: Any) -> dict[str, Any]:
    """A price per part."""
    return {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": price} | fields


def steps(tiers: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A price per part that changes with the number of parts."""
    return {"id": "parts", "kind": "graduated", "meter": "parts", "unit": "piece", "tiers": tiers} | fields


def by_total(tiers: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A price per part that the number of parts decides for all of them."""
    return {**steps(tiers, **fields), "kind": "volume"}


def fee(rate: str, **fields: Any) -> dict[str, Any]:
    """The platform's share of the rent."""
    return {"id": "fee", "kind": "percentage", "rate": rate} | fields
