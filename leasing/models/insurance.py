"""Insurance policies of machines, each record for good; a newer one may take the place of an older."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.insurance import SOON, Holder, Kind, Policy
from leasing.rules.leases import OVER, Status
from marketplace.models import Equipment, Notification, Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money

TOLD_ONCE = "insurance-"  # and the number of the record: its end is told of once


class InsurancePolicyQuerySet(models.QuerySet["InsurancePolicy"]):
    """Reads of policies."""

    def in_force(self) -> "InsurancePolicyQuerySet":
        """Keep those that no newer record has taken the place of."""
        return self.filter(replaced_by=None)

    def covering(self, since: datetime, until: datetime | None) -> "InsurancePolicyQuerySet":
        """Keep what covers some of a half-open period; one without an end goes on for good."""
        found = self.in_force().annotate(until=Coalesce("cancelled_at", "ends_at")).filter(until__gt=since)
        return found.filter(starts_at__lt=until) if until else found

    def at(self, moment: datetime) -> "InsurancePolicyQuerySet":
        """Keep what covers a moment."""
        found = self.in_force().annotate(until=Coalesce("cancelled_at", "ends_at"))
        return found.filter(starts_at__lte=moment, until__gt=moment)

    def known_to(self, lease: Lease) -> "InsurancePolicyQuerySet":
        """Keep what both sides of a lease may know: its own policies, and the owner's of its machines."""
        machines = lease.units.values("equipment")
        return self.filter(models.Q(lease=lease) | models.Q(lease=None, equipment__in=machines))

    def of_lease(self, lease: Lease) -> "InsurancePolicyQuerySet":
        """Keep the policies written down on a lease, and what covers its machines in its time."""
        during = self.covering(lease.starts_at, lease.ends_at)
        return self.in_force().known_to(lease).filter(models.Q(lease=lease) | models.Q(pk__in=during))

    def to_remind(self, at: datetime) -> "InsurancePolicyQuerySet":
        """Keep those that end within 30 days, lasted longer than that, and nobody was told of."""
        done = [*OVER, Status.CANCELLED, Status.EXPIRED, Status.REFUSED]
        told = Concat(models.Value(TOLD_ONCE), Cast("pk", models.CharField()))
        found = self.in_force().filter(cancelled_at=None, ends_at__gt=at, ends_at__lte=at + SOON)
        found = found.filter(ends_at__gt=models.F("starts_at") + SOON).exclude(lease__status__in=done)
        named = Notification.objects.filter(once=models.OuterRef("told_as"))
        return found.annotate(told_as=told).filter(~models.Exists(named))

    def listed(self) -> "InsurancePolicyQuerySet":
        """Fetch what every page and answer shows, the one that ends last first."""
        found = self.select_related("equipment", "lease", "organization", "replaces", "replaced_by")
        return found.order_by("-ends_at", "-pk")


class InsurancePolicy(models.Model):
    """
    One record of a policy, for good: a trigger refuses to change or delete it. A newer one may name it and
    take its place, to correct or to cancel it; that one is of the same machine, lease and organization, and
    the machine is one of the lease (another trigger). ``sum_minor`` is in minor units.
    """

    class What(models.TextChoices):
        PROPERTY = Kind.PROPERTY.value, _("Property insurance")
        TRANSIT = Kind.TRANSIT.value, _("Transit insurance")
        BREAKDOWN = Kind.BREAKDOWN.value, _("Machinery breakdown insurance")
        LIABILITY = Kind.LIABILITY.value, _("Liability insurance")
        FIRST_SET = Kind.FIRST_SET.value, _("First set insurance")

    class HeldBy(models.TextChoices):
        OWNER = Holder.OWNER.value, _("Whoever owns the machine")
        LESSOR = Holder.LESSOR.value, _("Lessor")
        LESSEE = Holder.LESSEE.value, _("Lessee")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ins"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="policies")
    lease = models.ForeignKey(Lease, null=True, blank=True, on_delete=models.PROTECT, related_name="policies")
    kind = models.CharField(max_length=10, choices=What)
    insurer = models.CharField(max_length=120)
    number = models.CharField(max_length=60)
    sum_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    holder = models.CharField(max_length=6, choices=HeldBy)
    catalogue_item = models.CharField(max_length=120, blank=True)
    catalogue_year = models.PositiveSmallIntegerField(null=True, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = InsurancePolicyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_says_what_it_covers",
                condition=models.Q(sum_minor__gt=0, ends_at__gt=models.F("starts_at"))
                & ~models.Q(insurer="")
                & ~models.Q(number=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_first_set_has_its_item",
                condition=models.Q(kind=Kind.FIRST_SET.value, catalogue_year__isnull=False)
                & ~models.Q(catalogue_item="")
                | ~models.Q(kind=Kind.FIRST_SET.value) & models.Q(catalogue_year=None, catalogue_item=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_sides_hold_on_a_lease",
                condition=models.Q(holder=Holder.OWNER.value) | models.Q(lease__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_cancelled_in_its_time",
                condition=models.Q(cancelled_at=None)
                | models.Q(
                    replaces__isnull=False,
                    cancelled_at__gte=models.F("starts_at"),
                    cancelled_at__lt=models.F("ends_at"),
                )
                & ~models.Q(note=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_document_is_hashed",
                condition=models.Q(document_sha256="") | models.Q(document_sha256__regex="^[0-9a-f]{64}$"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["equipment", "-ends_at"]),
            models.Index(fields=["ends_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.equipment} {self.kind} {self.number}"

    @property
    def sum(self) -> Money:
        """The sum insured."""
        return Money(self.sum_minor, self.currency)

    @property
    def covers_until(self) -> datetime:
        """The first moment that it covers no more."""
        return self.cancelled_at or self.ends_at

    @property
    def value(self) -> Policy:
        """The policy as rules read it."""
        names = [name for name in Policy.__slots__ if name not in ("kind", "holder")]
        return Policy(
            kind=Kind(self.kind), holder=Holder(self.holder), **{name: getattr(self, name) for name in names}
        )
