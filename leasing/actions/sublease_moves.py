"""What every move of a sub-lease does: ask for the right, lock, look at the table, write the step down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leasing.actions import steps
from leasing.models import Lease, Sublease, SubleaseStep
from leasing.rules.subleases import TABLE, Move, Side, Status, can, moves_from
from marketplace.actions import audit, claims
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.shared.errors import NotPossible

NAMES: Mapping[Move, Promise] = {
    Move.ACCEPT: _("accept"),
    Move.CONSENT: _("consent"),
    Move.REFUSE: _("refuse"),
    Move.WITHDRAW: _("withdraw"),
    Move.BEGIN: _("hand over"),
    Move.END: _("end"),
    Move.EXPIRE: _("let expire"),
}


class SubleaseMoveRefused(NotPossible):
    """The state of the sub-lease does not allow the move; ``allowed`` names those that it does."""

    code = "sublease_move_refused"
    text = gettext_noop("This sub-lease is in the state “{status}”. What can be done now: {moves}.")


class SubleaseChanged(NotPossible):
    """Somebody changed the sub-lease since the caller read it."""

    status = 412
    code = "sublease_changed"
    text = gettext_noop(
        "Somebody has changed this sub-lease: it is at version {version}, you saw {seen}. Read it again."
    )


def require_side(*, sublease: Sublease, move: Move, within: Organization, by: User) -> Side:
    """
    Return the side on which ``within`` makes the move.

    :raises MissingRight: if that side may not, or ``by`` lacks the right there
    """
    side = sublease.side_of(within)
    if side is None or side not in TABLE[move].rights:
        raise MissingRight(organization=within.name)
    require(by, Permission(TABLE[move].rights[side]), within=within)
    return side


def lock(*, sublease: Sublease, move: Move, expected: int | None = None) -> Sublease:
    """
    Lock machine, lease, then the sub-lease, and return it as it is now.

    :raises SubleaseChanged: if it has another version than ``expected``
    :raises SubleaseMoveRefused: if its state does not allow the move
    """
    claims.lock(equipment=[sublease.unit.equipment])
    lease = Lease.objects.locked().select_related("lessor", "lessee").get(pk=sublease.lease_id)
    sublease = Sublease.objects.locked().with_sides().get(pk=sublease.pk)
    sublease.lease = lease
    if expected is not None and expected != sublease.version:
        raise SubleaseChanged(version=sublease.version, seen=expected)
    if not can(move, Status(sublease.status)):
        raise refused(sublease=sublease)
    return sublease


def refused(*, sublease: Sublease) -> SubleaseMoveRefused:
    """Return the refusal that names the state and what is possible in it."""
    possible = moves_from(Status(sublease.status))
    status = Sublease.State(sublease.status).label
    spoken = steps.spoken(possible=possible, names=NAMES)
    return SubleaseMoveRefused(status=status, moves=spoken, allowed=[str(move) for move in possible])


def carry_out(
    *,
    sublease: Sublease,
    move: Move,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Sublease:
    """Change the state, save ``changes`` with it, and append the step to history and audit trail."""
    before = str(sublease.status)
    changes = {"status": TABLE[move].target, "version": sublease.version + 1} | changes
    for name, value in changes.items():
        setattr(sublease, name, value)
    sublease.save(update_fields=list(changes))
    write_down(
        sublease=sublease,
        move=move,
        before=before,
        by=by,
        within=within,
        at=at,
        reason=reason,
        facts=facts or {},
    )
    return sublease


def write_down(
    *,
    sublease: Sublease,
    move: Move,
    before: str,
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any],
) -> None:
    """Append one step to the history of a sub-lease; its row is locked, so steps cannot collide."""
    step = SubleaseStep(sublease=sublease, move=move, status_before=before, status_after=sublease.status)
    steps.append(step=step, behind=sublease.steps, by=by, within=within, at=at, reason=reason, facts=facts)
    audit.record(by=by, action=f"sublease.{move}", subject=sublease.public_id, at=at, within=within, **facts)
