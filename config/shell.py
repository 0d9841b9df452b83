"""What every page shows around its content: who is here, for which organization, where one can go."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organizations_of, unread_of

OF_LEASES = (
    "subleases",
    "tickets",
    "slots",
    "calendar-feeds",
    "credit-limits",
    "planning",
    "loans",
    "budgets",
)


OF_INVOICES = ("funds", "subsidies", "payment-orders", "payees", "payments-made")
OF_FINANCE = (
    "match-board",
    "payment-orders",
    "payees",
    "receipts",
    "payer-accounts",
    "statement-files",
    "bank-lines",
    "bank-accounts",
)


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
    }


def _nav(request: HttpRequest, user: User | None, organization: Organization | None) -> list[dict[str, Any]]:
    """Return the places of the navigation; the longest address that fits the path is the active one."""
    items = [(_("Find machines"), "catalogue")]
    if user is not None and organization is not None:
        items = [(_("Today"), "today"), *items, (_("Leases"), "leases"), (_("Machines"), "equipment")]
        items.append((_("Messages"), "conversations"))
        if allowed(user, Permission.INVOICE_READ, within=organization):
            items.append((_("Invoices"), "invoices"))
        matches = allowed(user, Permission.PAYMENT_MATCH, within=organization)
        if organization.kind == OrganizationKind.PLATFORM and matches:
            items.append((_("Finance desk"), "finance"))
        if organization.kind == OrganizationKind.FINANCIAL:
            items.append((_("Loans"), "loans"))
        items += [(_("Data rights"), "data-agreements"), (_("API keys"), "api-keys")]
    here = _under(request.path) if user is not None else request.path
    rows: list[dict[str, Any]] = [{"label": label, "url": reverse(name)} for label, name in items]
    desk = reverse("finance")
    if any(row["url"] == desk for row in rows) and here.startswith(
        tuple(reverse(name) for name in OF_FINANCE)
    ):
        here = desk
    if user is not None and here.startswith(tuple(reverse(name) for name in OF_INVOICES)):
        here = reverse("invoices")
    for row in rows:
        row["active"] = here == row["url"] or (row["url"] != "/" and here.startswith(str(row["url"])))
    return rows


def _under(path: str) -> str:
    """Return the place of the navigation that a page stands under, or the page's own address."""
    places = {"leases": OF_LEASES, "equipment": ("services", "jobs"), "api-keys": ("webhooks",)}
    pages = {home: tuple(reverse(name) for name in names) for home, names in places.items()}
    pages["leases"] += ("/records/",)
    return next((reverse(home) for home, starts in pages.items() if path.startswith(starts)), path)
