"""Back office views of this room; read-only: what changes a device is an action with a record."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from devices.models import (
    Binding,
    Channel,
    ClaimCode,
    Device,
    DeviceKey,
    Gap,
    MeterChange,
    Quarantined,
    ReplaySource,
    Silence,
)


class ReadOnly(admin.ModelAdmin):
    """Looks, never writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    """Devices of all owners."""

    list_display = ("code", "name", "owner", "commissioned_at", "closed_at")
    search_fields = ("code", "name", "public_id")
    list_select_related = ("owner",)


@admin.register(Channel)
class ChannelAdmin(ReadOnly):
    """Channel dictionaries."""

    list_display = ("device", "number", "key", "kind", "category", "retention")
    list_filter = ("kind", "retention", "category")
    list_select_related = ("device",)


@admin.register(Binding)
class BindingAdmin(ReadOnly):
    """Which device speaks for which machine."""

    list_display = ("device", "equipment", "period")
    list_select_related = ("device", "equipment")


@admin.register(DeviceKey)
class DeviceKeyAdmin(ReadOnly):
    """Keys, without their secrets."""

    list_display = ("device", "identifier", "created_at", "ends_at", "revoked_at")
    exclude = ("secret_hash",)
    list_select_related = ("device",)


@admin.register(Gap)
class GapAdmin(ReadOnly):
    """Numbers that never came."""

    list_display = ("device", "epoch", "first", "last", "noticed_at", "filled_at")
    list_select_related = ("device", "epoch")


@admin.register(Quarantined)
class QuarantinedAdmin(ReadOnly):
    """Refused items; their content is the lessee's and is not shown here."""

    list_display = ("device", "reason", "received_at", "outcome")
    list_filter = ("reason", "outcome")
    exclude = ("item",)
    list_select_related = ("device",)


@admin.register(ReplaySource)
class ReplaySourceAdmin(ReadOnly):
    """Files that were numbered for replay."""

    list_display = ("device", "epoch", "name", "base", "count", "numbered_at")
    list_select_related = ("device",)


@admin.register(ClaimCode)
class ClaimCodeAdmin(ReadOnly):
    """Claim codes, without what they hash to."""

    list_display = ("device", "prefix", "created_at", "expires_at", "used_at", "replaced_at", "wrong_tries")
    exclude = ("code_hash",)
    list_select_related = ("device",)


@admin.register(Silence)
class SilenceAdmin(ReadOnly):
    """Leased devices that were not heard."""

    list_display = ("device", "since", "noticed_at", "ended_at")
    list_select_related = ("device",)


@admin.register(MeterChange)
class MeterChangeAdmin(ReadOnly):
    """Changes of counters."""

    list_display = ("device", "channel", "at", "final", "first", "reason", "recorded_by")
    list_filter = ("reason",)
    list_select_related = ("device", "channel")
