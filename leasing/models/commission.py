"""What the platform keeps of rent: rates that were set for good, who proposed them, what contracts hold."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Self

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.commission import Dated
from leasing.rules.commission import Scope as Scopes
from marketplace.models import Category, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id

_LOCK = "hashtextextended('leasing_commission', 0)"


def _scoped() -> models.Q:
    """Return what holds of each scope: it names what it is about, and nothing else."""
    return (
        models.Q(scope="DEFAULT", category=None, owner=None)
        | models.Q(scope="CATEGORY", category__isnull=False, owner=None)
        | models.Q(scope="OWNER", category=None, owner__isnull=False)
    )


class Scoped(models.Model):
    """For whom a rate is: for all, for a category with what is below it, or for one owner."""

    class Scope(models.TextChoices):
        DEFAULT = Scopes.DEFAULT.value, _("all owners")
        CATEGORY = Scopes.CATEGORY.value, _("a category")
        OWNER = Scopes.OWNER.value, _("one owner")

    scope = models.CharField(max_length=8, choices=Scope)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def target(self) -> Category | Organization | None:
        """The category or the owner that it is for."""
        return self.category or self.owner


class CommissionProposalQuerySet(models.QuerySet["CommissionProposal"]):
    """Reads of proposals."""

    def visible_within(self, organization: Organization) -> Self:
        """Keep them for the platform; nobody else reads what is not decided."""
        return self if organization.kind == OrganizationKind.PLATFORM else self.none()


class CommissionProposal(Scoped):
    """
    A rate that one person of the platform proposes, and another approves; without ``rate`` one that ends.

    It is decided once, and stays as it was written (migration 0045).
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for a second person")
        APPROVED = "APPROVED", _("Approved")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cpr"), editable=False)
    rate = models.DecimalField(max_digits=6, decimal_places=5, null=True, blank=True)
    starts_on = models.DateField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = CommissionProposalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_scoped", condition=_scoped()),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_share",
                condition=models.Q(rate=None) | models.Q(rate__gte=0, rate__lt=1),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_a_reason", condition=~models.Q(reason="")
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=models.Q(state="PROPOSED", checker="", checked_at=None)
                | models.Q(state="WITHDRAWN", checked_at__isnull=False) & ~models.Q(checker="")
                | models.Q(state="APPROVED", checked_at__isnull=False)
                & ~models.Q(checker="")
                & ~models.Q(checker=models.F("maker")),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["scope", "category", "owner"],
                condition=models.Q(state="PROPOSED"),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.rate} {self.starts_on}"


class CommissionRateQuerySet(models.QuerySet["CommissionRate"]):
    """Reads of rates."""

    def visible_within(self, organization: Organization) -> Self:
        """Keep all for the platform; for others those that are for everybody, and their own."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(owner=None) | models.Q(owner=organization))

    def of_scope(self, one: Scoped) -> Self:
        """Keep those of the same scope as another rate or proposal."""
        return self.filter(scope=one.scope, category=one.category_id, owner=one.owner_id)

    def holding(self, day: date) -> Self:
        """Keep those in force on a day."""
        open_ = models.Q(ends_on=None) | models.Q(ends_on__gt=day)
        return self.filter(open_, starts_on__lte=day)

    def not_over(self, day: date) -> Self:
        """Keep those in force on a day, and those that begin later, unless they were replaced."""
        lasts = models.Q(ends_on__gt=day) & models.Q(ends_on__gt=models.F("starts_on"))
        return self.filter(models.Q(ends_on=None) | lasts)

    def over(self, day: date) -> Self:
        """Keep those that are over on a day, and those that were replaced before they began."""
        return self.filter(models.Q(ends_on__lte=day) | models.Q(ends_on=models.F("starts_on")))

    def lock(self, *, alone: bool) -> None:
        """
        Let nobody set a rate before this transaction has ended; ``alone``: and nobody conclude a contract.

        Contracts share the lock, so that they do not wait for each other.
        """
        shared = "" if alone else "_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{shared}({_LOCK})")


class CommissionRate(Scoped):
    """
    A share of the net rent from the midnight at which ``starts_on`` begins (Asia/Shanghai) on.

    ``ends_on`` is the first day on which it does not hold any more, ``starts_on`` itself if it was replaced
    before it began. Nothing changes but that, to a day that comes, as an approved proposal says; those of one
    scope never overlap (migration 0045).
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "crt"), editable=False)
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    proposal = models.OneToOneField(CommissionProposal, on_delete=models.PROTECT, related_name="made")
    set_at = models.DateTimeField()

    objects = CommissionRateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-starts_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_scoped", condition=_scoped()),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_share", condition=models.Q(rate__gte=0, rate__lt=1)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.rate} {self.starts_on}"

    @property
    def is_replaced(self) -> bool:
        """Whether another was set before it began, so that it holds on no day."""
        return self.ends_on == self.starts_on

    @property
    def value(self) -> Dated:
        """The rate as rules read it."""
        target = self.category_id or self.owner_id
        return Dated(self.pk, Scopes(self.scope), target, self.rate, self.starts_on, self.ends_on)


class LeaseCommissionQuerySet(models.QuerySet["LeaseCommission"]):
    """Reads of what contracts hold."""

    def shares(self, leases: Iterable[int]) -> dict[int, Decimal]:
        """Return the rates that leases were contracted with, by their keys; none where there was no rate."""
        found: Any = self.filter(lease__in=leases).values_list("lease", "rate")
        return dict(found)


class LeaseCommission(models.Model):
    """
    The rate in force when a contract was concluded: it stays with the lease (a trigger).

    A trigger looks as well whether the rate was in force at ``contracted_at``.
    """

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="commission")
    source = models.ForeignKey(CommissionRate, on_delete=models.PROTECT, related_name="leases")
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    contracted_at = models.DateTimeField()

    objects = LeaseCommissionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["contracted_at"])]

    def __str__(self) -> str:
        return f"{self.lease} {self.rate}"
