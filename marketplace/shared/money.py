"""
Money: whole minor units and a currency, and the only place that rounds.

Rates and quantities are ``Decimal`` (or ``Fraction`` where a division does not come out even); floats are
refused. All arithmetic here is exact and does not depend on the caller's decimal context. Every rounding of
the project has a row in ``docs/money.md``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering
from math import lcm
from typing import Self

PLACES = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "USD": 2}
SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "USD": "$"}

type_of_number = (Decimal, int, Fraction)


@total_ordering
@dataclass(frozen=True, slots=True, init=False)
class Money:
    """
    An exact amount: ``Money(12345, "CNY")`` is 123.45 yuan.

    :raises ValueError: if the currency is unknown, or two currencies meet
    :raises TypeError: if the minor units are not a whole number
    """

    minor: int
    currency: str

    def __init__(self, minor: int, currency: str) -> None:
        if type(minor) is not int:
            raise TypeError(f"minor units are a whole number, not {type(minor).__name__}")
        if currency not in PLACES:
            raise ValueError(f"unknown currency {currency!r}")
        _set_minor(self, minor)
        _set_currency(self, currency)

    @classmethod
    def of(cls, amount: Decimal | Fraction | int, currency: str) -> Self:
        """Round an amount in major units (yuan) to the currency's minor unit, half away from zero."""
        number, parts = _ratio(amount)
        return cls(nearest(number * 10 ** PLACES.get(currency, 0), parts), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Add amounts up; the currency is needed because there may be none."""
        total, nothing = 0, cls(0, currency)
        for amount in amounts:
            total += nothing._same(amount)
        return cls(total, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's places: ``Decimal("123.45")``."""
        return Decimal(f"{self.minor}E-{PLACES[self.currency]}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def _same(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


# What a frozen class writes itself with; its own way takes twice as long, and every line has its money.
_set_minor, _set_currency = Money.minor.__set__, Money.currency.__set__  # type: ignore[attr-defined, misc]


def round_half_away(value: Decimal | Fraction | int, places: int) -> Decimal:
    """
    Round to ``places`` decimals, halves away from zero, so that a credit mirrors its charge.

    ``places`` may be negative: -2 rounds to hundreds.

        >>> round_half_away(Decimal("-232.5"), 0)
        Decimal('-233')
    """
    number, parts = _ratio(value)
    scaled = nearest(number * 10 ** max(places, 0), parts * 10 ** max(-places, 0))
    return Decimal(f"{scaled}E{-places}")


def share_out(total: int, weights: Sequence[Decimal | Fraction | int]) -> list[int]:
    """
    Share whole minor units by weight; the shares add up exactly.

    Largest remainder on the absolute value, ties to the lowest index, sign put back at the end: a reversal
    undoes a split exactly. A zero weight never receives anything.

        >>> share_out(101, [1, 1, 1])
        [34, 34, 33]

    :raises ValueError: if a weight is negative, or they sum to nothing
    """
    whole = _whole_weights(weights)
    every = sum(whole)
    if min(whole, default=0) < 0 or every == 0:
        raise ValueError("weights must not be negative and must not sum to zero")
    shares = [abs(total) * weight // every for weight in whole]
    left = abs(total) - sum(shares)
    if left:
        remainders = [abs(total) * weight % every for weight in whole]
        for index in sorted(range(len(shares)), key=lambda index: (-remainders[index], index))[:left]:
            shares[index] += 1
    return [share if total >= 0 else -share for share in shares]


def _whole_weights(weights: Sequence[Decimal | Fraction | int]) -> list[int]:
    """Return weights of the same proportions as whole numbers."""
    ratios = [_ratio(weight) for weight in weights]
    common = lcm(*(parts for _, parts in ratios))
    return [number * (common // parts) for number, parts in ratios]


def vat(net_minor: int, rate: Decimal) -> int:
    """Return the tax on one net line, rounded to the minor unit."""
    number, parts = _ratio(rate)
    return nearest(net_minor * number, parts)


def split_gross(gross_minor: int, rate: Decimal) -> tuple[int, int]:
    """
    Split a tax-inclusive amount into (net, tax) that add up to it.

    The net is rounded, the tax is the rest. Never go back from the net: 88.50 × 1.13 is 100.01, not 100.00.
    """
    number, parts = _ratio(rate)
    net = nearest(gross_minor * parts, parts + number)
    return net, gross_minor - net


def format_money(money: Money, symbol: str | None = None) -> str:
    """Write an amount for people: ``¥1,234.50``, ``-¥0.05``."""
    return format_price(money.amount, money.currency, symbol)


def format_price(price: Decimal, currency: str, symbol: str | None = None) -> str:
    """Write a price for people, with all its decimals and never fewer than the currency's: ``¥0.0173``."""
    whole, _, decimals = format(abs(price), "f").partition(".")
    decimals = decimals.rstrip("0").ljust(PLACES[currency], "0")
    sign = "-" if price < 0 else ""
    mark = SYMBOLS[currency] if symbol is None else symbol
    return f"{sign}{mark}{int(whole):,}" + (f".{decimals}" if decimals else "")


def as_decimal(value: Fraction, places: int = 10) -> Decimal:
    """Write a fraction as a decimal: exactly when it comes out even within ``places``, else rounded there."""
    number, parts = _ratio(value)
    if parts == 1:
        return Decimal(number)
    scaled = nearest(number * 10**places, parts)
    digits = str(abs(scaled)).zfill(places + 1)
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return Decimal(text if scaled >= 0 else f"-{text}")


def nearest(number: int, parts: int) -> int:
    """
    Divide whole numbers and round to a whole one, halves away from zero; ``parts`` is more than nothing.

        >>> nearest(-5, 2)
        -3
    """
    if number < 0:
        return -((parts - 2 * number) // (2 * parts))
    return (2 * number + parts) // (2 * parts)


def _ratio(value: Decimal | Fraction | int) -> tuple[int, int]:
    if not isinstance(value, type_of_number):
        raise TypeError(f"exact numbers only, not {type(value).__name__}")
    return value.as_integer_ratio()
