"""The planning page: the weeks, what is late, what to do about it and why; and the acceptance of a plan."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import orders, plans
from leasing.actions.leases import RequestInvalid
from leasing.actions.orders import MOST_WEEKS
from leasing.models import OrderBook, PlanAcceptedAnnex, PlanAcceptedLease
from leasing.queries import book_of, plan_facts
from leasing.rules import proposals
from leasing.rules.plan_words import hours_of
from leasing.rules.planning import Load, Shift, Week
from leasing.rules.plans import Kind, Plan, Proposal
from leasing.web.words import said
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.pricing import words
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

DAY = timedelta(days=1)
SHOWN_LATE = 20
SHOWN_ACCEPTED = 10
TITLES = {
    Kind.ADD: gettext_lazy("Lease one machine: {name}"),
    Kind.EXTEND: gettext_lazy("Extend lease {name}"),
    Kind.RELEASE: gettext_lazy("Give the machine of lease {name} back early"),
}


class BookForm(forms.Form):
    """How the machines are worked."""

    shift = forms.ChoiceField(label=gettext_lazy("Shifts"), choices=OrderBook.Shifts.choices)
    availability = forms.DecimalField(
        label=gettext_lazy("Availability (0 to 1)"),
        help_text=gettext_lazy("The share of the shift in which a machine can work."),
        min_value=Decimal("0.0001"),
        max_value=1,
        decimal_places=4,
    )
    weeks = forms.IntegerField(label=gettext_lazy("Weeks to plan"), min_value=1, max_value=MOST_WEEKS)


@login_required
def shown(request: HttpRequest) -> HttpResponse:
    """Show the plan of the acting organization as it is now."""
    organization = acting_organization(request)
    book = book_of(organization)
    inputs, categories = plan_facts(organization, book, at=clock.now())
    made = proposals.plan(inputs)
    names = {code: one.label for code, one in categories.items()}
    may = allowed(request.user, Permission.LEASE_REQUEST, within=organization)  # type: ignore[arg-type]
    initial = {"shift": book.shift, "availability": book.availability.normalize(), "weeks": book.weeks}
    context = {
        "plan": made,
        "first": inputs.calendar.first,
        "end": inputs.calendar.end,
        "shift": OrderBook.Shifts(book.shift).label,
        "availability": book.availability,
        "loads": [_load(one, made, names) for one in made.loads],
        "proposals": [_proposal(one, names) for one in made.proposals],
        "acceptable": may and any(not one.by_hand for one in made.proposals),
        "may_edit": may,
        "book": BookForm(initial=initial),
        "accepted": _accepted(organization),
    }
    return render(request, "leasing/planning.html", context)


@require_POST
@login_required
def accept(request: HttpRequest) -> HttpResponse:
    """Carry out the proposals that were ticked, all or none."""
    try:
        made = plans.accept(
            organization=acting_organization(request),
            digest=request.POST.get("digest", ""),
            keys=request.POST.getlist("proposal"),
            note=request.POST.get("note", "")[:2000],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except RequestInvalid as error:
        messages.error(request, said(error))
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        asked = [one.lease for one in made.leases.select_related("lease")]
        asked += [one.annex.lease for one in made.changes.select_related("annex__lease")]
        numbers = _(", ").join(one.number for one in asked)
        messages.success(request, _("Asked for: {numbers}. The lessors decide.").format(numbers=numbers))
    return redirect("planning")


@require_POST
@login_required
def set_up(request: HttpRequest) -> HttpResponse:
    """Set shift, availability and weeks."""
    form = BookForm(request.POST)
    if not form.is_valid():
        messages.error(request, _(orders.BookInvalid.text))
        return redirect("planning")
    typed = form.cleaned_data
    orders.set_up(
        organization=acting_organization(request),
        shift=Shift(typed["shift"]),
        availability=typed["availability"],
        weeks=typed["weeks"],
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )
    messages.success(request, _("Saved. The plan below follows from it."))
    return redirect("planning")


def _load(load: Load, plan: Plan, names: dict[str, str]) -> dict[str, Any]:
    most = max((max(week.demand, week.capacity) for week in load.weeks), default=0) or 1
    return {
        "name": names.get(load.category, load.category),
        "weeks": [_week(week, most) for week in load.weeks if week.demand or week.capacity],
        "short": hours_of(load.short),
        "remaining": plan.remaining.get(load.category),
        "late": load.late[:SHOWN_LATE],
        "late_more": max(len(load.late) - SHOWN_LATE, 0),
        "beyond": load.beyond,
    }


def _week(week: Week, most: int) -> dict[str, Any]:
    return {
        "name": week.name,
        "first": week.first,
        "demand": hours_of(week.demand),
        "capacity": hours_of(week.capacity),
        "short": hours_of(week.short),
        "surplus": hours_of(week.surplus),
        "share": Decimal(week.demand) / most,
        "able": Decimal(week.capacity) / most,
        "kind": "fault" if week.short else "run",
    }


def _proposal(one: Proposal, names: dict[str, str]) -> dict[str, Any]:
    page = "listing" if one.kind is Kind.ADD else "lease"
    return {
        "key": one.key,
        "kind": one.kind,
        "title": str(TITLES[one.kind]).format(name=one.name),
        "category": names.get(one.category, one.category),
        "starts": one.starts,
        "last": one.ends - DAY,
        "cost": one.cost,
        "by_hand": one.by_hand,
        "url": reverse(page, args=[one.subject]),
        "usage": [(_(words.METERS[meter]), quantity) for meter, quantity in one.usage.items() if quantity],
        "reasons": [_(phrase.msgid).format(**phrase.facts) for phrase in one.reasons],
    }


def _accepted(organization: Organization) -> list[dict[str, Any]]:
    """Return the leases that accepted plans asked for, or asked to change, the newest first; one query."""

    def rows(found: Any, lease: str) -> Any:
        return (
            found.filter(acceptance__organization=organization)
            .order_by()
            .values(
                turn=F("acceptance__turn"),
                when=F("acceptance__accepted_at"),
                who=F("acceptance__accepted_by_name"),
                url_id=F(f"{lease}__public_id"),
                number=F(f"{lease}__number"),
            )
        )

    asked, changed = PlanAcceptedLease.objects.all(), PlanAcceptedAnnex.objects.all()
    both = rows(asked, "lease").union(rows(changed, "annex__lease"), all=True)
    return list(both.order_by("-turn", "number")[:SHOWN_ACCEPTED])
