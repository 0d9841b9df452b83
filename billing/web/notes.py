"""Notes that correct an invoice: line by line what was, what is and the difference, and what shows why."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import CorrectedDay, Invoice, InvoiceLine
from billing.permissions import knows_booking, knows_lease
from billing.queries import reasons_for, standing_of, versions_of
from billing.rules.reasons import REASONS, Reason
from billing.web import words
from billing.web.disputes import dispute_rows
from leasing.models import Lease
from marketplace.queries import acting_organization
from marketplace.rules.pricing.words import UNITS
from marketplace.shared.money import Money

MOST = 200


def note_page(request: HttpRequest, shown: Invoice) -> HttpResponse:
    """Show a note, which the reader may read."""
    assert shown.corrects is not None, "a note corrects an invoice"
    assert shown.correction is not None, "a note names its finding"
    lease = shown.lease
    meters = set(lease.agreed.price_plan.meters()) if lease else set()
    days = shown.correction.days.select_related("before", "after__device").order_by(
        "after__local_day", "after__meter"
    )
    is_inside = knows_lease(shown, request.user)  # type: ignore[arg-type]
    context = {
        "knows_lease": is_inside,
        "note": shown,
        "invoice": shown,
        "disputes": dispute_rows(shown, request.user, acting_organization(request)),  # type: ignore[arg-type]
        "original": shown.corrects,
        "knows_booking": knows_booking(shown, request.user),  # type: ignore[arg-type]
        "zone": shown.zone.key,
        "lines": [_line(line) for line in shown.lines.all()],
        "total": abs_money(shown.gross),
        "credits": shown.gross_minor <= 0,
        "reasons": reason_words(reasons_for(shown, is_inside=is_inside)),
        "days": [day_row(lease, day) for day in days.filter(after__meter__in=meters)[:MOST]]
        if lease is not None and is_inside
        else [],
        "standing": Money(standing_of(versions_of(shown)).billed, shown.currency),
        "seller": shown.seller_facts.get("name") or shown.seller.name,
        "buyer": shown.buyer_facts.get("name") or shown.buyer.name,
    }
    return render(request, "billing/note_detail.html", context)


def reason_words(reasons: list[str]) -> list[str]:
    """Say why a period was corrected."""
    return [_(REASONS[Reason(reason)]) for reason in reasons]


def abs_money(amount: Money) -> Money:
    """Return the size of an amount: pages say credit or debit beside it."""
    return Money(abs(amount.minor), amount.currency)


def day_row(lease: Lease, day: CorrectedDay) -> dict[str, Any]:
    """Return what a page shows of a day that changed."""
    meter, before = day.after.meter, day.before
    return {
        "day": day.after.local_day,
        "meter": words.meter_name(meter),
        "unit": words.unit_name(meter),
        "before": words.shown(meter, before.quantity) if before else 0,
        "after": words.shown(meter, day.after.quantity),
        "version": day.after.version,
        "reasons": [
            {"label": _(REASONS[Reason(one["reason"])]), "url": _evidence(lease, day, one)}
            for one in day.reasons
        ],
    }


def _evidence(lease: Lease, day: CorrectedDay, one: dict[str, str]) -> str:
    """Return where a reason can be looked at."""
    reason = Reason(one["reason"])
    if reason is Reason.METER_CHANGE:
        return reverse("device-meter-changes", args=[day.after.device.public_id])
    if reason is Reason.REVIEW:
        return reverse("reviews", args=[lease.public_id]) + f"#{one['id']}"
    if reason in (Reason.SCRAP, Reason.SCRAP_WITHDRAWN):
        return reverse("reviews", args=[lease.public_id])
    return reverse("usage", args=[lease.public_id]) + f"?meter={day.after.meter}"


def _line(line: InvoiceLine) -> dict[str, Any]:
    before, after = line.facts["before"], line.facts["after"]
    return {
        "name": words.line_name(line.kind, line.meter),
        "unit": _(UNITS[line.unit]) if line.unit else "",
        "before_quantity": before["quantity"] if line.meter else None,
        "after_quantity": after["quantity"] if line.meter else None,
        "before": Money(before["net_minor"], line.currency),
        "after": Money(after["net_minor"], line.currency),
        "net": line.net,
        "rate": line.tax_rate,
        "tax": line.tax,
        "gross": line.gross,
        "steps": words.ladder(line.steps),
    }
