"""The measuring room of the institute: a coordinate measuring machine that is let by the hour."""

from collections.abc import Mapping
from datetime import datetime

from config.demo.parties import People
from marketplace.actions import slots
from marketplace.models import Listing

TITLE = "三坐标测量机 Global 7107"
SCHEDULE = {
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:00"),
    "slot_minutes": 60,
    "step_minutes": 30,
    "longest_run": 3,
    "setup_minutes": 15,
    "cleaning_minutes": 15,
    "ahead_days": 30,
    "hand_in_hours": 16,
    "hand_in_place": "2 号楼 101 样品室",
    "price_minor": 26_000,
    "cancel_hours": 24,
    "late_fee_percent": 50,
}


def begin(people: People, listings: Mapping[str, Listing], now: datetime) -> None:
    """Let the measuring machine by the slot; nobody has booked one yet."""
    listing = listings[TITLE]
    slots.set_schedule(listing=listing, document=SCHEDULE, by=people.admins["yanjiuyuan"], at=now)
