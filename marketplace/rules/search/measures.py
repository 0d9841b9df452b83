"""
Figures in what people type: ``行程≥500mm``, ``功率 6 kW``, ``锁模力 360 吨``, ``load over 150 kg``.

A figure with the name of a specification asks for machines of at least, at most, or about that; one without
asks for what says just this. Units convert exactly (:mod:`marketplace.rules.units`); a ton of force counts
as 10 kN, as makers of presses and moulding machines print it.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from marketplace.rules.categories import NUMBER, Field, tree
from marketplace.rules.reading import plain as plain_number
from marketplace.rules.search.words import plain
from marketplace.rules.units import CHINESE, SCALES, canonical
from marketplace.shared.money import as_decimal

DATA = Path(__file__).parent / "data" / "fields.json"
ABOUT = Fraction(1, 10)  # a figure without a comparison, either way
KN_OF_A_TON = 10

AT_LEAST = (
    "大于等于",
    "不小于",
    "不低于",
    "大于",
    "超过",
    "至少",
    "最小",
    "最少",
    "高于",
    ">=",
    "≥",
    "≧",
    ">",
    "over",
    "at least",
    "min",
    "from",
)
AT_MOST = (
    "小于等于",
    "不大于",
    "不超过",
    "小于",
    "低于",
    "至多",
    "最大",
    "最多",
    "<=",
    "≤",
    "≦",
    "<",
    "under",
    "at most",
    "max",
    "up to",
)
OR_MORE, OR_LESS = ("及以上", "以上", "起", "+"), ("及以下", "以下", "以内", "之内")
SPOKEN = CHINESE | {
    "丝": "丝", "公斤压力": "bar", "轴": "轴", "工位": "工位", "rpm": "rpm", "r/min": "rpm",
    "mm": "mm", "cm": "cm", "m": "m", "um": "µm", "μm": "µm", "nm": "nm", "kw": "kW", "w": "W", "mw": "MW",
    "kg": "kg", "g": "g", "t": "t", "kn": "kN", "n": "N", "l": "L", "ml": "mL", "kv": "kV", "v": "V",
    "mpa": "MPa", "kpa": "kPa", "bar": "bar", "s": "s", "ms": "ms",
}  # fmt: skip


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


FIGURE = re.compile(
    rf"(?P<least>{_either(AT_LEAST)})?(?P<most>{_either(AT_MOST)})?\s*"
    rf"(?<![0-9.a-z])(?P<number>[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?)\s*"
    rf"(?P<unit>(?:{_either(SPOKEN)})(?![a-z]))?"
    rf"\s*(?:(?P<more>{_either(OR_MORE)})|(?P<less>{_either(OR_LESS)}))?"
)


@dataclass(frozen=True)
class Bound:
    """A range of one field, ends included, in the field's own unit; ``None`` is without end."""

    key: str
    low: Decimal | None
    high: Decimal | None
    is_open: bool = False  # a newer dictionary may go beyond the ends that come with the software

    def holds(self, value: Decimal) -> bool:
        """Tell whether a value lies in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Figure:
    """A figure as it was typed: bounds of which one must hold, or the values that one specification says."""

    text: str
    bounds: tuple[Bound, ...] = ()
    values: tuple[str, ...] = ()


def key_of(field: Field) -> str:
    """Return how a number of this field is known: one code may have another unit in another category."""
    return f"{field.code}:{field.unit or ''}"


@cache
def numbers() -> dict[str, tuple[Field, ...]]:
    """Return the fields of numbers in all categories, by code; one of each unit."""
    found: dict[str, dict[str | None, Field]] = {}
    for node in tree():
        for field in node.specs:
            if field.kind == NUMBER:
                found.setdefault(field.code, {}).setdefault(field.unit, field)
    return {code: tuple(each.values()) for code, each in found.items()}


@cache
def limits() -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Return between which ends the dictionary lets a number be, over all categories that have its field."""
    found: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    for field in (field for node in tree() for field in node.specs if field.kind == NUMBER):
        low, high = found.get(key_of(field), (field.minimum, field.maximum))
        found[key_of(field)] = (
            None if low is None or field.minimum is None else min(low, field.minimum),
            None if high is None or field.maximum is None else max(high, field.maximum),
        )
    return found


def within(bound: "Bound") -> tuple[Decimal | None, Decimal | None]:
    """Return the ends of a range, cut where the dictionary ends; for the index, which has no other values."""
    least, most = (None, None) if bound.is_open else limits().get(bound.key, (None, None))
    low = least if bound.low is None else bound.low
    high = most if bound.high is None else bound.high
    return low, high


@cache
def names() -> dict[str, tuple[str, ...]]:
    """Return which fields a word means, by the words in one form; the dictionary's own names among them."""
    said = {plain(word).text: tuple(codes) for word, codes in json.loads(DATA.read_text("utf-8")).items()}
    for code, fields in numbers().items():
        for name in {plain(each).text for field in fields for each in (field.name, field.name_zh)}:
            said.setdefault(name, (code,))
    return said


def value_tokens(number: Decimal | Fraction, unit: str | None) -> tuple[str, ...]:
    """Return the tokens of a value: the same for ``0.5 m`` and ``500 mm``."""
    scale = next((scale for scale in SCALES if unit in scale), None)
    if scale is None:
        return (f"v:{unit or ''}:{plain_number(as_decimal(Fraction(number)))}",)
    least = min(scale, key=lambda each: scale[each])
    return (f"v:{least}:{plain_number(as_decimal(Fraction(number) * scale[unit or '']))}",)


def figures_in(text: str) -> tuple[list[Figure], str]:
    """Return the figures of a text that mean something, and the text without them."""
    read = unicodedata.normalize("NFKC", text).lower()
    found: list[Figure] = []
    left, place = [], 0
    for match in FIGURE.finditer(read):
        figure, begin = _figure(match, read[place : match.start()])
        if figure is not None:
            found.append(figure)
            left += [read[place : match.start() - begin], " "]
            place = match.end()
    return found, "".join([*left, read[place:]])


def _figure(match: re.Match[str], before: str) -> tuple[Figure | None, int]:
    """Return what a figure means with the words before it, and how many characters these are."""
    name, length = _name_at_end(before)
    unit = SPOKEN.get(match["unit"] or "")
    least, most = match["least"] or match["more"], match["most"] or match["less"]
    number = Fraction(match["number"])
    if name:
        bounds = [_bound(field, number, unit, least, most) for code in name for field in numbers()[code]]
        said = tuple(bound for bound in bounds if bound)
        return (
            (Figure(before[len(before) - length :] + match[0].strip(), said), length) if said else (None, 0)
        )
    if unit is None or unit in ("轴", "工位"):
        return None, 0
    if least or most:
        fields = (field for each in numbers().values() for field in each if field.unit and field.facet)
        said = tuple(filter(None, (_bound(field, number, unit, least, most) for field in fields)))
        return (Figure(match[0].strip(), said), 0) if said else (None, 0)
    values = value_tokens(number, unit) + (value_tokens(number * KN_OF_A_TON, "kN") if unit == "t" else ())
    return Figure(match[0].strip(), values=values), 0


def _name_at_end(before: str) -> tuple[tuple[str, ...], int]:
    """Return the fields that the last word of a text names, and how many characters it takes."""
    for length in range(min(len(before), 24), 0, -1):
        tail = before[-length:]
        if tail[0].isspace() or (
            before[-length - 1 : -length].isascii()
            and before[-length - 1 : -length].isalpha()
            and tail[0].isascii()
        ):
            continue
        if fields := names().get(plain(tail.replace("为", "").replace("是", "")).text):
            return fields, length
    return (), 0


def _bound(
    field: Field, number: Fraction, unit: str | None, least: str | None, most: str | None
) -> Bound | None:
    """Return the range of a field that a figure asks for, or nothing if its unit does not fit."""
    value = _in_unit(number, unit, field.unit)
    if value is None:
        return None
    low = None if most else value if least else value * (1 - ABOUT)
    high = None if least else value if most else value * (1 + ABOUT)
    least_end, most_end = (None if end is None else as_decimal(end) for end in (low, high))
    return Bound(key_of(field), least_end, most_end)


def _in_unit(number: Fraction, unit: str | None, wanted: str | None) -> Fraction | None:
    unit = canonical(unit) if unit else None
    if unit is None or unit == wanted:
        return number
    if unit == "t" and wanted in ("kN", "N"):
        number, unit = number * KN_OF_A_TON, "kN"
    scale = next((scale for scale in SCALES if wanted in scale), {})
    return number * scale[unit] / scale[wanted or ""] if unit in scale else None
