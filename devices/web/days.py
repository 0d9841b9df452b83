"""What a device said on one local day, as far as the door of rights lets it through."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from devices.models import Channel, Device
from devices.ownership.actions import access
from devices.ownership.actions.access import Answer, Series
from devices.ownership.queries import channels_of
from devices.ownership.rules.duties import RETENTIONS
from devices.ownership.rules.explanations import ARTICLES, REASONS
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.sentences import listed, rule_words
from devices.rules.readings import moment
from marketplace.models import Organization, User
from marketplace.shared.period import Period, local_midnight

PURPOSE = "billing"
RUNNING = "ACTIVE"
SHOWN = 12
UNITS = {"each": gettext_noop("pcs")}
KINDS = (Channel.Kind.STATE, Channel.Kind.COUNTER)


@dataclass
class Said:
    """A strip per state channel, the last value per counter, and why the rest is not shown."""

    start: datetime
    end: datetime
    strips: list[dict[str, Any]] = field(default_factory=list)
    counters: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    erased: list[dict[str, Any]] = field(default_factory=list)


def whole_day(on: date, zone: ZoneInfo) -> Period:
    """Return a local day."""
    return Period(local_midnight(on, zone), local_midnight(on + timedelta(days=1), zone))


def said_on(device: Device, on: date, *, by: User, within: Organization, at: datetime) -> Said:
    """Read the evidence channels of one local day through the door, and prepare them for the page."""
    zone = ZoneInfo(device.zone)
    start, end = local_midnight(on, zone), local_midnight(on + timedelta(days=1), zone)
    said = Said(start.astimezone(zone), end.astimezone(zone))
    every = channels_of(device, keep=True)  # the door asks for them too
    evidence = [one for one in every if one.retention == Channel.Retention.EVIDENCE and one.kind in KINDS]
    channels = {channel.key: channel for channel in evidence[:SHOWN]}
    if not channels:
        return said
    answer = access.read(
        device=device,
        channels=list(channels),
        period=Period(start, end),
        purpose=PURPOSE,
        by=by,
        within=within,
        at=at,
    )
    last = min(end, at)
    for key, channel in channels.items():
        series = [one for one in answer.series if one.channel == key]
        if channel.kind == Channel.Kind.STATE and series:
            spans = list(_spans(series, last))
            said.strips.append({"label": channel.label, "spans": spans, "sums": _sums(spans)})
        elif series:
            unit = _(UNITS.get(channel.unit, "")) if channel.unit in UNITS else channel.unit
            said.counters.append({"label": channel.label, "unit": unit} | _last(series))
    said.refused = list(_refused(answer, channels))
    said.erased = list(_erased(answer))
    return said


def _erased(answer: Answer) -> Iterator[dict[str, Any]]:
    """Say what was erased of the day, to whom something of that time may be shown at all."""
    found = (one for ruling in answer.rulings if ruling.permits for one in ruling.segment.erased)
    for one in dict.fromkeys(found):
        what = _(RETENTIONS[one.retention])
        yield {
            "sentence": _("Erased when their time was over: {what}.").format(what=what),
            "certificate": one.certificate,
        }


def _spans(series: Iterable[Series], last: datetime) -> Iterator[dict[str, Any]]:
    """Turn readings, in source order, into stretches of one state; a clock that went back makes none."""
    for part in series:
        end = min(last, part.period.end or last)
        changes: list[tuple[datetime, object]] = []
        for stamp, value in part.points:
            if not changes or changes[-1][1] != value:
                changes.append((moment(stamp), value))
        for (start, value), (until, _next) in pairwise([*changes, (end, None)]):
            if until > start:
                yield {"start": start, "end": until, "kind": _kind(value), "label": _word(value)}


def _sums(spans: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up the day by state, the longest first: what the strip shows, as a table."""
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        row = found.setdefault(span["label"], {"label": span["label"], "times": 0, "length": timedelta()})
        row["times"] += 1
        row["length"] += span["end"] - span["start"]
        row["until"] = span["end"]
    return sorted(found.values(), key=lambda row: row["length"], reverse=True)


def _kind(value: object) -> str:
    if value is None:
        return "off"
    return "run" if value == RUNNING else "idle"


def _word(value: object) -> str:
    return _("no value") if value is None else str(value)


def _last(series: Iterable[Series]) -> dict[str, Any]:
    """Return the last number of the day and when it was read."""
    found: dict[str, Any] = {"value": None, "at": None}
    for part in series:
        for at, value in part.points:
            if value is not None:
                found = {"value": value, "at": moment(at)}
    return found


def _refused(answer: Answer, channels: dict[str, Channel]) -> Iterator[dict[str, Any]]:
    """Explain each kind of refusal once, with the channels that it concerns."""
    alike: dict[tuple[str, str], list[Ruling]] = {}
    for ruling in answer.rulings:
        if not ruling.permits:
            alike.setdefault((ruling.decision.reason, ruling.decision.rule), []).append(ruling)
    for (reason, rule), rulings in alike.items():
        names = dict.fromkeys(channels[ruling.channel].label for ruling in rulings)
        articles = (_(ARTICLES[one]) for one in rulings[0].decision.basis)
        yield {
            "sentence": _("{channels}: {reason}").format(
                channels=listed(names, _), reason=_(REASONS[reason])
            ),
            "rule": rule_words(rule, _, rulings[0].table),
            "article": listed(articles, _),
        }
