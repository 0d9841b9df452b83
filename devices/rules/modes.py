"""
Modes: when nothing counts, because the machine was set up, tested or run by hand.

A second signal tells the mode. A mode lasts until the next reading of its channel; UNAVAILABLE makes it
unknown. What a contract excludes does not count; where it lists what is allowed, an unknown mode does not
count either, for nothing proves it.
"""

from dataclasses import dataclass

from devices.rules.readings import Channel, Reading


@dataclass(frozen=True, slots=True)
class ModeTerms:
    """The mode's channel, the modes that do not count, and those that alone do (``None``: all others)."""

    channel: Channel
    excluded: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None

    def counts(self, mode: str | None) -> bool:
        """Tell whether what happens in a mode counts."""
        return mode not in self.excluded and (self.allowed is None or mode in self.allowed)


@dataclass(slots=True)
class Mode:
    """The mode that lasts; feed it the mode's readings in sequence order."""

    mode: str | None = None

    def read(self, reading: Reading) -> None:
        """Take the next mode."""
        self.mode = str(reading.value) if reading.live else None
