"""What a change of our balance at a provider is, where nothing of the provider tells: said by two people."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Journal
from billing.payments.models.proposals import Proposal, ProposalQuerySet, by_two_people
from billing.payments.models.providers import Movement
from marketplace.shared.ids import new_id


class ClassificationQuerySet(ProposalQuerySet["Classification"]):
    """Reads of classifications."""

    def approved(self) -> "ClassificationQuerySet":
        """Return those that are booked."""
        return self.filter(state=Classification.State.APPROVED)


class Classification(Proposal):
    """
    What a change of a balance is: proposed by one person, approved by another.

    The first that is approved books the change; a later one moves it to another account. A row that was
    decided never changes (migration 0097).
    """

    class Means(models.TextChoices):
        FEE = "FEE", _("Fee of the provider, or one given back")
        HELD = "HELD", _("Held back by the provider, or released")
        OTHER = "OTHER", _("Other gain or loss of the platform")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for the approval of another person")
        APPROVED = "APPROVED", _("Booked by two people")
        DROPPED = "DROPPED", _("Not booked like this")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "mvc"), editable=False)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="classifications")
    means = models.CharField(max_length=5, choices=Means)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClassificationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=by_two_people("journal"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["movement"],
                condition=models.Q(state="PROPOSED"),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
