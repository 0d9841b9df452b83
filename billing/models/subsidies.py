"""Subsidy programmes: their budget, dated terms, admitted lessees, and what each bears of an invoice."""

from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.models.ledger import Journal
from billing.rules.subsidy_terms import Mode, SubsidyTerms
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


def _codes(length: int) -> ArrayField:
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class SubsidyProgrammeQuerySet(models.QuerySet["SubsidyProgramme"]):
    """Reads of programmes."""

    def managed_in(self, organization: Organization, user: User) -> "SubsidyProgrammeQuerySet":
        """Keep the programmes that an organization runs, for those who manage subsidies there."""
        if not allowed(user, Permission.SUBSIDY_MANAGE, within=organization):
            return self.none()
        return self.filter(operator=organization)

    def locked(self) -> "SubsidyProgrammeQuerySet":
        """Lock the rows: what is left of a budget or cap is granted by one at a time."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class SubsidyProgramme(models.Model):
    """
    A programme of an authority, which the platform runs; the row never changes, and is the lock.

    The authority is an organization, or else only a name. ``mode`` says who waits for its money.
    """

    class Way(models.TextChoices):
        CLAIM = Mode.CLAIM.value, _("The lessee pays all, and the subsidy is claimed for it")
        PREPAID = Mode.PREPAID.value, _("The lessee pays the rest, and the subsidy is settled later")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sub"), editable=False)
    name = models.CharField(max_length=120)
    operator = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="subsidy_programmes"
    )
    authority_name = models.CharField(max_length=120)
    mode = models.CharField(max_length=7, choices=Way)
    opened_by_name = models.CharField(max_length=80)
    opened_at = models.DateTimeField()

    objects = SubsidyProgrammeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_named", fields=["operator", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def budget_minor(self) -> int:
        """What the programme may bear in all, in fen."""
        last = max(self.budgets.all(), key=lambda one: one.number, default=None)
        return last.budget_minor if last else 0


class SubsidyBudget(models.Model):
    """What a programme may bear in all, from when it was decided on, append-only."""

    programme = models.ForeignKey(SubsidyProgramme, on_delete=models.PROTECT, related_name="budgets")
    number = models.PositiveSmallIntegerField()
    budget_minor = models.BigIntegerField()
    basis = models.CharField(max_length=200)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["programme", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["programme", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amount", condition=models.Q(budget_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.number}"


class SubsidyRules(models.Model):
    """
    One version of a programme's terms, append-only; ``basis`` is the document that they follow.

    Of versions that hold on a day, the last published counts.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "srl"), editable=False)
    programme = models.ForeignKey(SubsidyProgramme, on_delete=models.PROTECT, related_name="rules")
    number = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField()
    rate_percent = models.DecimalField(max_digits=7, decimal_places=4)
    lessee_cap_minor = models.BigIntegerField(null=True, blank=True)
    least_minor = models.BigIntegerField(default=0)
    with_vat = models.BooleanField(default=False)
    by_admission = models.BooleanField(default=False)
    regions = _codes(8)
    kinds = _codes(20)
    industries = _codes(8)
    categories = _codes(20)
    components = _codes(12)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["programme", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["programme", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_figures",
                condition=models.Q(
                    rate_percent__gt=0,
                    rate_percent__lte=100,
                    least_minor__gte=0,
                    valid_until__gt=models.F("valid_from"),
                )
                & (models.Q(lessee_cap_minor=None) | models.Q(lessee_cap_minor__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.number}"

    @property
    def terms(self) -> SubsidyTerms:
        """The terms as a value."""
        lists = ("regions", "kinds", "industries", "categories", "components")
        return SubsidyTerms(
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            rate_percent=self.rate_percent,
            lessee_cap_minor=self.lessee_cap_minor,
            least_minor=self.least_minor,
            with_vat=self.with_vat,
            by_admission=self.by_admission,
            **{name: tuple(getattr(self, name)) for name in lists},
        )

    @property
    def last_day(self) -> date:
        """The last day on which they hold."""
        return self.valid_until - timedelta(days=1)


class SubsidyAdmission(models.Model):
    """A lessee that the operator admitted to a programme, from a day on, until one; it ends once."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sad"), editable=False)
    programme = models.ForeignKey(SubsidyProgramme, on_delete=models.PROTECT, related_name="admissions")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subsidy_admissions")
    admitted_on = models.DateField()
    basis = models.CharField(max_length=200)
    admitted_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one",
                fields=["programme", "lessee"],
                condition=models.Q(ended_on=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("admitted_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lessee} in {self.programme}"


class SubsidyGrantQuerySet(models.QuerySet["SubsidyGrant"]):
    """Reads of grants."""

    def readable_in(self, organization: Organization, user: User) -> "SubsidyGrantQuerySet":
        """Keep those of the lessee's own invoices, and those of the programmes that it runs."""
        mine = models.Q(pk__in=[])
        if allowed(user, Permission.INVOICE_READ, within=organization):
            mine |= models.Q(lessee=organization)
        if allowed(user, Permission.SUBSIDY_MANAGE, within=organization):
            mine |= models.Q(programme__operator=organization)
        return self.filter(mine)


class SubsidyGrant(models.Model):
    """
    What a programme adds with one version of an invoice, append-only; of a credit note it is negative.

    ``base_minor`` is the eligible base of all versions up to this one, ``wanted_minor`` its rate, ``steps``
    every step to ``amount_minor``. The journal is that of a prepaid amount; ``year`` is whose cap it uses.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sgr"), editable=False)
    programme = models.ForeignKey(SubsidyProgramme, on_delete=models.PROTECT, related_name="grants")
    rules = models.ForeignKey(SubsidyRules, on_delete=models.PROTECT, related_name="+")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="subsidy_grant")
    first = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="subsidy_grants")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subsidy_grants")
    year = models.PositiveSmallIntegerField()
    base_minor = models.BigIntegerField()
    wanted_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    steps = models.JSONField(default=list)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    objects = SubsidyGrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["programme", "lessee", "year"])]

    def __str__(self) -> str:
        return f"{self.programme} → {self.invoice}"

    @property
    def amount(self) -> Money:
        """What this version adds."""
        return Money(self.amount_minor, "CNY")
