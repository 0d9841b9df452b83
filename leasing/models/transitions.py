"""The evidence of each step of a lease."""

from datetime import UTC
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.history import Link
from leasing.rules.leases import Move


class Step(models.Model):
    """
    One step: who made it, for whom, in which roles, when it happened and when it was written down.

    ``channel`` is the interface it came by, ``evidence`` holds the SHA-256 of what proves it. Each step holds
    the hash of the one before, and a database trigger refuses to change or delete it.
    """

    position = models.PositiveIntegerField()
    status_before = models.CharField(max_length=16, blank=True)
    actor = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=80)
    organization = models.CharField(max_length=30, blank=True)
    organization_name = models.CharField(max_length=120, blank=True)
    roles = models.JSONField(default=list)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    channel = models.CharField(max_length=8, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    evidence = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    move: str
    status_after: str

    class Meta:
        abstract = True

    @property
    def subject(self) -> dict[str, str]:
        """Whose history this is a step of: a name and a public id."""
        raise NotImplementedError

    def hashed_facts(self) -> dict[str, Any]:
        """
        Return what the hash covers: everything but when the database wrote it down.

        What earlier versions did not know is left out where it is empty, so that their hashes hold.
        """
        later = {"channel": self.channel, "reason_code": self.reason_code, "evidence": list(self.evidence)}
        return {name: value for name, value in later.items() if value} | {
            **self.subject,
            "position": self.position,
            "move": str(self.move),
            "status_before": str(self.status_before),
            "status_after": str(self.status_after),
            "actor": self.actor,
            "actor_name": self.actor_name,
            "organization": self.organization,
            "organization_name": self.organization_name,
            "roles": list(self.roles),
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
            "reason": self.reason,
            "facts": self.facts,
        }

    def link(self) -> Link:
        """Return the step as an entry of the chain."""
        return Link(self.hashed_facts(), self.previous_hash, self.hash)


class Transition(Step):
    """One step of a lease."""

    class Verb(models.TextChoices):
        REQUEST = Move.REQUEST.value, _("requested the lease")
        QUOTE = Move.QUOTE.value, _("made a quote")
        COUNTER = Move.COUNTER.value, _("made a counter-offer")
        ACCEPT = Move.ACCEPT.value, _("accepted")
        REFUSE = Move.REFUSE.value, _("refused")
        CANCEL = Move.CANCEL.value, _("cancelled")
        EXPIRE = Move.EXPIRE.value, _("let it expire")
        ACTIVATE = Move.ACTIVATE.value, _("began the lease")
        END = Move.END.value, _("ended the lease")
        APPROVE = Move.APPROVE.value, _("approved")
        CONTRACT = Move.CONTRACT.value, _("concluded the contract")
        SECURE = Move.SECURE.value, _("recorded the deposit")
        PLAN = Move.PLAN.value, _("planned the hand-over")
        REASSIGN = Move.REASSIGN.value, _("gave the lease another machine of the listing")
        DISPATCH = Move.DISPATCH.value, _("sent the machine off")
        HAND_OVER = Move.HAND_OVER.value, _("handed the machine over")
        SUSPEND = Move.SUSPEND.value, _("suspended the lease")
        RESUME = Move.RESUME.value, _("resumed the lease")
        CHANGE = Move.CHANGE.value, _("changed the lease")
        GIVE_NOTICE = Move.GIVE_NOTICE.value, _("gave notice")
        TERMINATE = Move.TERMINATE.value, _("terminated the lease")
        LOSE = Move.LOSE.value, _("reported the machine lost")
        BUY_OUT = Move.BUY_OUT.value, _("sold the machine to the lessee")
        RETURN = Move.RETURN.value, _("took the machine back")
        INSPECT = Move.INSPECT.value, _("inspected the machine")
        REPAIR = Move.REPAIR.value, _("began to repair the machine")
        READY = Move.READY.value, _("made the machine ready again")
        REFER_RETURN = Move.REFER_RETURN.value, _("put the return before the platform")
        DECIDE_RETURN = Move.DECIDE_RETURN.value, _("decided about the return")
        CLAIM_DAMAGE = Move.CLAIM_DAMAGE.value, _("claimed for damage")
        ANSWER_DAMAGE = Move.ANSWER_DAMAGE.value, _("answered the damage claim")
        DECIDE_DAMAGE = Move.DECIDE_DAMAGE.value, _("decided the damage claim")
        SETTLE = Move.SETTLE.value, _("settled the lease")
        CLOSE = Move.CLOSE.value, _("closed the lease")

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="transitions")
    move = models.CharField(max_length=16, choices=Verb)
    status_after = models.CharField(max_length=16, choices=Lease.State)

    class Meta:
        ordering: ClassVar = ["lease", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["lease", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The lease."""
        return {"lease": self.lease.public_id}
