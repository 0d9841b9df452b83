"""Filters for figures: money, quantities, rates, days and moments, each in its mark-up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.template import Library
from django.utils.html import format_html

from marketplace.shared.capitals import capitals as in_capitals
from marketplace.shared.money import Money
from marketplace.web import figures

register = Library()
EMPTY = ""


@register.filter
def money(value: Any, currency: str = "CNY") -> str:
    """Show ``Money``, or a number of minor units with its currency as argument; nothing is a dash."""
    if value is None or value == EMPTY:
        return figures.DASH
    return format_html('<span class="num money">{}</span>', money_text(value, currency))


@register.filter
def money_text(value: Any, currency: str = "CNY") -> str:
    """Return the same as plain text, for titles, buttons, and mails."""
    minor, code = getattr(value, "minor", value), getattr(value, "currency", currency)
    return figures.money_text(int(minor), str(code))


@register.filter
def money_sign(value: Any, currency: str = "CNY") -> str:
    """Show a difference: zero is quiet, anything else carries its sign and is loud."""
    minor = int(getattr(value, "minor", value))
    name = "num money zero" if minor == 0 else "num money off-balance"
    return format_html(
        '<span class="{}">{}{}</span>', name, "+" if minor > 0 else "", money_text(value, currency)
    )


@register.filter
def symbol(currency: str) -> str:
    """Return the sign of a currency as amounts carry it, to stand before the field of an amount."""
    return figures.SYMBOLS.get(currency, currency)


@register.filter
def capitals(value: Any) -> str:
    """Write an amount of CNY in capital Chinese numerals, as an invoice must."""
    return in_capitals(Money(int(getattr(value, "minor", value)), "CNY"))


@register.filter
def number(value: Decimal | int | None, places: int | None = None) -> str:
    """Show a number with thousands separators; ``places`` fixes the decimals."""
    if value is None:
        return figures.DASH
    return format_html('<span class="num">{}</span>', figures.number_text(value, places))


@register.filter
def quantity(value: Decimal | int | None, unit: str = "") -> str:
    """Show a quantity with its unit beside it."""
    if value is None:
        return figures.DASH
    text = figures.number_text(value)
    return format_html(
        '<span class="num qty">{}\N{NO-BREAK SPACE}<span class="unit">{}</span></span>',
        text,
        figures.unit_text(unit),
    )


@register.filter
def unit_name(unit: str) -> str:
    """Return the word for a unit code."""
    return figures.unit_text(unit)


@register.filter
def percent(value: Decimal | None, places: int | None = 0) -> str:
    """Show a share of one as a percentage."""
    if value is None:
        return figures.DASH
    return format_html('<span class="num">{}</span>', figures.percent_text(value, places))


@register.simple_tag
def rate(value: Decimal, per: str = "", currency: str = "CNY") -> str:
    """Show a price per unit with every digit it was agreed with."""
    return format_html('<span class="num rate">{}</span>', figures.rate_text(Decimal(value), currency, per))


@register.filter
def moment(value: datetime | None, zone: str | None = None) -> str:
    """Show local day and time; the exact UTC instant is in the mark-up."""
    if value is None:
        return figures.DASH
    return _time(value, figures.moment_text(value, zone))


@register.filter
def instant(value: datetime | None, zone: str | None = None) -> str:
    """Show local day and time to the millisecond, as evidence needs it."""
    return figures.DASH if value is None else _time(value, figures.instant_text(value, zone))


@register.filter
def clock(value: datetime | None, zone: str | None = None) -> str:
    """Show the local time of day."""
    return figures.DASH if value is None else _time(value, figures.clock_text(value, zone))


@register.filter
def day(value: date | None, form: str = "day") -> str:
    """Show a day: ``day``, ``short`` without the year, or ``month``."""
    if value is None:
        return figures.DASH
    local = value.astimezone(figures.zone_of(None)).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), figures.day_text(local, form))


@register.filter
def duration(value: timedelta | None) -> str:
    """Show a length of time in its two largest units."""
    return (
        figures.DASH
        if value is None
        else format_html('<span class="num">{}</span>', figures.duration_text(value))
    )


@register.simple_tag
def period(start: datetime | date, end: datetime | date | None, zone: str | None = None) -> str:
    """Show a half-open period the way people say it, the last day included."""
    return format_html('<span class="period">{}</span>', figures.period_text(start, end, zone))


def _time(value: datetime, words: str) -> str:
    instant = value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', instant, instant, words)
