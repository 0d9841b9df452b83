"""What is typed on the pages of damage claims."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.models import DamageClaim, InsurancePolicy, Lease
from leasing.rules.damage import MOST_ITEMS, Cause, Item
from marketplace.filters import DayField
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.shared.errors import Flaw
from marketplace.shared.money import Money
from marketplace.shared.period import local_midnight

ROWS, MORE = 3, 3
FIELDS = {"amount_minor": "amount", "photos": "photo", "before": "photo", "after": "photo"}
CAUSES = [choice for choice in DamageClaim.Why.choices if choice[0] != Cause.WEAR]


class DamageForm(forms.Form):
    """A machine, the day until which the lessee replies, and some lines; an empty line is none."""

    unit = forms.ChoiceField(label=gettext_lazy("Machine"))
    reply_day = DayField(
        label=gettext_lazy("The lessee replies until"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    insurer_reference = forms.CharField(
        label=gettext_lazy("Case of the insurer"), max_length=120, required=False
    )
    note = forms.CharField(
        label=gettext_lazy("What else should be said"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, lease: Lease, rows: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lease, self.count = lease, min(max(rows, ROWS), MOST_ITEMS)
        units = [(unit.public_id, unit.equipment.name) for unit in lease.units.all()]
        self.fields["unit"] = forms.ChoiceField(label=_("Machine"), choices=units)
        self.fields["insurance_policy"] = forms.ChoiceField(
            label=_("Insurance policy"), choices=_policies(lease), required=False
        )
        for number in range(self.count):
            self._add_row(number)

    def _add_row(self, number: int) -> None:
        fields: dict[str, forms.Field] = {
            "cause": forms.ChoiceField(label=_("Kind of damage"), choices=CAUSES),
            "text": forms.CharField(label=_("What is broken or missing"), max_length=1000, required=False),
            "amount": forms.DecimalField(
                label=_("Costs to mend or replace, before tax"),
                max_digits=13,
                decimal_places=2,
                required=False,
            ),
            "percent": forms.IntegerField(label=_("Percent that the lessee bears"), initial=100),
            "photo": forms.FileField(
                label=_("Photo"),
                required=False,
                widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
            ),
        }
        for name, field in fields.items():
            self.fields[f"{name}-{number}"] = field

    def rows(self) -> list[dict[str, Any]]:
        """Return the lines, each with its fields."""
        names = ("cause", "text", "amount", "percent", "photo")
        return [
            {"number": number + 1} | {name: self[f"{name}-{number}"] for name in names}
            for number in range(self.count)
        ]

    def lines(self) -> list[int]:
        """Return the numbers of the lines in which something stands."""
        typed = self.cleaned_data
        return [
            number
            for number in range(self.count)
            if any(typed.get(f"{name}-{number}") for name in ("text", "amount", "photo"))
        ]

    def uploads(self) -> dict[int, bytes]:
        """Return the bytes of each photo by its line, cut behind what a photo may have."""
        files = {number: self.cleaned_data.get(f"photo-{number}") for number in self.lines()}
        return {number: file.read(LARGEST_UPLOAD + 1) for number, file in files.items() if file}

    def item(self, number: int, *, photos: tuple[str, ...], before: str, after: str) -> Item:
        """Return a line as the action takes it."""
        typed = self.cleaned_data
        amount = typed.get(f"amount-{number}") or Decimal(0)
        return Item(
            cause=Cause(typed[f"cause-{number}"]),
            text=typed[f"text-{number}"],
            amount_minor=Money.of(amount, self.lease.deposit.currency).minor,
            percent=typed[f"percent-{number}"],
            photos=photos,
            before=before,
            after=after,
        )

    def reply_until(self) -> datetime:
        """Return the end of the day that was typed, in the zone of the lease."""
        return local_midnight(self.cleaned_data["reply_day"] + timedelta(days=1), self.lease.agreed.zone)

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw of the action at its field."""
        lines = self.lines()
        for flaw in flaws:
            self.add_error(self._name(flaw.pointer, lines), _(flaw.text).format(**flaw.facts))

    def _name(self, pointer: str, lines: list[int]) -> str | None:
        parts = pointer.strip("/").split("/")
        if parts[0] == "reply_until":
            return "reply_day"
        if parts[0] in self.fields:
            return parts[0]
        if len(parts) < 3:
            return None
        return f"{FIELDS.get(parts[2], parts[2])}-{lines[int(parts[1])]}"


def _policies(lease: Lease) -> list[tuple[str, str]]:
    """Return the policies that can be named, with an empty choice first."""
    found = InsurancePolicy.objects.of_lease(lease).listed()
    named = [
        (one.public_id, f"{one.equipment.name} · {one.get_kind_display()} · {one.insurer} {one.number}")
        for one in found
    ]
    return [("", _("none")), *named]


class SumForm(forms.Form):
    """A sum in major units, and words."""

    amount = forms.DecimalField(max_digits=15, decimal_places=2, min_value=0)
    text = forms.CharField(max_length=1000, required=False)
