"""What the meters of a lease counted in a billing period, and by which versions of which days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol


class Day(Protocol):
    """
    One version of a local day of a meter, as far as an invoice asks.

    ``quantity`` is what is billed of it, in the meter's own unit.
    """

    pk: int
    meter: str
    digest: str
    quantity: Decimal


class Named(NamedTuple):
    """A version of a day by its key alone."""

    pk: int
    meter: str


@dataclass(frozen=True)
class Counted:
    """
    The sums of a period by meter, the keys of the window sets behind them by meter, and their digests.

    Sums are in the meter's own unit, run time in seconds; keys stand in the order of days.
    """

    sums: Mapping[str, Decimal]
    sets: Mapping[str, Sequence[int]]
    digests: Sequence[str]

    @classmethod
    def of(cls, days: Iterable[Day]) -> "Counted":
        """Add up versions of days."""
        sums: dict[str, Decimal] = {}
        sets: dict[str, list[int]] = {}
        digests = []
        for one in days:
            sums[one.meter] = sums.get(one.meter, Decimal(0)) + one.quantity
            sets.setdefault(one.meter, []).append(one.pk)
            digests.append(one.digest)
        return cls(sums, sets, digests)

    def named(self) -> list[Named]:
        """Return the versions by key and meter."""
        return [Named(key, meter) for meter, keys in self.sets.items() for key in keys]


NOTHING = Counted({}, {}, ())
