"""How a command that follows a source keeps at it: pause, back off, stop when asked."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

from django.db import DatabaseError, InterfaceError, close_old_connections

from devices.gateway.agents import Unanswered
from devices.rules.readings import Refused

LONGEST = 60
TROUBLE = (Unanswered, Refused, DatabaseError, InterfaceError)


def stopped_by_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set, so that what was begun is finished."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask)
    return stop


def keep_on(
    step: Callable[[], bool],
    *,
    pause: float,
    stop: threading.Event,
    say: Callable[[str], None],
    longest: float = LONGEST,
) -> None:
    """
    Call ``step`` until ``stop`` is set; pause, in seconds, after it says that nothing is waiting.

    After trouble wait one pause, then twice as long each time up to ``longest``; one success ends that.
    """
    failures = 0
    while not stop.is_set():
        try:
            more = step()
        except TROUBLE as trouble:
            failures = min(failures + 1, 30)
            wait = min(longest, pause * 2 ** (failures - 1))
            say(f"{_reason(trouble)}; next try in {wait:g} s")
            if not isinstance(trouble, Unanswered | Refused):
                close_old_connections()
            stop.wait(wait)
            continue
        failures = 0
        if not more:
            stop.wait(pause)


def _reason(trouble: Exception) -> str:
    name = trouble.reason if isinstance(trouble, Refused) else type(trouble).__name__
    return f"{name}: {trouble}".strip()[:300]
