"""Locked periods of a book: append-only steps, of which the last of each level counts."""

from datetime import date
from functools import partial
from typing import ClassVar, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.ledger import Book
from billing.rules.locks import Level
from marketplace.shared.ids import new_id


class Locked(NamedTuple):
    """Through which day a book is locked, softly and hard; ``None`` where it is not."""

    soft: date | None
    hard: date | None


class PeriodUnlock(models.Model):
    """What one person orders to be opened again of a hard lock, and a second one approves or drops."""

    class Stage(models.TextChoices):
        OPEN = "OPEN", _("waits for a second person")
        DONE = "DONE", _("approved")
        DROPPED = "DROPPED", _("dropped")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "unl"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="unlocks")
    through = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.OPEN)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["book", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_persons",
                condition=~models.Q(stage="DONE") | ~models.Q(checker=models.F("maker")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_checked_by_somebody",
                condition=models.Q(stage="OPEN") ^ ~models.Q(checker=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_a_reason", condition=~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.through}"


class PeriodLockQuerySet(models.QuerySet["PeriodLock"]):
    """Reads of locks."""

    def of(self, book: Book) -> Locked:
        """Return through which day a book is locked."""
        found = {}
        for level in Level:
            found[level] = self.filter(book=book, level=level.value).order_by("pk").last()
        soft, hard = (row.through if row else None for row in (found[Level.SOFT], found[Level.HARD]))
        return Locked(soft, hard)


class PeriodLock(models.Model):
    """
    A step: from now on the book is locked through a day, at a level; ``None`` opens all of it.

    A hard lock goes back only by an unlock that two people stand for (trigger of migration 0009).
    """

    class Levels(models.TextChoices):
        SOFT = Level.SOFT.value, _("closed: booked into with the right to do so")
        HARD = Level.HARD.value, _("locked: nothing is booked into it")

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="locks")
    level = models.CharField(max_length=4, choices=Levels)
    through = models.DateField(null=True, blank=True)
    unlock = models.OneToOneField(
        PeriodUnlock, on_delete=models.PROTECT, null=True, blank=True, related_name="lock"
    )
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    objects = PeriodLockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["book", "pk"]
        indexes: ClassVar = [models.Index(fields=["book", "level", "-id"])]

    def __str__(self) -> str:
        return f"{self.book} {self.level} {self.through}"
