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
from typing import Self

PLACES = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "USD": 2}
SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "USD": "$"}

type_of_number = (Decimal, Fraction, int)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """
    An exact amount: ``Money(12345, "CNY")`` is 123.45 yuan.

    :raises ValueError: if the currency is unknown, or two currencies meet
    :raises TypeError: if the minor units are not a whole number
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are a whole number, not {type(self.minor).__name__}")
        if self.currency not in PLACES:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def of(cls, amount: Decimal | Fraction | int, currency: str) -> Self:
        """Round an amount in major units (yuan) to the currency's minor unit, half away from zero."""
        places = PLACES.get(currency, 0)
        return cls(_nearest(_exact(amount) * 10**places), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Add amounts up; the currency is needed because there may be none."""
        total: Money = cls(0, currency)
        for amount in amounts:
            total = total + amount
        return total

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


def round_half_away(value: Decimal | Fraction | int, places: int) -> Decimal:
    """
    Round to ``places`` decimals, halves away from zero, so that a credit mirrors its charge.

    ``places`` may be negative: -2 rounds to hundreds.

        >>> round_half_away(Decimal("-232.5"), 0)
        Decimal('-233')
    """
    return Decimal(f"{_nearest(_exact(value) * Fraction(10) ** places)}E{-places}")


def share_out(total: int, weights: Sequence[Decimal | Fraction | int]) -> list[int]:
    """
    Share whole minor units by weight; the shares add up exactly.

    Largest remainder on the absolute value, ties to the lowest index, sign put back at the end: a reversal
    undoes a split exactly. A zero weight never receives anything.

        >>> share_out(101, [1, 1, 1])
        [34, 34, 33]

    :raises ValueError: if a weight is negative, or they sum to nothing
    """
    exact = [_exact(weight) for weight in weights]
    if any(weight < 0 for weight in exact) or sum(exact) == 0:
        raise ValueError("weights must not be negative and must not sum to zero")
    wanted = [abs(total) * weight / sum(exact) for weight in exact]
    shares = [int(share) for share in wanted]
    by_remainder = sorted(range(len(shares)), key=lambda index: (shares[index] - wanted[index], index))
    for index in by_remainder[: abs(total) - sum(shares)]:
        shares[index] += 1
    return [share if total >= 0 else -share for share in shares]


def vat(net_minor: int, rate: Decimal) -> int:
    """Return the tax on one net line, rounded to the minor unit."""
    return _nearest(net_minor * _exact(rate))


def split_gross(gross_minor: int, rate: Decimal) -> tuple[int, int]:
    """
    Split a tax-inclusive amount into (net, tax) that add up to it.

    The net is rounded, the tax is the rest. Never go back from the net: 88.50 × 1.13 is 100.01, not 100.00.
    """
    net = _nearest(gross_minor / (1 + _exact(rate)))
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
    return _trim(round_half_away(value, places))


def _trim(value: Decimal) -> Decimal:
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _nearest(value: Fraction | int) -> int:
    number, parts = value.numerator, value.denominator
    nearest = (2 * abs(number) + parts) // (2 * parts)
    return nearest if number >= 0 else -nearest


def _exact(value: Decimal | Fraction | int) -> Fraction:
    if not isinstance(value, type_of_number):
        raise TypeError(f"exact numbers only, not {type(value).__name__}")
    return Fraction(value)
