"""Filters of needs."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from marketplace.models import Need


class NeedFilter(filters.FilterSet):
    """Filters of one's own needs: their state."""

    status = filters.MultipleChoiceFilter(choices=Need.Status, label=_("State"))

    class Meta:
        model = Need
        fields: list[str] = []
