"""Annexes of leases: what is to change, by whom, and what became of it."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.ownership.models import Notice
from leasing.models.leases import Lease
from leasing.rules.annexes import Change, Kind, State
from leasing.rules.leases import Side
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class AnnexQuerySet(models.QuerySet["Annex"]):
    """Reads of annexes."""

    def open(self) -> "AnnexQuerySet":
        """Keep those that wait for an answer."""
        return self.filter(state=State.PROPOSED)

    def waiting(self) -> "AnnexQuerySet":
        """Keep those that are agreed and wait for their moment."""
        return self.filter(state=State.AGREED)

    def prices(self) -> "AnnexQuerySet":
        """Keep the changes of the price that are agreed, in the order in which they were accepted."""
        return self.filter(kind=Kind.REPRICE, state=State.IN_EFFECT).order_by("decided_at", "number")

    def due(self, at: datetime) -> "AnnexQuerySet":
        """Keep what the clock has to do: let lapse, or bring into effect."""
        unanswered = models.Q(state=State.PROPOSED, valid_until__lte=at)
        return self.filter(unanswered | models.Q(state=State.AGREED, effective_from__lte=at))

    def locked(self) -> "AnnexQuerySet":
        """Lock the rows in the one order that all writers use: machines, lease, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Annex(models.Model):
    """
    A change of a running lease. A trigger keeps what it says; ``state`` and what belongs to it follow.

    ``document`` is what the other side accepts by ``digest``. ``effective_from`` is the moment of the change:
    that of the document, or the one of the acceptance. ``notice`` tells of the data of machines that come.
    """

    class About(models.TextChoices):
        EXTEND = Kind.EXTEND.value, _("Extension")
        SHORTEN = Kind.SHORTEN.value, _("Shortening")
        SWAP = Kind.SWAP.value, _("Swap of machines")
        ADD = Kind.ADD.value, _("More machines")
        RELEASE = Kind.RELEASE.value, _("Fewer machines")
        BUY_OUT = Kind.BUY_OUT.value, _("Purchase of the machine")
        REPRICE = Kind.REPRICE.value, _("Another price")

    class Stage(models.TextChoices):
        PROPOSED = State.PROPOSED.value, _("Proposed")
        AGREED = State.AGREED.value, _("Agreed, not in effect yet")
        IN_EFFECT = State.IN_EFFECT.value, _("In effect")
        DECLINED = State.DECLINED.value, _("Declined")
        WITHDRAWN = State.WITHDRAWN.value, _("Withdrawn")
        LAPSED = State.LAPSED.value, _("Lapsed")

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "anx"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="annexes")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=About)
    side = models.CharField(max_length=6, choices=By)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    valid_until = models.DateTimeField()
    effective_from = models.DateTimeField(null=True, blank=True)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=Stage, default=Stage.PROPOSED)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    objects = AnnexQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lease", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["lease", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_at",
                condition=models.Q(decided_at=None) ^ ~models.Q(state=State.PROPOSED),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_effect_from",
                condition=~models.Q(state__in=[State.AGREED, State.IN_EFFECT], effective_from=None),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "valid_until"])]

    def __str__(self) -> str:
        return f"{self.lease} #{self.number}"

    @property
    def change(self) -> Change:
        """What is to change, as a value."""
        return Change.read(self.document["change"])

    @property
    def note(self) -> str:
        """The words to the other side."""
        return str(self.document["note"])

    @property
    def answers(self) -> Organization:
        """Who answers the proposal."""
        return self.lease.lessor if self.side == Side.LESSEE else self.lease.lessee

    @property
    def proposes(self) -> Organization:
        """Who made the proposal."""
        return self.lease.lessee if self.side == Side.LESSEE else self.lease.lessor

    @property
    def price_before(self) -> dict[str, Any] | None:
        """The price plan that a change of the price found."""
        found: dict[str, Any] | None = self.document["before"].get("price_plan")
        return found

    def told(self) -> dict[str, Any]:
        """Return what the history says of it."""
        return {"annex": self.digest, "annex_number": self.number, "kind": self.kind}
