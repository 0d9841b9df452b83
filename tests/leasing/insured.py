"""A policy as a test writes it down: a year of property insurance of three million yuan."""

from datetime import UTC, datetime
from typing import Any

from leasing.actions import insurance
from leasing.models import InsurancePolicy, Lease
from leasing.rules.insurance import Holder, Kind, Policy
from tests.leasing.world import DECIDED, World

BEGAN = datetime(2025, 12, 31, 16, tzinfo=UTC)  # 1 January, midnight in Shanghai
ENDS = datetime(2026, 12, 31, 16, tzinfo=UTC)
TYPED: dict[str, Any] = {
    "kind": Kind.PROPERTY,
    "insurer": "人保财险",
    "number": "PQ-2026-1",
    "sum_minor": 300_000_000,
    "starts_at": BEGAN,
    "ends_at": ENDS,
}
FIRST_SET: dict[str, Any] = {
    "kind": Kind.FIRST_SET,
    "catalogue_item": "5.2.1 五轴联动加工中心",
    "catalogue_year": 2024,
}


def policy(**changes: Any) -> Policy:
    """Return what is written down."""
    return Policy(**(TYPED | changes))


def insured(world: World, replaces: str = "", at: datetime = DECIDED, **changes: Any) -> InsurancePolicy:
    """Let the owner write a policy of the first machine down."""
    machine = world.machines[0]
    return insurance.add(equipment=machine, given=policy(**changes), by=world.owner, at=at, replaces=replaces)


def insured_by_lessee(
    world: World, lease: Lease, replaces: str = "", at: datetime = DECIDED, **changes: Any
) -> InsurancePolicy:
    """Let the lessee write a policy of the machine of its lease down."""
    return insurance.add_to_lease(
        unit=lease.units.select_related("equipment", "lease__lessor", "lease__lessee").get(),
        given=policy(**({"holder": Holder.LESSEE} | changes)),
        within=world.lessee,
        by=world.buyer,
        at=at,
        replaces=replaces,
    )
