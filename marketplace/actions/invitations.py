"""Invite people by e-mail: once, in a role, until a day, unless revoked."""

from datetime import datetime

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from marketplace.actions import audit, letters, notifications, privacy, throttles
from marketplace.actions.members import check_role
from marketplace.gateway.transactions import atomic
from marketplace.models import AskedIn, Invitation, Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.permissions import Permission, require
from marketplace.rules import throttles as limits
from marketplace.rules.joining import INVITED_FOR, is_mailable, tidy
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import Flaw, Invalid, NotAllowed, NotPossible

SALT = "marketplace.invitation"
SUBJECT = gettext_noop("Invitation to {organization} at Jijian")
TEXT = gettext_noop(
    "{who} invites you to act for {organization} at Jijian. Open the link within seven days to accept. "
    "It works once. If you do not know who that is, do nothing."
)

TEXT_UNVERIFIED = gettext_noop(
    "An administrator of the organization with the credit code {organization}, which we have not verified "
    "yet, invites you to act for it at Jijian. Open the link within seven days to accept. It works once. "
    "If you do not know of it, do nothing."
)


class NoAddress(Invalid):
    """Invitations go to an e-mail address."""

    code = "no_address"
    text = gettext_noop("Give a valid e-mail address.")


class MemberAlready(NotPossible):
    """The address belongs to a member."""

    code = "member_already"
    text = gettext_noop("{email} belongs to {organization} already. Change the role instead.")


class InvitationSpent(NotPossible):
    """The invitation was accepted, revoked, or is too old."""

    code = "invitation_spent"
    text = gettext_noop("This invitation was used or revoked, or is too old. Ask for another one.")


class InvitedElsewhere(NotAllowed):
    """An invitation is for the person with its address."""

    code = "invited_elsewhere"
    text = gettext_noop("This invitation is for another e-mail address. Sign out, then open the link again.")


class HasAccount(NotPossible):
    """The address has an account: its owner signs in instead of making another one."""

    code = "has_account"
    text = gettext_noop("There is an account with this e-mail address. Sign in, then open the link again.")


def invite(*, organization: Organization, email: str, role: str, by: User, at: datetime) -> Invitation:
    """
    Invite an address in a role, in place of an open invitation of it; the same again is sent again.

    :raises MissingRight: if ``by`` may not edit members
    :raises NoAddress, NoSuchRole: if the address or the role is none
    :raises MemberAlready: if a member has the address
    :raises TooManyTries: if the organization invites too many, of which fewer are free while it waits
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    check_role(role=role)
    email = mailable(email=email)
    limit = limits.INVITE_UNVERIFIED if _waits(organization) else limits.INVITE
    throttles.take(limits={f"invite {organization.public_id}": limit}, at=at)
    return _invite(organization, email, role, by, at)


@atomic
def _invite(organization: Organization, email: str, role: str, by: User, at: datetime) -> Invitation:
    Organization.objects.locked().get(pk=organization.pk)
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        raise MemberAlready(email=email, organization=organization.name)
    open_ = Invitation.objects.filter(
        organization=organization, email=email, accepted_at=None, revoked_at=None
    )
    open_.update(revoked_at=at)
    made = Invitation.objects.create(
        organization=organization,
        email=email,
        role=role,
        made_by=by.public_id,
        made_by_name=by.name,
        made_at=at,
        expires_at=at + INVITED_FOR,
    )
    AskedIn.objects.filter(organization=organization, email=email).delete()
    _mail(made, by, at)
    audit.record(
        by=by,
        action="invitation.make",
        subject=made.public_id,
        at=at,
        within=organization,
        role=role,
    )
    return made


def _waits(organization: Organization) -> bool:
    return Organization.objects.filter(pk=organization.pk, awaits_verification=True).exists()


def _mail(made: Invitation, by: User, at: datetime) -> None:
    """Write to who is invited; what an organization says of itself is told once we have checked it."""
    whose = made.organization
    text, told = TEXT, {"organization": whose.name, "who": by.name}
    if _waits(whose):
        text, told = TEXT_UNVERIFIED, {"organization": whose.credit_code}
    letters.write(to=made.email, subject=SUBJECT, text=text, at=at, path=path_of(invitation=made), **told)


def path_of(*, invitation: Invitation) -> str:
    """Return the page that the link of an invitation opens; whoever has it may accept."""
    return f"/invitations/{signing.dumps(invitation.public_id, salt=SALT)}/"


def found(*, token: str, at: datetime) -> Invitation:
    """
    Return the open invitation of a link.

    :raises InvitationSpent: if there is none any more
    """
    try:
        public_id = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise InvitationSpent from error
    held = Invitation.objects.open(at).select_related("organization").filter(public_id=public_id).first()
    if held is None:
        raise InvitationSpent
    return held


@atomic
def accept(*, token: str, by: User, at: datetime) -> Invitation:
    """
    Accept as somebody who has an account with the address; the link itself is the right to it, once.

    :raises InvitationSpent: if it was used or revoked, or is too old
    :raises InvitedElsewhere: if ``by`` has another address, or is nobody any more
    """
    invitation = _locked(token, at)
    # what erases a person with its last organization comes before this, or after it and lets the person be
    by = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if by.email != invitation.email:
        raise InvitedElsewhere
    return _accepted(invitation, by, at)


@atomic
def accept_new(*, token: str, name: str, password: str, at: datetime, accepts_notice: bool = False) -> User:
    """
    Accept as somebody new, whose account is made; the link has proved the address. That the privacy notice
    was accepted is noted with its version.

    :raises InvitationSpent: if it was used or revoked, or is too old
    :raises HasAccount: if the address has an account
    """
    invitation = _locked(token, at)
    try:
        with transaction.atomic():
            person = User.objects.create_user(invitation.email, password, name=tidy(name)[:80])
    except IntegrityError as error:
        raise HasAccount from error
    if accepts_notice:
        privacy.accept(by=person, at=at)
    _accepted(invitation, person, at)
    return person


@atomic
def revoke(*, invitation: Invitation, by: User, at: datetime) -> Invitation:
    """
    Take an invitation back; twice changes nothing, and one that was accepted stays so.

    :raises MissingRight: if ``by`` may not edit members of its organization
    :raises InvitationSpent: if it was accepted
    """
    require(by, Permission.MEMBER_EDIT, within=invitation.organization)
    invitation = Invitation.objects.locked().select_related("organization").get(pk=invitation.pk)
    if invitation.accepted_at is not None:
        raise InvitationSpent
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
        within = invitation.organization
        audit.record(by=by, action="invitation.revoke", subject=invitation.public_id, at=at, within=within)
    return invitation


@atomic
def dismiss(*, asked: AskedIn, by: User, at: datetime) -> None:
    """
    Let somebody's asking for an invitation go unanswered; gone is gone.

    :raises MissingRight: if ``by`` may not edit members of the organization
    """
    require(by, Permission.MEMBER_EDIT, within=asked.organization)
    many, _rows = AskedIn.objects.filter(pk=asked.pk).delete()
    if many:
        within = asked.organization
        audit.record(by=by, action="invitation.dismiss", subject=asked.public_id, at=at, within=within)


def _locked(token: str, at: datetime) -> Invitation:
    """Return the invitation under the lock of its organization, as it stands then."""
    seen = found(token=token, at=at)
    Organization.objects.locked().get(pk=seen.organization_id)
    invitation = (
        Invitation.objects.open(at).locked().filter(pk=seen.pk).select_related("organization").first()
    )
    if invitation is None:
        raise InvitationSpent
    return invitation


def _accepted(invitation: Invitation, by: User, at: datetime) -> Invitation:
    organization = invitation.organization
    invitation.accepted_at, invitation.accepted_by = at, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    Membership.objects.get_or_create(user=by, organization=organization, role=invitation.role)
    audit.record(
        by=by,
        action="invitation.accept",
        subject=invitation.public_id,
        at=at,
        within=organization,
        role=invitation.role,
    )
    notifications.notify(
        kind=Kind.INVITATION_ACCEPTED,
        to=[organization],
        facts={"who": by.name, "organization": organization.name, "role": str(Role(invitation.role).label)},
        at=at,
        link="/members/",
    )
    return invitation


def mailable(*, email: str) -> str:
    """
    Return an e-mail address as it is kept.

    :raises NoAddress: if it is none, or one to which no mail can be sent
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise NoAddress(flaws=[Flaw("/email", "no_address", NoAddress.text)]) from error
    if len(email) > 254 or not is_mailable(email):
        raise NoAddress(flaws=[Flaw("/email", "no_address", NoAddress.text)])
    return email
