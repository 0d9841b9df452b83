"""An owner lets a listing by the slot: it sets the schedule, and takes it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Listing, SlotSchedule, User
from marketplace.permissions import Permission, require
from marketplace.rules.slot_schedules import Schedule
from marketplace.shared.errors import NotPossible


class NoSlots(NotPossible):
    """The listing is not let by the slot."""

    code = "no_slots"
    text = gettext_noop("{listing} is not let by the slot.")


class ScheduleChanged(NotPossible):
    """Somebody changed the schedule since the caller read it."""

    status = 412
    code = "slot_schedule_changed"
    text = gettext_noop(
        "Somebody has changed this schedule: it is at version {version}, you saw {seen}. Read it again."
    )


@atomic
def set_schedule(
    *, listing: Listing, document: Mapping[str, Any], by: User, at: datetime, expected: int | None = None
) -> SlotSchedule:
    """
    Let a listing by the slot, or change how; bookings that were made stay as they are.

    ``expected`` is the version that the caller has seen, 0 for none.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises InvalidSchedule: with every fault at its field
    :raises ScheduleChanged: if another version than ``expected`` holds
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    checked = Schedule.parse(document).dump()
    newest = _newest(listing, expected)
    return _append(listing, newest, checked, is_offered=True, by=by, at=at)


@atomic
def withdraw(*, listing: Listing, by: User, at: datetime, expected: int | None = None) -> SlotSchedule:
    """
    Let it by the slot no more; bookings that were made stay.

    :raises MissingRight: if ``by`` may not edit listings of its owner
    :raises NoSlots: if it is not let by the slot
    :raises ScheduleChanged: if another version than ``expected`` holds
    """
    require(by, Permission.LISTING_EDIT, within=listing.owner)
    newest = _newest(listing, expected)
    if newest is None or not newest.is_offered:
        raise NoSlots(listing=listing.title)
    return _append(listing, newest, newest.document, is_offered=False, by=by, at=at)


def _newest(listing: Listing, expected: int | None) -> SlotSchedule | None:
    """Lock the listing, so that versions follow each other, and return the newest schedule."""
    Listing.objects.locked().get(pk=listing.pk)
    newest = SlotSchedule.objects.newest(listing)
    version = newest.version if newest else 0
    if expected not in (None, version):
        raise ScheduleChanged(version=version, seen=expected)
    return newest


def _append(
    listing: Listing,
    newest: SlotSchedule | None,
    document: Mapping[str, Any],
    *,
    is_offered: bool,
    by: User,
    at: datetime,
) -> SlotSchedule:
    made = SlotSchedule.objects.create(
        listing=listing,
        version=newest.version + 1 if newest else 1,
        is_offered=is_offered,
        document=document,
        made_by=by.public_id,
        made_at=at,
    )
    audit.record(
        by=by,
        action="listing.slots" if is_offered else "listing.no_slots",
        subject=listing.public_id,
        at=at,
        within=listing.owner,
        schedule=made.version,
    )
    return made
