"""What else comes with a listing: services, each agreed to by who does them."""

from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from marketplace.models.listings import Listing
from marketplace.models.parties import Organization, User
from marketplace.rules import services as rules
from marketplace.rules.services import Service
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class ServiceQuerySet(models.QuerySet["ListingService"]):
    """Reads of services."""

    def agreed(self) -> "ServiceQuerySet":
        """Keep what its provider agreed to: what is shown, and can be chosen."""
        return self.filter(status=ListingService.Status.AGREED)

    def of(self, organization: Organization) -> "ServiceQuerySet":
        """Keep those that an organization offers with its listings, or would do."""
        return self.filter(models.Q(listing__owner=organization) | models.Q(provider=organization))

    def visible_to(self, user: User) -> "ServiceQuerySet":
        """Keep those of the organizations of ``user``, on either side."""
        mine = Organization.objects.of(user)
        return self.filter(models.Q(listing__owner__in=mine) | models.Q(provider__in=mine))

    def with_sides(self) -> "ServiceQuerySet":
        """Fetch listing, owner and provider along."""
        return self.select_related("listing__owner", "provider")

    def locked(self) -> "ServiceQuerySet":
        """Lock the rows in the one order that all writers use: after their listing."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ListingService(models.Model):
    """
    A service of a listing; the price is in minor units, for an order, an hour or a billing period.

    What it says does not change (a trigger keeps it): another price is another service. The provider agrees
    to it by ``digest``; before that nobody but the two sees it.
    """

    class Kind(models.TextChoices):
        MAINTENANCE = rules.Kind.MAINTENANCE.value, _("Maintenance")
        TRAINING = rules.Kind.TRAINING.value, _("Training")
        INSTALLATION = rules.Kind.INSTALLATION.value, _("Installation")
        OPERATOR = rules.Kind.OPERATOR.value, _("Operator")
        ENERGY_MANAGEMENT = rules.Kind.ENERGY_MANAGEMENT.value, _("Energy management")

    class Basis(models.TextChoices):
        ORDER = rules.Basis.ORDER.value, _("per order")
        HOUR = rules.Basis.HOUR.value, _("per hour")
        MONTH = rules.Basis.MONTH.value, _("per billing period")

    class Status(models.TextChoices):
        INVITED = "INVITED", _("Invited")
        AGREED = "AGREED", _("Offered")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "svc"), editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="services")
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    provider_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind)
    basis = models.CharField(max_length=5, choices=Basis)
    price_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    tax_category = models.CharField(max_length=20)
    lead_hours = models.PositiveIntegerField(default=0)
    required = models.BooleanField(default=False)
    description_zh = models.CharField(max_length=rules.LONGEST_DESCRIPTION)
    description_en = models.CharField(max_length=rules.LONGEST_DESCRIPTION, blank=True)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status)
    offered_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.CharField(max_length=30, blank=True)
    agreed_by_name = models.CharField(max_length=80, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_agreed_by_a_person",
                condition=~models.Q(status="AGREED")
                | (models.Q(agreed_at__isnull=False) & ~models.Q(agreed_by="")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_over_at",
                condition=models.Q(over_at=None) ^ models.Q(status__in=["DECLINED", "WITHDRAWN"]),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["provider", "status"])]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.kind} {self.provider_name}"

    @property
    def value(self) -> Service:
        """The service as terms hold it."""
        return Service(
            id=self.public_id,
            kind=rules.Kind(self.kind),
            provider=self.provider.public_id,
            provider_name=self.provider_name,
            basis=rules.Basis(self.basis),
            price=Money(self.price_minor, self.currency),
            tax_category=self.tax_category,
            lead_hours=self.lead_hours,
            required=self.required,
            description_zh=self.description_zh,
            description_en=self.description_en,
        )

    @property
    def price(self) -> Money:
        """What an order, an hour or a billing period costs, before tax."""
        return Money(self.price_minor, self.currency)

    @property
    def description(self) -> str:
        """What is done, in the reader's language."""
        return self.value.description(get_language() or "")


def described(service: Service) -> dict[str, Any]:
    """Return what a service says, in the reader's language, as pages of all rooms show it."""
    return {
        "id": service.id,
        "name": ListingService.Kind(service.kind).label,
        "provider": service.provider_name,
        "price": [gettext(phrase.msgid).format(**phrase.facts) for phrase in service.price_phrases()],
        "lead_hours": service.lead_hours,
        "required": service.required,
        "description": service.description(get_language() or ""),
    }
