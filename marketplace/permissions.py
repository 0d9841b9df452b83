"""
Who may do what: a closed list of permissions, roles as code, and the door for writes.

What a role may do is code, so that git shows when it changed; only who holds it is data. Reads go through
``visible_to`` querysets; writes call :func:`require` on the first line of the action. Pages ask
:func:`allowed` merely to hide buttons.
"""

from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from marketplace.models import Membership, Organization, User
from marketplace.models.parties import GUARDED, Role
from marketplace.shared.errors import NotAllowed


class Permission(StrEnum):
    """One right to act, named noun.verb."""

    EQUIPMENT_EDIT = "equipment.edit"
    LISTING_EDIT = "listing.edit"
    LISTING_PUBLISH = "listing.publish"
    CHAIN_EDIT = "chain.edit"
    LEASE_REQUEST = "lease.request"
    LEASE_DECIDE = "lease.decide"
    LEASE_OPERATE = "lease.operate"
    LEASE_END = "lease.end"
    CREDIT_EDIT = "credit.edit"
    TEMPLATE_PUBLISH = "template.publish"
    DEVICE_EDIT = "device.edit"
    TELEMETRY_READ = "telemetry.read"
    TELEMETRY_REPLAY = "telemetry.replay"
    TELEMETRY_DELIVER = "telemetry.deliver"
    INVOICE_READ = "invoice.read"
    INVOICE_RUN = "invoice.run"
    BILLING_SET = "billing.set"
    BOOK_POST = "book.post"
    BOOK_LOCK = "book.lock"
    MEMBER_EDIT = "member.edit"
    API_KEY_EDIT = "api_key.edit"
    REQUEST_LIMIT_SET = "request_limit.set"
    SIGNING_KEY_EDIT = "signing_key.edit"
    LOG_COUNTERSIGN = "log.countersign"
    AGREEMENT_EDIT = "agreement.edit"
    DATA_GRANT = "data.grant"
    DATA_ERASE = "data.erase"
    LOG_AUDIT = "log.audit"
    MESSAGE_WRITE = "message.write"
    LICENCE_RECORD = "licence.record"
    LOAN_REQUEST = "loan.request"
    LOAN_DECIDE = "loan.decide"
    FUND_CLAIM = "fund.claim"
    FUND_MANAGE = "fund.manage"
    SUBSIDY_MANAGE = "subsidy.manage"
    INDICATOR_READ = "indicator.read"
    INDICATOR_SET = "indicator.set"
    PAYMENT_MATCH = "payment.match"
    PAYMENT_RELEASE = "payment.release"
    PAYEE_EDIT = "payee.edit"
    CHECK_RECORD = "check.record"
    VERIFICATION_DECIDE = "verification.decide"
    ACCOUNT_EXPORT = "account.export"
    ORGANIZATION_CLOSE = "organization.close"
    ANNOUNCEMENT_PUBLISH = "announcement.publish"


_OPERATOR = frozenset(
    {
        Permission.EQUIPMENT_EDIT,
        Permission.LISTING_EDIT,
        Permission.LEASE_REQUEST,
        Permission.LEASE_OPERATE,
        Permission.DEVICE_EDIT,
        Permission.TELEMETRY_READ,
        Permission.MESSAGE_WRITE,
        Permission.INDICATOR_READ,
        Permission.ACCOUNT_EXPORT,
    }
)
_FINANCE = frozenset(
    {
        Permission.INVOICE_READ,
        Permission.INVOICE_RUN,
        Permission.CREDIT_EDIT,
        Permission.BOOK_POST,
        Permission.LOAN_REQUEST,
        Permission.LOAN_DECIDE,
        Permission.FUND_CLAIM,
        Permission.FUND_MANAGE,
        Permission.SUBSIDY_MANAGE,
        Permission.INDICATOR_READ,
        Permission.INDICATOR_SET,
        Permission.PAYMENT_MATCH,
        Permission.PAYMENT_RELEASE,
        Permission.PAYEE_EDIT,
        Permission.ACCOUNT_EXPORT,
    }
)
_VIEWER = frozenset({Permission.TELEMETRY_READ, Permission.INDICATOR_READ, Permission.ACCOUNT_EXPORT})

ROLES: dict[str, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.OPERATOR: _OPERATOR
    | {
        Permission.LISTING_PUBLISH,
        Permission.CHAIN_EDIT,
        Permission.LEASE_DECIDE,
        Permission.LEASE_END,
        Permission.TELEMETRY_REPLAY,
        Permission.TELEMETRY_DELIVER,
        Permission.INVOICE_READ,
        Permission.LOG_COUNTERSIGN,
        Permission.AGREEMENT_EDIT,
        Permission.DATA_GRANT,
        Permission.DATA_ERASE,
        Permission.CHECK_RECORD,
        Permission.VERIFICATION_DECIDE,
    },
    Role.FINANCE: _FINANCE | {Permission.TELEMETRY_READ},
    Role.VIEWER: _VIEWER,
}


class MissingRight(NotAllowed):
    """The person's role in the organization does not include the right."""

    code = "missing_right"
    text = gettext_noop(
        "Your role at {organization} does not allow this. Ask an administrator of {organization}."
    )


class SecondFactorNeeded(NotAllowed):
    """The organization asks administrators and finance for a second factor, and the person has none."""

    code = "second_factor_needed"
    text = gettext_noop(
        "{organization} asks its administrators and finance for a second factor. "
        "Set up an authenticator under “Security”, then try again."
    )


def allowed(user: User, permission: Permission, *, within: Organization) -> bool:
    """Return whether ``user`` holds ``permission`` in the organization ``within``; robots hold all."""
    if not user.is_active:
        return False
    if user.is_robot:
        return True
    return any(permission in ROLES[role] for role in user.roles_in(within))


def organizations_where(user: User, permission: Permission) -> QuerySet[Organization]:
    """Return the organizations in which ``user`` holds ``permission``: :func:`allowed` for whole lists."""
    roles = [role for role, held in ROLES.items() if permission in held]
    found = Organization.objects.filter(memberships__user=user, memberships__role__in=roles)
    if user.lacks_second_factor and permission not in _VIEWER:  # whoever is guarded only looks on
        free = [role for role in roles if role not in GUARDED]
        held = Membership.objects.filter(user=user, role__in=free, organization=OuterRef("pk"))
        found = found.filter(Q(asks_second_factor=False) | Exists(held))
    return found.distinct()


def require(user: User, permission: Permission, *, within: Organization) -> None:
    """
    Let the caller go on, or refuse.

    :raises MissingRight: if the person's roles in ``within`` do not include ``permission``
    :raises SecondFactorNeeded: if they do, but ``within`` asks for a second factor, which the person lacks
    """
    if allowed(user, permission, within=within):
        return
    if user.is_active and any(permission in ROLES[role] for role in user.roles_held(within)):
        raise SecondFactorNeeded(organization=within.name)
    raise MissingRight(organization=within.name, permission=str(permission))
