"""Baselines that indicators are compared with, as the platform stated them."""

from datetime import date, datetime
from functools import partial
from typing import ClassVar

from django.db import models

from billing.rules.indicators import WITH_BASELINE
from marketplace.shared.ids import new_id


class IndicatorBaselineQuerySet(models.QuerySet["IndicatorBaseline"]):
    """Reads of baselines."""

    def known(self, *, cutoff: datetime, first: date) -> "IndicatorBaselineQuerySet":
        """
        Keep what was stated by a cut-off and holds for a period from ``first``; of each indicator and
        industry the one that counts comes last.
        """
        found = self.filter(made_at__lte=cutoff, valid_from__lte=first)
        return found.order_by("indicator", "industry", "valid_from", "pk")


class IndicatorBaseline(models.Model):
    """
    A baseline in per cent, of one industry (two digits of GB/T 4754) or of all, for periods from a day on.

    Append-only (migration 0044): of two for one day the one that was stated last counts.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ibl"), editable=False)
    indicator = models.CharField(max_length=20)
    industry = models.CharField(max_length=2, blank=True)
    value = models.DecimalField(max_digits=4, decimal_places=1)
    source = models.CharField(max_length=200)
    valid_from = models.DateField()
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = IndicatorBaselineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["indicator", "industry", "valid_from"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_figures",
                condition=models.Q(value__gte=0, value__lte=100, indicator__in=WITH_BASELINE)
                & models.Q(industry__regex=r"^([0-9]{2})?$")
                & ~models.Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.industry} {self.value}"
