"""What one person proposes and another one approves: who said it, why, who decided, and when."""

from typing import Self, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class ProposalQuerySet(models.QuerySet[Row]):
    """Reads of proposals."""

    def locked(self) -> Self:
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Proposal(models.Model):
    """The people of a proposal; a row that was decided never changes (migrations of each)."""

    reason = models.CharField(max_length=500)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def by_two_people(outcome: str) -> models.Q:
    """Return what holds of each proposal: its ``outcome`` is there once another person approved it."""
    none, some = {f"{outcome}__isnull": True}, {f"{outcome}__isnull": False}
    return (
        models.Q(state="PROPOSED", checker="", **none)
        | (models.Q(state="DROPPED", **none) & ~models.Q(checker=""))
        | (models.Q(state="APPROVED", **some) & ~models.Q(checker="") & ~models.Q(checker=models.F("maker")))
    )
