"""The forms of a change, one a kind: each shows what is possible by the functions that commit it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import annex_effects
from leasing.models import Lease
from leasing.queries.prices import period_starts, plan_at
from leasing.rules.annexes import LONGEST_NOTE, LONGEST_TITLE, Change, Kind
from leasing.web.running import (
    day_field,
    end_of,
    last_day_of,
    local,
    moment_field,
    refuse,
    typed_moment,
)
from leasing.web.words import in_words
from marketplace.models import Equipment, ListingUnit
from marketplace.queries import free_units, free_until
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.rules.pricing.plan_numbers import changed, numbers
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period

USUAL_VALIDITY = timedelta(days=7)
LARGEST = Decimal(10) ** 13
LAST = ("effective_from", "valid_until", "note")


@dataclass(frozen=True)
class Room:
    """What a lease could have: its machines, until when each could stay, and the others of its listing."""

    staying: tuple[Equipment, ...]
    until: Mapping[int, datetime | None]
    others: tuple[tuple[Equipment, bool], ...]


def room(lease: Lease, kind: Kind, at: datetime) -> Room:
    """Return what is possible for a kind of change now; others are free from now to the end, or not."""
    there = Q(active_from__lt=at) | Q(active_from=None)  # in use, or still to come
    units = list(annex_effects.units_staying(lease=lease).filter(there))
    until, others = {}, []
    if kind == Kind.EXTEND:
        found = free_until(unit.claim for unit in units)
        until = {unit.equipment_id: found[unit.claim_id] for unit in units}
    if kind in (Kind.ADD, Kind.SWAP) and at < lease.ends_at:
        free = free_units(Period(at, lease.ends_at), listing=lease.listing).values("pk")
        offered = ListingUnit.objects.filter(listing=lease.listing_id).select_related("equipment")
        known = set(free.values_list("pk", flat=True))
        mine = {unit.equipment_id for unit in units}
        in_service = offered.filter(equipment__status=Equipment.Status.IN_SERVICE).order_by("equipment")
        others = [(one.equipment, one.pk in known) for one in in_service if one.equipment_id not in mine]
    return Room(tuple(unit.equipment for unit in units), until, tuple(others))


class ChangeForm(forms.Form):
    """What every proposal says: until when it stands, and words to the other side."""

    kind: ClassVar[Kind]
    places: ClassVar[Mapping[str, str]] = {}
    busy: ClassVar[str] = ""

    valid_until = moment_field(
        gettext_lazy("The proposal stands until"),
        help_text=gettext_lazy("After this moment the other side can no longer accept."),
    )
    note = forms.CharField(
        label=gettext_lazy("Words to the other side"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, lease: Lease, found: Room, at: datetime, data: Any = None) -> None:
        self.lease, self.room, self.zone = lease, found, lease.agreed.zone
        stands = min(at + USUAL_VALIDITY, lease.ends_at)
        super().__init__(data, initial={"valid_until": local(stands, self.zone)} | self.start(at))
        self.prepare()
        self.order_fields([name for name in self.fields if name not in LAST] + list(LAST))

    def start(self, at: datetime) -> dict[str, Any]:
        """Return what stands in the fields of this kind at first."""
        return {}

    def prepare(self) -> None:
        """Fill in what can be chosen."""

    def change(self) -> Change:
        """Return what was typed as the action takes it."""
        raise NotImplementedError

    def stands_until(self) -> datetime:
        """Return until when the proposal stands."""
        found = typed_moment(self.cleaned_data["valid_until"], self.zone)
        assert found is not None
        return found

    def show(self, error: DomainError) -> None:
        """Put a refusal at the field it is about."""
        refuse(self, error, self.places, self.busy)


class EndForm(ChangeForm):
    """Another last day."""

    places: ClassVar = {"/ends_at": "last_day"}
    busy = "last_day"
    last_day = day_field(gettext_lazy("Last day"))

    def start(self, at: datetime) -> dict[str, Any]:
        return {"last_day": last_day_of(self.lease.ends_at, self.zone)}

    def change(self) -> Change:
        return Change(self.kind, ends_at=end_of(self.cleaned_data["last_day"], self.zone))


class ExtendForm(EndForm):
    """A later last day; until when each machine could stay is said at the field."""

    kind = Kind.EXTEND

    def prepare(self) -> None:
        ends = [
            _("{machine} is free for you until {moment}.").format(
                machine=machine.name, moment=in_words(moment, self.zone)
            )
            for machine in self.room.staying
            if (moment := self.room.until.get(machine.pk)) is not None
        ]
        free = _("The machines are free for you as long as you like.")
        self.fields["last_day"].help_text = " ".join(ends) or free


class ShortenForm(EndForm):
    """An earlier last day."""

    kind = Kind.SHORTEN

    def prepare(self) -> None:
        text = _("The lease ends at {moment} so far.")
        self.fields["last_day"].help_text = text.format(moment=in_words(self.lease.ends_at, self.zone))


class MachinesForm(ChangeForm):
    """Machines that come or go, at once or from a moment on."""

    effective_from = moment_field(
        gettext_lazy("From"),
        required=False,
        help_text=gettext_lazy("Left empty, machines come and go when the change is accepted."),
    )

    def moment(self) -> datetime | None:
        """Return from when the change is to hold, if not from its acceptance on."""
        return typed_moment(self.cleaned_data["effective_from"], self.zone)


class AddForm(MachinesForm):
    """Machines of the listing that are not in the lease."""

    kind = Kind.ADD
    busy = "add"
    add = forms.MultipleChoiceField(
        label=gettext_lazy("Machines"), widget=forms.CheckboxSelectMultiple, choices=()
    )

    def prepare(self) -> None:
        self.fields["add"].choices = _offered(self.room)  # type: ignore[attr-defined]

    def change(self) -> Change:
        return Change(self.kind, add=tuple(self.cleaned_data["add"]), effective_from=self.moment())


class ReleaseForm(MachinesForm):
    """Machines of the lease."""

    kind = Kind.RELEASE
    busy = "release"
    release = forms.MultipleChoiceField(
        label=gettext_lazy("Machines that go back"), widget=forms.CheckboxSelectMultiple, choices=()
    )

    def prepare(self) -> None:
        staying = [(one.public_id, one.name) for one in self.room.staying]
        self.fields["release"].choices = staying  # type: ignore[attr-defined]

    def change(self) -> Change:
        release = tuple(self.cleaned_data["release"])
        return Change(self.kind, release=release, effective_from=self.moment())


class SwapForm(MachinesForm):
    """For each machine of the lease the one that takes its place, if it is to go."""

    kind = Kind.SWAP

    def prepare(self) -> None:
        for machine in self.room.staying:
            name = f"swap-{machine.public_id}"
            self.fields[name] = forms.ChoiceField(
                label=_("In the place of {machine}").format(machine=machine.name),
                choices=[("", _("it stays")), *_offered(self.room)],
                required=False,
            )
        names = [name for name in self.fields if name.startswith("swap-")]
        self.busy = names[0] if len(names) == 1 else ""  # type: ignore[misc]
        self.places = {"/swap": names[0]} if names else {}  # type: ignore[misc]

    def change(self) -> Change:
        pairs = ((name.removeprefix("swap-"), come) for name, come in self.cleaned_data.items())
        known = {machine.public_id for machine in self.room.staying}
        swap = tuple((gone, come) for gone, come in pairs if gone in known and come)
        return Change(self.kind, swap=swap, effective_from=self.moment())


class SaleForm(ChangeForm):
    """The price of the machine, and the document that passes its title."""

    kind = Kind.BUY_OUT
    places: ClassVar = {"/price_minor": "price"}
    title = forms.CharField(
        label=gettext_lazy("What passes the title"),
        help_text=gettext_lazy("Such as the number of the contract of sale."),
        max_length=LONGEST_TITLE,
    )

    def prepare(self) -> None:
        self.fields["price"] = forms.DecimalField(
            label=_("Price before tax"),
            min_value=Decimal(0),
            max_value=LARGEST,
            decimal_places=PLACES[self.lease.deposit.currency],
            widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
        )

    def change(self) -> Change:
        places = PLACES[self.lease.deposit.currency]
        price = int(self.cleaned_data["price"].scaleb(places))
        return Change(self.kind, price_minor=price, title=self.cleaned_data["title"])


class PriceForm(ChangeForm):
    """The numbers of the price that holds now, and from which billing period on the new ones hold."""

    kind = Kind.REPRICE
    places: ClassVar = {"/effective_from": "since"}

    def start(self, at: datetime) -> dict[str, Any]:
        self.plan = plan_at(self.lease, at).dump()
        starts = period_starts(self.lease)
        self.starts = {one.isoformat(): one for one in starts}
        later = [one for one in starts if one > at] or starts[-1:]
        return {"since": later[0].isoformat() if later else ""}

    def prepare(self) -> None:
        """Let a billing period be chosen, and fill in the numbers that the two may change."""
        now, past = clock.now(), _("{moment} · begun, settled by notes where it is billed")
        said = {name: in_words(one, self.zone) for name, one in self.starts.items()}
        self.fields["since"] = forms.ChoiceField(
            label=_("From the billing period that begins at"),
            choices=[
                (name, past.format(moment=said[name]) if one <= now else said[name])
                for name, one in self.starts.items()
            ],
        )
        offered = numbers(self.plan, _, without=PLATFORM)
        self.numbers = {one.name.replace(".", "-"): one for one in offered}
        for name, one in self.numbers.items():
            self.fields[name] = forms.DecimalField(
                label=one.of,
                initial=Decimal(one.value),
                min_value=Decimal(0),
                max_value=LARGEST,
                decimal_places=10,
                widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
            )
        self.places = {**self.places, **{one.pointer: name for name, one in self.numbers.items()}}  # type: ignore[misc]

    def change(self) -> Change:
        typed = {
            one.name: format(self.cleaned_data[name], "f")
            for name, one in self.numbers.items()
            if self.cleaned_data[name] != Decimal(one.value)
        }
        since = self.starts[self.cleaned_data["since"]]
        held = plan_at(self.lease, since).dump()  # what was not typed stays as it is there
        return Change(self.kind, effective_from=since, price_plan=changed(held, typed))


FORMS: Mapping[Kind, type[ChangeForm]] = {
    form.kind: form for form in (ExtendForm, ShortenForm, SwapForm, AddForm, ReleaseForm, SaleForm, PriceForm)
}


def _offered(found: Room) -> list[tuple[str, str]]:
    """Return the machines that could come, each with whether it is free from now to the end."""
    free, taken = _("{machine} · free until the end"), _("{machine} · not free all the time")
    return [
        (machine.public_id, (free if is_free else taken).format(machine=machine.name))
        for machine, is_free in found.others
    ]
