"""``manage.py quantities``: what a device's evidence amounts to, exactly."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from devices.models import Channel, Device, StateCode
from devices.ownership.actions import access
from devices.rules.counters import Behaviour, CounterTerms, Fall
from devices.rules.cycles import ACTIVE
from devices.rules.gaps import Gap
from devices.rules.increments import Window, every
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Number, Reading, moment
from devices.rules.summaries import CounterSummary, Summary, summary
from marketplace.actions.parties import robot
from marketplace.shared import clock
from marketplace.shared.period import Period

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    """Folds the evidence of one device; hours and days are UTC, seconds are exact decimals."""

    help = "Print run seconds, cycles, counters, gaps, resets and what is held, per day and hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--device", required=True, help="the device's code")
        parser.add_argument("--execution", help="key of the execution channel; found by itself if left out")
        parser.add_argument("--from", dest="start", help="first moment, such as 2026-03-02T00:00:00Z")
        parser.add_argument("--to", dest="end", help="the moment after the last")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        device = Device.objects.filter(code=options["device"]).first()
        if device is None:
            raise CommandError(f"There is no device with the code {options['device']!r}.")
        start, end = _moment(options["start"]), _moment(options["end"])
        if start is not None and end is not None and end <= start:
            raise CommandError("--to lies after --from.")
        period = None if start is None and end is None else Period(start or FIRST, end)
        found = measured(device, options["execution"], period)
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False))
            return
        for name in ("run_seconds", "cycles", "clock_back_steps"):
            self.stdout.write(f"{name}: {found[name]}")
        for key, counter in found["counters"].items():
            self.stdout.write(f"{key}: {counter['billed']} (unobserved {counter['unobserved']})")


def measured(device: Device, execution: str | None, period: Period | None) -> dict[str, Any]:
    """Return the quantities of a device as JSON values."""
    terms = _terms(device, execution)
    answer = access.read_for_metering(
        device=device,
        channels=sorted(str(channel) for channel in terms.channels),
        period=period,
        upto_arrival=None,
        reference=f"quantities {device.code}",
        by=robot(name="quantities"),
        at=clock.now(),
    )
    evidence, fold = answer.evidence, Fold(terms)
    found = fold.feed(evidence.readings, evidence.trace)
    hours = _edges(evidence.readings, HOUR)
    days = _edges(evidence.readings, DAY)
    return _written(summary(fold, found, days=days, hours=hours), evidence.arrival)


def _terms(device: Device, execution: str | None) -> Terms:
    evidence = Channel.objects.filter(device=device, retention="EVIDENCE", category="billing_counters")
    counters = tuple(_counted(channel) for channel in evidence.filter(kind=Channel.Kind.COUNTER))
    limit = device.silence_limit_seconds
    silence = None if limit is None else limit * SECOND
    return Terms(execution or _execution(device), counters=counters, silence=silence)


def _counted(channel: Channel) -> CounterTerms:
    """Read the behaviour as the dictionary holds it: its name alone, or with its facts."""
    told = channel.counter_behaviour
    facts = told if isinstance(told, dict) else {"behaviour": told}
    behaviour = Behaviour(facts.get("behaviour", "DEFAULT"))
    return CounterTerms(channel.key, behaviour, modulus=facts.get("modulus", 0))


def _execution(device: Device) -> str | None:
    """Find the one evidence state whose key names the execution; nothing if the device never said ACTIVE."""
    if not StateCode.objects.filter(device=device, word=ACTIVE).exists():
        return None
    keys = Channel.objects.filter(
        device=device, kind=Channel.Kind.STATE, retention=Channel.Retention.EVIDENCE
    ).values_list("key", flat=True)
    named = sorted(key for key in keys if "exec" in key.lower())
    if len(named) != 1:
        raise CommandError("Say which channel holds the execution state: --execution KEY.")
    return named[0]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CommandError(f"{text!r} is not a moment such as 2026-03-02T00:00:00Z.")
    return found


def _edges(readings: list[Reading], step: int) -> list[int]:
    times = [reading.at for reading in readings]
    return every(step, min(times), max(times) + 1) if times else []


def _written(found: Summary, arrival: int) -> dict[str, Any]:
    return {
        "run_seconds": _seconds(found.run),
        "state_seconds": {state: _seconds(length) for state, length in found.states.items()},
        "cycles": found.cycles,
        "cycles_resumed": found.cycles_resumed,
        "clock_back_steps": found.clock_back_steps,
        "counters": {str(key): _counter(counter) for key, counter in found.counters.items()},
        "gaps": [_gap(gap) for gap in found.gaps],
        "per_day": _windows(found.days),
        "per_hour": _windows(found.hours),
        "arrival": arrival,
    }


def _counter(counter: CounterSummary) -> dict[str, Any]:
    return {
        "billed": str(counter.billed),
        "unobserved": str(counter.unobserved),
        "held": str(counter.held),
        "resets": [_fall(fall) for fall in counter.resets],
        "dips": [_fall(fall) for fall in counter.dips],
        "open_dip": None if counter.open_dip is None else [str(value) for value in counter.open_dip],
    }


def _fall(fall: Fall) -> dict[str, str]:
    return {
        "at": moment(fall.at).isoformat(),
        "from": str(fall.mark),
        "to": str(fall.low),
        "next_at": moment(fall.next_at).isoformat(),
        "next": str(fall.next_value),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "from": moment(gap.start).isoformat(),
        "to": moment(gap.end).isoformat(),
        "last_life": None if gap.last_life is None else moment(gap.last_life).isoformat(),
        "state_before": gap.state_before,
        "state_after": gap.state_after,
        "silent": gap.silent,
    }


def _windows(windows: list[Window]) -> list[dict[str, Any]]:
    return [
        {
            "meter": window.meter,
            "from": moment(window.start).isoformat(),
            "quantity": str(window.quantity) if _is_count(window.meter) else _seconds(window.quantity),
            "flags": int(window.flags),
        }
        for window in windows
    ]


def _is_count(meter: str) -> bool:
    return meter == "cycles" or meter.startswith("counter.")


def _seconds(length: Number) -> str:
    return format(Decimal(length).scaleb(-6), "f")
