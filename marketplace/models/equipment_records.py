"""What was done to a machine and must be proved: cleaned, calibrated, sterilised, qualified, batches run."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization, User
from marketplace.rules.equipment_records import Kind, Record, Result
from marketplace.shared.ids import new_id


class EquipmentRecordQuerySet(models.QuerySet["EquipmentRecord"]):
    """Reads of records."""

    def visible_to(self, user: User) -> "EquipmentRecordQuerySet":
        """Keep the records of machines of ``user``'s organizations."""
        return self.filter(equipment__owner__in=Organization.objects.of(user))

    def open_to(self, organization: Organization, *, in_use: bool) -> "EquipmentRecordQuerySet":
        """
        Keep what somebody who leases a machine may know of it: its own records, and while it uses the machine
        (``in_use``) those of others, but no batches. Rows of neither itself nor the owner are ``brief``: what
        was done, how it came out and until when it holds may be shown of them, not by whom.
        """
        mine = models.Q(organization=organization)
        seen = self.filter(~models.Q(kind=Kind.BATCH) | mine if in_use else mine)
        whose = ~mine & ~models.Q(organization=models.F("equipment__owner"))
        return seen.annotate(brief=models.ExpressionWrapper(whose, output_field=models.BooleanField()))

    def in_force(self) -> "EquipmentRecordQuerySet":
        """Keep those that no newer record has taken the place of."""
        return self.filter(replaced_by=None)

    def valid_at(self, moment: datetime) -> "EquipmentRecordQuerySet":
        """Keep what, as far as it is known now, was done, was passed and held at a moment."""
        lasting = models.Q(valid_until=None) | models.Q(valid_until__gt=moment)
        return self.in_force().filter(lasting, result=Result.PASSED, done_at__lte=moment)

    def listed(self) -> "EquipmentRecordQuerySet":
        """Fetch what every page and answer shows, the newest first."""
        return self.select_related("equipment", "organization", "replaces", "replaced_by").order_by(
            "-done_at", "-pk"
        )


class EquipmentRecord(models.Model):
    """
    One record, for good: a trigger refuses to change or delete it. A newer one may name it and take its
    place, to correct it or to close a batch; that one is of the same machine, kind and organization, or of an
    owner that closes what others left open as not good (another trigger). A third lets a batch have one
    record in force for each organization; a number that was corrected away is free again.

    The document stays where it is kept; its SHA-256 shows that it is the same.
    """

    class About(models.TextChoices):
        CLEANING = Kind.CLEANING.value, _("Cleaning")
        CALIBRATION = Kind.CALIBRATION.value, _("Calibration")
        STERILISATION = Kind.STERILISATION.value, _("Sterilisation")
        BATCH = Kind.BATCH.value, _("Batch record")
        QUALIFICATION = Kind.QUALIFICATION.value, _("Qualification")

    class Outcome(models.TextChoices):
        OPEN = Result.OPEN.value, _("running, not released yet")
        PASSED = Result.PASSED.value, _("found good")
        FAILED = Result.FAILED.value, _("found not good")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "eqr"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=14, choices=About)
    result = models.CharField(max_length=6, choices=Outcome)
    done_at = models.DateTimeField()
    done_by = models.CharField(max_length=120)
    valid_until = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    batch = models.CharField(max_length=60, blank=True)
    product = models.CharField(max_length=60, blank=True)
    released_by = models.CharField(max_length=120, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = EquipmentRecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_of_the_future",
                condition=models.Q(done_at__lte=models.F("recorded_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_holds_after_it_was_done",
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gt=models.F("done_at"), result=Result.PASSED.value),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_batches_alone_have_numbers",
                condition=models.Q(kind=Kind.BATCH.value, valid_until=None)
                & ~models.Q(batch="")
                & ~models.Q(product="")
                | ~models.Q(kind=Kind.BATCH.value) & models.Q(batch="", product="", released_by=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_open_or_released",
                condition=~models.Q(kind=Kind.BATCH.value) & ~models.Q(result=Result.OPEN.value)
                | models.Q(kind=Kind.BATCH.value)
                & (models.Q(result=Result.OPEN.value) ^ ~models.Q(released_by="")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_calibration_has_certificate",
                condition=~models.Q(kind=Kind.CALIBRATION.value)
                | ~models.Q(reference="")
                & (~models.Q(result=Result.PASSED.value) | models.Q(valid_until__isnull=False)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_document_is_hashed",
                condition=models.Q(document_sha256="") | models.Q(document_sha256__regex="^[0-9a-f]{64}$"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["equipment", "-done_at"])]

    def __str__(self) -> str:
        return f"{self.equipment} {self.kind} {self.done_at:%Y-%m-%d}"

    @property
    def value(self) -> Record:
        """The record as rules read it."""
        return Record(Kind(self.kind), Result(self.result), self.done_at, self.valid_until, self.batch)
