"""Searches of the register of movables, each for good; the newest of a machine counts."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization, User
from marketplace.rules.encumbrances import Result, Search
from marketplace.shared.ids import new_id


class EncumbranceSearchQuerySet(models.QuerySet["EncumbranceSearch"]):
    """Reads of searches."""

    def visible_to(self, user: User) -> "EncumbranceSearchQuerySet":
        """Keep the searches of machines of ``user``'s organizations."""
        return self.filter(equipment__owner__in=Organization.objects.of(user))

    def newest_first(self) -> "EncumbranceSearchQuerySet":
        """Put the newest first; of two of one moment the one that was written down later."""
        return self.order_by("-searched_at", "-pk")

    def newest_of(self, machines: Iterable[int]) -> "dict[int, EncumbranceSearch]":
        """Return the newest search of each machine that has one, by the machine's key."""
        found = self.filter(equipment__in=list(machines)).order_by("equipment", "-searched_at", "-pk")
        return {one.equipment_id: one for one in found.distinct("equipment")}


class EncumbranceSearch(models.Model):
    """What a search of the register said of a machine; a trigger refuses to change or delete it."""

    class Finding(models.TextChoices):
        CLEAR = Result.CLEAR.value, _("nothing registered")
        ENCUMBERED = Result.ENCUMBERED.value, _("a right of somebody else is registered")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "enc"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="encumbrance_searches")
    searched_at = models.DateTimeField()
    query_number = models.CharField(max_length=60)
    result = models.CharField(max_length=10, choices=Finding)
    registration_number = models.CharField(max_length=60, blank=True)
    holder = models.CharField(max_length=120, blank=True)
    consent = models.CharField(max_length=120, blank=True)
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = EncumbranceSearchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_of_the_future",
                condition=models.Q(searched_at__lte=models.F("recorded_at")) & ~models.Q(query_number=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_found_has_a_holder",
                condition=models.Q(result=Result.CLEAR.value, registration_number="", holder="", consent="")
                | models.Q(result=Result.ENCUMBERED.value)
                & ~models.Q(registration_number="")
                & ~models.Q(holder=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["equipment", "-searched_at"])]

    def __str__(self) -> str:
        return f"{self.equipment} {self.result} {self.searched_at:%Y-%m-%d}"

    @property
    def value(self) -> Search:
        """The search as rules read it."""
        return Search(
            self.searched_at,
            self.query_number,
            Result(self.result),
            self.registration_number,
            self.holder,
            self.consent,
        )
