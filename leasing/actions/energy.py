"""Read what the machines of a lease told of energy, by the lessee's own rights, and make its report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from django.utils.translation import gettext_noop

from devices.models import Channel, Device
from devices.ownership.actions import access
from devices.queries import bindings_of
from leasing.models import Lease
from leasing.rules.energy import KWH, Point, Report, Told, report
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.count_rules import ENERGY, GOOD_PARTS, PARTS, CountRule
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

PURPOSE = "operation"
MOST_DAYS = 31  # of one report
MOST_POINTS = 20_000  # read at a time: a dense month does not fit into memory
LOOK = timedelta(days=1)  # readings beside the period, so that growth over its edges is cut there, not lost
EXECUTION = "execution"  # how the states are called where no count rule names their channel


class TooManyDays(NotPossible):
    """A report is read while somebody waits for it."""

    code = "too_many_days"
    text = gettext_noop("Choose at most {most} days.")


class Why(StrEnum):
    """Why there is no report."""

    NO_CHANNEL = "no_channel"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True)
class Found:
    """The report of a period, or why there is none; ``events`` are the reads in the log."""

    report: Report | None
    why: Why | None
    events: tuple[str, ...]


def read(*, lease: Lease, period: Period, by: User, within: Organization, at: datetime) -> Found:
    """
    Report what the machines of a lease used in a half-open, closed period within its time, as its lessee.

    Each machine is read through the one door, part by part, and the read is written down; so call it outside
    of any transaction. What the lessee may not read as single readings is left out.

    :raises MissingRight: if ``within`` is not the lessee, or ``by`` may not read telemetry for it
    :raises TooManyDays: if the period is longer than 31 days
    :raises RightsChanged: if an agreement changed between decision and reading
    """
    require(by, Permission.TELEMETRY_READ, within=within)
    if within.pk != lease.lessee_id:
        raise MissingRight(organization=within.name)
    assert period.end is not None, "a report is for a closed period"
    if len(list(period.local_days(lease.agreed.zone))) > MOST_DAYS:
        raise TooManyDays(most=MOST_DAYS)
    seen = _Seen()
    told = _devices(lease, period, seen, by=by, within=within, at=at)
    found = report(told, period=period, zone=lease.agreed.zone)
    events = tuple(seen.events)
    if seen.told:
        return Found(found, None, events)
    return Found(None, Why.NOT_ALLOWED if seen.any_channel else Why.NO_CHANNEL, events)


@dataclass
class _Seen:
    """What was met: the reads in the log, whether any channel counts energy, and whether any told."""

    events: list[str] = field(default_factory=list)
    any_channel: bool = False
    told: bool = False


def _devices(lease: Lease, period: Period, seen: _Seen, **reader: Any) -> Iterator[Told]:
    """Read one device after the other, and a part when the one before was added up."""
    for unit in lease.units.select_related("equipment"):
        for binding in bindings_of(unit.equipment, period):
            meters = _meters(binding.device, lease)
            seen.any_channel = seen.any_channel or bool(meters)
            span = period.widened(LOOK, LOOK).intersect(Period(binding.period.lower, binding.period.upper))
            span = span and span.intersect(Period(lease.active_from or period.start, unit.active_to))
            if not meters or span is None or (span.end or reader["at"]) <= span.start:
                continue
            closed = Period(span.start, span.end or reader["at"])
            yield from _told(binding.device, meters, lease, closed, period, seen, **reader)


def _meters(device: Device, lease: Lease) -> list[Channel]:
    """Return the channels of a device that count energy in a unit that is known."""
    billed = {rule.counter for rule in lease.agreed.count_rules if rule.meter == ENERGY}
    found = Channel.objects.filter(device=device, kind=Channel.Kind.COUNTER, unit__in=sorted(KWH))
    return [one for one in found.order_by("number") if one.category == "energy" or one.key in billed]


def _told(
    device: Device,
    meters: Sequence[Channel],
    lease: Lease,
    span: Period,
    period: Period,
    seen: _Seen,
    **reader: Any,
) -> Iterator[Told]:
    """Read one device, part by part; states come before the energy that was used meanwhile."""
    keys = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    states, parts = _beside(lease.agreed.count_rules, keys)
    wanted = [one.key for one in meters] + [key for key in (states, parts) if key]
    event, read = access.read_in_parts(
        device=device, channels=wanted, period=span, most=MOST_POINTS, purpose=PURPOSE, **reader
    )
    seen.events.append(event)
    for part in read:
        found = {one.channel: cast("tuple[Point, ...]", one.points) for one in part}
        readable = [one for one in meters if one.key in found]
        within = bool(readable) and part[0].period.overlaps(period)
        seen.told = seen.told or within
        name = device.public_id
        for one in readable:
            yield Told(found[one.key], KWH[one.unit], found.get(states), device=name, meter=one.key)
        if readable and parts in found:  # of a machine with several meters the parts count once
            yield Told((), KWH["kWh"], parts=found[parts], device=name, meter=parts)


def _beside(rules: Sequence[CountRule], keys: set[str]) -> tuple[str, str]:
    """Return the channels of states and of parts of a device that the count rules of the lease name."""
    states = [rule.channel for rule in rules if rule.states] + [EXECUTION]
    parts = [rule.counter for rule in rules if rule.counter and rule.meter in (PARTS, GOOD_PARTS)]
    return (
        next((key for key in states if key in keys), ""),
        next((key for key in parts if key in keys), ""),
    )
