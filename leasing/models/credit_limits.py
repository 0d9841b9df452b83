"""How far a lessor trusts its lessees: credit limits, each a version that stays as it was written."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import connection, models

from leasing.rules.approval import Limit
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class CreditLimitQuerySet(models.QuerySet["CreditLimit"]):
    """Reads of credit limits."""

    def visible_within(self, organization: Organization) -> "CreditLimitQuerySet":
        """Keep those that an organization has set; a lessee does not read how far it is trusted."""
        return self.filter(lessor=organization)

    def in_force(self, lessor: int, lessee: int, at: datetime) -> "CreditLimit | None":
        """Return the limit that holds: the newest for this lessee, or else the newest for everybody."""
        known = models.Q(valid_until=None) | models.Q(valid_until__gt=at)
        found = self.filter(known, lessor=lessor, valid_from__lte=at)
        mine = found.filter(models.Q(lessee=lessee) | models.Q(lessee=None))
        return mine.order_by(models.F("lessee").asc(nulls_last=True), "-pk").first()

    def lock(self, lessor: int, lessee: int) -> None:
        """Let no other transaction approve a lease between these two before this one has ended."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('leasing_credit ' || %s, %s))",
                [str(lessor), lessee],
            )


class CreditLimit(models.Model):
    """
    A limit, append-only: the newest that holds counts. Without a ``lessee`` it is for whoever has none.

    ``amount_minor`` is in minor units of ``currency``; without it, no limit is asked for. A lease of more
    than ``longest_months`` needs a decision, whatever it costs.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "crl"), editable=False)
    lessor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="credit_limits_set")
    lessee = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_limits"
    )
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    longest_months = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=2000)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = CreditLimitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative",
                condition=models.Q(amount_minor=None) | models.Q(amount_minor__gte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_for_others", condition=~models.Q(lessor=models.F("lessee"))
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["lessor", "lessee", "-id"])]

    def __str__(self) -> str:
        return f"{self.lessor} → {self.lessee or '*'}: {self.amount_minor} {self.currency}"

    @property
    def amount(self) -> Money | None:
        """The amount, or none if no limit is asked for."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)

    def value(self) -> Limit:
        """Return the limit as a value."""
        return Limit(self.public_id, self.amount, self.longest_months)
