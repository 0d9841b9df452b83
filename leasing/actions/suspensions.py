"""A lease stands still and goes on; the time is made good where the cause asks for it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import Head
from leasing.actions import annex_effects, moves
from leasing.actions.early_ends import side_for, tell
from leasing.models import Lease, Suspension
from leasing.rules import suspensions as rules
from leasing.rules.leases import Move, Side
from leasing.rules.suspensions import Cause
from marketplace.actions.claims import MachineBusy
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import NotAllowed, NotPossible


class NotYourCause(NotAllowed):
    """Each cause has sides that may call it."""

    code = "not_your_cause"
    text = gettext_noop("Only the other side can suspend the lease for this cause.")


class ResumedBeforeSuspended(NotPossible):
    """A lease goes on after it was suspended."""

    code = "resumed_before_suspended"
    text = gettext_noop("The lease was suspended at {started_at}. It goes on after that.")


@atomic
def suspend(
    *,
    lease: Lease,
    cause: str,
    by: User,
    at: datetime,
    reason: str = "",
    within: Organization | None = None,
    expected: int | None = None,
) -> Lease:
    """
    Let a running lease stand still; the cause says what the bill does (``leasing.rules.suspensions``).

    The machine stays the lessee's, and its data are read on.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises NotYourCause: if the cause is the other side's to call
    :raises LeaseMoveRefused: if the lease is not running
    """
    side = side_for(lease=lease, move=Move.SUSPEND, by=by, within=within)
    rule = rules.TABLE[Cause(cause)]
    if side not in rule.sides:
        raise NotYourCause
    lease = moves.lock(lease=lease, move=Move.SUSPEND, expected=expected)
    readings = {"at_start": _read_so_far(lease)}
    made = Suspension.objects.create(
        lease=lease, cause=cause, treatment=rule.treatment, started_at=at, readings=readings
    )
    facts = {
        "suspension": made.public_id,
        "cause": made.cause,
        "treatment": made.treatment,
        "readings": readings["at_start"],
    }
    lease = moves.carry_out(
        lease=lease,
        move=Move.SUSPEND,
        by=by,
        within=lease.party(side),
        at=at,
        reason=reason.strip(),
        reason_code=made.cause,
        facts=facts,
        billing=rule.billing,
    )
    _tell(lease, Told.LEASE_SUSPENDED, side, at)
    return lease


@atomic
def resume(
    *,
    lease: Lease,
    by: User,
    at: datetime,
    reason: str = "",
    within: Organization | None = None,
    expected: int | None = None,
) -> Lease:
    """
    Let a suspended lease go on; days begun are added to its end where the cause asks for it.

    If a machine is taken behind the end, the days become a credit that the lessor owes.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises LeaseMoveRefused: if the lease is not suspended
    :raises ResumedBeforeSuspended: if ``at`` is not after the suspension began
    """
    side = side_for(lease=lease, move=Move.RESUME, by=by, within=within)
    lease = moves.lock(lease=lease, move=Move.RESUME, expected=expected)
    found = Suspension.objects.get(lease=lease, ended_at=None)
    if at <= found.started_at:
        raise ResumedBeforeSuspended(started_at=moves.words(moment=found.started_at, lease=lease))
    days = rules.days_to_add(Cause(found.cause), found.started_at, at)
    ends_at = lease.ends_at + timedelta(days=days)
    added = not days or _prolonged(lease, ends_at, by=by, at=at)
    found.ended_at, found.readings = at, found.readings | {"at_end": _read_so_far(lease)}
    found.days_added, found.days_credited = (days, 0) if added else (0, days)
    found.save(update_fields=["ended_at", "readings", "days_added", "days_credited"])
    facts = {
        "suspension": found.public_id,
        "readings": found.readings["at_end"],
        "days_added": found.days_added,
        "days_credited": found.days_credited,
    }
    changes: dict[str, Any] = {"ends_at": ends_at} if added else {}
    lease = moves.carry_out(
        lease=lease,
        move=Move.RESUME,
        by=by,
        within=lease.party(side),
        at=at,
        reason=reason.strip(),
        reason_code=found.cause,
        facts=facts,
        **changes,
    )
    _tell(lease, Told.LEASE_RESUMED, side, at)
    return lease


def _prolonged(lease: Lease, ends_at: datetime, *, by: User, at: datetime) -> bool:
    """Let machines and data go on until another end, or tell that a machine is taken then."""
    try:
        with transaction.atomic():
            annex_effects.plan_end(lease=lease, ends_at=ends_at, by=by, at=at)
    except MachineBusy:
        return False
    return True


def _read_so_far(lease: Lease) -> list[dict[str, Any]]:
    """Return how far each device of the machines in use has reported: its arrival number."""
    running = lease.units.running().values("equipment")
    found = Head.objects.filter(device__bindings__equipment__in=running).distinct().order_by("device")
    rows = found.values_list("device__public_id", "arrivals")
    return [{"device": device, "arrival": arrival} for device, arrival in rows]


def _tell(lease: Lease, kind: Told, side: Side, at: datetime) -> None:
    facts = {"who": lease.party(side).name, "lease": lease.number}
    tell(lease=lease, kind=kind, to=lease.other_party(side), facts=facts, at=at)
