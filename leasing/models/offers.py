"""What was offered for a lease, by whom: the request, the quotes and the counter-offers, each whole."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.leases import Side
from leasing.rules.offers import Offered
from leasing.rules.terms import Terms
from marketplace.models import Claim
from marketplace.shared.period import Period


class OfferQuerySet(models.QuerySet["Offer"]):
    """Reads of offers."""

    def latest_for(self, lease: Lease) -> "Offer":
        """Return what was offered last; every lease begins with an offer, its request."""
        return self.filter(lease=lease).latest("version")


class Offer(models.Model):
    """
    One offer, append-only: a trigger keeps it as it was made. The other side accepts it by its ``digest``.

    ``valid_until`` is until when a quote stands; a request and a counter-offer stand as long as the lessor
    may decide. ``claim`` is the machine that the lessor keeps free meanwhile, if it does.
    """

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="offers")
    version = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=6, choices=By)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    terms = models.JSONField()
    terms_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    valid_until = models.DateTimeField(null=True, blank=True)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(max_length=2000, blank=True)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lease", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["lease", "version"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_only_quotes_run_out",
                condition=models.Q(valid_until=None) ^ models.Q(side=Side.LESSOR.value),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_held_by_lessor",
                condition=models.Q(claim=None) | models.Q(side=Side.LESSOR.value),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} · {self.version}"

    @property
    def period(self) -> Period:
        """The time that is offered."""
        return Period(self.starts_at, self.ends_at)

    @property
    def agreed(self) -> Terms:
        """The terms as a value."""
        return Terms.parse(self.terms, agreed=True)

    def value(self) -> Offered:
        """Return the offer as a value; its digest is the stored one."""
        return Offered(
            self.lease.public_id,
            self.version,
            self.side,
            self.starts_at,
            self.ends_at,
            self.terms,
            self.valid_until,
        )
