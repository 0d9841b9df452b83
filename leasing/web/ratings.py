"""Ratings on pages: the form of a lease, what both wrote, the answer; and what a listing says of an owner."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leasing.actions import mediators, ratings
from leasing.models import Lease, Rating, RatingRound
from leasing.queries.ratings import record_of, told_of
from leasing.rules.leases import SETTLED, Side
from leasing.rules.ratings import LONGEST_TEXT, Criterion, Figures
from leasing.web.words import said
from marketplace.models import Listing, Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

# What is asked: of a lessee about the lessor, of a lessor about the lessee.
QUESTIONS: dict[str, dict[Criterion, Promise | str]] = {
    Side.LESSEE: {
        Criterion.AS_AGREED: gettext_lazy("The machine was as described, and the terms were kept"),
        Criterion.MACHINE: gettext_lazy("The machine was in good condition"),
        Criterion.PUNCTUAL: gettext_lazy("Hand-over and help came in time"),
        Criterion.CONTACT: gettext_lazy("The contact was good"),
    },
    Side.LESSOR: {
        Criterion.AS_AGREED: gettext_lazy("The machine was used as agreed"),
        Criterion.MACHINE: gettext_lazy("The machine came back in good condition"),
        Criterion.PUNCTUAL: gettext_lazy("Payments and return came in time"),
        Criterion.CONTACT: gettext_lazy("It was easy to reach them"),
    },
}
ONE_TO_FIVE = [
    ("5", gettext_lazy("5 – very good")),
    ("4", gettext_lazy("4 – good")),
    ("3", gettext_lazy("3 – fair")),
    ("2", gettext_lazy("2 – poor")),
    ("1", gettext_lazy("1 – bad")),
]
DONE = {
    "answer": gettext_lazy("Your answer stands below the rating now."),
    "hide": gettext_lazy("Hidden. Both sides are told why."),
    "show": gettext_lazy("Shown again. Both sides are told why."),
}


class RatingForm(forms.Form):
    """One to five for each criterion, and words if one wants."""

    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        help_text=gettext_lazy("Everybody may read it. Leave out names, numbers and addresses of people."),
        widget=forms.Textarea({"rows": 4}),
        max_length=LONGEST_TEXT,
        required=False,
    )
    field_order = [one.value for one in Criterion]

    def __init__(self, side: str, *given: Any) -> None:
        super().__init__(*given)
        for one, question in QUESTIONS[side].items():
            field = forms.ChoiceField(label=str(question), choices=[("", "–"), *ONE_TO_FIVE])
            self.fields[one.value] = field
        self.order_fields(self.field_order)

    def scores(self) -> dict[str, int]:
        """Return what was chosen, by criterion."""
        return {one.value: int(self.cleaned_data[one.value]) for one in Criterion}


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what one may read of the ratings of a lease, and rate the other side."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    within = acting_organization(request)
    side = mediators.side_of(lease=lease, within=within)
    now, found = clock.now(), RatingRound.objects.filter(lease=lease).first()
    rows = list(Rating.objects.listed().filter(round__lease=lease).open_to(within).order_by("pk"))
    form = None
    if side in (Side.LESSEE, Side.LESSOR):
        form = RatingForm(side, request.POST or None)
    if request.method == "POST":
        require(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
        if form is not None and form.is_valid() and _rated(request, lease, form):
            messages.success(
                request, _("Written. The other side sees it when both are written, or the time is over.")
            )
            return redirect("lease-rating", public_id)
    mine = next((one for one in rows if one.rated_by_id == within.pk), None)
    open_now = lease.status in SETTLED and mine is None and (found is None or _is_open(found, now))
    may = form is not None and allowed(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    context = {
        "lease": lease,
        "round": found,
        "rows": [_row(request, one, within, side) for one in rows],
        "form": form if may and open_now else None,
        "mine": mine,
        "settled": lease.status in SETTLED,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "leasing/rating.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Answer a rating, or hide or show it for the platform; a refusal is said on the page."""
    lease = get_object_or_404(_leases(request), public_id=public_id)
    within = acting_organization(request)
    found = Rating.objects.listed().filter(round__lease=lease).open_to(within)
    who: dict[str, Any] = {"rating": get_object_or_404(found, public_id=item), "within": within}
    who |= {"by": request.user, "at": clock.now()}
    text = request.POST.get("text", "")
    try:
        if verb == "answer":
            ratings.answer(text=text, **who)
        else:
            ratings.moderate(hidden=verb == "hide", reason=text, **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[verb]))
    return redirect("lease-rating", public_id)


def of_listing(listing: Listing) -> tuple[str, dict[str, Any]] | None:
    """Return what a listing's page says of its owner; nothing of one who is new."""
    known = record_of(listing.owner)
    if not known.says_something:
        return None
    return "leasing/parts/owner_record.html", {"known": known, "told": said_of(listing.owner, known)}


def said_of(owner: Organization, known: Figures) -> list[dict[str, Any]]:
    """Return the last ratings in words of a lessor, as everybody reads them."""
    return [_told(one) for one in told_of(owner, known)]


def _told(one: Rating) -> dict[str, Any]:
    answer = one.answer.text if hasattr(one, "answer") else ""
    average = sum(one.scores.values()) / len(one.scores)
    return {"text": one.text, "answer": answer, "at": one.round.published_at, "stars": f"{average:.1f}"}


def _rated(request: HttpRequest, lease: Lease, form: RatingForm) -> bool:
    who: dict[str, Any] = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
    try:
        ratings.rate(lease=lease, scores=form.scores(), text=form.cleaned_data["text"], **who)
    except (NotPossible, Invalid) as error:
        form.add_error("text" if error.flaws else None, said(error))
    return not form.errors


def _is_open(found: RatingRound, now: Any) -> bool:
    return found.published_at is None and now < found.closes_at


def _row(request: HttpRequest, one: Rating, within: Any, side: Side | None) -> dict[str, Any]:
    """Return a rating as its reader may see it; what is hidden is seen by its author and the platform."""
    decides = side is Side.PLATFORM and one.round.published_at is not None
    operates = allowed(request.user, Permission.LEASE_OPERATE, within=within)  # type: ignore[arg-type]
    answered = hasattr(one, "answer")
    return {
        "rating": one,
        "who": one.rated_by.name,
        "scores": [(QUESTIONS[one.side][Criterion(name)], score) for name, score in one.scores.items()],
        "open": not one.hidden or one.rated_by_id == within.pk or side is Side.PLATFORM,  # type: ignore[attr-defined]
        "answer": one.answer.text if answered else "",
        "may_answer": one.about_id == within.pk and not answered and operates,
        "may_moderate": decides and allowed(request.user, Permission.LEASE_DECIDE, within=within),  # type: ignore[arg-type]
    }


def _leases(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
