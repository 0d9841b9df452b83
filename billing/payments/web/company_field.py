"""A field in which somebody names a company: by its name, its credit code, or its id."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from marketplace.models import Organization

MOST_NAMES = 200


class CompanyField(forms.CharField):
    """A company that does business here; the browser offers those that were billed."""

    def __init__(self, **given: Any) -> None:
        widget = forms.TextInput(attrs={"list": "companies", "autocomplete": "off"})
        said = gettext_lazy("Name, unified social credit code, or id.")
        super().__init__(max_length=120, widget=widget, **{"help_text": said} | given)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        real = Organization.objects.filter(is_synthetic=False)
        for asked in ({"public_id": text}, {"credit_code": text.upper()}, {"name": text}):
            found = list(real.filter(**asked)[:2])
            if len(found) == 1:
                return found[0]
            if found:
                raise forms.ValidationError(
                    _("Several have this name. Write the unified social credit code.")
                )
        raise forms.ValidationError(
            _("There is no such company. Write its name as it stands on its invoices.")
        )


def billed_companies() -> list[str]:
    """Return the names of companies that were billed, for a list to choose from."""
    rows = Invoice.objects.issued().filter(buyer__is_synthetic=False).order_by("buyer__name")
    return list(rows.values_list("buyer__name", flat=True).distinct()[:MOST_NAMES])
