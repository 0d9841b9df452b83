"""Post a need, invite owners, answer, choose, end. The need is locked by every step, after a listing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.actions import audit, chains, events, need_bounds, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, Need, NeedAnswer, NeedInvitation, Organization, User
from marketplace.permissions import Permission, require
from marketplace.rules import needs as rules
from marketplace.rules.event_types import EventType
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Invalid, NotPossible

AT_ONCE = 200  # needs that expire in one transaction
PAGE = "/needs/"
Status = Need.Status
FIELDS: Mapping[str, Any] = {
    "title": "",
    "description": "",
    "category": None,
    "words": "",
    "material": "",
    "quantity": 1,
    "hours": None,
    "starts_on": None,
    "ends_on": None,
    "flexible_days": 0,
    "requirements": (),
    "region": "",
    "latitude": None,
    "longitude": None,
    "km": None,
    "budget_minor": None,
    "budget_per": Need.Per.ALL,
    "budget_shown": False,
    "name_shown": False,
    "expires_at": None,
    "chain": None,
}


class NeedInvalid(Invalid):
    """Something in the need is wrong; ``flaws`` say what, each at its field."""

    code = "need_invalid"
    text = gettext_noop("The need cannot be kept like this. Mend what is marked.")


class NeedMoveRefused(NotPossible):
    """The need's state does not allow this."""

    code = "need_move_refused"
    text = gettext_noop("This is not possible: the need is in the state “{status}”.")


class TooManyInvited(NotPossible):
    """A need has a bounded number of invitations."""

    code = "too_many_invited"
    text = gettext_noop("A need invites {most} owners at most.")


class NotForThisNeed(NotPossible):
    """The owner may not see the need, or the listing is not on offer to the poster."""

    code = "not_for_this_need"
    text = gettext_noop("This does not fit: choose a listing that is on offer to whoever posted the need.")


class AlreadyAnswered(NotPossible):
    """An owner answers once with a listing, and a few times in all."""

    code = "already_answered"
    text = gettext_noop("You have answered with this already. Answer with another listing, if you have one.")


@atomic
def create(*, poster: Organization, by: User, at: datetime, **given: Any) -> Need:
    """
    Draft a need; nobody else sees it until it is posted. ``given`` are fields of the model.

    :raises MissingRight: if ``by`` may not request leases for ``poster``
    :raises NotYourChain: if ``poster`` does not lead the chain
    :raises NeedInvalid: with every fault at its field
    """
    require(by, Permission.LEASE_REQUEST, within=poster)
    need = Need(poster=poster, made_at=at, **_checked(poster, {**FIELDS, **given}, at))
    need.save(force_insert=True)
    _noted("need.create", need, within=poster, by=by, at=at)
    return need


@atomic
def edit(*, need: Need, changes: Mapping[str, Any], by: User, at: datetime) -> Need:
    """
    Change a draft.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it was posted or withdrawn
    :raises NotYourChain, NeedInvalid: as for a new one
    """
    need = _of_poster(need, by, Status.DRAFT)
    now = {name: getattr(need, name) for name in FIELDS}
    for name, value in _checked(need.poster, {**now, **changes}, at).items():
        setattr(need, name, value)
    need.save()
    _noted("need.edit", need, within=need.poster, by=by, at=at)
    return need


@atomic
def post(*, need: Need, by: User, at: datetime) -> Need:
    """
    Show the need to the owners whom it is open to; it does not change any more.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it is no draft
    :raises NotYourChain, NeedInvalid: as for a new one
    :raises NeedsBounded: if the poster has as many posted as it may
    """
    require(by, Permission.LEASE_REQUEST, within=need.poster)
    need_bounds.require_room_to_post(poster=need.poster)
    need = _of_poster(need, by, Status.DRAFT)
    _checked(need.poster, {name: getattr(need, name) for name in FIELDS}, at)
    need.status, need.posted_at = Status.POSTED, at
    need.save(update_fields=["status", "posted_at"])
    _noted("need.post", need, within=need.poster, by=by, at=at)
    return need


@atomic
def invite(*, need: Need, listings: Sequence[Listing], by: User, at: datetime) -> list[NeedInvitation]:
    """
    Ask the owners of listings to answer, each once; who was asked before is not told again.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it is not posted, or its time is over
    :raises NotForThisNeed: with a flaw for each listing that is not for it, or whose owner does not see it
    :raises TooManyInvited: if more than ``MOST_INVITED`` would be
    :raises NeedsBounded: if the poster has invited as many in a day as it may
    """
    require(by, Permission.LEASE_REQUEST, within=need.poster)
    owners = {one.owner_id: one.owner for one in listings}
    need_bounds.require_room_to_invite(poster=need.poster, many=len(owners), at=at)
    need = _of_poster(need, by, Status.POSTED, at=at)
    if flaws := need_bounds.unfit(need=need, listings=listings, is_for=_is_for):
        raise NotForThisNeed(flaws=flaws)
    known = set(need.invitations.values_list("owner_id", flat=True))
    fresh = [owner for key, owner in sorted(owners.items()) if key not in known]
    if len(known) + len(fresh) > rules.MOST_INVITED:
        raise TooManyInvited(most=rules.MOST_INVITED)
    rows = [NeedInvitation(need=need, owner=one, invited_at=at, invited_by=by.public_id) for one in fresh]
    made = NeedInvitation.objects.bulk_create(rows)
    names = [one.public_id for one in fresh]
    _noted("need.invite", need, within=need.poster, by=by, at=at, owners=names)
    _tell(Kind.NEED_INVITED, need, to=fresh, at=at)
    events.publish(type=EventType.NEED_INVITED, object=need.public_id, to=fresh, at=at)
    return made


@atomic
def answer(
    *, need: Need, listing: Listing, within: Organization, by: User, at: datetime, note: str = ""
) -> NeedAnswer:
    """
    Answer a need with a listing of one's own; the poster learns who answers, and the owner who needs it.

    :raises MissingRight: if ``by`` may not decide for ``within``
    :raises NeedMoveRefused: if it takes no more answers
    :raises NotForThisNeed: if ``within`` may not see it, or the listing is not its own, or not for the poster
    :raises AlreadyAnswered: if it answered with this listing, or often enough
    """
    require(by, Permission.LEASE_DECIDE, within=within)
    listing = Listing.objects.locked().get(pk=listing.pk)
    need = _to_answer(need, within, at)
    if listing.owner_id != within.pk or not listing.is_open_to(need.poster):
        raise NotForThisNeed
    mine = need.answers.filter(owner=within).exclude(listing=None)
    if mine.filter(listing=listing).exists() or mine.count() >= rules.MOST_ANSWERS_OF_AN_OWNER:
        raise AlreadyAnswered
    made = _answered(need, within, listing, note, by, at)
    _tell(Kind.NEED_ANSWERED, need, to=[need.poster], at=at, who=within.name, listing=listing.title)
    events.publish(type=EventType.NEED_ANSWERED, object=need.public_id, to=[need.poster], at=at)
    return made


@atomic
def decline(*, need: Need, within: Organization, by: User, at: datetime, reason: str = "") -> NeedAnswer:
    """
    Say that one has nothing for a need, with a reason for the poster; an answer may still follow.

    :raises MissingRight: if ``by`` may not decide for ``within``
    :raises NeedMoveRefused: if it takes no more answers
    :raises NotForThisNeed: if ``within`` may not see it
    :raises AlreadyAnswered: if it answered or declined before
    """
    require(by, Permission.LEASE_DECIDE, within=within)
    need = _to_answer(need, within, at)
    if need.answers.filter(owner=within).exists():
        raise AlreadyAnswered
    made = _answered(need, within, None, reason, by, at)
    _tell(Kind.NEED_DECLINED, need, to=[need.poster], at=at, who=within.name)
    return made


@atomic
def choose(*, need: Need, answer: NeedAnswer, by: User, at: datetime) -> Need:
    """
    Choose an answer: the need takes no more, and its listing is asked for next. Another may be chosen later.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it is no longer posted or closed
    :raises NotForThisNeed: if the answer is not to this need, a no, or not on offer to the poster any more
    """
    need = _of_poster(need, by, Status.POSTED, Status.CLOSED)
    listing = Listing.objects.filter(pk__in=[answer.listing_id]).first()
    if answer.need_id != need.pk or listing is None or not listing.is_open_to(need.poster):
        raise NotForThisNeed
    if need.chosen_id == answer.pk:
        return need
    was_open = need.status == Status.POSTED
    need.status, need.chosen, need.over_at = Status.CLOSED, answer, need.over_at or at
    need.save(update_fields=["status", "chosen", "over_at"])
    _noted("need.choose", need, within=need.poster, by=by, at=at, answer=answer.public_id)
    facts = {"who": need.poster.name, "listing": listing.title}
    _tell(Kind.NEED_CHOSEN, need, to=[answer.owner], at=at, **facts)
    events.publish(type=EventType.NEED_CHOSEN, object=need.public_id, to=[answer.owner], at=at)
    if was_open:
        _tell(Kind.NEED_OVER, need, to=_involved(need, without=answer.owner_id), at=at)
    return need


def close(*, need: Need, by: User, at: datetime, reason: str = "") -> Need:
    """
    Take no more answers; those that came can still be chosen.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it is not posted
    """
    return _end(need, Status.CLOSED, (Status.POSTED,), by, at, reason)


def withdraw(*, need: Need, by: User, at: datetime, reason: str = "") -> Need:
    """
    Take the need back.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if it is over already
    """
    return _end(need, Status.WITHDRAWN, (Status.DRAFT, Status.POSTED, Status.CLOSED), by, at, reason)


@atomic
def fulfil(*, need: Need, listing: Listing, lease: str, by: User, at: datetime) -> Need:
    """
    Note the lease that was asked for with the chosen answer; ``lease`` is its public id.

    Call it in the transaction of the request, its listing locked.

    :raises MissingRight: if ``by`` may not request leases for the poster
    :raises NeedMoveRefused: if no answer was chosen, or it has a lease
    :raises NotForThisNeed: if the chosen answer is another listing
    """
    need = _of_poster(need, by, Status.CLOSED)
    if need.chosen is None or need.chosen.listing_id != listing.pk:
        raise NotForThisNeed
    need.status, need.lease = Status.FULFILLED, lease
    need.save(update_fields=["status", "lease"])
    _noted("need.fulfil", need, within=need.poster, by=by, at=at, lease=lease)
    return need


@atomic
def reopen(*, poster: Organization, lease: str, by: User, at: datetime) -> Need | None:
    """
    Take back that a need was met: its lease came to nothing, and another answer may be chosen.

    Call it in the transaction of the step that ended the lease, whose right is asked for there.
    """
    met = Need.objects.of(poster).filter(status=Status.FULFILLED, lease=lease)
    need = met.locked().select_related("poster").first()
    if need is None:
        return None
    need.status, need.lease = Status.CLOSED, ""
    need.save(update_fields=["status", "lease"])
    _noted("need.reopen", need, within=poster, by=by, at=at, lease=lease)
    return need


@atomic
def expire(*, at: datetime, by: User) -> int:
    """Let go of posted needs whose time is over, at most some; return how many. Again changes nothing."""
    due = Need.objects.filter(status=Status.POSTED, expires_at__lte=at)
    found = list(due.locked().select_related("poster")[:AT_ONCE])
    for need in found:
        need.status, need.over_at = Status.EXPIRED, at
        need.save(update_fields=["status", "over_at"])
        _noted("need.expire", need, within=need.poster, by=by, at=at)
        until = need.expires_at.isoformat()
        _tell(Kind.NEED_EXPIRED, need, to=[need.poster], at=at, until_at=until)
        _tell(Kind.NEED_OVER, need, to=_involved(need), at=at)
    return len(found)


@atomic
def _end(
    need: Need, to: Need.Status, origins: tuple[Need.Status, ...], by: User, at: datetime, reason: str
) -> Need:
    need = _of_poster(need, by, *origins)
    was_posted = need.status == Status.POSTED
    need.status, need.over_at = to, need.over_at or at
    need.reason = reason.strip()[: rules.LONGEST_NOTE]
    need.save(update_fields=["status", "over_at", "reason"])
    _noted(f"need.{to.lower()}", need, within=need.poster, by=by, at=at)
    if was_posted:
        _tell(Kind.NEED_OVER, need, to=_involved(need), at=at)
    return need


def _checked(poster: Organization, given: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return the values of a need as they are stored, or refuse them with every fault."""
    chains.check_led(chain=given["chain"], by_whom=poster)
    values = {name: given[name] for name in FIELDS}
    code = values["category"].code if values["category"] else None
    here = timezone.get_current_timezone()
    said = {**values, "category": code, "expires_at": values["expires_at"].astimezone(here)}
    flaws = rules.flaws_of(said, today=at.astimezone(here).date(), at=at)
    if flaws:
        raise NeedInvalid(flaws=flaws)
    kinds = list(rules.kinds_of(code, values["words"]))
    return values | {"kinds": kinds, "requirements": list(values["requirements"])}


def _of_poster(need: Need, by: User, *origins: Need.Status, at: datetime | None = None) -> Need:
    """Return the need, locked, if ``by`` may act for its poster and it is in one of the states."""
    require(by, Permission.LEASE_REQUEST, within=need.poster)
    need = Need.objects.locked().with_sides().get(pk=need.pk)
    if need.status not in origins or (at is not None and need.expires_at <= at):
        raise NeedMoveRefused(status=need.get_status_display())
    return need


def _to_answer(need: Need, within: Organization, at: datetime) -> Need:
    """Return the need, locked, if an owner may answer it now."""
    need = Need.objects.locked().with_sides().get(pk=need.pk)
    if need.status != Status.POSTED or need.expires_at <= at:
        raise NeedMoveRefused(status=need.get_status_display())
    if not _sees(within, need):
        raise NotForThisNeed
    return need


def _is_for(listing: Listing, need: Need) -> bool:
    """Tell whether the owner of a listing can answer a need with it."""
    is_own = listing.owner_id == need.poster_id
    return not is_own and listing.is_open_to(need.poster) and _sees(listing.owner, need)


def _sees(owner: Organization, need: Need) -> bool:
    return Need.objects.open_to(owner).filter(pk=need.pk).exists()


def _answered(
    need: Need, within: Organization, listing: Listing | None, note: str, by: User, at: datetime
) -> NeedAnswer:
    made = NeedAnswer.objects.create(
        need=need,
        owner=within,
        listing=listing,
        note=note.strip()[: rules.LONGEST_NOTE],
        answered_at=at,
        answered_by=by.public_id,
    )
    named = listing.public_id if listing else ""
    _noted("need.answer", need, within=within, by=by, at=at, answer=made.public_id, listing=named)
    return made


def _involved(need: Need, *, without: int | None = None) -> list[Organization]:
    """Return the owners who were invited or answered."""
    asked = Q(pk__in=need.invitations.values("owner")) | Q(pk__in=need.answers.values("owner"))
    others = Organization.objects.filter(asked).exclude(pk__in=[] if without is None else [without])
    return list(others.order_by("pk"))


def _noted(action: str, need: Need, *, within: Organization, by: User, at: datetime, **facts: object) -> None:
    audit.record(by=by, action=action, subject=need.public_id, at=at, within=within, **facts)


def _tell(kind: Kind, need: Need, *, to: Iterable[Organization], at: datetime, **facts: str) -> None:
    said = {"need": need.title, **facts}
    notifications.notify(kind=kind, to=to, facts=said, at=at, link=f"{PAGE}{need.public_id}/")
