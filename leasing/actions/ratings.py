"""The two sides of a settled lease rate each other: blind, once, within two weeks; published at once."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_noop

from leasing.actions import mediators
from leasing.models import Lease, Rating, RatingAnswer, RatingModeration, RatingRound, Transition
from leasing.rules import ratings as rules
from leasing.rules.leases import Move, Side
from marketplace.actions import audit, notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible


class RatingInvalid(Invalid):
    """Something in the rating, the answer or the reason is wrong; ``flaws`` say what, each at its field."""

    code = "rating_invalid"
    text = gettext_noop("This cannot be published like this. Mend what is marked.")


class NotSettledYet(NotPossible):
    """A lease is rated when it is settled."""

    code = "not_settled_yet"
    text = gettext_noop("A lease is rated when it is settled. Settle it first.")


class RatingClosed(NotPossible):
    """The two weeks are over, or both have rated."""

    code = "rating_closed"
    text = gettext_noop("The time to rate this lease is over.")


class AlreadyRated(NotPossible):
    """A side rates, and answers, once; what is written stays."""

    code = "already_rated"
    text = gettext_noop("You have written this already, and what is written stays.")


class NotPublished(NotPossible):
    """What is not published yet is neither answered nor hidden."""

    code = "rating_not_published"
    text = gettext_noop("The ratings of this lease are not published yet.")


def open_round(*, lease: Lease, at: datetime) -> RatingRound:
    """
    Let a settled lease be rated, in the transaction that settles it, and tell both sides until when.

    Those that were settled by earlier versions are opened by the first who rates.

    :raises NotSettledYet: if it is not settled
    """
    known = RatingRound.objects.filter(lease=lease).first()
    if known is not None:
        return known
    settled = Transition.objects.filter(lease=lease, move=Move.SETTLE).order_by("position").last()
    if settled is None:
        raise NotSettledYet
    until = rules.closes_at(settled.occurred_at)
    values = {"opened_at": settled.occurred_at, "closes_at": until}
    made, is_new = RatingRound.objects.get_or_create(lease=lease, defaults=values)
    if is_new and at < until:
        for side in (Side.LESSOR, Side.LESSEE):
            whom = lease.other_party(side).name
            facts = {"lease": lease.number, "whom": whom, "until_at": until.isoformat()}
            _tell(Told.RATING_OPEN, [lease.party(side)], lease, at, facts)
    return made


@atomic
def rate(
    *, lease: Lease, scores: Mapping[str, int], text: str, within: Organization, by: User, at: datetime
) -> Rating:
    """
    Rate the other side of a settled lease. The same again is the same; both are published with the second.

    :raises MissingRight: if ``within`` is no side of the lease, or ``by`` may not operate its leases
    :raises RatingInvalid: with every fault at its field
    :raises NotSettledYet: if the lease is not settled
    :raises RatingClosed: if two weeks have passed since
    :raises AlreadyRated: if the side has rated it otherwise
    """
    side = _side(lease, within)
    require(by, Permission.LEASE_OPERATE, within=within)
    _refuse(rules.score_flaws(scores) + rules.text_flaws("/text", text))
    found = RatingRound.objects.locked().get(pk=open_round(lease=lease, at=at).pk)
    mine = Rating.objects.filter(round=found, side=side).first()
    if mine is not None:
        if mine.scores == dict(scores) and mine.text == text.strip():
            return mine
        raise AlreadyRated
    if found.published_at is not None or at >= found.closes_at:
        raise RatingClosed
    made = Rating.objects.create(
        round=found,
        side=side,
        rated_by=within,
        about=lease.other_party(side),
        text=text.strip(),
        made_by=by.public_id,
        made_at=at,
        **scores,
    )
    audit.record(by=by, action="rating.write", subject=made.public_id, at=at, within=within)
    if _others_rated(found, side):
        _publish(found, lease, at)
    return made


@atomic
def publish_due(*, found: RatingRound, by: User, at: datetime) -> RatingRound:
    """
    Publish what there is as the clock, when the time is over; nothing happens before, or again.

    :raises MissingRight: if ``by`` is not the clock
    """
    lease = found.lease
    if not by.is_robot:
        raise MissingRight(organization=lease.lessor.name)
    found = RatingRound.objects.locked().get(pk=found.pk)
    if found.published_at is None and at >= found.closes_at:
        _publish(found, lease, at)
    return found


@atomic
def answer(*, rating: Rating, text: str, within: Organization, by: User, at: datetime) -> RatingAnswer:
    """
    Answer a rating once, as who was rated. The same again is the same.

    :raises MissingRight: if it is about somebody else, or ``by`` may not operate leases
    :raises RatingInvalid: if nothing is written, too much, or somebody's number
    :raises NotPublished: if the ratings are not published yet
    :raises AlreadyRated: if it was answered otherwise
    """
    lease = rating.round.lease
    if within.pk != rating.about_id:
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_OPERATE, within=within)
    _refuse(rules.text_flaws("/text", text, needed=True))
    if RatingRound.objects.locked().get(pk=rating.round_id).published_at is None:
        raise NotPublished
    known = RatingAnswer.objects.filter(rating=rating).first()
    if known is not None:
        if known.text == text.strip():
            return known
        raise AlreadyRated
    made = RatingAnswer.objects.create(rating=rating, text=text.strip(), made_by=by.public_id, made_at=at)
    audit.record(by=by, action="rating.answer", subject=rating.public_id, at=at, within=within)
    facts = {"who": within.name, "lease": lease.number}
    _tell(Told.RATING_ANSWERED, [lease.party(rating.side)], lease, at, facts)
    return made


@atomic
def moderate(
    *, rating: Rating, hidden: bool, reason: str, within: Organization, by: User, at: datetime
) -> bool:
    """
    Hide a published rating for the platform, or show it again; return whether that changed something.

    What is hidden counts in no average. Both sides are told the reason.

    :raises MissingRight: if ``by`` may not decide for the platform
    :raises MediatorIsParty: if who decides belongs to one of the sides
    :raises RatingInvalid: if no reason is given
    :raises NotPublished: if it is not published yet
    """
    lease = rating.round.lease
    if mediators.side_of(lease=lease, within=within) is not Side.PLATFORM:
        raise MissingRight(organization=within.name)
    require(by, Permission.LEASE_DECIDE, within=within)
    mediators.check_neutral(lease=lease, by=by)
    _refuse(rules.text_flaws("/reason", reason, most=rules.LONGEST_REASON, needed=True))
    if RatingRound.objects.locked().get(pk=rating.round_id).published_at is None:
        raise NotPublished
    newest = RatingModeration.objects.filter(rating=rating).order_by("-pk").first()
    if (newest.hidden if newest else False) is hidden:
        return False
    made = {"made_by": by.public_id, "made_by_name": by.name, "made_at": at}
    RatingModeration.objects.create(rating=rating, hidden=hidden, reason=reason.strip(), **made)
    act = "rating.hide" if hidden else "rating.show"
    audit.record(by=by, action=act, subject=rating.public_id, at=at, within=within, reason=reason.strip())
    facts = {"lease": lease.number, "reason": reason.strip()}
    _tell(Told.RATING_HIDDEN, [lease.lessor, lease.lessee], lease, at, facts)
    return True


def _side(lease: Lease, within: Organization) -> Side:
    side = mediators.side_of(lease=lease, within=within)
    if side not in (Side.LESSOR, Side.LESSEE):
        raise MissingRight(organization=within.name)
    return side


def _others_rated(found: RatingRound, side: Side) -> bool:
    return Rating.objects.filter(round=found).exclude(side=side).exists()


def _publish(found: RatingRound, lease: Lease, at: datetime) -> None:
    found.published_at = at
    found.save(update_fields=["published_at"])
    if Rating.objects.filter(round=found).exists():
        _tell(Told.RATING_PUBLISHED, [lease.lessor, lease.lessee], lease, at, {"lease": lease.number})


def _tell(kind: Told, to: list[Organization], lease: Lease, at: datetime, facts: Mapping[str, str]) -> None:
    link = f"/leases/{lease.public_id}/rating/"
    notifications.notify(kind=kind, to=to, facts=facts, at=at, link=link)


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise RatingInvalid(flaws=flaws)
