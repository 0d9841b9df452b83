"""Slots on pages: pick a day, then a slot; one booking with its next step; what comes today and later."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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

from leasing.actions import slots
from leasing.actions.slot_acts import ACTS
from leasing.models import SlotBooking
from leasing.rules.slots import LONGEST_NOTE, TABLE, Move, Status, can
from leasing.web import slot_words as words
from leasing.web.words import said
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Listing, Organization, SlotSchedule
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, free_slots_of
from marketplace.queries.acting import visible_listings
from marketplace.rules.slots import Offered, last_day
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

PAGE = 50
SHOWN_DAYS = 14
FIELDS = {"/starts_at": "start", "/note": "note"}
DONE = {
    Move.CONFIRM: gettext_lazy("Confirmed. The machine is kept for the lessee."),
    Move.REFUSE: gettext_lazy("Refused. The lessee reads your reason."),
    Move.CANCEL: gettext_lazy("Cancelled. The slot is free for others."),
    Move.HAND_IN: gettext_lazy("Recorded: the sample is there."),
    Move.DONE: gettext_lazy("Recorded as done. It is billed with its price."),
    Move.WAIVE: gettext_lazy("Recorded: nothing is owed. What was invoiced is given back by a credit note."),
    Move.NO_SHOW: gettext_lazy("Recorded: nobody came. The slot is free for others."),
}


class SlotForm(forms.Form):
    """Which of the slots that are shown, and words to the owner."""

    start = forms.ChoiceField(
        label=gettext_lazy("Time"), widget=forms.RadioSelect, choices=(), required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the owner"),
        help_text=gettext_lazy("What is to be measured: part, drawing, tolerance."),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, choices: list[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        self.fields["start"].choices = choices  # type: ignore[attr-defined]
        # what was free when the page was made may be taken now: the action says so, and what is free next
        self.fields["start"].validate = lambda value: None  # type: ignore[method-assign]

    def clean_start(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.cleaned_data["start"])
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise forms.ValidationError(_("Choose one of the times."))
        return found

    def show(self, error: Invalid | NotPossible) -> None:
        """Put each flaw of the booking at its field."""
        for flaw in error.flaws:
            self.add_error(FIELDS.get(flaw.pointer), _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            taken = isinstance(error, slots.SlotTaken)
            self.add_error("start" if taken else None, _(error.text).format(**error.facts))


@login_required
def book(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pick a day and a slot of a listing, see what it costs and asks for, and book it."""
    visible = visible_listings(request).select_related("owner", "site")
    listing = get_object_or_404(visible, public_id=public_id)
    agreed = SlotSchedule.objects.offered(listing)
    if agreed is None or listing.status != Listing.Status.PUBLISHED:
        raise Http404
    zone, now = ZoneInfo(listing.zone), clock.now()
    schedule, today = agreed.schedule, now.astimezone(zone).date()
    day, many = _day(request, today), min(_many(request), schedule.longest_run)
    first = min(max(day - timedelta(days=3), today), day)
    found = free_slots_of(listing, schedule, first, SHOWN_DAYS, now, many)
    form = SlotForm(_choices(found.get(day, []), zone), request.POST if request.method == "POST" else None)
    organization = acting_organization(request)
    if request.method == "POST" and form.is_valid():
        try:
            made = slots.book(
                listing=listing,
                lessee=organization,
                starts_at=form.cleaned_data["start"],
                note=form.cleaned_data["note"],
                slots=many,
                seen=_whole(request.POST.get("schedule", "")),
                by=request.user,  # type: ignore[arg-type]
                at=now,
            )
        except (Invalid, NotPossible) as error:
            form.show(error)
        else:
            told = _("Booked.") if made.status == Status.BOOKED else _("Asked for. The owner confirms it.")
            messages.success(request, told)
            return redirect("slot-booking", made.public_id)
    context = {
        "listing": listing,
        "schedule": agreed,
        "form": form,
        "day": day,
        "many": many,
        "runs": range(1, schedule.longest_run + 1),
        "days": _days(found, day),
        "today": today,
        "last": last_day(schedule, zone, now),
        "free": bool(found.get(day)),
        "rules": words.rules(schedule, many, listing.currency),
        "amount": schedule.price_minor * many,
        "cost": words.offered_cost(listing, schedule, many, now),
        "opening": words.opening_rows(schedule),
        "asks": organization,
        "is_own": listing.owner == organization,
        "may_book": listing.owner != organization
        and allowed(request.user, Permission.LEASE_REQUEST, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "leasing/slot_book.html", context, status=400 if form.errors else 200)


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what comes today and later, on either side, by time; or what is past; also as files."""
    organization, now = acting_organization(request), clock.now()
    mine = SlotBooking.objects.of(organization).with_sides()
    past = request.GET.get("tab") == "past"
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    open_states = (Status.ASKED, Status.BOOKED)
    coming = mine.filter(ends_at__gt=midnight) | mine.filter(status__in=open_states)
    shown = (
        mine.filter(ends_at__lte=midnight).order_by("-starts_at") if past else coming.order_by("starts_at")
    )
    if form := asked_format(request):
        return table_answer(form, "slots", words.heads(), map(words.cells, words.rows(shown, organization)))
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"label": _("Today and later"), "url": "?", "active": not past, "count": None},
        {"label": _("Past"), "url": "?tab=past", "active": past, "count": None},
    ]
    context = {"page": page, "rows": words.rows(page, organization), "tabs": tabs, "today": midnight.date()}
    return render(request, "leasing/slots_list.html", context)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is agreed, how it stands, and the one thing to do next."""
    found, organization = _found(request, public_id)
    side = found.side_of(organization)
    now = clock.now()
    context = {
        "booking": found,
        "zone": found.document["zone"],
        "span": words.span(found.starts_at, found.ends_at, found.zone),
        "day": found.starts_at.astimezone(found.zone).date(),
        "kind": words.KINDS.get(Status(found.status), "off"),
        "headline": words.headline(found, side),
        "events": words.events(found),
        "can": _possible(request, found, organization),
        "begun": now > found.starts_at,
        "late": now >= found.cancel_until,
        "needs_sample": found.hand_in_until is not None and found.handed_in_at is None,
        "late_fee": found.document["late_fee_minor"],
        "cost": words.cost(found),
        "billed": found.ends_at <= now and found.status not in (Status.REFUSED, Status.EXPIRED),
    }
    return render(request, "leasing/slot.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Carry out one move and come back to the booking; a refusal is said there."""
    found, organization = _found(request, public_id)
    name = Move(move)
    given: dict[str, Any] = {"expected": _whole(request.POST.get("version", ""))}
    if name in (Move.REFUSE, Move.WAIVE):
        given["reason"] = request.POST.get("reason", "")[:2000]
    try:
        ACTS[name](booking=found, within=organization, by=request.user, at=clock.now(), **given)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[name]))
    return redirect("slot-booking", public_id)


def _found(request: HttpRequest, public_id: str) -> tuple[SlotBooking, Organization]:
    """Return the booking, and for whom the reader acts."""
    organization = acting_organization(request)
    found = get_object_or_404(SlotBooking.objects.of(organization).with_sides(), public_id=public_id)
    return found, organization


def _possible(request: HttpRequest, found: SlotBooking, organization: Organization) -> dict[str, bool]:
    """Tell which moves to offer as buttons; the actions ask again."""
    side = found.side_of(organization)
    possible = {}
    for name in DONE:
        right = TABLE[name].rights.get(side) if side else None
        possible[str(name)] = bool(right) and can(name, Status(found.status))
        if possible[str(name)]:
            possible[str(name)] = allowed(request.user, Permission(right or ""), within=organization)  # type: ignore[arg-type]
    return possible


def _choices(offered: list[Offered], zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return the slots of a day for the list of choices: the instant, and the time on the wall."""
    return [
        (
            one.core.start.astimezone(UTC).isoformat(),
            words.span(one.core.start, one.core.end or one.core.start, zone),
        )
        for one in offered
    ]


def _days(found: dict[date, list[Offered]], day: date) -> list[dict[str, Any]]:
    return [{"day": one, "free": len(offered), "active": one == day} for one, offered in found.items()]


def _day(request: HttpRequest, today: date) -> date:
    """Return the day that is asked for; what cannot be read or has passed is today."""
    try:
        day = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return today
    return day if today <= day <= today + timedelta(days=400) else today


def _many(request: HttpRequest) -> int:
    return max(1, _whole(request.POST.get("slots") or request.GET.get("slots", "")) or 1)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
