"""Versions of specification dictionaries, and what owners stated with them: rows for good."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Category, Equipment
from marketplace.rules import dictionaries as rules
from marketplace.rules.categories import field_of
from marketplace.shared.ids import new_id


class DictionaryVersion(models.Model):
    """A version of a category's dictionary, for good: a trigger refuses to change or delete it."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="dictionary_versions")
    number = models.PositiveSmallIntegerField()
    fields = models.JSONField()
    renamed = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=30, blank=True)
    made_by_name = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["category", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["category", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_made_by_somebody",
                condition=models.Q(number=1, made_by="")
                | models.Q(number__gte=2) & ~models.Q(made_by="") & ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} v{self.number}"

    @property
    def value(self) -> rules.Edition:
        """The version as rules read it."""
        return rules.Edition(self.number, tuple(field_of(each) for each in self.fields), self.renamed)


class SpecStatement(models.Model):
    """What an owner stated of a machine, with which version of the dictionary and from where, for good."""

    class Source(models.TextChoices):
        NAMEPLATE = rules.Source.NAMEPLATE.value, _("Nameplate")
        MEASURED = rules.Source.MEASURED.value, _("Measured")
        MANUAL = rules.Source.MANUAL.value, _("Manual")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sst"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="spec_statements")
    number = models.PositiveIntegerField()
    dictionary_version = models.PositiveSmallIntegerField()
    values = models.JSONField()
    sources = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    stated_by = models.CharField(max_length=30, blank=True)
    stated_by_name = models.CharField(max_length=80, blank=True)
    stated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["equipment", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["equipment", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_stated_by_somebody",
                condition=models.Q(number=1) | models.Q(number__gte=2) & ~models.Q(stated_by=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_stated_with_a_version",
                condition=models.Q(dictionary_version__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} #{self.number}"
