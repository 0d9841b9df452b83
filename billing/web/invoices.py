"""Invoices: the list that finance works with, the paper, and the way down to the readings."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from billing.actions import bundles
from billing.actions.turning_away import turn_away
from billing.filters import InvoiceFilter
from billing.models import Book, FundContribution, Invoice, InvoiceLine, WindowSet
from billing.models.invoices import InvoiceQuerySet
from billing.permissions import knows_booking, knows_lease, readable, readable_in
from billing.queries import SUMS, standing_of, sums_of, versions_of, with_open
from billing.rules.standing import Frozen
from billing.web import words
from billing.web.disputes import dispute_rows, with_cases
from billing.web.invoice_table import COLUMNS, asked_of
from billing.web.notes import note_page
from billing.web.subsidy_words import on_invoice
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization, SavedFilter, User
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.money import Money

PAGE = 50


@login_required
def invoices(request: HttpRequest) -> HttpResponseBase:
    """List the invoices of the acting organization, with filters, totals of the filter, and files."""
    organization = acting_organization(request)
    visible = readable_in(organization, request.user)  # type: ignore[arg-type]
    shown, form = asked_of(request), asked_format(request)
    filterset = InvoiceFilter(shown.given, queryset=visible)
    matching = filterset.qs if filterset.is_valid() else visible.none()
    found = shown.ordered(matching.with_parties())
    if form:
        refuse_unread(filterset)
        return table_answer(form, "invoices", shown.heads(), shown.rows(found, organization))
    first = (shown.page - 1) * PAGE
    rows = list(found[first : first + PAGE + 1])
    if first and not rows:
        raise Http404
    context = {
        "form": filterset.form,
        "shown": shown,
        "columns": [{"name": one.name, "label": one.label, "on": one in shown.columns} for one in COLUMNS],
        "lead_columns": sum(not column.is_money for column in shown.columns),
        "rows": [_row(invoice, organization) for invoice in rows[:PAGE]],
        "totals": totals(matching),
        "pages": {
            "previous": shown.at(shown.page - 1) if first else "",
            "next": shown.at(shown.page + 1) if len(rows) > PAGE else "",
        },
        "filtered": bool(filterset.form.changed_data),
        "saved": SavedFilter.objects.of(request.user, organization).filter(page="invoices"),  # type: ignore[arg-type]
        "may_read": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
        "keeps_books": Book.objects.filter(organization=organization).exists(),
    }
    return render(request, "billing/invoices_list.html", context)


def is_covered(invoice: Invoice, within: Organization, by: User) -> bool:
    """Tell whether the acting organization may claim for an invoice on a risk fund."""
    own = invoice.seller_id == within.pk and allowed(by, Permission.FUND_CLAIM, within=within)
    return own and FundContribution.objects.filter(invoice=invoice).exists()


@login_required
def invoice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the paper, line by line with its ladder."""
    shown = readable(public_id, request.user)  # type: ignore[arg-type]
    if shown.is_note:
        return note_page(request, shown)
    versions, acting = versions_of(shown), acting_organization(request)
    lines = list(shown.lines.select_related("fact", "invoice__lease").prefetch_related(with_cases()))
    standing, documents = standing_of(versions), list(with_open(versions).order_by("version"))
    owed = sum(each.open_minor for each in documents)  # type: ignore[attr-defined]
    context = {
        "invoice": shown,
        "zone": shown.zone.key,
        "knows_booking": knows_booking(shown, request.user),  # type: ignore[arg-type]
        "notes": [each for each in documents if each.version > 1],
        "standing": _standing(standing, shown.currency),
        "disputes": dispute_rows(shown, request.user, acting, lines),  # type: ignore[arg-type]
        "lines": [words.invoice_line(line) for line in lines],
        "knows_lease": knows_lease(shown, request.user),  # type: ignore[arg-type]
        "subsidy": on_invoice(shown, acting, request.user, billed_minor=standing.billed),  # type: ignore[arg-type]
        "reference": shown.payment_reference,
        "pays": bool(shown.payment_reference) and acting.pk == shown.buyer_id and owed > 0,
        "covered": is_covered(shown, acting_organization(request), request.user),  # type: ignore[arg-type]
        "seller": shown.seller_facts or _facts(shown.seller),
        "buyer": shown.buyer_facts or _facts(shown.buyer),
        "others": Invoice.objects.visible_to(request.user)  # type: ignore[arg-type]
        .of_periods()
        .filter(lease=shown.lease_id, booking=shown.booking_id, period_start=shown.period_start)
        .exclude(seller=shown.seller)
        .select_related("seller"),
    }
    return render(request, "billing/invoices_detail.html", context)


@login_required
def line(request: HttpRequest, public_id: str, position: int) -> HttpResponse:
    """Show the days and quarter-hours that a line was counted from."""
    shown = readable(public_id, request.user)  # type: ignore[arg-type]
    found = get_object_or_404(shown.lines.select_related("fact", "invoice__lease"), position=position)
    context = {
        "invoice": shown,
        "line": words.invoice_line(found),
        "zone": shown.zone.key,
        "unit": words.unit_name(found.meter) if found.meter else "",
        "days": [_day(shown, found, one) for one in _sets(found)],
    }
    return render(request, "billing/invoices_line.html", context)


def evident(request: HttpRequest, public_id: str) -> Invoice:
    """
    Return an invoice whose evidence is asked for; whoever has nothing to do with it stands in the log.

    Refusals are those of :func:`billing.permissions.readable`.
    """
    try:
        return readable(public_id, request.user)  # type: ignore[arg-type]
    except Http404:
        asked = {"by": request.user, "within": acting_organization(request), "at": clock.now()}
        turn_away(public_id=public_id, **asked)  # type: ignore[arg-type]
        raise


@login_required
def evidence(request: HttpRequest, public_id: str) -> FileResponse:
    """Hand out the bundle of an issued invoice, with which anybody can check it."""
    shown = evident(request, public_id)
    mine = {"within": acting_organization(request), "by": request.user}
    packed = bundles.in_a_file(invoice=shown, at=clock.now(), **mine)  # type: ignore[arg-type]
    filename = f"{shown.number}.zip"
    return FileResponse(packed, as_attachment=True, filename=filename, content_type="application/zip")


def _standing(found: Frozen, currency: str) -> dict[str, Money]:
    amounts = {"billed": found.billed, "disputed": found.disputed, "due": found.due}
    return {name: Money(minor, currency) for name, minor in amounts.items()}


def _sets(line: InvoiceLine) -> QuerySet[WindowSet]:
    sets = WindowSet.objects.filter(pk__in=line.usage.values("window_set"))
    return sets.select_related("device").prefetch_related("windows").order_by("local_day", "device")


def _day(shown: Invoice, line: InvoiceLine, found: WindowSet) -> dict[str, Any]:
    return {
        "day": found.local_day,
        "quantity": words.shown(found.meter, found.quantity),
        "exact": words.exactly(found.meter, found.quantity),
        "version": found.version,
        "arrival": found.arrival_hi,
        "digest": found.digest,
        "windows": [
            {
                "starts_at": window.starts_at,
                "ends_at": window.ends_at,
                "quantity": words.shown(found.meter, window.quantity),
                "exact": words.exactly(found.meter, window.quantity),
                "flags": words.flag_words(window.flags),
                "url": reverse("invoice-readings", args=[shown.public_id, line.position, window.pk]),
            }
            for window in found.windows.all()
        ],
    }


def totals(found: InvoiceQuerySet) -> list[dict[str, Any]]:
    """Return the sums of everything that the filter finds, on this page or not, per currency."""
    return [
        {"count": row["count"]} | {name: Money(row[name], row["currency"]) for name in SUMS}
        for row in sums_of(found)
    ]


def _row(found: Invoice, organization: Organization) -> dict[str, Any]:
    return {
        "invoice": found,
        "lease": found.lease if found.is_told_the_lease(organization) else None,
        "url": reverse("invoice", args=[found.public_id]),
        "booking": found.booking,
        "zone": found.zone.key,
        "net": found.net,
        "tax": found.tax,
        "gross": found.gross,
        "open": Money(found.open_minor, found.currency),  # type: ignore[attr-defined]
    }


def _facts(organization: Any) -> dict[str, str]:
    fields = ("name", "credit_code", "address", "phone", "bank_account")
    return {field: getattr(organization, field) for field in fields}
