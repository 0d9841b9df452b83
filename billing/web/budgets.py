"""Pages of budgets and alerts: all of an organization, a new one, and one with what came about."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.actions import budgets
from billing.models import Budget
from billing.queries import shown_figures
from billing.rules.budgets import PERCENTS
from billing.web.budget_words import BudgetForm, bar, budget_cells, budget_name, crossing_rows, typed_of
from billing.web.loan_forms import told
from leasing.models import Lease
from leasing.rules.leases import Side
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock, versions
from marketplace.shared.errors import Invalid, NotAllowed, NotPossible

PAGE = 50
SHOWN = 100  # crossings of one budget
PLACES = {"/amount_minor": "amount"}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the budgets of the acting organization, as they stood when the clock looked last."""
    within = acting_organization(request)
    found = _mine(request, within)
    if form := asked_format(request):
        columns = [_("Budget for"), _("Our side"), _("Budget"), _("Net cost so far"), _("Forecast")]
        columns += [_("Used in percent"), _("Looked at")]
        return list_answer(form, "budgets", columns, found, lambda one: list(budget_cells(one)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [bar(one, one.net_minor, one.forecast_minor) for one in page],
        "may": _may(request, within),
    }
    return render(request, "billing/budgets_list.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Set a budget of ``?lease=``, or of all leases on ``?side=``; one that is there is shown instead."""
    within = acting_organization(request)
    if not _may(request, within):
        raise Http404
    lease, side = _lease(request, within), _side(request)
    known = _mine(request, within).filter(lease=lease)
    found = (known if lease is not None else known.filter(side=side)).first()
    if found is not None:
        return redirect("budget", found.public_id)
    initial = {"percents": ", ".join(map(str, PERCENTS))}
    form = BudgetForm(request.POST or None, lease=lease, initial=initial)
    if request.method == "POST" and form.is_valid():
        who: dict[str, Any] = {"organization": within, "by": request.user, "at": clock.now()}
        try:
            made = budgets.set_up(lease=lease, side=side, wanted=form.wanted(), **who)
        except (Invalid, NotPossible, NotAllowed) as error:
            told(error, form, PLACES)
        else:
            messages.success(request, _("Set. The clock looks at it within some minutes."))
            return redirect("budget", made.public_id)
    name = budget_name(Budget(organization=within, side=side, lease=lease))
    context = {"form": form, "lease": lease, "name": name}
    return render(request, "billing/budget.html", context, status=400 if request.method == "POST" else 200)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how one stands and what came about; take other wishes."""
    within, now = acting_organization(request), clock.now()
    found = get_object_or_404(_mine(request, within), public_id=public_id)
    form = BudgetForm(request.POST or None, lease=found.lease, initial=typed_of(found))
    if request.method == "POST" and form.is_valid():
        expected = versions.typed(request.POST.get("version", ""))
        who: dict[str, Any] = {"within": within, "by": request.user, "at": now, "expected": expected}
        try:
            budgets.change(budget=found, wanted=form.wanted(), **who)
        except (Invalid, NotPossible) as error:
            told(error, form, PLACES)
        else:
            messages.success(request, _("Changed. The clock looks at it within some minutes."))
            return redirect("budget", public_id)
    figures = shown_figures(found, now)
    context = {
        "form": form,
        "lease": found.lease,
        "name": budget_name(found),
        "found": found,
        "figures": figures,
        "unrated": figures.unrated if figures else (),
        "budget": bar(found, figures.net_minor, figures.forecast_minor) if figures else None,
        "rows": crossing_rows(found, figures, SHOWN),
    }
    return render(request, "billing/budget.html", context, status=400 if request.method == "POST" else 200)


@require_POST
@login_required
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop watching, and go back to the list."""
    within = acting_organization(request)
    found = get_object_or_404(_mine(request, within), public_id=public_id)
    try:
        budgets.end(budget=found, within=within, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("Deleted. Nothing is told of it any more."))
    return redirect("budgets")


def _mine(request: HttpRequest, within: Organization) -> Any:
    mine = Budget.objects.readable_in(within, request.user)  # type: ignore[arg-type]
    return mine.active().with_lease().order_by("-pk")


def _may(request: HttpRequest, within: Organization) -> bool:
    return allowed(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]


def _lease(request: HttpRequest, within: Organization) -> Lease | None:
    """Return the lease of the address, if it names one; one in which the organization is no side is none."""
    asked = request.GET.get("lease", "")
    if not asked:
        return None
    mine = Lease.objects.filter(lessee=within) | Lease.objects.filter(lessor=within)
    return get_object_or_404(mine.select_related("lessor", "lessee"), public_id=asked.replace("\0", ""))


def _side(request: HttpRequest) -> Side:
    return Side.LESSOR if request.GET.get("side") == Side.LESSOR.value else Side.LESSEE
