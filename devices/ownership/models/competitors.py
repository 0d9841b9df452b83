"""Competitors that an organization has declared, besides those that its industry code tells."""

from django.db import models

from devices.ownership.rules import competition
from marketplace.models import Organization


class DeclaredCompetitor(models.Model):
    """One organization says that another competes with it; never changed, counts both ways."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="competitors_declared"
    )
    competitor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["organization", "competitor"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_another",
                condition=~models.Q(organization=models.F("competitor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} ~ {self.competitor}"


def compete(one: Organization, other: Organization) -> bool:
    """Tell whether two organizations compete: of one industry, or one of them has declared it."""
    if competition.same_industry(one.industry_code, other.industry_code):
        return True
    there = models.Q(organization=one, competitor=other)
    back = models.Q(organization=other, competitor=one)
    return DeclaredCompetitor.objects.filter(there | back).exists()
