"""Give notice: one side ends a running lease before its time, and sees first what that costs."""

from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import annex_effects, endings, moves
from leasing.models import Lease
from leasing.queries.prices import plan_at
from leasing.rules import early_exit as rules
from leasing.rules.early_exit import Exit
from leasing.rules.leases import Move, Side, Status, can
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Invalid, NotPossible


class NoticeInvalid(Invalid):
    """The end that is asked for is too soon, or no early end."""

    code = "notice_invalid"
    text = gettext_noop("Notice cannot be given like this. Mend what is marked.")


class FeeDiffers(NotPossible):
    """The fee is not the one that was shown: time has gone on."""

    code = "fee_differs"
    text = gettext_noop("The fee is {fee} now, another than you were shown. Look again, then decide.")


def side_for(*, lease: Lease, move: Move, by: User, within: Organization | None) -> Side:
    """
    Return the side for which ``by`` makes a move; ``within`` names it for who could be both.

    :raises MissingRight: if no side of the lease that may make the move gave ``by`` the right
    """
    if within is None:
        within = moves.require_side(lease=lease, move=move, by=by)
    if within is None or within not in moves.sides_of(lease=lease, move=move):
        raise MissingRight(organization=lease.lessor.name)
    require(by, Permission.LEASE_END, within=within)
    return Side.LESSOR if within == lease.lessor else Side.LESSEE


def preview(*, lease: Lease, side: Side, ends_at: datetime, at: datetime) -> Exit:
    """
    Return what it costs that a side ends the lease at a moment; nothing is written.

    :raises LeaseMoveRefused: if notice cannot be given in its state
    :raises FinanceBinds: if it is a finance lease that runs for longer
    :raises NoticeInvalid: if the end is too soon, or not before the agreed one
    """
    if not can(Move.GIVE_NOTICE, Status(lease.status)):
        raise moves.refused(lease=lease)
    endings.check_free_to_end(lease=lease, ends_at=ends_at)
    shown = moves.words(moment=lease.ends_at, lease=lease)
    flaws = rules.flaws(ends_at, at=at, agreed_end=lease.ends_at, shown=shown)
    if flaws:
        raise NoticeInvalid(flaws=flaws)
    terms = lease.agreed
    return rules.early_exit(
        side=side,
        given_at=at,
        ends_at=ends_at,
        agreed_end=lease.ends_at,
        plan=plan_at(lease, ends_at),
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
    )


@atomic
def give_notice(
    *,
    lease: Lease,
    ends_at: datetime,
    by: User,
    at: datetime,
    fee_minor: int | None = None,
    reason: str = "",
    within: Organization | None = None,
    expected: int | None = None,
) -> Lease:
    """
    Let a running lease end before its time; the machine is free behind that, and the clock ends it then.

    The fee (``leasing.rules.early_exit``, before tax) is recorded; billing bills it. ``fee_minor`` is what
    the caller was shown. Sub-leases end with the lease, data stay the lessee's until it ends.

    :raises MissingRight: if ``by`` may not end leases of lessor or lessee
    :raises LeaseMoveRefused: if notice cannot be given in its state
    :raises FinanceBinds: if it is a finance lease that runs for longer
    :raises NoticeInvalid: if the end is too soon, or not before the agreed one
    :raises FeeDiffers: if the fee is another than the caller was shown
    :raises ChangeWaits: if a change is agreed that takes effect after the new end
    """
    side = side_for(lease=lease, move=Move.GIVE_NOTICE, by=by, within=within)
    lease = moves.lock(lease=lease, move=Move.GIVE_NOTICE, expected=expected)
    found = preview(lease=lease, side=side, ends_at=ends_at, at=at)
    if fee_minor is not None and fee_minor != found.fee.minor:
        raise FeeDiffers(fee=str(found.fee))
    annex_effects.refuse_waiting(lease=lease, ends_at=ends_at)
    annex_effects.move_claims(lease=lease, ends_at=ends_at, by=by, at=at)
    facts = {
        "ends_at": ends_at.isoformat(),
        "agreed_end": lease.ends_at.isoformat(),
        "notice_days": rules.NOTICE_DAYS,
        "fee_days": found.days,
        "fee_minor": found.fee.minor,
        "currency": found.fee.currency,
    }
    lease = moves.carry_out(
        lease=lease,
        move=Move.GIVE_NOTICE,
        by=by,
        within=lease.party(side),
        at=at,
        reason=reason.strip(),
        facts=facts,
        ends_at=ends_at,
    )
    told = {"who": lease.party(side).name, "lease": lease.number, "ends_at": ends_at.isoformat()}
    tell(lease=lease, kind=Told.NOTICE_GIVEN, to=lease.other_party(side), facts=told, at=at)
    return lease


def tell(*, lease: Lease, kind: Told, to: Organization, facts: dict[str, str], at: datetime) -> None:
    """Tell a side of a lease of what happened to it."""
    notifications.notify(kind=kind, to=[to], facts=facts, at=at, link=f"/leases/{lease.public_id}/")
