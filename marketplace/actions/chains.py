"""A supply chain: its leader invites, members answer and leave, listings are opened to them alone."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.actions import audit, notifications, search_documents
from marketplace.gateway.transactions import atomic
from marketplace.models import Chain, ChainMember, Listing, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible

LONGEST_NAME = 80
MOST_LED, MOST_MEMBERS = 20, 500
PAGE = "/chains/"
WAIT = timedelta(days=7)  # before who said no, or was taken out, is asked again
STANDING = (ChainMember.Status.INVITED, ChainMember.Status.ACCEPTED)


class NotALeader(NotAllowed):
    """Chains are led by lead enterprises."""

    code = "not_a_chain_leader"
    text = gettext_noop("Only a lead enterprise leads a supply chain. {organization} is none.")


class ChainNameRefused(Invalid):
    """A chain has a name that the leader's others do not have."""

    code = "chain_name_refused"
    text = gettext_noop("Give the chain a name of 1 to {most} characters that no other chain of yours has.")


class ChainFull(NotPossible):
    """Chains and their members are bounded."""

    code = "chain_full"
    text = gettext_noop("There are {most} already, which is the most.")


class ChainStepRefused(NotPossible):
    """Where the organization stands in the chain does not allow this."""

    code = "chain_step_refused"
    text = gettext_noop("This is not possible: {organization} is “{status}” in this chain.")


class ChainAskedTooSoon(NotPossible):
    """Who said no, or was taken out, is left in peace for some days."""

    code = "chain_asked_too_soon"
    text = gettext_noop("{organization} said no, or was taken out. It can be invited again from {day} on.")


class NotYourChain(NotAllowed):
    """A listing or a need is opened to a chain that its own organization leads."""

    code = "not_your_chain"
    text = gettext_noop("Choose a chain that {organization} leads.")


@atomic
def create(*, leader: Organization, name: str, by: User, at: datetime) -> Chain:
    """
    Begin a chain; it has no members yet.

    :raises MissingRight: if ``by`` may not edit chains of ``leader``
    :raises NotALeader: if it is no lead enterprise
    :raises ChainNameRefused: if the name is empty, too long, or taken by another chain of the leader
    :raises ChainFull: if it leads ``MOST_LED`` already
    """
    require(by, Permission.CHAIN_EDIT, within=leader)
    if leader.kind != OrganizationKind.LEAD_ENTERPRISE:
        raise NotALeader(organization=leader.name)
    leader = Organization.objects.locked().get(pk=leader.pk)
    name = name.strip()
    led = Chain.objects.filter(leader=leader)
    if not name or len(name) > LONGEST_NAME or led.filter(name=name).exists():
        raise ChainNameRefused(most=LONGEST_NAME)
    if led.count() >= MOST_LED:
        raise ChainFull(most=MOST_LED)
    made = Chain.objects.create(leader=leader, name=name, made_at=at)
    audit.record(by=by, action="chain.create", subject=made.public_id, at=at, within=leader)
    return made


@atomic
def invite(*, chain: Chain, member: Organization, by: User, at: datetime) -> ChainMember:
    """
    Invite an organization to the chain; who declined, left or was removed may be invited again.

    :raises MissingRight: if ``by`` may not edit chains of the leader
    :raises ChainStepRefused: if it is the leader itself, invited or a member already
    :raises ChainFull: if the chain has ``MOST_MEMBERS``
    :raises ChainAskedTooSoon: if it declined or was removed less than ``WAIT`` ago
    """
    require(by, Permission.CHAIN_EDIT, within=chain.leader)
    chain = _locked(chain)
    found = ChainMember.objects.filter(chain=chain, member=member).first()
    if member.pk == chain.leader_id or (found is not None and found.status in STANDING):
        raise ChainStepRefused(organization=member.name, status=_status(found))
    _check_wait(found, member, at)
    if chain.members.filter(status__in=STANDING).count() >= MOST_MEMBERS:
        raise ChainFull(most=MOST_MEMBERS)
    found = found or ChainMember(chain=chain, member=member)
    found.status, found.invited_at = ChainMember.Status.INVITED, at
    found.invited_by, found.invited_by_name = by.public_id, by.name
    found.changed_at, found.changed_by, found.changed_by_name = None, "", ""
    found.save()
    _noted("chain.invite", found, within=chain.leader, by=by, at=at)
    _tell(Kind.CHAIN_INVITED, chain, who=chain.leader, to=member, at=at)
    return found


def accept(*, chain: Chain, within: Organization, by: User, at: datetime) -> ChainMember:
    """
    Join a chain that one was invited to: what is open to it alone is seen from now on.

    :raises MissingRight: if ``by`` may not edit chains of ``within``
    :raises ChainStepRefused: if it is not invited
    """
    return _step(ChainMember.Status.ACCEPTED, chain=chain, member=within, within=within, by=by, at=at)


def decline(*, chain: Chain, within: Organization, by: User, at: datetime) -> ChainMember:
    """
    Say no to an invitation.

    :raises MissingRight: if ``by`` may not edit chains of ``within``
    :raises ChainStepRefused: if it is not invited
    """
    return _step(ChainMember.Status.DECLINED, chain=chain, member=within, within=within, by=by, at=at)


def leave(*, chain: Chain, within: Organization, by: User, at: datetime) -> ChainMember:
    """
    Leave a chain: leases go on, and what is open to the chain alone cannot be asked for any more.

    :raises MissingRight: if ``by`` may not edit chains of ``within``
    :raises ChainStepRefused: if it is no member
    """
    return _step(ChainMember.Status.LEFT, chain=chain, member=within, within=within, by=by, at=at)


def remove(*, chain: Chain, member: Organization, by: User, at: datetime) -> ChainMember:
    """
    Take a member, or an invitation, out of the chain; its leases go on.

    :raises MissingRight: if ``by`` may not edit chains of the leader
    :raises ChainStepRefused: if it is neither a member nor invited
    """
    return _step(ChainMember.Status.REMOVED, chain=chain, member=member, within=chain.leader, by=by, at=at)


@atomic
def open_listing(*, listing: Listing, chain: Chain | None, by: User, at: datetime) -> Listing:
    """
    Open a listing to the members of a chain alone, or to everybody; agreements that were made go on.

    :raises MissingRight: if ``by`` may not publish listings of its owner
    :raises NotYourChain: if the owner does not lead the chain
    """
    require(by, Permission.LISTING_PUBLISH, within=listing.owner)
    listing = Listing.objects.locked().select_related("owner").get(pk=listing.pk)
    check_led(chain=chain, by_whom=listing.owner)
    if listing.chain_id == (chain.pk if chain else None):
        return listing
    listing.chain = chain
    listing.version += 1
    listing.save(update_fields=["chain", "version"])
    search_documents.renew(listings=[listing.pk], at=at)
    named = chain.public_id if chain else ""
    audit.record(
        by=by, action="listing.open", subject=listing.public_id, at=at, within=listing.owner, chain=named
    )
    return listing


def check_led(*, chain: Chain | None, by_whom: Organization) -> None:
    """
    Let pass what is open to everybody, or to a chain that an organization leads.

    :raises NotYourChain: if it does not lead the chain
    """
    if chain is not None and chain.leader_id != by_whom.pk:
        raise NotYourChain(organization=by_whom.name)


LEFT_IN_PEACE = (ChainMember.Status.DECLINED, ChainMember.Status.REMOVED)
FROM = {
    ChainMember.Status.ACCEPTED: (ChainMember.Status.INVITED,),
    ChainMember.Status.DECLINED: (ChainMember.Status.INVITED,),
    ChainMember.Status.LEFT: (ChainMember.Status.ACCEPTED,),
    ChainMember.Status.REMOVED: STANDING,
}
TOLD = {
    ChainMember.Status.ACCEPTED: Kind.CHAIN_ACCEPTED,
    ChainMember.Status.DECLINED: Kind.CHAIN_DECLINED,
    ChainMember.Status.LEFT: Kind.CHAIN_LEFT,
    ChainMember.Status.REMOVED: Kind.CHAIN_REMOVED,
}


@atomic
def _step(
    to: ChainMember.Status,
    *,
    chain: Chain,
    member: Organization,
    within: Organization,
    by: User,
    at: datetime,
) -> ChainMember:
    """Carry out one step of a member, told to the other side."""
    require(by, Permission.CHAIN_EDIT, within=within)
    chain = _locked(chain)
    found = ChainMember.objects.filter(chain=chain, member=member).first()
    if found is None or found.status not in FROM[to]:
        raise ChainStepRefused(organization=member.name, status=_status(found))
    found.status = to
    found.changed_at, found.changed_by, found.changed_by_name = at, by.public_id, by.name
    found.save(update_fields=["status", "changed_at", "changed_by", "changed_by_name"])
    _noted(f"chain.{to.lower()}", found, within=within, by=by, at=at)
    other = member if within.pk == chain.leader_id else chain.leader
    _tell(TOLD[to], chain, who=within, to=other, at=at)
    return found


def _check_wait(found: ChainMember | None, member: Organization, at: datetime) -> None:
    if found is None or found.status not in LEFT_IN_PEACE or found.changed_at is None:
        return
    until = found.changed_at + WAIT
    if at < until:
        raise ChainAskedTooSoon(
            organization=member.name, day=until.astimezone(timezone.get_current_timezone()).date().isoformat()
        )


def _locked(chain: Chain) -> Chain:
    return Chain.objects.locked().select_related("leader").get(pk=chain.pk)


def _status(found: ChainMember | None) -> str:
    return str(found.get_status_display()) if found else "–"


def _noted(action: str, found: ChainMember, *, within: Organization, by: User, at: datetime) -> None:
    subject, facts = found.chain.public_id, {"member": found.member.public_id}
    audit.record(by=by, action=action, subject=subject, at=at, within=within, **facts)


def _tell(kind: Kind, chain: Chain, *, who: Organization, to: Organization, at: datetime) -> None:
    facts = {"who": who.name, "chain": chain.name}
    notifications.notify(kind=kind, to=[to], facts=facts, at=at, link=PAGE)
