"""
A standstill is measured, and the two settle who bears it; what the lessor bears is recorded as due.

The measuring reads telemetry through the one door, by the platform's right to meter, so it stands outside any
transaction.
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import downtime_credits, downtime_evidence, tickets
from leasing.actions.ticket_moves import carry_out, checked_text, lock, other_side, require_side, tell
from leasing.models import Ticket
from leasing.rules import tickets as rules
from leasing.rules.downtime import Remedy
from leasing.rules.tickets import Attribution, Cause, Move, Status
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotPossible


class NotMeasuredYet(NotPossible):
    """Who bears a standstill is a question about a length that is known."""

    code = "standstill_not_measured"
    text = gettext_noop(
        "How long {machine} stood is measured when the hours for late readings are over: after {measure_at}."
    )


class OwnProposal(NotPossible):
    """One side proposes, the other answers."""

    code = "own_proposal"
    text = gettext_noop("{organization} has proposed this itself. The other side answers.")


def measure(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """
    Write down how long the machine stood in the reported time, by its execution states; once, by the clock.

    Nothing happens before its time, or if it was measured already.

    :raises MissingRight: if ``by`` is not the clock
    """
    require_side(ticket=ticket, move=Move.MEASURE, within=None, by=by)
    if not _to_measure(ticket, at):
        return ticket
    return _keep(ticket, downtime_evidence.take(ticket=ticket, by=by, at=at), by, at)


def _to_measure(ticket: Ticket, at: datetime) -> bool:
    due = ticket.measure_at is not None and ticket.measure_at <= at
    return due and ticket.evidence is None and rules.Move.MEASURE in ticket.allowed


@atomic
def _keep(ticket: Ticket, evidence: downtime_evidence.Evidence, by: User, at: datetime) -> Ticket:
    ticket = lock(ticket=ticket, move=Move.MEASURE)
    if not _to_measure(ticket, at):
        return ticket  # another run was faster
    found = evidence.dump()
    return carry_out(
        ticket=ticket, move=Move.MEASURE, by=by, within=None, at=at, evidence=found, facts={"evidence": found}
    )


@atomic
def propose(
    *,
    ticket: Ticket,
    cause: Cause,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
    remedy: Remedy = Remedy.CREDIT,
    expected: int | None = None,
) -> Ticket:
    """
    Propose who bears the standstill, and why; where it is the lessor, ``remedy`` is how (Civil Code, Article
    713).

    The other side has the reply time of the service level.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not decide its leases
    :raises TicketInvalid: if no reason is given
    :raises NotMeasuredYet: if it is not known how long it stood
    :raises TicketMoveRefused: if the repair is not confirmed, or a proposal waits, or it is settled
    """
    require_side(ticket=ticket, move=Move.PROPOSE, within=within, by=by)
    said = checked_text(move=Move.PROPOSE, text=text)
    ticket = lock(ticket=ticket, move=Move.PROPOSE, expected=expected)
    if ticket.evidence is None:
        moment = ticket.measure_at and ticket.measure_at.astimezone(ticket.lease.agreed.zone)
        raise NotMeasuredYet(machine=ticket.unit.equipment.name, measure_at=f"{moment:%Y-%m-%d %H:%M}")
    reply_by = at + ticket.agreed.reply
    borne = {"cause": str(cause), "remedy": str(remedy) if cause is Cause.LESSOR else ""}
    made = carry_out(
        ticket=ticket,
        move=Move.PROPOSE,
        by=by,
        within=within,
        at=at,
        text=said,
        facts=borne | {"reply_by": reply_by.isoformat()},
        proposed_by=within,
        reply_by=reply_by,
        **borne,
    )
    other = other_side(ticket=made, than=within)
    due_at = reply_by.isoformat()
    tell(ticket=made, kind=Kind.DOWNTIME_PROPOSED, to=[other], who=within.name, at=at, due_at=due_at)
    return made


@atomic
def agree(
    *,
    ticket: Ticket,
    within: Organization,
    by: User,
    at: datetime,
    text: str = "",
    expected: int | None = None,
) -> Ticket:
    """
    Agree as the other side; what the lessor bears is recorded as due at once.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not decide its leases
    :raises OwnProposal: if it is one's own
    :raises TicketMoveRefused: if there is no proposal
    """
    return _answer(ticket, Move.AGREE, within=within, by=by, at=at, text=text, expected=expected)


@atomic
def contest(
    *, ticket: Ticket, text: str, within: Organization, by: User, at: datetime, expected: int | None = None
) -> Ticket:
    """
    Contest as the other side, and say why; then either side proposes anew, or the platform decides.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not decide its leases
    :raises OwnProposal: if it is one's own
    :raises TicketInvalid: if no reason is given
    :raises TicketMoveRefused: if there is no proposal
    """
    return _answer(ticket, Move.CONTEST, within=within, by=by, at=at, text=text, expected=expected)


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
    if within == ticket.proposed_by:
        raise OwnProposal(organization=within.name)
    made = carry_out(ticket=ticket, move=move, by=by, within=within, at=at, text=said, reply_by=None)
    return _settled(made, other_side(ticket=made, than=within), within, by, at)


@atomic
def decide(
    *,
    ticket: Ticket,
    cause: Cause,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
    remedy: Remedy = Remedy.CREDIT,
    expected: int | None = None,
) -> Ticket:
    """
    Decide for the platform who bears a contested standstill, with the reasons.

    :raises MissingRight: if ``by`` may not decide leases for the platform
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    :raises TicketInvalid: if no reason is given
    :raises TicketMoveRefused: if nothing is contested
    """
    require_side(ticket=ticket, move=Move.DECIDE, within=within, by=by)
    said = checked_text(move=Move.DECIDE, text=text)
    ticket = lock(ticket=ticket, move=Move.DECIDE, expected=expected)
    borne = {"cause": str(cause), "remedy": str(remedy) if cause is Cause.LESSOR else ""}
    made = carry_out(
        ticket=ticket, move=Move.DECIDE, by=by, within=within, at=at, text=said, facts=borne, **borne
    )
    return _settled(made, None, within, by, at)


@atomic
def close_due(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """
    Do what the clock owes a ticket: confirm what nobody objected to, end a reply time; else nothing.

    A proposal without an answer is agreed to only where the service level says so; else it is contested.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=ticket.lease.lessor.name)
    if ticket.status == Status.SOLVED and ticket.confirm_by and ticket.confirm_by <= at:
        ticket = lock(ticket=ticket, move=Move.CONFIRM)
        return tickets.confirmed(ticket=ticket, by=by, within=None, at=at)
    late = ticket.reply_by is not None and ticket.reply_by <= at
    if ticket.attribution == Attribution.PROPOSED and late and str(Move.LAPSE) in ticket.allowed:
        ticket = lock(ticket=ticket, move=Move.LAPSE)
        stands = rules.after_silence(ticket.agreed.silence_agrees)
        made = carry_out(
            ticket=ticket, move=Move.LAPSE, by=by, within=None, at=at, attribution=stands, reply_by=None
        )
        return _settled(made, None, None, by, at)
    return ticket


def _settled(
    ticket: Ticket, to: Organization | None, within: Organization | None, by: User, at: datetime
) -> Ticket:
    """Record what follows, and tell one side, or both."""
    final = ticket.attribution in rules.FINAL
    if final and ticket.cause == Cause.LESSOR:
        downtime_credits.record(ticket=ticket, by=by, at=at)
    kind = Kind.DOWNTIME_SETTLED if final else Kind.DOWNTIME_CONTESTED
    told = [to] if to is not None else [ticket.lease.lessor, ticket.lease.lessee]
    tell(ticket=ticket, kind=kind, to=told, who=within.name if within else "", at=at)
    return ticket
