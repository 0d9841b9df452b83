"""
Suggest to an owner when to list a machine that stands idle, from what its devices told outside of leases.

It is read as the owner reads it, through the one door, and is in the log; the time of leases is not asked for
at all, nor that in which a machine was late: it stood with the lessee still.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_noop

from devices.models import Binding, Channel
from devices.ownership.actions import access
from devices.ownership.queries import segments_of
from devices.ownership.queries.late import late_spans
from devices.queries import bindings_of
from devices.rules import idle
from devices.rules.idle import Suggestion
from devices.rules.readings import instant
from marketplace.actions import listings, slots
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, Listing, Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.slot_schedules import DAYS, hours_text
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period

PURPOSE = "operation"
EXECUTION = "execution"
OF_OTHERS = [Claim.Reason.LEASE, Claim.Reason.SLOT, Claim.Reason.OVERDUE]
SLOT_HOURS = 4
MOST_PRICE = Decimal(1_000_000)  # yuan an hour


class NothingSuggested(NotPossible):
    """There is nothing from which a listing could be prepared."""

    code = "nothing_suggested"
    text = gettext_noop("Nothing is suggested for {machine}: there is no time at which it is idle as a rule.")


class HourlyPriceInvalid(Invalid):
    """A listing needs a price."""

    code = "hourly_price_invalid"
    text = gettext_noop("The price is wrong.")


PRICE = gettext_noop("A price in yuan an hour, above 0 and at most {most}, with two digits.")


class Why(StrEnum):
    """Why nothing can be said."""

    NO_DEVICE = "NO_DEVICE"
    NO_STATES = "NO_STATES"
    TOO_LITTLE = "TOO_LITTLE"


@dataclass(frozen=True)
class Found:
    """What is suggested, or why nothing can be said; ``events`` are the reads in the log."""

    period: Period
    suggestion: Suggestion | None
    why: Why | None
    channel: str
    events: tuple[str, ...]


def read(*, equipment: Equipment, by: User, within: Organization, at: datetime) -> Found:
    """
    Look at the eight local weeks before that of ``at``; call it outside of any transaction.

    :raises MissingRight: if ``within`` is not the owner, or ``by`` may not read telemetry for it
    :raises RightsChanged: if a lease began or ended meanwhile
    """
    require(by, Permission.TELEMETRY_READ, within=within)
    if within.pk != equipment.owner_id:
        raise MissingRight(organization=within.name)
    period = idle.span(at.astimezone(zone()).date(), zone())
    bindings = list(bindings_of(equipment, period))
    told: list[tuple[int, int, bool]] = []
    events: list[str] = []
    keys = [(one, channels) for one in bindings if (channels := _states_of(one))]
    channel = ""
    for binding, channels in keys:
        answers = []
        for free in _free(binding, period, within):
            asked: dict[str, Any] = {"purpose": PURPOSE, "by": by, "within": within, "at": at}
            answers.append(access.read(device=binding.device, channels=channels, period=free, **asked))
        events += [one.event for one in answers]
        series = [one for answer in answers for one in answer.series]
        working = _working(channels, series)
        channel = working or channel
        for one in series:
            if one.channel == working:
                told += idle.spans(one.points, instant(one.period.end or at))
    found = idle.suggestion(told, period, zone())
    why = None if found else Why.NO_DEVICE if not bindings else Why.TOO_LITTLE if channel else Why.NO_STATES
    return Found(period, found, why, channel, tuple(events))


@atomic
def prepare(*, equipment: Equipment, found: Found, price: Decimal, by: User, at: datetime) -> Listing:
    """
    Draft a listing of a machine with the times that were suggested, by the slot of four hours; ``price`` is
    in yuan an hour, net. Nobody sees it before its owner publishes it.

    :raises MissingRight: if ``by`` may not edit listings of the owner
    :raises NothingSuggested: if there is no such time
    :raises HourlyPriceInvalid: if the price is none
    :raises MachineListed: if the machine stands in a listing
    :raises MachineRetired: if it was lost or sold
    :raises MachineOutOfService: if it is not in service
    """
    require(by, Permission.LISTING_EDIT, within=equipment.owner)
    if found.suggestion is None or not found.suggestion.hours:
        raise NothingSuggested(machine=equipment.name)
    if not price.is_finite() or not 0 < price <= MOST_PRICE or price != round(price, 2):
        raise HourlyPriceInvalid(flaws=[Flaw("/price", "no_price", PRICE, {"most": str(MOST_PRICE)})])
    part = {"id": "use", "kind": "per_unit", "meter": "run_time", "unit": "h", "round_to": "0.01"}
    listing = listings.create(
        owner=equipment.owner,
        equipment=[equipment],
        title=equipment.name,
        price_plan={"version": 1, "currency": "CNY", "components": [part | {"price": f"{price:f}"}]},
        count_rules=[{"version": 1, "meter": "run_time", "channel": found.channel, "states": [idle.WORKS]}],
        by=by,
        at=at,
    )
    hours = {DAYS[day]: hours_text(times) for day, times in found.suggestion.hours.items()}
    schedule = {
        "version": 1,
        "hours": hours,
        "slot_minutes": SLOT_HOURS * 60,
        "step_minutes": 60,
        "longest_run": 3,
        "price_minor": int(price * SLOT_HOURS * 100),
        "confirm": True,
    }
    slots.set_schedule(listing=listing, document=schedule, by=by, at=at)
    return listing


def zone() -> ZoneInfo:
    """Return the zone in which weeks are counted: that of the installation."""
    return ZoneInfo(str(get_default_timezone()))


def _states_of(binding: Binding) -> list[str]:
    """Return the channels of a device that may say whether it works: the one of its execution, or all."""
    states = binding.device.channels.filter(kind=Channel.Kind.STATE).exclude(retention="PRIVATE")
    keys = list(states.order_by("number").values_list("key", flat=True))
    return [EXECUTION] if EXECUTION in keys else keys


def _working(channels: list[str], series: Sequence[access.Series]) -> str:
    """Return the channel that says when the machine works; without its execution, one that ever did."""
    if channels == [EXECUTION]:
        return EXECUTION
    said = {one.channel for one in series if any(str(state) == idle.WORKS for _at, state in one.points)}
    return next((key for key in channels if key in said), "")


def _free(binding: Binding, period: Period, within: Organization) -> Iterator[Period]:
    """Yield the times in which the device spoke for the owner's machine, and nobody leased it."""
    mine = period.intersect(binding.span)
    if mine is None:
        return
    taken = _taken(binding.equipment_id, mine)
    for segment in segments_of(binding.device, mine, within):
        if segment.lending is None and segment.owner == within.public_id:
            found = segment.period.intersect(mine)
            if found is not None:
                yield from found.without(taken)


def _taken(machine: int, period: Period) -> list[Period]:
    """
    Return when others have the machine, with the way and no agreement about its data: as by the slot, or
    because it was not given back.
    """
    claims = Claim.objects.active().filter(equipment=machine, reason__in=OF_OTHERS)
    spans = claims.overlapping(period.start, period.end).values_list("period", flat=True)
    late = late_spans([machine], period).get(machine, [])
    return [*(Period(span.lower, span.upper) for span in spans), *late]
