"""Shapes of the REST answers and requests about devices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devices.models import Binding, Channel, Device, DeviceKey, Gap, Quarantined
from devices.rules.registration import LONGEST_SILENCE, SHORTEST_SILENCE
from devices.rules.silence import Presence
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class Moment(serializers.DateTimeField):
    """A moment with its zone: without one it would be guessed."""

    default_error_messages: ClassVar = {
        "no_zone": _("Send the moment with its zone, such as 2026-03-02T09:00:00+08:00.")
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.utcoffset() is None:
            self.fail("no_zone")
        return super().enforce_timezone(value)


class Strict(serializers.Serializer[Any]):
    """A body in which an unknown field is an error, not silence."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if unknown:
            told = gettext("There is no field “{field}” here. Remove it or correct its name.")
            raise serializers.ValidationError({name: [told.format(field=name)] for name in unknown})
        return super().to_internal_value(data)


class ChannelOut(serializers.ModelSerializer[Channel]):
    """One entry of the channel dictionary; ``warn_low`` and ``warn_high`` are limits in its unit."""

    warn_low = serializers.SerializerMethodField()
    warn_high = serializers.SerializerMethodField()

    class Meta:
        model = Channel
        fields = (
            "key",
            "name",
            "name_zh",
            "kind",
            "category",
            "retention",
            "unit",
            "counter_behaviour",
            "warn_low",
            "warn_high",
            "limits_source",
        )
        read_only_fields = fields

    def get_warn_low(self, channel: Channel) -> str | None:
        return None if channel.warn_low is None else plain(channel.warn_low)

    def get_warn_high(self, channel: Channel) -> str | None:
        return None if channel.warn_high is None else plain(channel.warn_high)


class DeviceOut(serializers.ModelSerializer[Device]):
    """A device in a list."""

    id = serializers.CharField(source="public_id", read_only=True)
    last_received_at = serializers.DateTimeField(
        source="head.last_received_at", read_only=True, allow_null=True
    )
    last_reading_at = serializers.DateTimeField(
        source="head.last_reading_at", read_only=True, allow_null=True
    )
    arrivals = serializers.IntegerField(source="head.arrivals", read_only=True)
    presence = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = (
            "id",
            "code",
            "name",
            "zone",
            "silence_limit_seconds",
            "commissioned_at",
            "closed_at",
            "last_received_at",
            "last_reading_at",
            "arrivals",
            "presence",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField([one.value for one in Presence]))
    def get_presence(self, device: Device) -> str:
        return device.presence(clock.now())


class DeviceDetail(DeviceOut):
    """A device with its dictionary."""

    channels = ChannelOut(many=True, read_only=True)

    class Meta(DeviceOut.Meta):
        fields = (*DeviceOut.Meta.fields, "channels")  # type: ignore[assignment]


class ChannelIn(Strict):
    """A channel as its maker describes it."""

    key = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False)
    kind = serializers.ChoiceField(Channel.Kind.choices)
    category = serializers.CharField(max_length=24)
    retention = serializers.ChoiceField(Channel.Retention.choices)
    unit = serializers.CharField(max_length=24, required=False, allow_blank=True)
    counter_behaviour = serializers.JSONField(required=False)


class ChannelsIn(Strict):
    """Channels to add to a dictionary."""

    channels = ChannelIn(many=True, allow_empty=False)


class ChannelsOut(serializers.Serializer[Any]):
    """The channels that are new; those known by their key before are left as they were."""

    added = ChannelOut(many=True, read_only=True)


class DeviceIn(Strict):
    """A device to register."""

    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=80)
    zone = serializers.CharField(max_length=40, default="Asia/Shanghai")
    silence_limit_seconds = serializers.IntegerField(
        min_value=SHORTEST_SILENCE, max_value=LONGEST_SILENCE, required=False, allow_null=True
    )
    commissioned_at = Moment(required=False)
    channels = ChannelIn(many=True)


class KeyRow(serializers.ModelSerializer[DeviceKey]):
    """A key without its secret."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = DeviceKey
        fields = ("id", "identifier", "created_at", "revoked_at", "ends_at")
        read_only_fields = fields


class KeyOut(serializers.ModelSerializer[DeviceKey]):
    """A new key: the only time that its text is shown."""

    id = serializers.CharField(source="public_id", read_only=True)
    key = serializers.CharField(read_only=True)

    class Meta:
        model = DeviceKey
        fields = ("id", "key", "created_at")
        read_only_fields = fields


class BindingIn(Strict):
    """For which machine a device speaks, from when, and until when if that is known."""

    equipment = serializers.CharField(max_length=30)
    starts_at = Moment()
    ends_at = Moment(required=False, allow_null=True)


class BindingOut(serializers.ModelSerializer[Binding]):
    """A binding; ``ends_at`` is null until it is ended."""

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    starts_at = serializers.DateTimeField(source="period.lower", read_only=True)
    ends_at = serializers.DateTimeField(source="period.upper", read_only=True, allow_null=True)

    class Meta:
        model = Binding
        fields = ("id", "equipment", "starts_at", "ends_at")
        read_only_fields = fields


class BindingEnd(Strict):
    """When the device stopped speaking for the machine; now, if left out."""

    ends_at = Moment(required=False)


class GapOut(serializers.ModelSerializer[Gap]):
    """Sequence numbers that never came, first and last included."""

    epoch = serializers.CharField(source="epoch.label", read_only=True)

    class Meta:
        model = Gap
        fields = ("epoch", "first", "last", "noticed_at", "filled_at")
        read_only_fields = fields


class QuarantinedOut(serializers.ModelSerializer[Quarantined]):
    """
    A refused item, and why.

    What may say something of a lessee's process, its ``value`` or the item as it came (``raw``) and the
    ``detail`` that quotes it, is left out where the machine was lent.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    withheld = serializers.SerializerMethodField(help_text="Whether the content is left out")
    item = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    class Meta:
        model = Quarantined
        fields = (
            "id",
            "epoch",
            "item",
            "reason",
            "detail",
            "received_at",
            "outcome",
            "decided_at",
            "note",
            "withheld",
        )
        read_only_fields = fields

    def get_withheld(self, found: Quarantined) -> bool:
        return found.pk in self.context["withheld"]

    def get_item(self, found: Quarantined) -> dict[str, Any]:
        return found.place if self.get_withheld(found) else found.item

    def get_detail(self, found: Quarantined) -> str:
        return "" if self.get_withheld(found) else found.detail


class DismissIn(Strict):
    """Why an item is not needed."""

    note = serializers.CharField(max_length=300)


def plain(value: Any) -> str:
    """Return a number without the zeros that only its column adds."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
