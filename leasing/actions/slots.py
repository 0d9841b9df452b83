"""A lessee books a run of slots. Machines are locked first, then the listing, then the booking."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from devices.ownership.rules import data_terms
from leasing.actions.leases import ListingNotOffered
from leasing.actions.slot_moves import tell, write_down
from leasing.models import SlotBooking
from leasing.rules import slots as rules
from leasing.rules.canonical import digest as digest_of
from leasing.rules.slot_plans import plan_of, platform_shares
from leasing.rules.slots import Move, Status
from leasing.rules.terms import DEFAULT_DATA_TERMS
from marketplace.actions import admission, claims
from marketplace.actions.slots import NoSlots, ScheduleChanged
from marketplace.gateway.transactions import atomic
from marketplace.models import Claim, Equipment, Listing, Organization, SlotSchedule, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import slots_taken
from marketplace.rules import slots as grid
from marketplace.rules.notifications import Kind
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.errors import Invalid
from marketplace.shared.period import Period


class SlotInvalid(Invalid):
    """Something in the booking is wrong; ``flaws`` say what, each at its field."""

    code = "slot_invalid"
    text = gettext_noop("The slot cannot be booked like this. Mend what is marked.")


class SlotTaken(claims.MachineBusy):
    """Somebody else has the time, with its set-up and cleaning."""

    code = "slot_taken"
    text = gettext_noop("This time is taken at {machine}. The next free slot begins at {next_slot}.")


class SlotsAllTaken(SlotTaken):
    """Nothing later is free either, as far as can be booked at present."""

    code = "slots_all_taken"
    text = gettext_noop("This time is taken at {machine}, and nothing later is free at present.")


@atomic
def book(
    *,
    listing: Listing,
    lessee: Organization,
    starts_at: datetime,
    slots: int,
    by: User,
    at: datetime,
    note: str = "",
    seen: int | None = None,
) -> SlotBooking:
    """
    Book a run of slots on the first machine of a listing that is free, with its set-up and cleaning.

    It is agreed at once, unless the schedule asks for the owner's confirmation: then the machine is kept free
    until the sample is due, or the slot begins. ``seen`` is the version of the schedule that was shown.

    :raises MissingRight: if ``by`` may not request leases for ``lessee``
    :raises NotVerified: if the platform has not verified ``lessee``, which signed up itself
    :raises OrganizationCloses: if one of the two closes
    :raises ListingNotOffered: if the listing is not on offer to ``lessee``
    :raises NoSlots: if it is not let by the slot
    :raises ScheduleChanged: if another schedule than ``seen`` holds
    :raises SlotInvalid: with every fault at its field
    :raises SlotTaken: if no machine is free then; it names the next free slot
    """
    require(by, Permission.LEASE_REQUEST, within=lessee)
    admission.require_verified(organization=lessee)
    admission.require_open(organizations=[listing.owner])
    claims.lock(equipment=Equipment.objects.filter(listing_unit__listing=listing))
    listing = Listing.objects.locked().select_related("owner").get(pk=listing.pk)
    agreed = _schedule(listing, lessee, seen)
    core = _checked(listing, agreed, lessee, starts_at, slots, note, at)
    booking = _draft(listing, agreed, _machine(listing, agreed, core, slots, at), lessee, core, slots, at)
    booking.note = note.strip()
    booking.claim = _claimed(booking, agreed, core, by=by, at=at)
    booking.save()
    facts = {"digest": booking.digest, "claim": booking.claim.public_id, "schedule": agreed.version}
    write_down(booking=booking, move=Move.BOOK, before="", by=by, within=lessee, at=at, facts=facts)
    asked = booking.status == Status.ASKED
    tell(booking=booking, kind=Kind.SLOT_ASKED if asked else Kind.SLOT_BOOKED, within=lessee, at=at)
    return booking


def _schedule(listing: Listing, lessee: Organization, seen: int | None) -> SlotSchedule:
    if not listing.is_open_to(lessee):
        raise ListingNotOffered
    agreed = SlotSchedule.objects.offered(listing)
    if agreed is None:
        raise NoSlots(listing=listing.title)
    if seen not in (None, agreed.version):
        raise ScheduleChanged(version=agreed.version, seen=seen)
    return agreed


def _checked(
    listing: Listing,
    agreed: SlotSchedule,
    lessee: Organization,
    starts_at: datetime,
    slots: int,
    note: str,
    at: datetime,
) -> Period:
    """Return the time that is booked, or refuse it with every fault at its field."""
    schedule = agreed.schedule
    flaws = rules.party_flaws(listing.owner.public_id, lessee.public_id, note.strip())
    flaws += grid.when_flaws(schedule, ZoneInfo(listing.zone), starts_at, slots, at)
    if flaws:
        raise SlotInvalid(flaws=flaws)
    return grid.run_from(schedule, starts_at, slots)


def _machine(listing: Listing, agreed: SlotSchedule, core: Period, slots: int, at: datetime) -> Equipment:
    """Return the first machine that is free; the page that shows slots asks the same functions."""
    schedule = agreed.schedule
    whole = core.widened(schedule.setup, schedule.cleaning)
    taken = slots_taken(listing, whole.start, whole.end, at)
    free = (machine for machine, busy in taken.items() if grid.fits(core, schedule, busy))
    found = next(free, None)
    if found is None:
        raise _taken(listing, agreed, core, slots, at)
    return Equipment.objects.select_related("owner").get(pk=found)


def _taken(listing: Listing, agreed: SlotSchedule, core: Period, slots: int, at: datetime) -> SlotTaken:
    zone, taken = ZoneInfo(listing.zone), slots_taken(listing, at - agreed.schedule.setup, None, at)
    following = grid.next_free(agreed.schedule, zone, taken, core.start, at, slots)
    if following is None:
        return SlotsAllTaken(machine=listing.title)
    said = f"{following.core.start.astimezone(zone):%Y-%m-%d %H:%M}"
    return SlotTaken(machine=listing.title, next_slot=said)


def _draft(
    listing: Listing,
    agreed: SlotSchedule,
    machine: Equipment,
    lessee: Organization,
    core: Period,
    slots: int,
    at: datetime,
) -> SlotBooking:
    schedule = agreed.schedule
    document = rules.document(
        listing=listing.public_id,
        title=listing.title,
        equipment=machine.public_id,
        lessor=listing.owner.public_id,
        lessee=lessee.public_id,
        core=core,
        slots=slots,
        schedule=schedule,
        schedule_version=agreed.version,
        currency=listing.currency,
        zone=ZoneInfo(listing.zone),
        price_plan=plan_of(schedule, listing.currency, shares_of(listing=listing)).dump(),
        data_terms_digest=data_terms.digest(listing.data_terms or DEFAULT_DATA_TERMS),
    )
    assert core.end is not None
    return SlotBooking(
        listing=listing,
        schedule=agreed,
        equipment=machine,
        lessor=listing.owner,
        lessee=lessee,
        status=Status.ASKED if schedule.confirm else Status.BOOKED,
        starts_at=core.start,
        ends_at=core.end,
        slots=slots,
        price_minor=document["price_minor"],
        amount_minor=document["amount_minor"],
        currency=listing.currency,
        document=document,
        digest=digest_of(document),
        answer_until=(grid.hand_in_until(schedule, core.start) or core.start) if schedule.confirm else None,
        booked_at=at,
    )


def shares_of(*, listing: Listing) -> list[Any]:
    """Return the shares of the rent that the platform asks for by a listing's plan; of its own rent none."""
    if listing.owner.kind == OrganizationKind.PLATFORM:
        return []
    return platform_shares(PricePlan.parse(listing.price_plan, agreed=True))


def _claimed(booking: SlotBooking, agreed: SlotSchedule, core: Period, *, by: User, at: datetime) -> Claim:
    """Occupy the machine; where the database knows better, say what is free next."""
    try:
        return claims.occupy(
            equipment=booking.equipment,
            reason=Claim.Reason.SLOT,
            core=core,
            before=agreed.schedule.setup,
            after=agreed.schedule.cleaning,
            reference=booking.public_id,
            by=by,
            at=at,
            held_until=booking.answer_until,
        )
    except claims.MachineBusy as error:
        raise _taken(booking.listing, agreed, core, booking.slots, at) from error
