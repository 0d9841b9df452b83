"""What every move of a ticket does: ask for the right, lock, look at the table, write the step down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import mediators, steps
from leasing.models import Lease, Ticket, TicketStep
from leasing.rules.leases import SETTLED
from leasing.rules.tickets import (
    TABLE,
    Attribution,
    Move,
    Severity,
    Side,
    Status,
    can,
    text_flaws,
)
from marketplace.actions import audit, claims, notifications
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Invalid, NotPossible

NAMES: Mapping[Move, Promise] = {
    Move.ACKNOWLEDGE: _("say that you have seen it"),
    Move.START: _("begin the repair"),
    Move.SOLVE: _("say that it is repaired"),
    Move.CONFIRM: _("confirm"),
    Move.REOPEN: _("reopen"),
    Move.WITHDRAW: _("withdraw"),
    Move.MEASURE: _("measure"),
    Move.PROPOSE: _("propose who bears it"),
    Move.AGREE: _("agree"),
    Move.CONTEST: _("contest"),
    Move.DECIDE: _("decide"),
    Move.LAPSE: _("let the reply time run out"),
    Move.PHOTOS: _("add photos"),
    Move.CLOSE: _("close with the end of the use"),
}


class TicketInvalid(Invalid):
    """Something that was given is wrong; ``flaws`` say what, each at its field."""

    code = "ticket_invalid"
    text = gettext_noop("This cannot be written down like this. Mend what is marked.")


class TicketMoveRefused(NotPossible):
    """The state of the ticket does not allow the move; ``allowed`` names those that it does."""

    code = "ticket_move_refused"
    text = gettext_noop("This ticket is in the state “{status}”. What can be done now: {moves}.")


class UseIsOver(NotPossible):
    """When the machine is home its repair is not disputed any more; who bears the standstill may be."""

    code = "use_is_over"
    text = gettext_noop(
        "The use of {machine} is over: nothing is reopened. Propose who bears the standstill instead."
    )


class StillInUse(NotPossible):
    """As long as the machine is used its fault is repaired, or was none."""

    code = "ticket_still_in_use"
    text = gettext_noop("{machine} is still in use: repair it, or withdraw the ticket.")


class LeaseIsSettled(NotPossible):
    """The statement of settlement names every credit; none arises after it."""

    code = "lease_is_settled"
    text = gettext_noop("This lease is settled. Who bears a standstill cannot change any more.")


class TicketChanged(NotPossible):
    """Somebody changed the ticket since the caller read it."""

    status = 412
    code = "ticket_changed"
    text = gettext_noop(
        "Somebody has changed this ticket: it is at version {version}, you saw {seen}. Read it again."
    )


def require_side(*, ticket: Ticket, move: Move, within: Organization | None, by: User) -> Side:
    """
    Return the side on which ``within`` makes the move; nobody's move is the clock's.

    :raises MissingRight: if that side may not, or ``by`` lacks the right there
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    """
    rights = TABLE[move].rights
    if within is None:
        if not by.is_robot or Side.CLOCK not in rights:
            raise MissingRight(organization=ticket.lease.lessor.name)
        return Side.CLOCK
    side = ticket.side_of(within)
    if side is None or side not in rights:
        raise MissingRight(organization=within.name)
    require(by, Permission(rights[side]), within=within)
    if side is Side.PLATFORM:
        mediators.check_neutral(lease=ticket.lease, by=by)
    return side


def lock(*, ticket: Ticket, move: Move, expected: int | None = None) -> Ticket:
    """
    Lock machine, lease, then the ticket, and return it as it is now.

    :raises TicketChanged: if it has another version than ``expected``
    :raises TicketMoveRefused: if its state does not allow the move
    :raises LeaseIsSettled: if a credit could follow, and the lease is settled
    :raises UseIsOver: if it is to be reopened after the use of the machine
    :raises StillInUse: if it is to be closed before the end of that use
    """
    claims.lock(equipment=[ticket.unit.equipment])
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=ticket.lease_id)
    ticket = Ticket.objects.locked().with_sides().get(pk=ticket.pk)
    ticket.lease = lease
    if expected is not None and expected != ticket.version:
        raise TicketChanged(version=ticket.version, seen=expected)
    if not can(move, Status(ticket.status), Attribution(ticket.attribution), Severity(ticket.severity)):
        raise refused(ticket=ticket)
    if move in ticket.barred:
        if move is Move.CLOSE:
            raise StillInUse(machine=ticket.unit.equipment.name)
        if lease.status in SETTLED:
            raise LeaseIsSettled
        raise UseIsOver(machine=ticket.unit.equipment.name)
    return ticket


def refused(*, ticket: Ticket) -> TicketMoveRefused:
    """Return the refusal that names the state and what is possible in it."""
    possible = [Move(name) for name in ticket.allowed]
    spoken = steps.spoken(possible=possible, names=NAMES)
    status = Ticket.State(ticket.status).label
    return TicketMoveRefused(status=status, moves=spoken, allowed=[str(move) for move in possible])


def checked_text(*, move: Move, text: str) -> str:
    """
    Return the text of a move without space around it.

    :raises TicketInvalid: if the move needs one and there is none, or it is too long
    """
    found = text_flaws(text) if TABLE[move].needs_text or text.strip() else []
    if found:
        raise TicketInvalid(flaws=found)
    return text.strip()


def carry_out(
    *,
    ticket: Ticket,
    move: Move,
    by: User,
    within: Organization | None,
    at: datetime,
    text: str = "",
    facts: Mapping[str, Any] | None = None,
    digests: Sequence[str] = (),
    **changes: Any,
) -> Ticket:
    """Change where the ticket stands, save ``changes`` with it, and append the step to history and audit."""
    row, before = TABLE[move], str(ticket.status)
    changes = {
        "status": row.target or ticket.status,
        "attribution": row.gives or ticket.attribution,
        "version": ticket.version + 1,
    } | changes
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=list(changes))
    write_down(
        ticket=ticket,
        move=move,
        before=before,
        by=by,
        within=within,
        at=at,
        text=text,
        facts=facts or {},
        digests=digests,
    )
    return ticket


def write_down(
    *,
    ticket: Ticket,
    move: Move,
    before: str,
    by: User,
    within: Organization | None,
    at: datetime,
    text: str,
    facts: Mapping[str, Any],
    digests: Sequence[str] = (),
) -> None:
    """
    Append one step to the history of a ticket; its row is locked, so steps cannot collide.

    ``digests`` are the SHA-256 of the photos that came with it.
    """
    step = TicketStep(ticket=ticket, move=move, status_before=before, status_after=ticket.status)
    step.evidence = sorted(digests)
    facts = dict(facts) | {"attribution": str(ticket.attribution)}
    steps.append(step=step, behind=ticket.steps, by=by, within=within, at=at, reason=text, facts=facts)
    audit.record(by=by, action=f"ticket.{move}", subject=ticket.public_id, at=at, within=within)


def tell(
    *, ticket: Ticket, kind: Kind, to: list[Organization], who: str, at: datetime, due_at: str = ""
) -> None:
    """Tell organizations of what happened to a ticket."""
    facts = {"who": who, "machine": ticket.unit.equipment.name, "due_at": due_at or at.isoformat()}
    link = f"/tickets/{ticket.public_id}/"
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=link)


def other_side(*, ticket: Ticket, than: Organization) -> Organization:
    """Return the other of the two sides."""
    lease = ticket.lease
    return lease.lessee if than == lease.lessor else lease.lessor
