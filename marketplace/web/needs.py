"""Pages: one's own needs, one need with what is on offer and its answers, and needs that one could serve."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import needs
from marketplace.models import Listing, Need, NeedAnswer, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.need_matches import Match, matches_of, needs_served, own_matches
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.web.chains import led_by, said
from marketplace.web.need_forms import NeedForm
from marketplace.web.need_words import need_rows, reason_rows

PAGE = 50
BADGES = {"DRAFT": "idle", "POSTED": "run", "FULFILLED": "run"}
MOVES: dict[str, Callable[..., Need]] = {
    "publish": needs.post,
    "close": needs.close,
    "withdraw": needs.withdraw,
}
DONE = {
    "publish": gettext_lazy("Posted. Next: invite owners from the list below."),
    "close": gettext_lazy("Closed. No more answers come; those that came can be chosen."),
    "withdraw": gettext_lazy("Withdrawn. Whoever was invited is told."),
}
Acting = dict[str, Any]


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List one's own needs, the newest first."""
    mine = acting_organization(request)
    page = Paginator(Need.objects.of(mine).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    rows = [{"need": one, "badge": BADGES.get(one.status, "off")} for one in page]
    return render(request, "marketplace/needs.html", {"rows": rows, "page": page, "tabs": _tabs("needs")})


@login_required
def served(request: HttpRequest) -> HttpResponse:
    """List the needs of others that a machine of one's own could serve, best first."""
    found = needs_served(acting_organization(request), at=clock.now())
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [{"need": need, "best": matches[0], "more": len(matches) - 1} for need, matches in page]
    context = {"rows": rows, "page": page, "tabs": _tabs("needs-served")}
    return render(request, "marketplace/needs_served.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write a need; it is a draft until it is posted."""
    return _written(request, None)


@login_required
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a draft of one's own."""
    drafts = Need.objects.of(acting_organization(request)).filter(status=Need.Status.DRAFT).with_sides()
    return _written(request, get_object_or_404(drafts, public_id=public_id))


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a need: to its poster with matches and answers, to an owner with its own listings."""
    mine, need = _found(request, public_id)
    is_own, now = need.poster_id == mine.pk, clock.now()
    right = Permission.LEASE_REQUEST if is_own else Permission.LEASE_DECIDE
    context = {
        "need": need,
        "is_own": is_own,
        "badge": BADGES.get(need.status, "off"),
        "may_act": allowed(request.user, right, within=mine),  # type: ignore[arg-type]
        "takes_answers": need.status == Need.Status.POSTED and need.expires_at > now,
        "facts": need_rows(need, mine),
        **(_of_poster(need, now) if is_own else _of_owner(need, mine, now)),
    }
    return render(request, "marketplace/need.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Post, close or withdraw one's own need."""
    _mine, need = _found(request, public_id, own=True)
    given = {} if move == "publish" else {"reason": _text(request, "reason")}

    def act(who: Acting) -> str:
        MOVES[move](need=need, **given, **who)
        return str(DONE[move])

    return _done(request, need, act)


@require_POST
@login_required
def invite(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask the owners of the listings that were ticked."""
    mine, need = _found(request, public_id, own=True)
    named = [one.replace("\0", "") for one in request.POST.getlist("listing")][:50]
    listings = list(Listing.objects.open_to(mine).filter(public_id__in=named).select_related("owner"))

    def act(who: Acting) -> str:
        made = needs.invite(need=need, listings=listings, **who)
        return _("{many} owners were invited.").format(many=len(made))

    return _done(request, need, act)


@require_POST
@login_required
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer with a listing of one's own, or decline."""
    mine, need = _found(request, public_id)
    named = _text(request, "listing")
    listing = Listing.objects.filter(owner=mine, public_id=named).first()
    if listing is None and (named or "decline" not in request.POST):
        raise Http404

    def act(who: Acting) -> str:
        if "decline" in request.POST:
            needs.decline(need=need, within=mine, reason=_text(request, "note"), **who)
            return _("Declined. The poster is told.")
        assert listing is not None
        needs.answer(need=need, listing=listing, within=mine, note=_text(request, "note"), **who)
        return _("Answered. You are told when the poster chooses.")

    return _done(request, need, act)


@require_POST
@login_required
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose an answer, and go on to the request form of its listing."""
    _mine, need = _found(request, public_id, own=True)
    answers = need.answers.select_related("owner", "listing").exclude(listing=None)
    found = get_object_or_404(answers, public_id=_text(request, "answer"))
    done = []

    def act(who: Acting) -> str:
        done.append(needs.choose(need=need, answer=found, **who))
        return _("Chosen. Next: send the request; the days and parts of the need are filled in.")

    answered = _done(request, need, act)
    if done and found.listing is not None:
        address = reverse("lease-request", args=[found.listing.public_id])
        return redirect(f"{address}?need={need.public_id}")
    return answered


def _written(request: HttpRequest, need: Need | None) -> HttpResponse:
    mine = acting_organization(request)
    form = NeedForm(led_by(mine), request.POST if request.method == "POST" else None, need)
    who: Acting = {"by": request.user, "at": clock.now()}
    if request.method == "POST" and form.is_valid():
        try:
            values = form.values()
            if need is None:
                made = needs.create(poster=mine, **who, **values)
            else:
                made = needs.edit(need=need, changes=values, **who)
        except needs.NeedInvalid as error:
            form.show(error.flaws)
        else:
            return redirect("need", made.public_id)
    context = {
        "form": form,
        "need": need,
        "may_act": allowed(request.user, Permission.LEASE_REQUEST, within=mine),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/need_new.html", context, status=400 if form.errors else 200)


def _of_poster(need: Need, now: datetime) -> dict[str, Any]:
    """Return what the poster sees beside the need."""
    found = matches_of(need, at=now) if need.status == Need.Status.POSTED else []
    invited = set(need.invitations.values_list("owner_id", flat=True))
    answers = need.answers.select_related("owner", "listing__owner", "listing__site")
    return {
        "matches": [_match_row(one) | {"invited": one.listing.owner_id in invited} for one in found],
        "answers": [{"answer": one, "chosen": one.pk == need.chosen_id} for one in answers],
        "may_choose": need.status in (Need.Status.POSTED, Need.Status.CLOSED),
        "invited": len(invited),
    }


def _of_owner(need: Need, mine: Organization, now: datetime) -> dict[str, Any]:
    """Return what an owner sees beside the need: its own listings and answers alone."""
    posted = need.status == Need.Status.POSTED
    given: list[NeedAnswer] = list(need.answers.filter(owner=mine).select_related("listing"))
    return {
        "matches": [_match_row(one) for one in own_matches(need, owner=mine, at=now)] if posted else [],
        "answers": [{"answer": one, "chosen": one.pk == need.chosen_id} for one in given],
    }


def _match_row(one: Match) -> dict[str, Any]:
    return {
        "listing": one.listing,
        "score": one.fit.score,
        "serves": one.fit.serves,
        "reasons": reason_rows(one.fit.reasons),
        "price": one.fit.offer.price,
        "km": one.fit.offer.km,
    }


def _found(request: HttpRequest, public_id: str, *, own: bool = False) -> tuple[Organization, Need]:
    """Return who reads, and the need if it may be seen, or ``own`` acted for."""
    mine = acting_organization(request)
    visible = Need.objects.of(mine) if own else Need.objects.visible_to(mine)
    return mine, get_object_or_404(visible.with_sides(), public_id=public_id)


def _done(request: HttpRequest, need: Need, act: Callable[[Acting], str]) -> HttpResponse:
    """Carry out a step and say how it went, on the page of the need."""
    try:
        messages.success(request, act({"by": request.user, "at": clock.now()}))
    except needs.NeedInvalid:
        messages.error(request, _("The days of the need are over. Change them, then post it."))
    except (NotPossible, Invalid) as error:
        for flaw in error.flaws or ():
            messages.error(request, _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            messages.error(request, said(error))
    return redirect("need", need.public_id)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")


def _tabs(here: str) -> list[dict[str, Any]]:
    tabs = (("needs", _("My needs")), ("needs-served", _("Needs that my machines could serve")))
    return [{"url": reverse(name), "label": label, "active": name == here} for name, label in tabs]
