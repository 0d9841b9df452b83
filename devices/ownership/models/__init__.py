"""Facts of data ownership: agreements, and the log of every read."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.events import AccessEvent

__all__ = ["AccessEvent", "Agreement"]
