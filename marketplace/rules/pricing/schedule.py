"""
Bands: times of the day at which a price is another one, by the local clock.

A band covers its times on its days, within its dates. One that goes over midnight belongs to the day on which
it begins. A date in the list of holidays is a ``holiday`` and no weekday. Where what runs over from the day
before meets a band that begins on the day itself, the latter holds, as a holiday after a working night.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact
from typing import Any

from marketplace.rules.pricing.bounds import MOST_FACTOR, MOST_PRICE
from marketplace.rules.reading import Reader, flaw, plain
from marketplace.shared.errors import Flaw

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
DAYS = (*WEEKDAYS, HOLIDAY)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DAY_LENGTH, STEP = 24 * 60, 15
LONGEST_NAME = 20
MOST_BANDS, MOST_HOLIDAYS = 50, 500
EXACT = Context(prec=100, traps=[Inexact])  # a price times a factor has all its decimals
FIELDS = ("name", "days", "from", "to", "valid_from", "valid_to", "price", "factor")
WINDOWED = ("commitment", "overage_factor", "true_up")


@dataclass(frozen=True)
class Commitment:
    """
    What a window costs at least, or from which amount on it costs ``overage_factor`` times as much.

    With ``true_up`` a window that cost less is lifted to ``amount``.
    """

    amount: Decimal
    overage_factor: Decimal = Decimal(1)
    true_up: bool = False

    def dump(self) -> dict[str, Any]:
        """Write the fields back."""
        return {
            "commitment": plain(self.amount),
            "overage_factor": plain(self.overage_factor),
            "true_up": self.true_up,
        }


@dataclass(frozen=True)
class Band:
    """
    ``start`` and ``end`` in minutes of the day; an end at or before the start is on the next day.

    The dates are those on which it begins, from ``valid_from`` up to but not including ``valid_to``.
    """

    name: str
    days: tuple[str, ...]
    start: int
    end: int
    valid_from: date | None
    valid_to: date | None
    price: Decimal | None
    factor: Decimal | None
    commitment: Commitment | None = None

    @property
    def is_overnight(self) -> bool:
        """Tell whether it ends on the day after."""
        return self.end <= self.start

    def priced(self, usual: Decimal) -> Decimal:
        """Return its own price, or the usual one times its factor."""
        return EXACT.multiply(usual, self.factor or Decimal(0)) if self.price is None else self.price

    def is_valid_on(self, day: date) -> bool:
        """Tell whether it begins on such a day, weekdays aside."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day < self.valid_to)

    def dump(self) -> dict[str, Any]:
        """Write the band back."""
        dates = {
            name: str(day)
            for name, day in (("valid_from", self.valid_from), ("valid_to", self.valid_to))
            if day is not None
        }
        rate = {"factor": self.factor} if self.price is None else {"price": self.price}
        return {
            "name": self.name,
            "days": list(self.days),
            "from": clock(self.start),
            "to": clock(self.end),
            **dates,
            **{name: plain(number) for name, number in rate.items() if number is not None},
            **(self.commitment.dump() if self.commitment else {}),
        }


@dataclass(frozen=True)
class Schedule:
    """The bands of a component and the dates that count as holidays."""

    bands: tuple[Band, ...]
    holidays: frozenset[date]

    def band_at(self, local: datetime) -> Band | None:
        """Return the band at a moment of the local clock; outside of all of them there is none."""
        minute, today = local.hour * 60 + local.minute, local.date()
        before = today - timedelta(days=1)
        for band in self.bands:
            until = DAY_LENGTH if band.is_overnight else band.end
            if band.start <= minute < until and self._begins(band, today):
                return band
        for band in self.bands:
            if band.is_overnight and minute < band.end and self._begins(band, before):
                return band
        return None

    def _begins(self, band: Band, day: date) -> bool:
        kind = HOLIDAY if day in self.holidays else WEEKDAYS[day.weekday()]
        return kind in band.days and band.is_valid_on(day)


def read_schedule(reader: Reader, *, windowed: bool) -> Schedule:
    """
    Read ``bands`` and ``holidays``; flaws are noted at their place.

    Edges lie on quarter-hours, because usage is cut there. No time is in two bands. Only where there are
    ``windowed`` commitments a band may have its own.
    """
    bands: list[Band] = []
    for name, most in (("bands", MOST_BANDS), ("holidays", MOST_HOLIDAYS)):
        listed = reader.node.get(name)
        if isinstance(listed, list) and len(listed) > most:
            reader.refuse(name, "too_many_entries", most=most)
            return Schedule((), frozenset())
    for pointer, node in reader.items("bands"):
        band = _read_band(node, pointer, reader.flaws, windowed)
        for earlier in bands:
            if earlier.name == band.name:
                reader.flaws.append(flaw(f"{pointer}/name", "duplicate_id", id=band.name))
            elif _meet(earlier, band):
                reader.flaws.append(flaw(pointer, "bands_overlap", other=earlier.name))
        bands.append(band)
    return Schedule(tuple(bands), frozenset(_read_holidays(reader)))


def read_commitment(reader: Reader) -> Commitment | None:
    """Read the fields of a commitment, if there is one."""
    if reader.get("commitment", None) is None:
        for name in WINDOWED[1:]:
            if name in reader.node:
                reader.refuse(name, "needs_a_commitment")
        return None
    amount = reader.decimal("commitment", above_zero=True)
    factor = reader.decimal("overage_factor", "1", bound=MOST_FACTOR)
    return Commitment(amount, factor, read_switch(reader, "true_up"))


def read_switch(reader: Reader, name: str) -> bool:
    """Read true or false; false if it is not there."""
    value = reader.get(name, False)
    if not isinstance(value, bool):
        reader.refuse(name, "not_a_switch")
        return False
    return value


def clock(minutes: int) -> str:
    """Write minutes of the day as a clock shows them."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read_band(node: object, pointer: str, flaws: list[Flaw], windowed: bool) -> Band:
    reader = Reader(node, (*FIELDS, *(WINDOWED if windowed else ())), pointer, flaws)
    start, end = _read_clock(reader, "from"), _read_clock(reader, "to")
    if start == end and {"from", "to"} <= set(reader.node):
        reader.refuse("to", "band_without_time")
    since, until = _read_date(reader, "valid_from"), _read_date(reader, "valid_to")
    if since is not None and until is not None and until <= since:
        reader.refuse("valid_to", "ends_before_it_begins")
    days = reader.words("days", list(DAYS))
    if not days and reader.node.get("days") == []:
        reader.refuse("days", "not_a_list")
    if set(days) - set(DAYS):
        reader.refuse("days", "not_a_choice", choices=", ".join(DAYS))
    price = factor = None
    if ("price" in reader.node) == ("factor" in reader.node):
        reader.refuse("price", "price_or_factor")
    elif "price" in reader.node:
        price = reader.decimal("price", bound=MOST_PRICE)
    else:
        factor = reader.decimal("factor", bound=MOST_FACTOR)
    commitment = read_commitment(reader) if windowed else None
    return Band(_read_label(reader), days, start, end, since, until, price, factor, commitment)


def _read_label(reader: Reader) -> str:
    """Read a name as people write it: 尖峰, valley."""
    value = reader.get("name")
    if isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= LONGEST_NAME:
        return value.strip()
    if "name" in reader.node:
        reader.refuse("name", "not_a_label", most=LONGEST_NAME)
    return ""


def _read_clock(reader: Reader, name: str) -> int:
    value = reader.get(name)
    if not isinstance(value, str) or not CLOCK.fullmatch(value):
        if name in reader.node:
            reader.refuse(name, "not_a_time")
        return 0
    minutes = int(value[:2]) * 60 + int(value[3:])
    if name == "from" and minutes == DAY_LENGTH:
        reader.refuse(name, "not_a_time")
    if minutes % STEP:
        reader.refuse(name, "off_the_quarter_hour")
    return minutes


def _read_date(reader: Reader, name: str) -> date | None:
    value = reader.get(name, None)
    if value is None:
        return None
    found = _date(value)
    if found is None:
        reader.refuse(name, "not_a_date")
    return found


def _read_holidays(reader: Reader) -> Iterator[date]:
    for place, value in enumerate(reader.words("holidays", [])):
        found = _date(value)
        if found is None:
            reader.flaws.append(flaw(f"{reader.at('holidays')}/{place}", "not_a_date"))
        else:
            yield found


def _date(value: object) -> date | None:
    if not isinstance(value, str) or not DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _meet(one: Band, other: Band) -> bool:
    """Tell whether two bands cover the same time of a week; holidays follow no weekday."""
    if not _share_dates(one, other):
        return False
    return any(
        day == known and start < ends and begins < end
        for day, start, end in _times(one)
        for known, begins, ends in _times(other)
    )


def _share_dates(one: Band, other: Band) -> bool:
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    return begins < min(one.valid_to or date.max, other.valid_to or date.max)


def _times(band: Band) -> Iterator[tuple[str, int, int]]:
    """Yield the times of a band by day; what runs over from a holiday belongs to no weekday."""
    for day in set(band.days) & set(DAYS):
        yield day, band.start, DAY_LENGTH if band.is_overnight else band.end
        if band.is_overnight:
            yield _after(day), 0, band.end


def _after(day: str) -> str:
    if day == HOLIDAY:
        return f"after {HOLIDAY}"
    return WEEKDAYS[(WEEKDAYS.index(day) + 1) % len(WEEKDAYS)]


def bands_of(schedule: Schedule) -> Sequence[Band | None]:
    """Return the bands in their order, and what is outside of them."""
    return (*schedule.bands, None)
