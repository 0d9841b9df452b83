"""Pages of risk funds: what there is, one fund for its administrator, and a claim from an overdue invoice."""

from collections.abc import Callable
from functools import partial
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

from billing.actions import fund_claims, fund_contributions, fund_transfers, funds
from billing.models import Fund, FundClaim, FundContribution, FundTransfer, Invoice
from billing.queries import fund_standing
from billing.rules.fund_states import DEAD, Move, Payment
from billing.web import fund_forms as typed
from billing.web import fund_words as words
from billing.web.loan_forms import told, with_minor
from marketplace.gateway.files import asked_format, list_answer, table_answer
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

PAGE = 50
PLACES = {
    "/amount_minor": "amount",
    "/deposit_minor": "deposit",
    "/lessee_cap_minor": "lessee_cap",
    "/owner_cap_minor": "owner_cap",
    "/year_cap_minor": "year_cap",
    "/floor_minor": "floor",
}
REFUSALS = (Invalid, NotPossible, fund_claims.SamePerson)
ACTS: dict[Move, tuple[type[forms.Form], Callable[..., Any], Any]] = {
    Move.WITHDRAW: (forms.Form, fund_claims.withdraw, gettext_lazy("The claim is withdrawn.")),
    Move.REVIEW: (forms.Form, fund_claims.review, gettext_lazy("Reviewed. A second person approves it.")),
    Move.APPROVE: (forms.Form, fund_claims.approve, gettext_lazy("Approved. The fund pays it next.")),
    Move.REJECT: (typed.FundReasonForm, fund_claims.reject, gettext_lazy("Rejected, with your reason.")),
}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the funds, and the claims of the acting organization; the platform opens funds here."""
    within = acting_organization(request)
    found = _claims(request, within)
    if form := asked_format(request):
        columns = [_("Invoice"), _("Owner"), _("Lessee"), _("State"), _("The fund pays"), _("Taken over")]
        return table_answer(form, "fund-claims", columns, (words.claim_cells(one, within) for one in found))
    opens = within.kind == OrganizationKind.PLATFORM and _may(request, within, Permission.BOOK_LOCK)
    new = typed.FundOpenForm(request.POST or None) if opens else None
    if request.method == "POST" and new is None:
        raise Http404
    if new is not None and new.is_valid():
        made = _tried(new, lambda: funds.open_fund(**new.cleaned_data, **_who(request, within)))
        if made is not None:
            return redirect("fund", made.public_id)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "funds": [words.fund_words(one, within) for one in _funds()],
        "page": page,
        "rows": [words.claim_words(one, within) for one in page],
        "form": new,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/funds_list.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one fund: its rules to all, what it has, owes and is owed to its administrator."""
    fund, within = get_object_or_404(_funds(), public_id=public_id), acting_organization(request)
    if form := asked_format(request):
        heads = [_("Invoice"), _("Net rent"), _("Owner pays"), _("Platform pays")]
        return list_answer(form, "fund-contributions", heads, _own(request, fund, within), _given_cells)
    return _page(request, fund, within)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Take part, leave, publish rules, work contributions out, or record that they were paid over."""
    fund, within = get_object_or_404(_funds(), public_id=public_id), acting_organization(request)
    form = _act_form(request, act)
    run, done = _act_run(fund, act, form, _who(request, within))
    if form.is_valid() and _tried(form, run) is not None:
        messages.success(request, done)
        return redirect("fund", public_id)
    return _page(request, fund, within, refused=(act, form))


def _act_form(request: HttpRequest, act: str) -> forms.Form:
    if act == "rules":
        return typed.FundRulesForm(request.POST, auto_id="rules-%s")
    if act == "pay-over":
        return typed.FundTransferForm(request.POST, auto_id="pay-%s")
    return forms.Form(request.POST)


def _act_run(fund: Fund, act: str, form: forms.Form, who: dict[str, Any]) -> tuple[Callable[[], Any], str]:
    """Return what an act does once its form is read, and what is said then."""

    def publish() -> Any:
        assert isinstance(form, typed.FundRulesForm)
        return funds.publish_rules(fund=fund, **form.given(), **who)

    def pay_over() -> Any:
        given = with_minor(form.cleaned_data)
        return fund_transfers.propose(fund=fund, kind=Payment.CONTRIBUTION.value, **given, **who)

    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "join": (partial(funds.join, fund=fund, **who), _("You take part.")),
        "leave": (partial(funds.leave, fund=fund, **who), _("You have left.")),
        "assess": (partial(fund_contributions.assess, fund=fund, **who), _("Worked out.")),
        "rules": (publish, _("The rules are published.")),
        "pay-over": (pay_over, _("Recorded. A second person confirms it.")),
    }
    if act not in acts:
        raise Http404
    return acts[act]


@login_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim for an overdue invoice of the acting organization's rent."""
    within = acting_organization(request)
    if not _may(request, within, Permission.FUND_CLAIM):
        raise Http404
    mine = Invoice.objects.issued().originals().filter(seller=within).with_parties()
    invoice = get_object_or_404(mine, public_id=public_id)
    given = FundContribution.objects.filter(invoice=invoice).select_related("rules", "fund__book").first()
    form = typed.FundClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _tried(
            form,
            lambda: fund_claims.claim(invoice=invoice, **form.given(), **_who(request, within)),
        )
        if made is not None:
            messages.success(request, _("Claimed. The fund reviews it."))
            return redirect("fund-claim", made.public_id)
    context = {
        "invoice": invoice,
        "lives": invoice.fund_claims.exclude(status__in=DEAD).first(),
        "form": form,
        "fund": given.fund if given else None,
        "rules": words.rules_words(given.rules) if given else None,
        "open": words.yuan(fund_claims.open_rent_of(invoice=invoice)),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "billing/fund_claim_new.html", context, status=status)


@login_required
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one claim to its owner and the fund: the waterfall, the payments, and what comes next."""
    found, within = _claim(request, public_id)
    return _claim_page(request, found, within)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move of a claim, or record a payment of it, and come back."""
    found, within = _claim(request, public_id)
    who = _who(request, within)
    if move == "pay":
        kinds = words.payments_for(found)
        form: forms.Form = typed.FundClaimTransferForm(
            request.POST, claim=found, kinds=kinds, auto_id="pay-%s"
        )
        done: Any = _("Recorded. A second person confirms it.")

        def run() -> Any:
            given = with_minor(form.cleaned_data)
            return fund_transfers.propose(fund=found.fund, claim=found, **given, **who)
    elif move in ACTS:
        shape, act, done = ACTS[Move(move)]
        form = shape(request.POST, auto_id=f"{move}-%s")

        def run() -> Any:
            return act(claim=found, **form.cleaned_data, **who)
    else:
        raise Http404
    if form.is_valid() and _tried(form, run) is not None:
        messages.success(request, str(done))
        return redirect("fund-claim", public_id)
    return _claim_page(request, found, within, refused=(move, form))


@require_POST
@login_required
def decide(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Confirm or drop a payment that somebody else recorded, and come back to its fund or claim."""
    within = acting_organization(request)
    mine = FundTransfer.objects.filter(fund__in=Fund.objects.managed_in(within, request.user))  # type: ignore[arg-type]
    found = get_object_or_404(
        mine.select_related("fund__book__organization", "claim__invoice"), public_id=public_id
    )
    who = _who(request, within)
    try:
        if verb == "confirm":
            fund_transfers.confirm(transfer=found, **who)
        elif verb == "drop":
            fund_transfers.drop(
                transfer=found, reason=request.POST.get("reason", "").replace("\0", ""), **who
            )
        else:
            raise Http404
    except REFUSALS as error:
        texts = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(texts) or _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The payment is decided."))
    if found.claim is not None:
        return redirect("fund-claim", found.claim.public_id)
    return redirect("fund", found.fund.public_id)


def _page(
    request: HttpRequest, fund: Fund, within: Organization, refused: tuple[str, forms.Form] | None = None
) -> HttpResponse:
    administers = within.pk == fund.book.organization_id
    runs = administers and _may(request, within, Permission.FUND_MANAGE)
    context = words.fund_words(fund, within) | {"runs": runs}
    fresh: dict[str, forms.Form] = {
        "rules": typed.FundRulesForm(auto_id="rules-%s"),
        "pay-over": typed.FundTransferForm(auto_id="pay-%s"),
    }
    if refused is not None:
        fresh[refused[0]] = refused[1]
    context |= {"pay_over": fresh["pay-over"], "new_rules": fresh["rules"]}
    context["refused"] = refused[1] if refused and refused[0] in ("join", "leave", "assess") else None
    context["publishes"] = runs and _may(request, within, Permission.BOOK_LOCK)
    context["may_join"] = not administers and _may(request, within, Permission.FUND_CLAIM)
    page = Paginator(_own(request, fund, within), PAGE).get_page(request.GET.get("page"))
    context |= {"page": page, "given": [_given(one) for one in page]}
    if runs:
        transfers = fund.transfers.filter(kind=Payment.CONTRIBUTION).order_by("-pk")[:PAGE]
        context["standing"] = words.standing_words(fund_standing(fund))
        context["transfers"] = [words.transfer_words(one) for one in transfers]
    return render(request, "billing/fund.html", context, status=400 if refused else 200)


def _claim_page(
    request: HttpRequest,
    found: FundClaim,
    within: Organization,
    refused: tuple[str, forms.Form] | None = None,
) -> HttpResponse:
    context = words.claim_words(found, within, whole=True)
    able: dict[str, forms.Form] = {str(one): ACTS[one][0](auto_id=f"{one}-%s") for one in context["moves"]}
    if context["pays"]:
        able["pay"] = typed.FundClaimTransferForm(
            initial=words.next_payment(found), claim=found, kinds=context["pays"], auto_id="pay-%s"
        )
    if refused is not None:
        able[refused[0]] = refused[1]
    context |= {"able": able, "refused": refused[1] if refused else None}
    return render(request, "billing/fund_claim.html", context, status=400 if refused else 200)


def _given(one: FundContribution) -> dict[str, Any]:
    minors = (one.net_minor, one.owner_minor, one.platform_minor)
    return {"one": one, "money": [words.yuan(minor) for minor in minors]}


def _given_cells(one: FundContribution) -> list[object]:
    """Return a contribution as a row of a file."""
    return [str(one.invoice), *(money.amount for money in _given(one)["money"])]


def _own(request: HttpRequest, fund: Fund, within: Organization) -> Any:
    """Return the contributions to a fund that the reader may see."""
    own = FundContribution.objects.readable_in(within, request.user).filter(fund=fund)  # type: ignore[arg-type]
    return own.select_related("invoice")


def _funds() -> Any:
    found = Fund.objects.select_related("book__organization").prefetch_related("rules", "memberships")
    return found.order_by("pk")


def _claims(request: HttpRequest, within: Organization) -> Any:
    mine = FundClaim.objects.readable_in(within, request.user)  # type: ignore[arg-type]
    return mine.with_sides().order_by("-pk")


def _claim(request: HttpRequest, public_id: str) -> tuple[FundClaim, Organization]:
    within = acting_organization(request)
    return get_object_or_404(_claims(request, within), public_id=public_id), within


def _may(request: HttpRequest, within: Organization, permission: Permission) -> bool:
    return allowed(request.user, permission, within=within)  # type: ignore[arg-type]


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}


def _tried(form: forms.Form, run: Callable[[], Any]) -> Any:
    """Run an action; what it refuses stands at the fields of the form."""
    try:
        return run()
    except REFUSALS as error:
        _told(error, form)
        return None


def _told(error: DomainError, form: forms.Form) -> None:
    told(error, form, PLACES)
