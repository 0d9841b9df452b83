"""What an agreement says, version by version, and what a side proposes to change."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.shared.ids import new_id


class AgreementVersion(models.Model):
    """
    Terms of an agreement from ``valid_from`` on; a trigger refuses to change or delete them.

    ``terms`` is a document of ``devices.ownership.rules.data_terms``; ``digest`` is what both sides accepted,
    ``accepted`` says who, when and for whom. With ``covers_earlier``, what it widens covers earlier data too.
    """

    agreement = models.ForeignKey("ownership.Agreement", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    digest = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    covers_earlier = models.BooleanField(default=False)
    accepted = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_number_once", fields=["agreement", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} #{self.number}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Reads of proposals."""

    def open(self) -> "ProposalQuerySet":
        """Keep those that nobody answered."""
        return self.filter(state=Proposal.State.OPEN)


class Proposal(models.Model):
    """
    Other terms for an agreement, offered by one side; one at a time is open.

    ``digest`` is over agreement, ``number`` of the version it would make, terms and ``covers_earlier``: the
    other side accepts by it.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        ACCEPTED = "ACCEPTED", _("Accepted")
        REFUSED = "REFUSED", _("Refused")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")
        EXPIRED = "EXPIRED", _("Expired")

    class Side(models.TextChoices):
        OWNER = "owner", _("Owner")
        LESSEE = "lessee", _("Lessee")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "prp"), editable=False)
    agreement = models.ForeignKey("ownership.Agreement", on_delete=models.PROTECT, related_name="proposals")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    covers_earlier = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    side = models.CharField(max_length=6, choices=Side)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    note = models.TextField(max_length=2000, blank=True)
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_by = models.CharField(max_length=30, blank=True)
    decided_name = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["agreement"],
                condition=models.Q(state="OPEN"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.get_state_display()}"
