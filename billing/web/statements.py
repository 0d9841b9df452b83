"""What a lessee owes for a period of a lease, over all its sellers, and what is still to be invoiced."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.permissions import lease_with_books
from billing.queries import OfSeller, billed_days, statement_of, waiting_of
from billing.queries.facts import Unbilled
from billing.rules.facts import Fact
from billing.rules.periods import share_of_full
from billing.rules.standing import Frozen, added
from billing.web import words
from leasing.models import Lease
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.shared.money import Money


@login_required
def statement(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show invoices and notes of one period, by seller; without a period the newest that is billed."""
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    mine = Invoice.objects.visible_to(request.user)  # type: ignore[arg-type]
    days = {str(day): start for day, start in billed_days(lease, mine).items()}
    asked = request.GET.get("period", "")
    day = asked if asked in days else next(iter(days), "")
    parts = statement_of(lease, days[day], mine) if day else []
    if form := asked_format(request):
        rows = (_cells(one) for part in parts for one in part.versions)
        return table_answer(form, f"statement-{lease.number}-{day or 'none'}", _columns(), rows)
    currency = lease.agreed.price_plan.currency
    context = {
        "lease": lease,
        "zone": lease.agreed.zone.key,
        "periods": [{"label": value, "url": f"?period={value}", "active": value == day} for value in days],
        "parts": [_part(part, currency) for part in parts],
        "sums": _sums(added(part.sums for part in parts), currency),
        "period": _span(parts),
        "file_query": f"?period={day}",
        "waiting": [_row(lease, one) for one in waiting_of(lease) if _is_shown(request, lease, one)],
    }
    return render(request, "billing/statement.html", context)


def _is_shown(request: HttpRequest, lease: Lease, one: Unbilled) -> bool:
    """Show a lessor what it sells itself; lessee and platform see what all sellers will ask for."""
    reader = acting_organization(request)
    sees_all = reader.pk == lease.lessee_id or reader.kind == OrganizationKind.PLATFORM
    return sees_all or one.fact.seller == OWNER


def _row(lease: Lease, one: Unbilled) -> dict[str, Any]:
    """Return what waits; what it lowers the rent by is known when its period is drafted."""
    fact, terms = one.fact, lease.agreed
    net = None
    if isinstance(fact, Fact):
        share = share_of_full(
            one.period, zone=terms.zone, anchor_day=terms.billing_anchor_day, plan=terms.price_plan
        )
        net = fact.line(terms.price_plan.currency, share).net
    return {
        "name": words.line_name(fact.kind, None),
        "text": fact.text,
        "at": fact.at,
        "period": one.period,
        "seller": _seller(lease, fact.seller),
        "net": net,
    }


def _seller(lease: Lease, seller: str) -> str:
    if seller == OWNER:
        return lease.lessor.name
    if seller == PLATFORM:
        return _("The platform")
    return Organization.objects.get(public_id=seller).name


def _part(part: OfSeller, currency: str) -> dict[str, Any]:
    seller = part.versions[0].seller
    return {"seller": seller, "versions": part.versions, "sums": _sums(part.sums, currency)}


def _sums(found: Frozen, currency: str) -> dict[str, Money]:
    amounts = {"billed": found.billed, "disputed": found.disputed, "due": found.due}
    return {name: Money(minor, currency) for name, minor in amounts.items()}


def _span(parts: list[OfSeller]) -> Invoice | None:
    return parts[0].versions[0] if parts else None


def _columns() -> list[str]:
    return [_("Seller"), _("Kind"), _("Number"), _("Issued"), _("Net"), _("VAT"), _("Gross"), _("Currency")]


def _cells(one: Invoice) -> list[object]:
    assert one.issued_at is not None, "a statement shows what is issued"
    issued = one.issued_at.astimezone(one.zone).date()
    amounts = one.net.amount, one.tax.amount, one.gross.amount
    return [one.seller.name, one.get_kind_display(), one.number or "", issued, *amounts, one.currency]
