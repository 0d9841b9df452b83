"""Risk compensation funds: their rules, the owners that take part, and what each invoice contributes."""

from datetime import date
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.models.ledger import Book, Journal
from billing.rules.fund_terms import Collection, FundTerms
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id


class CollectionKind(models.TextChoices):
    """Steps of collection, for people."""

    REMINDER = Collection.REMINDER.value, _("Reminder")
    FORMAL_NOTICE = Collection.FORMAL_NOTICE.value, _("Formal notice")
    DEPOSIT_APPLIED = Collection.DEPOSIT_APPLIED.value, _("Deposit applied")
    MEDIATION = Collection.MEDIATION.value, _("Mediation")
    COURT = Collection.COURT.value, _("Court or arbitration")


class FundQuerySet(models.QuerySet["Fund"]):
    """Reads of funds."""

    def managed_in(self, organization: Organization, user: User) -> "FundQuerySet":
        """Keep the funds that an organization administers, for those who manage funds there."""
        if not allowed(user, Permission.FUND_MANAGE, within=organization):
            return self.none()
        return self.filter(book__organization=organization)

    def locked(self) -> "FundQuerySet":
        """Lock the rows: what a fund has left is promised by one at a time. A lease is locked before it."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Fund(models.Model):
    """
    A fund with its own book, administered by the organization of the book.

    The row never changes and is the lock under which contributions, promises and payments meet.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "fnd"), editable=False)
    book = models.OneToOneField(Book, on_delete=models.PROTECT, related_name="fund")
    opened_at = models.DateTimeField()

    objects = FundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.book.name

    @property
    def administrator(self) -> Organization:
        """Who administers it."""
        return self.book.organization

    def rules_on(self, day: date) -> "FundRules | None":
        """Return the rules that hold on a day: of those that begin by then, the last published."""
        known = self.rules.filter(valid_from__lte=day).order_by("-valid_from", "-number")
        return known.first()


class FundRules(models.Model):
    """One version of a fund's rules, append-only; ``basis`` is the document that they follow."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "frl"), editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="rules")
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    basis = models.CharField(max_length=200)
    levy_per_mille = models.DecimalField(max_digits=9, decimal_places=4)
    match_percent = models.DecimalField(max_digits=9, decimal_places=4)
    cover_percent = models.DecimalField(max_digits=9, decimal_places=4)
    lessee_cap_minor = models.BigIntegerField(null=True, blank=True)
    owner_cap_minor = models.BigIntegerField(null=True, blank=True)
    year_cap_minor = models.BigIntegerField(null=True, blank=True)
    waiting_days = models.PositiveSmallIntegerField()
    steps = ArrayField(models.CharField(max_length=16, choices=CollectionKind), default=list, blank=True)
    floor_minor = models.BigIntegerField(default=0)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["fund", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["fund", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_rates",
                condition=models.Q(
                    levy_per_mille__gte=0,
                    match_percent__gte=0,
                    cover_percent__gte=0,
                    cover_percent__lte=100,
                    floor_minor__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund} · {self.number}"

    @property
    def terms(self) -> FundTerms:
        """The rules as a value."""
        return FundTerms(
            levy_per_mille=self.levy_per_mille,
            match_percent=self.match_percent,
            cover_percent=self.cover_percent,
            lessee_cap_minor=self.lessee_cap_minor,
            owner_cap_minor=self.owner_cap_minor,
            year_cap_minor=self.year_cap_minor,
            waiting_days=self.waiting_days,
            steps=tuple(self.steps),
            floor_minor=self.floor_minor,
        )


class FundMembership(models.Model):
    """
    An owner takes part in a fund: of what is invoiced in that time it owes the levy, and may claim.

    An owner is in one fund at a time. What it agreed to are the rules as they stand on the day of an invoice.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="memberships")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="fund_memberships")
    joined_at = models.DateTimeField()
    joined_by_name = models.CharField(max_length=80)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one", fields=["owner"], condition=models.Q(left_at=None)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(left_at=None) | models.Q(left_at__gte=models.F("joined_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} in {self.fund}"


class FundContributionQuerySet(models.QuerySet["FundContribution"]):
    """Reads of contributions."""

    def readable_in(self, organization: Organization, user: User) -> "FundContributionQuerySet":
        """Keep those of the owner's own invoices, and those to the funds that it administers."""
        mine = models.Q(pk__in=[])
        if allowed(user, Permission.FUND_CLAIM, within=organization):
            mine |= models.Q(invoice__seller=organization)
        if allowed(user, Permission.FUND_MANAGE, within=organization):
            mine |= models.Q(fund__book__organization=organization)
        return self.filter(mine)


class FundContribution(models.Model):
    """
    What one version of an invoice adds to what a fund is owed, append-only; of a credit note it is negative.

    ``net_minor`` is the net rent of the version. The journal is J06; there is none if both parts are nothing.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "fco"), editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="contributions")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="fund_contribution")
    rules = models.ForeignKey(FundRules, on_delete=models.PROTECT, related_name="+")
    net_minor = models.BigIntegerField()
    owner_minor = models.BigIntegerField()
    platform_minor = models.BigIntegerField()
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    objects = FundContributionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.fund} ← {self.invoice}"
