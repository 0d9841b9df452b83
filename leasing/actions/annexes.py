"""Change a running lease: one side proposes an annex, the other accepts it by its digest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from devices.ownership.actions import notices as told
from leasing.actions import (
    annex_credit,
    annex_effects,
    annex_notices,
    annex_standings,
    data_sides,
    endings,
    moves,
    risks,
)
from leasing.models import Annex, Lease
from leasing.rules import annexes as rules
from leasing.rules.annexes import Change, Kind, State
from leasing.rules.leases import Move, Side, Status
from marketplace.actions import admission, audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.ids import new_id


class AnnexInvalid(Invalid):
    """Something in the proposal is wrong; ``flaws`` say what, each at its field."""

    code = "annex_invalid"
    text = gettext_noop("The change cannot be proposed like this. Mend what is marked.")


class AnnexDecided(NotPossible):
    """The proposal was answered, taken back, or has run out."""

    code = "annex_decided"
    text = gettext_noop("This change is in the state “{state}”. It cannot be answered any more.")


class AnnexDiffers(Invalid):
    """The digest is not that of the annex: something else was shown than is accepted."""

    code = "annex_differs"
    text = gettext_noop("This is not the fingerprint of the change. Read it again, then accept it.")


class AnnexOutdated(NotPossible):
    """The lease, or the time, has gone on since the change was proposed."""

    code = "annex_outdated"
    text = gettext_noop(
        "The lease has changed since this was proposed, or its moment is over. Propose it anew."
    )


class NoticeWasGiven(NotPossible):
    """Who wants to go on after a notice agrees on a new lease."""

    code = "notice_was_given"
    text = gettext_noop("Notice was given, so this lease is not extended. Agree on a new lease.")


@atomic
def propose(
    *,
    lease: Lease,
    kind: str,
    by: User,
    at: datetime,
    valid_until: datetime,
    ends_at: datetime | None = None,
    add: Sequence[str] = (),
    release: Sequence[str] = (),
    swap: Sequence[tuple[str, str]] = (),
    effective_from: datetime | None = None,
    price_minor: int | None = None,
    title: str = "",
    price_plan: Mapping[str, Any] | None = None,
    note: str = "",
    within: Organization | None = None,
    expected: int | None = None,
) -> Annex:
    """
    Propose a change of a running lease; nothing changes before the other side accepts it.

    Machines are named by their public ids. Without ``effective_from`` machines come and go when the change
    is accepted. With machines that come, the lessee is given a notice on their data, to accept before.
    ``within`` is the side for which ``by`` acts, if it could be both.

    :raises MissingRight: if ``by`` may not change leases of lessor or lessee
    :raises LeaseMoveRefused: if the lease is not running
    :raises LeaseChanged: if the lease has another version than ``expected``
    :raises NoticeWasGiven: if it is an extension after a notice
    :raises AnnexInvalid: with every fault at its field
    """
    side = _side(lease, by, within)
    lease = moves.lock(lease=lease, move=Move.CHANGE, expected=expected)
    change = Change(
        kind=Kind(kind),
        ends_at=ends_at,
        add=tuple(add),
        release=tuple(release),
        swap=tuple((gone, come) for gone, come in swap),
        effective_from=effective_from,
        price_minor=price_minor,
        title=title.strip(),
        price_plan=price_plan,
    )
    note = note.strip()
    _check(lease, change, valid_until=valid_until, note=note, at=at)
    annex = _made(lease, change, side, valid_until, note, by=by, at=at)
    audit.record(
        by=by,
        action="annex.propose",
        subject=annex.public_id,
        at=at,
        within=annex.proposes,
        lease=lease.public_id,
        digest=annex.digest,
    )
    _tell(annex, Told.CHANGE_PROPOSED, annex.answers, annex.proposes, at)
    annex_credit.tell(annex=annex, lease=lease, at=at)
    return annex


def check(*, lease: Lease, change: Change, valid_until: datetime, note: str, at: datetime) -> None:
    """
    Look whether a change could be proposed, and write nothing: what a preview asks.

    :raises LeaseMoveRefused: if the lease is not running
    :raises NoticeWasGiven: if it is an extension after a notice
    :raises AnnexInvalid: with every fault at its field
    """
    if not rules.changeable(Status(lease.status)):
        raise moves.refused(lease=lease)
    _check(lease, change, valid_until=valid_until, note=note, at=at)


@atomic
def accept(*, annex: Annex, digest: str, by: User, at: datetime, expected: int | None = None) -> Annex:
    """
    Accept what the other side proposed: claims, machines, data and the lease follow in one transaction.

    A change whose moment lies ahead takes its machines in the calendar now; at that moment the clock lets
    them come and go. Who buys the machine accepts or proposes that like any change; the lease is over then.

    :raises MissingRight: if ``by`` may not change leases of the side that answers
    :raises NotVerified: if it leads to more business, and the platform has not verified one of the sides
    :raises LeaseMoveRefused: if the lease is not running any more
    :raises AnnexDecided: if it was answered, taken back, or has run out
    :raises AnnexDiffers: if ``digest`` is not that of the annex
    :raises AnnexOutdated: if the lease changed meanwhile, or the moment of the change is over
    :raises AnnexNeedsApproval: if it is beyond the lessor's limit and nobody else there approved it
    :raises MachineBusy: if a machine is not free for it; the refusal names the period
    :raises SubletLonger: if a machine that leaves, or leaves earlier, is sub-let for longer
    :raises ChangeWaits: if another change takes effect after the new end
    :raises DataNoticeNotAccepted: if the lessee has not accepted the notice on a machine that comes
    :raises DataNoticeOutdated: if that machine reports something else than the notice says
    """
    require(by, Permission.LEASE_END, within=annex.answers)
    if annex.change.kind in (Kind.EXTEND, Kind.ADD, Kind.BUY_OUT):  # more business than was agreed
        admission.require_all_verified(organizations=[annex.lease.lessor, annex.lease.lessee])
    lease, annex = locked(annex=annex, expected=expected)
    if digest != annex.digest or digest != rules.fingerprint(annex.document):
        raise AnnexDiffers
    if annex.valid_until <= at:
        raise AnnexDecided(state=Annex.Stage.LAPSED.label)
    change, moment = annex.change, annex.change.effective_from or at
    _check_still(lease, annex, moment, at)
    annex_credit.check(annex=annex, lease=lease, by=by, at=at)
    within, annex.effective_from, annex.decided_at = annex.answers, moment, at
    if change.coming:
        annex_notices.check_accepted(annex=annex, lease=lease, by=by, at=at)
    if change.kind == Kind.BUY_OUT:
        return _sold(annex, lease, within, by=by, at=at)
    changes = {}
    if change.ends_at is not None:
        annex_effects.plan_end(lease=lease, ends_at=change.ends_at, by=by, at=at)
        changes, annex.state = {"ends_at": change.ends_at}, State.IN_EFFECT
    elif change.kind == Kind.REPRICE:
        annex.state = State.IN_EFFECT  # billing reads from when on it holds
    else:
        annex_effects.plan_machines(change=change, lease=lease, moment=moment, by=by, at=at)
        annex.state = State.AGREED
    annex.save(update_fields=["state", "decided_at", "effective_from"])
    lease = annex_effects.write_change(annex=annex, lease=lease, by=by, within=within, at=at, **changes)
    if annex.state == State.AGREED and moment <= at:
        annex_effects.take_effect(annex=annex, lease=lease, by=by, at=at)
    _tell(annex, Told.CHANGE_ACCEPTED, annex.proposes, within, at)
    return annex


@atomic
def decline(*, annex: Annex, by: User, at: datetime, reason: str = "") -> Annex:
    """
    Decline what the other side proposed; the lease goes on as it is.

    :raises MissingRight: if ``by`` may not change leases of the side that answers
    :raises AnnexDecided: if it was answered, taken back, or has run out
    """
    require(by, Permission.LEASE_END, within=annex.answers)
    annex = _close(annex, State.DECLINED, annex.answers, reason, by=by, at=at)
    _tell(annex, Told.CHANGE_DECLINED, annex.proposes, annex.answers, at)
    return annex


@atomic
def withdraw(*, annex: Annex, by: User, at: datetime) -> Annex:
    """
    Take one's own proposal back.

    :raises MissingRight: if ``by`` may not change leases of the side that proposed
    :raises AnnexDecided: if it was answered, or has run out
    """
    require(by, Permission.LEASE_END, within=annex.proposes)
    return _close(annex, State.WITHDRAWN, annex.proposes, "", by=by, at=at)


@atomic
def accept_notice(*, annex: Annex, digest: str, by: User, at: datetime) -> Annex:
    """
    Accept, as the lessee, the notice on the data of machines that come; accepting again changes nothing.

    :raises MissingRight: if ``by`` may not request leases for the lessee
    :raises AnnexDecided: if the annex is not open, or brings no machine
    :raises DataNoticeDiffers: if ``digest`` is not that of the notice
    """
    require(by, Permission.LEASE_REQUEST, within=annex.lease.lessee)
    _lease, annex = locked(annex=annex, expected=None)
    if annex.notice is None:
        raise AnnexDecided(state=annex.get_state_display())
    told.accept(notice=annex.notice, digest=digest, by=by, at=at)
    return annex


@atomic
def close_due(*, annex: Annex, by: User, at: datetime) -> Annex:
    """
    Do what the clock owes an annex: let it lapse, or let its machines come and go; nothing if it is not due.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=annex.lease.lessor.name)
    lease = moves.lock_any(lease=annex.lease)
    due = Annex.objects.locked().due(at).filter(pk=annex.pk).first()
    if due is None:
        return annex
    due.lease = lease
    if due.state == State.PROPOSED:
        due.state, due.decided_at = State.LAPSED, at
        due.save(update_fields=["state", "decided_at"])
        return due
    annex_effects.take_effect(annex=due, lease=lease, by=by, at=at)
    annex_effects.write_change(annex=due, lease=lease, by=by, within=None, at=at)
    return due


def _side(lease: Lease, by: User, within: Organization | None) -> Side:
    """Return the side for which ``by`` proposes."""
    if within is None:
        within = moves.require_side(lease=lease, move=Move.CHANGE, by=by)
    if within not in (lease.lessor, lease.lessee) or within is None:
        raise MissingRight(organization=lease.lessor.name)
    require(by, Permission.LEASE_END, within=within)
    return Side.LESSOR if within == lease.lessor else Side.LESSEE


def locked(*, annex: Annex, expected: int | None) -> tuple[Lease, Annex]:
    """
    Lock machines, lease and annex, and return both as they are now; the annex waits for an answer.

    :raises LeaseMoveRefused: if the lease is not running any more
    :raises AnnexDecided: if the annex was answered, taken back, or has run out
    """
    lease = moves.lock(lease=annex.lease, move=Move.CHANGE, expected=expected)
    annex = Annex.objects.locked().select_related("notice").get(pk=annex.pk)
    annex.lease = lease
    if annex.state != State.PROPOSED:
        raise AnnexDecided(state=annex.get_state_display())
    return lease, annex


def _close(annex: Annex, state: State, within: Organization, reason: str, *, by: User, at: datetime) -> Annex:
    annex = locked(annex=annex, expected=None)[1]
    annex.state, annex.decided_at, annex.reason = state, at, reason.strip()[: rules.LONGEST_NOTE]
    annex.save(update_fields=["state", "decided_at", "reason"])
    verb = "decline" if state == State.DECLINED else "withdraw"
    audit.record(by=by, action=f"annex.{verb}", subject=annex.public_id, at=at, within=within)
    return annex


def _made(
    lease: Lease, change: Change, side: Side, valid_until: datetime, note: str, *, by: User, at: datetime
) -> Annex:
    number, public_id = lease.annexes.count() + 1, new_id("anx")
    if change.price_plan is not None:
        change = replace(change, price_plan=PricePlan.parse(change.price_plan).dump())
    notice = (
        annex_notices.deliver(lease=lease, change=change, reference=public_id, by=by, at=at)
        if change.coming
        else None
    )
    document = rules.document(
        lease=lease.public_id,
        number=number,
        side=side,
        change=change,
        ends_at=lease.ends_at,
        valid_until=valid_until,
        note=note,
        data_notice=notice.digest if notice else "",
        plan=annex_standings.price(lease=lease, change=change),
    )
    return Annex.objects.create(
        public_id=public_id,
        lease=lease,
        number=number,
        kind=change.kind,
        side=side,
        document=document,
        digest=rules.fingerprint(document),
        notice=notice,
        valid_until=valid_until,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
    )


def _check(lease: Lease, change: Change, *, valid_until: datetime, note: str, at: datetime) -> None:
    if change.kind == Kind.EXTEND and lease.status == Status.NOTICE_GIVEN:
        raise NoticeWasGiven
    found = annex_standings.standing(lease=lease, at=at, change=change)
    flaws = rules.flaws(change, found, valid_until=valid_until, note=note, at=at)
    if flaws:
        raise AnnexInvalid(flaws=flaws)


def _check_still(lease: Lease, annex: Annex, moment: datetime, at: datetime) -> None:
    """Look again whether what was proposed fits the lease as it is now."""
    change, valid_until = annex.change, annex.valid_until
    if change.kind == Kind.EXTEND and lease.status == Status.NOTICE_GIVEN:
        raise NoticeWasGiven
    found = annex_standings.standing(lease=lease, at=at, change=change)
    flaws: list[Flaw] = rules.flaws(
        change, found, valid_until=min(valid_until, lease.ends_at), note="", at=at
    )
    same_end = annex.document["before"] == rules.before(lease.ends_at)
    if change.kind == Kind.REPRICE:
        overtaken = lease.annexes.prices().filter(decided_at__gte=annex.made_at).exists()
        same_price = found.plan is not None and annex.price_before == found.plan.dump()
        if flaws or overtaken or not same_price:
            raise AnnexOutdated
    elif flaws or moment < at or (change.kind in rules.ENDS and not same_end):
        raise AnnexOutdated


def _sold(annex: Annex, lease: Lease, within: Organization, *, by: User, at: datetime) -> Annex:
    """Let the lessee keep the machines as their owner: the lease is over, and they leave the fleet."""
    annex.state = State.IN_EFFECT
    annex.save(update_fields=["state", "decided_at", "effective_from"])
    endings.close_up(lease=lease, ends_at=at, by=by, within=within, at=at)
    sold = lease.units.filter(active_to=at).exclude(active_from=None)
    for unit in sold.select_related("equipment__owner").order_by("equipment"):
        risks.retire(unit=unit, by=data_sides.for_owner(lease=lease, by=by), at=at)
    change = annex.change
    facts = annex.told() | {
        "price_minor": change.price_minor,
        "currency": lease.deposit.currency,
        "title": change.title,
        "active_to": at.isoformat(),
    }
    moves.carry_out(lease=lease, move=Move.BUY_OUT, by=by, within=within, at=at, facts=facts, active_to=at)
    _tell(annex, Told.CHANGE_ACCEPTED, annex.proposes, within, at)
    return annex


def _tell(annex: Annex, kind: Told, to: Organization, who: Organization, at: datetime) -> None:
    facts = {"who": who.name, "lease": annex.lease.number}
    link = f"/leases/{annex.lease.public_id}/changes/{annex.number}/"
    notifications.notify(kind=kind, to=[to], facts=facts, at=at, link=link)
