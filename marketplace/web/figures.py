"""Figures as people read them: money, quantities, rates, moments. Pure: no request, no database."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.shared.money import PLACES

MINUS = "−"
DASH = "—"
SYMBOLS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥", "GBP": "£"}

UNITS: Mapping[str, object] = {
    "part": pgettext_lazy("unit", "parts"),
    "piece": pgettext_lazy("unit", "pieces"),
    "cycle": pgettext_lazy("unit", "cycles"),
    "stroke": pgettext_lazy("unit", "strokes"),
    "shot": pgettext_lazy("unit", "shots"),
    "batch": pgettext_lazy("unit", "batches"),
    "mission": pgettext_lazy("unit", "missions"),
    "slot": pgettext_lazy("unit", "slots"),
    "test": pgettext_lazy("unit", "tests"),
    "job": pgettext_lazy("unit", "jobs"),
    "machine": pgettext_lazy("unit", "machines"),
    "second": pgettext_lazy("unit", "s"),
    "minute": pgettext_lazy("unit", "min"),
    "hour": pgettext_lazy("unit", "h"),
    "h": pgettext_lazy("unit", "h"),
    "day": pgettext_lazy("unit", "days"),
    "week": pgettext_lazy("unit", "weeks"),
    "month": pgettext_lazy("unit", "months"),
}

PER = {
    "part": pgettext_lazy("per unit", "part"),
    "piece": pgettext_lazy("per unit", "piece"),
    "cycle": pgettext_lazy("per unit", "cycle"),
    "stroke": pgettext_lazy("per unit", "stroke"),
    "shot": pgettext_lazy("per unit", "shot"),
    "batch": pgettext_lazy("per unit", "batch"),
    "mission": pgettext_lazy("per unit", "mission"),
    "slot": pgettext_lazy("per unit", "slot"),
    "test": pgettext_lazy("per unit", "test"),
    "job": pgettext_lazy("per unit", "job"),
    "machine": pgettext_lazy("per unit", "machine"),
    "second": pgettext_lazy("per unit", "s"),
    "minute": pgettext_lazy("per unit", "min"),
    "hour": pgettext_lazy("per unit", "h"),
    "h": pgettext_lazy("per unit", "h"),
    "day": pgettext_lazy("per unit", "day"),
    "week": pgettext_lazy("per unit", "week"),
    "month": pgettext_lazy("per unit", "month"),
}

KINDS_OF_DAY = {
    "day": gettext_lazy("N j, Y"),
    "month": gettext_lazy("F Y"),
    "short": gettext_lazy("M j"),
    "mon": pgettext_lazy("month without its year", "M"),
}


def number_text(value: Decimal | int, places: int | None = None) -> str:
    """Return the number with thousands separators and a true minus; without ``places`` no trailing zeros."""
    exact = Decimal(value)
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places))
    text = f"{abs(exact):,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if exact < 0 and text.strip("0.,") else text


def money_text(minor: int, currency: str = "CNY") -> str:
    """Return an amount of minor units as text: ``¥12,340.00``, ``−¥0.05``, ``JP¥1,200``."""
    places = PLACES.get(currency, 2)
    digits = number_text(Decimal(abs(minor)).scaleb(-places), places)
    return f"{MINUS if minor < 0 else ''}{SYMBOLS.get(currency, currency + ' ')}{digits}"


def rate_text(rate: Decimal, currency: str = "CNY", per: str = "") -> str:
    """Return a price per unit with every digit it was agreed with, two at least: ``¥0.62/part``."""
    exact = Decimal(rate).normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    sign = MINUS if exact < 0 else ""
    amount = f"{sign}{SYMBOLS.get(currency, currency + ' ')}{number_text(abs(exact), places)}"
    return f"{amount}/{PER.get(per, per)}" if per else amount


def unit_text(unit: str) -> str:
    """Return the word for a unit code; physical units (mm, kWh, rpm) stand for themselves."""
    return str(UNITS.get(unit, unit))


def percent_text(share: Decimal, places: int | None = 0) -> str:
    """Return a share of one as a percentage: ``0.964`` is ``96 %`` (``96.4 %`` with one place)."""
    return f"{number_text(Decimal(share) * 100, places)} %"


def duration_text(span: timedelta) -> str:
    """Return a length of time in its two largest units."""
    minutes, _seconds = divmod(int(abs(span).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


def zone_of(zone: str | tzinfo | None) -> tzinfo:
    """Return the zone meant: a name, a zone, or the one that is active for the reader."""
    return ZoneInfo(zone) if isinstance(zone, str) else zone or timezone.get_current_timezone()


def day_text(value: date, form: str = "day", zone: str | tzinfo | None = None) -> str:
    """Return a day as the reader's language writes it; a moment is taken to its local day first."""
    if isinstance(value, datetime):
        value = value.astimezone(zone_of(zone)).date()
    return date_format(value, str(KINDS_OF_DAY[form]), use_l10n=False)


def clock_text(value: datetime, zone: str | tzinfo | None = None) -> str:
    """Return the local time of day, 24 hours."""
    return value.astimezone(zone_of(zone)).strftime("%H:%M")


def moment_text(value: datetime, zone: str | tzinfo | None = None) -> str:
    """Return local day and time."""
    return f"{day_text(value, 'day', zone)} {clock_text(value, zone)}"


def instant_text(value: datetime, zone: str | tzinfo | None = None) -> str:
    """Return local day and time to the millisecond."""
    local = value.astimezone(zone_of(zone))
    return f"{day_text(value, 'day', zone)} {local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def period_text(start: datetime | date, end: datetime | date | None, zone: str | tzinfo | None = None) -> str:
    """Return a half-open period as people say it: whole days name their last day, an open end says so."""
    first = _local(start, zone)
    if end is None:
        return _("from %(start)s, open end") % {"start": day_text(first)}
    last = _local(end, zone)
    if (
        isinstance(first, datetime)
        and isinstance(last, datetime)
        and (first.time(), last.time()) != (_ZERO, _ZERO)
    ):
        until = clock_text(last, zone) if first.date() == last.date() else moment_text(last, zone)
        return f"{moment_text(first, zone)} – {until}"
    last_day = last - timedelta(days=1)
    if day_text(first) == day_text(last_day):
        return day_text(first)
    return f"{day_text(first)} – {day_text(last_day)}"


_ZERO = datetime.min.time()


def _local(value: datetime | date, zone: str | tzinfo | None) -> datetime | date:
    return value.astimezone(zone_of(zone)) if isinstance(value, datetime) else value
