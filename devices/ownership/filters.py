"""FilterSets, one a noun, used by pages and REST alike."""

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from devices.models import Binding
from devices.ownership.models import DataAsset
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.sentences import PURPOSES
from marketplace.filters import TrueOrFalse

KNOWN_CATEGORIES = [(one, _(CATEGORIES[one])) for one in matrix().categories]
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
