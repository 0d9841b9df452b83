"""The standing checks: what was looked at and when, what broke a rule, for whom, and the next step."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.filters import CheckFindingFilter
from billing.models import CheckFinding
from billing.queries.checks import findings_of, knows_lease_of, looked
from billing.rules.checks import figure
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, moment_cell, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization

MOST = 100
GIVEN = ("state", "check")
STANDING = {"state": "standing"}  # what is looked for first


@login_required
def checks(request: HttpRequest) -> HttpResponseBase:
    """Show what concerns the acting organization: the checks with their last run, and findings."""
    organization = acting_organization(request)
    visible = findings_of(organization, request.user)  # type: ignore[arg-type]
    given = {name: request.GET[name] for name in GIVEN if name in request.GET}
    filterset = CheckFindingFilter(given or STANDING, queryset=visible)
    found = (filterset.qs if filterset.is_valid() else visible.none()).order_by("-pk")
    may_read = allowed(request.user, Permission.INVOICE_READ, within=organization)  # type: ignore[arg-type]
    if form := asked_format(request):
        if may_read and request.GET.get("table") == "rules":
            heads = [_("Rule"), _("Looked at last"), _("Findings")]
            return table_answer(form, "checks", heads, map(_rule, looked(organization, visible)))
        refuse_unread(filterset)
        return table_answer(form, "findings", _columns(), (_cells(one, organization) for one in found))
    count = found.count()
    context = {
        "form": filterset.form,
        "rows": [_row(one, organization) for one in found[:MOST]],
        "more": max(0, count - MOST),
        "checks": looked(organization, visible),
        "standing": visible.standing().count(),
        "may_read": may_read,
        "zone": settings.TIME_ZONE,
    }
    return render(request, "billing/checks.html", context)


def _row(one: CheckFinding, organization: Organization) -> dict[str, Any]:
    return {
        "finding": one,
        "lease": one.lease if knows_lease_of(one, organization) else None,
        "expected": figure(one.expected, one.unit),
        "found": figure(one.found, one.unit),
    }


def _rule(row: Any) -> list[object]:
    """Return a rule with its last look as a row of a file."""
    return [_(row.check.says), moment_cell(row.at), row.standing if row.at else None]


def _columns() -> list[str]:
    return [
        _("Rule"),
        _("What breaks it"),
        _("Seller"),
        _("Lease"),
        _("Invoice"),
        _("Expected"),
        _("Found"),
        _("Since"),
        _("Solved at"),
        _("Next step"),
    ]


def _cells(one: CheckFinding, organization: Organization) -> list[object]:
    return [
        one.rule,
        one.about,
        one.seller.name if one.seller else "",
        one.lease.number if one.lease and knows_lease_of(one, organization) else "",
        one.invoice.number if one.invoice else "",
        figure(one.expected, one.unit),
        figure(one.found, one.unit),
        one.since.isoformat(),
        one.solved_at.isoformat() if one.solved_at else "",
        one.next_step,
    ]
