"""By what a device's evidence was counted for a unit: kept, so that an invoice can be counted again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.rules.cutting import Span


@dataclass(frozen=True)
class Counting:
    """
    The times that one device spoke for one unit, and how they are counted.

    ``spoken`` are half-open, in microseconds since 1970 UTC; ``silence`` is in seconds. ``rules`` is the
    fingerprint of the rules that ran (``billing.rules.bundles.fingerprint``).
    """

    spoken: Sequence[Span]
    meters: Sequence[str]
    silence: int | None
    rules: str

    def dump(self) -> dict[str, Any]:
        """Write it as plain JSON values."""
        return {
            "spoken": [list(span) for span in self.spoken],
            "meters": list(self.meters),
            "silence_limit_seconds": self.silence,
            "rules": self.rules,
        }

    @classmethod
    def load(cls, content: dict[str, Any]) -> "Counting":
        """Read what :meth:`dump` wrote."""
        spoken = [Span(*span) for span in content["spoken"]]
        return cls(spoken, content["meters"], content["silence_limit_seconds"], content["rules"])
