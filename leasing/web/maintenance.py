"""Maintenance of a machine: the owner's rules and how they stand, and one ticket for its two sides."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import maintenance, maintenance_times
from leasing.actions.maintenance import Wanted
from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.rules.maintenance import LONGEST_NOTE, LONGEST_WHAT, OVER, Basis, Rhythm, Status, Who
from leasing.web import maintenance_words as words
from leasing.web.health_words import warnings
from leasing.web.words import said
from marketplace.models import Equipment, Organization
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid, NotPossible

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
DONE = {
    "propose": gettext_lazy("Written down. The other side is told of the new time."),
    "agree": gettext_lazy("You have agreed."),
    "done": gettext_lazy("Recorded. The next maintenance is counted from there."),
}


class RuleForm(forms.Form):
    """What is to be done, how often, how long it takes, and who does it."""

    what = forms.CharField(label=gettext_lazy("What is to be done"), max_length=LONGEST_WHAT)
    for_all = forms.BooleanField(label=gettext_lazy("For all our machines of this category"), required=False)
    basis = forms.ChoiceField(label=gettext_lazy("What is counted"), choices=MaintenanceRule.Counts.choices)
    interval = forms.DecimalField(label=gettext_lazy("Every"), max_digits=12, decimal_places=2)
    warn_before = forms.DecimalField(
        label=gettext_lazy("Plan it this much before"),
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy("In the same unit; in days for a rule by months."),
    )
    already = forms.DecimalField(
        label=gettext_lazy("Used since the last one"),
        max_digits=12,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Hours or cycles up to now. From now on the machine itself says."),
    )
    duration_minutes = forms.IntegerField(label=gettext_lazy("Takes (minutes)"), min_value=1)
    who = forms.ChoiceField(label=gettext_lazy("Who does it"), choices=MaintenanceRule.By.choices)

    def wanted(self, machine: Equipment) -> Wanted:
        """Return what was typed as the action takes it."""
        typed = self.cleaned_data
        for_all = typed["for_all"]
        return Wanted(
            what=typed["what"],
            rhythm=Rhythm(Basis(typed["basis"]), typed["interval"], typed["warn_before"]),
            duration_minutes=typed["duration_minutes"],
            equipment=None if for_all else machine,
            category=machine.category if for_all else None,
            already=typed["already"] or Decimal(0),
            who=Who(typed["who"]),
        )

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the rule at its field."""
        for flaw in flaws:
            self.add_error(flaw.pointer.removeprefix("/"), _(flaw.text).format(**flaw.facts))


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the owner's people how a machine stands to each rule, and take a new one."""
    visible = Equipment.objects.visible_to(request.user)  # type: ignore[arg-type]
    machine = get_object_or_404(visible.select_related("owner", "category"), public_id=public_id)
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _made(request, machine, form):
        messages.success(request, _("The rule holds from now on."))
        return redirect("equipment-maintenance", public_id)
    tickets = list(machine.maintenance_tickets.with_sides().order_by("-pk")[:20])
    context = {
        "machine": machine,
        "rules": words.rows(machine, tickets, clock.now()),
        "tickets": [words.ticket_row(one) for one in tickets],
        "warnings": warnings(machine),
        "form": form,
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    return render(request, "leasing/maintenance_machine.html", context)


def _made(request: HttpRequest, machine: Equipment, form: RuleForm) -> bool:
    given: dict[str, Any] = {"within": machine.owner, "by": request.user, "at": clock.now()}
    try:
        maintenance.make_rule(wanted=form.wanted(machine), **given)
    except Invalid as error:
        form.show(error.flaws)
    except NotPossible as error:
        form.add_error(None, said(error))
    return not form.errors


@require_POST
@login_required
def retire(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a rule hold no more, and come back to the machine from which that was asked."""
    mine = MaintenanceRule.objects.visible_to(request.user).select_related("owner", "equipment")  # type: ignore[arg-type]
    rule = get_object_or_404(mine, public_id=public_id)
    maintenance.retire_rule(rule=rule, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.success(request, _("The rule holds no more."))
    back = rule.equipment or get_object_or_404(
        Equipment, public_id=request.POST.get("machine", ""), owner=rule.owner
    )
    return redirect("equipment-maintenance", back.public_id)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one maintenance to the owner, or to the lessee into whose lease it falls, with the next step."""
    found, organization = _found(request, public_id)
    context = words.page(found, organization) | _possible(request, found, organization)
    return render(request, "leasing/maintenance.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one step and come back; a refusal is said there."""
    found, organization = _found(request, public_id)
    given: dict[str, Any] = {"ticket": found, "within": organization, "by": request.user}
    maintenance_times.require_side(**given)
    try:
        given |= _given(request, move) | {"at": clock.now()}
        act = maintenance.done if move == "done" else getattr(maintenance_times, move)
        act(**given)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[move]))
    return redirect("maintenance", public_id)


def _found(request: HttpRequest, public_id: str) -> tuple[MaintenanceTicket, Organization]:
    organization = acting_organization(request)
    found = MaintenanceTicket.objects.of(organization).with_sides()
    return get_object_or_404(found, public_id=public_id), organization


def _given(request: HttpRequest, move: str) -> dict[str, Any]:
    if move == "propose":
        return {"starts_at": _moment(request, "starts_at")}
    if move == "done":
        return {
            "done_at": _moment(request, "done_at"),
            "note": request.POST.get("note", "")[: LONGEST_NOTE + 1],
        }
    return {}


def _moment(request: HttpRequest, name: str) -> datetime:
    field = forms.DateTimeField(input_formats=FORMATS)
    try:
        moment: datetime = field.clean(request.POST.get(name, ""))
    except forms.ValidationError as error:
        text = str(error.messages[0]).replace("{", "{{").replace("}", "}}")
        raise maintenance_times.MaintenanceInvalid(flaws=[Flaw(f"/{name}", "invalid", text)]) from error
    return moment


def _possible(request: HttpRequest, found: MaintenanceTicket, organization: Organization) -> dict[str, bool]:
    """Tell which steps to offer; the actions ask again."""
    over = found.status in OVER
    try:
        maintenance_times.require_side(ticket=found, within=organization, by=request.user)  # type: ignore[arg-type]
    except MissingRight:
        return {"may_propose": False, "may_agree": False, "may_do": False}
    mine = organization == found.equipment.owner
    proposed = found.status == Status.PROPOSED and found.proposer != organization
    return {
        "may_propose": not over,
        "may_agree": proposed,
        "may_do": not over and (mine or found.rule.who == Who.LESSEE),
    }
