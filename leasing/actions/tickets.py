"""
A fault is reported, repaired and confirmed.

Machines are locked first, then the lease, then its tickets. Photos that come with a report are kept with it,
or nothing is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from leasing.actions import ticket_photos
from leasing.actions.ticket_moves import (
    TicketInvalid,
    carry_out,
    checked_text,
    lock,
    other_side,
    require_side,
    tell,
    write_down,
)
from leasing.models import Lease, LeaseUnit, Ticket
from leasing.rules import tickets as rules
from leasing.rules.sla import sla_of
from leasing.rules.tickets import TABLE, Move, Severity, Side, Status
from marketplace.actions import claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.rules.photos import Photo as Picture
from marketplace.shared.errors import NotPossible

_INSTANT = timedelta(microseconds=1)


class NotLeasedNow(NotPossible):
    """A fault is reported while the machine is leased: then it is somebody's standstill."""

    code = "not_leased_now"
    text = gettext_noop(
        "{machine} is not leased now. A fault can be reported from the handover to the return."
    )


class ReportedAlready(NotPossible):
    """One fault, one ticket: a machine that stands cannot be reported as standing once more."""

    code = "fault_reported_already"
    text = gettext_noop("{machine} is reported as standing already. Add what you know to that ticket.")


def report(
    *,
    unit: LeaseUnit,
    severity: Severity,
    text: str,
    since: datetime,
    within: Organization,
    by: User,
    at: datetime,
    pictures: Sequence[bytes] = (),
) -> Ticket:
    """
    Report a fault of a leased machine as its lessee or lessor; ``since`` is when it began, a week ago at
    most; ``pictures`` are photos as they were uploaded, five at most.

    Response and solution are counted from ``at`` on, in the lessor's hours of service.

    :raises MissingRight: if ``within`` is no side of the lease, or ``by`` may not operate its leases
    :raises NotLeasedNow: if the machine was not handed over, or was given back
    :raises TicketInvalid: with every fault at its field
    :raises ReportedAlready: if the machine is reported as standing, and this says so again
    :raises PhotoInvalid: if one of the pictures is no photo
    :raises TooManyTicketPhotos: if there are more than five
    """
    lease = unit.lease
    side = {lease.lessor_id: Side.LESSOR, lease.lessee_id: Side.LESSEE}.get(within.pk)
    if side is None:
        raise MissingRight(organization=within.name)
    require(by, Permission(TABLE[Move.REPORT].rights[side]), within=within)
    shots = ticket_photos.read_all(pictures=pictures)
    return _report(unit, severity, text, since, shots, within=within, by=by, at=at)


@atomic
def _report(
    unit: LeaseUnit,
    severity: Severity,
    text: str,
    since: datetime,
    shots: Sequence[Picture],
    *,
    within: Organization,
    by: User,
    at: datetime,
) -> Ticket:
    """Write a report down with its photos, which were decoded before the transaction was open."""
    claims.lock(equipment=[unit.equipment])
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=unit.lease_id)
    unit = LeaseUnit.objects.select_related("equipment").get(pk=unit.pk)
    _check(unit, lease, severity, text, since, at)
    ticket = _opened(unit, lease, within, severity, text, since, at)
    kept = ticket_photos.keep(ticket=ticket, pictures=shots, within=within, by=by, at=at)
    write_down(
        ticket=ticket,
        move=Move.REPORT,
        before="",
        by=by,
        within=within,
        at=at,
        text=ticket.text,
        facts={"severity": str(severity), "since": since.isoformat()},
        digests=kept,
    )
    other = other_side(ticket=ticket, than=within)
    tell(ticket=ticket, kind=Kind.TICKET_RAISED, to=[other], who=within.name, at=at)
    return ticket


def _opened(
    unit: LeaseUnit,
    lease: Lease,
    within: Organization,
    severity: Severity,
    text: str,
    since: datetime,
    at: datetime,
) -> Ticket:
    sla, zone = sla_of(lease.terms), lease.agreed.zone
    return Ticket.objects.create(
        lease=lease,
        unit=unit,
        raised_by=within,
        severity=severity,
        text=text.strip(),
        status=Status.OPEN,
        down_from=since,
        reported_at=at,
        response_due_at=sla.due(at, sla.response, zone),
        solution_due_at=sla.due(at, sla.solution, zone),
    )


def _check(
    unit: LeaseUnit, lease: Lease, severity: Severity, text: str, since: datetime, at: datetime
) -> None:
    name = unit.equipment.name
    if unit.active_from is None or unit.active_to is not None or lease.ends_at <= at:
        raise NotLeasedNow(machine=name)
    earliest = rules.earliest(unit.active_from, at)
    shown = f"{earliest.astimezone(lease.agreed.zone):%Y-%m-%d %H:%M}"
    found = rules.report_flaws(text=text, since=since, leased_from=unit.active_from, at=at, shown=shown)
    if found:
        raise TicketInvalid(flaws=found)
    open_ones = Ticket.objects.filter(unit=unit, severity=Severity.DOWN, status__in=sorted(rules.UNSOLVED))
    if severity is Severity.DOWN and open_ones.exists():
        raise ReportedAlready(machine=name)


@atomic
def acknowledge(
    *,
    ticket: Ticket,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
    expected: int | None = None,
) -> Ticket:
    """
    Say as the lessor that the fault was seen; the first answer ends the time of response.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises TicketMoveRefused: if it was answered already, or is over
    """
    return _answer(ticket, Move.ACKNOWLEDGE, within=within, by=by, at=at, text=text, expected=expected)


@atomic
def start(
    *,
    ticket: Ticket,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
    expected: int | None = None,
) -> Ticket:
    """
    Begin the repair as the lessor.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises TicketMoveRefused: if the repair has begun, or is over
    """
    return _answer(ticket, Move.START, within=within, by=by, at=at, text=text, expected=expected)


def _answer(
    ticket: Ticket,
    move: Move,
    *,
    within: Organization,
    by: User,
    at: datetime,
    text: str,
    expected: int | None,
) -> Ticket:
    require_side(ticket=ticket, move=move, within=within, by=by)
    said = checked_text(move=move, text=text)
    ticket = lock(ticket=ticket, move=move, expected=expected)
    responded_at = ticket.responded_at or at
    return carry_out(
        ticket=ticket, move=move, by=by, within=within, at=at, text=said, responded_at=responded_at
    )


@atomic
def solve(
    *, ticket: Ticket, text: str, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Ticket:
    """
    Say as the lessor that it is repaired, and how: the standstill ends at ``at``; the lessee confirms or
    reopens.

    :raises MissingRight: if ``by`` may not operate leases of the lessor
    :raises TicketInvalid: if nothing is said of the repair
    :raises TicketMoveRefused: if it is repaired or withdrawn already
    """
    require_side(ticket=ticket, move=Move.SOLVE, within=within, by=by)
    said = checked_text(move=Move.SOLVE, text=text)
    ticket = lock(ticket=ticket, move=Move.SOLVE, expected=expected)
    confirm_by = at + ticket.agreed.confirm
    made = carry_out(
        ticket=ticket,
        move=Move.SOLVE,
        by=by,
        within=within,
        at=at,
        text=said,
        down_to=max(at, ticket.down_from + _INSTANT),
        responded_at=ticket.responded_at or at,
        confirm_by=confirm_by,
        facts={"confirm_by": confirm_by.isoformat()},
    )
    tell(ticket=made, kind=Kind.TICKET_SOLVED, to=[made.lease.lessee], who=within.name, at=at)
    return made


@atomic
def confirm(
    *, ticket: Ticket, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Ticket:
    """
    Confirm as the lessee that the machine works.

    :raises MissingRight: if ``by`` may not operate leases of the lessee
    :raises TicketMoveRefused: if it is not said to be repaired
    """
    require_side(ticket=ticket, move=Move.CONFIRM, within=within, by=by)
    return confirmed(
        ticket=lock(ticket=ticket, move=Move.CONFIRM, expected=expected), by=by, within=within, at=at
    )


def confirmed(*, ticket: Ticket, by: User, within: Organization | None, at: datetime) -> Ticket:
    """
    Close the repair of a locked ticket, for whoever may.

    A standstill is measured when the hours that the lease gives late readings are over.
    """
    assert ticket.down_to is not None
    measure_at = ticket.down_to + timedelta(hours=ticket.lease.agreed.grace_hours)
    return carry_out(
        ticket=ticket, move=Move.CONFIRM, by=by, within=within, at=at, measure_at=measure_at, confirm_by=None
    )


@atomic
def reopen(
    *, ticket: Ticket, text: str, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Ticket:
    """
    Say as the lessee that it still does not work: the standstill goes on as if it had never been repaired.

    :raises MissingRight: if ``by`` may not operate leases of the lessee
    :raises TicketInvalid: if nothing is said of what does not work
    :raises TicketMoveRefused: if it is not said to be repaired, or was confirmed
    :raises UseIsOver: if the machine is not in use any more
    """
    require_side(ticket=ticket, move=Move.REOPEN, within=within, by=by)
    said = checked_text(move=Move.REOPEN, text=text)
    ticket = lock(ticket=ticket, move=Move.REOPEN, expected=expected)
    made = carry_out(
        ticket=ticket, move=Move.REOPEN, by=by, within=within, at=at, text=said, down_to=None, confirm_by=None
    )
    tell(ticket=made, kind=Kind.TICKET_REOPENED, to=[made.lease.lessor], who=within.name, at=at)
    return made


@atomic
def withdraw(
    *,
    ticket: Ticket,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
    expected: int | None = None,
) -> Ticket:
    """
    Take a ticket back, as the side that raised it: there was no fault.

    :raises MissingRight: if ``within`` did not raise it, or ``by`` may not operate its leases
    :raises TicketMoveRefused: if it is repaired or withdrawn
    """
    require_side(ticket=ticket, move=Move.WITHDRAW, within=within, by=by)
    if within != ticket.raised_by:
        raise MissingRight(organization=within.name)
    said = checked_text(move=Move.WITHDRAW, text=text)
    ticket = lock(ticket=ticket, move=Move.WITHDRAW, expected=expected)
    return carry_out(ticket=ticket, move=Move.WITHDRAW, by=by, within=within, at=at, text=said)


@atomic
def close(
    *,
    ticket: Ticket,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
    expected: int | None = None,
) -> Ticket:
    """
    Close as either side what is open of a machine whose use is over: it stood, if it did, until that end.

    Nobody repairs it for its lessee any more. How long it stood is measured as ever, and either side may
    propose who bears it.

    :raises MissingRight: if ``within`` is no side of the lease, or ``by`` may not operate its leases
    :raises TicketMoveRefused: if it is repaired, closed or withdrawn
    :raises StillInUse: if the machine is still in use
    """
    require_side(ticket=ticket, move=Move.CLOSE, within=within, by=by)
    said = checked_text(move=Move.CLOSE, text=text)
    ticket = lock(ticket=ticket, move=Move.CLOSE, expected=expected)
    ended = ticket.unit.active_to
    assert ended is not None, "lock() lets nobody close the ticket of a machine in use"
    down_to = max(ended, ticket.down_from + _INSTANT)
    made = carry_out(
        ticket=ticket,
        move=Move.CLOSE,
        by=by,
        within=within,
        at=at,
        text=said,
        down_to=down_to,
        measure_at=max(at, down_to + timedelta(hours=ticket.lease.agreed.grace_hours)),
        confirm_by=None,
        facts={"down_to": down_to.isoformat()},
    )
    other = other_side(ticket=ticket, than=within)
    tell(ticket=made, kind=Kind.TICKET_CLOSED, to=[other], who=within.name, at=at)
    return made
