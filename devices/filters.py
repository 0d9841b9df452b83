"""Filters of this room, shared by pages and REST."""

import django_filters

from devices.models import Device
from marketplace.filters import TrueOrFalse


class DeviceFilter(django_filters.FilterSet):
    """Devices by code, and whether they are in use."""

    code = django_filters.CharFilter()
    closed = TrueOrFalse(field_name="closed_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Device
        fields = ("code", "closed")
