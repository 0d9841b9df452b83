"""Claims at risk: whose time a late or lost machine may cost, and who is told of it. Nothing is replanned."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from leasing.models import AtRisk, Lease, LeaseUnit, SlotBooking
from leasing.queries.overdue import handed_over_since
from leasing.rules import overdue as rules
from leasing.rules.leases import BOUND
from leasing.rules.overdue import Cause, Following
from marketplace.actions import retiring
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, Organization, User
from marketplace.rules.notifications import Kind
from marketplace.shared.period import Period

TOLD = {Cause.LATE: Kind.LEASE_AT_RISK, Cause.GONE: Kind.LEASE_MACHINE_GONE}


@atomic
def retire(*, unit: LeaseUnit, by: User, at: datetime) -> None:
    """
    Take the machine of a unit out of the fleet for good, and tell those who wait for it.

    The machine is locked; the move that ends the lease has asked for its rights, and releases its claim.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    """
    retiring.retire(equipment=unit.equipment, by=by, at=at)
    renew(unit=unit, cause=Cause.GONE, at=at)


def renew(*, unit: LeaseUnit, cause: Cause | None, at: datetime) -> list[AtRisk]:
    """
    Mark what the machine of a unit puts at risk now, resolve what it no longer does; return what is new.

    ``cause`` is why it does not come, or nothing if it does. The machine is locked, and with it its calendar.
    """
    behind = _settled(unit, cause, at)
    known = set(AtRisk.objects.open().filter(claim__in=behind).values_list("claim", flat=True))
    fresh = [claim for pk, claim in behind.items() if pk not in known]
    return [_mark(claim, unit, cause, at) for claim in fresh if cause is not None]


def keep(*, unit: LeaseUnit, at: datetime) -> list[AtRisk]:
    """
    Mark what a machine puts at risk that is back and not ready, and leave what it did before; return the new.

    What it put at risk by coming late stays so as long as it is wanted; new is what begins without it. The
    machine is locked.
    """
    behind = {cause: _behind(unit, cause, at) for cause in (Cause.LATE, Cause.NOT_READY)}
    for risk in _open_of(unit):
        if risk.claim_id not in behind.get(Cause(risk.cause), {}):
            resolve(risk=risk, at=at)
    begun = behind[Cause.NOT_READY]
    known = set(AtRisk.objects.open().filter(claim__in=begun).values_list("claim", flat=True))
    return [_mark(claim, unit, Cause.NOT_READY, at) for pk, claim in begun.items() if pk not in known]


def resolve(*, risk: AtRisk, at: datetime) -> None:
    """Close a risk; whoever waited for the machine is told that it comes after all, if it is ready."""
    risk.resolved_at = at
    risk.save(update_fields=["resolved_at"])
    claim = risk.claim
    still_wanted = claim.active and (claim.period.upper is None or claim.period.upper > at)
    if risk.cause == Cause.GONE or not still_wanted or claim.equipment_id != risk.unit.equipment_id:
        return
    if risk.unit.state != LeaseUnit.State.READY and not handed_over_since(risk.unit):
        return
    waits = LeaseUnit.objects.filter(claim=claim, state=LeaseUnit.State.RESERVED, lease__status__in=BOUND)
    for one in waits.select_related("lease__lessor", "lease__lessee"):
        _tell_lease(Kind.LEASE_SAFE, one.lease, claim.equipment, at)


def buffer_of(*, unit: LeaseUnit) -> timedelta:
    """Return the time that the machine of a unit has for its way back, as its claim has frozen it."""
    core, period = unit.claim.core, unit.claim.period
    return period.upper - core.upper if core.upper else timedelta(0)


def _settled(unit: LeaseUnit, cause: Cause | None, at: datetime) -> dict[int, Claim]:
    """Resolve what the machine of a unit does not put at risk any more, and return the claims it does."""
    behind = _behind(unit, cause, at)
    for risk in _open_of(unit):
        if risk.claim_id not in behind or risk.cause != cause:
            resolve(risk=risk, at=at)
    return behind


def _open_of(unit: LeaseUnit) -> "QuerySet[AtRisk]":
    return AtRisk.objects.open().locked().filter(unit=unit).select_related("claim__equipment", "unit")


def _behind(unit: LeaseUnit, cause: Cause | None, at: datetime) -> dict[int, Claim]:
    """Return the claims of others that the machine of a unit puts at risk, by their keys."""
    if cause is None:
        return {}
    buffer = buffer_of(unit=unit) if cause == Cause.LATE else timedelta(0)
    until = None if cause == Cause.GONE else at + buffer + timedelta(microseconds=1)
    found = Claim.objects.active().filter(equipment=unit.equipment).exclude(pk=unit.claim_id)
    if cause == Cause.NOT_READY:  # its own repair waits for nobody
        found = found.exclude(reference=unit.public_id)
    following = {one.pk: one for one in found.overlapping(at, until).select_related("equipment__owner")}
    at_risk = rules.at_risk(_values(following.values()), cause, at=at, buffer=buffer)
    return {pk: one for pk, one in following.items() if pk in at_risk}


def _values(following: Iterable[Claim]) -> list[Following]:
    return [Following(one.pk, Period(one.period.lower, one.period.upper)) for one in following]


def _mark(claim: Claim, unit: LeaseUnit, cause: Cause, at: datetime) -> AtRisk:
    made = AtRisk.objects.create(claim=claim, unit=unit, cause=cause.value, since=at)
    lease = Lease.objects.filter(public_id=claim.reference).select_related("lessor", "lessee").first()
    if lease is not None and cause == Cause.NOT_READY:
        _tell_not_ready(claim, unit, lease, at)
        return made
    if lease is not None:
        _tell_lease(TOLD[cause], lease, claim.equipment, at)
        return made
    slot = SlotBooking.objects.filter(claim=claim).select_related("lessor", "lessee").first()
    if slot is not None:
        _tell_time(claim, [slot.lessor, slot.lessee], f"/slots/{slot.public_id}/", at)
    else:
        _tell_time(claim, [claim.equipment.owner], f"/equipment/{claim.equipment.public_id}/", at)
    return made


def _tell_not_ready(claim: Claim, unit: LeaseUnit, lease: Lease, at: datetime) -> None:
    """Tell both sides once, if they were not warned before (``readiness.tell_next``)."""
    facts = {"machine": claim.equipment.name, "lease": lease.number}
    notify(
        kind=Kind.MACHINE_NOT_READY,
        to=[lease.lessee, lease.lessor],
        facts=facts | {"needed_at": claim.core.lower.isoformat()},
        at=at,
        link=f"/leases/{lease.public_id}/risks/",
        once=f"not_ready:{unit.public_id}:{claim.public_id}",
    )


def _tell_lease(kind: Kind, lease: Lease, machine: Equipment, at: datetime) -> None:
    """Tell both sides; who has the machine is said to nobody."""
    facts = {"machine": machine.name, "lease": lease.number}
    to = [lease.lessor, lease.lessee]
    notify(kind=kind, to=to, facts=facts, at=at, link=f"/leases/{lease.public_id}/risks/")


def _tell_time(claim: Claim, to: Iterable[Organization], link: str, at: datetime) -> None:
    facts = {"machine": claim.equipment.name, "starts_at": claim.core.lower.isoformat()}
    notify(kind=Kind.TIME_AT_RISK, to=to, facts=facts, at=at, link=link)
