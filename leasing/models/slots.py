"""Slot bookings: a machine for some hours, and the evidence of each step."""

from datetime import datetime
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.transitions import Step
from leasing.rules.slots import OWING, Move, Side, Status, moves_from, read
from marketplace.models import Claim, Equipment, Listing, Organization, SlotSchedule, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class SlotBookingQuerySet(models.QuerySet["SlotBooking"]):
    """Reads of slot bookings."""

    def visible_to(self, user: User) -> "SlotBookingQuerySet":
        """Keep those of which an organization of ``user`` is a side; people of the platform see all."""
        mine = Organization.objects.of(user)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        return self.filter(models.Q(lessor__in=mine) | models.Q(lessee__in=mine) | platform)

    def of(self, organization: Organization) -> "SlotBookingQuerySet":
        """Keep those of which an organization is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(lessor=organization) | models.Q(lessee=organization))

    def due(self, at: datetime) -> "SlotBookingQuerySet":
        """Keep what the clock has to close: what nobody confirmed in time."""
        return self.filter(status=Status.ASKED, answer_until__lte=at)

    def billable(self) -> "SlotBookingQuerySet":
        """Keep what is owed: done bookings with their price, cancelled ones and no-shows with their fee."""
        return self.filter(models.Q(status=Status.DONE, amount_minor__gt=0) | models.Q(fee_minor__gt=0))

    def with_sides(self) -> "SlotBookingQuerySet":
        """Fetch what every page and answer shows of a booking, in the same query."""
        return self.select_related("listing", "equipment", "lessor", "lessee", "schedule")

    def locked(self) -> "SlotBookingQuerySet":
        """Lock the rows in the one order that all writers use: machines, then listings, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class SlotBooking(models.Model):
    """
    A machine of a listing for a run of slots; ``claim`` keeps it free, with set-up and cleaning.

    ``document`` is what is agreed (``leasing.rules.slots.document``); a trigger refuses to change it, or the
    columns that repeat it. Billing finds what is owed, net in minor units: ``amount_minor`` of a done
    booking, ``fee_minor`` of any other.
    """

    class State(models.TextChoices):
        ASKED = Status.ASKED.value, _("Waits for confirmation")
        BOOKED = Status.BOOKED.value, _("Booked")
        REFUSED = Status.REFUSED.value, _("Refused")
        EXPIRED = Status.EXPIRED.value, _("Expired")
        CANCELLED = Status.CANCELLED.value, _("Cancelled")
        DONE = Status.DONE.value, _("Done")
        NO_SHOW = Status.NO_SHOW.value, _("Nobody came")
        WAIVED = Status.WAIVED.value, _("Nothing owed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "slb"), editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="slot_bookings")
    schedule = models.ForeignKey(SlotSchedule, on_delete=models.PROTECT, related_name="+")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="slot_bookings")
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="+")
    lessor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="slots_given")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="slots_taken")
    status = models.CharField(max_length=10, choices=State)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    slots = models.PositiveSmallIntegerField()
    price_minor = models.PositiveBigIntegerField()
    amount_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    answer_until = models.DateTimeField(null=True, blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = SlotBookingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides",
                condition=~models.Q(lessor=models.F("lessee")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amount",
                condition=models.Q(slots__gte=1, amount_minor=models.F("price_minor") * models.F("slots")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_done_at",
                condition=models.Q(done_at=None) ^ models.Q(status=Status.DONE),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_fee_of_what_did_not_happen",
                condition=models.Q(fee_minor=0) | models.Q(status__in=sorted(OWING)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_answer_until",
                condition=~models.Q(status=Status.ASKED) | models.Q(answer_until__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lessor", "starts_at"]),
            models.Index(fields=["lessee", "starts_at"]),
            models.Index(fields=["status", "answer_until"]),
        ]

    def __str__(self) -> str:
        return f"{self.equipment} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def period(self) -> Period:
        """The time that is agreed, without set-up and cleaning."""
        return Period(self.starts_at, self.ends_at)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site, in which people speak of the time."""
        return ZoneInfo(self.document["zone"])

    @property
    def cancel_until(self) -> datetime:
        """Until when the lessee may cancel for nothing."""
        return read(self.document["cancel_until"])

    @property
    def hand_in_until(self) -> datetime | None:
        """Until when the sample must be there, if one is needed."""
        until = self.document["hand_in_until"]
        return read(until) if until else None

    @property
    def owed_minor(self) -> int:
        """What is owed for it as it stands: the price once it is done, else the fee; net, minor units."""
        return self.amount_minor if self.status == Status.DONE else self.fee_minor

    @property
    def allowed(self) -> list[str]:
        """The moves that its state knows."""
        return [str(move) for move in moves_from(Status(self.status))]

    def said(self) -> str:
        """Say when it begins, as people of the site read it."""
        return f"{self.starts_at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def side_of(self, organization: Organization) -> Side | None:
        """Return the side on which an organization stands."""
        if organization.pk == self.lessor_id:
            return Side.LESSOR
        return Side.LESSEE if organization.pk == self.lessee_id else None


class SlotStep(Step):
    """One step of a slot booking."""

    class Verb(models.TextChoices):
        BOOK = Move.BOOK.value, _("booked the slot")
        CONFIRM = Move.CONFIRM.value, _("confirmed the slot")
        REFUSE = Move.REFUSE.value, _("refused the slot")
        CANCEL = Move.CANCEL.value, _("cancelled the slot")
        HAND_IN = Move.HAND_IN.value, _("received the sample")
        DONE = Move.DONE.value, _("finished the work")
        NO_SHOW = Move.NO_SHOW.value, _("noted that nobody came")
        WAIVE = Move.WAIVE.value, _("waived what was owed")
        EXPIRE = Move.EXPIRE.value, _("let the slot expire")

    booking = models.ForeignKey(SlotBooking, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_after = models.CharField(max_length=10, choices=SlotBooking.State)

    class Meta:
        ordering: ClassVar = ["booking", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["booking", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.booking} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The booking."""
        return {"slot_booking": self.booking.public_id}
