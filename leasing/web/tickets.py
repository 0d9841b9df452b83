"""Fault tickets: the list, the report from the machine's own address, and one with each side's next step."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import downtime, tickets
from leasing.actions.photos import PhotoInvalid
from leasing.actions.ticket_moves import TicketInvalid
from leasing.models import Lease, LeaseUnit, Ticket, TicketPhoto
from leasing.queries import availability_of, unit_here
from leasing.rules import sla
from leasing.rules.downtime import Remedy
from leasing.rules.tickets import (
    LONGEST_TEXT,
    MOST_PHOTOS,
    TABLE,
    Attribution,
    Cause,
    Move,
    Severity,
)
from leasing.web import ticket_photos
from leasing.web import ticket_words as words
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock, versions
from marketplace.shared.errors import Flaw, Invalid, NotPossible

PAGE = 50
FIELDS = {"/since": "since", "/text": "text"}
DONE = {
    Move.ACKNOWLEDGE: gettext_lazy("Written down: you have seen it."),
    Move.START: gettext_lazy("Written down: the repair has begun."),
    Move.SOLVE: gettext_lazy("Written down. The lessee confirms that it works, or reopens the ticket."),
    Move.CONFIRM: gettext_lazy("Confirmed."),
    Move.REOPEN: gettext_lazy("Reopened. The lessor goes on."),
    Move.WITHDRAW: gettext_lazy("Withdrawn."),
    Move.CLOSE: gettext_lazy("Closed. Either side may propose who bears the standstill."),
    Move.PROPOSE: gettext_lazy("Proposed. The other side answers."),
    Move.AGREE: gettext_lazy("You have agreed."),
    Move.CONTEST: gettext_lazy("Contested. Propose something else, or the platform decides."),
    Move.DECIDE: gettext_lazy("Decided."),
}
ABOUT_STANDSTILL = (Move.PROPOSE, Move.AGREE, Move.CONTEST, Move.DECIDE)


class ReportForm(forms.Form):
    """What the fault does, since when, and what there is to see."""

    severity = forms.ChoiceField(label=gettext_lazy("What the fault does"), choices=Ticket.Effect.choices)
    since = forms.DateTimeField(
        label=gettext_lazy("Since when"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    text = forms.CharField(
        label=gettext_lazy("What there is to see or hear"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
    )
    photos = ticket_photos.PhotosField()

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the report at its field."""
        for flaw in flaws:
            self.add_error(FIELDS.get(flaw.pointer, "photos"), _(flaw.text).format(**flaw.facts))


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the tickets of the acting organization on either side, the newest first; of one lease if asked."""
    organization = acting_organization(request)
    found = Ticket.objects.of(organization).with_sides().order_by("-pk")
    lease = request.GET.get("lease", "")
    found = found.filter(lease__public_id=lease.replace("\0", "")) if lease else found
    if form := asked_format(request):
        return list_answer(form, "tickets", words.heads(), found, words.cells)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [words.row(one, organization) for one in shown]
    return render(request, "leasing/tickets_list.html", {"page": shown, "rows": rows})


@login_required
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Report a fault of the machine at hand: its address finds the lease that runs."""
    organization = acting_organization(request)
    unit = unit_here(public_id, organization)
    if unit is None:
        raise Http404
    require(request.user, Permission.LEASE_OPERATE, within=organization)  # type: ignore[arg-type]
    zone, now = unit.lease.agreed.zone, clock.now()
    with timezone.override(zone):
        initial = {"since": now.astimezone(zone).replace(second=0, microsecond=0)}
        form = ReportForm(request.POST or None, request.FILES or None, initial=initial)
        made = _report(form, unit, organization, request) if request.method == "POST" else None
        if made is not None:
            messages.success(request, _("Reported. The other side is told."))
            return redirect("ticket", made.public_id)
        return render(request, "leasing/ticket_form.html", {"form": form, "unit": unit, "lease": unit.lease})


def _report(
    form: ReportForm, unit: LeaseUnit, organization: Organization, request: HttpRequest
) -> Ticket | None:
    if not form.is_valid():
        return None
    typed, now = form.cleaned_data, clock.now()
    try:
        return tickets.report(
            unit=unit,
            severity=Severity(typed["severity"]),
            text=typed["text"],
            since=_since(typed["since"], unit),
            within=organization,
            by=request.user,  # type: ignore[arg-type]
            at=now,
            pictures=ticket_photos.uploads(typed["photos"]),
        )
    except (TicketInvalid, PhotoInvalid) as error:
        form.show(error.flaws)
    except NotPossible as error:
        form.add_error(None, _(error.text).format(**error.facts))
    return None


def _since(typed: datetime, unit: LeaseUnit) -> datetime:
    """Return the moment that a minute means: the minute of the handover begins with the handover."""
    start = unit.active_from
    return start if start is not None and start.replace(second=0, microsecond=0) == typed else typed


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the fault, how the repair stands, who bears the standstill, and the one thing to do next."""
    found, organization = _found(request, public_id)
    possible = _possible(request, found, organization)
    credits = found.credits.select_related("ticket").order_by("starts_at")
    context = {
        "ticket": found,
        "zone": found.lease.terms["zone"],
        "kind": words.kind(found),
        "label": words.label(found),
        "answer_kind": words.ANSWER_KINDS.get(Attribution(found.attribution), "off"),
        "headline": words.headline(found),
        "times": words.times(found),
        "evidence": words.evidence(found),
        "events": words.events(found),
        "credits": [words.credit(one) for one in credits],
        "can": possible,
        "shots": TicketPhoto.objects.filter(ticket=found).known(),
        "may_show": _may(request, found, organization, Move.PHOTOS),
        "most_photos": MOST_PHOTOS,
        "acts": any(possible[move] for move in (Move.ACKNOWLEDGE, Move.START, Move.SOLVE, Move.CONFIRM)),
        "causes": Ticket.Bearer.choices,
        "remedies": Ticket.Remedy.choices,
    }
    return render(request, "leasing/ticket.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back to the ticket; a refusal is said there."""
    found, organization = _found(request, public_id)
    name = Move(move)
    try:
        act = getattr(downtime if name in ABOUT_STANDSTILL else tickets, name)
        act(
            ticket=found,
            within=organization,
            by=request.user,
            at=clock.now(),
            expected=versions.typed(request.POST.get("version", "")),
            **_given(request, name),
        )
    except (NotPossible, Invalid) as error:
        flaws = " ".join(_(flaw.text).format(**flaw.facts) for flaw in error.flaws)
        messages.error(request, f"{_(error.text).format(**error.facts)} {flaws}".strip())
    else:
        messages.success(request, str(DONE[name]))
    return redirect("ticket", public_id)


@login_required
def of_lease(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the service level of a lease, its availability by billing period, and what standstills give."""
    mine = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(mine, public_id=public_id)
    organization = acting_organization(request)
    found = Ticket.objects.of(organization).filter(lease=lease).with_sides().order_by("-pk")
    months = [
        one
        | {
            "credits": [words.credit(each) for each in one["credits"]],
            "down": timedelta(seconds=one["down_seconds"]),
        }
        for one in availability_of(lease, clock.now())
    ]
    context = {
        "lease": lease,
        "zone": lease.terms["zone"],
        "months": months,
        "rows": [words.row(one, organization) for one in found],
        "service": [_(text).format(**facts) for text, facts in sla.phrases(sla.sla_of(lease.terms))],
        "agreed": bool(lease.terms.get("sla")),
        "unit": unit_here_of(lease, organization),
    }
    return render(request, "leasing/lease_downtime.html", context)


def unit_here_of(lease: Lease, organization: Organization) -> LeaseUnit | None:
    """Return the machine of a lease of which a fault can be reported by an organization now."""
    running = [one for one in lease.units.all() if one.active_from and one.active_to is None]
    return running[0] if running and organization in (lease.lessor, lease.lessee) else None


def _found(request: HttpRequest, public_id: str) -> tuple[Ticket, Organization]:
    organization = acting_organization(request)
    found = get_object_or_404(Ticket.objects.of(organization).with_sides(), public_id=public_id)
    return found, organization


def _possible(request: HttpRequest, found: Ticket, organization: Organization) -> dict[str, bool]:
    """Tell which moves to offer as buttons; the actions ask again."""
    possible = {str(name): _may(request, found, organization, name) for name in DONE}
    mine = organization.pk == found.proposed_by_id
    possible[Move.AGREE] = possible[Move.AGREE] and not mine
    possible[Move.CONTEST] = possible[Move.CONTEST] and not mine
    possible[Move.WITHDRAW] = possible[Move.WITHDRAW] and organization == found.raised_by
    possible[Move.PROPOSE] = possible[Move.PROPOSE] and found.evidence is not None
    return possible


def _may(request: HttpRequest, found: Ticket, organization: Organization, name: Move) -> bool:
    side = found.side_of(organization)
    right = TABLE[name].rights.get(side) if side else None
    if right is None or str(name) not in found.allowed:
        return False
    return allowed(request.user, Permission(right), within=organization)  # type: ignore[arg-type]


def _given(request: HttpRequest, name: Move) -> dict[str, Any]:
    if name is Move.CONFIRM:
        return {}
    given: dict[str, Any] = {"text": request.POST.get("text", "")}
    if name in (Move.PROPOSE, Move.DECIDE):
        cause, remedy = request.POST.get("cause", ""), request.POST.get("remedy", "")
        if cause not in tuple(Cause) or remedy not in tuple(Remedy):
            raise TicketInvalid
        given |= {"cause": Cause(cause), "remedy": Remedy(remedy)}
    return given
