"""What metering costs: an hour of new data with little and with much behind it, and windows a second."""

import statistics
import time
from datetime import timedelta

from billing.actions import metering
from billing.models import Checkpoint, UsageWindow, Watermark, WindowSet
from tests.billing import world

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BEGINS = world.midnight("2026-10-08")
EARLY, LATE = 4, 484  # hours of history behind the hours that are measured, at the same time of the day
HOURS = 8


def rows() -> list[tuple[str, str, str, str]]:
    """Return the rows of the table."""
    scene = world.build("mazak01")
    few, many = costs(scene, 0, EARLY), costs(scene, EARLY + HOURS, LATE)
    rate = windows_a_second(scene)
    short, long = statistics.median(few), statistics.median(many)
    return [
        (
            f"metering an hour of new data, {LATE // EARLY} × history",
            f"{long * 1000:.1f} ms ({min(many) * 1000:.1f}–{max(many) * 1000:.1f})",
            f"{short * 1000:.1f} ms with {EARLY} h behind it (goal ≤ 1.10)",
            f"{long / short:.2f}",
        ),
        ("metering from nothing, windows", f"{rate:,.0f} windows/s", "–", "–"),
    ]


def costs(scene: world.Scene, first: int, last: int) -> list[float]:
    """Fill some hours with history, then return the seconds that each of the following hours costs."""
    for hour in range(first, last):
        say(scene, hour)
    meter(scene)
    taken = []
    for hour in range(last, last + HOURS):
        say(scene, hour)
        began = time.perf_counter()
        meter(scene)
        taken.append(time.perf_counter() - began)
    return taken


def windows_a_second(scene: world.Scene) -> float:
    """Meter everything once more, as if nobody had metered before."""
    Checkpoint.objects.all().delete()
    Watermark.objects.all().delete()
    began = time.perf_counter()
    meter(scene)
    found = UsageWindow.objects.filter(set__in=WindowSet.objects.newest()).count()
    return found / (time.perf_counter() - began)


def say(scene: world.Scene, hour: int) -> None:
    """Deliver an hour: a state a minute, and five loads a minute, in six deliveries."""
    for part in range(0, 360, 60):
        readings = []
        for place in range(part, part + 60):
            at = BEGINS + hour * HOUR + place * MINUTE / 6
            state = place % 6 == 0
            value = ("ACTIVE", "READY")[place // 6 % 2] if state else 7
            readings.append((hour * 360 + place, at, "execution" if state else "Cload", value))
        scene.say(*readings)


def meter(scene: world.Scene) -> None:
    """Meter as the worker would."""
    metering.meter_unit(unit=scene.unit, at=BEGINS + 500 * HOUR, by=scene.clock)
