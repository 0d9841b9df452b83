"""What is typed of an insurance policy."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.models import InsurancePolicy
from leasing.rules.insurance import LONGEST, Holder, Kind, Policy
from marketplace.filters import DayField
from marketplace.queries import whole_days
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import PLACES, Money

LARGEST_DOCUMENT = 20 * 1024 * 1024
FIELDS = {"sum_minor": "amount", "starts_at": "first", "ends_at": "last", "cancelled_at": "cancelled"}
FIELDS |= {"document_sha256": "document"}


def day_field(label: Any, **more: Any) -> DayField:
    """Return a field for a local day."""
    return DayField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class InsuranceForm(forms.Form):
    """One policy; days are those of the house, the last one included."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of insurance"), choices=InsurancePolicy.What.choices)
    insurer = forms.CharField(label=gettext_lazy("Insurer"), max_length=LONGEST["insurer"])
    number = forms.CharField(label=gettext_lazy("Number of the policy"), max_length=LONGEST["number"])
    amount = forms.DecimalField(
        label=gettext_lazy("Sum insured"), max_digits=15, decimal_places=2, min_value=Decimal("0.01")
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(one, one) for one in PLACES], initial="CNY"
    )
    first = day_field(gettext_lazy("First day that it covers"))
    last = day_field(gettext_lazy("Last day that it covers"))
    holder = forms.ChoiceField(
        label=gettext_lazy("Who holds the policy"), choices=InsurancePolicy.HeldBy.choices
    )
    catalogue_item = forms.CharField(
        label=gettext_lazy("Item of the Ministry's catalogue"),
        help_text=gettext_lazy("Only for first set insurance, as the year below."),
        max_length=LONGEST["catalogue_item"],
        required=False,
    )
    catalogue_year = forms.IntegerField(
        label=gettext_lazy("Year of the catalogue"), min_value=1, max_value=9999, required=False
    )
    document = forms.FileField(
        label=gettext_lazy("The document"),
        help_text=gettext_lazy("Its fingerprint is kept, the file stays with you. At most 20 MB."),
        required=False,
    )
    cancelled = day_field(
        gettext_lazy("Cancelled from this day on"),
        help_text=gettext_lazy("Leave it empty to correct the policy. Say why in the note."),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST["note"],
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(
        self, *args: Any, on_lease: bool, old: InsurancePolicy | None, units: list[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.old = old
        if old is None:
            del self.fields["cancelled"]
        if not on_lease:
            del self.fields["holder"]
        if len(units) > 1 and old is None:
            choices = [(one.public_id, one.equipment.name) for one in units]
            self.fields = {"unit": forms.ChoiceField(label=_("Machine"), choices=choices)} | self.fields

    def clean_document(self) -> str:
        """Return the SHA-256 of the document; without one that of the record that is replaced."""
        file = self.cleaned_data["document"]
        if file is None:
            return self.old.document_sha256 if self.old else ""
        if file.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("The document has more than 20 MB."))
        digest = hashlib.sha256()
        for part in file.chunks():
            digest.update(part)
        return digest.hexdigest()

    def given(self) -> Policy:
        """Return what was typed as the actions take it."""
        typed = self.cleaned_data
        first, last = whole_days(typed["first"], typed["first"]), whole_days(typed["last"], typed["last"])
        assert last.end is not None, "days end"
        names = ("insurer", "number", "currency", "catalogue_item", "catalogue_year", "note")
        cancelled = typed.get("cancelled")
        return Policy(
            kind=Kind(typed["kind"]),
            holder=Holder(typed.get("holder") or Holder.OWNER),
            sum_minor=Money.of(typed["amount"], typed["currency"]).minor,
            starts_at=first.start,
            ends_at=last.end,
            cancelled_at=whole_days(cancelled, cancelled).start if cancelled else None,
            document_sha256=typed["document"],
            **{name: typed[name] for name in names},
        )

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        for flaw in error.flaws:
            name = flaw.pointer.removeprefix("/")
            name = FIELDS.get(name, name)
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


def beginning(old: InsurancePolicy | None) -> dict[str, Any]:
    """Begin with the record whose place is taken, or with a year from today."""
    today = clock.today()
    if old is None:
        return {"first": today, "last": today + timedelta(days=364)}
    names = ("kind", "insurer", "number", "currency", "holder", "catalogue_item", "catalogue_year", "note")
    return {name: getattr(old, name) for name in names} | {
        "amount": old.sum.amount,
        "first": timezone.localdate(old.starts_at),
        "last": last_day(old.ends_at),
        "cancelled": timezone.localdate(old.cancelled_at) if old.cancelled_at else None,
    }


def last_day(end: Any) -> Any:
    """Return the local day of the last moment before an end."""
    return timezone.localdate(end - timedelta(microseconds=1))
