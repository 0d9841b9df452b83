"""What every move of a lease does: ask for the right, lock, look at the table, write the step down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import steps, telling
from leasing.models import Lease, LeaseUnit, Offer, Transition
from leasing.rules.leases import (
    RUNNING,
    Move,
    Physical,
    Side,
    Status,
    missing_records,
    moves_from,
    step_of,
    steps_of,
)
from leasing.rules.leases import Step as Row
from marketplace.actions import admission, audit, gathering, needs
from marketplace.models import Equipment, ListingUnit, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.shared.errors import Flaw, Invalid, NotPossible

NOTHING = (Status.REFUSED, Status.CANCELLED, Status.EXPIRED)  # no lease came of the request
NAMES: Mapping[Move, Promise] = {
    Move.QUOTE: _("quote"),
    Move.COUNTER: _("make a counter-offer"),
    Move.ACCEPT: _("accept"),
    Move.REFUSE: _("refuse"),
    Move.CANCEL: _("cancel"),
    Move.EXPIRE: _("let expire"),
    Move.ACTIVATE: _("begin"),
    Move.END: _("end"),
    Move.APPROVE: _("approve"),
    Move.CONTRACT: _("conclude the contract"),
    Move.SECURE: _("record the deposit"),
    Move.PLAN: _("plan the hand-over"),
    Move.REASSIGN: _("choose another machine"),
    Move.DISPATCH: _("send off"),
    Move.HAND_OVER: _("hand over"),
    Move.SUSPEND: _("suspend"),
    Move.RESUME: _("resume"),
    Move.CHANGE: _("change"),
    Move.GIVE_NOTICE: _("give notice"),
    Move.TERMINATE: _("terminate"),
    Move.LOSE: _("report lost"),
    Move.BUY_OUT: _("sell to the lessee"),
    Move.RETURN: _("take back"),
    Move.INSPECT: _("inspect"),
    Move.REPAIR: _("repair"),
    Move.READY: _("make ready"),
    Move.REFER_RETURN: _("ask the platform about the return"),
    Move.DECIDE_RETURN: _("decide about the return"),
    Move.CLAIM_DAMAGE: _("claim for damage"),
    Move.ANSWER_DAMAGE: _("answer the damage claim"),
    Move.DECIDE_DAMAGE: _("decide the damage claim"),
    Move.SETTLE: _("settle"),
    Move.CLOSE: _("close"),
}

AGREEING = (Move.QUOTE, Move.COUNTER, Move.ACCEPT, Move.CONTRACT)


class LeaseMoveRefused(NotPossible):
    """The state of the lease does not allow the move; ``allowed`` names those that it does."""

    code = "lease_move_refused"
    text = gettext_noop("This lease is in the state “{status}”. What can be done now: {moves}.")


class LeaseOver(LeaseMoveRefused):
    """The lease is over: nothing can happen to it any more."""

    code = "lease_over"
    text = gettext_noop(
        "This lease is over: its state is “{status}”. To use the machine again, request it again."
    )


class LeaseChanged(NotPossible):
    """Somebody changed the lease since the caller read it."""

    status = 412
    code = "lease_changed"
    text = gettext_noop(
        "Somebody has changed this lease: it is at version {version}, you saw {seen}. Read it again."
    )


class RecordMissing(Invalid):
    """The table asks for a record that was not given."""

    code = "record_missing"
    text = gettext_noop("Something that must be recorded with this step is missing: {names}.")


def require_side(*, lease: Lease, move: Move, by: User) -> Organization | None:
    """
    Return the organization for which ``by`` makes the move; robots act for nobody.

    :raises MissingRight: if no side of the lease that may make the move gave ``by`` the right
    """
    if by.is_robot and by.is_active:
        return None
    sides = rights_of(lease=lease, move=move)
    for organization, right in sides:
        if allowed(by, right, within=organization):
            return organization
    mine = [pair for pair in sides if by.roles_in(pair[0])]
    organization, right = (mine or sides or [(lease.lessor, Permission.LEASE_END)])[0]
    raise MissingRight(organization=organization.name, permission=str(right))


def rights_of(*, lease: Lease, move: Move) -> list[tuple[Organization, Permission]]:
    """
    Return the organizations whose people may make the move now, each with the right that they need.

    Where the state does not know the move, all that may ever make it; none if it is the clock's alone.
    """
    return [
        (organization, Permission(step.right))
        for step in steps_of(move, Status(lease.status))
        for side in step.sides
        for organization in _on_side(lease, side)
    ]


def _on_side(lease: Lease, side: Side) -> list[Organization]:
    """Return who stands on a side: the platform decides between others, never in a matter of its own."""
    if side is Side.PLATFORM:
        platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM)
        return list(platform.exclude(pk__in=[lease.lessor_id, lease.lessee_id]).order_by("pk"))
    return [] if side is Side.CLOCK else [lease.party(side)]


def sides_of(*, lease: Lease, move: Move) -> list[Organization]:
    """Return the organizations whose people may make the move; none if it is the clock's alone."""
    return [organization for organization, _right in rights_of(lease=lease, move=move)]


def lock(*, lease: Lease, move: Move, expected: int | None) -> Lease:
    """
    Lock the machines that the move may touch, then the lease, and return it as it is now.

    ``expected`` is the version that the caller has seen, if it told.

    :raises LeaseChanged: if the lease has another version, or the move is another side's by now
    :raises LeaseMoveRefused: if its state does not allow the move
    :raises NotVerified: if it leads to an agreement, and the platform has not verified one of the sides
    """
    if move in AGREEING:
        admission.require_all_verified(organizations=[lease.lessor, lease.lessee])
    seen, given = step_of(move, Status(lease.status)), lease
    lease = lock_any(lease=lease)
    if expected is not None and expected != lease.version:
        raise LeaseChanged(version=lease.version, seen=expected)
    step = step_of(move, Status(lease.status))
    if step is None:
        raise refused(lease=lease)
    if seen not in (None, step):
        raise LeaseChanged(version=lease.version, seen=given.version)
    return lease


def lock_any(*, lease: Lease) -> Lease:
    """Lock the machines that may be touched, then the lease, in whatever state it is."""
    lock_machines(leases=[lease])
    return Lease.objects.locked().select_related("listing__site", "lessor", "lessee").get(pk=lease.pk)


def lock_machines(*, leases: Sequence[Lease]) -> None:
    """Lock the machines that moves of these leases may touch, all in the one order of every writer."""
    listings = [lease.listing_id for lease in leases]
    offered = ListingUnit.objects.filter(listing__in=listings).values("equipment")
    leased = LeaseUnit.objects.filter(lease__in=leases).values("equipment")
    held = Offer.objects.filter(lease__in=leases).exclude(claim=None).values("claim__equipment")
    list(Equipment.objects.locked().filter(pk__in=offered.union(leased, held)).only("pk"))


def refused(*, lease: Lease) -> LeaseMoveRefused:
    """Return the refusal that names the state and what is possible in it."""
    possible = moves_from(Status(lease.status))
    status = Lease.State(lease.status).label
    if not possible:
        return LeaseOver(status=status, allowed=[])
    spoken = steps.spoken(possible=possible, names=NAMES)
    return LeaseMoveRefused(status=status, moves=spoken, allowed=[str(move) for move in possible])


def carry_out(
    *,
    lease: Lease,
    move: Move,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str = "",
    reason_code: str = "",
    evidence: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
    unit: LeaseUnit | None = None,
    physical: Physical | None = None,
    **changes: Any,
) -> Lease:
    """
    Change the state on its three axes, save ``changes`` with it, and append the step to history and audit.

    ``evidence`` are the SHA-256 of what proves the step. ``billing`` among the changes goes before the row's,
    and so does ``physical``; with a ``unit`` only that machine's state changes.

    :raises RecordMissing: if the table asks for a record that ``facts`` and ``reason`` do not hold
    """
    recorded, step = dict(facts or {}), _row(move, Status(lease.status))
    check_records(step=step, recorded=recorded | {"reason": reason})
    before = str(lease.status)
    changes = {"quote_ends_at": None} | ({"billing": step.billing} if step.billing else {}) | changes
    changes |= {"status": step.after(Status(before)), "version": lease.version + 1}
    for name, value in changes.items():
        setattr(lease, name, value)
    lease.save(update_fields=[*changes])
    if state := physical or step.physical:
        _follow(lease, unit).update(state=state)
    write_down(
        lease=lease,
        move=move,
        before=before,
        by=by,
        within=within,
        at=at,
        reason=reason,
        reason_code=reason_code,
        evidence=evidence,
        facts=recorded,
    )
    if lease.status in NOTHING:
        needs.reopen(poster=lease.lessee, lease=lease.public_id, by=by, at=at)
    return lease


def _follow(lease: Lease, unit: LeaseUnit | None) -> "models.QuerySet[LeaseUnit]":
    """Return the machines that a move is about: one, or all that are with the lease."""
    if unit is not None:
        return lease.units.filter(pk=unit.pk)
    there = lease.units.exclude(state=LeaseUnit.State.GONE)
    if lease.active_to is not None:  # those that left before the end, or were never used, do not follow it
        return there.filter(active_to=lease.active_to).exclude(active_from=None)
    if lease.status in RUNNING:  # those that left a lease that goes on, or come later, do not follow
        return there.filter(active_to=None).exclude(active_from=None)
    return there


def check_records(*, step: Row, recorded: Mapping[str, Any]) -> None:
    """
    Let the move go on if everything is there that its row in the table asks for.

    :raises RecordMissing: with one flaw for each missing record
    """
    missing = missing_records(step, recorded)
    if missing:
        text = gettext_noop("This must be recorded with the step.")
        flaws = [Flaw(f"/{name}", "required", text) for name in missing]
        raise RecordMissing(flaws=flaws, names=", ".join(missing))


def words(*, moment: datetime, lease: Lease) -> str:
    """Say a moment in the zone of the lease."""
    return f"{moment.astimezone(lease.agreed.zone):%Y-%m-%d %H:%M}"


def _row(move: Move, status: Status) -> Row:
    step = step_of(move, status)
    assert step is not None, "lock() lets nobody on whose move the state does not know"
    return step


def write_down(
    *,
    lease: Lease,
    move: Move,
    before: str,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any],
    reason_code: str = "",
    evidence: Sequence[str] = (),
) -> Transition:
    """Append one step to the history of a lease; the row of the lease is locked, so steps cannot collide."""
    step = Transition(lease=lease, move=move, status_before=before, status_after=lease.status)
    step.reason_code, step.evidence = reason_code, sorted(evidence)
    steps.append(
        step=step,
        behind=lease.transitions,
        by=by,
        within=within,
        at=at,
        reason=reason,
        facts=facts,
        last=lease.written[-1] if gathering.is_on() and lease.written else None,
        waits=gathering.is_on(),
    )
    lease.written.append(step)
    telling.of_step(lease=lease, move=move, within=within, at=at)
    audit.record(by=by, action=f"lease.{move}", subject=lease.public_id, at=at, within=within, **facts)
    return step
