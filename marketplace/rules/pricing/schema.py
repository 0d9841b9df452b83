"""The price plan's JSON form as a JSON Schema (2020-12), published for those who write plans by program."""

from typing import Any

from marketplace.rules.pricing.base_fee import PRORATES
from marketplace.rules.pricing.lines import SELLERS
from marketplace.rules.pricing.package import COUNTS
from marketplace.rules.pricing.percentage import RENT
from marketplace.rules.pricing.plans import VERSION
from marketplace.rules.pricing.quantity import METERS, ROUNDINGS
from marketplace.rules.pricing.tax import CATEGORIES
from marketplace.rules.pricing.term import PERS
from marketplace.shared.money import PLACES

Schema = dict[str, Any]

NUMBER: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,10})?$"},
        {"type": "integer", "minimum": 0, "exclusiveMaximum": 10**12},
    ]
}
UNITS = list(dict.fromkeys(unit for units in METERS.values() for unit in units))


def price_plan_schema() -> Schema:
    """Return the schema; rules that span several fields are checked by ``PricePlan.parse`` alone."""
    plan = _object(
        {
            "version": {"const": VERSION},
            "currency": {"enum": list(PLACES)},
            "components": {"type": "array", "minItems": 1, "items": {"oneOf": _components()}},
            "minimum": _one_of("amount"),
            "cap": _one_of("amount"),
            "discount": _one_of("percent", "amount"),
            "term_minimum": _one_of("amount", per={"enum": list(PERS)}),
        },
        ["version", "currency", "components"],
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Price plan", **plan}


def _components() -> list[Schema]:
    tier = _object(
        {"up_to": _or_null(NUMBER), "unit": NUMBER, "flat": NUMBER, "block": _or_null(NUMBER)},
        ["up_to", "unit"],
    )
    tiers = {"type": "array", "minItems": 1, "items": tier}
    rate = _object({"up_to": _or_null(NUMBER), "rate": NUMBER, "flat": NUMBER}, ["up_to", "rate"])
    rates = {"type": "array", "minItems": 1, "items": rate}
    package = {"size": NUMBER, "price": NUMBER, "packages": {"enum": list(COUNTS)}}
    carried = {name: field for name, field in _quantity().items() if name != "included"}
    return [
        _component("base_fee", {"amount": NUMBER, "prorate": {"enum": list(PRORATES)}}, ["amount"]),
        _component("per_unit", {**_quantity(), "price": NUMBER}, ["meter", "unit", "price"]),
        _component("graduated", {**_quantity(), "tiers": tiers}, ["meter", "unit", "tiers"]),
        _component("volume", {**_quantity(), "tiers": tiers}, ["meter", "unit", "tiers"]),
        _component("package", {**_quantity(), **package}, ["meter", "unit", "size", "price"]),
        _component("dynamic", {**carried, "multiplier": NUMBER}, ["meter", "unit"]),
        _component("percentage", {"rate": NUMBER, "of": {"const": RENT}}, ["rate"]),
        _component("percentage", {"tiers": rates, "of": {"const": RENT}}, ["tiers"]),
    ]


def _component(kind: str, fields: Schema, required: list[str]) -> Schema:
    head = {
        "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
        "kind": {"const": kind},
        "seller": {"enum": list(SELLERS)},
        "tax_category": {"enum": list(CATEGORIES)},
        "discount": _one_of("percent", "amount"),
        "minimum": _one_of("amount", "quantity"),
        "cap": _one_of("amount"),
        "term_minimum": _one_of("amount", "quantity", per={"enum": list(PERS)}),
    }
    return _object({**head, **fields}, ["id", "kind", *required])


def _one_of(*names: str, **others: Schema) -> Schema:
    """Return an object with exactly one of some numbers, or null."""
    return _or_null({"oneOf": [_object({name: NUMBER, **others}, [name]) for name in names]})


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _quantity() -> Schema:
    return {
        "meter": {"enum": list(METERS)},
        "unit": {"enum": UNITS},
        "round_to": _or_null(NUMBER),
        "round": {"enum": list(ROUNDINGS)},
        "included": NUMBER,
    }


def _object(fields: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
