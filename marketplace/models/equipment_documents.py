"""Documents of a machine, as they were checked when they came in."""

from datetime import date
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.second_life import Refurbishment
from marketplace.rules import equipment_documents as rules
from marketplace.rules.content_cases import HIDING
from marketplace.shared.ids import new_id

HIDDEN = models.Q(content_cases__state__in=[one.value for one in HIDING])


class EquipmentDocumentQuerySet(models.QuerySet["EquipmentDocument"]):
    """Reads of documents."""

    def known(self) -> "EquipmentDocumentQuerySet":
        """Leave the bytes where they are, in the owner's order."""
        return self.defer("content").order_by("equipment", "position", "pk")

    def hidden(self) -> "EquipmentDocumentQuerySet":
        """Keep what the platform hid."""
        return self.filter(HIDDEN).distinct()

    def shown(self, on: date) -> "EquipmentDocumentQuerySet":
        """Leave out what the platform hid, and what holds no more on a local day."""
        return self.filter(~HIDDEN).filter(models.Q(valid_until=None) | models.Q(valid_until__gte=on))


class EquipmentDocument(models.Model):
    """
    A manual, a certificate, a report. ``content`` is a JPEG written anew or a PDF as it came; a trigger keeps
    the file as it is. ``valid_until`` is the last day on which it holds.
    """

    class Kind(models.TextChoices):
        MANUAL = rules.Kind.MANUAL.value, _("Manual")
        CALIBRATION = rules.Kind.CALIBRATION.value, _("Calibration certificate")
        SAFETY = rules.Kind.SAFETY.value, _("CE or explosion-proof certificate")
        INSPECTION = rules.Kind.INSPECTION.value, _("Inspection report")
        SAMPLE = rules.Kind.SAMPLE.value, _("Process sample")
        REFURBISHMENT = rules.Kind.REFURBISHMENT.value, _("Paper of a refurbishment")
        SCRAPPING = rules.Kind.SCRAPPING.value, _("Certificate of scrapping")
        OTHER = rules.Kind.OTHER.value, _("Another document")

    class Audience(models.TextChoices):
        EVERYBODY = rules.Audience.EVERYBODY.value, _("everybody")
        SIGNED_IN = rules.Audience.SIGNED_IN.value, _("whoever is signed in")
        LESSEES = rules.Audience.LESSEES.value, _("lessees of this machine")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "edo"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="documents")
    refurbishment = models.ForeignKey(
        Refurbishment, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=Kind)
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    audience = models.CharField(max_length=10, choices=Audience)
    valid_until = models.DateField(null=True, blank=True)
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField()
    added_by = models.CharField(max_length=30)
    added_by_name = models.CharField(max_length=80)
    added_at = models.DateTimeField()

    objects = EquipmentDocumentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["equipment", "sha256"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_at_a_place",
                fields=["equipment", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_is_whole",
                condition=~models.Q(title="")
                & models.Q(pages__gte=1, size__gte=1, media_type__in=["application/pdf", "image/jpeg"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_edo_ends",
                fields=["valid_until"],
                condition=models.Q(valid_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ending(self) -> str:
        """How the name of its file ends."""
        return "pdf" if self.media_type == "application/pdf" else "jpg"
