"""Pages of loans: what lenders offer, an application from a lease, and one loan for its two sides."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.actions import loan_offers, loan_payments, loan_products, loans
from billing.models import LoanApplication, LoanLicence, LoanProduct
from billing.models.loan_products import local_day
from billing.queries import LOAN_DATA, loan_data
from billing.rules.loan_states import Move, Purpose
from billing.web import loan_forms as typed
from billing.web.loan_words import (
    data_rows,
    loan_cells,
    loan_words,
    product_cells,
    product_columns,
    schedule_cells,
    schedule_columns,
)
from leasing.models import Lease
from marketplace.gateway.files import asked_format, list_answer, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.rules.instalments import DayCount, Method
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.money import Money

PAGE = 50
PLACES = {
    "/amount_minor": "amount",
    "/least_minor": "least",
    "/most_minor": "most",
}
ACTS: dict[Move, tuple[type[forms.Form], Callable[..., Any], Any]] = {
    Move.OFFER: (typed.LoanOfferForm, loan_offers.offer, gettext_lazy("Offered. The lessee is told.")),
    Move.DECLINE: (typed.LoanReasonForm, loan_offers.decline, gettext_lazy("Declined. The lessee is told.")),
    Move.ACCEPT: (typed.LoanAcceptForm, loans.accept, gettext_lazy("Accepted. The lender pays it out.")),
    Move.WITHDRAW: (forms.Form, loans.withdraw, gettext_lazy("Withdrawn. The lender is told.")),
    Move.PAY_OUT: (typed.LoanPaidOutForm, loan_payments.pay_out, gettext_lazy("The payout is recorded.")),
    Move.REPAY: (typed.LoanPaidForm, loan_payments.repay, gettext_lazy("The payment is recorded.")),
    Move.SETTLE: (typed.LoanPaidForm, loan_payments.settle, gettext_lazy("The loan is settled.")),
    Move.TAKE_BACK: (typed.LoanTakeBackForm, loan_payments.take_back, gettext_lazy("Taken back.")),
}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the loans that the acting organization lends or borrows."""
    within = acting_organization(request)
    found = LoanApplication.objects.readable_in(within, request.user).with_sides().order_by("-pk")  # type: ignore[arg-type]
    if form := asked_format(request):
        columns = [_("Loan"), _("Lender"), _("Lessee"), _("State"), _("Amount"), _("Overdue")]
        return table_answer(form, "loans", columns, (loan_cells(one, within) for one in found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [loan_words(one, within) for one in page]
    return render(request, "billing/loans_list.html", {"page": page, "rows": rows})


@login_required
def products(request: HttpRequest) -> HttpResponseBase:
    """Show what licensed lenders offer; a lender publishes here, and withdraws."""
    within, today = acting_organization(request), local_day(clock.now())
    seen = LoanProduct.objects.seen_by(within, today).select_related("lender").order_by("-pk")
    if wanted := asked_format(request):
        return list_answer(wanted, "loan-products", product_columns(), seen, product_cells)
    lends = _lends(request, within)
    form = typed.LoanProductForm(request.POST or None) if lends else None
    if request.method == "POST":
        require(request.user, Permission.LOAN_DECIDE, within=within)  # type: ignore[arg-type]
        if form is not None and form.is_valid() and _publish(request, within, form):
            return redirect("loan-products")
    page = Paginator(seen, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [_product(one, within) for one in page], "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/loan_products.html", context, status=status)


@require_POST
@login_required
def withdraw_product(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw a product of the acting organization."""
    within = acting_organization(request)
    mine = LoanProduct.objects.filter(lender=within).select_related("lender")
    product = get_object_or_404(mine, public_id=public_id)
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        loan_products.withdraw(product=product, **who)
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    return redirect("loan-products")


@login_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Apply for a loan from a lease, having seen every figure that would be handed over."""
    within, now = acting_organization(request), clock.now()
    mine = Lease.objects.filter(lessee=within).select_related("lessor", "lessee")
    if not allowed(request.user, Permission.LOAN_REQUEST, within=within):  # type: ignore[arg-type]
        raise Http404
    lease = get_object_or_404(mine, public_id=public_id)
    offered = LoanProduct.objects.on_offer(local_day(now)).exclude(lender=within).select_related("lender")
    form = typed.LoanApplyForm(request.POST or None, products=list(offered.order_by("-pk")[:PAGE]))
    if request.method == "POST" and form.is_valid():
        given = typed.with_minor(form.cleaned_data)
        product = offered.get(public_id=given.pop("product"))
        who: dict[str, Any] = {"within": within, "by": request.user, "at": now}
        try:
            made = loans.apply(lease=lease, product=product, **given, **who)
        except (Invalid, NotPossible) as error:
            typed.told(error, form, PLACES)
        else:
            messages.success(request, _("Applied. The lender is told, and sees what you chose."))
            return redirect("loan", made.public_id)
    shown = data_rows(loan_data(lease, list(LOAN_DATA), now))
    context = {"lease": lease, "form": form, "data": shown, "products": offered.exists()}
    return render(request, "billing/loan_new.html", context, status=400 if request.method == "POST" else 200)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one loan to its two sides: the offer, the schedule, the payments, and what comes next."""
    loan, within = _found(request, public_id)
    if form := asked_format(request):
        return table_answer(form, loan.public_id, schedule_columns(), schedule_cells(loan))
    return _page(request, loan, within)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back; what is wrong stands at its field."""
    loan, within = _found(request, public_id)
    if move not in ACTS:
        raise Http404
    shape, act, done = ACTS[Move(move)]
    form = shape(request.POST, auto_id=f"{move}-%s")
    if form.is_valid():
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        try:
            act(loan=loan, **typed.with_minor(form.cleaned_data), **who)
        except (Invalid, NotPossible) as error:
            typed.told(error, form, PLACES)
        else:
            messages.success(request, str(done))
            return redirect("loan", public_id)
    return _page(request, loan, within, refused=(Move(move), form))


def _page(
    request: HttpRequest,
    loan: LoanApplication,
    within: Organization,
    refused: tuple[Move, forms.Form] | None = None,
) -> HttpResponse:
    context = loan_words(loan, within, whole=True)
    able = {}
    for name in context["moves"]:
        known = refused is not None and refused[0] is name
        fresh = ACTS[name][0](initial=_initial(loan), auto_id=f"{name}-%s")
        able[str(name)] = refused[1] if known and refused else fresh
    context |= {"able": able, "refused": refused[1] if refused else None, "loan": loan}
    return render(request, "billing/loan.html", context, status=400 if refused else 200)


def _initial(loan: LoanApplication) -> dict[str, Any]:
    offer, standing = loan.offer, loan.standing_payments()
    found: dict[str, Any] = {
        "amount": Money(loan.amount_minor, loan.currency).amount,
        "months": loan.months,
        "yearly_percent": f"{loan.product.yearly_percent.normalize():f}",
    }
    if standing:
        found["position"] = standing[-1].position
    if offer is not None:
        found |= {"digest": offer.digest, "paid_on": offer.starts_on}
    if loan.status == LoanApplication.State.PAID_OUT:
        left = [one for one in loan.standings(local_day(clock.now())) if one.left]
        found |= {"paid_on": None, "amount": Money(left[0].left, loan.currency).amount if left else None}
    return found


def _found(request: HttpRequest, public_id: str) -> tuple[LoanApplication, Organization]:
    within = acting_organization(request)
    mine = LoanApplication.objects.readable_in(within, request.user).with_sides()  # type: ignore[arg-type]
    return get_object_or_404(mine, public_id=public_id), within


def _lends(request: HttpRequest, within: Organization) -> bool:
    """Tell whether the acting organization is a lender whose products the person may publish."""
    may = allowed(request.user, Permission.LOAN_DECIDE, within=within)  # type: ignore[arg-type]
    return may and LoanLicence.objects.in_force(within.pk, local_day(clock.now())) is not None


def _publish(request: HttpRequest, within: Organization, form: typed.LoanProductForm) -> bool:
    given = form.given()
    read = {"purpose": Purpose, "method": Method, "day_count": DayCount}
    wanted = loan_products.Wanted(**given | {name: kind(given[name]) for name, kind in read.items()})
    try:
        loan_products.publish(lender=within, wanted=wanted, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (Invalid, NotPossible) as error:
        typed.told(error, form, PLACES)
        return False
    messages.success(request, _("Published. Lessees can apply for it."))
    return True


def _product(product: LoanProduct, within: Organization) -> dict[str, Any]:
    return {
        "product": product,
        "least": Money(product.least_minor, product.currency),
        "most": Money(product.most_minor, product.currency),
        "mine": product.lender_id == within.pk and product.withdrawn_at is None,
    }
