"""
When machines were late, still with somebody who was to give them back.

Leasing knows, and is above this room; ``settings.LATE_MACHINES`` names its query, and config plugs it in.
"""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from marketplace.shared.period import Period


def late_spans(machines: Collection[int], period: Period) -> Mapping[int, list[Period]]:
    """Return when machines were late in a period, by their primary keys; those that never were are out."""
    found: Mapping[int, list[Period]] = import_string(settings.LATE_MACHINES)(machines, period)
    return found
