"""Service orders of leases: what was promised, what was done, and the evidence of each step."""

from datetime import datetime
from functools import cached_property, partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.models.transitions import Step
from leasing.rules import service_orders as rules
from marketplace.models import ListingService, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.services import Basis, Service
from marketplace.shared.ids import new_id


class ServiceOrderQuerySet(models.QuerySet["ServiceOrder"]):
    """Reads of service orders."""

    def visible_to(self, user: User) -> "ServiceOrderQuerySet":
        """Keep those that the organizations of ``user`` do, or that belong to leases it may see."""
        mine = Organization.objects.of(user)
        return self.filter(models.Q(provider__in=mine) | models.Q(lease__in=Lease.objects.visible_to(user)))

    def of(self, organization: Organization) -> "ServiceOrderQuerySet":
        """Keep those that an organization does, or of leases of which it is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(provider=organization) | sides(organization))

    def of_lease_of(self, organization: Organization) -> "ServiceOrderQuerySet":
        """Keep those of leases of which an organization is a side; a provider learns of no lease by them."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(sides(organization))

    def due(self, at: datetime) -> "ServiceOrderQuerySet":
        """Keep what the clock has to move: reports that nobody answered, periods that nobody worked in."""
        silent = models.Q(status=rules.Status.DONE, accept_by__lte=at)
        left = models.Q(
            status__in=[rules.Status.PLANNED, rules.Status.AGREED], month_to__lte=at - rules.LEFT_ALONE
        )
        return self.filter(silent | left)

    def billable(self) -> "ServiceOrderQuerySet":
        """
        Keep what is owed for: accepted work, by the lessee's word or by its silence.

        Each row says what billing needs and never changes again: ``provider`` sells, ``lease.lessee`` buys,
        ``agreed.component()`` is the price as a component of a plan, ``agreed.tax_category`` its tax,
        ``quantity`` the hours or 1 order, ``accepted_at`` when it was owed. For a price by the billing
        period ``quantity`` is 1 and stands for ``month_from`` up to ``month_to``: the whole period, but for
        the beginning of the lease. Billing takes the share of it in which the lease ran, as it does for a
        base fee. Nothing here was billed yet.
        """
        return self.filter(status=rules.Status.ACCEPTED).select_related("lease__lessee", "provider")

    def with_sides(self) -> "ServiceOrderQuerySet":
        """Fetch what every page and answer shows of an order, in the same query."""
        return self.select_related("lease__lessor", "lease__lessee", "lease__listing__site", "provider")

    def with_machines(self) -> "ServiceOrderQuerySet":
        """Fetch the machines of the leases along, in two more queries."""
        return self.prefetch_related("lease__units__equipment")

    def locked(self) -> "ServiceOrderQuerySet":
        """Lock the rows in the one order that all writers use: machines, then leases, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


def sides(organization: Organization) -> models.Q:
    """Return the filter for what belongs to leases of an organization."""
    return models.Q(lease__lessor=organization) | models.Q(lease__lessee=organization)


class ServiceOrder(models.Model):
    """
    One piece of work of a provider for a lease; ``service`` is the document that the terms hold.

    ``number`` counts the orders of one service in one lease; one for a billing period knows its ``month``
    (half-open). ``contact`` are the lessee's words on whom to ask for. ``quantity`` are hours, or 1. A
    trigger keeps what was ordered, and everything once it is accepted or cancelled.
    """

    class State(models.TextChoices):
        PLANNED = rules.Status.PLANNED.value, _("Planned work")
        AGREED = rules.Status.AGREED.value, _("Day agreed")
        IN_WORK = rules.Status.IN_WORK.value, _("In work")
        DONE = rules.Status.DONE.value, _("Done, to accept")
        ACCEPTED = rules.Status.ACCEPTED.value, _("Work accepted")
        OBJECTED = rules.Status.OBJECTED.value, _("Objected to")
        CANCELLED = rules.Status.CANCELLED.value, _("Dropped")

    class Proposer(models.TextChoices):
        PROVIDER = rules.Side.PROVIDER.value, _("Provider")
        LESSEE = rules.Side.LESSEE.value, _("Lessee")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "svo"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="service_orders")
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="service_orders")
    service_id = models.CharField(max_length=30)
    service = models.JSONField()
    kind = models.CharField(max_length=20, choices=ListingService.Kind)
    basis = models.CharField(max_length=5, choices=ListingService.Basis)
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    ordered_at = models.DateTimeField()
    by_lessee = models.BooleanField(default=False)
    not_before = models.DateTimeField()
    month_from = models.DateTimeField(null=True, blank=True)
    month_to = models.DateTimeField(null=True, blank=True)
    proposed_for = models.DateTimeField(null=True, blank=True)
    proposed_by = models.CharField(max_length=8, choices=Proposer, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    contact = models.CharField(max_length=rules.LONGEST_CONTACT, blank=True)
    report = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    quantity = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    accept_by = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ServiceOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_numbered", fields=["lease", "service_id", "number"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_a_period",
                fields=["lease", "service_id", "month_from"],
                condition=models.Q(month_from__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_of_periodic",
                condition=models.Q(month_from=None, month_to=None) & ~models.Q(basis="MONTH")
                | models.Q(
                    basis="MONTH",
                    month_from__isnull=False,
                    month_to__gt=models.F("month_from"),
                    month_to__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_proposed_by_somebody",
                condition=models.Q(proposed_for=None) ^ ~models.Q(proposed_by=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_agreed_day",
                condition=~models.Q(status="AGREED") | models.Q(starts_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reported",
                condition=~models.Q(status__in=sorted(rules.REPORTED))
                | (
                    models.Q(done_at__isnull=False, quantity__gt=0, quantity__isnull=False)
                    & ~models.Q(report="")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_answered_until",
                condition=models.Q(accept_by=None) ^ models.Q(status="DONE"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_accepted_when",
                condition=models.Q(accepted_at=None) ^ models.Q(status="ACCEPTED"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "status", "-id"]),
            models.Index(fields=["status", "accept_by"]),
        ]

    def __str__(self) -> str:
        return f"{self.lease_id} {self.service_id} {self.number}"

    @cached_property
    def agreed(self) -> Service:
        """The service as the terms hold it."""
        return Service.read(self.service, "", [])

    @property
    def stand(self) -> rules.Stand:
        """What decides which moves it knows."""
        return rules.Stand(
            rules.Status(self.status),
            Basis(self.basis),
            rules.Side(self.proposed_by) if self.proposed_by else None,
            self.by_lessee,
        )

    @property
    def machines(self) -> list[str]:
        """The names of the machines that the work is about."""
        return [unit.equipment.name for unit in self.lease.units.all()]

    @property
    def place(self) -> str:
        """Where they stand when nobody says otherwise: city and site."""
        site = self.lease.listing.site
        return " · ".join(word for word in (site.city, site.name) if word)

    def side_of(self, organization: Organization) -> rules.Side | None:
        """Return the side on which an organization acts; nobody orders from itself, so there is one."""
        if organization.pk == self.provider_id:
            return rules.Side.PROVIDER
        return rules.Side.LESSEE if organization.pk == self.lease.lessee_id else None

    def knows_lease(self, organization: Organization) -> bool:
        """Tell whether an organization sees the lease behind the order; a provider does not."""
        sides = (self.lease.lessor_id, self.lease.lessee_id)
        return organization.pk in sides or organization.kind == OrganizationKind.PLATFORM

    @property
    def party(self) -> dict[rules.Side, Organization]:
        """The organizations that act in it."""
        return {rules.Side.PROVIDER: self.provider, rules.Side.LESSEE: self.lease.lessee}


class ServiceOrderStep(Step):
    """One step of a service order."""

    class Verb(models.TextChoices):
        OPEN = rules.Move.OPEN.value, _("ordered the service")
        PROPOSE = rules.Move.PROPOSE.value, _("proposed a day")
        AGREE = rules.Move.AGREE.value, _("agreed to the day")
        START = rules.Move.START.value, _("began the work")
        FINISH = rules.Move.FINISH.value, _("reported the work as done")
        ACCEPT = rules.Move.ACCEPT.value, _("accepted the work")
        OBJECT = rules.Move.OBJECT.value, _("objected to the work")
        CANCEL = rules.Move.CANCEL.value, _("dropped the order")

    order = models.ForeignKey(ServiceOrder, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=10, blank=True)
    status_after = models.CharField(max_length=10, choices=ServiceOrder.State)

    class Meta:
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["order", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The service order."""
        return {"service_order": self.order.public_id}
