"""
Approve a lease that was accepted: by itself where the lessor's credit limit allows it, or by a second person.

What two leases of one lessee owe together is looked at under a lock of the two sides (docs/locking.md).
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import contracts, moves
from leasing.models import CreditLimit, Lease
from leasing.queries import credit_decision
from leasing.rules.approval import Decision
from leasing.rules.canonical import digest
from leasing.rules.leases import Move, Side
from marketplace.actions import audit, gathering, parties
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotAllowed


class OwnDecision(NotAllowed):
    """Whoever bound the lessor does not approve it as well."""

    code = "own_decision"
    text = gettext_noop(
        "{maker} quoted or accepted this for {lessor}, so somebody else at {lessor} has to approve it."
    )


def follow(*, lease: Lease, bound: contracts.Bound, at: datetime) -> Lease:
    """
    Approve a locked lease that has just been accepted, if nobody has to decide; else tell the lessor.

    The acceptance has asked for the rights; the clock approves.
    """
    CreditLimit.objects.lock(lease.lessor_id, lease.lessee_id)
    decision = credit_decision(lease, at)
    if decision.is_automatic:
        clock = parties.robot(name="clock")
        return _approved(lease, decision, bound, by=clock, within=None, at=at)
    facts = {"number": lease.number, "who": lease.lessee.name}
    link = f"/leases/{lease.public_id}/"
    notify(kind=Kind.LEASE_TO_APPROVE, to=[lease.lessor], facts=facts, at=at, link=link)
    return lease


@atomic
def approve(*, lease: Lease, by: User, at: datetime, note: str = "", expected: int | None = None) -> Lease:
    """
    Approve a lease whose expected charges exceed the limit of its lessee, or that runs for long.

    The contract is drawn up; one of less than six months is concluded with it.

    :raises MissingRight: if ``by`` may not decide requests of the lessor
    :raises LeaseMoveRefused: if the lease does not wait for an approval
    :raises OwnDecision: if ``by`` bound the lessor with its quote or acceptance, and a limit asks for another
    """
    within = moves.require_side(lease=lease, move=Move.APPROVE, by=by)
    lease = moves.lock(lease=lease, move=Move.APPROVE, expected=expected)
    CreditLimit.objects.lock(lease.lessor_id, lease.lessee_id)
    decision = credit_decision(lease, at)
    bound = contracts.bound_by(lease=lease)
    if not decision.is_automatic:
        _check_checker(lease, bound, by)
    with gathering.gathered():
        return _approved(lease, decision, bound, by=by, within=within, at=at, note=note.strip()[:2000])


def _maker(bound: contracts.Bound) -> tuple[str, str]:
    """Return id and name of the person who bound the lessor: by its quote, or by accepting."""
    if bound.offer.side == Side.LESSOR:
        return bound.offer.made_by, bound.offer.made_by_name
    return bound.accepted.actor, bound.accepted.actor_name


def _check_checker(lease: Lease, bound: contracts.Bound, by: User) -> None:
    """Let a person go on who has not bound the lessor; the clock decides nothing that a limit asks for."""
    if by.is_robot:
        raise MissingRight(organization=lease.lessor.name)
    maker, name = _maker(bound)
    if by.public_id == maker:
        raise OwnDecision(maker=name, lessor=lease.lessor.name)


def _approved(
    lease: Lease,
    decision: Decision,
    bound: contracts.Bound,
    *,
    by: User,
    within: Organization | None,
    at: datetime,
    note: str = "",
) -> Lease:
    """What the lessor's limit says is its own: the history of both sides has the decision's digest alone."""
    found = decision.facts()
    audit.record(by=by, action="lease.check", subject=lease.public_id, at=at, within=lease.lessor, **found)
    facts = {"decision": digest(found), "automatic": decision.is_automatic, "maker": _maker(bound)[0]}
    lease = moves.carry_out(
        lease=lease, move=Move.APPROVE, by=by, within=within, at=at, reason=note, facts=facts
    )
    return contracts.draw_up(lease=lease, bound=bound, at=at)
