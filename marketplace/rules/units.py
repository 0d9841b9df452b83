"""
Units of specifications: which convert into each other, and the one way in which each is written everywhere.

What people type is read in any spelling of ``SPELLINGS`` and kept in this one: dictionaries, statements of
owners, imports and the search ask here.
"""

import re
from decimal import Decimal
from fractions import Fraction

from marketplace.shared.money import as_decimal

PLACES = 10  # behind the point, of a number that is kept

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
ALONE = (
    "rpm", "1/min", "1/h", "°C", "A", "m/s", "ppm", "L/h", "L/min", "N·m", "m³/min", "m³/h", "dB(A)", "kvar",
    "kWh", "kVA", "Hz", "%", "m²", "m³",
)  # fmt: skip
UNITS: tuple[str, ...] = (*(unit for scale in SCALES for unit in scale), *ALONE)
CHINESE = {
    "毫米": "mm", "厘米": "cm", "公分": "cm", "米": "m", "微米": "µm", "千瓦": "kW", "瓦": "W", "兆瓦": "MW",
    "公斤": "kg", "千克": "kg", "克": "g", "吨": "t", "千牛": "kN", "牛": "N", "转": "rpm", "升": "L",
    "毫升": "mL", "千伏": "kV", "伏": "V", "兆帕": "MPa", "巴": "bar", "秒": "s", "分钟": "min",
}  # fmt: skip
SPELLINGS = {
    "μm": "µm", "um": "µm", "r/min": "rpm", "1/m": "rpm", "l": "L", "ml": "mL", "kw": "kW", "KW": "kW",
    "Kw": "kW", "MM": "mm", "KG": "kg", "Kg": "kg", "KN": "kN", "Kn": "kN", "Mpa": "MPa", "Kpa": "kPa",
    "℃": "°C", "m3/h": "m³/h", "m3/min": "m³/min", "m2": "m²", "m3": "m³", "N.m": "N·m", "N*m": "N·m",
    "Nm": "N·m", "dBA": "dB(A)", "l/min": "L/min", "l/h": "L/h",
} | CHINESE  # fmt: skip


class Uneven(ValueError):
    """A number does not come out even in a unit: to write it there it would have to be rounded."""


def canonical(unit: str) -> str:
    """
    Return a unit as it is written everywhere; one that is not known stands as it is.

        >>> canonical("μm"), canonical(" 毫米 "), canonical("lm")
        ('µm', 'mm', 'lm')
    """
    said = unit.strip()
    return SPELLINGS.get(said, said)


def lookalike(unit: str) -> str | None:
    """
    Return the unit that somebody probably meant who wrote another one; nothing for one that is written right.

        >>> lookalike("Mm"), lookalike("k W"), lookalike("mm"), lookalike("lm")
        ('mm', 'kW', None, None)
    """
    if unit in UNITS:
        return None
    return _FORMS.get(_form(unit))


def units_of(unit: str | None) -> tuple[str, ...]:
    """Return the units in which a value of this unit may be given."""
    return tuple(next((scale for scale in SCALES if unit in scale), {unit: 1} if unit else {}))


def convertible(unit: str | None, to: str | None) -> bool:
    """Return whether a number in one unit can be said in another."""
    return unit == to or any(unit in scale and to in scale for scale in SCALES)


def ratio(unit: str | None, to: str | None) -> Fraction:
    """
    Return how many of one unit make one of the other.

        >>> ratio("m", "mm"), ratio("s", "min")
        (Fraction(1000, 1), Fraction(1, 60))

    :raises LookupError: if they do not convert
    """
    if unit == to:
        return Fraction(1)
    for scale in SCALES:
        if unit in scale and to in scale:
            return Fraction(scale[unit or ""], scale[to or ""])
    raise LookupError(f"{unit} is no {to}")


def even(number: Fraction) -> Decimal:
    """
    Write a number exactly, with at most ten digits behind the point.

    :raises Uneven: if it has more
    """
    if (number * 10**PLACES).denominator != 1:
        raise Uneven
    return as_decimal(number, PLACES)


def _form(unit: str) -> str:
    plain = unit.casefold().translate(str.maketrans("²³µ", "23μ"))
    return re.sub(r"[\s.·*()^]", "", plain)


_FORMS = {_form(word): unit for word, unit in SPELLINGS.items()} | {_form(unit): unit for unit in UNITS}
