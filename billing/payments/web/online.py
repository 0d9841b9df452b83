"""Pages that lead to a payment provider: a payer to pay an invoice, an organization to be paid."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import Invoice
from billing.payments.actions import payment_requests, provider_accounts
from billing.payments.gateway import providers
from billing.payments.rules.providers import OnboardingState, Outcome
from billing.payments.web.pay import drawing
from billing.permissions import readable
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

STRIPE = "stripe"


@require_POST
@login_required
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for what is open of an invoice by a wallet, and show where to pay: an address or a code."""
    shown, within = readable(public_id, request.user), acting_organization(request)  # type: ignore[arg-type]
    provider = providers.online().get(STRIPE)
    if (
        provider is None
        or shown.status != Invoice.Status.ISSUED
        or shown.is_note
        or within.pk != shown.buyer_id
    ):
        raise Http404
    back = request.build_absolute_uri(reverse("invoice-pay", args=[public_id]))
    method = request.POST.get("method", "")
    try:
        asked, how = payment_requests.ask(
            payer=within,
            invoices=[shown],
            provider=provider,
            method=method if method in payment_requests.WALLETS else "",
            back=back,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except DomainError as error:
        flaws = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(flaws) or _(error.text).format(**error.facts))
        return redirect("invoice-pay", public_id)
    context = {
        "invoice": shown,
        "amount": Money(asked.amount_minor, asked.currency),
        "url": how.url,
        "code": how.code,
        "drawing": drawing(how.code) if how.code else "",
    }
    return render(request, "payments/pay_online.html", context)


@require_POST
@login_required
def onboard(request: HttpRequest) -> HttpResponse:
    """Begin, or go on, to be paid through the provider, and show the way to its pages."""
    within = acting_organization(request)
    provider = providers.online().get(STRIPE)
    if provider is None or not allowed(request.user, Permission.PAYEE_EDIT, within=within):  # type: ignore[arg-type]
        raise Http404
    found = provider_accounts.onboard(
        organization=within,
        provider=provider,
        back=request.build_absolute_uri(reverse("payees")),
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )
    if found.state is OnboardingState.ACTIVE:
        messages.success(request, _("Stripe knows your company: it may be paid through Stripe now."))
        return redirect("payees")
    if found.result.outcome is not Outcome.DONE or not found.url:
        messages.error(request, _("Stripe does not answer now. Try again in a few minutes."))
        return redirect("payees")
    return render(request, "payments/onboarding.html", {"url": found.url, "wanted": found.wanted})
