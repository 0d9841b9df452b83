"""Organizations that close: asked for, taken back within two weeks, or done."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization
from marketplace.rules import closing as rules
from marketplace.shared.ids import new_id


class ClosingQuerySet(models.QuerySet["Closing"]):
    """Reads of closings."""

    def open(self) -> "ClosingQuerySet":
        """Keep those that can be taken back."""
        return self.filter(state=rules.State.ASKED)

    def due(self, at: datetime) -> "ClosingQuerySet":
        """Keep those whose time is over, the earliest first."""
        return self.open().filter(due_at__lte=at).order_by("due_at", "pk")

    def locked(self) -> "ClosingQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Closing(models.Model):
    """One wish to close; the organization does no business from ``asked_at`` on, unless it is taken back."""

    class Stage(models.TextChoices):
        ASKED = rules.State.ASKED.value, _("Closes at the end of its two weeks")
        TAKEN_BACK = rules.State.TAKEN_BACK.value, _("Taken back")
        DONE = rules.State.DONE.value, _("Closed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "clo"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="closings")
    state = models.CharField(max_length=10, choices=Stage, default=Stage.ASKED)
    asked_by = models.CharField(max_length=30)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    objects = ClosingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["organization"],
                condition=models.Q(state="ASKED"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended",
                condition=models.Q(state="ASKED", ended_at=None)
                | ~models.Q(state="ASKED") & models.Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_before_its_time",
                condition=~models.Q(state="DONE") | models.Q(ended_at__gte=models.F("due_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"
