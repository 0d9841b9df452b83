"""FilterSets, one a noun, used by pages and REST alike."""

from typing import Any

import django_filters as filters
from django.db.models import Q
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from marketplace.models import Category, Equipment, Listing
from marketplace.queries import free_units, whole_days

DAY = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EquipmentFilter(filters.FilterSet):
    """Filters of machines."""

    category = filters.CharFilter(field_name="category__code", label=_("Category"))
    status = filters.ChoiceFilter(choices=Equipment.Status, label=_("Status"))
    serial_number = filters.CharFilter(label=_("Serial number"))

    class Meta:
        model = Equipment
        fields: list[str] = []


class ListingFilter(filters.FilterSet):
    """Filters of the catalogue: words, family, category, city, free between two dates."""

    q = filters.CharFilter(method="by_words", label=_("Search"))
    family = filters.CharFilter(field_name="category__family", label=_("Family"))
    category = filters.ModelChoiceFilter(
        field_name="category",
        to_field_name="code",
        queryset=Category.objects.exclude(parent=None).order_by("position"),
        empty_label=_("All"),
        label=_("Category"),
    )
    city = filters.CharFilter(field_name="site__city", label=_("City"))
    region = filters.CharFilter(field_name="site__region_code", lookup_expr="startswith", label=_("Region"))
    status = filters.ChoiceFilter(choices=Listing.Status, label=_("Status"))
    free_from = filters.DateFilter(method="nothing_alone", label=_("Free from"), widget=DAY)
    free_to = filters.DateFilter(method="free_between", label=_("Free until"), widget=DAY)

    class Meta:
        model = Listing
        fields: list[str] = []

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Keep listings in which every word occurs in title, summary, maker, model, category or city."""
        for word in value.split()[:6]:
            queryset = queryset.filter(
                Q(title__icontains=word)
                | Q(summary__icontains=word)
                | Q(category__name__icontains=word)
                | Q(category__name_zh__icontains=word)
                | Q(site__city__icontains=word)
                | Q(units__equipment__model_name__icontains=word)
                | Q(units__equipment__maker_name__icontains=word)
            )
        return queryset.distinct()

    def nothing_alone(self, queryset: Any, name: str, value: object) -> Any:
        """A first day alone filters nothing; ``free_to`` does the work."""
        return queryset

    def free_between(self, queryset: Any, name: str, value: Any) -> Any:
        """Keep listings with at least one machine free, buffers included, over the whole days asked for."""
        first = self.form.cleaned_data.get("free_from")
        if first is None or first > value:
            return queryset
        free = free_units(whole_days(first, value))
        return queryset.filter(pk__in=free.values("listing"))
