"""Where the platform writes announcements, publishes and withdraws them."""

from datetime import datetime
from typing import Any, Final

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

from marketplace.actions import announcement_telling, announcements
from marketplace.filters.announcements import AnnouncementFilter
from marketplace.models import Announcement, BackgroundJob, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization
from marketplace.queries.background_jobs import shown as progress_of
from marketplace.rules.announcements import (
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    NOTICE,
    Audience,
    Kind,
    State,
    Wanted,
)
from marketplace.rules.regions import PROVINCES
from marketplace.shared import clock, versions
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.announcements import BADGES, PAGE, for_whom, texts
from marketplace.web.words import mark, said

Status = BackgroundJob.Status
TYPED: Final = "%Y-%m-%dT%H:%M"
STAGES: Final = {State.DRAFT: "idle", State.PUBLISHED: "run", State.WITHDRAWN: "off"}


def _moment(label: Any, **given: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local"}, format=TYPED)
    return forms.DateTimeField(label=label, widget=widget, **given)


def _words(label: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": 8})
    return forms.CharField(label=label, max_length=LONGEST_TEXT, widget=widget)


class AnnouncementForm(forms.Form):
    """What is announced, to whom, and when."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Announcement.About.choices)
    audience = forms.ChoiceField(label=gettext_lazy("Meant for"), choices=Announcement.For.choices)
    region = forms.ChoiceField(
        label=gettext_lazy("Province"),
        required=False,
        help_text=gettext_lazy("Only if it is for one province."),
    )
    title_zh = forms.CharField(label=gettext_lazy("Chinese title"), max_length=LONGEST_TITLE)
    title_en = forms.CharField(label=gettext_lazy("English title"), max_length=LONGEST_TITLE)
    text_zh = _words(gettext_lazy("Chinese text"))
    text_en = _words(gettext_lazy("English text"))
    shown_from = _moment(gettext_lazy("Shown on pages from"))
    shown_until = _moment(gettext_lazy("Shown on pages until"))
    in_force_from = _moment(
        gettext_lazy("Rules hold from"),
        required=False,
        help_text=gettext_lazy("Only of rules: seven days after they are published, or later."),
    )
    begins_at = _moment(
        gettext_lazy("Maintenance begins"), required=False, help_text=gettext_lazy("Only of maintenance.")
    )
    ends_at = _moment(
        gettext_lazy("Maintenance ends"), required=False, help_text=gettext_lazy("Only of maintenance.")
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        provinces = [(one.code, f"{one.name_zh} {one.name}") for one in PROVINCES.values()]
        self.fields["region"].choices = [("", "–"), *provinces]  # type: ignore[attr-defined]
        self.fields["text_zh"].help_text = _("A blank line begins a paragraph; addresses become links.")

    def wanted(self) -> Wanted:
        """Return it as the action takes it."""
        typed = self.cleaned_data
        return Wanted(
            **typed | {"kind": Kind(typed["kind"]), "audience": Audience(typed["audience"])},
        )


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List drafts and what was published for the platform's people, the newest first."""
    _platform(request)
    found = AnnouncementFilter(request.GET, Announcement.objects.order_by("-pk"))
    rows = found.qs if found.is_valid() else Announcement.objects.none()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"one": one, "for": for_whom(one), "badge": STAGES[State(one.state)]} for one in page],
        "form": found.form,
        "is_filtered": any(request.GET.get(name) for name in found.filters),
    }
    return render(request, "marketplace/announcing.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write a draft."""
    platform = _platform(request)
    now = clock.now()
    form = AnnouncementForm(request.POST or None, initial=_first(now))
    if request.method == "POST" and form.is_valid():
        try:
            made = announcements.draft(wanted=form.wanted(), **_who(request, platform, now))
        except Invalid as error:
            mark(form, error)
        else:
            messages.success(request, _("Kept as a draft. Nobody but the platform sees it."))
            return redirect("announcing-one", made.public_id)
    status = 400 if form.errors else 200
    return render(request, "marketplace/announcing_one.html", {"form": form}, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show a draft to be changed, or what was published with the way to withdraw it."""
    platform = _platform(request)
    found = get_object_or_404(Announcement, public_id=public_id)
    form = None
    if found.state == State.DRAFT:
        initial = {name: getattr(found, name) for name in Announcement.SAID}
        form = AnnouncementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form is None:
        messages.error(request, said(announcements.AnnouncementMoved()))
        return redirect("announcing-one", public_id)
    if request.method == "POST" and form is not None and form.is_valid():
        given = _who(request, platform, clock.now()) | {"announcement": found}
        try:
            announcements.change(wanted=form.wanted(), expected=_seen(request, found), **given)
        except (Invalid, NotPossible) as error:
            mark(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("announcing-one", public_id)
    return _page(request, found, form)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Publish, drop or withdraw an announcement, or tell of it who was not told."""
    platform = _platform(request)
    found = get_object_or_404(Announcement, public_id=public_id)
    given = _who(request, platform, clock.now()) | {"announcement": found}
    try:
        if verb in ("publish", "drop"):
            given["expected"] = _seen(request, found)
        if verb == "publish":
            announcements.publish(**given)
        elif verb == "drop":
            announcements.drop(**given)
        elif verb == "tell":
            announcements.tell_rest(**given)
        else:
            announcements.withdraw(reason=request.POST.get("reason", ""), **given)
    except (Invalid, NotPossible) as error:
        messages.error(request, _lines(error))
        return redirect("announcing-one", public_id)
    messages.success(request, DONE[verb])
    return redirect("announcing") if verb == "drop" else redirect("announcing-one", public_id)


DONE: Final = {
    "publish": gettext_lazy("Published. Whom it is for is being told."),
    "drop": gettext_lazy("The draft is gone."),
    "tell": gettext_lazy("The others are being told."),
    "withdraw": gettext_lazy("Withdrawn. Who was told of it is being told that, too."),
}


def _page(request: HttpRequest, found: Announcement, form: AnnouncementForm | None) -> HttpResponse:
    job = announcement_telling.last(announcement=found)
    sent = request.POST.get("version", "")[: versions.MOST_DIGITS]
    context = {
        "form": form,
        # what was typed stands over the draft that its writer saw: it is refused again until that is read
        "version": sent if form is not None and form.is_bound else found.version,
        "is_stale": form is not None and form.is_bound and sent != str(found.version),
        "most": LONGEST_REASON,
        "is_broken": job is not None and job.status in (Status.FAILED, Status.CANCELLED),
        "for_whom": for_whom(found),
        "stage": STAGES[State(found.state)],
        "badges": BADGES,
        **(progress_of(job, clock.now()) | {"may_stop": False} if job else {}),
        **texts(found),
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "marketplace/announcing_one.html", context, status=status)


def _platform(request: HttpRequest) -> Organization:
    """Return the platform for whose people this is; there is nothing here for others."""
    organization = acting_organization(request)
    if organization.kind != OrganizationKind.PLATFORM:
        raise Http404
    require(request.user, Permission.ANNOUNCEMENT_PUBLISH, within=organization)  # type: ignore[arg-type]
    return organization


def _seen(request: HttpRequest, found: Announcement) -> int:
    """
    Return the version that the page was made of.

    :raises AnnouncementChanged: if none was sent, or nothing that is one
    """
    sent = request.POST.get("version", "")
    seen = versions.typed(sent)
    if seen is None:
        raise announcements.AnnouncementChanged(
            version=found.version, seen=sent[: versions.MOST_DIGITS] or "–"
        )
    return seen


def _who(request: HttpRequest, platform: Organization, at: datetime) -> dict[str, Any]:
    return {"within": platform, "by": request.user, "at": at}


def _first(now: datetime) -> dict[str, Any]:
    """Return the moments that a new form proposes: shown at once, for two weeks."""
    local = timezone.localtime(now).replace(second=0, microsecond=0)
    return {"shown_from": local, "shown_until": local + 2 * NOTICE}


def _lines(error: DomainError) -> str:
    """Say a refusal with what is wrong at each field."""
    flaws = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
    return " ".join([said(error), *flaws])
