"""Pages: suspend an agreement, propose other terms, answer a proposal."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.ownership.actions import amendments, suspensions
from devices.ownership.models import Agreement, Proposal
from devices.ownership.rules.term_words import term_words
from devices.ownership.rules.wishes import with_wish
from devices.ownership.web import fields
from devices.ownership.web.offers import CellForm
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible


def state(agreement: Agreement, organization: Organization, user: User) -> dict[str, Any]:
    """Tell what an agreement says otherwise than usual, what waits, and what this person can do about it."""
    may = allowed(user, Permission.AGREEMENT_EDIT, within=organization)
    versions, proposal = list(agreement.versions.all()), agreement.proposals.open().first()
    own = proposal is not None and proposal.side == _side(agreement, organization)
    runs = agreement.closed_at is None
    return {
        "data_words": term_words(versions[-1].terms, _) if versions else [],
        "versions": versions[1:],
        "proposal": proposal,
        "proposal_words": term_words(proposal.terms, _) if proposal else [],
        "may_answer": may and runs and proposal is not None and not own,
        "may_withdraw": may and runs and proposal is not None and own,
        "may_propose": may and runs and proposal is None,
        "may_suspend": may and organization == agreement.lessee,
    }


@require_POST
@login_required
def suspend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Suspend, with one click of the lessee."""
    said = _("Suspended. From now on others than you read billing counters alone.")
    return _done(request, public_id, said, lambda held, by: suspensions.suspend(agreement=held, **by))


@require_POST
@login_required
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let it go on."""
    said = _("The agreement goes on.")
    return _done(request, public_id, said, lambda held, by: suspensions.resume(agreement=held, **by))


class ProposalForm(CellForm):
    """That a party reads a category otherwise; all else stays."""

    covers_earlier = forms.BooleanField(
        label=gettext_lazy("What it gives more holds for earlier data too"), required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the other side"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


def proposed(request: HttpRequest, held: Agreement, form: ProposalForm) -> tuple[Proposal | None, int]:
    """Propose what a form says; what stands against it is put at its fields."""

    def act() -> Proposal:
        given = dict(form.cleaned_data)
        wish = {name: given.pop(name) for name in ("party", "category", "level")}
        return amendments.propose(
            agreement=held,
            terms=with_wish(held.versions.latest("number").terms, **wish),
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given,
        )

    return fields.tried(form, act, {"terms": "level", "changes": "level", "note": "note"})


@require_POST
@login_required
def answer(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Accept by the fingerprint that was shown, refuse, or withdraw."""
    given = request.POST
    acts: dict[str, Callable[[Proposal, dict[str, Any]], Any]] = {
        "accept": lambda one, by: amendments.accept(proposal=one, digest=given.get("digest", ""), **by),
        "refuse": lambda one, by: amendments.refuse(
            proposal=one, reason=given.get("reason", "")[:2000], **by
        ),
        "withdraw": lambda one, by: amendments.withdraw(proposal=one, **by),
    }
    said = {
        "accept": _("Accepted. The new terms hold from now on."),
        "refuse": _("Refused. The terms stay as they are."),
        "withdraw": _("Withdrawn. The terms stay as they are."),
    }

    def act(held: Agreement, by: dict[str, Any]) -> Any:
        found = held.proposals.select_related("agreement__owner", "agreement__lessee")
        return acts[verb](get_object_or_404(found, public_id=item), by)

    return _done(request, public_id, said[verb], act)


def _done(
    request: HttpRequest, public_id: str, said: str, act: Callable[[Agreement, dict[str, Any]], Any]
) -> HttpResponse:
    held = Agreement.objects.of(acting_organization(request)).select_related("owner", "lessee")
    found = get_object_or_404(held, public_id=public_id)
    try:
        act(found, {"by": request.user, "at": clock.now()})
    except (NotPossible, Invalid) as error:
        messages.error(request, fields.told(error))
    else:
        messages.success(request, said)
    return redirect("data-agreement", public_id)


def _side(agreement: Agreement, organization: Organization) -> str:
    return Proposal.Side.OWNER if organization == agreement.owner else Proposal.Side.LESSEE
