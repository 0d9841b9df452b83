"""Facts of data ownership: agreements, the register of data, the log of every read, and its seals."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.assets import DataAsset, Grading, core_data, grade_of
from devices.ownership.models.borders import BorderCheck
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent

__all__ = ["AccessEvent", "Agreement", "BorderCheck", "DataAsset", "EventEntry", "EventHead", "EventNode"]
__all__ += ["Grading", "UnsealedEvent", "core_data", "grade_of"]
