"""A price that depends on when: peak and valley tariffs, night shifts, what a window costs at least."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from marketplace.rules.pricing import quantity
from marketplace.rules.pricing.bounds import MOST_PRICE
from marketplace.rules.pricing.component import FIELDS, Component, read_head
from marketplace.rules.pricing.lines import ChargeLine, Given, Ladder
from marketplace.rules.pricing.quantity import SIZES, Quantity
from marketplace.rules.pricing.schedule import (
    WINDOWED,
    Band,
    Commitment,
    Schedule,
    bands_of,
    read_commitment,
    read_schedule,
)
from marketplace.rules.pricing.spread import HOUR, QUARTER, WINDOWS, Alike
from marketplace.rules.reading import Reader, plain
from marketplace.shared.errors import Flaw
from marketplace.shared.money import as_decimal

COUNTED = tuple(name for name in quantity.FIELDS if name != "included")
AN_HOUR = 60


class Priced(NamedTuple):
    """
    What a window costs: units and amount by band, what it is lifted by, and what is charged on top.

    There are so ``many`` of them.
    """

    many: int
    units: dict[Band | None, Fraction]
    amounts: dict[Band | None, Fraction]
    lifted: Fraction
    over: Fraction


@dataclass(frozen=True)
class TimeOfDay(Component):
    """
    Every unit costs the price of the band in which it was counted, ``price`` outside of them.

    With a ``window`` each one that was used is priced by itself, against its ``commitment``; a band may have
    its own where windows are no longer than an hour.
    """

    kind = "time_of_day"

    counts: Quantity
    price: Decimal
    schedule: Schedule
    window: str | None
    commitment: Commitment | None

    @classmethod
    def read(cls, node: object, pointer: str, flaws: list[Flaw]) -> "TimeOfDay":
        """Read the component and note its flaws."""
        fields = (*FIELDS, *COUNTED, "price", "bands", "holidays", "window", *WINDOWED)
        reader = Reader(node, fields, pointer, flaws)
        head = read_head(reader)
        counts, price = Quantity.read(reader), reader.decimal("price", bound=MOST_PRICE)
        window = None if reader.get("window", None) is None else reader.choice("window", WINDOWS)
        has_bands = "bands" in reader.node or window is None
        schedule = (
            read_schedule(reader, windowed=window in (QUARTER, HOUR))
            if has_bands
            else Schedule((), frozenset())
        )
        if window == HOUR:
            _check_hours(reader, schedule)
        commitment = read_commitment(reader)
        if commitment is not None and window is None:
            reader.refuse("commitment", "needs_a_window")
        return cls(*head, counts, price, schedule, window, commitment)

    def dump(self) -> dict[str, Any]:
        """Write the component back."""
        counted = {name: value for name, value in self.counts.dump().items() if name != "included"}
        bands = [band.dump() for band in self.schedule.bands]
        return {
            **self.head(),
            **counted,
            "price": plain(self.price),
            **({"bands": bands} if bands else {}),
            "holidays": sorted(map(str, self.schedule.holidays)),
            "window": self.window,
            **(self.commitment.dump() if self.commitment else {}),
        }

    def minor(self, given: Given) -> int | None:
        """Say that only the rule knows the net: it depends on when something was counted."""
        return None

    def line(self, given: Given) -> ChargeLine:
        """
        Charge what was counted in each band.

        The rounding step is that of the whole, or of each window; its steps are laid on the bands by largest
        remainder, so that they add up.
        """
        meter, ladder = self.counts.meter, Ladder()
        spread, raw = given.timed(meter), given.raw(meter)
        windows = [
            self._priced(found, final=given.final)
            for found in spread.in_bands(meter, self.window, self.schedule)
        ]
        units = sum((sum(one.units.values(), Fraction(0)) * one.many for one in windows), Fraction(0))
        converted = Fraction(raw) / SIZES[meter][self.counts.unit]
        self._begin(ladder, raw, converted, units)
        amount = self._add_up(ladder, windows)
        return ChargeLine(
            component=self.id,
            kind=self.kind,
            seller=self.seller,
            tax_category=self.tax_category,
            amount=as_decimal(amount),
            net=ladder.close(amount, given.currency),
            meter=meter,
            unit=self.counts.unit,
            raw=raw,
            converted=as_decimal(converted),
            rounded=as_decimal(units),
            included=Decimal(0),
            quantity=as_decimal(units),
            steps=tuple(ladder.steps),
        )

    def _begin(self, ladder: Ladder, raw: Decimal, converted: Fraction, units: Fraction) -> None:
        size = SIZES[self.counts.meter][self.counts.unit]
        ladder.add("measured", meter=self.counts.meter, raw=raw)
        if size != 1:
            ladder.add("converted", raw=raw, size=Fraction(size), converted=converted, unit=self.counts.unit)
        if self.counts.round_to is not None:
            step, mode = self.counts.round_to, self.counts.round
            ladder.add("rounded", converted=converted, step=step, mode=mode, rounded=units)

    def _add_up(self, ladder: Ladder, windows: Sequence[Priced]) -> Fraction:
        amount = Fraction(0)
        for band in bands_of(self.schedule):
            held = [one for one in windows if band in one.units]
            units = sum((one.units[band] * one.many for one in held), Fraction(0))
            part = sum((one.amounts[band] * one.many for one in held), Fraction(0))
            if units:
                price, name = self._price(band), {} if band is None else {"name": band.name}
                code = "priced" if band is None else "band"
                ladder.add(code, **name, quantity=units, price=price, amount=part)
            amount += part
        for code in ("over", "lifted"):
            more: Fraction = sum((getattr(one, code) * one.many for one in windows), Fraction(0))
            if more:
                ladder.add(f"window_{code}", before=amount, more=more, amount=amount + more)
            amount += more
        return amount

    def _price(self, band: Band | None) -> Decimal:
        return self.price if band is None else band.priced(self.price)

    def _priced(self, found: Alike, *, final: bool) -> Priced:
        """Price a window; it is lifted only when the period is over."""
        units = dict(zip(found.counted, self._units(list(found.counted.values())), strict=True))
        amounts = {band: count * Fraction(self._price(band)) for band, count in units.items()}
        commitment = self._commitment(units)
        if commitment is None:
            return Priced(found.many, units, amounts, Fraction(0), Fraction(0))
        short = Fraction(commitment.amount) - sum(amounts.values(), Fraction(0))
        over = max(Fraction(0), -short) * (Fraction(commitment.overage_factor) - 1)
        lifted = max(Fraction(0), short) if commitment.true_up and final else Fraction(0)
        return Priced(found.many, units, amounts, lifted, over)

    def _commitment(self, units: Iterable[Band | None]) -> Commitment | None:
        """Return the commitment of a window: that of its band, if it has one."""
        own = next((band.commitment for band in units if band is not None and band.commitment), None)
        return own or self.commitment

    def _units(self, raw: Sequence[Fraction]) -> list[Fraction]:
        size, step = SIZES[self.counts.meter][self.counts.unit], self.counts.round_to
        if step is None:
            return [each / size for each in raw]
        whole = self.counts.units(sum(raw, Fraction(0))) / Fraction(step)
        return [
            steps * Fraction(step)
            for steps in laid_out(int(whole), [each / size / Fraction(step) for each in raw])
        ]


def laid_out(whole: int, parts: Sequence[Fraction]) -> list[int]:
    """
    Lay whole steps on parts by largest remainder, ties to the first: the parts, rounded, add up to the whole.

    A part may be below zero: power that was fed back in a band.

        >>> laid_out(10, [Fraction("3.6"), Fraction("6.5")])
        [4, 6]
    """
    steps = [part.numerator // part.denominator for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: (steps[index] - parts[index], index))
    for index in by_remainder[: whole - sum(steps)]:
        steps[index] += 1
    return steps


def _check_hours(reader: Reader, schedule: Schedule) -> None:
    """An hour lies in one band: no band begins or ends within it."""
    for place, band in enumerate(schedule.bands):
        for name, minutes in (("from", band.start), ("to", band.end)):
            if minutes % AN_HOUR:
                reader.refuse_at(f"bands/{place}/{name}", "off_the_hour")
