"""Who may lend, and what it offers: licences and loan products (租赁分期贷, 智能改造贷)."""

from datetime import date, datetime
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.loan_states import Purpose
from billing.rules.loan_terms import LoanLimits
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.instalments import DayCount, Method
from marketplace.shared.ids import new_id


class LoanMethod(models.TextChoices):
    """How the principal comes back."""

    EQUAL_PAYMENT = Method.EQUAL_PAYMENT.value, _("Equal payments (等额本息)")
    EQUAL_PRINCIPAL = Method.EQUAL_PRINCIPAL.value, _("Equal principal (等额本金)")
    BULLET = Method.BULLET.value, _("Interest first, principal last (先息后本)")
    FLAT_FEE = Method.FLAT_FEE.value, _("Equal principal and equal fee (等本等费)")


class LoanDays(models.TextChoices):
    """How long a period is."""

    MONTHS = DayCount.MONTHS.value, _("Equal months")
    ACT_360 = DayCount.ACT_360.value, _("Real days over 360")
    ACT_365 = DayCount.ACT_365.value, _("Real days over 365")


def local_day(at: datetime) -> date:
    """Return the day of a moment in the server's zone, in which loans are kept."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


class LoanLicenceQuerySet(models.QuerySet["LoanLicence"]):
    """Reads of licences."""

    def visible_to(self, user: User) -> "LoanLicenceQuerySet":
        """Keep the licences of the organizations of ``user``; people of the platform see all."""
        mine = Organization.objects.of(user)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        return self.filter(models.Q(organization__in=mine) | platform)

    def in_force(self, organization: int, day: date) -> "LoanLicence | None":
        """Return what was recorded last of an organization, if it holds on that day."""
        found = self.filter(organization=organization).order_by("-pk").first()
        return found if found is not None and found.holds_on(day) else None


class LoanLicence(models.Model):
    """
    What the platform found of a company's licence to lend; append-only, the last entry counts.

    It holds from ``valid_from`` to ``valid_until``, both included.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "llc"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="loan_licences")
    number = models.CharField(max_length=60)
    authority = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField()
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = LoanLicenceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(valid_until__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.number}"

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day <= self.valid_until


class LoanProductQuerySet(models.QuerySet["LoanProduct"]):
    """Reads of products."""

    def on_offer(self, day: date) -> "LoanProductQuerySet":
        """Keep what can be applied for on a day, as far as the products say: licences are asked for apart."""
        return self.filter(withdrawn_at=None, valid_from__lte=day, valid_until__gte=day)

    def seen_by(self, organization: Organization, day: date) -> "LoanProductQuerySet":
        """Keep what is on offer, and all that the organization published itself."""
        mine = models.Q(lender=organization)
        return self.filter(pk__in=self.on_offer(day).values("pk")) | self.filter(mine)

    def locked(self) -> "LoanProductQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class LoanProduct(models.Model):
    """
    A loan as a licensed lender publishes it; it never changes, but can be withdrawn once (migration 0023).

    Percents are 6 for 6 %: ``yearly_percent`` is the nominal rate a year that no offer exceeds,
    ``fee_percent`` a part of the amount when it is paid out, ``early_percent`` of the principal that is paid
    back early.
    """

    class For(models.TextChoices):
        LEASE = Purpose.LEASE.value, _("Rent or deposit of a lease (租赁分期贷)")
        UPGRADE = Purpose.UPGRADE.value, _("Better equipment (智能改造贷)")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lpr"), editable=False)
    lender = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="loan_products")
    purpose = models.CharField(max_length=8, choices=For)
    name = models.CharField(max_length=80)
    method = models.CharField(max_length=16, choices=LoanMethod)
    day_count = models.CharField(max_length=8, choices=LoanDays)
    yearly_percent = models.DecimalField(max_digits=9, decimal_places=6)
    fee_percent = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    early_percent = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    currency = models.CharField(max_length=3)
    least_minor = models.BigIntegerField()
    most_minor = models.BigIntegerField()
    least_months = models.PositiveSmallIntegerField()
    most_months = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = LoanProductQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ranges",
                condition=models.Q(
                    least_minor__gt=0,
                    most_minor__gte=models.F("least_minor"),
                    least_months__gte=1,
                    most_months__gte=models.F("least_months"),
                    valid_until__gte=models.F("valid_from"),
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_rates",
                condition=models.Q(
                    yearly_percent__gte=0,
                    yearly_percent__lte=36,
                    fee_percent__gte=0,
                    fee_percent__lte=10,
                    early_percent__gte=0,
                    early_percent__lte=10,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> LoanLimits:
        """Within what it lends."""
        ranges = (self.least_minor, self.most_minor, self.least_months, self.most_months)
        return LoanLimits(*ranges, currency=self.currency)
