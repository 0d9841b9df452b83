"""Which slot bookings are to be billed or corrected, and what each asks for."""

from datetime import datetime

from django.db import models

from billing.models import BillingMode, Correction, Invoice, LineDispute
from billing.queries.sellers import TaxDesk
from billing.rules.drafting import Draft, drafts, tax_day
from billing.rules.reasons import Reason
from billing.rules.slot_charges import Ended, charge_of
from leasing.models import SlotBooking
from leasing.models.slots import SlotBookingQuerySet
from leasing.rules.slots import Status
from marketplace.models.parties import OrganizationKind


def slot_ended(booking: SlotBooking) -> Ended:
    """Return how a booking stands, as far as its price goes."""
    status = Status(booking.status)
    return Ended(booking.public_id, status, booking.slots, booking.fee_minor, booking.digest)


def slot_drafts(booking: SlotBooking) -> list[Draft]:
    """
    Price a booking as it stands, a draft a seller; none where nothing is owed.

    :raises NoTaxRate: if the table has no rate for a category on the day on which the slot ends
    """
    if not booking.owed_minor:
        return []
    charge, day = charge_of(booking.document, slot_ended(booking)), tax_day(booking.period, booking.zone)
    return drafts(charge, on=day, taxes=TaxDesk.of([booking]).taxes(booking, charge.sellers(), day))


def slots_due(at: datetime) -> SlotBookingQuerySet:
    """Return the bookings to be billed: something is owed, their time is over, and nothing is issued."""
    issued = Invoice.objects.originals().issued().filter(booking=models.OuterRef("pk"))
    return SlotBooking.objects.billable().filter(~models.Exists(issued), ends_at__lte=at)


def slots_to_bill(at: datetime) -> list[int]:
    """Return the ids of bookings that are billed by themselves; those of reviewed lessors wait for a run."""
    return list(_not_reviewed(slots_due(at)).order_by("pk").values_list("pk", flat=True))


def is_slot_left_to_runs(booking: SlotBooking) -> bool:
    """Tell whether a booking is billed by an approved run alone."""
    return not _not_reviewed(SlotBooking.objects.filter(pk=booking.pk)).exists()


def slots_to_correct() -> list[int]:
    """Return the ids of billed bookings of which something was waived or conceded since the last look."""
    looked = Correction.objects.standing()
    billed = Invoice.objects.originals().issued().filter(booking=models.OuterRef("pk"))
    known = looked.filter(booking=models.OuterRef("pk"), reasons__contains=[Reason.SLOT.value])
    waived = SlotBooking.objects.filter(models.Exists(billed), ~models.Exists(known), status=Status.WAIVED)
    since = looked.filter(
        booking=models.OuterRef("line__invoice__booking"), made_at__gte=models.OuterRef("decided_at")
    )
    given = LineDispute.objects.conceded().filter(~models.Exists(since), line__invoice__booking__isnull=False)
    conceded = given.values_list("line__invoice__booking", flat=True)
    return sorted({*waived.values_list("pk", flat=True), *(key for key in conceded if key is not None)})


def _not_reviewed(found: SlotBookingQuerySet) -> SlotBookingQuerySet:
    reviewed = BillingMode.objects.reviewed()
    of_platform = reviewed.filter(organization__kind=OrganizationKind.PLATFORM)
    kept = found.exclude(lessor__billing_mode__mode=BillingMode.Mode.REVIEWED)
    return kept.exclude(models.Q(lessor__billing_mode=None) & models.Exists(of_platform))
