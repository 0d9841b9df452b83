"""Runs that bill what is due after people have looked at it, and who wants that."""

from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.rules.run_preview import JUMP_PERCENT
from billing.rules.run_states import FAILURES, OPEN, ItemState, RunState
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money

LONGEST_REASON = 500
PATIENCE = timedelta(minutes=5)  # a step that takes longer was lost, as far as can be known
BEFORE_APPROVAL = ["PREVIEWING", "PREVIEWED"]
STATES_OPEN = sorted(state.value for state in OPEN)
ITEMS_FAILED = sorted(state.value for state in FAILURES)


class BillingModeQuerySet(models.QuerySet["BillingMode"]):
    """Reads of how organizations bill."""

    def reviewed(self) -> "BillingModeQuerySet":
        """Keep those whose leases are billed by an approved run alone."""
        return self.filter(mode=BillingMode.Mode.REVIEWED)

    def of(self, organization: Organization) -> "BillingMode.Mode":
        """Return how an organization bills; automatically, where it has never chosen."""
        found = self.filter(organization=organization).values_list("mode", flat=True).first()
        return BillingMode.Mode(found) if found else BillingMode.Mode.AUTOMATIC


class BillingMode(models.Model):
    """How the leases of an organization are billed; the platform's choice is for lessors that made none."""

    class Mode(models.TextChoices):
        AUTOMATIC = "AUTOMATIC", _("By itself, as soon as it is due")
        REVIEWED = "REVIEWED", _("By an approved invoice run alone")

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="billing_mode")
    mode = models.CharField(max_length=9, choices=Mode)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = BillingModeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_known",
                condition=models.Q(mode__in=["AUTOMATIC", "REVIEWED"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.mode}"


class InvoiceRunQuerySet(models.QuerySet["InvoiceRun"]):
    """Reads of runs."""

    def visible_to(self, user: User) -> "InvoiceRunQuerySet":
        """Keep the runs of organizations in which ``user`` may read invoices."""
        return self.filter(organization__in=organizations_where(user, Permission.INVOICE_READ))

    def open(self) -> "InvoiceRunQuerySet":
        """Keep those that have not ended."""
        return self.filter(state__in=STATES_OPEN)

    def to_be_stepped(self, at: datetime) -> "InvoiceRunQuerySet":
        """Keep those that wait for the machine, and on which nobody works, as far as can be known."""
        waiting = (RunState.PREVIEWING, RunState.APPROVED, RunState.RUNNING)
        is_idle = models.Q(stepped_at=None) | models.Q(stepped_at__lte=at - PATIENCE)
        return self.filter(is_idle, state__in=waiting)

    def locked(self) -> "InvoiceRunQuerySet":
        """Lock the rows in the one order that all writers use; leases are locked before runs."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class InvoiceRun(models.Model):
    """
    What an organization is going to bill of periods that end by ``cut_off``, and what became of it.

    The preview writes no invoice and no number. ``digest`` says what would be issued; whoever approves states
    it. ``only`` are public ids of leases, if not all. ``cursor`` is the last lease looked at, so that a
    preview goes on where it stopped; ``looked`` of ``total`` leases are done, and
    the last step was queued or began at ``stepped_at``. ``approved_alone`` says that
    nobody else could approve. Triggers (migration 0018) keep the order of states and what was approved.
    """

    class State(models.TextChoices):
        PREVIEWING = RunState.PREVIEWING.value, _("Preview is being made")
        PREVIEWED = RunState.PREVIEWED.value, _("To be approved")
        APPROVED = RunState.APPROVED.value, _("Approved")
        RUNNING = RunState.RUNNING.value, _("Being issued")
        FINISHED = RunState.FINISHED.value, _("Finished")
        WITH_FAILURES = RunState.WITH_FAILURES.value, _("Finished, some not billed")
        CANCELLED = RunState.CANCELLED.value, _("Cancelled")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "run"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoice_runs")
    cut_off = models.DateTimeField()
    only = models.JSONField(default=list, blank=True)
    jump_percent = models.PositiveSmallIntegerField(default=JUMP_PERCENT)
    state = models.CharField(max_length=13, choices=State, default=State.PREVIEWING)
    cursor = models.BigIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_alone = models.BooleanField(default=False)
    approved_digest = models.CharField(max_length=64, blank=True)
    stepped_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = InvoiceRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["organization"],
                condition=models.Q(state__in=STATES_OPEN),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_persons",
                condition=models.Q(approver=None)
                | models.Q(approved_alone=True)
                | ~models.Q(approver=models.F("maker")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_approved_as_seen",
                condition=models.Q(state__in=BEFORE_APPROVAL, approver=None, approved_at=None)
                | models.Q(state="CANCELLED")
                | models.Q(
                    state__in=["APPROVED", "RUNNING", "FINISHED", "WITH_FAILURES"],
                    approver__isnull=False,
                    approved_at__isnull=False,
                    approved_digest=models.F("digest"),
                )
                & ~models.Q(digest=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended",
                condition=models.Q(state__in=STATES_OPEN, ended_at=None)
                | ~models.Q(state__in=STATES_OPEN) & models.Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_looked_at_no_more_than_all",
                condition=models.Q(looked__lte=models.F("total")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.cut_off:%Y-%m-%d} {self.state}"

    @property
    def is_of_platform(self) -> bool:
        """Whether it bills leases of all lessors, and so shows what every seller asks."""
        return self.organization.kind == OrganizationKind.PLATFORM


class RunItemQuerySet(models.QuerySet["RunItem"]):
    """Reads of what stands in runs."""

    def ready(self) -> "RunItemQuerySet":
        """Keep what is still to be billed."""
        return self.filter(state=ItemState.READY)

    def failed(self) -> "RunItemQuerySet":
        """Keep what is not billed although nobody left it out."""
        return self.filter(state__in=ITEMS_FAILED)

    def locked(self) -> "RunItemQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class RunItem(models.Model):
    """
    One lease and period, or one slot booking, in a run: whether it is billed, and why not.

    ``problem_code`` and ``problem_text`` (an English msgid, filled with ``problem_facts``) say what stops it,
    ``problem_pointer`` where in the plan or input. ``flags`` are those that hold for the lease whoever sells.
    """

    class State(models.TextChoices):
        READY = ItemState.READY.value, _("To be billed")
        UNRATEABLE = ItemState.UNRATEABLE.value, _("Cannot be computed")
        LEFT_OUT = ItemState.LEFT_OUT.value, _("Left out")
        BLOCKED = ItemState.BLOCKED.value, _("Waits for an earlier period")
        BILLED = ItemState.BILLED.value, _("Billed")
        ALREADY = ItemState.ALREADY.value, _("Was billed already")
        CHANGED = ItemState.CHANGED.value, _("Changed since the preview")
        FAILED = ItemState.FAILED.value, _("Failed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rit"), editable=False)
    run = models.ForeignKey(InvoiceRun, on_delete=models.PROTECT, related_name="items")
    lease = models.ForeignKey(
        Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="run_items"
    )
    booking = models.ForeignKey(
        SlotBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="run_items"
    )
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    flags = models.JSONField(default=list, blank=True)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_text = models.TextField(blank=True)
    problem_facts = models.JSONField(default=dict, blank=True)
    problem_pointer = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    left_out_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RunItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["run", "lease", "period_start"]
            ),
            models.UniqueConstraint(name="%(app_label)s_%(class)s_slot_once", fields=["run", "booking"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_subject",
                condition=models.Q(lease=None) ^ models.Q(booking=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(period_end__gt=models.F("period_start")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_left_out_by_somebody",
                condition=models.Q(state="LEFT_OUT", left_out_by__isnull=False) & ~models.Q(reason="")
                | ~models.Q(state="LEFT_OUT") & models.Q(left_out_by=None, reason=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_says_what_stops_it",
                condition=models.Q(state__in=ITEMS_FAILED) ^ models.Q(problem_code=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["run", "state", "lease"])]

    def __str__(self) -> str:
        return f"{self.run}: {self.subject} {self.period_start:%Y-%m-%d} {self.state}"

    @property
    def subject(self) -> Lease | SlotBooking:
        """What it bills: a lease, or a slot booking."""
        return self.booking or self.of_lease

    @property
    def name(self) -> str:
        """The number of the lease, or the id of the booking."""
        return self.booking.public_id if self.booking else self.of_lease.number

    @property
    def of_lease(self) -> Lease:
        """The lease; ask only where there is one."""
        assert self.lease is not None, "the item is of a slot booking"
        return self.lease

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days."""
        return self.booking.zone if self.booking else self.of_lease.agreed.zone


class RunPart(models.Model):
    """
    What one seller would ask of the lessee for a lease and period, and the invoice that came of it.

    ``digest`` is that of the draft: no invoice but one with the same is issued for it (migration 0018).
    ``last_gross_minor`` is what stands of the period before; ``changes`` say component by component what
    differs (``billing.rules.run_preview``).
    """

    item = models.ForeignKey(RunItem, on_delete=models.PROTECT, related_name="parts")
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    last_gross_minor = models.BigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    flags = models.JSONField(default=list, blank=True)
    changes = models.JSONField(default=list, blank=True)
    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="run_part"
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["item", "seller"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_gross",
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.seller}"

    @property
    def gross(self) -> Money:
        """What would be paid, or is."""
        return Money(self.gross_minor, self.currency)

    @property
    def last_gross(self) -> Money | None:
        """What stands of the period before."""
        return None if self.last_gross_minor is None else Money(self.last_gross_minor, self.currency)

    @property
    def difference(self) -> Money | None:
        """What it is more than in the period before."""
        last = self.last_gross
        return None if last is None else self.gross - last
