"""What became of a machine that was set aside: refurbished, with all that was done, or scrapped."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.rules import second_life as rules
from marketplace.shared.ids import new_id


class RefurbishmentQuerySet(models.QuerySet["Refurbishment"]):
    """Reads of refurbishments."""

    def open(self) -> "RefurbishmentQuerySet":
        """Keep those that are under way."""
        return self.filter(finished_at=None)

    def done(self) -> "RefurbishmentQuerySet":
        """Keep those after which the machine was fit again, the newest first."""
        return self.filter(outcome="DONE").order_by("-finished_at", "-pk")


class Refurbishment(models.Model):
    """
    A machine is made fit again. ``hours`` are its operating hours when it was done, ``grade`` is how good it
    is since. One is under way at a time; what is over never changes (a trigger).
    """

    class Outcome(models.TextChoices):
        DONE = "DONE", _("refurbished")
        GIVEN_UP = "GIVEN_UP", _("given up")

    class Condition(models.TextChoices):
        A = rules.Grade.A.value, _("A: as new, within the maker's tolerances")
        B = rules.Grade.B.value, _("B: good, all functions tested")
        C = rules.Grade.C.value, _("C: works, with limits that are written down")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rfb"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="refurbishments")
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=30)
    begun_by_name = models.CharField(max_length=80)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.CharField(max_length=30, blank=True)
    finished_by_name = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    workshop = models.CharField(max_length=120, blank=True)
    hours = models.DecimalField(max_digits=9, decimal_places=1, null=True, blank=True)
    test_run = models.TextField(max_length=1000, blank=True)
    grade = models.CharField(max_length=1, choices=Condition, blank=True)

    objects = RefurbishmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["equipment"],
                condition=models.Q(finished_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_over_with_an_outcome",
                condition=models.Q(finished_at=None, outcome="", grade="", hours=None)
                | models.Q(finished_at__gte=models.F("begun_at"), outcome="GIVEN_UP", grade="", hours=None)
                | models.Q(finished_at__gte=models.F("begun_at"), outcome="DONE", hours__gte=0)
                & ~models.Q(grade="")
                & ~models.Q(test_run="")
                & ~models.Q(workshop=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment} {self.begun_at:%Y-%m-%d}"


class RefurbishmentEntry(models.Model):
    """One thing that was done, for good: a trigger refuses to change or delete it."""

    class About(models.TextChoices):
        WORK = rules.Work.WORK.value, _("Work done")
        PART = rules.Work.PART.value, _("Part replaced")
        MEASURED = rules.Work.MEASURED.value, _("Measured")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rfe"), editable=False)
    refurbishment = models.ForeignKey(Refurbishment, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=About)
    what = models.CharField(max_length=300)
    part = models.CharField(max_length=120, blank=True)
    done_by = models.CharField(max_length=120)
    done_on = models.DateField()
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["done_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_says_what",
                condition=~models.Q(what="")
                & ~models.Q(done_by="")
                & (~models.Q(kind="PART") | ~models.Q(part="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.done_on}"


class Scrapping(models.Model):
    """A machine was taken to pieces: by whom, and under which certificate; for good."""

    equipment = models.OneToOneField(Equipment, on_delete=models.PROTECT, related_name="scrapping")
    recycler = models.CharField(max_length=120)
    certificate = models.CharField(max_length=120)
    scrapped_on = models.DateField()
    recorded_by = models.CharField(max_length=30)
    recorded_by_name = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_with_a_certificate",
                condition=~models.Q(recycler="") & ~models.Q(certificate=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.equipment} {self.scrapped_on}"
