"""Pages of subsidies: what programmes bear of one's invoices, one programme, and a settlement of it."""

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

from billing.actions import subsidies, subsidy_grants, subsidy_settlements
from billing.models import SubsidyAdmission, SubsidyGrant, SubsidyProgramme, SubsidySettlement
from billing.queries import subsidy_standing, with_answers
from billing.queries.subsidy_lists import claim_list
from billing.rules.subsidy_states import Move
from billing.web import subsidy_forms as typed
from billing.web import subsidy_words as words
from billing.web.loan_forms import told
from billing.web.parts import part_of
from marketplace.gateway.files import asked_format, list_answer, table_answer
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 50
PLACES = {
    "/budget_minor": "budget",
    "/lessee_cap_minor": "lessee_cap",
    "/least_minor": "least",
}
REFUSALS = (Invalid, NotPossible, subsidy_settlements.SubsidyNeedsAnother)
FORMS: dict[str, type[forms.Form]] = {
    "rules": typed.SubsidyRulesForm,
    "budget": typed.SubsidyBudgetForm,
    "admit": typed.SubsidyAdmissionForm,
    "settle": typed.SubsidyMonthForm,
    "assess": forms.Form,
}
MOVES: dict[str, tuple[Callable[..., Any], Any]] = {
    Move.DROP: (subsidy_settlements.drop, gettext_lazy("Dropped. The month can be drawn up anew.")),
    Move.SUBMIT: (subsidy_settlements.submit, gettext_lazy("Submitted. Hand the list to the authority.")),
    Move.CONFIRM: (subsidy_settlements.confirm, gettext_lazy("The answer is written down and booked.")),
    Move.PAY: (subsidy_settlements.pay, gettext_lazy("The payment is written down and booked.")),
    Move.HAND_ON: (subsidy_settlements.hand_on, gettext_lazy("What lessees were paid is booked.")),
}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the programmes, and what they bear of one's own invoices; the platform opens programmes here."""
    within = acting_organization(request)
    found = _grants(request, within)
    if form := asked_format(request):
        heads = [_("Invoice"), _("Programme"), _("Eligible amount"), _("Subsidy"), _("State")]
        return table_answer(form, "subsidies", heads, (_cells(one) for one in found))
    opens = within.kind == OrganizationKind.PLATFORM and _may(request, within)
    new = typed.SubsidyOpenForm(request.POST or None) if opens else None
    if request.method == "POST" and new is None:
        raise Http404
    if new is not None and new.is_valid():
        made = _tried(new, lambda: subsidies.open_programme(**new.given(), **_who(request, within)))
        if made is not None:
            return redirect("subsidy", made.public_id)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "programmes": [words.programme_words(one) for one in _programmes()],
        "page": page,
        "rows": [words.grant_words(one, runs=False) for one in page],
        "form": new,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/subsidies_list.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one programme: its terms to all, how it stands and what is next to its operator."""
    programme = get_object_or_404(_programmes(), public_id=public_id)
    if form := asked_format(request):
        return _file(request, form, programme)
    return _page(request, programme)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Publish terms, set the budget, admit, draw a settlement up, or work out what is borne."""
    programme, within = get_object_or_404(_programmes(), public_id=public_id), acting_organization(request)
    if act not in FORMS:
        raise Http404
    who = _who(request, within)
    subsidies.require_operator(programme=programme, within=within, by=who["by"])
    form = FORMS[act](request.POST, auto_id=f"{act}-%s")
    if form.is_valid():
        made = _tried(form, lambda: _run(programme, act, form, who))
        if isinstance(made, SubsidySettlement):
            return redirect("subsidy-settlement", made.public_id)
        if made is not None:
            messages.success(request, _("It is done."))
            return redirect("subsidy", public_id)
    return _page(request, programme, refused=(act, form))


def _run(programme: SubsidyProgramme, act: str, form: Any, who: dict[str, Any]) -> Any:
    if act == "rules":
        return subsidies.publish_rules(programme=programme, **form.given(), **who)
    if act == "budget":
        return subsidies.set_budget(programme=programme, **form.given(), **who)
    if act == "settle":
        return subsidy_settlements.draft(programme=programme, **form.cleaned_data, **who)
    if act == "assess":
        return subsidy_grants.assess(programme=programme, **who)
    given = dict(form.cleaned_data)
    known = Organization.objects.filter(is_synthetic=False, awaits_verification=False, closed_at=None)
    lessee = known.filter(credit_code=given.pop("credit_code").strip()).first()
    if lessee is None:
        form.add_error("credit_code", _("No company on the platform has this code."))
        return None
    return subsidies.admit(programme=programme, lessee=lessee, **given, **who)


@require_POST
@login_required
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End an admission, and come back to its programme."""
    within = acting_organization(request)
    mine = SubsidyAdmission.objects.filter(programme__in=_mine(request, within))
    found = get_object_or_404(mine.select_related("programme__operator", "lessee"), public_id=public_id)
    try:
        subsidies.end_admission(admission=found, **_who(request, within))
    except REFUSALS as error:
        messages.error(request, _(error.text).format(**error.facts))
    return redirect("subsidy", found.programme.public_id)


@login_required
def settlement(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one settlement to the operator: its items, what is next, and the list for the authority."""
    found = _settlement(request, public_id)
    if form := asked_format(request):
        heads, rows = claim_list(found)
        return table_answer(form, f"subsidy-{found.month:%Y-%m}", heads, rows)
    return _settlement_page(request, found)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move of a settlement, and come back."""
    found = _settlement(request, public_id)
    if move not in MOVES:
        raise Http404
    form, (run, done) = _move_form(move, found, request.POST), MOVES[move]
    who = _who(request, acting_organization(request))
    if (
        form.is_valid()
        and _tried(form, lambda: run(settlement=found, **form.cleaned_data, **who)) is not None
    ):
        messages.success(request, str(done))
        return redirect("subsidy-settlement", public_id)
    return _settlement_page(request, found, refused=(move, form))


def _move_form(move: str, found: SubsidySettlement, data: Any = None) -> forms.Form:
    given: dict[str, Any] = {"data": data, "auto_id": f"{move}-%s"}
    if move == Move.CONFIRM:
        return typed.SubsidyAnswerForm(settlement=found, **given)
    if move == Move.PAY:
        return typed.SubsidyPaidForm(**given)
    return typed.SubsidyReasonForm(**given) if move == Move.DROP else forms.Form(**given)


def _page(
    request: HttpRequest, programme: SubsidyProgramme, refused: tuple[str, forms.Form] | None = None
) -> HttpResponse:
    within = acting_organization(request)
    runs = within.pk == programme.operator_id and _may(request, within)
    page = Paginator(_grants(request, within).filter(programme=programme), PAGE)
    shown = page.get_page(request.GET.get("page"))
    context = words.programme_words(programme) | {
        "runs": runs,
        "page": shown,
        "rows": [words.grant_words(one, runs=runs) for one in shown],
    }
    if runs:
        fresh = {name: form(auto_id=f"{name}-%s") for name, form in FORMS.items()}
        if refused is not None:
            fresh[refused[0]] = refused[1]
        standing = subsidy_standing(programme, budget_minor=programme.budget_minor)
        settled, near = part_of(
            request, programme.settlements.select_related("programme"), "settled", size=PAGE
        )
        admitted, beside = part_of(
            request, programme.admissions.select_related("lessee"), "admitted", size=PAGE
        )
        context |= {
            "forms": fresh,
            "refused": refused[1] if refused else None,
            "standing": words.standing_words(standing),
            "admissions": admitted,
            "admitted_pages": beside,
            "settled_pages": near,
            "settlements": [words.settlement_words(one) for one in settled],
        }
    return render(request, "billing/subsidy.html", context, status=400 if refused else 200)


def _file(request: HttpRequest, form: str, programme: SubsidyProgramme) -> HttpResponseBase:
    """Hand out a table of a programme: grants, and to its operator settlements and admissions."""
    within, table = acting_organization(request), request.GET.get("table", "")
    runs = within.pk == programme.operator_id and _may(request, within)
    if runs and table == "settlements":
        heads = [_("Month"), _("State"), _("Asked for"), _("Confirmed amount")]
        drawn = programme.settlements.select_related("programme")
        return list_answer(form, "subsidy-settlements", heads, drawn, words.settlement_cells)
    if runs and table == "admissions":
        heads = [_("Company"), _("from"), _("ended before")]
        admitted = programme.admissions.select_related("lessee")
        return list_answer(form, "subsidy-admissions", heads, admitted, words.admission_cells)
    heads = [_("Invoice"), _("Programme"), _("Eligible amount"), _("Subsidy"), _("State")]
    return list_answer(form, "subsidies", heads, _grants(request, within).filter(programme=programme), _cells)


def _settlement_page(
    request: HttpRequest, found: SubsidySettlement, refused: tuple[str, forms.Form] | None = None
) -> HttpResponse:
    items = found.items.select_related("grant__invoice", "grant__lessee")
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    context = words.settlement_words(found)
    able = {name: _move_form(name, found) for name in context["moves"]}
    if refused is not None:
        able[refused[0]] = refused[1]
    context |= {
        "able": able,
        "refused": refused[1] if refused else None,
        "page": page,
        "rows": [words.item_words(one) for one in page],
        "events": words.events(found),
    }
    status = 400 if refused else 200
    return render(request, "billing/subsidy_settlement.html", context, status=status)


def _cells(one: SubsidyGrant) -> list[object]:
    row = words.grant_words(one, runs=False)
    return [row["number"], str(one.programme), row["base"].amount, row["amount"].amount, str(row["state"])]


def _programmes() -> Any:
    found = SubsidyProgramme.objects.select_related("operator", "authority")
    return found.prefetch_related("rules", "budgets").order_by("pk")


def _mine(request: HttpRequest, within: Organization) -> Any:
    return SubsidyProgramme.objects.managed_in(within, request.user)  # type: ignore[arg-type]


def _grants(request: HttpRequest, within: Organization) -> Any:
    mine = SubsidyGrant.objects.readable_in(within, request.user)  # type: ignore[arg-type]
    return with_answers(mine).select_related("programme", "invoice").order_by("-pk")


def _settlement(request: HttpRequest, public_id: str) -> SubsidySettlement:
    mine = SubsidySettlement.objects.filter(programme__in=_mine(request, acting_organization(request)))
    found: SubsidySettlement = get_object_or_404(
        mine.select_related("programme__operator"), public_id=public_id
    )
    return found


def _may(request: HttpRequest, within: Organization) -> bool:
    return allowed(request.user, Permission.SUBSIDY_MANAGE, within=within)  # type: ignore[arg-type]


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}


def _tried(form: forms.Form, run: Callable[[], Any]) -> Any:
    """Run an action; what it refuses stands at the fields of the form."""
    try:
        return run()
    except REFUSALS as error:
        if isinstance(form, typed.SubsidyAnswerForm):
            form.told(error, PLACES)
        else:
            told(error, form, PLACES)
        return None
