"""A laboratory with a measuring machine that is let by the slot, a workshop that books, and their people."""

from datetime import UTC, datetime, timedelta
from typing import Any

from leasing.actions import slot_answers, slot_work, slots
from leasing.models import SlotBooking
from marketplace.actions import slots as schedules
from marketplace.models import Listing
from tests.leasing import world as worlds

# A Friday, 09:00 in Shanghai. Times of the tests are written as local days and hours.
NOW = datetime(2026, 3, 6, 1, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 1, tzinfo=UTC)  # 09:00 in Shanghai, when the laboratory opens
HOUR = timedelta(hours=1)

SCHEDULE: dict[str, Any] = {
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:00"),
    "exceptions": {"2026-03-11": "", "2026-03-14": "10:00-12:00"},
    "slot_minutes": 60,
    "step_minutes": 30,
    "longest_run": 3,
    "setup_minutes": 15,
    "cleaning_minutes": 15,
    "ahead_days": 14,
    "hand_in_hours": 16,
    "hand_in_place": "2 号楼样品室",
    "price_minor": 16_005,
    "cancel_hours": 24,
    "late_fee_percent": 50,
}


class Laboratory:
    """The small world, whose listing is let by the slot."""

    def __init__(self, world: worlds.World, **changes: Any) -> None:
        self.world = world
        self.listing = world.listing
        self.sides = {world.lessor: world.owner, world.lessee: world.buyer, world.stranger: world.outsider}
        self.schedule = schedules.set_schedule(
            listing=self.listing, document=SCHEDULE | changes, by=world.owner, at=NOW
        )

    def book(self, starts_at: datetime = MONDAY, slots_: int = 1, **changes: Any) -> SlotBooking:
        given = {
            "listing": Listing.objects.get(pk=self.listing.pk),
            "lessee": self.world.lessee,
            "starts_at": starts_at,
            "slots": slots_,
            "by": self.world.buyer,
            "at": NOW,
        }
        return slots.book(**(given | changes))

    def act(self, verb: str, booking: SlotBooking, who: Any, at: datetime = NOW, **more: Any) -> SlotBooking:
        found = SlotBooking.objects.with_sides().get(pk=booking.pk)
        room = slot_answers if hasattr(slot_answers, verb) else slot_work
        return getattr(room, verb)(booking=found, within=who, by=self.sides[who], at=at, **more)

    def handed_in(self, **changes: Any) -> SlotBooking:
        """Return a booking whose sample is there."""
        return self.act("hand_in", self.book(**changes), self.world.lessor, MONDAY - 17 * HOUR)

    def done(self, **changes: Any) -> SlotBooking:
        """Return a booking whose work was done when its time was over."""
        made = self.handed_in(**changes)
        return self.act("done", made, self.world.lessor, made.ends_at)
