"""The measuring room of the institute: a coordinate measuring machine that is let by the hour."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from billing.actions import slot_invoices
from config.demo.live import ZONE
from config.demo.parties import People
from leasing.actions import slot_work
from leasing.actions import slots as bookings
from leasing.models import SlotBooking
from marketplace.actions import slots
from marketplace.actions.parties import robot
from marketplace.models import Listing

LESSOR, LESSEE = "yanjiuyuan", "jingyi"
A_DAY = timedelta(days=1)

TITLE = "三坐标测量机 Global 7107"
SCHEDULE: dict[str, Any] = {
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
    """Let the measuring machine by the slot."""
    listing = listings[TITLE]
    slots.set_schedule(listing=listing, document=SCHEDULE, by=people.admins[LESSOR], at=now)


def finish(people: People, now: datetime) -> None:
    """One booking that is measured and billed, and one that waits for its sample."""
    if not SlotBooking.objects.exists():
        book(people, _working_day(now, 7, 1), 2, at=now - A_DAY, note="箱体 3 件，测位置度。")
        measured = book(people, _working_day(now, -2, -1), 3, at=now - 9 * A_DAY, note="模仁 5 件，全尺寸。")
        lab: dict[str, Any] = {"within": people.organizations[LESSOR], "by": people.admins[LESSOR]}
        measured = slot_work.hand_in(booking=measured, at=measured.starts_at - A_DAY, **lab)
        slot_work.done(booking=measured, at=measured.ends_at, **lab)
    for booking in SlotBooking.objects.filter(status="DONE"):
        slot_invoices.bill(booking=booking, at=now, by=robot(name="clock"))


def book(people: People, starts_at: datetime, count: int, *, at: datetime, note: str) -> SlotBooking:
    """Book slots of the measuring machine."""
    return bookings.book(
        listing=Listing.objects.get(title=TITLE),
        lessee=people.organizations[LESSEE],
        starts_at=starts_at,
        slots=count,
        note=note,
        by=people.admins[LESSEE],
        at=at,
    )


def _working_day(now: datetime, days: int, step: int) -> datetime:
    """Return nine o'clock of a day on which the room is open, ``days`` from now or beyond."""
    found = now.astimezone(ZONE).date() + days * A_DAY
    while found.isoweekday() > len(SCHEDULE["hours"]):
        found += step * A_DAY
    return datetime.combine(found, time(9), ZONE)
