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
from marketplace.rules.units import Uneven, canonical, convertible, even, ratio, units_of
from marketplace.shared.errors import Flaw

TEXT_LENGTH = 200
AMOUNT = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,10})?)\s*(\S.*)?", re.ASCII)

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


def stated(
    fields: Sequence[Field], stands: Mapping[str, Value], given: Mapping[str, Any]
) -> tuple[dict[str, Value], list[Flaw]]:
    """
    Return what a machine says once some values are stated anew, and a flaw for each that does not fit.

    What is given as it stands, or not given, stays, though a newer version of the dictionary has no such
    choice any more, or other bounds; ``None`` and ``""`` take a value away. What must be stated is
    missed only if it is named: a newer dictionary that asks for more stops nobody from stating other things.
    """
    known = {field.code for field in fields}
    anew = {
        code: value
        for code, value in given.items()
        if code not in known or not _same(value, stands.get(code))
    }
    kept = {code: value for code, value in stands.items() if code not in anew}
    good, flaws = validate(fields, {**stands, **anew})
    stay = {f"/{code}" for code in {*kept, *(known - {*given})}}
    return {**good, **kept}, [each for each in flaws if each.pointer not in stay]


def unfit(fields: Sequence[Field], values: Mapping[str, Value]) -> list[str]:
    """Return the codes of values that the dictionary would refuse now: a choice is gone, or bounds differ."""
    _, flaws = validate(fields, values)
    wrong = {each.pointer for each in flaws}
    return [code for code in values if f"/{code}" in wrong]


def said_in(value: Value, unit: str | None, to: str | None) -> Value:
    """
    Return a number as text in another unit, exactly; what is no number stands as it is.

        >>> said_in("650", "mm", "m")
        '0.65'

    :raises Uneven: if it would have to be rounded
    """
    if unit == to or not isinstance(value, str):
        return value
    return plain(even(Fraction(value) * ratio(unit, to)))


def _same(value: object, stands: Value | None) -> bool:
    if value is None or value == "":
        return stands is None
    return value == stands or (isinstance(stands, bool) and value == str(stands).lower())


def _number(field: Field, value: object) -> Value:
    match = AMOUNT.fullmatch(str(value).strip()) if type(value) in (int, str, Decimal) else None
    if match is None:
        raise _Flawed("not_a_number")
    number = _convert(Fraction(match[1]), match[2], field)
    if not AMOUNT.fullmatch(plain(number)):
        raise _Flawed("not_a_number")
    unit = field.unit or ""
    if field.minimum is not None and number < field.minimum:
        raise _Flawed("below_range", minimum=plain(field.minimum), unit=unit)
    if field.maximum is not None and number > field.maximum:
        raise _Flawed("above_range", maximum=plain(field.maximum), unit=unit)
    return plain(number)


def _convert(number: Fraction, unit: str | None, field: Field) -> Decimal:
    said = canonical(unit) if unit else field.unit
    if not convertible(said, field.unit):
        raise _Flawed("unknown_unit", choices=", ".join(units_of(field.unit)) or "—")
    try:
        return even(number * ratio(said, field.unit))
    except Uneven as error:
        raise _Flawed("uneven", unit=field.unit or "") from error


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
