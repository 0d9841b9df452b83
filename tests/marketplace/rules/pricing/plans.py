"""Short ways to write price plans for tests."""

from typing import Any

from marketplace.rules.pricing import PricePlan


def plan(*components: dict[str, Any], currency: str = "CNY", **bounds: Any) -> PricePlan:
    """Parse a plan of these components, with ``minimum="…"``, ``cap="…"`` and other bounds as they are."""
    return PricePlan.parse(document(*components, currency=currency, **bounds))


def document(*components: dict[str, Any], currency: str = "CNY", **bounds: Any) -> dict[str, Any]:
    """Write a plan document."""
    limits = {name: {"amount": bound} if isinstance(bound, str) else bound for name, bound in bounds.items()}
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


def packages(price: str, size: str, **fields: Any) -> dict[str, Any]:
    """A price per package of parts."""
    package = {"id": "parts", "kind": "package", "meter": "parts", "unit": "piece"}
    return package | {"price": price, "size": size} | fields


def carried(multiplier: str, **fields: Any) -> dict[str, Any]:
    """A price that parts carry with them."""
    dynamic = {"id": "parts", "kind": "dynamic", "meter": "parts", "unit": "piece"}
    return dynamic | {"multiplier": multiplier} | fields


def fee_in_steps(tiers: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The platform's share of the rent, in steps."""
    return {"id": "fee", "kind": "percentage", "tiers": tiers} | fields


def percent(number: str) -> dict[str, str]:
    """A discount."""
    return {"percent": number}
