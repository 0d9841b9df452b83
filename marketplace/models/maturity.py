"""How smart a site or an organization is, as it was declared: with its source and day, for good."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Site
from marketplace.models.parties import Organization
from marketplace.rules.maturity import HIGHEST_LEVEL, LONGEST_SOURCE, Tier
from marketplace.shared.ids import new_id


class MaturityQuerySet(models.QuerySet["MaturityDeclaration"]):
    """Reads of declarations."""

    def newest_first(self) -> "MaturityQuerySet":
        """Put the latest day first; of two for one day the one that was written down later."""
        return self.order_by("-valid_from", "-pk")


class MaturityDeclaration(models.Model):
    """
    The tier of a site (智能工厂梯度) or the maturity of an organization (GB/T 39116), from a day on.

    ``made_for`` is in whose name it was declared: the organization's, or the platform's, which verified it.
    Exactly one of ``tier`` (with ``site``) and ``level`` is given; a trigger refuses to change it.
    """

    class Grade(models.TextChoices):
        BASIC = Tier.BASIC.value, _("smart factory, basic")
        ADVANCED = Tier.ADVANCED.value, _("smart factory, advanced")
        EXCELLENT = Tier.EXCELLENT.value, _("smart factory, excellent")
        LEADING = Tier.LEADING.value, _("smart factory, leading")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "mat"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="maturity")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="maturity")
    tier = models.CharField(max_length=9, choices=Grade, blank=True)
    level = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=LONGEST_SOURCE)
    valid_from = models.DateField()
    made_for = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    is_verified = models.BooleanField(default=False)
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = MaturityQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_of_two",
                condition=models.Q(site=None, tier="", level__range=(1, HIGHEST_LEVEL))
                | (models.Q(site__isnull=False, level=None) & ~models.Q(tier="")),
            ),
            models.CheckConstraint(name="%(app_label)s_%(class)s_has_source", condition=~models.Q(source="")),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.tier or self.level}"
