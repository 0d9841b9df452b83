"""Budgets of one side of its leases, and what of them came about."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.budgets import Kind, Wanted
from leasing.models import Lease
from leasing.rules.leases import Side
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class BudgetQuerySet(models.QuerySet["Budget"]):
    """Reads of budgets."""

    def readable_in(self, organization: Organization, user: User) -> "BudgetQuerySet":
        """Keep those of an organization; none if the person's role there does not read invoices."""
        if not allowed(user, Permission.INVOICE_READ, within=organization):
            return self.none()
        return self.filter(organization=organization)

    def active(self) -> "BudgetQuerySet":
        """Keep those that are watched."""
        return self.filter(ended_at=None)

    def with_lease(self) -> "BudgetQuerySet":
        """Fetch what every list shows of a budget."""
        return self.select_related("lease__lessor", "lease__lessee", "organization")

    def locked(self) -> "BudgetQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Budget(models.Model):
    """
    Of what one side of a lease, or of all its leases, wants to be told; nobody else sees it.

    ``amount_minor`` is net for a billing period of ``lease``, or where there is none for a calendar month.
    ``quantities`` are decimals as texts by meter, in the unit that pages show. ``span_start`` to
    ``checked_at`` is how it stood when the clock looked last; ``unrated`` are the leases of a side whose cost
    could not be computed then and is missing in it (id, number, and why). It is ended, never deleted.
    """

    class Of(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("We lease")
        LESSOR = Side.LESSOR.value, _("We let")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bud"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="budgets")
    side = models.CharField(max_length=8, choices=Of)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets")
    currency = models.CharField(max_length=3, default="CNY")
    amount_minor = models.BigIntegerField(null=True, blank=True)
    percents = ArrayField(models.PositiveSmallIntegerField())
    quantities = models.JSONField(default=dict, blank=True)
    at_cap = models.BooleanField(default=False)
    idle_days = models.PositiveSmallIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    span_start = models.DateTimeField(null=True, blank=True)
    span_end = models.DateTimeField(null=True, blank=True)
    net_minor = models.BigIntegerField(null=True, blank=True)
    forecast_minor = models.BigIntegerField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    unrated = models.JSONField(default=list, blank=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_a_side",
                fields=["organization", "side", "lease"],
                nulls_distinct=False,
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amount",
                condition=models.Q(amount_minor=None) | models.Q(amount_minor__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def wanted(self) -> Wanted:
        """Of what the side wants to be told."""
        quantities = {meter: Decimal(text) for meter, text in self.quantities.items()}
        told = tuple(self.percents)
        return Wanted(self.amount_minor, told, quantities, at_cap=self.at_cap, idle_days=self.idle_days)

    @property
    def amount(self) -> Money | None:
        """The budget of a span."""
        return self.money(self.amount_minor)

    @property
    def net(self) -> Money | None:
        """The net cost when the clock looked last."""
        return self.money(self.net_minor)

    @property
    def forecast(self) -> Money | None:
        """The forecast when the clock looked last."""
        return self.money(self.forecast_minor)

    def money(self, minor: int | None) -> Money | None:
        """Return an amount in the currency of the budget."""
        return None if minor is None else Money(minor, self.currency)

    def keep(self, wanted: Wanted, *, at: datetime) -> None:
        """Take other wishes; whoever calls saves."""
        self.amount_minor, self.percents = wanted.amount_minor, sorted(wanted.percents)
        self.quantities = {meter: format(one, "f") for meter, one in sorted(wanted.quantities.items())}
        self.at_cap, self.idle_days, self.changed_at = wanted.at_cap, wanted.idle_days, at


class BudgetCrossing(models.Model):
    """
    A threshold that was reached, with the figures as they stood; append-only (migration 0032).

    ``key`` names the threshold within its span, that begins at ``since``. Amounts are net minor units;
    ``limit`` and ``quantity`` are those of a meter.
    """

    class Of(models.TextChoices):
        PERCENT = Kind.PERCENT.value, _("Part of the budget")
        QUANTITY = Kind.QUANTITY.value, _("Quantity of a meter")
        CAP = Kind.CAP.value, _("Cap of the price")
        IDLE = Kind.IDLE.value, _("No use")

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="crossings")
    kind = models.CharField(max_length=8, choices=Of)
    since = models.DateTimeField()
    key = models.CharField(max_length=80)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_minor = models.BigIntegerField(null=True, blank=True)
    meter = models.CharField(max_length=12, blank=True)
    limit = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=6, null=True, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    span_start = models.DateTimeField()
    span_end = models.DateTimeField()
    net_minor = models.BigIntegerField()
    forecast_minor = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_told_once", fields=["budget", "since", "kind", "key"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} {self.kind} {self.key}"

    @property
    def net(self) -> Money:
        """The net cost when it was reached."""
        return Money(self.net_minor, self.budget.currency)

    @property
    def forecast(self) -> Money | None:
        """The forecast when it was reached."""
        return self.budget.money(self.forecast_minor)
