"""Bills before they are issued: who was told what first, and who objects to what."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from leasing.models import Lease
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money

LONGEST = 500
NOT_CLOSED = models.Q(outcome="OPEN", decided_at=None, decided_by=None, answer="")


class BillTelling(models.Model):
    """
    What an organization was told first of a bill that is to be issued; insert-only (migration 0026).

    ``parts`` are seller, net, VAT and gross in minor units, and the digest of each draft, as far as the
    organization may see them; ``digest`` is over these. ``person`` is who saw it, none where the clock told.
    The bill is not issued before ``objections_until``, whatever changes later.
    """

    class How(models.TextChoices):
        SHOWN = "SHOWN", _("Shown")
        NOTIFIED = "NOTIFIED", _("Notified")

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="bill_tellings")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    how = models.CharField(max_length=8, choices=How)
    at = models.DateTimeField()
    objections_until = models.DateTimeField()
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    parts = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_first",
                fields=["lease", "period_start", "period_end", "organization"],
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(period_end__gt=models.F("period_start")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_after_the_period",
                condition=models.Q(at__gte=models.F("period_end"))
                & models.Q(objections_until__gte=models.F("period_end")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.period_start:%Y-%m-%d} → {self.organization}"

    @property
    def gross(self) -> Money:
        """What was told is to be paid, tax included."""
        return Money(self.gross_minor, self.currency)


class BillObjectionQuerySet(models.QuerySet["BillObjection"]):
    """Reads of objections."""

    def open(self) -> "BillObjectionQuerySet":
        """Keep those that nobody answered, withdrew, or turned into a dispute."""
        return self.filter(outcome=BillObjection.Outcome.OPEN)

    def shown_to(self, organization: Organization) -> "BillObjectionQuerySet":
        """Keep what an organization raised or has to answer; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        mine = models.Q(organization=organization) | models.Q(seller=organization)
        return self.filter(mine | models.Q(lease__lessee=organization))

    def with_names(self) -> "BillObjectionQuerySet":
        """Fetch what every list shows of an objection."""
        return self.select_related("lease__lessor", "lease__lessee", "organization", "seller", "invoice")

    def locked(self) -> "BillObjectionQuerySet":
        """Lock the rows in the one order that all writers use; leases are locked before them."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class BillObjection(models.Model):
    """
    One side's word, before it is issued, that a seller's bill or one component of it is wrong.

    Without ``component`` it is about all that the seller asks for. The other side answers: it agrees, and
    ``effect`` and ``source`` name the fact by which the bill changes, or rejects it. What the lessee still
    says at issue is frozen there as a dispute of the ``invoice``; what the lessor says lapses. Triggers
    (migration 0026) let nothing be objected to that is issued, and close an objection once.
    """

    class Reason(models.TextChoices):
        USAGE = "USAGE", _("The quantity is wrong")
        PRICE = "PRICE", _("The price or how it is computed is wrong")
        DOWNTIME = "DOWNTIME", _("The machine could not be used")
        FACTS = "FACTS", _("A fee or credit is wrong or missing")
        OTHER = "OTHER", _("Something else")

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("To be answered")
        AGREED = "AGREED", _("Agreed: the bill changes")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")
        FROZEN = "FROZEN", _("Issued as a disputed line")
        LAPSED = "LAPSED", _("Ended with the issue")

    class Effect(models.TextChoices):
        REVIEW = "REVIEW", _("A held quantity that both sides decided")
        INSPECTION = "INSPECTION", _("An inspection that rejects parts")
        DOWNTIME = "DOWNTIME", _("A standstill that the lessor bears")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bob"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="bill_objections")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    component = models.CharField(max_length=40, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason)
    text = models.CharField(max_length=LONGEST)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.OPEN)
    answer = models.CharField(max_length=LONGEST, blank=True)
    effect = models.CharField(max_length=10, choices=Effect, blank=True)
    source = models.CharField(max_length=30, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="bill_objections")

    objects = BillObjectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["lease", "period_start", "seller", "component", "organization"],
                condition=models.Q(outcome="OPEN"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_closed_by_somebody",
                condition=NOT_CLOSED
                | ~models.Q(outcome="OPEN") & models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_agreed_by_a_fact",
                condition=models.Q(outcome="AGREED") & ~models.Q(effect="") & ~models.Q(source="")
                | ~models.Q(outcome="AGREED") & models.Q(effect="", source=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_frozen_on_an_invoice",
                condition=models.Q(outcome="FROZEN", invoice__isnull=False) | ~models.Q(outcome="FROZEN"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.period_start:%Y-%m-%d} {self.component}: {self.outcome}"

    @property
    def is_of_lessee(self) -> bool:
        """Whether the lessee raised it, so that it freezes what is issued."""
        return self.organization_id == self.lease.lessee_id

    @property
    def answers(self) -> Organization:
        """Who answers it: the seller the lessee, the lessee the lessor."""
        return self.seller if self.is_of_lessee else self.lease.lessee

    @property
    def net(self) -> Money:
        """What it was about amounted to before tax when it was raised."""
        return Money(self.net_minor, self.currency)
