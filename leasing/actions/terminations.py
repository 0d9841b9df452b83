"""One side ends a lease that the other does not keep; and a machine is lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import endings, moves, risks
from leasing.actions.early_ends import side_for, tell
from leasing.models import DefaultNotice, Lease, LeaseUnit
from leasing.rules import terminations as rules
from leasing.rules.leases import RUNNING, Move, Side
from leasing.rules.terminations import Ground
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible


class DefaultNoticeInvalid(Invalid):
    """Something in the notice of default is wrong; ``flaws`` say what, each at its field."""

    code = "default_notice_invalid"
    text = gettext_noop("The notice of default cannot be given like this. Mend what is marked.")


class DefaultNoticeOpen(NotPossible):
    """One notice at a time."""

    code = "default_notice_open"
    text = gettext_noop("You gave a notice of default already; it may be cured until {cure_until}.")


class NoDefaultNotice(NotPossible):
    """There is no open notice of default of this side."""

    code = "no_default_notice"
    text = gettext_noop("There is no open notice of default. Give one first, with time to cure.")


class TimeToCure(NotPossible):
    """The time to cure is not over."""

    code = "time_to_cure"
    text = gettext_noop("The other side may cure this until {cure_until}.")


class NotYourGround(NotAllowed):
    """Each grave cause is one side's."""

    code = "not_your_ground"
    text = gettext_noop("For this cause only the other side can terminate at once.")


class OthersRunning(NotPossible):
    """A lease is lost with its only machine."""

    code = "others_running"
    text = gettext_noop("The lease has other machines. Agree on a change that gives them back first.")


class MachineNotStanding(NotPossible):
    """What is reported lost after its use is one machine that did not come back."""

    code = "machine_not_standing"
    text = gettext_noop(
        "Name the one machine that stands at the lessee's after its use. Only such a machine is reported "
        "lost when the lease is over."
    )


@atomic
def note_default(
    *,
    lease: Lease,
    text: str,
    cure_until: datetime,
    by: User,
    at: datetime,
    within: Organization | None = None,
) -> DefaultNotice:
    """
    Tell the other side what it does not keep, and until when it may cure that: the lease is *in default*.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises LeaseMoveRefused: if the lease is not running
    :raises DefaultNoticeInvalid: with every fault at its field
    :raises DefaultNoticeOpen: if a notice of this side is open
    """
    side = side_for(lease=lease, move=Move.TERMINATE, by=by, within=within)
    lease = moves.lock(lease=lease, move=Move.TERMINATE, expected=None)
    if (found := _open(lease, side)) is not None:
        raise DefaultNoticeOpen(cure_until=moves.words(moment=found.cure_until, lease=lease))
    flaws = rules.flaws(text=text, cure_until=cure_until, at=at)
    if flaws:
        raise DefaultNoticeInvalid(flaws=flaws)
    made = DefaultNotice.objects.create(
        lease=lease,
        side=side,
        text=text.strip(),
        given_at=at,
        given_by=by.public_id,
        given_by_name=by.name,
        cure_until=cure_until,
    )
    audit.record(by=by, action="lease.note_default", subject=lease.public_id, at=at, within=lease.party(side))
    facts = {"who": lease.party(side).name, "lease": lease.number, "due_at": cure_until.isoformat()}
    tell(lease=lease, kind=Told.DEFAULT_NOTICED, to=lease.other_party(side), facts=facts, at=at)
    return made


@atomic
def note_cure(*, notice: DefaultNotice, by: User, at: datetime) -> DefaultNotice:
    """
    Say, as the side that gave the notice, that the default is cured; again it changes nothing.

    :raises MissingRight: if ``by`` may not end leases of that side
    """
    side = notice.lease.party(Side(notice.side))
    require(by, Permission.LEASE_END, within=side)
    moves.lock_any(lease=notice.lease)
    notice = DefaultNotice.objects.select_related("lease__lessor", "lease__lessee").get(pk=notice.pk)
    if notice.cured_at is None:
        notice.cured_at = at
        notice.save(update_fields=["cured_at"])
        audit.record(by=by, action="lease.note_cure", subject=notice.lease.public_id, at=at, within=side)
    return notice


@atomic
def terminate(
    *,
    lease: Lease,
    ground: str,
    reason: str,
    by: User,
    at: datetime,
    evidence: Sequence[str] = (),
    within: Organization | None = None,
    expected: int | None = None,
) -> Lease:
    """
    End a lease that the other side does not keep: after the time to cure, or at once for something grave.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises LeaseMoveRefused: if the lease is not running
    :raises NoDefaultNotice: if the ground is a default and no notice of it is open
    :raises TimeToCure: if its time to cure is not over
    :raises NotYourGround: if the grave cause is the other side's
    :raises RecordMissing: if no reason is given
    :raises EndBeforeStart: if ``at`` is not after the handover
    """
    side = side_for(lease=lease, move=Move.TERMINATE, by=by, within=within)
    lease = moves.lock(lease=lease, move=Move.TERMINATE, expected=expected)
    ends_at = min(at, lease.ends_at)
    facts = {"ground": ground, "active_to": ends_at.isoformat()} | _grounds(lease, side, Ground(ground), at)
    endings.close_up(lease=lease, ends_at=ends_at, by=by, within=lease.party(side), at=at)
    lease = moves.carry_out(
        lease=lease,
        move=Move.TERMINATE,
        by=by,
        within=lease.party(side),
        at=at,
        reason=reason.strip(),
        reason_code=ground,
        evidence=evidence,
        facts=facts,
        active_to=ends_at,
    )
    told = {"who": lease.party(side).name, "lease": lease.number}
    tell(lease=lease, kind=Told.LEASE_TERMINATED, to=lease.other_party(side), facts=told, at=at)
    return lease


@atomic
def lose(
    *,
    lease: Lease,
    case: str,
    value_basis: str,
    value_minor: int,
    by: User,
    at: datetime,
    reason: str = "",
    evidence: Sequence[str] = (),
    unit: str = "",
    expected: int | None = None,
) -> Lease:
    """
    Write down, as the lessor, that the machine is lost: the lease is over and the machine leaves the fleet.

    ``case`` is the number of the police or the insurer, ``value_minor`` the value before tax on the stated
    basis, in the currency of the lease. What the lessee owes of it billing finds here. When the lease is over
    and not settled, ``unit`` names one of its machines that did not come back; the lease stays as it is.

    :raises MissingRight: if ``by`` may not end leases of the lessor, or not edit its equipment
    :raises LeaseMoveRefused: if the lease has not begun, or is settled
    :raises OthersRunning: if the lease runs and has other machines in use
    :raises MachineNotStanding: if ``unit`` names none that could be lost, or several could and none is named
    :raises RecordMissing: if case or basis is missing
    :raises EndBeforeStart: if ``at`` is not after the handover
    """
    moves.require_side(lease=lease, move=Move.LOSE, by=by)
    lease = moves.lock(lease=lease, move=Move.LOSE, expected=expected)
    lost = _lost(lease, unit)
    facts = {
        "case": case.strip(),
        "value_basis": value_basis.strip(),
        "value_minor": value_minor,
        "currency": lease.deposit.currency,
    }
    about: dict[str, Any] = {"reason": reason.strip(), "evidence": evidence}
    if lease.status in RUNNING:
        ends_at = min(at, lease.ends_at)
        endings.close_up(lease=lease, ends_at=ends_at, by=by, within=lease.lessor, at=at)
        about["active_to"], facts["active_to"] = ends_at, ends_at.isoformat()
    else:
        about["unit"], facts["unit"] = lost, lost.public_id
    risks.retire(unit=lost, by=by, at=at)
    lease = moves.carry_out(
        lease=lease, move=Move.LOSE, by=by, within=lease.lessor, at=at, facts=facts, **about
    )
    told = {"who": lease.lessor.name, "lease": lease.number}
    tell(lease=lease, kind=Told.MACHINE_LOST, to=lease.lessee, facts=told, at=at)
    return lease


def _lost(lease: Lease, named: str) -> LeaseUnit:
    """Return the machine of a locked lease that is lost: the only one in use, or one that never came back."""
    running = lease.status in RUNNING
    standing = lease.units.running() if running else lease.units.filter(state=LeaseUnit.State.STOPPED)
    if running and standing.count() != 1:
        raise OthersRunning
    if named:
        standing = standing.filter(public_id=named)
    found = list(standing.select_related("equipment__owner")[:2])
    if len(found) != 1:
        raise MachineNotStanding
    return found[0]


def _open(lease: Lease, side: Side) -> DefaultNotice | None:
    return DefaultNotice.objects.filter(lease=lease, side=side, cured_at=None).first()


def _grounds(lease: Lease, side: Side, ground: Ground, at: datetime) -> dict[str, str]:
    """Return what a termination stands on, or refuse it."""
    if ground != Ground.DEFAULT:
        if rules.GRAVE[ground] != side:
            raise NotYourGround
        return {}
    notice = _open(lease, side)
    if notice is None:
        raise NoDefaultNotice
    if at < notice.cure_until:
        raise TimeToCure(cure_until=moves.words(moment=notice.cure_until, lease=lease))
    return {"default_notice": notice.public_id, "cured_until": notice.cure_until.isoformat()}
