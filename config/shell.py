"""What every page shows around its content: who is here, for which organization, where one can go."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.queries.indicator_questions import may_ask
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organizations_of, unread_of

# What stands under which place of the navigation, where it has no place of its own; the first that fits.
UNDER = {
    "platform": ("offer-checks", "dictionaries", "decisions", "mediations"),
    "finance": (
        "match-board",
        "payment-orders",
        "payees",
        "receipts",
        "payer-accounts",
        "acceptance-bills",
        "statement-files",
        "bank-lines",
        "bank-accounts",
    ),
    "leases": (
        "subleases",
        "tickets",
        "slots",
        "calendar-feeds",
        "credit-limits",
        "planning",
        "loans",
        "budgets",
        "/records/",
        "mediations",
    ),
    "equipment": (
        "services",
        "jobs",
        "chains",
        "imports",
        "/background-jobs/",
        "devices",
        "utilisation",
        "income",
    ),
    "catalogue": ("needs",),
    "api-keys": ("webhooks", "request-limits"),
    "invoices": (
        "funds",
        "subsidies",
        "payment-orders",
        "payees",
        "payments-made",
        "account-statement",
        "acceptance-bills",
    ),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return ``me``, ``organization``, ``organizations``, ``unread`` and ``nav`` for ``base.html``."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"me": None, "organization": None, "organizations": [], "nav": _nav(request, None, None)}
    organizations = organizations_of(request)
    active = acting_organization(request) if organizations else None
    return {
        "me": user,
        "organization": active,
        "organizations": organizations,
        "unread": unread_of(request, active) if active else 0,
        "nav": _nav(request, user, active),
        "second_factor_missing": active is not None and _lacks_second_factor(user, active),
    }


def _lacks_second_factor(user: User, organization: Organization) -> bool:
    """Tell whether a person has less rights here than it was given, for want of a second factor."""
    return user.roles_in(organization) != user.roles_held(organization)


def _nav(request: HttpRequest, user: User | None, organization: Organization | None) -> list[dict[str, Any]]:
    """Return the places of the navigation; the one that the page stands under is active."""
    items = [(_("Find machines"), "catalogue")]
    if user is not None and organization is not None:
        items = [(_("Today"), "today"), *items, (_("Leases"), "leases"), (_("Machines"), "equipment")]
        items.append((_("Messages"), "conversations"))
        if allowed(user, Permission.INVOICE_READ, within=organization):
            items.append((_("Invoices"), "invoices"))
        if organization.kind == OrganizationKind.PLATFORM:
            items.insert(0, (_("Back office"), "platform"))
        matches = allowed(user, Permission.PAYMENT_MATCH, within=organization)
        if organization.kind == OrganizationKind.PLATFORM and matches:
            items.append((_("Finance desk"), "finance"))
        checks = allowed(user, Permission.VERIFICATION_DECIDE, within=organization)
        if organization.kind == OrganizationKind.PLATFORM and checks:
            items.append((_("Verification"), "verifications"))
        if may_ask(organization, user):
            items.append((_("Indicators"), "indicators"))
        if organization.kind == OrganizationKind.FINANCIAL:
            items.append((_("Loans"), "loans"))
        items += [(_("Data rights"), "data-agreements"), (_("API keys"), "api-keys")]
    here = _place(request.path, [name for _label, name in items])
    return [{"label": label, "url": reverse(name), "active": name == here} for label, name in items]


def _place(path: str, names: Sequence[str]) -> str | None:
    """Return which of somebody's places a page stands under: its own, or that of what it is part of."""
    if path == reverse("catalogue"):
        return "catalogue"
    own = [name for name in names if name != "catalogue" and path.startswith(reverse(name))]
    if own:
        return own[0]
    pages = {
        home: tuple(name if name.startswith("/") else reverse(name) for name in under)
        for home, under in UNDER.items()
        if home in names
    }
    return next((home for home, starts in pages.items() if path.startswith(starts)), None)
