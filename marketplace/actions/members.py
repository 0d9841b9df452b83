"""Who acts for an organization: roles, leaving, and what the organization asks of the sign-in."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import ApiKey, Invitation, Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid, NotPossible


class LastAdministrator(NotPossible):
    """Somebody must be able to act for the organization."""

    code = "last_administrator"
    text = gettext_noop("{organization} would have no administrator left. Make somebody else one first.")


class NoMember(NotPossible):
    """The person does not belong to the organization, or not any more."""

    code = "no_member"
    text = gettext_noop("This person does not belong to {organization}.")


class NoSuchRole(Invalid):
    """A role outside the closed list."""

    code = "no_such_role"
    text = gettext_noop("There is no role {role}. Known are: {known}.")


class OwnSecondFactorFirst(NotPossible):
    """Whoever asks it of others has a second factor."""

    code = "own_second_factor_first"
    text = gettext_noop("Set up your own authenticator first, or you would lock yourself out.")


@atomic
def set_role(*, organization: Organization, user: User, role: str, by: User, at: datetime) -> None:
    """
    Give a member one role in place of all that it holds; the same again changes nothing. Who is no
    administrator any more has no open invitations.

    :raises MissingRight: if ``by`` may not edit members
    :raises NoSuchRole: if there is no such role
    :raises NoMember: if the person is no member
    :raises LastAdministrator: if nobody else is an administrator
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    check_role(role=role)
    held = _lock(organization, user)
    if held == [role]:
        return
    if Role.ADMIN in held and role != Role.ADMIN:
        _check_others(organization, user)
    Membership.objects.filter(organization=organization, user=user).exclude(role=role).delete()
    Membership.objects.get_or_create(organization=organization, user=user, role=role)
    if role != Role.ADMIN:
        _take_back(organization, user, at)
    audit.record(
        by=by, action="member.role", subject=user.public_id, at=at, within=organization, was=held, role=role
    )


@atomic
def remove(*, organization: Organization, user: User, by: User, at: datetime) -> None:
    """
    Let a member go, with the keys and the open invitations that it made for the organization.

    :raises MissingRight: if ``by`` may not edit members
    :raises NoMember: if the person is no member any more
    :raises LastAdministrator: if nobody else is an administrator
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    _let_go(organization, user, "member.remove", by, at)


@atomic
def leave(*, organization: Organization, by: User, at: datetime) -> None:
    """
    Leave an organization; who leaves needs no right for it.

    :raises NoMember: if ``by`` does not belong to it
    :raises LastAdministrator: if nobody else is an administrator
    """
    _let_go(organization, by, "member.leave", by, at)


@atomic
def ask_second_factor(*, organization: Organization, on: bool, by: User, at: datetime) -> Organization:
    """
    Ask administrators and finance for a second factor, or no longer; until they have one they only look on.

    :raises MissingRight: if ``by`` may not edit members
    :raises OwnSecondFactorFirst: if ``by`` has none and would be locked out
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    organization = Organization.objects.locked().get(pk=organization.pk)
    if on and not User.objects.filter(pk=by.pk, second_factor_at__isnull=False).exists():
        raise OwnSecondFactorFirst
    if organization.asks_second_factor != on:
        organization.asks_second_factor = on
        organization.save(update_fields=["asks_second_factor"])
        audit.record(
            by=by,
            action="organization.second_factor",
            subject=organization.public_id,
            at=at,
            within=organization,
            on=on,
        )
    return organization


def check_role(*, role: str) -> None:
    """
    Let a known role pass.

    :raises NoSuchRole: if it is none
    """
    if role not in Role.values:
        raise NoSuchRole(role=role[:40], known=", ".join(Role.values))


def _let_go(organization: Organization, user: User, action: str, by: User, at: datetime) -> None:
    held = _lock(organization, user)
    if Role.ADMIN in held:
        _check_others(organization, user)
    Membership.objects.filter(organization=organization, user=user).delete()
    keys = ApiKey.objects.filter(organization=organization, user=user, revoked_at=None)
    many = keys.update(revoked_at=at)
    _take_back(organization, user, at)
    audit.record(
        by=by, action=action, subject=user.public_id, at=at, within=organization, was=held, keys_revoked=many
    )


def _take_back(organization: Organization, user: User, at: datetime) -> None:
    """Revoke what a person invited, or it would come back by its own link."""
    made = Invitation.objects.filter(organization=organization, made_by=user.public_id)
    made.filter(accepted_at=None, revoked_at=None).update(revoked_at=at)


def _lock(organization: Organization, user: User) -> list[str]:
    """Return the roles that somebody holds, under the lock by which members of one organization change."""
    Organization.objects.locked().get(pk=organization.pk)
    held = Membership.objects.filter(organization=organization, user=user).order_by("role")
    roles = list(held.values_list("role", flat=True))
    if not roles:
        raise NoMember(organization=organization.name)
    return roles


def _check_others(organization: Organization, user: User) -> None:
    others = Membership.objects.filter(organization=organization, role=Role.ADMIN, user__is_active=True)
    if not others.exclude(user=user).exists():
        raise LastAdministrator(organization=organization.name)
