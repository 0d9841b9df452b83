"""What is held until both parties agree, and what each of them says of it."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.windows import WindowSet
from billing.rules import reviews as rules
from billing.rules.reviews import Held, Kind, Verdict
from devices.models import Device
from devices.rules.readings import moment
from leasing.models import LeaseUnit
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    """Reads of review items."""

    def visible_to(self, user: User) -> "ReviewItemQuerySet":
        """Keep the items of leases of which an organization of ``user`` is a side; nobody else sees them."""
        mine = Organization.objects.of(user)
        return self.filter(models.Q(unit__lease__lessor__in=mine) | models.Q(unit__lease__lessee__in=mine))

    def waiting(self) -> "ReviewItemQuerySet":
        """Keep what nobody has decided."""
        return self.filter(outcome=ReviewItem.Outcome.WAITING)

    def locked(self) -> "ReviewItemQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ReviewItem(models.Model):
    """
    What a device holds of one meter on one local day for one reason; run time in seconds.

    ``digest`` is the fingerprint of exactly these windows: when late data changes them the item is
    withdrawn and another one opens. From ``deadline`` on what is not agreed is not billed. ``opened_with``
    is the first version of the day that held them; it stays as long as the item does.
    """

    class Reason(models.TextChoices):
        IMPLAUSIBLE = Kind.IMPLAUSIBLE.value, _("More than the machine can make in the time")
        EDGE = Kind.EDGE.value, _("The counter grew over an edge of the lease, without a reading there")
        DIP = Kind.DIP.value, _("The counter fell, and nothing explained it")
        WITNESS = Kind.WITNESS.value, _("The machine's own timer says something else")
        REJECTED = Kind.REJECTED.value, _("Inspection rejected these parts")
        CHANGED = (
            Kind.CHANGED.value,
            _("A change or new beginning of the counter was told, and the readings do not bear it out"),
        )
        PARTIAL = Kind.PARTIAL.value, _("It ended before it was done")

    class Outcome(models.TextChoices):
        WAITING = "WAITING", _("To be decided")
        BILLED = "BILLED", _("Counts")
        DROPPED = "DROPPED", _("Does not count")
        WITHDRAWN = "WITHDRAWN", _("Overtaken by later readings")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rev"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="review_items")
    meter = models.CharField(max_length=12)
    local_day = models.DateField()
    reason = models.CharField(max_length=12, choices=Reason)
    digest = models.CharField(max_length=64)
    quantity = models.DecimalField(max_digits=40, decimal_places=18)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    deadline = models.DateTimeField()
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    by_rule = models.BooleanField(default=False)
    opened_with = models.ForeignKey(WindowSet, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "unit", "digest"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_once_decided",
                condition=models.Q(outcome="WAITING") ^ models.Q(decided_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["outcome", "deadline"])]
        ordering: ClassVar = ["-local_day", "-pk"]

    def __str__(self) -> str:
        return f"{self.unit} {self.meter} {self.local_day} {self.reason}"

    @property
    def verdict(self) -> Verdict | None:
        """What was decided, for the rules."""
        return {"BILLED": Verdict.BILL, "DROPPED": Verdict.DROP}.get(self.outcome)

    def said(self) -> "dict[str, ReviewDecision]":
        """Return the last word of each side."""
        return {one.side: one for one in self.decisions.order_by("pk")}

    def move(self, outcome: str, at: datetime | None, *, by_rule: bool = False) -> None:
        """Write down an outcome, or its absence."""
        self.outcome, self.decided_at, self.by_rule = outcome, at, by_rule
        self.save(update_fields=["outcome", "decided_at", "by_rule"])

    @classmethod
    def of(cls, held: Held, device: Device, unit: LeaseUnit, *, days: int, at: datetime) -> "ReviewItem":
        """Return an item for what is held; it is not written yet."""
        start, end = held.span
        return cls(
            device=device,
            unit=unit,
            meter=held.meter,
            local_day=held.local_day,
            reason=held.kind.value,
            digest=held.digest(),
            quantity=held.quantity,
            starts_at=moment(start),
            ends_at=moment(end),
            deadline=rules.deadline(held.local_day, days=days, zone=unit.lease.agreed.zone),
            opened_at=at,
        )


class ReviewDecision(models.Model):
    """What one side says of an item, and why; its last word counts. Append-only."""

    class Side(models.TextChoices):
        LESSOR = "LESSOR", _("Lessor")
        LESSEE = "LESSEE", _("Lessee")

    class Says(models.TextChoices):
        BILL = Verdict.BILL.value, _("It counts")
        DROP = Verdict.DROP.value, _("It does not count")

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="decisions")
    side = models.CharField(max_length=6, choices=Side)
    verdict = models.CharField(max_length=4, choices=Says)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.side} {self.verdict}"
