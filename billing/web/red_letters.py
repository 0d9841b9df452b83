"""Red letters by page: applied for, confirmed, refused, revoked; their list by month; what the buyer used."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import red_letters as actions
from billing.filters import RedLetterFilter
from billing.models import Invoice, RedLetter, TaxInvoice
from billing.permissions import readable, readable_in
from billing.rules.red_letters import Reason, Use
from billing.web.official import official_page
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

MOST = 500  # rows of the page; the file has all
ACTS: dict[str, Callable[..., RedLetter]] = {"refuse": actions.refuse, "revoke": actions.revoke}


@require_POST
@login_required
def apply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write a red letter down that was applied for at the bureau."""

    def act(note: Invoice, **who: Any) -> None:
        actions.apply(
            note=note,
            number=request.POST.get("number", ""),
            reason=Reason(request.POST.get("reason", "")),
            remark=request.POST.get("remark", ""),
            **who,
        )

    return _done(request, public_id, act, _("The red letter is written down."))


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, item: str, act: str) -> HttpResponse:
    """Confirm, refuse or revoke; whose move it is, is the action's to say."""
    if act not in ("confirm", *ACTS):
        raise Http404

    def carry_out(note: Invoice, **who: Any) -> None:
        letter = get_object_or_404(note.red_letters.listed(), public_id=item)
        if act == "confirm":
            actions.confirm(letter=letter, **who)
        else:
            ACTS[act](letter=letter, why=request.POST.get("why", ""), **who)

    return _done(request, public_id, carry_out, _("It is written down, and the other side is told."))


@require_POST
@login_required
def use(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down what the buyer did with the blue e-invoice that stands."""

    def act(invoice: Invoice, **who: Any) -> None:
        about = TaxInvoice.objects.standing().filter(invoice=invoice, red_letter=None)
        actions.say_use(
            tax_invoice=get_object_or_404(about.select_related("invoice")),
            use=Use(request.POST.get("use", "")),
            **who,
        )

    return _done(request, public_id, act, _("It is written down."))


@login_required
def red_letters(request: HttpRequest) -> HttpResponseBase:
    """List the red letters of the acting organization by month and state, also as a file."""
    organization = acting_organization(request)
    visible = RedLetter.objects.filter(note__in=readable_in(organization, request.user))  # type: ignore[arg-type]
    given = {name: value for name, value in request.GET.items() if isinstance(value, str) and value}
    filterset = RedLetterFilter(given, queryset=visible)
    found = (filterset.qs if filterset.is_valid() else visible.none()).listed()
    found = found.prefetch_related("tax_invoices")
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(form, "red-letters", _columns(), _cells(found))
    context = {
        "form": filterset.form,
        "rows": [
            {"letter": one, "net": Money(one.net_minor, "CNY"), "tax": Money(one.tax_minor, "CNY")}
            for one in found[:MOST]
        ],
        "filtered": bool(filterset.form.changed_data),
        "may_read": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "billing/red_letters.html", context)


def _done(request: HttpRequest, public_id: str, act: Callable[..., None], told: str) -> HttpResponse:
    """Carry out what a form asks for, for the acting organization; what was refused is said."""
    invoice = readable(public_id, request.user)  # type: ignore[arg-type]
    try:
        act(invoice, within=acting_organization(request), by=request.user, at=clock.now())
    except ValueError:
        messages.error(request, _("Choose one of the list."))
    except Invalid as error:
        for flaw in error.flaws:
            messages.error(request, _(flaw.text).format(**flaw.facts))
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, told)
        return redirect("invoice-official", public_id)
    return official_page(request, invoice)


def _columns() -> list[str]:
    return [
        _("Credit note"),
        _("Seller"),
        _("Buyer"),
        _("Blue e-invoice"),
        _("Confirmation"),
        _("State"),
        _("Reason of the red letter"),
        _("Remark"),
        _("Net"),
        _("VAT"),
        _("Gross"),
        _("Applied on"),
        _("Red e-invoice"),
        _("Issued"),
    ]


def _cells(found: Any) -> Iterator[list[object]]:
    for one in found:
        red = next((paper for paper in one.tax_invoices.all() if paper.withdrawn_at is None), None)
        yield [
            one.note.number or "",
            one.note.seller.name,
            one.note.buyer.name,
            one.blue.number,
            one.number,
            one.get_state_display(),
            one.get_reason_display(),
            one.remark,
            Money(one.net_minor, "CNY").amount,
            Money(one.tax_minor, "CNY").amount,
            one.gross.amount,
            one.applied_at.astimezone(one.note.zone).date(),
            "" if red is None else red.number,
            "" if red is None else red.issued_on,
        ]
