"""
A lease stands still: why, what that does to the bill, and whether the time is made good.

| cause | who says so | the bill | the time is added |
|---|---|---|---|
| LESSOR_FAULT | both | paused | yes (Civil Code, Article 713) |
| LESSEE_FAULT | lessor | goes on | no (Article 713) |
| PLANNED_MAINTENANCE | lessor | paused | yes (Article 712) |
| ORDER_GAP | lessee | reduced | no |
| NON_PAYMENT | lessor | goes on | no (Article 722) |
| FORCE_MAJEURE | both | paused | yes (Articles 180 and 590) |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from leasing.rules.leases import Billing, Side

DAY = timedelta(days=1)


class Cause(StrEnum):
    """Why a lease stands still."""

    LESSOR_FAULT = "LESSOR_FAULT"
    LESSEE_FAULT = "LESSEE_FAULT"
    PLANNED_MAINTENANCE = "PLANNED_MAINTENANCE"
    ORDER_GAP = "ORDER_GAP"
    NON_PAYMENT = "NON_PAYMENT"
    FORCE_MAJEURE = "FORCE_MAJEURE"


class Treatment(StrEnum):
    """What the bill does meanwhile."""

    PAUSED = "PAUSED"
    REDUCED = "REDUCED"
    CONTINUES = "CONTINUES"


@dataclass(frozen=True)
class Rule:
    """What follows from a cause."""

    sides: frozenset[Side]
    treatment: Treatment
    adds_time: bool

    @property
    def billing(self) -> Billing:
        """What the billing axis shows."""
        return Billing.PAUSED if self.treatment == Treatment.PAUSED else Billing.RUNNING


_BOTH, _LESSOR, _LESSEE = frozenset(Side) - {Side.CLOCK}, frozenset({Side.LESSOR}), frozenset({Side.LESSEE})
TABLE: Mapping[Cause, Rule] = {
    Cause.LESSOR_FAULT: Rule(_BOTH, Treatment.PAUSED, True),
    Cause.LESSEE_FAULT: Rule(_LESSOR, Treatment.CONTINUES, False),
    Cause.PLANNED_MAINTENANCE: Rule(_LESSOR, Treatment.PAUSED, True),
    Cause.ORDER_GAP: Rule(_LESSEE, Treatment.REDUCED, False),
    Cause.NON_PAYMENT: Rule(_LESSOR, Treatment.CONTINUES, False),
    Cause.FORCE_MAJEURE: Rule(_BOTH, Treatment.PAUSED, True),
}


def days_to_add(cause: Cause, started_at: datetime, ended_at: datetime) -> int:
    """Return the days that are made good: the whole ones, or none."""
    return (ended_at - started_at) // DAY if TABLE[cause].adds_time else 0
