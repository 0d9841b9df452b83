"""What the meters of a plan counted in a period: totals, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from billing.rules.drafting import trimmed
from billing.rules.metering import Day
from devices.rules.readings import moment
from marketplace.rules.pricing.spread import Slice


@dataclass
class Use:
    """What the meters of a plan counted in a period, and when."""

    sums: dict[str, Decimal]
    slices: dict[str, list[Slice]]

    @classmethod
    def of(cls, meters: Iterable[str]) -> "Use":
        """Begin with nothing."""
        known = list(meters)
        return cls(dict.fromkeys(known, Decimal(0)), {meter: [] for meter in known})

    def add(self, day: Day) -> None:
        """Add what is billed of a day; other meters are left out."""
        if day.meter not in self.sums:
            return
        self.sums[day.meter] += day.quantity
        billed = (cut for cut in day.cuts if not cut.held)
        self.slices[day.meter] += [Slice(moment(cut.start), Decimal(cut.quantity)) for cut in billed]

    @property
    def totals(self) -> dict[str, Decimal]:
        """The total of each meter."""
        return {meter: trimmed(total) for meter, total in self.sums.items()}
