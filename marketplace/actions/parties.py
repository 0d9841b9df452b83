"""Add people, organizations and memberships."""

from datetime import datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Membership, Organization, User
from marketplace.models.parties import Role
from marketplace.permissions import Permission, require
from marketplace.rules.identifiers import parse_credit_code
from marketplace.shared.errors import NotPossible

ROBOT_DOMAIN = "robots.jijian.invalid"


class CreditCodeTaken(NotPossible):
    """The organization is here already."""

    code = "credit_code_taken"
    text = gettext_noop("An organization with the code {credit_code} is registered. Ask it to add you.")


def robot(*, name: str) -> User:
    """Return the robot called ``name`` (``clock``, ``replayer`` …), made at first use; it cannot sign in."""
    user, made = User.objects.get_or_create(
        email=f"{name}@{ROBOT_DOMAIN}", defaults={"name": name, "is_robot": True}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


@atomic
def register(
    *,
    name: str,
    kind: str,
    credit_code: str,
    by: User,
    at: datetime,
    region_code: str = "",
    name_en: str = "",
    is_synthetic: bool = False,
    awaits_verification: bool = False,
) -> Organization:
    """
    Register an organization and make ``by`` its administrator (robots do not become members).

    The region is read from the code where it is not given (positions 3 to 8). One that ``is_synthetic``
    stands for nobody, for ever; nothing but the check of the platform makes such. One that
    ``awaits_verification`` signed up itself, and keeps the code from nobody.

    :raises InvalidCreditCode: if the code is not well formed (GB 32100-2015)
    :raises CreditCodeTaken: if the code is registered already
    """
    code = parse_credit_code(credit_code)
    holding = Organization.objects.filter(awaits_verification=False, closed_at=None)
    if holding.filter(credit_code=code.value).exists():
        raise CreditCodeTaken(credit_code=code.value)
    organization = Organization.objects.create(
        name=name,
        name_en=name_en,
        kind=kind,
        credit_code=code.value,
        region_code=region_code or code.region_code,
        is_synthetic=is_synthetic,
        awaits_verification=awaits_verification,
    )
    if not by.is_robot:
        Membership.objects.create(user=by, organization=organization, role=Role.ADMIN)
    audit.record(
        by=by, action="organization.register", subject=organization.public_id, at=at, within=organization
    )
    return organization


@atomic
def add_member(*, organization: Organization, user: User, role: str, by: User, at: datetime) -> Membership:
    """
    Give ``user`` a role in ``organization``; giving it twice changes nothing.

    :raises MissingRight: if ``by`` may not edit members
    """
    require(by, Permission.MEMBER_EDIT, within=organization)
    membership, made = Membership.objects.get_or_create(user=user, organization=organization, role=role)
    if made:
        audit.record(
            by=by, action="member.add", subject=user.public_id, at=at, within=organization, role=role
        )
    return membership
