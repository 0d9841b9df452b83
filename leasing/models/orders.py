"""The lessee's order book: what is to be made until when, and how its machines are worked."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.rules import orders
from leasing.rules.planning import Shift
from marketplace.models import Category, Organization
from marketplace.shared.ids import new_id

USUAL_AVAILABILITY = Decimal("0.85")
USUAL_WEEKS = 12


class OrderBookQuerySet(models.QuerySet["OrderBook"]):
    """Reads of order books."""

    def locked(self) -> "OrderBookQuerySet":
        """Lock the rows in the one order that all writers use; a book is locked before its orders."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class OrderBook(models.Model):
    """
    One book an organization, and how its leased machines are worked; everybody who writes in it locks it.

    ``availability`` is the share of the hours of a shift in which a machine can work, from 0.0001 to 1;
    ``accepted`` is how many plans were accepted.
    """

    class Shifts(models.TextChoices):
        ONE = Shift.ONE.value, _("One shift: 5 days of 8 hours")
        TWO = Shift.TWO.value, _("Two shifts: 5 days of 16 hours")
        THREE = Shift.THREE.value, _("Three shifts: 5 days of 24 hours")
        CONTINUOUS = Shift.CONTINUOUS.value, _("Round the clock: 7 days of 24 hours")

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="order_book")
    shift = models.CharField(max_length=10, choices=Shifts, default=Shifts.TWO)
    availability = models.DecimalField(max_digits=5, decimal_places=4, default=USUAL_AVAILABILITY)
    weeks = models.PositiveSmallIntegerField(default=USUAL_WEEKS)
    accepted = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    objects = OrderBookQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_availability",
                condition=models.Q(availability__gt=0, availability__lte=1),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_weeks", condition=models.Q(weeks__gte=1, weeks__lte=52)
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class ProductionOrderQuerySet(models.QuerySet["ProductionOrder"]):
    """Reads of orders."""

    def of(self, organization: Organization) -> "ProductionOrderQuerySet":
        """Keep the orders of one organization; nobody else sees them."""
        return self.filter(organization=organization)

    def open(self) -> "ProductionOrderQuerySet":
        """Keep what is still to be made."""
        return self.filter(state=orders.State.OPEN)

    def locked(self) -> "ProductionOrderQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ProductionOrder(models.Model):
    """
    One order of the book, named by the organization's own ``reference``.

    It is finished before the local midnight that begins ``due_before``; nothing is done before the day of
    ``earliest_start``. ``cycle_seconds`` is for a part, ``setup_seconds`` once for the order.
    """

    class State(models.TextChoices):
        OPEN = orders.State.OPEN.value, _("To be made")
        DONE = orders.State.DONE.value, _("Made")
        CANCELLED = orders.State.CANCELLED.value, _("Cancelled")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pro"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="production_orders")
    reference = models.CharField(max_length=40)
    part = models.CharField(max_length=120)
    material = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    due_before = models.DateField()
    cycle_seconds = models.DecimalField(max_digits=12, decimal_places=3)
    setup_seconds = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    earliest_start = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = ProductionOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_reference_once", fields=["organization", "reference"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_takes_time",
                condition=models.Q(quantity__gt=0, cycle_seconds__gt=0, setup_seconds__gte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_starts_before_due",
                condition=models.Q(earliest_start=None) | models.Q(earliest_start__lt=models.F("due_before")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "state", "due_before"])]

    def __str__(self) -> str:
        return f"{self.reference} · {self.part}"

    def value(self) -> orders.Order:
        """Return the order as a value; the category must be loaded."""
        return orders.Order(**self.fields())

    def fields(self) -> dict[str, Any]:
        """Return what an order holds, by name; the category by its code."""
        earliest: date | None = self.earliest_start
        return {
            "reference": self.reference,
            "part": self.part,
            "material": self.material,
            "quantity": Decimal(self.quantity),
            "due_before": self.due_before,
            "cycle_seconds": Decimal(self.cycle_seconds),
            "setup_seconds": Decimal(self.setup_seconds),
            "category": self.category.code,
            "earliest_start": earliest,
            "state": orders.State(self.state),
        }
