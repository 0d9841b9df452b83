"""How the clock of a test installation is moved: forward alone, and not too far."""

from datetime import timedelta
from typing import Final

FARTHEST: Final = timedelta(days=400)  # in all: more than a year, so that a yearly period ends


def is_forward(before: timedelta, after: timedelta) -> bool:
    """Tell whether a clock that was so far ahead may be set so far."""
    return after > before


def is_within(ahead: timedelta) -> bool:
    """Tell whether a clock may be so far ahead."""
    return timedelta(0) <= ahead <= FARTHEST
