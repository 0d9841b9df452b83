"""Negotiate: the lessor quotes, the lessee answers, each by changing days, prices and deposit."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import moves
from leasing.actions.acts import ACTS
from leasing.models import Lease
from leasing.models.leases import TIME_TO_DECIDE
from leasing.queries.commission import with_commission
from leasing.rules.leases import Move, Status, can
from leasing.rules.requests import LONGEST_NOTE
from leasing.web import owner_commission
from leasing.web.differences import offer_rows
from marketplace.permissions import allowed
from marketplace.rules.pricing import words
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.shared import clock, versions
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period, local_midnight

USUAL_VALIDITY = timedelta(days=7)
LARGEST = Decimal(10) ** 12
PRICES = {
    "base_fee": "amount",
    "per_unit": "price",
    "package": "price",
}  # what one figure says; tiers are changed over REST
BOUNDS = {
    "minimum": gettext_lazy("Minimum of a period"),
    "cap": gettext_lazy("Cap of a period"),
    "term_minimum": gettext_lazy("Minimum of the whole lease"),
}
DONE = {
    Move.QUOTE: gettext_lazy("Your quote is with the lessee."),
    Move.COUNTER: gettext_lazy("Your counter-offer is with the lessor."),
}


class OfferForm(forms.Form):
    """Days, the figures of the price plan, deposit, a note; a quote has a moment until which it stands."""

    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, lease: Lease, move: Move, at: datetime, data: Any = None) -> None:
        self.lease, self.move, self.zone = lease, move, lease.agreed.zone
        self.prices = dict(_prices(lease.terms["price_plan"]))
        super().__init__(data, initial=self._initial(at))
        for name, (label, _pointer, _value) in self.prices.items():
            self.fields[name] = _figure(label)
        self.fields["deposit"] = _figure(_("Deposit"), places=PLACES[lease.deposit.currency])
        if move == Move.QUOTE:
            self.fields["valid_until"] = forms.DateTimeField(
                label=_("Stands until"),
                widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
                help_text=_("After this moment the lessee can no longer accept."),
            )
            self.fields["hold"] = forms.BooleanField(
                label=_("Keep a machine free until then"), required=False
            )
        self.fields["note"] = forms.CharField(
            label=_("Words to the other side"),
            max_length=LONGEST_NOTE,
            required=False,
            widget=forms.Textarea({"rows": 3}),
        )

    def _initial(self, at: datetime) -> dict[str, Any]:
        latest = min(self.lease.starts_at + TIME_TO_DECIDE, self.lease.ends_at)
        money = self.lease.deposit
        return {
            "first_day": self.lease.starts_at.astimezone(self.zone).date(),
            "last_day": (self.lease.ends_at.astimezone(self.zone) - timedelta(microseconds=1)).date(),
            "deposit": Decimal(money.minor).scaleb(-PLACES[money.currency]),
            "valid_until": min(at + USUAL_VALIDITY, latest).astimezone(self.zone).replace(tzinfo=None),
            **{name: Decimal(value) for name, (_label, _pointer, value) in self.prices.items()},
        }

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        first, last = typed.get("first_day"), typed.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not lie before the first."))
        return typed

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it; what stayed as it was is no change."""
        typed = self.cleaned_data
        given: dict[str, Any] = {
            "period": self._period(typed["first_day"], typed["last_day"]),
            "terms": {"price_plan": self._plan(), "deposit_minor": self._deposit()},
            "note": typed["note"],
        }
        if self.move == Move.QUOTE:
            # a browser types the time of the reader's zone, which is the one that the page shows
            naive = timezone.make_naive(typed["valid_until"])
            given |= {"valid_until": naive.replace(tzinfo=self.zone), "hold": typed["hold"]}
        return given

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the offer at its field."""
        places = {pointer: name for name, (_label, pointer, _value) in self.prices.items()}
        places |= {"/starts_at": "first_day", "/ends_at": "last_day", "/terms/deposit_minor": "deposit"}
        for flaw in flaws:
            name = places.get(flaw.pointer) or flaw.pointer.lstrip("/")
            text = _(flaw.text).format(**flaw.facts)
            self.add_error(name if name in self.fields else None, text)

    def day_fields(self) -> Iterator[forms.BoundField]:
        """Yield first and last day."""
        return (self[name] for name in ("first_day", "last_day"))

    def price_fields(self) -> Iterator[forms.BoundField]:
        """Yield the figures of the plan, then the deposit."""
        return (self[name] for name in (*self.prices, "deposit"))

    def _period(self, first: date, last: date) -> Period | None:
        """Return whole days; nothing if they stayed, since those agreed over REST may begin at any hour."""
        if (first, last) == (self.initial["first_day"], self.initial["last_day"]):
            return None
        after = last + timedelta(days=1)
        return Period(local_midnight(first, self.zone), local_midnight(after, self.zone))

    def _plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = deepcopy(self.lease.terms["price_plan"])
        for name, (_label, pointer, before) in self.prices.items():
            typed = self.cleaned_data[name]
            if typed != Decimal(before):
                _set(plan, pointer.removeprefix("/terms/price_plan"), format(typed, "f"))
        return plan

    def _deposit(self) -> int:
        return int(self.cleaned_data["deposit"].scaleb(PLACES[self.lease.deposit.currency]))


@login_required
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what was offered, and the form of the side that may offer; or send that to the other side."""
    visible = Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]
    lease = get_object_or_404(with_commission(visible), public_id=public_id)
    move = _move(request, lease)
    form = OfferForm(lease, move, clock.now(), request.POST or None) if move else None
    if form and request.method == "POST" and form.is_valid():
        sent = _send(request, lease, form)
        if sent is not None:
            return sent
    context = {
        "lease": lease,
        "form": form,
        "is_quote": move == Move.QUOTE,
        "offers": offer_rows(lease),
        "currency": lease.deposit.currency,
        **owner_commission.part(request, lease),
    }
    status = 400 if form and form.errors else 200
    return render(request, "leasing/leases_offer.html", context, status=status)


def _move(request: HttpRequest, lease: Lease) -> Move | None:
    """Return the offer that the reader may make now, if it may make one."""
    for move in (Move.QUOTE, Move.COUNTER):
        rights = moves.rights_of(lease=lease, move=move)
        if can(move, Status(lease.status)) and any(
            allowed(request.user, right, within=side)  # type: ignore[arg-type]
            for side, right in rights
        ):
            return move
    return None


def _send(request: HttpRequest, lease: Lease, form: OfferForm) -> HttpResponse | None:
    version = request.POST.get("version", "")
    try:
        ACTS[form.move](
            lease=lease,
            by=request.user,
            at=clock.now(),
            expected=versions.typed(version),
            **form.given(),
        )
    except Invalid as error:
        form.show(error.flaws)
    except NotPossible as error:
        form.add_error(None, _(error.text).format(**error.facts))
    else:
        success(request, str(DONE[form.move]))
        return redirect("lease", lease.public_id)
    return None


def _prices(plan: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yield the name of a field with its label, the pointer into the terms, and the figure as it stands."""
    for place, component in enumerate(plan["components"]):
        kind = component["kind"]
        key = PRICES.get(kind)
        if key is None or component.get("seller") == PLATFORM:
            continue
        label = _(words.LINES[kind])
        if "meter" in component:
            meter, unit = words.METERS[component["meter"]], words.UNITS[component["unit"]]
            label = f"{label} · {_(meter)} / {_(unit)}"
        yield f"price_{place}", (label, f"/terms/price_plan/components/{place}/{key}", component[key])
    for bound, name in BOUNDS.items():
        if plan.get(bound):
            yield bound, (str(name), f"/terms/price_plan/{bound}/amount", plan[bound]["amount"])


def _set(document: Any, pointer: str, value: str) -> None:
    *path, last = pointer.strip("/").split("/")
    for step in path:
        document = document[int(step) if step.isdecimal() else step]
    document[last] = value


def _figure(label: str, *, places: int = 10) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal(0),
        max_value=LARGEST,
        decimal_places=places,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )
