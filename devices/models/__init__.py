"""Facts of devices: what reports, what it may say, what it said, and the log that proves it."""

from devices.models.blocks import Block
from devices.models.claims import ClaimCode
from devices.models.devices import Binding, Channel, Device, DeviceKey
from devices.models.erasures import ErasedRun, Erasure
from devices.models.holdings import Holding
from devices.models.log import LogEntry, Logged, LogHead, LogKey, LogMark, LogNode
from devices.models.meters import MeterChange, changes_by_channel, meter_changes_of
from devices.models.quarantine import Quarantined
from devices.models.signatures import Countersignature, DaySignature, DeviceSigningKey, SigningKey
from devices.models.silences import Silence
from devices.models.streams import Epoch, Gap, Head, ReplaySource, StateCode
from devices.models.vocabularies import vocabulary_of

__all__ = [
    "Binding",
    "Block",
    "Channel",
    "ClaimCode",
    "Countersignature",
    "DaySignature",
    "Device",
    "DeviceKey",
    "DeviceSigningKey",
    "Epoch",
    "ErasedRun",
    "Erasure",
    "Gap",
    "Head",
    "Holding",
    "LogEntry",
    "LogHead",
    "LogKey",
    "LogMark",
    "LogNode",
    "Logged",
    "MeterChange",
    "Quarantined",
    "ReplaySource",
    "SigningKey",
    "Silence",
    "StateCode",
    "changes_by_channel",
    "meter_changes_of",
    "vocabulary_of",
]
