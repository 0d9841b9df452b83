"""
A damage claim: the lessor raises it, the lessee accepts or contests it, the platform decides what stays open.

Each step is a move in the history of its lease, and a word that both sides and the platform read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from leasing.actions import mediators, moves
from leasing.actions.damage_papers import check_in_time, document_of, policy_of
from leasing.models import DamageClaim, DamageWord, Lease, LeaseUnit
from leasing.rules import canonical
from leasing.rules import damage as rules
from leasing.rules.damage import Act, Item, State
from leasing.rules.leases import Side, Status, can
from marketplace.actions import notifications
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight
from marketplace.rules.notifications import Kind as Told
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import format_money


class DamageInvalid(Invalid):
    """Something that was given is wrong; ``flaws`` say what, each at its field."""

    code = "damage_invalid"
    text = gettext_noop("The damage claim cannot be written down like this. Mend what is marked.")


class DamageActRefused(NotPossible):
    """How the damage claim stands does not allow the act; ``allowed`` names those that it does."""

    code = "damage_act_refused"
    text = gettext_noop(
        "This damage claim stands like this: {status}. What was asked for is not possible now."
    )


class TooManyOffers(NotPossible):
    """Two that do not meet in so many offers ask the platform to decide."""

    code = "too_many_offers"
    text = gettext_noop("At most {most} offers are made over a damage claim. Accept, or ask the platform.")


class DamageOutdated(NotPossible):
    """The damage claim is not what the caller read."""

    code = "damage_outdated"
    text = gettext_noop("The damage claim stands at {amount} now, not at what you read. Read it again.")


def require_side(*, lease: Lease, act: Act, within: Organization, by: User) -> Side:
    """
    Return the side on which ``within`` does the act.

    :raises MissingRight: if that side may never do it, or ``by`` lacks the right there
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    """
    row = rules.TABLE[act]
    if not any(mediators.side_of(lease=lease, within=within) in sides for sides in row.sides.values()):
        raise MissingRight(organization=within.name)
    return mediators.require_side(lease=lease, move=row.move, within=within, by=by)


@atomic
def claim(
    *,
    unit: LeaseUnit,
    items: Sequence[Item],
    reply_until: datetime,
    by: User,
    within: Organization,
    at: datetime,
    note: str = "",
    insurer_reference: str = "",
    insurance_policy: str = "",
    expected: int | None = None,
) -> DamageClaim:
    """
    Claim, as the lessor, for what is broken or missing of a machine; the lessee has until ``reply_until``.

    ``insurance_policy`` is the id of a policy of the machine that held while the lessee had it.

    :raises MissingRight: if ``within`` is not the lessor, or ``by`` may not end its leases
    :raises LeaseMoveRefused: if the lease has not begun, or is settled
    :raises LeaseChanged: if the lease has another version than ``expected``
    :raises InspectionLapsed: if the machine came back and was not inspected in time
    :raises TimeToClaimOver: if it was inspected in time, and the days after that are over
    :raises DamageInvalid: with every fault at its item; wear is none (Civil Code, Article 710)
    """
    require_side(lease=unit.lease, act=Act.RAISE, within=within, by=by)
    move = rules.TABLE[Act.RAISE].move
    lease = moves.lock(lease=unit.lease, move=move, expected=expected)
    check_in_time(unit=unit, at=at)
    _refuse(rules.flaws(items, reply_until=reply_until, at=at))
    paper, missing = document_of(unit=unit, items=items, reply_until=reply_until)
    policy, unknown = policy_of(unit=unit, named=insurance_policy.strip(), at=at)
    _refuse([*missing, *unknown])
    paper |= policy | {"note": note.strip()[:1000], "insurer_reference": insurer_reference.strip()[:120]}
    made = DamageClaim.objects.create(
        lease=lease,
        unit=unit,
        number=lease.damage_claims.count() + 1,
        document=paper,
        digest=canonical.digest(paper),
        currency=paper["currency"],
        claimed_minor=paper["claimed_minor"],
        asked_minor=paper["claimed_minor"],
        reply_until=reply_until,
        raised_at=at,
    )
    facts = {"amount_minor": made.claimed_minor, "reply_until": reply_until.isoformat()}
    _write_down(made, Act.RAISE, Side.LESSOR, by=by, within=within, at=at, text=paper["note"], facts=facts)
    _tell(made, Told.DAMAGE_CLAIMED, [lease.lessee], within, at)
    return made


@atomic
def accept(
    *,
    claim: DamageClaim,
    digest: str,
    amount_minor: int,
    by: User,
    within: Organization,
    at: datetime,
    text: str = "",
) -> DamageClaim:
    """
    Accept what the other side says: the lessee what is asked, the lessor what is conceded; it is awarded.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises DamageActRefused: if it is not this side's to accept, or it is over
    :raises DamageOutdated: if it is not the document and the amount that were read
    """
    claim, side = _begin(claim, Act.ACCEPT, within=within, by=by, at=at)
    sum_ = claim.asked_minor if side is Side.LESSEE else claim.between.floor
    if digest != claim.digest or amount_minor != sum_:
        raise _outdated(claim, sum_)
    made = _carry_out(claim, Act.ACCEPT, side, by=by, within=within, at=at, text=text, awarded_minor=sum_)
    _tell(made, Told.DAMAGE_ACCEPTED, [made.lease.other_party(side)], within, at)
    return made


@atomic
def contest(
    *,
    claim: DamageClaim,
    digest: str,
    amount_minor: int,
    text: str,
    by: User,
    within: Organization,
    at: datetime,
) -> DamageClaim:
    """
    Contest, as the lessee, with a reason; ``amount_minor`` is what it concedes, and stays conceded.

    :raises MissingRight: if ``within`` is not the lessee, or ``by`` may not end its leases
    :raises DamageActRefused: if it was answered, or is over
    :raises DamageOutdated: if it is not the document that was read
    :raises DamageInvalid: if no reason is given, or all of it is conceded
    """
    claim, side = _begin(claim, Act.CONTEST, within=within, by=by, at=at)
    if digest != claim.digest:
        raise _outdated(claim, claim.asked_minor)
    _refuse(rules.text_flaws(text) + _outside(claim, amount_minor, *rules.offer_bounds(claim.between, side)))
    made = _carry_out(
        claim, Act.CONTEST, side, by=by, within=within, at=at, text=text, conceded_minor=amount_minor
    )
    _tell(made, Told.DAMAGE_CONTESTED, [made.lease.lessor], within, at)
    return made


@atomic
def offer(
    *, claim: DamageClaim, amount_minor: int, text: str, by: User, within: Organization, at: datetime
) -> DamageClaim:
    """
    Come nearer to the other side: the lessor asks for less, the lessee concedes more; there is no way back.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises DamageActRefused: if it is not contested
    :raises TooManyOffers: if a hundred were made
    :raises DamageInvalid: if no words are given, or the amount is not between the two
    """
    claim, side = _begin(claim, Act.OFFER, within=within, by=by, at=at)
    if claim.words.filter(act=Act.OFFER).count() >= rules.MOST_OFFERS:
        raise TooManyOffers(most=rules.MOST_OFFERS)
    _refuse(rules.text_flaws(text) + _outside(claim, amount_minor, *rules.offer_bounds(claim.between, side)))
    name = "asked_minor" if side is Side.LESSOR else "conceded_minor"
    made = _carry_out(claim, Act.OFFER, side, by=by, within=within, at=at, text=text, **{name: amount_minor})
    _tell(made, Told.DAMAGE_OFFERED, [made.lease.other_party(side)], within, at)
    return made


@atomic
def refer(*, claim: DamageClaim, text: str, by: User, within: Organization, at: datetime) -> DamageClaim:
    """
    Ask the platform to decide: either side what is contested, the lessor what nobody answered in time.

    Until it has, the two may still agree.

    :raises MissingRight: if ``within`` is no side, or ``by`` may not end its leases
    :raises PlatformIsParty: if the platform is a side itself
    :raises DamageActRefused: if the lessee may still answer, the platform was asked, or it is over
    :raises DamageInvalid: if no words are given
    """
    claim, side = _begin(claim, Act.REFER, within=within, by=by, at=at)
    _refuse(rules.text_flaws(text))
    made = _carry_out(claim, Act.REFER, side, by=by, within=within, at=at, text=text, referred_at=at)
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk")
    _tell(made, Told.DAMAGE_REFERRED, [made.lease.other_party(side), *platform], within, at)
    return made


@atomic
def decide(
    *, claim: DamageClaim, amount_minor: int, text: str, by: User, within: Organization, at: datetime
) -> DamageClaim:
    """
    Decide for the platform what the lessee owes, with the reasons: never less than it concedes, never more
    than is asked.

    :raises MissingRight: if ``by`` may not decide leases for the platform
    :raises MediatorIsParty: if who decides belongs to one of the sides as well
    :raises DamageActRefused: if nobody asked the platform, or it is over
    :raises DamageInvalid: if no reasons are given, or the amount is not between the two
    """
    claim, side = _begin(claim, Act.DECIDE, within=within, by=by, at=at)
    bounds = claim.between.floor, claim.asked_minor
    _refuse(rules.text_flaws(text) + _outside(claim, amount_minor, *bounds))
    made = _carry_out(
        claim, Act.DECIDE, side, by=by, within=within, at=at, text=text, awarded_minor=amount_minor
    )
    _tell(made, Told.DAMAGE_DECIDED, [made.lease.lessor, made.lease.lessee], within, at)
    return made


@atomic
def withdraw(
    *, claim: DamageClaim, by: User, within: Organization, at: datetime, text: str = ""
) -> DamageClaim:
    """
    Withdraw it, as the lessor; nothing of it is owed.

    :raises MissingRight: if ``within`` is not the lessor, or ``by`` may not end its leases
    :raises DamageActRefused: if it is over
    """
    claim, side = _begin(claim, Act.WITHDRAW, within=within, by=by, at=at)
    made = _carry_out(claim, Act.WITHDRAW, side, by=by, within=within, at=at, text=text)
    _tell(made, Told.DAMAGE_WITHDRAWN, [made.lease.lessee], within, at)
    return made


def _begin(
    claim: DamageClaim, act: Act, *, within: Organization, by: User, at: datetime
) -> tuple[DamageClaim, Side]:
    """Ask for the right, lock machines, lease and claim, and look whether the act is possible now."""
    side = require_side(lease=claim.lease, act=act, within=within, by=by)
    lease = moves.lock_any(lease=claim.lease)
    claim = DamageClaim.objects.locked().select_related("unit__equipment").get(pk=claim.pk)
    claim.lease = lease
    if not can(rules.TABLE[act].move, Status(lease.status)):
        raise moves.refused(lease=lease)
    if act is Act.REFER:
        mediators.check_can_mediate(lease=lease)
    possible = allowed_acts(claim=claim, side=side, at=at)
    if act not in possible:
        status = DamageClaim.Stage(claim.state).label
        raise DamageActRefused(status=status, allowed=[str(one) for one in possible])
    return claim, side


def allowed_acts(*, claim: DamageClaim, side: Side | None, at: datetime) -> tuple[Act, ...]:
    """Return what a side may do about a damage claim now."""
    referred, late = claim.referred_at is not None, at >= claim.reply_until
    acts = rules.acts_of(State(claim.state), side, referred=referred, late=late)
    return (
        acts if mediators.can_mediate(lease=claim.lease) else tuple(one for one in acts if one != Act.REFER)
    )


def _carry_out(
    claim: DamageClaim,
    act: Act,
    side: Side,
    *,
    by: User,
    within: Organization,
    at: datetime,
    text: str,
    **changes: Any,
) -> DamageClaim:
    """Save what changes, and write the step down."""
    state = rules.TABLE[act].target or State(claim.state)
    changes |= {"state": state, "version": claim.version + 1}
    if state not in rules.OPEN:
        changes["decided_at"] = at
    for name, value in changes.items():
        setattr(claim, name, value)
    claim.save(update_fields=list(changes))
    amounts = ("awarded_minor", "conceded_minor", "asked_minor")
    amount = next((changes[name] for name in amounts if name in changes), None)
    facts = {"answer": act.value} | ({} if amount is None else {"amount_minor": amount})
    _write_down(claim, act, side, by=by, within=within, at=at, text=text, facts=facts)
    return claim


def _write_down(
    claim: DamageClaim,
    act: Act,
    side: Side,
    *,
    by: User,
    within: Organization,
    at: datetime,
    text: str,
    facts: Mapping[str, Any],
) -> None:
    """Append the word, and the move of the lease."""
    said = text.strip()[: rules.LONGEST_TEXT]
    DamageWord.objects.create(
        claim=claim,
        position=claim.words.count() + 1,
        act=act,
        side=side,
        amount_minor=facts.get("amount_minor"),
        text=said,
        person=by.public_id,
        person_name=by.name,
        organization_name=within.name,
        at=at,
    )
    moves.carry_out(
        lease=claim.lease,
        move=rules.TABLE[act].move,
        by=by,
        within=within,
        at=at,
        reason=said,
        evidence=[claim.digest],
        facts=claim.told() | dict(facts),
    )


def _refuse(flaws: Sequence[Flaw]) -> None:
    if flaws:
        raise DamageInvalid(flaws=flaws)


def _outside(claim: DamageClaim, amount_minor: int, least: int, most: int) -> list[Flaw]:
    if least <= amount_minor <= most:
        return []
    facts = {"least": format_money(claim.money(least)), "most": format_money(claim.money(most))}
    return [Flaw("/amount_minor", "outside", rules.TEXTS["outside"], facts)]


def _outdated(claim: DamageClaim, amount_minor: int) -> DamageOutdated:
    return DamageOutdated(amount=format_money(claim.money(amount_minor)))


def _tell(
    claim: DamageClaim, kind: Told, to: Sequence[Organization], within: Organization, at: datetime
) -> None:
    lease = claim.lease
    facts = {
        "who": within.name,
        "lease": lease.number,
        "amount": format_money(claim.money(_shown(claim))),
        "reply_at": claim.reply_until.isoformat(),
    }
    link = f"/leases/{lease.public_id}/damage/{claim.public_id}/"
    notifications.notify(kind=kind, to=list(to), facts=facts, at=at, link=link)


def _shown(claim: DamageClaim) -> int:
    return claim.asked_minor if claim.awarded_minor is None else claim.awarded_minor
