"""The price plan's JSON form as a JSON Schema (2020-12), published for those who write plans by program."""

from typing import Any

from marketplace.rules.pricing.base_fee import PRORATES
from marketplace.rules.pricing.bounds import MOST_FACTOR, MOST_PRICE, MOST_UNITS
from marketplace.rules.pricing.lines import SELLERS
from marketplace.rules.pricing.netting import PER
from marketplace.rules.pricing.package import COUNTS
from marketplace.rules.pricing.percentage import RENT
from marketplace.rules.pricing.plans import BY_DAY, BY_SECOND, CONTINUE, MOST_COMPONENTS, RESTART, VERSION
from marketplace.rules.pricing.quantity import METERS, ROUNDINGS
from marketplace.rules.pricing.schedule import DAYS, LONGEST_NAME, MOST_BANDS, MOST_HOLIDAYS
from marketplace.rules.pricing.spread import WINDOWS
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


def _up_to(power: int) -> Schema:
    """Return a number that is ten to some power at most."""
    text = rf"^0*([0-9]{{1,{power}}}(\.[0-9]{{1,10}})?|10{{{power}}}(\.0{{1,10}})?)$"
    numbers = [{"type": "string", "pattern": text}, {"type": "integer", "minimum": 0, "maximum": 10**power}]
    return {"description": f"{10**power:,} at most", "anyOf": numbers}


PRICE, FACTOR, UNITS_AT_MOST = (_up_to(len(str(most)) - 1) for most in (MOST_PRICE, MOST_FACTOR, MOST_UNITS))
SWITCH: Schema = {"type": "boolean"}
UNITS = list(dict.fromkeys(unit for units in METERS.values() for unit in units))


def price_plan_schema() -> Schema:
    """
    Return the schema; rules that span several fields are checked by ``PricePlan.parse`` alone.

    So are the bands and the times of all components together (``bounds``).
    """
    plan = _object(
        {
            "version": {"const": VERSION},
            "currency": {"enum": list(PLACES)},
            "components": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_COMPONENTS,
                "items": {"oneOf": _components()},
            },
            "minimum": _one_of("amount"),
            "cap": _one_of("amount"),
            "discount": _one_of("percent", "amount"),
            "term_minimum": _one_of("amount", per={"enum": list(PERS)}),
            "shares_by": {"enum": [BY_DAY, BY_SECOND]},
            "after_change": {"enum": [CONTINUE, RESTART]},
        },
        ["version", "currency", "components"],
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Price plan", **plan}


def _components() -> list[Schema]:
    tier = _object(
        {"up_to": _or_null(NUMBER), "unit": PRICE, "flat": NUMBER, "block": _or_null(NUMBER)},
        ["up_to", "unit"],
    )
    tiers = {"type": "array", "minItems": 1, "items": tier}
    rate = _object({"up_to": _or_null(NUMBER), "rate": NUMBER, "flat": NUMBER}, ["up_to", "rate"])
    rates = {"type": "array", "minItems": 1, "items": rate}
    package = {"size": NUMBER, "price": PRICE, "packages": {"enum": list(COUNTS)}}
    netted = {
        **_quantity(),
        "included": NUMBER,
        "included_per": {"enum": list(PER)},
        "included_rolls": SWITCH,
    }
    return [
        _component("base_fee", {"amount": NUMBER, "prorate": {"enum": list(PRORATES)}}, ["amount"]),
        _component("per_unit", {**netted, "price": PRICE}, ["meter", "unit", "price"]),
        _component("package", {**netted, **package}, ["meter", "unit", "size", "price"]),
        _component("graduated", {**netted, "tiers": tiers}, ["meter", "unit", "tiers"]),
        _component("volume", {**netted, "tiers": tiers}, ["meter", "unit", "tiers"]),
        _component("dynamic", {**_quantity(), "multiplier": FACTOR}, ["meter", "unit"]),
        _component("time_of_day", {**_quantity(), **_timed()}, ["meter", "unit", "price"]),
        _component(
            "peak",
            {**_quantity(), "window": {"enum": list(WINDOWS)}, "demand": SWITCH, "tiers": tiers},
            ["meter", "unit", "window", "tiers"],
        ),
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
    return _or_null({"oneOf": [_object({name: _number(name), **others}, [name]) for name in names]})


def _number(name: str) -> Schema:
    return UNITS_AT_MOST if name == "quantity" else NUMBER


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _quantity() -> Schema:
    return {
        "meter": {"enum": list(METERS)},
        "unit": {"enum": UNITS},
        "round_to": _or_null(UNITS_AT_MOST),
        "round": {"enum": list(ROUNDINGS)},
    }


def _timed() -> Schema:
    clock = {"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):(00|15|30|45)|24:00)$"}
    day = {"type": "string", "format": "date"}
    commitment = {"commitment": NUMBER, "overage_factor": FACTOR, "true_up": SWITCH}
    band = _object(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "days": {"type": "array", "minItems": 1, "items": {"enum": list(DAYS)}},
            "from": clock,
            "to": clock,
            "valid_from": day,
            "valid_to": day,
            "price": PRICE,
            "factor": FACTOR,
            **commitment,
        },
        ["name", "from", "to"],
    )
    return {
        "price": PRICE,
        "bands": {"type": "array", "minItems": 1, "maxItems": MOST_BANDS, "items": band},
        "holidays": {"type": "array", "maxItems": MOST_HOLIDAYS, "items": day},
        "window": {"anyOf": [{"enum": list(WINDOWS)}, {"type": "null"}]},
        **commitment,
    }


def _object(fields: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
