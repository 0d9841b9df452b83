"""When a maintenance is: a claim on the machine's next free time, or in a lease what both sides agree to."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from leasing.models import MaintenanceTicket
from leasing.queries.maintenance import is_astray, unit_running, zone
from leasing.rules.maintenance import OVER, Status, first_start, time_flaws
from marketplace.actions import audit, claims, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import free_from
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period

NO_BUFFER = timedelta(0)


class MaintenanceInvalid(Invalid):
    """Something of a rule or a record is wrong; ``flaws`` say what, each at its field."""

    code = "maintenance_invalid"
    text = gettext_noop("This cannot be written down like this. Mend what is marked.")


class MaintenanceOver(NotPossible):
    """What was done or withdrawn cannot be changed any more."""

    code = "maintenance_over"
    text = gettext_noop("This maintenance is over: its state is “{status}”.")


class NothingToAgree(NotPossible):
    """Agreed is what the other side proposes."""

    code = "maintenance_not_proposed"
    text = gettext_noop("The other side proposes no time for this maintenance. Propose one yourself.")


def needs_time(*, ticket: MaintenanceTicket, at: datetime) -> bool:
    """
    Tell whether an open ticket of a locked machine is to be placed anew.

    That is one without a time, one whose claim was lifted, one with a lessee that no longer has the machine,
    and one planned behind a lease that has begun since, later than it is due.
    """
    if ticket.lease is not None:
        return is_astray(ticket)
    time, unit = ticket.time, unit_running(ticket.equipment)
    if time is None:
        return True
    late = ticket.due_at is None or time.start > ticket.due_at
    return unit is not None and late and time.start > at


def place(*, ticket: MaintenanceTicket, by: User, at: datetime) -> MaintenanceTicket:
    """
    Give a ticket of a locked machine a time: the next free one from the first morning a day away.

    Where the machine is leased and is not free before it is due, that morning is proposed to both sides, and
    nothing is claimed. Where it is never free, the ticket waits, and its owner is told once.
    """
    start = first_start(at, zone())
    wanted, unit = Period(start, start + ticket.rule.duration), unit_running(ticket.equipment)
    free = free_from(ticket.equipment, wanted, NO_BUFFER, NO_BUFFER)
    if unit is not None and (free is None or ticket.due_at is None or free > ticket.due_at):
        made = change(
            ticket=ticket,
            status=Status.PROPOSED,
            lease=unit.lease,
            starts_at=start,
            proposed_by=None,
            claim=None,
        )
        sides = [unit.lease.lessor, unit.lease.lessee]
        tell(ticket=made, kind=Kind.MAINTENANCE_PROPOSED, to=sides, who=unit.lease.lessor.name, at=at)
        return made
    if free is None:
        return _waits(ticket, at)
    return _claimed(ticket, free, by, at)


def _waits(ticket: MaintenanceTicket, at: datetime) -> MaintenanceTicket:
    made = change(ticket=ticket, status=Status.OPEN, lease=None, starts_at=None, proposed_by=None, claim=None)
    owner = [made.equipment.owner]
    tell(ticket=made, kind=Kind.MAINTENANCE_WAITS, to=owner, who=owner[0].name, at=at, once=True)
    return made


def _claimed(ticket: MaintenanceTicket, start: datetime, by: User, at: datetime) -> MaintenanceTicket:
    claim = claims.claim(
        equipment=ticket.equipment,
        reason=Claim.Reason.MAINTENANCE,
        core=Period(start, start + ticket.rule.duration),
        before=NO_BUFFER,
        after=NO_BUFFER,
        reference=ticket.public_id,
        by=by,
        at=at,
        note=ticket.rule.what,
    )
    given = {"status": Status.PLANNED, "claim": claim, "lease": None, "starts_at": None, "proposed_by": None}
    made = change(ticket=ticket, **given)
    owner = [made.equipment.owner]
    tell(ticket=made, kind=Kind.MAINTENANCE_PLANNED, to=owner, who=owner[0].name, at=at)
    return made


@atomic
def propose(
    *, ticket: MaintenanceTicket, starts_at: datetime, within: Organization, by: User, at: datetime
) -> MaintenanceTicket:
    """
    Propose another time within the lease, as either side; outside of leases the owner plans it there.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not operate there
    :raises MaintenanceInvalid: if the time is not to come within two years
    :raises MaintenanceOver: if it is done or withdrawn
    :raises MachineBusy: if the machine is taken then, and not leased now
    """
    require_side(ticket=ticket, within=within, by=by)
    ticket = lock(ticket=ticket)
    flaws = time_flaws(starts_at=starts_at, at=at)
    if flaws:
        raise MaintenanceInvalid(flaws=flaws)
    unit = unit_running(ticket.equipment)
    if unit is None or (within != unit.lease.lessee and within != unit.lease.lessor):
        return _planned_anew(ticket, starts_at, within, by, at)
    leave_time(ticket=ticket, by=by, at=at)
    given = {"starts_at": starts_at, "proposed_by": within, "claim": None}
    made = change(ticket=ticket, status=Status.PROPOSED, lease=unit.lease, **given)
    _write_down(made, "propose", within, by, at)
    tell(ticket=made, kind=Kind.MAINTENANCE_PROPOSED, to=[_other(made, within)], who=within.name, at=at)
    return made


def _planned_anew(
    ticket: MaintenanceTicket, starts_at: datetime, within: Organization, by: User, at: datetime
) -> MaintenanceTicket:
    if within != ticket.equipment.owner:
        raise MissingRight(organization=within.name)
    core = Period(starts_at, starts_at + ticket.rule.duration)
    if ticket.claim is not None and ticket.claim.active:
        moved = claims.move(claim=ticket.claim, core=core, by=by, at=at)
        made = change(ticket=ticket, status=Status.PLANNED, claim=moved)
    else:
        made = _claimed(ticket, starts_at, by, at)
    _write_down(made, "plan", within, by, at)
    return made


@atomic
def agree(*, ticket: MaintenanceTicket, within: Organization, by: User, at: datetime) -> MaintenanceTicket:
    """
    Agree to the time that the other side proposes; what the clock proposes it proposes for the owner.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not operate there
    :raises MaintenanceOver: if it is done or withdrawn
    :raises NothingToAgree: if the other side proposes nothing
    """
    require_side(ticket=ticket, within=within, by=by)
    ticket = lock(ticket=ticket)
    if ticket.status != Status.PROPOSED or ticket.proposer == within:
        raise NothingToAgree
    made = change(ticket=ticket, status=Status.AGREED)
    _write_down(made, "agree", within, by, at)
    tell(ticket=made, kind=Kind.MAINTENANCE_AGREED, to=[made.proposer], who=within.name, at=at)
    return made


def require_side(*, ticket: MaintenanceTicket, within: Organization, by: User) -> None:
    """
    Let the owner's people go on, and those of the lessee that has the machine in the lease it falls into.

    :raises MissingRight: if ``within`` is neither, or ``by`` may not operate there
    """
    if within == ticket.equipment.owner:
        return require(by, Permission.EQUIPMENT_EDIT, within=within)
    if ticket.lease is None or ticket.lease.lessee != within or is_astray(ticket):
        raise MissingRight(organization=within.name)
    return require(by, Permission.LEASE_OPERATE, within=within)


def lock(*, ticket: MaintenanceTicket) -> MaintenanceTicket:
    """
    Lock the machine, then the ticket, and return it as it is now.

    :raises MaintenanceOver: if it is done or withdrawn
    """
    claims.lock(equipment=[ticket.equipment])
    found = MaintenanceTicket.objects.locked().with_sides().get(pk=ticket.pk)
    if found.status in OVER:
        raise MaintenanceOver(status=MaintenanceTicket.State(found.status).label)
    return found


def leave_time(*, ticket: MaintenanceTicket, by: User, at: datetime) -> None:
    """Give back the claim of a ticket, if it has one."""
    if ticket.claim is not None:
        claims.release(claim=ticket.claim, by=by, at=at)


def change(*, ticket: MaintenanceTicket, **changes: Any) -> MaintenanceTicket:
    """Save what changes of a ticket, and its version."""
    changes |= {"version": ticket.version + 1}
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=list(changes))
    return ticket


def tell(
    *,
    ticket: MaintenanceTicket,
    kind: Kind,
    to: list[Organization],
    who: str,
    at: datetime,
    once: bool = False,
) -> None:
    """Tell organizations of what happened to a maintenance."""
    time = ticket.time
    facts = {
        "who": who,
        "what": ticket.rule.what,
        "machine": ticket.equipment.name,
        "starts_at": (time.start if time else at).isoformat(),
    }
    key = f"{ticket.public_id}:{kind}" if once else ""
    link = f"/maintenance/{ticket.public_id}/"
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=link, once=key)


def _other(ticket: MaintenanceTicket, than: Organization) -> Organization:
    assert ticket.lease is not None
    return ticket.lease.lessee if than == ticket.lease.lessor else ticket.lease.lessor


def _write_down(ticket: MaintenanceTicket, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(by=by, action=f"maintenance.{verb}", subject=ticket.public_id, at=at, within=within)
