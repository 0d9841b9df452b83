"""What a slot schedule says: opening hours, exceptions, length, buffers, sample, price, cancelling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.tax import LEASE_MOVABLE, SERVICE
from marketplace.rules.reading import Reader
from marketplace.shared.errors import Flaw, Invalid

VERSION = 1
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_PLACE = 200
MOST_EXCEPTIONS = 400
# An operator of the owner measures: a service. The machine alone is let: a lease of movable property.
TAX_CATEGORIES = (SERVICE, LEASE_MOVABLE, "SMALL_SCALE")
FIELDS = (
    "version",
    "hours",
    "exceptions",
    "slot_minutes",
    "step_minutes",
    "longest_run",
    "setup_minutes",
    "cleaning_minutes",
    "ahead_days",
    "hand_in_hours",
    "hand_in_place",
    "price_minor",
    "tax_category",
    "cancel_hours",
    "late_fee_percent",
    "confirm",
)
RANGE = re.compile(r"([0-9]{1,2}):([0-9]{2})[-–]([0-9]{1,2}):([0-9]{2})", re.ASCII)
MIDNIGHT = 24 * 60

TEXTS = {
    "not_hours": gettext_noop(
        "Write opening hours as 09:00-12:00, 13:00-17:30, in order and without overlap."
    ),
    "not_a_weekday": gettext_noop("Weekdays are mon, tue, wed, thu, fri, sat and sun."),
    "not_a_day": gettext_noop("Write a day as 2026-10-01."),
    "never_open": gettext_noop("Enter opening hours for at least one weekday or day."),
    "too_many_days": gettext_noop("List {most} days at most."),
    "place_missing": gettext_noop("Say where the sample is handed in."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "not_true_or_false": gettext_noop("Write true or false."),
}

Hours = tuple[tuple[int, int], ...]  # opens, closes, in minutes since local midnight


class InvalidSchedule(Invalid):
    """A slot schedule is wrong; ``flaws`` say what, each at its field."""

    code = "slot_schedule_invalid"
    text = gettext_noop("The slot schedule cannot be kept like this. Mend what is marked.")


@dataclass(frozen=True)
class Schedule:
    """
    When and how a listing is let by the slot.

    ``hours`` by weekday, Monday is 0; ``exceptions`` take their place on a day, empty where it is closed.
    Slots begin every ``step`` from opening on. ``price_minor`` is for one slot, net, in the currency of the
    listing, of the VAT of ``tax_category``; ``late_fee_percent`` of it is owed by who cancels less than
    ``cancel_before`` ahead, or never comes.
    """

    hours: Mapping[int, Hours]
    exceptions: Mapping[date, Hours]
    slot: timedelta
    step: timedelta
    longest_run: int
    setup: timedelta
    cleaning: timedelta
    ahead_days: int
    hand_in: timedelta | None
    hand_in_place: str
    price_minor: int
    cancel_before: timedelta
    late_fee_percent: int
    confirm: bool
    tax_category: str = SERVICE

    @classmethod
    def parse(cls, document: object) -> "Schedule":
        """
        Read a JSON document.

        :raises InvalidSchedule: with every fault at its field
        """
        flaws: list[Flaw] = []
        read = Reader(document, FIELDS, "", flaws)
        read.whole("version", VERSION, least=VERSION, most=VERSION)
        slot = read.whole("slot_minutes", least=5, most=MIDNIGHT)
        step = read.whole("step_minutes", slot, least=5, most=MIDNIGHT)
        made = cls(
            hours=_weekdays(read),
            exceptions=_exceptions(read),
            slot=timedelta(minutes=slot),
            step=timedelta(minutes=step),
            longest_run=read.whole("longest_run", 1, least=1, most=96),
            setup=timedelta(minutes=read.whole("setup_minutes", 0, most=MIDNIGHT)),
            cleaning=timedelta(minutes=read.whole("cleaning_minutes", 0, most=MIDNIGHT)),
            ahead_days=read.whole("ahead_days", 30, least=1, most=180),
            hand_in=_hand_in(read),
            hand_in_place=_place(read),
            price_minor=read.whole("price_minor", least=0, most=10**9),
            cancel_before=timedelta(hours=read.whole("cancel_hours", 24, most=30 * 24)),
            late_fee_percent=read.whole("late_fee_percent", 0, most=100),
            confirm=_true(read, "confirm"),
            tax_category=read.choice("tax_category", TAX_CATEGORIES, SERVICE),
        )
        if not flaws and not any([*made.hours.values(), *made.exceptions.values()]):
            flaws.append(_flaw("/hours", "never_open"))
        if flaws:
            raise InvalidSchedule(flaws=flaws)
        return made

    def dump(self) -> dict[str, Any]:
        """Write the complete document; :meth:`parse` reads it back."""
        return {
            "version": VERSION,
            "hours": {DAYS[day]: hours_text(hours) for day, hours in sorted(self.hours.items()) if hours},
            "exceptions": {
                day.isoformat(): hours_text(hours) for day, hours in sorted(self.exceptions.items())
            },
            "slot_minutes": _minutes(self.slot),
            "step_minutes": _minutes(self.step),
            "longest_run": self.longest_run,
            "setup_minutes": _minutes(self.setup),
            "cleaning_minutes": _minutes(self.cleaning),
            "ahead_days": self.ahead_days,
            "hand_in_hours": None if self.hand_in is None else _minutes(self.hand_in) // 60,
            "hand_in_place": self.hand_in_place,
            "price_minor": self.price_minor,
            "tax_category": self.tax_category,
            "cancel_hours": _minutes(self.cancel_before) // 60,
            "late_fee_percent": self.late_fee_percent,
            "confirm": self.confirm,
        }


def hours_of(text: object) -> Hours | None:
    """
    Read opening hours; empty text is closed, and nothing that is wrong is guessed at.

        >>> hours_of("09:00-12:00, 13:00-24:00")
        ((540, 720), (780, 1440))
        >>> hours_of("12:00-09:00") is None
        True
    """
    if not isinstance(text, str):
        return None
    found, last = [], 0
    for part in text.replace("，", ",").replace(",", " ").split():
        match = RANGE.fullmatch(part)
        numbers = [int(number) for number in match.groups()] if match else [0, 60, 0, 60]
        opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if max(numbers[1], numbers[3]) > 59 or not last <= opens < closes <= MIDNIGHT:
            return None
        found.append((opens, closes))
        last = closes
    return tuple(found)


def hours_text(hours: Hours) -> str:
    """Write opening hours as :func:`hours_of` reads them."""
    return ", ".join(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in hours)


def _weekdays(read: Reader) -> dict[int, Hours]:
    found = {}
    for name, text in _texts(read, "hours").items():
        if name not in DAYS:
            read.flaws.append(_flaw(f"/hours/{name}", "not_a_weekday"))
        elif (hours := hours_of(text)) is None:
            read.flaws.append(_flaw(f"/hours/{name}", "not_hours"))
        else:
            found[DAYS.index(name)] = hours
    return found


def _exceptions(read: Reader) -> dict[date, Hours]:
    found, given = {}, _texts(read, "exceptions")
    if len(given) > MOST_EXCEPTIONS:
        read.flaws.append(_flaw("/exceptions", "too_many_days", most=MOST_EXCEPTIONS))
        return {}
    for name, text in given.items():
        day, hours = _day(name), hours_of(text)
        if day is None:
            read.flaws.append(_flaw(f"/exceptions/{name}", "not_a_day"))
        elif hours is None:
            read.flaws.append(_flaw(f"/exceptions/{name}", "not_hours"))
        else:
            found[day] = hours
    return found


def _texts(read: Reader, field: str) -> Mapping[str, Any]:
    value = read.get(field, {})
    if not isinstance(value, Mapping):
        read.refuse(field, "not_an_object")
        return {}
    return value


def _hand_in(read: Reader) -> timedelta | None:
    if read.get("hand_in_hours", None) is None:
        return None
    return timedelta(hours=read.whole("hand_in_hours", most=30 * 24))


def _place(read: Reader) -> str:
    value = read.get("hand_in_place", "")
    place = value.strip() if isinstance(value, str) else ""
    if len(place) > LONGEST_PLACE:
        read.flaws.append(_flaw("/hand_in_place", "too_long_text", most=LONGEST_PLACE))
    if not place and read.get("hand_in_hours", None) is not None:
        read.flaws.append(_flaw("/hand_in_place", "place_missing"))
    return place


def _true(read: Reader, field: str) -> bool:
    value = read.get(field, False)
    if not isinstance(value, bool):
        read.flaws.append(_flaw(read.at(field), "not_true_or_false"))
    return value is True


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if len(str(text)) == len("2026-10-01") else None
    except ValueError:
        return None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(time: timedelta) -> int:
    return time // timedelta(minutes=1)


def _flaw(pointer: str, code: str, **facts: object) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
