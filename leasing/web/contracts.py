"""The approval and the contract of a lease: what was looked at, what is agreed, who signed, does it hold."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import contracts
from leasing.gateway import papers
from leasing.models import Contract, Lease
from leasing.queries import credit_decision
from leasing.rules.annexes import State
from leasing.rules.approval import TEXTS
from leasing.rules.contracts import Form
from leasing.rules.leases import Side, Status
from leasing.rules.terms import Terms
from leasing.web import change_words
from leasing.web.words import MANDATES, said
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.models import Organization
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules import count_words
from marketplace.rules.pricing import words
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible


def part(shown: Lease, side: Side | None) -> dict[str, Any]:
    """Return what the page of a lease shows of its approval and its contract; the checks are the lessor's."""
    if shown.status == Status.ACCEPTED and side == Side.LESSOR:
        decision = credit_decision(shown, clock.now())
        return {"checks": [_check(check.dump()) for check in decision.checks]}
    if shown.status == Status.APPROVED:
        return {"waits_for_signatures": True, "has_contract": True}
    return {"has_contract": Contract.objects.filter(lease=shown).exists()} if shown.decided_at else {}


@require_GET
@login_required
def contract(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the contract in words, its fingerprint, and who signed it."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    found = get_object_or_404(Contract, lease=lease)
    verdict = contracts.verify(contract=found)
    terms, organization = Terms.parse(found.document["terms"], agreed=True), acting_organization(request)
    context = {
        "signed": _signed(found.document, terms),
        "changes": _changes(lease, organization),
        "lease": lease,
        "contract": found,
        "document": found.document,
        "is_written": found.form == Form.WRITTEN,
        "verdict": verdict,
        "plan_words": [_say(phrase) for phrase in words.phrases(terms.price_plan)],
        "count_words": [[_say(phrase) for phrase in count_words.phrases(rule)] for rule in terms.count_rules],
        "may_sign": _may_sign(request, lease, verdict, organization),
        "mandates": [(each.value, label) for each, label in MANDATES.items()],
    }
    return render(request, "leasing/contract.html", context)


@require_GET
@login_required
def contract_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the contract as a PDF file, in Chinese."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    found = get_object_or_404(Contract, lease=lease)
    name = f'inline; filename="{papers.contract_file_name(found)}"'
    return HttpResponse(
        papers.contract_pdf(found), content_type=MEDIA_TYPE, headers={"Content-Disposition": name}
    )


@require_POST
@login_required
def sign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign for the acting organization what was shown, by its fingerprint."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    given = {name: request.POST.get(name, "")[:120] for name in ("digest", "mandate", "mandate_reference")}
    organization = acting_organization(request)
    if organization not in (lease.lessor, lease.lessee):
        raise MissingRight(organization=organization.name)
    try:
        contracts.sign(lease=lease, within=organization, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Signed. Your signature stands under the contract."))
    return redirect("lease-contract", public_id)


def _signed(document: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Return period and deposit as they were signed; what changed them since stands below the document."""
    starts_at, ends_at = (datetime.fromisoformat(document[name]) for name in ("starts_at", "ends_at"))
    return {"starts_at": starts_at, "ends_at": ends_at, "zone": terms.zone.key, "deposit": terms.deposit}


def _changes(lease: Lease, reader: Organization) -> list[dict[str, Any]]:
    """Return what was agreed since, in its order; what was only proposed is no part of the contract."""
    found = list(lease.annexes.filter(state__in=[State.AGREED, State.IN_EFFECT]).order_by("number"))
    for one in found:
        one.lease = lease
    names, now = change_words.names_of(found), clock.now()
    return [change_words.row(one, lease, reader, names, now) for one in found]


def _check(check: dict[str, Any]) -> dict[str, Any]:
    text = TEXTS[check["code"]]
    return {"passed": check["passed"], "text": _(text).format(**check["facts"])}


def _may_sign(
    request: HttpRequest, lease: Lease, verdict: contracts.Verdict, organization: Organization
) -> bool:
    signed = {signature.organization_id for signature, _holds in verdict.signatures}
    side = organization in (lease.lessor, lease.lessee) and organization.pk not in signed
    right = allowed(request.user, Permission.LEASE_END, within=organization)  # type: ignore[arg-type]
    return lease.status == Status.APPROVED and side and right


def _say(phrase: Any) -> str:
    return _(phrase.msgid).format(**phrase.facts)


def _visible(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
