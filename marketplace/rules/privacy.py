"""The version of the privacy notice that holds, and from which day."""

from datetime import date
from typing import Final

CURRENT: Final = "2026-2"
SINCE: Final = date(2026, 11, 28)
