"""The back office: what waits for the platform's people, and the day in figures."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.payments.queries import back_office
from billing.payments.queries.back_office import Matter, Waiting
from marketplace.actions.background_jobs import TEXTS
from marketplace.models import BackgroundJob, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money
from marketplace.shared.period import local_midnight

ZONE = ZoneInfo("Asia/Shanghai")
# What it is called, where it is worked on ("" if nowhere: the page says what to do), and what is done there.
WORDS: dict[Matter, tuple[Promise, str, Promise]] = {
    Matter.VERIFICATIONS: (
        gettext_lazy("Verifications"),
        "verifications",
        gettext_lazy("Read the papers beside what was typed, and decide."),
    ),
    Matter.CHECK_AGAIN: (
        gettext_lazy("Regular checks due within thirty days"),
        "verifications",
        gettext_lazy("Begin the check; the clock does on the day itself."),
    ),
    Matter.OFFERS: (
        gettext_lazy("Offers that nobody checked"),
        "offer-checks",
        gettext_lazy("Read the nameplate against the serial number."),
    ),
    Matter.NAMEPLATES: (
        gettext_lazy("Two machines with one nameplate"),
        "offer-checks",
        gettext_lazy("Find out which of them is genuine."),
    ),
    Matter.REPORTS: (
        gettext_lazy("Reports of offers"),
        "offer-checks",
        gettext_lazy("Hide what is wrong, or find nothing wrong; read what owners answered."),
    ),
    Matter.DECISIONS: (
        gettext_lazy("Decisions between two sides"),
        "decisions",
        gettext_lazy("Returns, damage, settlements and standstills on which the two do not agree."),
    ),
    Matter.DISPUTES: (
        gettext_lazy("Disputed lines of invoices"),
        "invoices",
        gettext_lazy("The seller answers; look at those that wait for long."),
    ),
    Matter.PAYOUTS: (
        gettext_lazy("Payments to approve"),
        "payment-orders",
        gettext_lazy("A second person approves what the first one proposed."),
    ),
    Matter.RUNS: (
        gettext_lazy("Invoice runs to approve"),
        "invoice-runs",
        gettext_lazy("Compare the preview with last month, then approve."),
    ),
    Matter.COMMISSION: (
        gettext_lazy("Commission rates to approve"),
        "commission-rates",
        gettext_lazy("A second person approves what the first one proposed."),
    ),
    Matter.EXCEPTIONS: (
        gettext_lazy("Exceptions of the reconciliation"),
        "recon-exceptions",
        gettext_lazy("Say of each what it is."),
    ),
    Matter.FINDINGS: (
        gettext_lazy("Findings of the nightly checks"),
        "checks",
        gettext_lazy("Each names its next step."),
    ),
    Matter.MAILS: (
        gettext_lazy("Mails that could not be sent"),
        "",
        gettext_lazy("Look at the mail server; the address may be wrong."),
    ),
    Matter.JOBS: (
        gettext_lazy("Background jobs that failed within a week"),
        "",
        gettext_lazy("They are listed below."),
    ),
    Matter.SILENCES: (
        gettext_lazy("Leased machines that are not heard"),
        "",
        gettext_lazy("Their owners are told; ask those whose machine is silent for long."),
    ),
}
QUERY = {Matter.PAYOUTS: "?state=PROPOSED"}
# Where settings and lists of the platform are: name, address, who may.
PLACES: tuple[tuple[Promise, str, Permission], ...] = (
    (gettext_lazy("Verification of organizations"), "verifications", Permission.VERIFICATION_DECIDE),
    (gettext_lazy("Checks of offers"), "offer-checks", Permission.CHECK_RECORD),
    (gettext_lazy("Dictionaries of categories"), "dictionaries", Permission.CHECK_RECORD),
    (gettext_lazy("Decisions of the platform"), "decisions", Permission.LEASE_DECIDE),
    (gettext_lazy("General terms"), "general-terms", Permission.TEMPLATE_PUBLISH),
    (gettext_lazy("Commission"), "commission-rates", Permission.INVOICE_READ),
    (gettext_lazy("Announcements"), "announcing", Permission.ANNOUNCEMENT_PUBLISH),
    (gettext_lazy("Finance desk"), "finance", Permission.PAYMENT_MATCH),
    (gettext_lazy("Subsidy programmes"), "subsidies", Permission.SUBSIDY_MANAGE),
    (gettext_lazy("Risk compensation funds"), "funds", Permission.FUND_MANAGE),
    (gettext_lazy("Indicators"), "indicators", Permission.INDICATOR_READ),
    (gettext_lazy("Standing checks"), "checks", Permission.INVOICE_READ),
    (gettext_lazy("Members"), "members", Permission.MEMBER_EDIT),
)


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for a person of the platform, the oldest of each kind, and what happened today."""
    platform, user = acting_organization(request), request.user
    if platform.kind != OrganizationKind.PLATFORM:
        raise Http404
    now, on = clock.now(), clock.today()
    mine = back_office.matters_of(user, platform)  # type: ignore[arg-type]
    found = back_office.waiting(platform, mine, now, on)
    since = local_midnight(on, ZONE)
    day = back_office.figures(since, local_midnight(on + timedelta(days=1), ZONE))
    context = {
        "now": now,
        "rows": [_row(one, now) for one in found if one.count],
        "quiet": [WORDS[one.matter][0] for one in found if not one.count],
        "total": sum(one.count for one in found),
        "is_more": any(one.is_more for one in found),
        "day": day,
        "billed": Money(day.billed_minor, "CNY"),
        "jobs": [_job(one) for one in back_office.failed_jobs(now)] if Matter.JOBS in mine else [],
        "places": _places(user, platform),  # type: ignore[arg-type]
    }
    return render(request, "payments/back_office.html", context)


def _row(one: Waiting, now: datetime) -> dict[str, Any]:
    label, name, what = WORDS[one.matter]
    days = (now - one.since).days if one.since else 0
    return {
        "label": label,
        "what": what,
        "url": reverse(name) + QUERY.get(one.matter, "") if name else "",
        "count": one.count,
        "is_more": one.is_more,
        "since": one.since,
        "days": max(days, 0),
    }


def _job(one: BackgroundJob) -> dict[str, Any]:
    code = one.problem.get("code", "")
    why = _(TEXTS[code]).format(**one.problem.get("facts", {})) if code in TEXTS else ""
    return {"one": one, "why": why}


def _places(user: User, platform: Any) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(name)}
        for label, name, right in PLACES
        if allowed(user, right, within=platform)
    ]
