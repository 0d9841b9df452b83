"""Finance leases: licences of lessors, the schedule of a lease, and its entries in the register."""

from datetime import date, datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.finance import End, Instalment
from leasing.rules.finance_registrations import REMINDER, Entry, Kind, State, state
from leasing.rules.leases import OVER, Status
from marketplace.models import Notification, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money

TOLD_ONCE = "finance-registration-"  # and the number of the entry: its end is told of once


class FinanceLicenceQuerySet(models.QuerySet["FinanceLicence"]):
    """Reads of licences."""

    def visible_to(self, user: User) -> "FinanceLicenceQuerySet":
        """Keep the licences of the organizations of ``user``; people of the platform see all."""
        mine = Organization.objects.of(user)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        return self.filter(models.Q(organization__in=mine) | platform)

    def in_force(self, organization: int, day: date) -> "FinanceLicence | None":
        """Return what was recorded last of an organization, if it holds on that day."""
        found = self.filter(organization=organization).order_by("-pk").first()
        return found if found is not None and found.holds_on(day) else None


class FinanceLicence(models.Model):
    """
    What the platform found of a company's licence for finance leases; append-only, the last entry counts.

    It holds from ``valid_from`` to ``valid_until``, both included. One that was withdrawn is entered again
    with the day on which it ended.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "flc"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="finance_licences")
    number = models.CharField(max_length=60)
    authority = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = FinanceLicenceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.number}"

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class FinanceLeaseQuerySet(models.QuerySet["FinanceLease"]):
    """Reads of finance leases."""

    def to_remind(self, day: date) -> "FinanceLeaseQuerySet":
        """Keep those of running leases whose registration ends within 30 days and nobody was told of it."""
        entries = FinanceRegistration.objects.filter(finance=models.OuterRef("pk")).order_by("-position")
        done = [*OVER, Status.CANCELLED, Status.EXPIRED, Status.REFUSED]
        found = self.exclude(lease__status__in=done).annotate(
            last_end=models.Subquery(entries.values("expires_on")[:1]),
            told_as=Concat(
                models.Value(TOLD_ONCE), Cast(models.Subquery(entries.values("pk")[:1]), models.CharField())
            ),
        )
        soon = found.filter(last_end__gte=day, last_end__lte=day + REMINDER)
        return soon.filter(~models.Exists(Notification.objects.filter(once=models.OuterRef("told_as"))))


class FinanceLease(models.Model):
    """
    What makes a lease a finance lease, as its contract says it; it stays as it was made.

    ``principal_minor`` is what is financed, before tax. A trigger compares it with the instalments.
    """

    class AtEnd(models.TextChoices):
        TRANSFER = End.TRANSFER.value, _("The lessee gets the machine for a nominal price")
        RETURN = End.RETURN.value, _("The machine goes back")

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="finance")
    licence = models.ForeignKey(FinanceLicence, on_delete=models.PROTECT, related_name="leases")
    principal_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    end = models.CharField(max_length=8, choices=AtEnd)
    nominal_price_minor = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()

    objects = FinanceLeaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=models.Q(principal_minor__gt=0, nominal_price_minor__gte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_price_of_what_is_transferred",
                condition=models.Q(end="TRANSFER") ^ models.Q(nominal_price_minor=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} · {self.principal_minor}"

    @property
    def principal(self) -> Money:
        """What is financed."""
        return Money(self.principal_minor, self.currency)

    @property
    def nominal_price(self) -> Money:
        """For how much the lessee gets the machine at the end, if it does."""
        return Money(self.nominal_price_minor, self.currency)

    def entries(self) -> list[Entry]:
        """Return the history of its registration as values."""
        return [one.value() for one in self.registrations.all()]

    def state_on(self, day: date) -> State:
        """Return how it stands in the register on a day."""
        return state(self.entries(), day)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment where the lease is."""
        return moment.astimezone(self.lease.agreed.zone).date()


class FinanceInstalment(models.Model):
    """One payment of the schedule, append-only; in minor units before tax."""

    finance = models.ForeignKey(FinanceLease, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["finance", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["finance", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative",
                condition=models.Q(principal_minor__gte=0, interest_minor__gte=0, number__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finance} · {self.number}"

    @property
    def payment_minor(self) -> int:
        """What is paid: principal and interest."""
        return self.principal_minor + self.interest_minor

    def value(self) -> Instalment:
        """Return it as the rule made it."""
        return Instalment(self.number, self.due_on, self.principal_minor, self.interest_minor)


class FinanceRegistration(models.Model):
    """
    One entry in the unified registration system for movables, append-only.

    ``on`` is the day of the entry there, ``expires_on`` the last day on which it holds. A trigger lets only
    what is not registered be registered, and only what is registered be changed.
    """

    class Entered(models.TextChoices):
        REGISTER = Kind.REGISTER.value, _("Registered")
        AMEND = Kind.AMEND.value, _("Amended")
        EXTEND = Kind.EXTEND.value, _("Extended")
        CANCEL = Kind.CANCEL.value, _("Cancelled in the register")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "frg"), editable=False)
    finance = models.ForeignKey(FinanceLease, on_delete=models.PROTECT, related_name="registrations")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Entered)
    number = models.CharField(max_length=40)
    on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["finance", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["finance", "position"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_unless_cancelled",
                condition=models.Q(kind="CANCEL") ^ models.Q(expires_on__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_later",
                condition=models.Q(expires_on=None) | models.Q(expires_on__gt=models.F("on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finance} · {self.position}"

    def value(self) -> Entry:
        """Return it as a value."""
        return Entry(Kind(self.kind), self.number, self.on, self.expires_on)
