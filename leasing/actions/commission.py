"""
Commission rates of the platform: one person proposes, another approves; contracts take what is in force.

Whoever decides a rate holds the lock of rates alone, and whoever concludes a contract shares it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from leasing.models import CommissionProposal, CommissionRate, Lease, LeaseCommission
from leasing.queries import commission as queries
from leasing.queries.commission_words import scope_facts
from leasing.rules import commission as rules
from marketplace.actions import audit, events
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.event_types import EventType
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

State = CommissionProposal.State
PAGE = "/income/"


class CommissionRateInvalid(Invalid):
    """The rate cannot be set like this; ``flaws`` say why, each at its field."""

    code = "commission_rate_invalid"
    text = gettext_noop("The commission cannot be set like this. Mend what is marked.")


class CommissionRateWaits(NotPossible):
    """Another proposal for the same scope is not decided."""

    code = "commission_rate_waits"
    text = gettext_noop(
        "A proposal for the same owners waits for a second person already. Decide that first."
    )


class CommissionRateDecided(NotPossible):
    """A proposal is decided once."""

    code = "commission_rate_decided"
    text = gettext_noop("This proposal was decided already: “{state}”. Look at the page of commissions.")


class CommissionSamePerson(NotAllowed):
    """Who proposes a rate does not approve it."""

    code = "commission_same_person"
    text = gettext_noop("You proposed this rate. A second person has to approve it.")


@atomic
def propose(
    *,
    scope: str,
    rate: Decimal | None,
    starts_on: date,
    reason: str,
    within: Organization,
    by: User,
    at: datetime,
    category: Category | None = None,
    owner: Organization | None = None,
) -> CommissionProposal:
    """
    Propose which share of the net rent the platform keeps from a day on; without ``rate``, that one ends.

    ``rate`` is a share with at most five decimals, ``Decimal("0.08")`` for 8 %. It begins tomorrow at the
    earliest, and after seven full days where somebody who offers, or whose lease waits for its contract,
    would pay more than otherwise (电子商务法, article 34).

    :raises MissingRight: if ``by`` may not post for the platform, or ``within`` is no platform
    :raises CommissionRateInvalid: with every fault at its field
    :raises CommissionRateWaits: if another proposal for the same scope is not decided
    """
    _require(by, Permission.BOOK_POST, within)
    CommissionRate.objects.lock(alone=True)
    made = CommissionProposal(
        scope=scope, category=category, owner=owner, rate=rate, starts_on=starts_on, reason=reason.strip()
    )
    if flaws := _flaws(made, at):
        raise CommissionRateInvalid(flaws=flaws)
    waiting = CommissionProposal.objects.filter(scope=scope, category=category, owner=owner)
    if waiting.filter(state=State.PROPOSED).exists():
        raise CommissionRateWaits
    made.maker, made.maker_name, made.made_at = by.public_id, by.name, at
    made.save(force_insert=True)
    _audit(made, "propose", within, by, at)
    return made


@atomic
def approve(
    *, proposal: CommissionProposal, within: Organization, by: User, at: datetime
) -> CommissionProposal:
    """
    Approve what somebody else proposed: the rate is set, and the one before it ends where it begins.

    What was to begin for the same scope on that day or later is replaced: it holds on no day. Owners for
    whose offers, or leases that wait for their contract, another rate applies then are told, people and
    programs. Contracts that were concluded keep theirs.

    :raises MissingRight: if ``by`` may not set how the platform bills, or ``within`` is no platform
    :raises CommissionRateDecided: if it was decided, also by somebody at the same moment
    :raises CommissionSamePerson: if ``by`` proposed it
    :raises CommissionRateInvalid: if its first day is too near by now, or nothing is there any more to end
    """
    _require(by, Permission.BILLING_SET, within)
    found = _waiting(proposal)
    if found.maker == by.public_id:
        raise CommissionSamePerson
    if flaws := _flaws(found, at):
        raise CommissionRateInvalid(flaws=flaws)
    before = [one.value for one in CommissionRate.objects.all()]
    _decide(found, State.APPROVED, by, at)
    told = _set(found, at)
    _audit(found, "approve", within, by, at)
    _tell(found, told, before, at)
    return found


@atomic
def withdraw(
    *, proposal: CommissionProposal, within: Organization, by: User, at: datetime
) -> CommissionProposal:
    """
    Withdraw a proposal, as whoever made it or another; it stays in the history.

    :raises MissingRight: if ``by`` may not post for the platform, or ``within`` is no platform
    :raises CommissionRateDecided: if it was decided, also by somebody at the same moment
    """
    _require(by, Permission.BOOK_POST, within)
    found = _waiting(proposal)
    _decide(found, State.WITHDRAWN, by, at)
    _audit(found, "withdraw", within, by, at)
    return found


@atomic
def take(*, lease: Lease, at: datetime) -> LeaseCommission | None:
    """
    Write down with a lease the rate that is in force as its contract is concluded; ``None`` if there is none.

    Asking for the right is the part of whoever concludes it.
    """
    if not queries.is_borne(lease):
        return None
    CommissionRate.objects.lock(alone=False)
    on = rules.local_day(at)
    held = CommissionRate.objects.holding(on).visible_within(lease.lessor)
    known = {one.pk: one.value for one in held}
    if not known:
        return None
    path = queries.path_of(lease.listing.category_id, queries.parents())
    found = rules.applying(known.values(), owner=lease.lessor_id, path=path, on=on)
    if found is None:
        return None
    return LeaseCommission.objects.create(lease=lease, source_id=found.key, rate=found.rate, contracted_at=at)


def _require(by: User, permission: Permission, within: Organization) -> None:
    require(by, permission, within=within)
    if within.kind != OrganizationKind.PLATFORM:
        raise MissingRight(organization=within.name, permission=str(permission))


def _waiting(proposal: CommissionProposal) -> CommissionProposal:
    """Lock all rates, and return the proposal as it is under the lock."""
    CommissionRate.objects.lock(alone=True)
    found = CommissionProposal.objects.select_related("category", "owner").get(pk=proposal.pk)
    if found.state != State.PROPOSED:
        raise CommissionRateDecided(state=found.get_state_display())
    return found


def _flaws(one: CommissionProposal, at: datetime) -> list[Flaw]:
    """Return why a rate cannot begin like this, under the lock; a scope that is no scope meets nobody."""
    is_scope = one.scope in CommissionProposal.Scope.values
    is_known = is_scope and (one.rate is None or one.rate.is_finite())
    first = queries.first_day(one, at=at) if is_known else rules.earliest(at, rises=False)
    found = rules.flaws(
        scope=one.scope,
        category=one.category,
        owner=one.owner,
        rate=one.rate,
        starts_on=one.starts_on,
        reason=one.reason,
        first=first,
        known=[each.value for each in queries.known_of(one)] if is_scope else [],
    )
    if one.owner is not None and not queries.bears(one.owner):
        text = gettext_noop("The platform bears no commission of its own rent. Name another owner.")
        found.append(Flaw("/owner", "no_owner", text))
    # a contract of that day, concluded while this waited for the lock, has taken the rate before it
    latest = LeaseCommission.objects.order_by("contracted_at").values_list("contracted_at", flat=True).last()
    if not found and latest is not None and one.starts_on <= rules.local_day(latest):
        text = gettext_noop("The first day is {day} at the earliest: whoever pays more then is told before.")
        day = rules.local_day(latest) + rules.SOONEST
        found.append(Flaw("/starts_on", "too_soon", text, {"day": day.isoformat()}))
    return found


def _set(one: CommissionProposal, at: datetime) -> CommissionRate:
    """End or replace what was set, and write the new one; return the one that owners are told of."""
    ending = list(CommissionRate.objects.of_scope(one).not_over(one.starts_on).order_by("starts_on"))
    for each in ending:
        each.ends_on = max(each.starts_on, one.starts_on)
        each.save(update_fields=["ends_on"])
    if one.rate is None:
        assert ending, "it has no flaw"
        return ending[0]
    return CommissionRate.objects.create(
        scope=one.scope,
        category=one.category,
        owner=one.owner,
        rate=one.rate,
        starts_on=one.starts_on,
        proposal=one,
        set_at=at,
    )


def _tell(one: CommissionProposal, told: CommissionRate, before: Sequence[rules.Dated], at: datetime) -> None:
    """Tell owners whose rate it is, and of one that ends, what applies to their offers then."""
    owners = queries.concerned(one, before=before)
    facts = {"first_at": rules.midnight(one.starts_on).isoformat()} | scope_facts(one)
    for owner, shares in owners.items():
        then = " / ".join(rules.percent(each) for each in sorted(shares))
        if one.rate is None:
            notify(kind=Kind.COMMISSION_ENDS, to=[owner], facts=facts | {"then": then}, at=at, link=PAGE)
        else:
            own = facts | {"rate": rules.percent(one.rate)}
            notify(kind=Kind.COMMISSION_SET, to=[owner], facts=own, at=at, link=PAGE)
    events.publish(type=EventType.COMMISSION_CHANGED, object=told.public_id, to=owners, at=at)


def _decide(one: CommissionProposal, state: str, by: User, at: datetime) -> None:
    one.state, one.checker, one.checker_name, one.checked_at = state, by.public_id, by.name, at
    one.save(update_fields=["state", "checker", "checker_name", "checked_at"])


def _audit(one: CommissionProposal, verb: str, within: Organization, by: User, at: datetime) -> None:
    audit.record(
        by=by,
        action=f"commission.{verb}",
        subject=one.public_id,
        at=at,
        within=within,
        scope=one.scope,
        category=one.category.code if one.category else "",
        owner=one.owner.public_id if one.owner else "",
        rate=None if one.rate is None else str(one.rate),
        starts_on=one.starts_on.isoformat(),
    )
