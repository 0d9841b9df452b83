"""Facts of devices: what reports, what it may say, and what it said."""

from devices.models.blocks import Block
from devices.models.devices import Binding, Channel, Device, DeviceKey
from devices.models.quarantine import Quarantined
from devices.models.streams import Epoch, Gap, Head, ReplaySource, StateCode
from devices.models.vocabularies import vocabulary_of

__all__ = [
    "Binding",
    "Block",
    "Channel",
    "Device",
    "DeviceKey",
    "Epoch",
    "Gap",
    "Head",
    "Quarantined",
    "ReplaySource",
    "StateCode",
    "vocabulary_of",
]
