"""Rules of maintenance, what machines did since the last, and the tickets by which it is done."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models import Binding
from leasing.models.leases import Lease
from leasing.rules import maintenance as rules
from leasing.rules.tickets import Cause
from marketplace.models import Category, Claim, Equipment, Organization, User
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class MaintenanceRuleQuerySet(models.QuerySet["MaintenanceRule"]):
    """Reads of rules."""

    def visible_to(self, user: User) -> "MaintenanceRuleQuerySet":
        """Keep those of the organizations of ``user``."""
        return self.filter(owner__in=Organization.objects.of(user))

    def active(self) -> "MaintenanceRuleQuerySet":
        """Keep those that hold."""
        return self.filter(retired_at=None)

    def about(self, equipment: Equipment) -> "MaintenanceRuleQuerySet":
        """Keep those that hold for a machine: its own, and its owner's for its category."""
        kind = models.Q(category=equipment.category_id, owner=equipment.owner_id)
        return self.active().filter(models.Q(equipment=equipment) | kind).order_by("pk")


class MaintenanceRule(models.Model):
    """
    What is to be done to one machine, or to all of a category that the owner has, and how often.

    ``interval`` counts hours, cycles, days or months; ``warn_before`` the same, but days where it counts
    months. ``already`` is what a machine had done since its last maintenance when the rule was made. A rule
    never changes: it is retired, and another is made.
    """

    class Counts(models.TextChoices):
        RUN_TIME = rules.Basis.RUN_TIME.value, _("Hours of run time")
        CYCLES = rules.Basis.CYCLES.value, _("Cycles")
        DAYS = rules.Basis.DAYS.value, _("Days")
        MONTHS = rules.Basis.MONTHS.value, _("Months")

    class By(models.TextChoices):
        LESSOR = rules.Who.LESSOR.value, _("The lessor")
        LESSEE = rules.Who.LESSEE.value, _("The lessee")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "mtr"), editable=False)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="maintenance_rules")
    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, null=True, blank=True, related_name="maintenance_rules"
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=rules.LONGEST_WHAT)
    basis = models.CharField(max_length=8, choices=Counts)
    interval = models.DecimalField(max_digits=12, decimal_places=2)
    warn_before = models.DecimalField(max_digits=12, decimal_places=2)
    already = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    duration_minutes = models.PositiveIntegerField()
    who = models.CharField(max_length=6, choices=By, default=rules.Who.LESSOR)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = MaintenanceRuleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_machine_or_category",
                condition=models.Q(equipment=None) ^ models.Q(category=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_interval_above_zero",
                condition=models.Q(
                    interval__gt=0, warn_before__gte=0, already__gte=0, duration_minutes__gte=1
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def rhythm(self) -> rules.Rhythm:
        """How often, as a value."""
        return rules.Rhythm(rules.Basis(self.basis), self.interval, self.warn_before)

    @property
    def duration(self) -> timedelta:
        """How long it is planned to take."""
        return timedelta(minutes=self.duration_minutes)


class MaintenanceMeter(models.Model):
    """
    What a machine did by one rule since ``since``, as one device that is bound to it tells.

    ``total`` is hours or cycles up to ``upto``, ``fold`` the state from which reading goes on behind
    ``order`` of the source. The pace is that since ``pace_at``, one to two weeks ago.
    """

    rule = models.ForeignKey(MaintenanceRule, on_delete=models.PROTECT, related_name="meters")
    binding = models.ForeignKey(Binding, on_delete=models.PROTECT, related_name="+")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="+")
    counted_by = models.JSONField()
    fold = models.JSONField(null=True, blank=True)
    total = models.DecimalField(max_digits=18, decimal_places=6, default=Decimal(0))
    since = models.DateTimeField()
    upto = models.DateTimeField()
    pace_total = models.DecimalField(max_digits=18, decimal_places=6, default=Decimal(0))
    pace_at = models.DateTimeField()
    next_total = models.DecimalField(max_digits=18, decimal_places=6, default=Decimal(0))
    next_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["rule", "binding"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_never_falls",
                condition=models.Q(
                    total__gte=models.F("next_total"),
                    next_total__gte=models.F("pace_total"),
                    pace_total__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.total}"

    @property
    def pace(self) -> Decimal:
        """Hours or cycles a day."""
        return rules.pace(self.total - self.pace_total, self.upto - self.pace_at)


class MaintenanceTicketQuerySet(models.QuerySet["MaintenanceTicket"]):
    """Reads of maintenance tickets."""

    def of(self, organization: Organization) -> "MaintenanceTicketQuerySet":
        """Keep those of an organization's machines, and of those that it leases while it is to be done."""
        return self.filter(models.Q(equipment__owner=organization) | models.Q(lease__lessee=organization))

    def open(self) -> "MaintenanceTicketQuerySet":
        """Keep those that are not done."""
        return self.exclude(status__in=sorted(rules.OVER))

    def with_sides(self) -> "MaintenanceTicketQuerySet":
        """Fetch what every page and answer shows, in the same query."""
        return self.select_related(
            "rule", "equipment__owner", "lease__lessor", "lease__lessee", "proposed_by", "claim"
        )

    def locked(self) -> "MaintenanceTicketQuerySet":
        """Lock the rows in the one order that all writers use: machines, then leases, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class MaintenanceTicket(models.Model):
    """
    One maintenance of a machine by a rule: ``number`` counts them; only one of them is open at a time.

    Its cause is always PLANNED: nobody bears the standstill. Outside of leases a claim keeps the machine for
    it; while it is leased, the time is proposed to both sides and takes effect when they agree. ``counter``
    is what the machine had done by then by its rule, hours or cycles; the next is counted from there.
    """

    cause = Cause.PLANNED

    class State(models.TextChoices):
        OPEN = rules.Status.OPEN.value, _("Has no time yet")
        PLANNED = rules.Status.PLANNED.value, _("Planned")
        PROPOSED = rules.Status.PROPOSED.value, _("Proposed to both")
        AGREED = rules.Status.AGREED.value, _("Agreed by both")
        DONE = rules.Status.DONE.value, _("Done and recorded")
        WITHDRAWN = rules.Status.WITHDRAWN.value, _("Withdrawn with its rule")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "mtk"), editable=False)
    rule = models.ForeignKey(MaintenanceRule, on_delete=models.PROTECT, related_name="tickets")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="maintenance_tickets")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=State)
    lease = models.ForeignKey(
        Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="maintenance_tickets"
    )
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    counter = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    note = models.TextField(max_length=rules.LONGEST_NOTE, blank=True)
    done_by = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = MaintenanceTicketQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["rule", "equipment", "number"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["rule", "equipment"],
                condition=~models.Q(status__in=sorted(rules.OVER)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_done_at",
                condition=models.Q(done_at=None, counter=None) ^ models.Q(status=rules.Status.DONE),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_counted_when_done",
                condition=~models.Q(status=rules.Status.DONE)
                | models.Q(done_at__isnull=False, counter__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_planned_with_claim",
                condition=~models.Q(status=rules.Status.PLANNED) | models.Q(claim__isnull=False, lease=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_proposed_in_lease",
                condition=~models.Q(status__in=[rules.Status.PROPOSED, rules.Status.AGREED])
                | models.Q(lease__isnull=False, starts_at__isnull=False, claim=None),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["equipment", "status"])]

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"

    @property
    def time(self) -> Period | None:
        """When it is planned or proposed: its claim's time, wherever the owner has moved that."""
        if self.claim is not None:
            return Period(self.claim.core.lower, self.claim.core.upper) if self.claim.active else None
        return None if self.starts_at is None else Period(self.starts_at, self._ends(self.starts_at))

    def _ends(self, start: datetime) -> datetime:
        return start + self.rule.duration

    @property
    def proposer(self) -> Organization:
        """Whose proposal the time is; the clock proposes for the owner."""
        return self.proposed_by or self.equipment.owner
