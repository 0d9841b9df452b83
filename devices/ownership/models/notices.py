"""What a lessee was told about a machine's data before the contract, and that it was accepted."""

from functools import partial
from typing import ClassVar

from django.db import models

from marketplace.models import Organization
from marketplace.shared.ids import new_id


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Reads of notices."""

    def of(self, organization: Organization) -> "NoticeQuerySet":
        """Keep the notices in which an organization is one of the sides."""
        return self.filter(models.Q(owner=organization) | models.Q(lessee=organization))

    def latest_for(self, reference: str) -> "Notice | None":
        """Return the newest notice of a lease, with its acceptance: no other one counts."""
        return self.filter(reference=reference).select_related("acceptance").order_by("-number").first()


class Notice(models.Model):
    """
    One frozen notice for a lease (``reference``); a trigger refuses to change or delete it.

    ``document`` is made by ``devices.ownership.rules.notices``, ``digest`` is its SHA-256: what the lessee
    accepts by. ``basis`` is the digest of what the notice stands on; if that is another, a new one is due.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ntc"), editable=False)
    reference = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    basis = models.CharField(max_length=64)
    delivered_at = models.DateTimeField()
    delivered_by = models.CharField(max_length=30)
    delivered_name = models.CharField(max_length=80)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_number_once", fields=["reference", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} #{self.number}"

    @property
    def is_accepted(self) -> bool:
        """Whether the lessee accepted it."""
        return hasattr(self, "acceptance")


class NoticeAcceptance(models.Model):
    """A person of the lessee accepted a notice by its digest; a trigger refuses to change or delete it."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="acceptance")
    digest = models.CharField(max_length=64)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.notice}: {self.person_name}"
