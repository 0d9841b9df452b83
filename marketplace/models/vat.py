"""How organizations are taxed, from which day on, and who said so; each statement for good."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, OrganizationKind
from marketplace.rules.pricing.sellers import Rounding, Said, SellerTax, VatStatus
from marketplace.rules.vat_statements import LONGEST_SOURCE
from marketplace.shared.ids import new_id

STATED = ("organization", "organization__kind", "valid_from", "status", "rounding")  # as taxes_said reads it


class VatStatementQuerySet(models.QuerySet["VatStatement"]):
    """Reads of statements."""

    def newest_first(self) -> "VatStatementQuerySet":
        """Put the latest day first; of two for one day the one that was written down later."""
        return self.order_by("-valid_from", "-pk")

    def about(self, owner: Any) -> "VatStatementQuerySet":
        """Keep what was stated of an organization, by its key, and of the platform, in the order made."""
        wanted = models.Q(organization=owner) | models.Q(organization__kind=OrganizationKind.PLATFORM)
        return self.filter(wanted).order_by("pk")

    def said_of(self, organizations: Iterable[int]) -> dict[int, list[Said]]:
        """Return what was stated of organizations, by their keys, in the order of statement."""
        found: dict[int, list[Said]] = {}
        for one in self.filter(organization__in=set(organizations)).order_by("pk"):
            found.setdefault(one.organization_id, []).append(one.value)
        return found


class VatStatement(models.Model):
    """
    How an organization is taxed from a local day on, until another statement; a trigger refuses to change it.

    ``made_for`` is the organization in whose name it was stated: itself, or the platform that corrects it.
    """

    class Standing(models.TextChoices):
        GENERAL = VatStatus.GENERAL.value, _("general taxpayer")
        SMALL_SCALE = VatStatus.SMALL_SCALE.value, _("small-scale taxpayer")

    class Rounded(models.TextChoices):
        LINE = Rounding.LINE.value, _("at each line")
        GROUP = Rounding.GROUP.value, _("once for each category and rate")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "vat"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="vat_statements")
    status = models.CharField(max_length=11, choices=Standing)
    rounding = models.CharField(max_length=5, choices=Rounded)
    valid_from = models.DateField()
    source = models.CharField(max_length=LONGEST_SOURCE)
    made_for = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = VatStatementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_has_source", condition=~models.Q(source="")),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_known",
                condition=models.Q(
                    status__in=[one.value for one in VatStatus],
                    rounding__in=[one.value for one in Rounding],
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.organization} {self.status} {self.valid_from}"

    @property
    def value(self) -> Said:
        """The statement as rules read it."""
        return Said(self.valid_from, SellerTax(VatStatus(self.status), Rounding(self.rounding)))
