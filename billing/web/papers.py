"""Invoices, notes and statements as PDF files, in Chinese, to print and to keep."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from billing.gateway import papers
from billing.models import Invoice
from billing.permissions import lease_with_books, readable
from billing.queries import billed_days, document_of, statement_of, statement_paper
from marketplace.gateway.documents import MEDIA_TYPE


@require_GET
@login_required
def invoice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an invoice or a note; a draft says that it is one."""
    shown = readable(public_id, request.user)  # type: ignore[arg-type]
    return _shown(papers.invoice_pdf(document_of(shown)), shown.file_name)


@require_GET
@login_required
def statement(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the statement of ``?period=2026-10-15``, or of the newest period; 404 if nothing is billed."""
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    mine = Invoice.objects.visible_to(request.user)  # type: ignore[arg-type]
    days = billed_days(lease, mine)
    asked = request.GET.get("period")
    found = [day for day in days if asked in (None, str(day))]
    if not found:
        raise Http404
    made = statement_paper(lease, statement_of(lease, days[found[0]], mine))
    return _shown(papers.statement_pdf(made), f"statement-{lease.number}-{found[0]}")


def _shown(content: bytes, name: str) -> HttpResponse:
    given = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=given)
