"""Conversations on pages: about a listing, about a lease, and the appointments in them."""

from typing import Any

from django import forms
from django.contrib import messages as told
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import messages
from marketplace.models import Conversation, Listing, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.messages import ANSWERS, LONGEST, Kind
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

PAGE, SHOWN = 50, 200
FIELDS = {"/kind": "kind", "/text": "text", "/meet_at": "meet_at"}


class MessageForm(forms.Form):
    """What it is about, the words, and a time for those who want to meet."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        choices=[
            (Kind.QUESTION.value, gettext_lazy("A question")),
            (Kind.SAMPLE.value, gettext_lazy("A sample part")),
            (Kind.VIEWING.value, gettext_lazy("A viewing of the machine")),
        ],
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        widget=forms.Textarea({"rows": 4, "maxlength": LONGEST}),
        max_length=LONGEST,
    )
    meet_at = forms.DateTimeField(
        label=gettext_lazy("Proposed time"),
        help_text=gettext_lazy("For a viewing or a sample part. The other side confirms it or declines."),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        for flaw in error.flaws:
            self.add_error(FIELDS.get(flaw.pointer), _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the conversations of the acting organization, the newest first."""
    mine = acting_organization(request)
    found = Conversation.objects.of(mine).with_read(mine).with_sides().order_by("-last_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {"conversation": one, "other": one.other(mine), "unread": one.last_number > one.seen} for one in page
    ]
    return render(request, "marketplace/conversations.html", {"page": page, "rows": rows})


@login_required
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a conversation and write in it; who opens it with the right to write has read it."""
    mine = acting_organization(request)
    found = _mine(mine).with_read(mine)
    held = get_object_or_404(found, public_id=public_id)
    who: dict[str, Any] = {"within": mine, "by": request.user, "at": clock.now()}
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.write(conversation=held, **who, **form.cleaned_data)
        except (NotPossible, Invalid) as error:
            form.say(error)
        else:
            told.success(request, _("Sent to {other}.").format(other=held.other(mine).name))
            return redirect("conversation", public_id)
    may = _may(request, mine)
    if may and request.method == "GET" and held.last_number > held.seen:
        messages.mark_read(conversation=held, **who)
    return render(
        request,
        "marketplace/conversation.html",
        {
            "conversation": held,
            "other": held.other(mine),
            "entries": _entries(held, mine),
            "earlier": max(0, held.last_number - SHOWN),
            "form": form,
            "may_write": may,
        },
        status=400 if form.errors else 200,
    )


@login_required
def ask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write to the owner of a listing; where a conversation has begun, it goes on there."""
    mine = acting_organization(request)
    visible = Listing.objects.open_to(mine).select_related("owner")
    listing = get_object_or_404(visible, public_id=public_id)
    begun = Conversation.objects.filter(listing=listing, asker=mine, reference="").first()
    if begun is not None:
        return redirect("conversation", begun.public_id)

    who: dict[str, Any] = {"asker": mine, "by": request.user, "at": clock.now()}
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = messages.ask(listing=listing, **who, **form.cleaned_data)
        except (NotPossible, Invalid) as error:
            form.say(error)
        else:
            told.success(request, _("Sent to {other}.").format(other=listing.owner.name))
            return redirect("conversation", made.conversation.public_id)
    context = {
        "listing": listing,
        "form": form,
        "may_write": _may(request, mine),
        "is_own": listing.owner == mine,
    }
    return render(request, "marketplace/ask.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Confirm or decline an appointment, and come back."""
    mine = acting_organization(request)
    held = get_object_or_404(_mine(mine), public_id=public_id)
    number = request.POST.get("number", "")
    try:
        messages.answer(
            conversation=held,
            number=int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0,
            accept="accept" in request.POST,
            within=mine,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, Invalid) as error:
        told.error(request, _(error.text).format(**error.facts))
    return redirect("conversation", public_id)


def _mine(mine: Organization) -> Any:
    return Conversation.objects.of(mine).with_sides()


def _may(request: HttpRequest, mine: Organization) -> bool:
    return allowed(request.user, Permission.MESSAGE_WRITE, within=mine)  # type: ignore[arg-type]


def _entries(held: Conversation, mine: Organization) -> list[dict[str, Any]]:
    """Return the newest messages, each with what can be done about it."""
    found = held.messages.select_related("organization", "answer").order_by("-number")[:SHOWN]
    now = clock.now()
    read = held.marks.exclude(organization=mine).values_list("number", flat=True).first() or 0
    return [
        {
            "message": one,
            "mine": one.organization_id == mine.pk,
            "read": one.organization_id == mine.pk and one.number <= read,
            "answered": getattr(one, "answer", None),
            "open": bool(one.meet_at and one.meet_at > now and not hasattr(one, "answer"))
            and one.kind not in ANSWERS,
        }
        for one in reversed(found)
    ]
