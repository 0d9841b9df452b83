"""What the platform looked at itself, of a machine or of a company, and until when it stands by it."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization
from marketplace.rules.checks import Found, Kind
from marketplace.shared.ids import new_id


class CheckQuerySet(models.QuerySet[Any]):
    """Reads of checks."""

    def newest_first(self) -> Self:
        """Put what was looked at last first; of two of one moment the one that was written down later."""
        return self.order_by("-checked_at", "-pk")


class Check(models.Model):
    """
    One check, for good: a trigger refuses to change or delete it, a newer one of its kind counts instead.

    ``seen`` is what was read there: the serial number on the nameplate, the credit code on the licence, the
    number of the certificate or of the search. ``passed`` is whether it was as it should be.
    """

    passed = models.BooleanField()
    seen = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = CheckQuerySet.as_manager()
    kind: str
    public_id: str

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_holds_for_a_time",
                condition=models.Q(checked_at__lte=models.F("recorded_at"))
                & models.Q(valid_until__gt=models.F("checked_at"))
                & ~models.Q(seen=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind} {self.checked_at:%Y-%m-%d}"

    @property
    def value(self) -> Found:
        """The check as rules read it."""
        return Found(Kind(self.kind), self.passed, self.checked_at, self.valid_until)


class EquipmentCheck(Check):
    """A check of one machine."""

    class About(models.TextChoices):
        NAMEPLATE = Kind.NAMEPLATE.value, _("Photo of the nameplate, read against the serial number")
        CALIBRATION = Kind.CALIBRATION.value, _("Calibration certificate")
        ENCUMBRANCE = Kind.ENCUMBRANCE.value, _("Search of the register of movables")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ech"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=12, choices=About)

    class Meta(Check.Meta):
        indexes: ClassVar = [models.Index(fields=["equipment", "-checked_at"])]

    @classmethod
    def by_machine(cls, machines: Iterable[int]) -> dict[int, list[Found]]:
        """Return what was found of each machine, by its key."""
        keys = list(machines)
        found: dict[int, list[Found]] = {pk: [] for pk in keys}
        for one in cls.objects.filter(equipment__in=keys).newest_first():
            found[one.equipment_id].append(one.value)
        return found


class OrganizationCheck(Check):
    """A check of one company."""

    class About(models.TextChoices):
        CREDIT_CODE = Kind.CREDIT_CODE.value, _("Both check digits of the credit code")
        LICENCE = Kind.LICENCE.value, _("Business licence, read against the credit code")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "och"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=12, choices=About)

    class Meta(Check.Meta):
        indexes: ClassVar = [models.Index(fields=["organization", "-checked_at"])]
