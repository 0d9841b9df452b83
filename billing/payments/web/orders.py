"""Pages of what goes out: payouts to propose, approve and send; an order with its lines and its history."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from billing.models import Book
from billing.payments.actions import operations, order_files, orders, payouts
from billing.payments.filters import PaymentOrderFilter
from billing.payments.gateway import providers
from billing.payments.models import BankAccount, Operation, OrderFile, PaymentOrder
from billing.payments.queries.payable import payable_sums
from billing.payments.queries.receipts import owed_notes
from billing.payments.rules.order_states import State
from billing.payments.web import order_words as words
from billing.payments.web.take_back_form import section
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 50
PLATFORM = "P"


class ReasonForm(forms.Form):
    """Why an order is dropped."""

    reason = forms.CharField(label=gettext_lazy("Why is it not paid?"), max_length=500)


class SendForm(forms.Form):
    """The account that pays, and how its bank takes orders."""

    bank_account = forms.ModelChoiceField(
        BankAccount.objects.none(), to_field_name="public_id", label=gettext_lazy("Paid from")
    )
    format = forms.ChoiceField(choices=OrderFile.Format, label=gettext_lazy("File"))

    def __init__(self, *given: Any, book: Book, **more: Any) -> None:
        super().__init__(*given, **more)
        chosen: Any = self.fields["bank_account"]
        chosen.queryset = BankAccount.objects.filter(book=book, is_open=True)


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what is paid: to finance of the platform all orders, to an owner its payouts."""
    within = acting_organization(request)
    visible = PaymentOrder.objects.readable_in(within, request.user).select_related("payee", "payee_account")  # type: ignore[arg-type]
    filterset = PaymentOrderFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if form := asked_format(request):
        refuse_unread(filterset)
        return list_answer(form, "payouts", words.columns(), found, words.cells)
    book = paying_book(request, within)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "payments/orders_list.html",
        {
            "form": filterset.form,
            "page": page,
            "rows": [words.row(one) for one in page],
            "book": book,
            "payable": payable_sums(book) if book else [],
            "notes": owed_notes(book) if book else [],
            "sendable": [words.row(one) for one in _sendable(book)] if book else [],
            "send": SendForm(book=book) if book else None,
        },
    )


@require_POST
@login_required
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a payout to every owner for whom something was collected."""
    within = acting_organization(request)
    book = paying_book(request, within)
    if book is None:
        raise Http404
    try:
        made, nowhere = payouts.propose_all(book=book, **_who(request, within))
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
        return redirect("payment-orders")
    said = ngettext("%(count)s payout is proposed.", "%(count)s payouts are proposed.", len(made))
    messages.success(request, said % {"count": len(made)})
    for owner in nowhere:
        messages.warning(request, _("{owner} has named no account to be paid to.").format(owner=owner.name))
    return redirect("payment-orders")


@require_POST
@login_required
def send(request: HttpRequest) -> HttpResponse:
    """Write the chosen orders into a file for the bank."""
    within = acting_organization(request)
    book = paying_book(request, within)
    if book is None:
        raise Http404
    form = SendForm(request.POST, book=book)
    names = request.POST.getlist("order")
    chosen = list(PaymentOrder.objects.filter(book=book, public_id__in=names))
    if not form.is_valid() or not chosen:
        messages.error(request, _("Choose the payments, the account that pays, and the kind of file."))
        return redirect("payment-orders")
    try:
        made = order_files.make(chosen=chosen, **form.cleaned_data, **_who(request, within))
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
        return redirect("payment-orders")
    return redirect("order-file", made.public_id)


@require_GET
@login_required
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a file for the bank, as it was written; ``?download`` saves it, else its page is shown."""
    within = acting_organization(request)
    book = paying_book(request, within)
    found = get_object_or_404(OrderFile.objects.select_related("bank_account"), public_id=public_id)
    if book is None or found.bank_account.book_id != book.pk:
        raise Http404
    if "download" not in request.GET:
        context = {
            "file": found,
            "total": Money(found.total_minor, found.currency),
            "rows": [words.row(one) for one in found.orders.select_related("payee", "payee_account")],
        }
        return render(request, "payments/order_file.html", context)
    is_xml = found.format == OrderFile.Format.PAIN001
    kind, ending = ("application/xml", "xml") if is_xml else ("text/csv", "csv")
    name = f'attachment; filename="{found.public_id}.{ending}"'
    return HttpResponse(bytes(found.content), content_type=kind, headers={"Content-Disposition": name})


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one order: what it pays line by line, who decided, and what comes next."""
    order, within = visible_order(request, public_id)
    return page_of(request, order, within)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve an order, or drop it with a reason."""
    order, within = visible_order(request, public_id)
    acts: dict[str, Callable[..., Any]] = {
        "approve": orders.approve,
        "drop": orders.drop,
        "refuse": orders.refuse,
        "transmit": _transmit,
    }
    if verb not in acts or within.pk != order.book.organization_id:
        raise Http404
    form = ReasonForm(request.POST) if verb in ("drop", "refuse") else forms.Form(request.POST)
    if form.is_valid():
        try:
            acts[verb](order=order, **form.cleaned_data, **_who(request, within))
        except DomainError as error:
            form.add_error(None, _(error.text).format(**error.facts))
        else:
            done = {
                "approve": _("Approved. It can go to the bank now.")
                if order.provider == payouts.BANK
                else _("Approved. It can be sent now."),
                "drop": _("Dropped."),
                "refuse": _("Noted. The money is free for another payment."),
                "transmit": _("Sent. It shows here when it is paid."),
            }
            messages.success(request, done[verb])
            return redirect("payment-order", public_id)
    return page_of(request, order, within, refused=form)


def _transmit(*, order: PaymentOrder, **who: Any) -> Operation:
    return operations.send(order=order, provider=providers.through(order.provider, order.reference), **who)


def page_of(
    request: HttpRequest, order: PaymentOrder, within: Organization, *, refused: forms.Form | None = None
) -> HttpResponse:
    """Show an order; ``refused`` is the form that was not taken, with why."""
    runs = within.pk == order.book.organization_id
    releases = runs and allowed(request.user, Permission.PAYMENT_RELEASE, within=within)  # type: ignore[arg-type]
    state = State(order.state)
    is_own = order.maker == request.user.public_id  # type: ignore[union-attr]
    context = {
        "order": order,
        "row": words.row(order),
        "items": [words.item(one, runs=runs) for one in payouts.lines_of(order=order)],
        "refund": getattr(order, "refund", None),
        "runs": runs,
        "approves": releases and state is State.PROPOSED and not is_own,
        "waits_for_other": releases and state is State.PROPOSED and is_own,
        "drop": (refused if isinstance(refused, ReasonForm) else ReasonForm())
        if releases and state in (State.PROPOSED, State.APPROVED)
        else None,
        "refuse": ReasonForm(auto_id="refuse-%s")
        if releases and state is State.SENT and order.file_id and not is_own
        else None,
        "transmits": releases
        and state is State.APPROVED
        and order.provider in providers.online()
        and not is_own,
        "refused": refused,
        "events": words.history(order) if runs else [],
        **section(request, order, within, refused),
    }
    return render(request, "payments/order.html", context, status=400 if refused else 200)


def visible_order(request: HttpRequest, public_id: str) -> tuple[PaymentOrder, Organization]:
    """Return an order that the acting organization may see, and that organization."""
    within = acting_organization(request)
    rows = PaymentOrder.objects.readable_in(within, request.user)  # type: ignore[arg-type]
    rows = rows.select_related("payee", "payee_account", "book", "file", "refund__receipt", "refund__note")
    return get_object_or_404(rows, public_id=public_id), within


def paying_book(request: HttpRequest, within: Organization) -> Book | None:
    """Return the book that the acting organization pays from, if the person has to do with payments."""
    held = (Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE)
    if not any(allowed(request.user, each, within=within) for each in held):  # type: ignore[arg-type]
        return None
    return Book.objects.filter(organization=within, code=PLATFORM).first()


def _sendable(book: Book) -> list[PaymentOrder]:
    mine = PaymentOrder.objects.filter(book=book, state=State.APPROVED, payee_account__isnull=False)
    return list(mine.select_related("payee", "payee_account")[:PAGE])


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}
