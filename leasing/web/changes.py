"""Changes of a running lease: the list, one to answer, and the form that shows what follows first."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import annex_approvals, annex_credit, annexes, moves
from leasing.actions.approvals import OwnDecision
from leasing.actions.rehearsals import Rehearsal, rehearse
from leasing.models import Annex, Lease
from leasing.queries import cost_of
from leasing.queries.prices import plan_at
from leasing.rules.annexes import BRINGS, Kind, State, changeable
from leasing.rules.approval import TEXTS
from leasing.rules.leases import RUNNING, Move, Side, Status, can
from leasing.web import change_words as words
from leasing.web.change_forms import FORMS, ChangeForm, room
from leasing.web.defaults import missing_of
from leasing.web.notices import told_in
from leasing.web.running import acting, acting_side, lease_of, version, who
from leasing.web.words import said
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

DONE = {
    "accept": gettext_lazy("Accepted. The lease, the calendar and the data follow."),
    "approve": gettext_lazy("Approved. The change can be accepted by somebody else."),
    "decline": gettext_lazy("Declined. The lease goes on as it is."),
    "withdraw": gettext_lazy("Taken back. The lease goes on as it is."),
    "data-notice": gettext_lazy("You have accepted the data notice of this change."),
}
SENT = gettext_lazy("Proposed. Nothing changes before the other side accepts it.")


@require_GET
@login_required
def listed(request: HttpRequest, public_id: str) -> HttpResponse:
    """List the changes of a lease, the newest first, and what can be done with it."""
    lease = lease_of(request, public_id)
    organization, now = acting_organization(request), clock.now()
    found = [_of(lease, one) for one in lease.annexes.order_by("-number")]
    names, status = words.names_of(found), Status(lease.status)
    side = acting_side(request, lease)
    context = {
        "lease": lease,
        "zone": lease.terms["zone"],
        "rows": [words.row(one, lease, organization, names, now) for one in found],
        "may_change": side is not None and changeable(status),
        "may_notice": side is not None and can(Move.GIVE_NOTICE, status),
        "may_pause": side is not None and (can(Move.SUSPEND, status) or can(Move.RESUME, status)),
        "is_paused": status == Status.SUSPENDED,
        "may_terminate": side is not None and can(Move.TERMINATE, status),
        "may_lose": side == Side.LESSOR
        and can(Move.LOSE, status)
        and (status in RUNNING or bool(missing_of(lease))),
    }
    return render(request, "leasing/changes.html", context)


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str, number: str) -> HttpResponse:
    """Show one change whole: what it makes otherwise, what follows, the notice on data, who may answer."""
    lease = lease_of(request, public_id)
    annex = _of(lease, get_object_or_404(lease.annexes.select_related("notice"), number=int(number)))
    organization, now = acting_organization(request), clock.now()
    found = words.row(annex, lease, organization, words.names_of([annex]), now)
    context = {"lease": lease, "zone": lease.terms["zone"], "annex": annex, "row": found}
    context |= {"consequences": words.consequences(annex.change), "can": _answers(request, annex, now)}
    context |= _approval(request, annex, context["can"], now)
    if annex.notice is not None:
        context |= told_in(annex.notice) | {"notice": annex.notice}
        reads = annex.side == Side.LESSEE and not annex.notice.is_accepted and organization == lease.lessee
        right = allowed(request.user, Permission.LEASE_REQUEST, within=lease.lessee)  # type: ignore[arg-type]
        context["may_read"] = reads and right and found["state"] == State.PROPOSED
        begins = annex.change.effective_from or annex.made_at
        context["told"] = {"starts_at": begins, "ends_at": words.before_of(annex)}
    return render(request, "leasing/change.html", context)


@require_POST
@login_required
def answer(request: HttpRequest, public_id: str, number: str, verb: str) -> HttpResponse:
    """Accept what was read, decline it, take it back, or accept its data notice; a refusal is said there."""
    lease = lease_of(request, public_id)
    annex = _of(lease, get_object_or_404(lease.annexes.select_related("notice"), number=int(number)))
    given: dict[str, Any] = {"annex": annex, "by": request.user, "at": clock.now()}
    acting(request, lease)
    try:
        if verb == "accept":
            digest = request.POST.get("digest", "")[:64]
            annexes.accept(**given, digest=digest, expected=version(request))
        elif verb == "decline":
            annexes.decline(**given, reason=request.POST.get("reason", "")[:2000])
        elif verb == "approve":
            annex_approvals.approve(**given, note=request.POST.get("reason", "")[:2000])
        elif verb == "withdraw":
            annexes.withdraw(**given)
        else:
            annexes.accept_notice(**given, digest=request.POST.get("digest", "")[:64])
    except (NotPossible, Invalid, OwnDecision) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[verb]))
    return redirect("lease-change", public_id, number)


@login_required
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose a kind of change; fill it in; see what follows; then propose exactly that."""
    lease = lease_of(request, public_id)
    side, now, kind = acting_side(request, lease), clock.now(), _kind(request)
    status = Status(lease.status)
    context: dict[str, Any] = {"lease": lease, "zone": lease.terms["zone"]}
    context["may_change"] = side is not None and changeable(status)
    context["kinds"] = [(one, words.TITLES[one], words.EXPLAINED[one]) for one in _kinds(status)]
    if request.method == "POST":
        acting(request, lease)
        if not context["may_change"]:
            messages.error(request, said(moves.refused(lease=lease)))
            return redirect("lease-changes", public_id)
    if kind is None or not context["may_change"]:
        return render(request, "leasing/change_new.html", context)
    data = request.POST if request.method == "POST" else None
    possible = room(lease, kind, now)
    form = FORMS[kind](lease, possible, now, data)
    context["nothing_comes"] = kind in BRINGS and not possible.others
    context |= {"form": form, "kind": kind, "title": words.TITLES[kind], "explained": words.EXPLAINED[kind]}
    context |= {"currency": lease.deposit.currency, "fields": _fields(form)}
    step = request.POST.get("step", "")
    if data is not None and step != "edit" and form.is_valid():
        if step == "send":
            made = _send(request, lease, form)
            if made is not None:
                return redirect("lease-change", public_id, made.number)
        else:
            context |= _preview(request, lease, form)
    code = 400 if form.errors else 200
    return render(request, "leasing/change_new.html", context, status=code)


def _preview(request: HttpRequest, lease: Lease, form: ChangeForm) -> dict[str, Any]:
    """Return what follows from what was typed, or nothing and the refusal at its field."""
    change, acts = form.change(), who(request, lease)
    stands = form.stands_until()
    try:
        seen = rehearse(
            lease=lease, change=change, valid_until=stands, note=form.cleaned_data["note"], **acts
        )
    except (Invalid, NotPossible) as error:
        form.show(error)
        return {}
    machines = len(form.room.staying)
    priced = change.kind != Kind.BUY_OUT and machines
    cost = cost_of(lease, change, machines, change.effective_from or acts["at"]) if priced else None
    names = words.machine_names([change])
    before = None
    if change.price_plan is not None and change.effective_from is not None:
        before = plan_at(lease, change.effective_from).dump()
    return {
        "preview": True,
        "rows": words.differences(change, lease, lease.ends_at, names, before),
        "consequences": words.consequences(change),
        "calendar": _calendar(seen, lease, change.kind),
        "cost": cost,
        "stands": stands,
        "sent": [(name, value) for name, value in _typed(request)],
    }


def _send(request: HttpRequest, lease: Lease, form: ChangeForm) -> Annex | None:
    change = form.change()
    try:
        made = annexes.propose(
            lease=lease,
            kind=change.kind,
            valid_until=form.stands_until(),
            ends_at=change.ends_at,
            add=change.add,
            release=change.release,
            swap=change.swap,
            effective_from=change.effective_from,
            price_minor=change.price_minor,
            title=change.title,
            price_plan=change.price_plan,
            note=form.cleaned_data["note"],
            expected=version(request),
            **who(request, lease),
        )
    except (Invalid, NotPossible) as error:
        form.show(error)
        return None
    messages.success(request, str(SENT))
    return made


def _calendar(seen: Rehearsal, lease: Lease, kind: Kind) -> list[dict[str, str]]:
    return [] if kind in (Kind.BUY_OUT, Kind.REPRICE) else words.calendar_rows(seen, lease)


def _answers(request: HttpRequest, annex: Annex, now: Any) -> dict[str, bool]:
    """Tell what the reader may do with a change; the actions ask again."""
    organization = acting_organization(request)
    right = allowed(request.user, Permission.LEASE_END, within=organization)  # type: ignore[arg-type]
    waits = annex.state == State.PROPOSED and not words.is_late(annex, now) and right
    waits = waits and changeable(Status(annex.lease.status))
    return {
        "answer": waits and organization == annex.answers,
        "withdraw": waits and organization == annex.proposes,
    }


def _approval(request: HttpRequest, annex: Annex, possible: dict[str, bool], now: datetime) -> dict[str, Any]:
    """Tell people of the lessor what its limit says of a change that is open, and who approved it."""
    lease, open_ = annex.lease, any(possible.values())
    if acting_organization(request) != lease.lessor or not open_:
        return {}
    found = annex_credit.decision_on(annex=annex, lease=lease, at=now)
    if found is None or found.is_automatic:
        return {}
    me = str(request.user.public_id)  # type: ignore[union-attr]
    approvals = list(annex.approvals.all())
    mine = annex.made_by if annex.side == Side.LESSOR else ""
    right = allowed(request.user, Permission.LEASE_DECIDE, within=lease.lessor)  # type: ignore[arg-type]
    return {
        "checks": [_(TEXTS[one.code]).format(**one.facts) for one in found.checks if not one.passed],
        "approvals": approvals,
        "may_approve": right and me != mine and me not in {one.person for one in approvals},
    }


def _kinds(status: Status) -> list[Kind]:
    """Return the kinds of change that this state of a lease knows: after a notice it is not extended."""
    return [one for one in FORMS if one != Kind.EXTEND or status != Status.NOTICE_GIVEN]


def _kind(request: HttpRequest) -> Kind | None:
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    return Kind(asked) if asked in set(Kind) else None


def _fields(form: ChangeForm) -> list[Any]:
    return [form[name] for name in form.fields]


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed, as it goes along with the button that sends it."""
    left_out = ("csrfmiddlewaretoken", "step")
    return [
        (name, value) for name, values in request.POST.lists() if name not in left_out for value in values
    ]


def _of(lease: Lease, annex: Annex) -> Annex:
    annex.lease = lease
    return annex
