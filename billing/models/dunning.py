"""Reminders of what is overdue: policies, letters, promises and holds."""

from functools import partial
from typing import Any, ClassVar

from django.db import models

from billing.models.invoices import Invoice
from billing.rules.dunning import Level
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id


class OwnQuerySet(models.QuerySet[Any]):
    """Reads of what a seller alone sees."""

    def visible_to(self, user: User) -> "OwnQuerySet":
        """Keep those of sellers in which ``user`` may read invoices."""
        return self.filter(seller__in=organizations_where(user, Permission.INVOICE_READ))


class DunningPolicy(models.Model):
    """
    How a seller reminds: levels with days after the due day and texts, and the least sum of which it writes.

    The newest version counts from the next run on; none is changed (migration 0031).
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dup"), editable=False)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dunning_policies")
    version = models.PositiveIntegerField()
    is_on = models.BooleanField(default=True)
    levels = models.JSONField()
    smallest_minor = models.BigIntegerField(default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["seller", "version"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_smallest", condition=models.Q(smallest_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.version}"

    @property
    def steps(self) -> list[Level]:
        """The levels in their order."""
        return [Level(one["days"], one["zh"], one["en"]) for one in self.levels]


class DunningLetterQuerySet(models.QuerySet["DunningLetter"]):
    """Reads of letters."""

    def visible_to(self, user: User) -> "DunningLetterQuerySet":
        """
        Keep what an organization sent or got in which ``user`` may read invoices; the platform sees all.
        """
        mine = organizations_where(user, Permission.INVOICE_READ)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        return self.filter(models.Q(seller__in=mine) | models.Q(buyer__in=mine) | platform)

    def of(self, organization: Organization) -> "DunningLetterQuerySet":
        """Keep what an organization sent or got; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(seller=organization) | models.Q(buyer=organization))


class DunningLetter(models.Model):
    """
    One letter of a seller to a buyer about what is overdue, as it was sent; append-only (migration 0031).

    ``content`` is what it says, ``digest`` its SHA-256.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dun"), editable=False)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="letters_sent")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="letters_got")
    policy = models.ForeignKey(DunningPolicy, on_delete=models.PROTECT, related_name="letters")
    on = models.DateField()
    level = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    objects = DunningLetterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_a_day", fields=["seller", "buyer", "currency", "on"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asks", condition=models.Q(total_minor__gt=0, level__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class DunningItem(models.Model):
    """An invoice of which a letter reminds at a level: once for each level."""

    letter = models.ForeignKey(DunningLetter, on_delete=models.PROTECT, related_name="items")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="dunning_items")
    level = models.PositiveSmallIntegerField()
    asked_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["invoice", "level"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asks", condition=models.Q(asked_minor__gt=0, level__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.level}"


class PaymentPromise(models.Model):
    """The day by which a buyer promised to pay an invoice, as its seller noted it; the newest counts."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="promises")
    promised_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.invoice} {self.promised_on}"


class DunningHold(models.Model):
    """A seller writes no reminders to a buyer through a day, and why; it can be ended before."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dho"), editable=False)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dunning_holds")
    buyer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    through = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["seller", "buyer"],
                condition=models.Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended_by_somebody",
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} → {self.buyer}"
