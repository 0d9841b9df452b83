"""What the execution states of a leased machine say of a reported standstill, read through the one door."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from devices.models import Channel, Device
from devices.ownership.actions import access
from devices.queries import bindings_of
from devices.rules.increments import RUN, STATE, Increment
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import moment
from leasing.models import Ticket
from leasing.rules import downtime
from marketplace.models import User
from marketplace.rules.count_rules import RUN_TIME, CountRule
from marketplace.shared.period import Period

MICROSECONDS = 1_000_000
LOOK_BACK = timedelta(days=1)  # a state that began before the standstill is known from then on


@dataclass
class Evidence:
    """
    When a machine stood, for how many seconds it ran and was in each state, and under which events it was
    read.

    Not ``measured`` is what no channel of run time tells, or nobody agreed to meter: then it stood all the
    time that was reported, on the word of the two.
    """

    period: Period | None
    measured: bool
    stands: list[Period]
    ran: int
    states: dict[str, int]
    events: list[str]

    def dump(self) -> dict[str, Any]:
        """Write it as JSON; times in UTC, lengths in seconds."""
        return {
            "measured": self.measured,
            "reported_seconds": _seconds([self.period] if self.period else []),
            "stood_seconds": _seconds(self.stands),
            "ran_seconds": self.ran,
            "states": self.states,
            "stands": [_edges(one) for one in self.stands],
            "events": self.events,
        }


def take(*, ticket: Ticket, by: User, at: datetime) -> Evidence:
    """
    Measure the standstill of a ticket by the rule that counts its run time; modes do not matter, run is run.

    The reading is the platform's metering, logged; call it outside of any transaction.

    :raises MeteringNotAllowed: if the count rule names a channel that is not evidence
    """
    period, unit = ticket.standstill, ticket.unit
    rules = [rule for rule in ticket.lease.agreed.count_rules if rule.meter == RUN_TIME]
    if period is None:
        return Evidence(None, False, [], 0, {}, [])
    start = max(unit.active_from or period.start, period.start - LOOK_BACK)
    runs, states, events = list[Period](), Counter[str](), list[str]()
    for rule in rules:
        for device, piece in _devices(ticket, rule, Period(start, period.end)):
            event, found = _increments(ticket, rule, device, piece, by, at)
            events.append(event)
            for one in found:
                is_state = one.meter.startswith(STATE)
                span = _inside(one, period) if is_state or one.meter == RUN else None
                if span is not None and is_state:
                    states[one.meter.removeprefix(STATE)] += span.duration() // timedelta(microseconds=1)
                elif span is not None:
                    runs.append(span)
    stands = downtime.stands(period, runs, ticket.agreed.shortest_stand if events else timedelta())
    told = {state: length // MICROSECONDS for state, length in sorted(states.items())}
    return Evidence(period, bool(events), stands, _seconds(downtime.joined(runs)), told, events)


def _devices(ticket: Ticket, rule: CountRule, period: Period) -> Iterator[tuple[Device, Period]]:
    """Yield the devices that told the states of the machine, with the time in which they did."""
    for binding in bindings_of(ticket.unit.equipment, period):
        piece = period.intersect(Period(binding.period.lower, binding.period.upper))
        keys = set(Channel.objects.filter(device=binding.device).values_list("key", flat=True))
        if piece is not None and rule.evidence_channels() <= keys:
            yield binding.device, piece


def _increments(
    ticket: Ticket, rule: CountRule, device: Device, period: Period, by: User, at: datetime
) -> tuple[str, list[Increment]]:
    answer = access.read_for_metering(
        device=device,
        channels=sorted(rule.evidence_channels()),
        period=period,
        upto_arrival=None,
        reference=ticket.lease.public_id,
        by=by,
        at=at,
    )
    limit = device.silence_limit_seconds
    silence = None if limit is None else limit * MICROSECONDS
    fold = Fold(Terms(execution=rule.channel, billable=frozenset(rule.states), silence=silence))
    found = fold.feed(answer.evidence.readings, answer.evidence.trace).increments
    return answer.event, [*found, *fold.close()]


def _inside(found: Increment, period: Period) -> Period | None:
    return Period(moment(found.start), moment(found.end)).intersect(period)


def _edges(period: Period) -> list[str]:
    assert period.end is not None
    return [period.start.isoformat(), period.end.isoformat()]


def _seconds(periods: list[Period]) -> int:
    return sum((one.duration() for one in periods), timedelta()) // timedelta(seconds=1)
