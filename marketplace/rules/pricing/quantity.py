"""From what a meter measured to what is priced: convert the unit, round, take off what is included."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import Any

from marketplace.rules.pricing.bounds import MOST_UNITS
from marketplace.rules.pricing.lines import Given, Ladder
from marketplace.rules.pricing.netting import PER, PERIOD, TERM, netted, over_the_term
from marketplace.rules.pricing.scaled import ONE, whole
from marketplace.rules.pricing.schedule import read_switch
from marketplace.rules.reading import Reader, plain
from marketplace.shared.money import as_decimal, nearest, round_half_away

# Per meter: its units, each with how much raw usage makes one: seconds for time, kW × seconds for power.
METERS = {
    "run_time": {"h": 3600, "min": 60, "s": 1},
    "cycles": {"cycle": 1},
    "parts": {"piece": 1},
    "good_parts": {"piece": 1},
    "energy": {"kWh": 1},
    "batches": {"batch": 1},
    "missions": {"mission": 1},
    "slots": {"slot": 1},
    "power": {"kWh": 3600},
    "flow": {"m3": 3600},
    "load_time": {"h": 3600, "min": 60, "s": 1},
    "volume": {"m3": 1},
    "length": {"m": 1},
}
# What people do is accepted order by order (``marketplace.rules.services``), not metered: no plan bills it.
SERVICE_METERS = {"service_hours": {"h": 1}, "service_orders": {"order": 1}}
SIZES = METERS | SERVICE_METERS
NEAREST, UP, DOWN = "nearest", "up", "down"
ROUNDINGS = (NEAREST, UP, DOWN)
FIELDS = ("meter", "unit", "round_to", "round", "included")
NETTING = ("included_per", "included_rolls")


@dataclass(frozen=True)
class Measured:
    """A quantity on its way: as measured, converted, rounded, and what of it is billed."""

    raw: Decimal
    converted: Decimal
    rounded: Decimal
    included: Decimal
    billable: Decimal


@dataclass(frozen=True)
class Quantity:
    """
    How a component turns usage into a billable quantity; ``round_to`` is the step, 0.01 h for instance.

    ``included`` is free in each billing period, or in each ``per``; what is left ``rolls`` over, or is lost.
    """

    meter: str
    unit: str
    round_to: Decimal | None
    round: str
    included: Decimal
    per: str = PERIOD
    rolls: bool = False

    @classmethod
    def read(cls, reader: Reader) -> "Quantity":
        """Read the fields of a component that say what is counted."""
        meter = reader.choice("meter", tuple(METERS))
        unit = reader.choice("unit", tuple(unit for units in METERS.values() for unit in units))
        if unit not in METERS[meter] and {"meter", "unit"} <= set(reader.node):
            reader.refuse("unit", "unit_of_other_meter", meter=meter, choices=", ".join(METERS[meter]))
        rounding = reader.choice("round", ROUNDINGS, NEAREST)
        step, included = _read_step(reader, meter, unit), reader.decimal("included", "0")
        per, rolls = reader.choice("included_per", PER, PERIOD), read_switch(reader, "included_rolls")
        if per == TERM and rolls:
            reader.refuse("included_rolls", "term_does_not_roll")
        return cls(meter, unit, step, rounding, included, per, rolls)

    @property
    def needs_spread(self) -> bool:
        """Tell whether it matters when something was counted, or what the periods before have used."""
        return bool(self.included) and (self.per != PERIOD or self.rolls)

    @property
    def needs_earlier(self) -> bool:
        """Tell whether it matters what the periods before have used."""
        return self.needs_spread and self.per in (PERIOD, TERM)

    def dump(self) -> dict[str, Any]:
        """Write the fields back; how it is netted only where that is unusual, as older plans have it not."""
        netting = {"included_per": self.per} if self.per != PERIOD else {}
        return {
            "meter": self.meter,
            "unit": self.unit,
            "round_to": None if self.round_to is None else plain(self.round_to),
            "round": self.round,
            "included": plain(self.included),
            **netting,
            **({"included_rolls": True} if self.rolls else {}),
        }

    def whole(self, given: Given) -> int | None:
        """
        Return the billable quantity in ten-billionths: what ``measure`` says, in whole numbers.

        Nothing where they are not enough to say it: windows, or more decimals.
        """
        numbers = self._whole
        if numbers is None:
            return None
        times, parts, mode, step, included = numbers
        raw, of = given.raw(self.meter).as_integer_ratio()
        number, parts = raw * times, of * parts  # convert
        if mode == UP:
            steps = -(-number // parts)
        else:
            steps = number // parts if mode == DOWN else nearest(number, parts)
        return max(steps * step - included, 0)

    @cached_property
    def _whole(self) -> tuple[int, int, str, int, int] | None:
        """How many steps (number, parts) a raw unit is and how they are rounded; a step; what is included."""
        step, mode = (1, NEAREST) if self.round_to is None else (whole(self.round_to), self.round)
        included = whole(self.included)
        if step is None or included is None or self.needs_spread:
            return None
        parts = SIZES[self.meter][self.unit] * step
        common = gcd(ONE, parts)
        return ONE // common, parts // common, mode, step, included

    def measure(self, given: Given, ladder: Ladder) -> Measured:
        """Take the meter's total through convert, round and included, in this order."""
        raw = given.raw(self.meter)
        ladder.add("measured", meter=self.meter, raw=raw)
        converted = self._convert(raw, ladder)
        if self.needs_spread:
            return self._net(given, raw, converted, ladder)
        rounded = self._round(converted, ladder)
        billable = as_decimal(Fraction(max(rounded - Fraction(self.included), Fraction(0))))
        if self.included:
            ladder.add("included", rounded=rounded, included=self.included, quantity=billable)
        return Measured(raw, as_decimal(converted), as_decimal(rounded), self.included, billable)

    def _net(self, given: Given, raw: Decimal, converted: Fraction, ladder: Ladder) -> Measured:
        """Take off what each window includes; each is converted and rounded by itself."""
        if self.per == TERM:
            used = sum(map(Fraction, given.earlier(self.meter)), Fraction(0))
            before, whole = self.units(used), self.units(used + Fraction(raw))
            rounded = whole - before
            billable = over_the_term(before, rounded, Fraction(self.included))
        elif self.per == PERIOD:
            windows = [self.units(Fraction(each)) for each in (*given.earlier(self.meter), raw)]
            rounded = windows[-1]
            billable = netted(windows, Fraction(self.included), rolls=True)[-1]
        else:
            windows = list(map(self.units, given.timed(self.meter).quantities(self.meter, self.per)))
            rounded = sum(windows, Fraction(0))
            billable = sum(netted(windows, Fraction(self.included), rolls=self.rolls), Fraction(0))
        if self.round_to is not None:
            ladder.add("rounded", converted=converted, step=self.round_to, mode=self.round, rounded=rounded)
        taken = as_decimal(rounded - billable)
        code = f"included_{self.per}_rolling" if self.rolls else f"included_{self.per}"
        ladder.add(code, rounded=rounded, each=self.included, included=taken, quantity=billable)
        return Measured(raw, as_decimal(converted), as_decimal(rounded), taken, as_decimal(billable))

    def units(self, raw: Fraction) -> Fraction:
        """Convert and round a quantity."""
        converted = raw / SIZES[self.meter][self.unit]
        return converted if self.round_to is None else to_step(converted, self.round_to, self.round)

    def _convert(self, raw: Decimal, ladder: Ladder) -> Fraction:
        size = SIZES[self.meter][self.unit]
        converted = Fraction(raw) / size
        if size != 1:
            ladder.add("converted", raw=raw, size=Fraction(size), converted=converted, unit=self.unit)
        return converted

    def _round(self, quantity: Fraction, ladder: Ladder) -> Fraction:
        if self.round_to is None:
            return quantity
        rounded = to_step(quantity, self.round_to, self.round)
        ladder.add("rounded", converted=quantity, step=self.round_to, mode=self.round, rounded=rounded)
        return rounded


def to_step(quantity: Fraction, step: Decimal, mode: str) -> Fraction:
    """Round a quantity to a multiple of ``step``: to the nearest (halves away from zero), up, or down."""
    steps = quantity / Fraction(step)
    if mode == NEAREST:
        return Fraction(round_half_away(steps, 0)) * Fraction(step)
    whole = -(-steps.numerator // steps.denominator) if mode == UP else steps.numerator // steps.denominator
    return whole * Fraction(step)


def _read_step(reader: Reader, meter: str, unit: str) -> Decimal | None:
    divided = METERS[meter].get(unit, 1) != 1
    if reader.get("round_to", "0.01" if divided else None) is not None:
        return reader.decimal("round_to", "0.01", bound=MOST_UNITS, above_zero=True)
    if divided:
        reader.refuse("round_to", "needs_rounding")
    return None
