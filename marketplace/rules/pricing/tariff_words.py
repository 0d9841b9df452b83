"""What prices that depend on when mean, as phrases, and the words of their steps."""

from collections.abc import Iterator

from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.pricing.netting import PERIOD, TERM
from marketplace.rules.pricing.numbers import number
from marketplace.rules.pricing.peak import Peak
from marketplace.rules.pricing.quantity import Quantity
from marketplace.rules.pricing.schedule import DAYS, HOLIDAY, WEEKDAYS, Band, Commitment, clock
from marketplace.rules.pricing.spread import DAY, HOUR, QUARTER, WEEK
from marketplace.rules.pricing.time_of_day import TimeOfDay
from marketplace.shared.money import format_price

BANDS = gettext_noop("at some times it is another price:")
EVERY_DAY = gettext_noop("{name}: every day from {start} to {end}, {price} each")
WORKDAYS = gettext_noop("{name}: Monday to Friday from {start} to {end}, {price} each")
WEEKENDS = gettext_noop("{name}: Saturday and Sunday from {start} to {end}, {price} each")
WEEKENDS_OFF = gettext_noop("{name}: weekends and holidays from {start} to {end}, {price} each")
HOLIDAYS = gettext_noop("{name}: on holidays from {start} to {end}, {price} each")
ON_DAYS = gettext_noop(
    "{name}: on days {days} (1 is Monday, H a holiday) from {start} to {end}, {price} each"
)
SAYINGS = {
    DAYS: EVERY_DAY,
    WEEKDAYS: EVERY_DAY,
    WEEKDAYS[:5]: WORKDAYS,
    WEEKDAYS[5:]: WEEKENDS,
    (*WEEKDAYS[5:], HOLIDAY): WEEKENDS_OFF,
    (HOLIDAY,): HOLIDAYS,
}
SINCE = gettext_noop("{name} begins on {since}")
UNTIL = gettext_noop("{name} ends before {until}")
HOLIDAY_DATES = gettext_noop("holidays are {dates}")
NO_WEEKDAYS = gettext_noop("a holiday is no weekday: {dates}")

LEAST = {
    QUARTER: gettext_noop("a quarter-hour of use costs at least {amount}"),
    HOUR: gettext_noop("an hour of use costs at least {amount}"),
    DAY: gettext_noop("a day of use costs at least {amount}"),
    WEEK: gettext_noop("a week of use costs at least {amount}"),
}
OVER = {
    QUARTER: gettext_noop("what a quarter-hour costs above {amount} counts {factor} times"),
    HOUR: gettext_noop("what an hour costs above {amount} counts {factor} times"),
    DAY: gettext_noop("what a day costs above {amount} counts {factor} times"),
    WEEK: gettext_noop("what a week costs above {amount} counts {factor} times"),
}
IN_BAND = gettext_noop("in the band “{name}” this holds instead:")
WITHOUT_EFFECT = gettext_noop("nothing beyond the price is owed there")

PEAKS = {
    QUARTER: gettext_noop("Only the quarter-hour with the most counts, in steps:"),
    HOUR: gettext_noop("Only the hour with the most counts, in steps:"),
    DAY: gettext_noop("Only the day with the most counts, in steps:"),
    WEEK: gettext_noop("Only the week with the most counts, in steps:"),
}
DEMAND = {
    QUARTER: gettext_noop("Maximum demand in kilowatts, by quarter-hours, in steps:"),
    HOUR: gettext_noop("Maximum demand in kilowatts, by hours, in steps:"),
}

NETTED = {
    (DAY, False): gettext_noop("the first {quantity} of every day are included"),
    (WEEK, False): gettext_noop("the first {quantity} of every week are included"),
    (TERM, False): gettext_noop("the first {quantity} of the whole lease are included"),
    (PERIOD, True): gettext_noop("{quantity} in each billing period are included; what is left rolls over"),
    (DAY, True): gettext_noop(
        "{quantity} a day are included; what is left rolls over within the billing period"
    ),
    (WEEK, True): gettext_noop(
        "{quantity} a week are included; what is left rolls over within the billing period"
    ),
}

AFRESH = gettext_noop("steps and included quantities begin anew when the price changes to this one")

BY_THE_SECOND = gettext_noop("a part of a billing period is measured by the second, for all of this")

STEPS = {
    "before_change": gettext_noop("Less what came before the change: {whole} − {before} = {amount}"),
    "band": gettext_noop("{name}: {quantity} × {price} = {amount}"),
    "window_over": gettext_noop("More for what lies above the commitments: {before} + {more} = {amount}"),
    "window_lifted": gettext_noop("Up to the least of each window: {before} + {more} = {amount}"),
    "peak": gettext_noop("The most, at {at}: {quantity} {unit}"),
    "included_day": gettext_noop("Less up to {each} included a day: {rounded} − {included} = {quantity}"),
    "included_week": gettext_noop("Less up to {each} included a week: {rounded} − {included} = {quantity}"),
    "included_term": gettext_noop(
        "Less what is left of {each} included in the lease: {rounded} − {included} = {quantity}"
    ),
    "included_day_rolling": gettext_noop(
        "Less {each} included a day and what was left: {rounded} − {included} = {quantity}"
    ),
    "included_week_rolling": gettext_noop(
        "Less {each} included a week and what was left: {rounded} − {included} = {quantity}"
    ),
    "included_period_rolling": gettext_noop(
        "Less {each} included and what was left: {rounded} − {included} = {quantity}"
    ),
}

LINES = {
    "time_of_day": gettext_noop("Use, by the time of day"),
    "peak": gettext_noop("The highest use of the period"),
}


def netting(counts: Quantity) -> Phrase:
    """Say how an included quantity is netted where that is unusual."""
    return Phrase(NETTED[counts.per, counts.rolls], {"quantity": number(counts.included)})


def bands(component: TimeOfDay, currency: str) -> Iterator[Phrase]:
    """Say at which times it is another price, and what a window costs at least."""
    schedule = component.schedule
    if schedule.bands:
        yield Phrase(BANDS)
    for band in schedule.bands:
        yield _times(band, format_price(band.priced(component.price), currency), bool(schedule.holidays))
        if band.valid_from is not None:
            yield Phrase(SINCE, {"name": band.name, "since": str(band.valid_from)})
        if band.valid_to is not None:
            yield Phrase(UNTIL, {"name": band.name, "until": str(band.valid_to)})
    if schedule.holidays:
        named = any(HOLIDAY in band.days for band in schedule.bands)
        dates = ", ".join(sorted(map(str, schedule.holidays)))
        yield Phrase(HOLIDAY_DATES if named else NO_WEEKDAYS, {"dates": dates})
    if component.window is not None:
        yield from _commitments(component, component.window, currency)


def peaks(component: Peak) -> Phrase:
    """Say what of a period is priced."""
    return Phrase(DEMAND[component.window] if component.demand else PEAKS[component.window])


def _times(band: Band, price: str, has_holidays: bool) -> Phrase:
    facts = {"name": band.name, "start": clock(band.start), "end": clock(band.end), "price": price}
    days = tuple(day for day in DAYS if day in band.days)
    if not has_holidays and days != (HOLIDAY,):
        days = tuple(day for day in days if day != HOLIDAY)
    if (days == WEEKDAYS and has_holidays) or days not in SAYINGS:
        letters = {day: str(place) for place, day in enumerate(WEEKDAYS, start=1)} | {HOLIDAY: "H"}
        return Phrase(ON_DAYS, {**facts, "days": ", ".join(letters[day] for day in days)})
    return Phrase(SAYINGS[days], facts)


def _commitments(component: TimeOfDay, window: str, currency: str) -> Iterator[Phrase]:
    if component.commitment is not None:
        yield from _commitment(component.commitment, window, currency)
    for band in component.schedule.bands:
        if band.commitment is not None:
            yield Phrase(IN_BAND, {"name": band.name})
            yield from list(_commitment(band.commitment, window, currency)) or [Phrase(WITHOUT_EFFECT)]


def _commitment(commitment: Commitment, window: str, currency: str) -> Iterator[Phrase]:
    facts = {"amount": format_price(commitment.amount, currency)}
    if commitment.true_up:
        yield Phrase(LEAST[window], facts)
    if commitment.overage_factor != 1:
        yield Phrase(OVER[window], {**facts, "factor": number(commitment.overage_factor)})
