"""The owner's page on which a listing is let by the slot."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.web.slot_words import WEEKDAYS
from leasing.web.words import said
from marketplace.actions import slots as schedules
from marketplace.models import Listing, SlotSchedule
from marketplace.permissions import Permission, allowed
from marketplace.rules.pricing.tax import LEASE_MOVABLE, SERVICE
from marketplace.rules.slot_schedules import DAYS, LONGEST_PLACE
from marketplace.shared import clock, versions
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import Money

WHOLE = forms.NumberInput({"inputmode": "numeric"})
EXCEPTIONS = "exceptions"
NUMBERS = (
    "slot_minutes",
    "step_minutes",
    "longest_run",
    "setup_minutes",
    "cleaning_minutes",
    "ahead_days",
    "hand_in_hours",
    "cancel_hours",
    "late_fee_percent",
)
USUAL: dict[str, Any] = {
    "hours": dict.fromkeys(DAYS[:5], "09:00-12:00, 13:00-17:00"),
    "slot_minutes": 60,
    "step_minutes": 30,
    "longest_run": 3,
    "setup_minutes": 15,
    "cleaning_minutes": 15,
    "ahead_days": 30,
    "cancel_hours": 24,
    "late_fee_percent": 50,
}


def _number(label: Any, help_text: Any = "", required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=required, min_value=0, widget=WHOLE)


class ScheduleForm(forms.Form):
    """Opening hours per weekday, days that differ, lengths, sample, price, cancelling."""

    exceptions = forms.CharField(
        label=gettext_lazy("Days that differ"),
        help_text=gettext_lazy("One a line: 2026-10-01 is closed, 2026-10-08 10:00-15:00 has other hours."),
        required=False,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4}),
    )
    slot_minutes = _number(gettext_lazy("Length of a slot (minutes)"))
    step_minutes = _number(gettext_lazy("A slot begins every (minutes)"))
    longest_run = _number(gettext_lazy("Slots in one booking, at most"))
    setup_minutes = _number(gettext_lazy("Set-up before (minutes)"))
    cleaning_minutes = _number(gettext_lazy("Cleaning behind (minutes)"))
    ahead_days = _number(gettext_lazy("Can be booked ahead (days)"))
    hand_in_hours = _number(
        gettext_lazy("Sample before (hours)"), gettext_lazy("Leave it empty if no sample is needed."), False
    )
    hand_in_place = forms.CharField(
        label=gettext_lazy("Where the sample is handed in"), required=False, max_length=LONGEST_PLACE
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price of a slot, net"),
        min_value=0,
        max_value=Decimal(10_000_000),
        decimal_places=2,
    )
    tax_category = forms.ChoiceField(
        label=gettext_lazy("Who works the machine"),
        help_text=gettext_lazy("It decides the VAT of the slots."),
        choices=[
            (SERVICE, gettext_lazy("Our operator measures: a service, 6 % VAT")),
            (LEASE_MOVABLE, gettext_lazy("The lessee, the machine alone is let: 13 % VAT")),
            ("SMALL_SCALE", gettext_lazy("Either, and we are a small-scale taxpayer")),
        ],
        initial=SERVICE,
        required=False,
    )
    cancel_hours = _number(gettext_lazy("Free to cancel until (hours before)"))
    late_fee_percent = _number(gettext_lazy("Owed after that, or if nobody comes (% of the price)"))
    confirm = forms.BooleanField(
        label=gettext_lazy("I confirm each booking"),
        help_text=gettext_lazy("Without it a booking holds at once."),
        required=False,
    )

    def __init__(self, document: dict[str, Any], currency: str, data: Any = None) -> None:
        self.currency = currency
        super().__init__(data, initial=_initial(document, currency))
        for name in DAYS:
            self.fields[f"hours_{name}"] = forms.CharField(
                label=_(WEEKDAYS[name]), required=False, max_length=100
            )

    @property
    def hours_fields(self) -> list[forms.BoundField]:
        """The opening hours, Monday first."""
        return [self[f"hours_{name}"] for name in DAYS]

    def document(self) -> dict[str, Any]:
        """Return what was typed as a schedule; the rule says what is wrong with it."""
        typed = self.cleaned_data
        lines = (line.split(None, 1) for line in typed["exceptions"].splitlines() if line.strip())
        return {
            **{name: typed[name] for name in NUMBERS},
            "hours": {name: typed[f"hours_{name}"] for name in DAYS},
            "exceptions": {line[0]: line[1].strip() if len(line) > 1 else "" for line in lines},
            "hand_in_place": typed["hand_in_place"],
            "price_minor": Money.of(typed["price"], self.currency).minor,
            "tax_category": typed["tax_category"] or SERVICE,
            "confirm": typed["confirm"],
        }

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the schedule at its field."""
        for flaw in flaws:
            first, *rest = flaw.pointer.strip("/").split("/")
            name = {"hours": f"hours_{(rest or DAYS)[0]}", "price_minor": "price"}.get(first, first)
            text = _(flaw.text).format(**flaw.facts)
            named = first == EXCEPTIONS and rest
            self.add_error(name, f"{rest[0]}{_(': ')}{text}" if named else text)


@login_required
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Set the schedule of a listing, or let it by the slot no more."""
    owned = Listing.objects.owned_by(request.user).select_related("owner")  # type: ignore[arg-type]
    listing = get_object_or_404(owned, public_id=public_id)
    newest = SlotSchedule.objects.newest(listing)
    if "withdraw" in request.POST:
        return _withdraw(request, listing)
    form = ScheduleForm(newest.document if newest else USUAL, listing.currency, _typed(request))
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        try:
            schedules.set_schedule(
                listing=listing,
                document=form.document(),
                expected=versions.typed(seen),
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except (Invalid, NotPossible) as error:
            form.show(error.flaws)
            if not error.flaws:
                form.add_error(None, _(error.text).format(**error.facts))
        else:
            messages.success(request, _("Kept. What is booked already stays as it is."))
            return redirect("slot-schedule", listing.public_id)
    context = {
        "listing": listing,
        "newest": newest,
        "form": form,
        "may_edit": allowed(request.user, Permission.LISTING_EDIT, within=listing.owner),  # type: ignore[arg-type]
    }
    return render(request, "leasing/slot_schedule.html", context, status=400 if form.errors else 200)


def _typed(request: HttpRequest) -> Any:
    """Return what was sent, also if it was nothing."""
    return request.POST if request.method == "POST" else None


def _withdraw(request: HttpRequest, listing: Listing) -> HttpResponse:
    try:
        schedules.withdraw(listing=listing, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("No more slots are offered. What is booked stays."))
    return redirect("slot-schedule", listing.public_id)


def _initial(document: dict[str, Any], currency: str) -> dict[str, Any]:
    days = document.get("exceptions", {}).items()
    hours = document.get("hours", {})
    price = document.get("price_minor")
    return {
        **{name: document.get(name) for name in (*NUMBERS, "hand_in_place", "confirm")},
        "tax_category": document.get("tax_category", SERVICE),
        **{f"hours_{name}": hours.get(name, "") for name in DAYS},
        "exceptions": "\n".join(f"{day} {times}".strip() for day, times in days),
        "price": None if price is None else Money(price, currency).amount,
    }
