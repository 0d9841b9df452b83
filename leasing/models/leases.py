"""The agreement between a lessor and a lessee, and the machines that carry it out."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from leasing.rules.leases import (
    BACK,
    BEGUN,
    BOUND,
    OVER,
    RUNNING,
    UNDER_CONTRACT,
    UNDER_OFFER,
    Billing,
    Physical,
    Side,
    Status,
    is_final,
)
from leasing.rules.terms import Terms
from marketplace.models import Claim, Equipment, Listing, Organization, User
from marketplace.models.claims import Begins
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money
from marketplace.shared.period import Period

TIME_TO_DECIDE = timedelta(days=1)
TIME_TO_CONTRACT = timedelta(days=2)
TIME_TO_WARN = timedelta(days=2)  # before a lease whose machine is not ready
UNREADY = sorted(BACK - {Physical.READY})
INSPECTED = BACK - {Physical.RETURNED}


class LeaseQuerySet(models.QuerySet["Lease"]):
    """Reads of leases."""

    def visible_to(self, user: User) -> "LeaseQuerySet":
        """Keep the leases of the organizations of ``user``; people of the platform see all that are real."""
        mine = Organization.objects.of(user)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        all_real = models.Q(platform, lessor__is_synthetic=False)
        return self.filter(models.Q(lessor__in=mine) | models.Q(lessee__in=mine) | all_real)

    def of(self, organization: Organization) -> "LeaseQuerySet":
        """Keep the leases in which an organization is one of the sides; the platform sees all real ones."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self.filter(lessor__is_synthetic=False)
        return self.filter(models.Q(lessor=organization) | models.Q(lessee=organization))

    def active(self) -> "LeaseQuerySet":
        """Keep the leases that are running."""
        return self.filter(status__in=RUNNING)

    def due(self, at: datetime) -> "LeaseQuerySet":
        """Keep what the clock has to close: leases at their end, what nobody accepted or signed in time."""
        ended = models.Q(status__in=RUNNING | BOUND, ends_at__lte=at)
        undecided = models.Q(status__in=UNDER_OFFER, starts_at__lte=at - TIME_TO_DECIDE)
        quoted = models.Q(status=Status.QUOTED, quote_ends_at__lte=at)
        open_ = models.Q(status__in=BOUND - UNDER_CONTRACT, starts_at__lte=at - TIME_TO_CONTRACT)
        return self.filter(ended | undecided | quoted | open_)

    def to_close(self) -> "LeaseQuerySet":
        """Keep settled leases of whose deposit nothing is held; what else is open, the closing asks."""
        return self.filter(status=Status.SETTLED).exclude(held_deposit__held_minor__gt=0)

    def with_parties(self) -> "LeaseQuerySet":
        """Fetch what every page and answer shows of a lease, in two queries."""
        sides = self.select_related("listing__site", "listing__category", "lessor", "lessee", "held_deposit")
        return sides.prefetch_related("units__equipment")

    def with_disputes(self) -> "LeaseQuerySet":
        """Compute ``disputed_minor``: what the sides do not agree on of damage claims, in minor units."""
        between = models.F("damage_claims__asked_minor") - models.F("damage_claims__conceded_minor")
        contested = models.Q(damage_claims__state="CONTESTED")
        sums = Lease.objects.filter(pk=models.OuterRef("pk")).values("pk")
        found = sums.annotate(open=models.Sum(between, filter=contested)).values("open")
        return self.annotate(disputed_minor=Coalesce(models.Subquery(found), models.Value(0)))

    def locked(self) -> "LeaseQuerySet":
        """Lock the rows in the one order that all writers use; machines are locked before leases."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Lease(models.Model):
    """
    One agreement. Period and ``terms`` (``leasing.rules.terms``) are those of the last offer; from ACCEPTED
    on a database trigger refuses to change the terms. ``quote_ends_at`` is until when the quote stands that
    is open. ``expected_usage`` holds what the lessee expects for the whole lease, per meter in the unit that
    the plan bills, as decimal text.
    """

    class State(models.TextChoices):
        REQUESTED = Status.REQUESTED.value, _("Requested")
        QUOTED = Status.QUOTED.value, _("Quoted")
        COUNTERED = Status.COUNTERED.value, _("Counter-offer")
        ACCEPTED = Status.ACCEPTED.value, _("Accepted")
        REFUSED = Status.REFUSED.value, _("Refused")
        CANCELLED = Status.CANCELLED.value, _("Cancelled")
        EXPIRED = Status.EXPIRED.value, _("Expired")
        ACTIVE = Status.ACTIVE.value, _("Running")
        ENDED = Status.ENDED.value, _("Ended")
        APPROVED = Status.APPROVED.value, _("Approved")
        CONTRACTED = Status.CONTRACTED.value, _("Under contract")
        SUSPENDED = Status.SUSPENDED.value, _("Suspended")
        NOTICE_GIVEN = Status.NOTICE_GIVEN.value, _("Notice given")
        TERMINATED = Status.TERMINATED.value, _("Terminated")
        LOST = Status.LOST.value, _("Machine lost")
        BOUGHT_OUT = Status.BOUGHT_OUT.value, _("Bought by the lessee")
        SETTLED = Status.SETTLED.value, _("Settled")
        CLOSED = Status.CLOSED.value, _("Closed")

    class BillingState(models.TextChoices):
        NOT_STARTED = Billing.NOT_STARTED.value, _("Not started")
        RUNNING = Billing.RUNNING.value, _("Billed")
        PAUSED = Billing.PAUSED.value, _("Billing paused")
        STOPPED = Billing.STOPPED.value, _("Billing stopped")
        SETTLED = Billing.SETTLED.value, _("Settled")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lea"), editable=False)
    number = models.CharField(max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="leases")
    lessor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="leases_given")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="leases_taken")
    status = models.CharField(max_length=16, choices=State)
    billing = models.CharField(max_length=16, choices=BillingState, default=BillingState.NOT_STARTED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)
    terms = models.JSONField()
    terms_digest = models.CharField(max_length=64)
    expected_usage = models.JSONField(default=dict, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    requested_at = models.DateTimeField()
    quote_ends_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = LeaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_parties", condition=~models.Q(lessor=models.F("lessee"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_active_period_not_empty",
                condition=models.Q(active_to=None) | models.Q(active_to__gt=models.F("active_from")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_running_since",
                condition=models.Q(active_from=None) ^ models.Q(status__in=sorted(BEGUN)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended_at",
                condition=models.Q(active_to=None) ^ models.Q(status__in=sorted(OVER)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_billed_since",
                condition=models.Q(active_from=None) ^ ~models.Q(billing=Billing.NOT_STARTED),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_quoted_until",
                condition=models.Q(quote_ends_at=None) ^ models.Q(status=Status.QUOTED),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lessor", "status", "-id"]),
            models.Index(fields=["lessee", "status", "-id"]),
            models.Index(fields=["status", "ends_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def period(self) -> Period:
        """The time asked for and agreed."""
        return Period(self.starts_at, self.ends_at)

    @cached_property
    def agreed(self) -> Terms:
        """The terms as a value."""
        return Terms.parse(self.terms, agreed=True)

    @cached_property
    def written(self) -> list[Any]:
        """The steps of its history that were written with this object, the latest last."""
        return []

    @property
    def deposit(self) -> Money:
        """What the lessee leaves as security."""
        return self.agreed.deposit

    @property
    def usage_expected(self) -> dict[str, Decimal]:
        """The expected use of the whole lease, per meter."""
        return {meter: Decimal(quantity) for meter, quantity in self.expected_usage.items()}

    @property
    def decide_by(self) -> datetime:
        """The moment after which nobody can accept what is offered: a day after the start, or the end."""
        latest = min(self.starts_at + TIME_TO_DECIDE, self.ends_at)
        return min(latest, self.quote_ends_at) if self.quote_ends_at else latest

    def party(self, side: str) -> Organization:
        """Return the organization on a side (``leasing.rules.leases.Side``)."""
        return self.lessor if side == Side.LESSOR else self.lessee

    def other_party(self, side: str) -> Organization:
        """Return the organization on the other side."""
        return self.lessee if side == Side.LESSOR else self.lessor

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return is_final(Status(self.status))


class LeaseUnitQuerySet(models.QuerySet["LeaseUnit"]):
    """Reads of the machines of leases."""

    def visible_to(self, user: User) -> "LeaseUnitQuerySet":
        """Keep the units of leases that ``user`` may see."""
        return self.filter(lease__in=Lease.objects.visible_to(user))

    def running(self) -> "LeaseUnitQuerySet":
        """Keep units that were handed over and not given back."""
        return self.filter(active_to=None).exclude(active_from=None)

    def coming(self) -> "LeaseUnitQuerySet":
        """Keep units whose use has not begun; what is gone, or is to be fetched again, does not come."""
        return self.filter(active_from=None, active_to=None).exclude(state=Physical.GONE)

    def handed_over_after(self, equipment: Any, moment: Any) -> "LeaseUnitQuerySet":
        """Keep the units by which a machine was handed over at a moment or after it."""
        begun = models.Q(active_from__gte=moment)
        installed = models.Q(state=Physical.INSTALLED, active_from=None)
        return self.filter(begun | installed, equipment=equipment)

    def not_ready(self, at: datetime) -> "LeaseUnitQuerySet":
        """
        Keep machines that are back and not ready, and that another lease needs within two days.

        One that was handed over since was ready for somebody, whoever forgot to write it down.
        """
        later = LeaseUnit.objects.handed_over_after(
            models.OuterRef("equipment"), models.OuterRef("active_to")
        )
        mine = Claim.objects.active().filter(equipment=models.OuterRef("equipment"), held_until=None)
        others = mine.filter(reason=Claim.Reason.LEASE).alias(needed=Begins("core"))
        others = others.filter(needed__gte=models.OuterRef("active_to"), needed__lt=at + TIME_TO_WARN)
        waiting = self.filter(state__in=UNREADY).filter(models.Exists(others))
        return waiting.exclude(models.Exists(later.exclude(pk=models.OuterRef("pk"))))


class LeaseUnit(models.Model):
    """
    One machine of a lease, the claim that keeps it free for it, and what it does at the moment.

    It is ``awaited`` unless its use ended before this database could record a return: those are never late.
    A machine with ``active_to`` alone was handed over, never used, and is to come back since that moment.
    ``inspect_by`` is until when a machine that is back is to be inspected, and none once it was in time. Then
    ``ready_by`` is until when it is to be ready, and damage claimed for it: no later record puts it off, the
    beginning of a repair does once (a trigger).
    """

    class State(models.TextChoices):
        RESERVED = Physical.RESERVED.value, _("Reserved")
        IN_TRANSIT = Physical.IN_TRANSIT.value, _("On its way")
        INSTALLED = Physical.INSTALLED.value, _("Installed")
        RUNNING = Physical.RUNNING.value, _("In use")
        STOPPED = Physical.STOPPED.value, _("Standing")
        RETURNED = Physical.RETURNED.value, _("Returned")
        IN_INSPECTION = Physical.IN_INSPECTION.value, _("In inspection")
        IN_REPAIR = Physical.IN_REPAIR.value, _("In repair")
        READY = Physical.READY.value, _("Ready again")
        GONE = Physical.GONE.value, _("Not coming back")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lun"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="units")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="lease_units")
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.RESERVED)
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)
    awaited = models.BooleanField(default=True, editable=False)
    inspect_by = models.DateTimeField(null=True, blank=True, editable=False)
    ready_by = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LeaseUnitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_active_period_not_empty",
                condition=models.Q(active_to=None) | models.Q(active_to__gt=models.F("active_from")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_comes_back_after_its_use",
                condition=~models.Q(state__in=sorted(BACK)) | models.Q(active_to__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_inspected_when_back",
                condition=models.Q(inspect_by=None) | models.Q(state__in=sorted(BACK | {Physical.GONE})),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ready_when_inspected",
                condition=models.Q(ready_by=None)
                | models.Q(inspect_by=None, state__in=sorted(INSPECTED | {Physical.GONE})),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_standing",
                fields=["active_to"],
                condition=models.Q(state=Physical.STOPPED.value),
            ),
            models.Index(
                fields=["equipment"],
                name="leasing_leaseunit_not_ready",
                condition=models.Q(state__in=UNREADY),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} · {self.equipment}"

    @property
    def never_came(self) -> bool:
        """Whether the machine was not handed over, so that nothing has to come back."""
        unused = self.active_from is None and self.active_to is None
        return unused and self.state != self.State.INSTALLED
