"""What sellers ask for late payment: dated terms, claims as documents, and what they let off."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.rules.late_interest import Terms, per_day
from billing.rules.late_law import legal_rate
from leasing.models import Lease
from marketplace.models import Organization, User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id

BOUND = ("CONTRACTED", "ACTIVE", "SUSPENDED")  # leases whose lessee is told of new terms


class LateTermsQuerySet(models.QuerySet["LateTerms"]):
    """Reads of terms of late payment."""

    def that_bind(self, organization: Organization) -> "LateTermsQuerySet":
        """Keep an organization's own, and those of whoever bills it or lets machines to it."""
        return self.filter(models.Q(seller=organization) | _bound([organization]))

    def visible_to(self, user: User) -> "LateTermsQuerySet":
        """Keep those of sellers whose invoices ``user`` may read, as seller or as buyer."""
        mine = organizations_where(user, Permission.INVOICE_READ)
        return self.filter(models.Q(seller__in=mine) | _bound(mine))


def _bound(buyers: Iterable[Organization]) -> models.Q:
    """Return the condition that a seller has billed one of some organizations, or lets a machine to it."""
    seller = models.OuterRef("seller")
    bought = Invoice.objects.filter(buyer__in=buyers, seller=seller)
    leased = Lease.objects.filter(lessee__in=buyers, lessor=seller, status__in=BOUND)
    return models.Q(models.Exists(bought)) | models.Q(models.Exists(leased))


class LateTerms(models.Model):
    """
    What a seller asks for late payment of the invoices that it issues from ``valid_from`` on.

    Announced some days before, never changed (migration 0030), so they are frozen for every invoice that was
    issued. ``rate`` is a share of one, a day or a year; without one the law's table is asked.
    """

    class Per(models.TextChoices):
        DAY = "DAY", _("per day")
        YEAR = "YEAR", _("per year")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lat"), editable=False)
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="late_terms")
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=9, decimal_places=8, null=True, blank=True)
    per = models.CharField(max_length=4, choices=Per, default=Per.DAY)
    day_count = models.PositiveSmallIntegerField(default=365)
    grace_days = models.PositiveSmallIntegerField(default=0)
    cap = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    waived_alone_minor = models.BigIntegerField(default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = LateTermsQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-valid_from", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["seller", "valid_from"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_figures",
                condition=(models.Q(rate=None) | models.Q(rate__gt=0, rate__lte=1))
                & (models.Q(cap=None) | models.Q(cap__gt=0, cap__lte=1))
                & models.Q(day_count__in=[360, 365], waived_alone_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.valid_from}"

    def for_invoice(self, *, buyer_kind: str, issued_on: object) -> Terms | None:
        """Return what an invoice bears; ``None`` where no rate is agreed and the law gives none."""
        if self.rate is not None:
            rate = per_day(self.rate, is_yearly=self.per == self.Per.YEAR, day_count=self.day_count)
        else:
            law = legal_rate(buyer_kind, issued_on)  # type: ignore[arg-type]
            if law is None:
                return None
            rate = per_day(law.per_day, is_yearly=False, day_count=self.day_count)
        return Terms(rate, self.grace_days, self.cap)


class InterestClaim(models.Model):
    """
    The running total of an invoice's late interest through a day, and the document that claims the rest
    of it.

    Append-only; ``number`` counts the claims of an invoice, once each.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="interest_claims")
    number = models.PositiveSmallIntegerField()
    document = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="interest_claim")
    terms = models.ForeignKey(LateTerms, on_delete=models.PROTECT, related_name="+")
    through = models.DateField()
    total_minor = models.BigIntegerField()
    waived_minor = models.BigIntegerField()
    stretches = models.JSONField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["invoice", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_below_nothing",
                condition=models.Q(total_minor__gte=0, waived_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.number}"


class InterestWaiverQuerySet(models.QuerySet["InterestWaiver"]):
    """Reads of what was let off."""

    def visible_to(self, user: User) -> "InterestWaiverQuerySet":
        """Keep those of sellers in which ``user`` may read invoices."""
        return self.filter(invoice__seller__in=organizations_where(user, Permission.INVOICE_READ))

    def granted(self) -> "InterestWaiverQuerySet":
        """Keep those that stand."""
        return self.filter(state=InterestWaiver.State.GRANTED)

    def locked(self) -> "InterestWaiverQuerySet":
        """Lock the rows in the one order that all writers use; leases are locked before."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class InterestWaiver(models.Model):
    """
    What a seller lets off of an invoice's late interest, and why; above a limit a second person grants it.

    Granted once and for good (migration 0030).
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waits for a second person")
        GRANTED = "GRANTED", _("Waived")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "wai"), editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="interest_waivers")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=7, choices=State)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)

    objects = InterestWaiverQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amount", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_granted",
                condition=models.Q(state="WAITING", granted_by=None, granted_at=None)
                | models.Q(state="GRANTED", granted_by__isnull=False, granted_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["invoice"],
                condition=models.Q(state="WAITING"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount_minor}"
