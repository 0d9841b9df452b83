"""Sub-leases: the list, one with the next step of each side, and the form to propose one."""

from datetime import date, datetime, timedelta
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

from devices.ownership.models import Notice
from devices.ownership.rules.term_words import term_words
from leasing.actions import sublease_ends, sublease_notices, subleases
from leasing.models import Lease, LeaseUnit, Sublease
from leasing.queries import organization_named
from leasing.rules.leases import Status as LeaseStatus
from leasing.rules.subleases import LONGEST_PLACE, TABLE, Move, Side, Status, can
from leasing.web import sublease_words as words
from leasing.web.notices import told_in
from marketplace.gateway.files import asked_format, list_answer
from marketplace.models import Organization
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock, versions
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.period import Period, local_midnight

PAGE = 50
DAY = timedelta(days=1)
FIELDS = {"/sublessee": "sublessee", "/ends_at": "last_day", "/place": "place"}
DONE = {
    Move.ACCEPT: gettext_lazy("Accepted. Everybody above is asked to consent."),
    Move.CONSENT: gettext_lazy("You have consented."),
    Move.REFUSE: gettext_lazy("Refused. The others read your reason."),
    Move.WITHDRAW: gettext_lazy("Withdrawn."),
    Move.BEGIN: gettext_lazy("Handed on. What the machine says from now on is the sub-lessee's."),
    Move.END: gettext_lazy("Ended. What the machine says from now on is that of the lease above."),
}


class SubleaseForm(forms.Form):
    """To whom, for which days, and where the machine is used."""

    sublessee = forms.CharField(
        label=gettext_lazy("Unified social credit code of the sub-lessee"), max_length=30
    )
    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    place = forms.CharField(label=gettext_lazy("Place of use"), max_length=LONGEST_PLACE)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        first, last = typed.get("first_day"), typed.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not lie before the first."))
        named = typed.get("sublessee")
        typed["to"] = organization_named(named) if named else None
        if named and typed["to"] is None:
            self.add_error("sublessee", _("There is no such organization."))
        return typed

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the proposal at its field."""
        for flaw in flaws:
            self.add_error(FIELDS.get(flaw.pointer), _(flaw.text).format(**flaw.facts))


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the sub-leases of the acting organization on any side, the newest first."""
    organization = acting_organization(request)
    found = Sublease.objects.of(organization).with_sides().order_by("-pk")
    if form := asked_format(request):
        return list_answer(form, "subleases", words.heads(), found, words.cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [words.row(one, organization) for one in page]
    return render(request, "leasing/subleases_list.html", {"page": page, "rows": rows})


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is agreed, how it stands, and the one thing to do next."""
    found, organization = _found(request, public_id)
    side, now = found.side_of(organization), clock.now()
    notice = Notice.objects.latest_for(found.public_id)
    names = dict(Organization.objects.filter(public_id__in=found.hands).values_list("public_id", "name"))
    waits, possible = found.status == Status.AGREED, _possible(request, found, organization)
    context = {
        "sublease": found,
        "zone": found.lease.terms["zone"],
        "kind": words.KINDS.get(Status(found.status), "off"),
        "headline": words.headline(found, side, organization, names),
        "hands": [names[one] for one in found.hands],
        "events": words.events(found),
        "data_words": term_words(found.document["data_terms"], _),
        "can": possible,
        "reads": side is Side.SUBLESSEE and possible["withdraw"] and notice and not notice.is_accepted,
        "notice": notice,
        "outdated": waits and sublease_notices.is_outdated(sublease=found, at=now),
        "now": found.period.contains(now),
        "sees_lease": organization in (found.lease.lessor, found.lease.lessee),
        "may_sublet": side is Side.SUBLESSEE
        and found.status == Status.RUNNING
        and allowed(request.user, Permission.LEASE_DECIDE, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "leasing/sublease.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back to the sub-lease; a refusal is said there."""
    found, organization = _found(request, public_id)
    name = Move(move)
    given: dict[str, Any] = {"expected": versions.typed(request.POST.get("version", ""))}
    if name in (Move.ACCEPT, Move.CONSENT):
        given["digest"] = request.POST.get("digest", "")
    if name is Move.REFUSE:
        given["reason"] = request.POST.get("reason", "")[:2000]
    act = getattr(sublease_ends if name is Move.END else subleases, name)
    try:
        act(sublease=found, within=organization, by=request.user, at=clock.now(), **given)
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("sublease", public_id)


@login_required
def notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the newest notice on the machine's data; the sub-lessee accepts it here."""
    found, organization = _found(request, public_id)
    newest = Notice.objects.latest_for(found.public_id)
    if newest is None:
        raise Http404
    accepts = Permission(TABLE[Move.ACCEPT].rights[Side.SUBLESSEE])
    mine = organization == found.sublessee and allowed(request.user, accepts, within=organization)  # type: ignore[arg-type]
    context = {
        "sublease": found,
        "lease": found.lease,
        "notice": newest,
        "may_accept": mine and not newest.is_accepted and can(Move.WITHDRAW, Status(found.status)),
        **told_in(newest),
    }
    return render(request, "leasing/sublease_notice.html", context)


@require_POST
@login_required
def accept_notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Accept the notice that was shown, by its fingerprint."""
    found, organization = _found(request, public_id)
    newest = get_object_or_404(Notice, reference=found.public_id, public_id=request.POST.get("notice", ""))
    who: dict[str, Any] = {"within": organization, "by": request.user, "at": clock.now()}
    try:
        sublease_notices.accept(sublease=found, notice=newest, digest=request.POST.get("digest", ""), **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("Accepted. The machine can be handed over."))
    return redirect("sublease", public_id)


@require_POST
@login_required
def deliver_notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the sub-lessee a new notice."""
    found, organization = _found(request, public_id)
    who: dict[str, Any] = {"within": organization, "by": request.user, "at": clock.now()}
    try:
        sublease_notices.deliver(sublease=found, **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("Delivered. The sub-lessee accepts this notice before the handover."))
    return redirect("sublease", public_id)


@login_required
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose a sub-lease of a lease, as its lessee."""
    mine = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(mine, public_id=public_id)
    unit = lease.units.running().select_related("equipment", "lease").order_by("pk").first()
    if unit is None or lease.status != LeaseStatus.ACTIVE:
        raise Http404
    return _form(request, lease, unit, None)


@login_required
def propose_below(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to sub-let again, as the sub-lessee."""
    found, _organization = _found(request, public_id)
    if found.status != Status.RUNNING:
        raise Http404
    return _form(request, found.lease, found.unit, found)


def _form(request: HttpRequest, lease: Lease, unit: LeaseUnit, under: Sublease | None) -> HttpResponse:
    sublessor = under.sublessee if under else lease.lessee
    if acting_organization(request) != sublessor:
        raise MissingRight(organization=sublessor.name)
    require(request.user, Permission.LEASE_DECIDE, within=sublessor)  # type: ignore[arg-type]
    covered, zone = (under or lease).period, lease.agreed.zone
    today = timezone.localdate(clock.now(), zone)
    last = (covered.end or covered.start).astimezone(zone) - timedelta(microseconds=1)
    initial = {"first_day": max(today, covered.start.astimezone(zone).date()), "last_day": last.date()}
    form = SubleaseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = _propose(request, form, lease, unit, under)
        except Invalid as error:
            form.show(tuple(error.flaws))
        except NotPossible as error:
            form.add_error(None, _(error.text).format(**error.facts))
        else:
            messages.success(request, _("Proposed. The sub-lessee reads it and decides."))
            return redirect("sublease", made.public_id)
    context = {"form": form, "lease": lease, "under": under, "machine": unit.equipment, "covered": covered}
    return render(request, "leasing/sublease_form.html", context)


def _propose(
    request: HttpRequest, form: SubleaseForm, lease: Lease, unit: LeaseUnit, under: Sublease | None
) -> Sublease:
    typed = form.cleaned_data
    covered = (under or lease).period
    return subleases.propose(
        lease=lease,
        unit=unit,
        under=under,
        sublessee=typed["to"],
        period=_days(typed["first_day"], typed["last_day"], covered, lease),
        place=typed["place"],
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )


def _days(first: date, last: date, covered: Period, lease: Lease) -> Period:
    """Return whole local days; the first and the last of the lease above are as long as they are there."""
    zone = lease.agreed.zone
    start, end = local_midnight(first, zone), local_midnight(last + DAY, zone)
    start = covered.start if _same_day(start, covered.start) else start
    if covered.end is not None and covered.end < end < covered.end + DAY:
        end = covered.end
    return Period(start, end)


def _same_day(midnight: datetime, moment: datetime) -> bool:
    return midnight <= moment < midnight + DAY


def _found(request: HttpRequest, public_id: str) -> tuple[Sublease, Organization]:
    """Return the sub-lease, and for whom the reader acts: the acting organization if it is a side of it."""
    organization = acting_organization(request)
    found = get_object_or_404(Sublease.objects.of(organization).with_sides(), public_id=public_id)
    return found, organization


def _possible(request: HttpRequest, found: Sublease, organization: Organization) -> dict[str, bool]:
    """Tell which moves to offer as buttons; the actions ask again."""
    side = found.side_of(organization)
    possible = {}
    for name in DONE:
        right = TABLE[name].rights.get(side) if side else None
        possible[str(name)] = bool(right) and can(name, Status(found.status))
        if possible[str(name)]:
            possible[str(name)] = allowed(request.user, Permission(right or ""), within=organization)  # type: ignore[arg-type]
    if organization.public_id in found.consented:
        possible[Move.CONSENT] = False
    return possible
