"""
The life of a service order: a day is agreed, the work is done and reported, the lessee accepts or objects.

The lease is locked first, then the order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions.service_order_moves import carry_out, check, lock, require_side, tell
from leasing.models import ServiceOrder
from leasing.rules import service_orders as rules
from leasing.rules.service_orders import Move, Side, Status
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.rules.notifications import Kind
from marketplace.rules.services import Basis

_NO_DAY: Mapping[str, Any] = {"proposed_for": None, "proposed_by": "", "accept_by": None}
LEFT_ALONE = gettext_noop("Nobody worked for it within thirty days after its period.")


@atomic
def propose(
    *,
    order: ServiceOrder,
    starts_at: datetime,
    within: Organization,
    by: User,
    at: datetime,
    contact: str = "",
    expected: int | None = None,
) -> ServiceOrder:
    """
    Propose when the work begins, as provider or lessee; the other side agrees, or proposes something else.

    An agreed day holds until another one is agreed. ``contact`` are the lessee's words on whom to ask for.

    :raises MissingRight: if ``within`` is no side of the order, or ``by`` may not operate for it
    :raises ServiceOrderMoveRefused: if the work has begun or the order is over
    :raises ServiceOrderInvalid: if the day is past, sooner than the provider's notice, or behind the lease
    """
    side = require_side(order=order, move=Move.PROPOSE, within=within, by=by)
    order = lock(order=order, move=Move.PROPOSE, side=side, expected=expected)
    lease = order.lease
    flaws = rules.date_flaws(
        starts_at,
        side=side,
        not_before=order.not_before,
        ends_at=lease.ends_at,
        at=at,
        zone=lease.agreed.zone,
    )
    check(flaws=[*flaws, *rules.contact_flaws(contact)])
    made = carry_out(
        order=order,
        move=Move.PROPOSE,
        by=by,
        within=within,
        at=at,
        facts={"starts_at": starts_at.isoformat()},
        proposed_for=starts_at,
        proposed_by=side,
        contact=_contact(order, side, contact),
    )
    _tell_other(made, Kind.JOB_PROPOSED, side, at, meet_at=starts_at.isoformat())
    return made


@atomic
def agree(
    *,
    order: ServiceOrder,
    within: Organization,
    by: User,
    at: datetime,
    contact: str = "",
    expected: int | None = None,
) -> ServiceOrder:
    """
    Agree to the day that the other side has proposed.

    :raises MissingRight: if ``within`` is no side of the order, or ``by`` may not operate for it
    :raises ServiceOrderMoveRefused: if the other side has proposed none
    :raises ServiceOrderInvalid: if the words on whom to ask for are too long
    """
    side = require_side(order=order, move=Move.AGREE, within=within, by=by)
    order = lock(order=order, move=Move.AGREE, side=side, expected=expected)
    check(flaws=rules.contact_flaws(contact))
    assert order.proposed_for is not None, "a proposal has a day"
    starts_at = order.proposed_for
    made = carry_out(
        order=order,
        move=Move.AGREE,
        by=by,
        within=within,
        at=at,
        facts={"starts_at": starts_at.isoformat()},
        starts_at=starts_at,
        proposed_for=None,
        proposed_by="",
        contact=_contact(order, side, contact),
    )
    _tell_other(made, Kind.JOB_AGREED, side, at, meet_at=starts_at.isoformat())
    return made


@atomic
def start(
    *, order: ServiceOrder, within: Organization, by: User, at: datetime, expected: int | None = None
) -> ServiceOrder:
    """
    Begin the work as its provider, or begin it again after an objection.

    :raises MissingRight: if ``by`` may not operate for the provider
    :raises ServiceOrderMoveRefused: if no day is agreed and the price is not by the period, or it has begun
    """
    side = require_side(order=order, move=Move.START, within=within, by=by)
    order = lock(order=order, move=Move.START, side=side, expected=expected)
    made = carry_out(
        order=order, move=Move.START, by=by, within=within, at=at, proposed_for=None, proposed_by=""
    )
    _tell_other(made, Kind.JOB_BEGUN, side, at)
    return made


@atomic
def finish(
    *,
    order: ServiceOrder,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
    hours: Decimal | None = None,
    expected: int | None = None,
) -> ServiceOrder:
    """
    Report the work as done, as its provider: what was done, and the hours where they are priced.

    The lessee is told that it has accepted unless it objects within five days.

    :raises MissingRight: if ``by`` may not operate for the provider
    :raises ServiceOrderMoveRefused: if the work has not begun
    :raises ServiceOrderInvalid: if nothing is said of the work, or its hours are missing or no quarters
    """
    side = require_side(order=order, move=Move.FINISH, within=within, by=by)
    order = lock(order=order, move=Move.FINISH, side=side, expected=expected)
    basis = Basis(order.basis)
    check(flaws=rules.report_flaws(text=text, hours=hours, basis=basis))
    until, quantity = at + rules.SILENCE, rules.quantity(basis, hours)
    made = carry_out(
        order=order,
        move=Move.FINISH,
        by=by,
        within=within,
        at=at,
        text=text.strip(),
        facts={"quantity": format(quantity, "f"), "accept_by": until.isoformat()},
        report=text.strip(),
        quantity=quantity,
        done_at=at,
        accept_by=until,
    )
    _tell_other(made, Kind.JOB_DONE, side, at, until_at=until.isoformat())
    return made


@atomic
def accept(
    *, order: ServiceOrder, within: Organization, by: User, at: datetime, expected: int | None = None
) -> ServiceOrder:
    """
    Accept the reported work as the lessee: it is owed from now on. An objection may be dropped like this.

    :raises MissingRight: if ``by`` may not operate for the lessee
    :raises ServiceOrderMoveRefused: if no report waits for the lessee
    """
    side = require_side(order=order, move=Move.ACCEPT, within=within, by=by)
    order = lock(order=order, move=Move.ACCEPT, side=side, expected=expected)
    made = carry_out(
        order=order, move=Move.ACCEPT, by=by, within=within, at=at, accept_by=None, accepted_at=at
    )
    _tell_other(made, Kind.JOB_ACCEPTED, side, at)
    return made


@atomic
def object_to(
    *,
    order: ServiceOrder,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> ServiceOrder:
    """
    Object to the reported work as the lessee, with a reason: nothing is owed until it is done again.

    :raises MissingRight: if ``by`` may not operate for the lessee
    :raises ServiceOrderMoveRefused: if no report waits, or it was accepted, be it by silence
    :raises ServiceOrderInvalid: if no reason is given
    """
    side = require_side(order=order, move=Move.OBJECT, within=within, by=by)
    order = lock(order=order, move=Move.OBJECT, side=side, expected=expected)
    check(flaws=rules.text_flaws(text))
    made = carry_out(
        order=order, move=Move.OBJECT, by=by, within=within, at=at, text=text.strip(), accept_by=None
    )
    _tell_other(made, Kind.JOB_OBJECTED, side, at)
    return made


@atomic
def cancel(
    *,
    order: ServiceOrder,
    text: str,
    within: Organization,
    by: User,
    at: datetime,
    expected: int | None = None,
) -> ServiceOrder:
    """
    Drop an order, with a reason: the provider what it cannot do, the lessee what it ordered itself.

    :raises MissingRight: if ``by`` may not decide for a side of the order
    :raises ServiceOrderMoveRefused: if it is over, begun (lessee), or promised by the contract (lessee)
    :raises ServiceOrderInvalid: if no reason is given
    """
    side = require_side(order=order, move=Move.CANCEL, within=within, by=by)
    order = lock(order=order, move=Move.CANCEL, side=side, expected=expected)
    check(flaws=rules.text_flaws(text))
    made = carry_out(order=order, move=Move.CANCEL, by=by, within=within, at=at, text=text.strip(), **_NO_DAY)
    _tell_other(made, Kind.JOB_CANCELLED, side, at)
    return made


@atomic
def close_due(*, order: ServiceOrder, by: User, at: datetime) -> ServiceOrder:
    """
    Do what the clock owes an order: a report that nobody answered is accepted when its five days are over,
    a period that nobody worked in is dropped; nothing if it is not due any more.

    :raises MissingRight: if ``by`` is not the clock
    """
    require_side(order=order, move=Move.ACCEPT, within=None, by=by)
    due = ServiceOrder.objects.due(at).filter(pk=order.pk).first()
    if due is None:
        return order
    silent = due.status == Status.DONE
    move = Move.ACCEPT if silent else Move.CANCEL
    due = lock(order=due, move=move, side=Side.CLOCK)
    parties = list(due.party.values())
    if not silent:
        made = carry_out(order=due, move=move, by=by, within=None, at=at, text=LEFT_ALONE, **_NO_DAY)
        tell(order=made, kind=Kind.JOB_CANCELLED, to=parties, who=made.provider.name, at=at)
        return made
    made = carry_out(
        order=due,
        move=move,
        by=by,
        within=None,
        at=at,
        facts={"silence": True},
        accepted_at=due.accept_by,
        accept_by=None,
    )
    tell(order=made, kind=Kind.JOB_ACCEPTED, to=parties, who=made.lease.lessee.name, at=at)
    return made


def _contact(order: ServiceOrder, side: Side, given: str) -> str:
    """Return whom to ask for: the lessee's last words, which a provider does not change."""
    return given.strip() if side is Side.LESSEE and given.strip() else order.contact


def _tell_other(order: ServiceOrder, kind: Kind, side: Side, at: datetime, **facts: str) -> None:
    other = Side.LESSEE if side is Side.PROVIDER else Side.PROVIDER
    tell(order=order, kind=kind, to=[order.party[other]], who=order.party[side].name, at=at, **facts)


ACTS: Mapping[Move, Callable[..., ServiceOrder]] = {
    Move.PROPOSE: propose,
    Move.AGREE: agree,
    Move.START: start,
    Move.FINISH: finish,
    Move.ACCEPT: accept,
    Move.OBJECT: object_to,
    Move.CANCEL: cancel,
}
