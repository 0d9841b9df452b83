"""How a running lease stands before a change: what the rules compare a proposal with; nothing is written."""

from datetime import datetime
from typing import Any

from leasing.actions import annex_effects, moves
from leasing.models import Lease
from leasing.queries.prices import period_starts, plan_at
from leasing.rules import repricing
from leasing.rules.annexes import Change, Kind, Standing
from marketplace.models import Equipment
from marketplace.rules.pricing.plans import PricePlan


def standing(*, lease: Lease, at: datetime, change: Change) -> Standing:
    """Return how a running lease stands before a change: time, machines, what it could have, price."""
    offered = Equipment.objects.filter(
        status=Equipment.Status.IN_SERVICE, listing_unit__listing=lease.listing_id
    )
    staying = annex_effects.units_staying(lease=lease)
    used = staying.filter(active_from__lt=at)
    return Standing(
        starts_at=lease.active_from or lease.starts_at,
        ends_at=lease.ends_at,
        machines=set(used.values_list("equipment__public_id", flat=True)),
        coming=set(staying.coming().values_list("equipment__public_id", flat=True)),
        offered=set(offered.values_list("public_id", flat=True)),
        shown=moves.words(moment=lease.ends_at, lease=lease),
        **_priced(lease, change),
    )


def _priced(lease: Lease, change: Change) -> dict[str, Any]:
    """Return when billing periods begin, and the price at the moment that a change names."""
    if change.kind != Kind.REPRICE or change.effective_from is None:
        return {}
    starts = period_starts(lease)
    near = repricing.nearest(starts, change.effective_from)
    shown = "" if near is None else moves.words(moment=near, lease=lease)
    return {"starts": starts, "nearest": shown, "plan": price(lease=lease, change=change)}


def price(*, lease: Lease, change: Change) -> PricePlan | None:
    """Return the price before a change of it."""
    return plan_at(lease, change.effective_from) if change.kind == Kind.REPRICE else None  # type: ignore[arg-type]
