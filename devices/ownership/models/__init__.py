"""Facts of data ownership: agreements, the register of data, the log of every read, and its seals."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.assets import DataAsset, Grading, core_data, grade_of
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent

__all__ = ["AccessEvent", "Agreement", "DataAsset", "EventEntry", "EventHead", "EventNode", "Grading"]
__all__ += ["UnsealedEvent", "core_data", "grade_of"]
