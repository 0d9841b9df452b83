"""What is said of the health of machines, in the reader's language, with the figures."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from leasing.models import HealthWarning
from leasing.rules.health import Rates
from leasing.rules.trend import plain, said
from leasing.web.maintenance_words import number
from marketplace.models import Equipment

SHOWN = 5
ALARM_RATE = gettext_noop(
    "{alarms} alarms in {hours} h of run time within a day: {rate} an hour, against {mean} an hour in the 14 "
    "days before ({alarms_before} in {hours_before} h)."
)
REACHES = gettext_noop(
    "{channel}: the mean of its last day is {mean}, changing by {change} a day over the last {seen} days "
    "with readings. {left} it is at its limit of {limit} ({source})."
)
BEYOND = gettext_noop(
    "{channel}: the mean of its last day is {mean}, beyond its limit of {limit} ({source}). It changes by "
    "{change} a day over the last {seen} days with readings."
)
LABELS = {
    HealthWarning.Sign.ALARM_RATE: gettext_noop("more alarms than before"),
    HealthWarning.Sign.TREND: gettext_noop("towards a limit"),
}
BEYOND_LABEL = gettext_noop("beyond a limit")


def warnings(machine: Equipment) -> list[dict[str, Any]]:
    """Return the newest warnings about a machine, each in a sentence with its figures."""
    newest = machine.health_warnings.select_related("channel").order_by("-day", "-pk")[:SHOWN]
    return [{"day": one.day, "label": _label(one), "text": warning(one)} for one in newest]


def warning(found: HealthWarning) -> str:
    """Say what was found, with all that it rests on."""
    rates = found.rates
    return _trend(found) if rates is None else _alarms(rates)


def _label(found: HealthWarning) -> str:
    return _(BEYOND_LABEL if found.is_beyond else LABELS[HealthWarning.Sign(found.kind)])


def _alarms(rates: Rates) -> str:
    return _(ALARM_RATE).format(
        alarms=rates.alarms,
        hours=number(Decimal(rates.seconds) / 3_600),
        rate=f"{rates.rate}",
        alarms_before=rates.alarms_before,
        hours_before=number(Decimal(rates.seconds_before) / 3_600),
        mean=f"{rates.rate_before}",
    )


def _trend(found: HealthWarning) -> str:
    channel, mean, slope, limit = found.channel, found.mean, found.slope, found.limit
    assert channel is not None
    assert mean is not None
    assert slope is not None
    assert limit is not None
    return _(BEYOND if found.is_beyond else REACHES).format(
        channel=channel.label,
        mean=f"{said(mean)} {channel.unit}".strip(),
        change=f"{'+' if slope > 0 else ''}{said(slope)} {channel.unit}".strip(),
        seen=found.days_seen,
        left=_left(found.days_left or 0),
        limit=f"{plain(limit)} {channel.unit}".strip(),
        source=found.source,
    )


def _left(days: int) -> str:
    if not days:
        return _("At this pace")
    return ngettext("At this pace, in {days} day", "At this pace, in {days} days", days).format(days=days)
