"""Two machines of different owners with one nameplate: the platform finds out which of them is genuine."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization, User
from marketplace.rules.nameplates import LONGEST_REASON, State
from marketplace.shared.ids import new_id


class NameplateCaseQuerySet(models.QuerySet["NameplateCase"]):
    """Reads of cases."""

    def visible_to(self, user: User) -> "NameplateCaseQuerySet":
        """Keep the cases for people of the platform; nobody learns who the other owner is."""
        platform = Organization.objects.of(user).filter(kind="PLATFORM")
        return self.filter(models.Exists(platform))

    def open(self) -> "NameplateCaseQuerySet":
        """Keep those that wait for the platform."""
        return self.filter(state=State.OPEN)

    def locked(self) -> "NameplateCaseQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class NameplateCase(models.Model):
    """
    ``first`` was registered before. ``second`` is the other machine, held until the case is decided, or none
    if its registration was refused, because the nameplates are letter by letter the same.
    """

    class Stage(models.TextChoices):
        OPEN = State.OPEN.value, _("Open")
        DIFFERENT = State.DIFFERENT.value, _("Two different machines")
        FIRST_WRONG = State.FIRST_WRONG.value, _("The one registered first is wrong")
        SECOND_WRONG = State.SECOND_WRONG.value, _("The other one is wrong")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "npc"), editable=False)
    first = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="cases_as_first")
    second = models.ForeignKey(Equipment, null=True, on_delete=models.PROTECT, related_name="cases_as_second")
    claimant = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    maker_name = models.CharField(max_length=80)
    serial_number = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=Stage, default=Stage.OPEN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=30, blank=True)
    decided_by_name = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_why = models.CharField(max_length=LONGEST_REASON, blank=True, default="", db_default="")

    objects = NameplateCaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["first", "second"],
                condition=models.Q(second__isnull=False),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_claimed_once",
                fields=["first", "claimant"],
                condition=models.Q(second=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_with_a_reason",
                condition=models.Q(state="OPEN", decided_at=None, reason="")
                | ~models.Q(state="OPEN") & models.Q(decided_at__isnull=False) & ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reopened_with_a_reason",
                condition=models.Q(reopened_at=None, reopened_why="")
                | models.Q(reopened_at__gte=models.F("opened_at")) & ~models.Q(reopened_why=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.maker_name} {self.serial_number}"
