"""FilterSets, one a noun, used by pages and REST alike."""

import re
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from devices.models import Binding
from devices.ownership.models import (
    DataAsset,
    DataLicence,
    DataProduct,
    Duty,
    ProductVersion,
    Registration,
    RegistrationEntry,
    SharingRequest,
)
from devices.ownership.permissions import terms
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.duties import STATES
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.sentences import PURPOSES
from marketplace.filters import TrueOrFalse
from marketplace.models import Organization
from marketplace.shared import clock

KNOWN_CATEGORIES = [(one, _(CATEGORIES[one])) for one in matrix().categories]
DUTY_STATES = [(one.value, _(words)) for one, words in STATES.items()]
NUMBER = re.compile(r"^DPR-(?P<year>[0-9]{4})-(?P<running>[0-9]{6,9})$")
KNOWN_PURPOSES = [(one, _(PURPOSES[one])) for one in sorted(matrix().purposes)]


class DataAssetFilter(filters.FilterSet):
    """Assets by machine, device, category, grade, and whether they may be read for a purpose."""

    machine = filters.CharFilter(method="of_machine", label=_("Machine"))
    device = filters.CharFilter(field_name="device__public_id", label=_("Device"))
    category = filters.ChoiceFilter(choices=KNOWN_CATEGORIES, label=_("Category"), empty_label=_("All"))
    grade = filters.ChoiceFilter(choices=DataAsset.Grade.choices, label=_("Grade"), empty_label=_("All"))
    readable = TrueOrFalse(field_name="is_readable", label=_("Readable now"))
    purpose = filters.ChoiceFilter(choices=KNOWN_PURPOSES, method="with_readable", label=_("Purpose"))

    class Meta:
        model = DataAsset
        fields: list[str] = []

    def of_machine(self, queryset: Any, name: str, value: str) -> Any:
        """Keep what devices say that speak or spoke for the machine."""
        spoke = Binding.objects.filter(device=OuterRef("device"), equipment__public_id=value)
        return queryset.filter(Exists(spoke))

    def with_readable(self, queryset: Any, name: str, value: str) -> Any:
        """The purpose stands in the rule by which ``readable`` was told."""
        return queryset


class SharingFilter(filters.FilterSet):
    """Sharing requests by whether the recipient still has to erase what it got."""

    erase_due = TrueOrFalse(field_name="is_owed", label=_("To be erased"))

    class Meta:
        model = SharingRequest
        fields: list[str] = []


class RegistrationFilter(filters.FilterSet):
    """Registrations by holder, asset, right, number, and whether they are in force or wait."""

    in_force = TrueOrFalse(field_name="is_in_force", label=_("In force"))
    pending = TrueOrFalse(field_name="is_pending", label=_("Waits for a decision"))
    right = filters.ChoiceFilter(
        choices=RegistrationEntry.Right.choices, method="of_right", label=_("Right"), empty_label=_("All")
    )
    holder = filters.CharFilter(method="of_holder", label=_("Holder"))
    asset = filters.CharFilter(method="of_asset", label=_("Data asset"))
    number = filters.CharFilter(method="of_number", label=_("Number"))

    class Meta:
        model = Registration
        fields: list[str] = []

    def of_right(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those that say this right, or said it."""
        return queryset.filter(_said(right=value))

    def of_holder(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those that an organization holds, or applies for, now."""
        return queryset.filter(holder_now__in=Organization.objects.filter(public_id=value))

    def of_asset(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those that are about an asset, or were."""
        return queryset.filter(_said(assets__contains=[value]))

    def of_number(self, queryset: Any, name: str, value: str) -> Any:
        """Keep the one of this number."""
        found = NUMBER.match(value)
        if found is None:
            return queryset.none()
        return queryset.filter(year=int(found["year"]), running=int(found["running"]))


class DutyFilter(filters.FilterSet):
    """Duties by where they are now, machine, and what has to be done."""

    state = filters.ChoiceFilter(
        choices=DUTY_STATES, method="in_state", label=_("State"), empty_label=_("All")
    )
    machine = filters.CharFilter(field_name="agreement__equipment__public_id", label=_("Machine"))
    kind = filters.ChoiceFilter(choices=Duty.Kind.choices, label=_("What"), empty_label=_("All"))

    class Meta:
        model = Duty
        fields: list[str] = []

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those that are in a state now."""
        return queryset.in_state(value, at=clock.now(), grace=terms().grace)


class DataProductFilter(filters.FilterSet):
    """Products by whether they are on sale, and by the category of their data."""

    on_sale = TrueOrFalse(field_name="is_on_sale", label=_("On sale"))
    category = filters.ChoiceFilter(
        choices=KNOWN_CATEGORIES, method="of_category", label=_("Category"), empty_label=_("All")
    )

    class Meta:
        model = DataProduct
        fields: list[str] = []

    def of_category(self, queryset: Any, name: str, value: str) -> Any:
        """Keep those whose version on sale holds data of the category, or any version of one's own."""
        held = ProductVersion.objects.filter(product=OuterRef("pk"), categories__contains=[value])
        return queryset.filter(Exists(held))


class DataLicenceFilter(filters.FilterSet):
    """Licences by product, and by whether they are paid and were bought by oneself."""

    product = filters.CharFilter(field_name="version__product__public_id", label=_("Data product"))
    paid = TrueOrFalse(field_name="is_paid", label=_("Paid"))
    bought = TrueOrFalse(field_name="is_bought", label=_("Bought by us"))

    class Meta:
        model = DataLicence
        fields: list[str] = []


def _said(**what: Any) -> Exists:
    return Exists(RegistrationEntry.objects.filter(registration=OuterRef("pk"), **what))
