"""
Where counting of a period begins: the state of the fold there, and its fingerprint.

A bundle that carries all deliveries from the handover on proves the state at the beginning of its period and
at the end of it. A later bundle may then begin from such a state: its fingerprint must be the one that was
proved.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from billing.rules.stretches import Stretch
from leasing.rules.canonical import digest


class Beginning(NamedTuple):
    """
    The state before a local day: all entries below ``order`` are folded into it, and none from there on.

    ``stretch`` has no windows; its day is that of the last entries before.
    """

    order: int
    stretch: Stretch

    def dump(self) -> dict[str, Any]:
        """Write it as plain JSON values."""
        one = self.stretch
        arrivals = {str(order): arrival for order, arrival in sorted(one.arrivals.items())}
        facts = {"order": self.order, "day": str(one.local_day), "heard": one.heard}
        return facts | {"state": one.state, "arrivals": arrivals}

    @classmethod
    def load(cls, row: Mapping[str, Any]) -> "Beginning":
        """Read what :meth:`dump` wrote."""
        arrivals = {int(order): arrival for order, arrival in row["arrivals"].items()}
        day = date.fromisoformat(row["day"])
        return cls(row["order"], Stretch(day, row["order"], row["state"], arrivals, {}, {}, row["heard"]))

    def digest(self, *, unit: str, device: str, since: str) -> str:
        """Return the fingerprint of the state of one device for one unit, speaking since a moment."""
        return digest({"unit": unit, "device": device, "from": since} | self.dump())


def before(day: date, stretches: Sequence[Stretch]) -> Beginning | None:
    """Return the state before a local day, if something was said before it and after."""
    for one, following in pairwise(stretches):
        if one.local_day < day <= following.local_day:
            return Beginning(following.first, one)
    return None
