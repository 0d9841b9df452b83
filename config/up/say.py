"""What the starter tells the person in front of it."""

import contextlib
import os
import time
from pathlib import Path

CLOCK = "JIJIAN_STARTED"


class CannotStart(Exception):
    """Something outside our power is missing; the text says what to do about it."""


class AlreadyRunning(Exception):
    """This folder's services are already up."""


class Interrupted(Exception):
    """The person asked to stop before everything was ready."""


def begin() -> None:
    """From now on steps are timed; the children go on counting from here."""
    os.environ[CLOCK] = str(time.time())


def line(text: str = "") -> None:
    """Print, and carry on stopping in order even when nobody listens any more."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def step(text: str) -> None:
    """Print one finished step with the seconds since the start, across processes."""
    started = float(os.environ.get(CLOCK) or time.time())
    line(f"[{time.time() - started:5.1f}s] {text}")


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, indented, for the moment when something went wrong."""
    with contextlib.suppress(OSError):
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
        return "\n".join(f"    {one}" for one in text.splitlines()[-lines:])
    return ""
