"""
Check what an owner says about a machine against the dictionary of its category.

A number may come bare, in the field's own unit, or with a unit that converts exactly: ``"1.2 m"`` for a field
in millimetres becomes ``"1200"``. Values come back in the dictionary's units, numbers as text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.categories import BOOL, CHOICE, NUMBER, TEXT, Field
from marketplace.rules.reading import flaw, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal

TEXT_LENGTH = 200
AMOUNT = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,10})?)\s*(\S.*)?", re.ASCII)

# Units of one dimension, each as how many of the smallest it holds.
SCALES: tuple[dict[str, int], ...] = (
    {"nm": 1, "µm": 10**3, "mm": 10**6, "cm": 10**7, "m": 10**9},
    {"g": 1, "kg": 10**3, "t": 10**6},
    {"W": 1, "kW": 10**3, "MW": 10**6},
    {"N": 1, "kN": 10**3},
    {"V": 1, "kV": 10**3},
    {"ms": 1, "s": 10**3, "min": 60 * 10**3, "h": 3600 * 10**3},
    {"mL": 1, "L": 10**3},
    {"kPa": 1, "bar": 100, "MPa": 1000},
)
SPELLINGS = {
    "μm": "µm",
    "um": "µm",
    "r/min": "rpm",
    "1/m": "rpm",
    "l": "L",
    "ml": "mL",
    "kw": "kW",
    "KW": "kW",
}

Value = str | bool


class _Flawed(Exception):
    def __init__(self, code: str, **facts: Any) -> None:
        self.code, self.facts = code, facts


def validate(fields: Sequence[Field], values: Mapping[str, Any]) -> tuple[dict[str, Value], list[Flaw]]:
    """
    Return the values in the dictionary's form, and a flaw for every value that does not fit.

    A value of ``None`` or ``""`` counts as not given. The pointer of a flaw is the field's code.
    """
    known = {field.code: field for field in fields}
    good: dict[str, Value] = {}
    flaws = [flaw(f"/{name}", "unknown_spec", field=name) for name in values if name not in known]
    for code, field in known.items():
        value = values.get(code)
        if value is None or value == "":
            flaws += [flaw(f"/{code}", "required")] if field.required else []
            continue
        try:
            good[code] = READERS[field.kind](field, value)
        except _Flawed as error:
            flaws.append(flaw(f"/{code}", error.code, **error.facts))
    return good, flaws


def units_of(unit: str | None) -> tuple[str, ...]:
    """Return the units in which a value of this unit may be given."""
    return tuple(next((scale for scale in SCALES if unit in scale), {unit: 1} if unit else {}))


def convertible(unit: str | None, to: str | None) -> bool:
    """Return whether a number in one unit converts exactly to another."""
    return unit == to or any(unit in scale and to in scale for scale in SCALES)


def carried(value: Value, old: Field, new: Field) -> Value:
    """
    Return a value of one field as another of the same kind says it: a number in the other's unit.

        >>> from dataclasses import replace
        >>> from marketplace.rules.categories import fields_of
        >>> travel = fields_of("M1-MC")[1]
        >>> carried("650", travel, replace(travel, unit="m"))
        '0.65'
    """
    if new.kind != NUMBER or old.unit == new.unit:
        return value
    match = AMOUNT.fullmatch(str(value))
    return plain(_convert(Fraction(match[1]), old.unit, new)) if match else value


def _number(field: Field, value: object) -> Value:
    match = AMOUNT.fullmatch(str(value).strip()) if type(value) in (int, str, Decimal) else None
    if match is None:
        raise _Flawed("not_a_number")
    number = _convert(Fraction(match[1]), match[2], field)
    unit = field.unit or ""
    if field.minimum is not None and number < field.minimum:
        raise _Flawed("below_range", minimum=plain(field.minimum), unit=unit)
    if field.maximum is not None and number > field.maximum:
        raise _Flawed("above_range", maximum=plain(field.maximum), unit=unit)
    return plain(number)


def _convert(number: Fraction, unit: str | None, field: Field) -> Decimal:
    unit = SPELLINGS.get(unit or "", unit)
    if unit is None or unit == field.unit:
        return as_decimal(number)
    scale = next((scale for scale in SCALES if field.unit in scale), {})
    if field.unit is None or unit not in scale:
        raise _Flawed("unknown_unit", choices=", ".join(units_of(field.unit)) or "—")
    return as_decimal(number * scale[unit] / scale[field.unit])


def _choice(field: Field, value: object) -> Value:
    if not isinstance(value, str) or value not in field.choices:
        raise _Flawed("not_a_choice", choices=", ".join(field.choices))
    return value


def _text(field: Field, value: object) -> Value:
    if not isinstance(value, str) or len(value.strip()) not in range(1, TEXT_LENGTH + 1):
        raise _Flawed("not_text", most=TEXT_LENGTH)
    return value.strip()


def _bool(field: Field, value: object) -> Value:
    answers: dict[object, bool] = {"true": True, "false": False}
    answer = value if isinstance(value, bool) else answers.get(str(value))
    if answer is None:
        raise _Flawed("not_yes_or_no")
    return answer


READERS: dict[str, Callable[[Field, object], Value]] = {
    NUMBER: _number,
    CHOICE: _choice,
    TEXT: _text,
    BOOL: _bool,
}
