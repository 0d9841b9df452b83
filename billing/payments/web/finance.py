"""The finance desk: the morning's figures, and the month as a checklist that ends with its lock."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.models import Book, PeriodLock
from billing.payments.actions import month_close
from billing.payments.models import ReconException
from billing.payments.queries.month_close import checklist
from billing.payments.queries.today import morning
from billing.payments.rules.month_close import Step, before, last_day
from billing.queries.exports import month_of
from billing.rules.export_vouchers import KINGDEE, kingdee, yonyou
from billing.rules.locks import Level
from marketplace.gateway.files import table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

PLATFORM = "P"
STEPS = {
    Step.STATEMENTS: (gettext_lazy("Statements of all bank accounts are there"), "statement-files"),
    Step.BALANCES: (gettext_lazy("Banks and books say the same"), "books"),
    Step.EXCEPTIONS: (gettext_lazy("No exception of the month is open"), "recon-exceptions"),
    Step.SUSPENSE: (gettext_lazy("No receipt is of an unknown payer"), "match-board"),
    Step.PAYMENTS: (gettext_lazy("Payments of the month have arrived or come back"), "payment-orders"),
    Step.UNBILLED: (gettext_lazy("All periods that ended are billed"), "provisional-bills"),
    Step.CHECKS: (gettext_lazy("The nightly checks find nothing"), "checks"),
    Step.SEALED: (gettext_lazy("All journals are sealed"), "books"),
}


@require_GET
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for finance of the platform this morning; every figure leads to its lines."""
    book, _within = book_of_desk(request)
    now = clock.now()
    found = morning(book, now)
    month = before(now.astimezone(ZoneInfo(book.zone)).date())
    reasons = ReconException.Reason
    context = {
        "book": book,
        "now": now,
        "morning": found,
        "heat": [
            {
                "label": reasons(row.reason).label,
                "reason": row.reason,
                "counts": row.counts,
                "total": row.total,
            }
            for row in found.heat
        ],
        "exceptions": sum(row.total for row in found.heat),
        "month": month,
        "bills_due": f"{reverse('acceptance-bills')}?state=HELD&state=PRESENTED&due_to={found.bills_until}",
    }
    return render(request, "payments/finance.html", context)


@require_GET
@login_required
def close(request: HttpRequest, month: str) -> HttpResponse:
    """Show the checklist of a month, and its locks; of it the steps alone to the desk's own page."""
    book, within = book_of_desk(request)
    first = _month(month)
    locked = PeriodLock.objects.of(book)
    steps = _steps(book, first)
    context = {
        "book": book,
        "month": first,
        "last": last_day(first),
        "before": f"{before(first):%Y-%m}",
        "steps": steps,
        "left": sum(not one["done"] for one in steps),
        "soft": locked.soft is not None and locked.soft >= last_day(first),
        "hard": locked.hard is not None and locked.hard >= last_day(first),
        "locks": allowed(request.user, Permission.BOOK_LOCK, within=within),  # type: ignore[arg-type]
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "payments/_steps.html", context)
    return render(request, "payments/month_close.html", context)


@require_POST
@login_required
def lock(request: HttpRequest, month: str, level: str) -> HttpResponse:
    """Lock the book through the month."""
    book, within = book_of_desk(request)
    first = _month(month)
    if level not in ("soft", "hard"):
        raise Http404
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        month_close.close(book=book, month=first, level=Level(level.upper()), **who)
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The book is locked through this month."))
    return redirect("month-close", month)


@require_GET
@login_required
def vouchers(request: HttpRequest, month: str, program: str) -> HttpResponseBase:
    """Give the journals of a month as vouchers for Kingdee or Yonyou."""
    book, _within = book_of_desk(request)
    first = _month(month)
    journals = month_of(book, first, last_day(first))
    if program == "kingdee":
        return table_answer("xlsx", f"kingdee-{month}", list(KINGDEE), kingdee(journals, book.currency))
    if program != "yonyou":
        raise Http404
    rows = yonyou(journals, book.currency, request.user.name)  # type: ignore[union-attr]
    content = "".join(f"{row}\r\n" for row in rows).encode("gb18030")
    name = f'attachment; filename="yonyou-{month}.txt"'
    return HttpResponse(
        content, content_type="text/plain; charset=gb18030", headers={"Content-Disposition": name}
    )


def _steps(book: Book, month: date) -> list[dict[str, Any]]:
    return [
        {
            "label": STEPS[item.step][0],
            "url": reverse(STEPS[item.step][1]),
            "count": item.count,
            "details": item.details,
            "done": item.is_done,
        }
        for item in checklist(book, month)
    ]


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None
    if not 2000 <= found.year <= 9000:
        raise Http404
    return found


def book_of_desk(request: HttpRequest) -> tuple[Book, Organization]:
    """
    Return the platform's book and who acts for it.

    :raises Http404: if it is asked for by anybody but finance of the platform
    """
    within = acting_organization(request)
    held = (Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE, Permission.BOOK_LOCK)
    found = Book.objects.filter(organization=within, code=PLATFORM).select_related("organization").first()
    if found is None or not any(allowed(request.user, each, within=within) for each in held):  # type: ignore[arg-type]
        raise Http404
    return found, within
