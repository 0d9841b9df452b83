"""What every move of a service order does: ask for the right, lock, look at the table, write down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import steps
from leasing.models import Lease, ServiceOrder, ServiceOrderStep
from leasing.rules import service_orders as rules
from leasing.rules.service_orders import TABLE, Move, Side
from marketplace.actions import audit, notifications
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotPossible

NAMES: Mapping[Move, Promise] = {
    Move.OPEN: _("order"),
    Move.PROPOSE: _("propose a day"),
    Move.AGREE: _("agree to the day"),
    Move.START: _("begin the work"),
    Move.FINISH: _("report the work"),
    Move.ACCEPT: _("accept the work"),
    Move.OBJECT: _("object to the work"),
    Move.CANCEL: _("drop the order"),
}
LONGEST_WORK = 60


class ServiceOrderInvalid(Invalid):
    """Something that was given is wrong; ``flaws`` say what, each at its field."""

    code = "service_order_invalid"
    text = gettext_noop("The service order cannot be carried on like this. Mend what is marked.")


class ServiceOrderMoveRefused(NotPossible):
    """The state of the order does not allow the side the move; ``allowed`` names those that it does."""

    code = "service_order_move_refused"
    text = gettext_noop("This service order is in the state “{status}”. What you can do now: {moves}.")


class ServiceOrderChanged(NotPossible):
    """Somebody changed the order since the caller read it."""

    status = 412
    code = "service_order_changed"
    text = gettext_noop(
        "Somebody has changed this service order: it is at version {version}, you saw {seen}. Read it again."
    )


def require_side(*, order: ServiceOrder, move: Move, within: Organization | None, by: User) -> Side:
    """
    Return the side on which ``within`` makes the move; nobody's move is the clock's.

    :raises MissingRight: if that side never makes it, or ``by`` lacks the right there
    """
    rights = TABLE[move].rights
    if within is None:
        if not by.is_robot or Side.CLOCK not in rights:
            raise MissingRight(organization=order.provider.name)
        return Side.CLOCK
    side = order.side_of(within)
    if side is None or side not in rights:
        raise MissingRight(organization=within.name)
    require(by, Permission(rights[side]), within=within)
    return side


def lock(*, order: ServiceOrder, move: Move, side: Side, expected: int | None = None) -> ServiceOrder:
    """
    Lock the lease, then the order, and return it as it is now; no machine is touched.

    :raises ServiceOrderChanged: if it has another version than ``expected``
    :raises ServiceOrderMoveRefused: if its state does not allow the side the move
    """
    Lease.objects.locked().get(pk=order.lease_id)
    order = ServiceOrder.objects.locked().with_sides().get(pk=order.pk)
    if expected is not None and expected != order.version:
        raise ServiceOrderChanged(version=order.version, seen=expected)
    if not rules.can(move, side, order.stand):
        raise refused(order=order, side=side)
    return order


def refused(*, order: ServiceOrder, side: Side) -> ServiceOrderMoveRefused:
    """Return the refusal that names the state and what the side can do in it."""
    possible = rules.moves_for(side, order.stand)
    spoken = steps.spoken(possible=possible, names=NAMES)
    status = ServiceOrder.State(order.status).label
    return ServiceOrderMoveRefused(status=status, moves=spoken, allowed=[str(move) for move in possible])


def check(*, flaws: list[Flaw]) -> None:
    """
    Let the move go on if nothing is wrong with what was given.

    :raises ServiceOrderInvalid: with every flaw at its field
    """
    if flaws:
        raise ServiceOrderInvalid(flaws=flaws)


def carry_out(
    *,
    order: ServiceOrder,
    move: Move,
    by: User,
    within: Organization | None,
    at: datetime,
    text: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> ServiceOrder:
    """Change where a locked order stands, save ``changes`` with it, and append the step."""
    before = str(order.status)
    changes = {"status": TABLE[move].target or order.status, "version": order.version + 1} | changes
    for name, value in changes.items():
        setattr(order, name, value)
    order.save(update_fields=list(changes))
    write_down(
        order=order, move=move, before=before, by=by, within=within, at=at, text=text, facts=facts or {}
    )
    return order


def write_down(
    *,
    order: ServiceOrder,
    move: Move,
    before: str,
    by: User,
    within: Organization | None,
    at: datetime,
    text: str = "",
    facts: Mapping[str, Any],
) -> None:
    """Append one step to the history of an order; its row is locked, so steps cannot collide."""
    step = ServiceOrderStep(order=order, move=move, status_before=before, status_after=order.status)
    steps.append(step=step, behind=order.steps, by=by, within=within, at=at, reason=text, facts=facts)
    audit.record(by=by, action=f"service_order.{move}", subject=order.public_id, at=at, within=within)


def tell(
    *, order: ServiceOrder, kind: Kind, to: list[Organization], who: str, at: datetime, **facts: str
) -> None:
    """Tell organizations of what happened to an order; ``who`` did it."""
    said = {"who": who, "work": _short(order), "machine": str(order.lease.terms["listing_title"]), **facts}
    notifications.notify(kind=kind, to=to, facts=said, at=at, link=f"/jobs/{order.public_id}/")


def _short(order: ServiceOrder) -> str:
    """Return the words of the service, as its seller wrote them, short enough for a sentence."""
    words = order.agreed.description_zh
    return words if len(words) <= LONGEST_WORK else f"{words[: LONGEST_WORK - 1]}…"
