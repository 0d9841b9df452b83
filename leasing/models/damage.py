"""Damage claims: what the lessor claims, the range between the two, and the words of everybody."""

from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease, LeaseUnit
from leasing.rules import damage as rules
from leasing.rules.leases import Side
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class DamageClaimQuerySet(models.QuerySet["DamageClaim"]):
    """Reads of damage claims."""

    def open(self) -> "DamageClaimQuerySet":
        """Keep those that are neither accepted, decided nor withdrawn."""
        return self.filter(state__in=sorted(rules.OPEN))

    def with_sides(self) -> "DamageClaimQuerySet":
        """Fetch what every page and answer shows of one, in the same query."""
        return self.select_related("lease__lessor", "lease__lessee", "unit__equipment")

    def locked(self) -> "DamageClaimQuerySet":
        """Lock the rows in the one order that all writers use: machines, lease, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class DamageClaim(models.Model):
    """
    What the lessor claims for one machine; all amounts are minor units, and what is due on them as tax is
    billing's. A trigger keeps ``document``, lets ``asked_minor`` fall and ``conceded_minor`` rise alone, and
    changes nothing any more once it is accepted, decided or withdrawn. ``referred_at``: the platform was
    asked to decide.
    """

    class Stage(models.TextChoices):
        RAISED = rules.State.RAISED.value, _("Waits for the lessee's answer")
        CONTESTED = rules.State.CONTESTED.value, _("Contested")
        ACCEPTED = rules.State.ACCEPTED.value, _("Accepted")
        DECIDED = rules.State.DECIDED.value, _("Decided by the platform")
        WITHDRAWN = rules.State.WITHDRAWN.value, _("Withdrawn")

    class Why(models.TextChoices):
        BROKEN = rules.Cause.BROKEN.value, _("Broken")
        MISSING = rules.Cause.MISSING.value, _("Missing")
        MISUSED = rules.Cause.MISUSED.value, _("Used otherwise than agreed")
        WEAR = rules.Cause.WEAR.value, _("Worn by use as agreed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dmg"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="damage_claims")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="damage_claims")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    claimed_minor = models.BigIntegerField()
    asked_minor = models.BigIntegerField()
    conceded_minor = models.BigIntegerField(null=True, blank=True)
    awarded_minor = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=Stage, default=Stage.RAISED)
    reply_until = models.DateTimeField()
    raised_at = models.DateTimeField()
    referred_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DamageClaimQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lease", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["lease", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_never_more_than_claimed",
                condition=models.Q(
                    claimed_minor__gt=0, asked_minor__gte=0, asked_minor__lte=models.F("claimed_minor")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_conceded_in_range",
                condition=models.Q(conceded_minor=None)
                | models.Q(conceded_minor__gte=0, conceded_minor__lte=models.F("asked_minor")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_awarded_in_range",
                condition=models.Q(awarded_minor=None)
                | (
                    models.Q(awarded_minor__gte=0, awarded_minor__lte=models.F("asked_minor"))
                    & (
                        models.Q(conceded_minor=None)
                        | models.Q(awarded_minor__gte=models.F("conceded_minor"))
                    )
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_awarded_when_over",
                condition=models.Q(awarded_minor=None) ^ models.Q(state__in=sorted(rules.AWARDED)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_at",
                condition=models.Q(decided_at=None) ^ ~models.Q(state__in=sorted(rules.OPEN)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_contested_with_a_sum",
                condition=~models.Q(state="CONTESTED", conceded_minor=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_when_asked",
                condition=~models.Q(state="DECIDED", referred_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.number}"

    @property
    def between(self) -> rules.Range:
        """The sums between which it stands."""
        return rules.Range(self.asked_minor, self.conceded_minor)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer or a decision."""
        return self.state in rules.OPEN

    @property
    def owed_minor(self) -> int:
        """What is owed whatever follows: what was awarded, or what the lessee concedes; minor units."""
        if self.state == rules.State.WITHDRAWN:
            return 0
        return self.between.floor if self.awarded_minor is None else self.awarded_minor

    @property
    def disputed_minor(self) -> int:
        """What the two do not agree on, in minor units; nothing before an answer."""
        return self.asked_minor - self.between.floor if self.state == rules.State.CONTESTED else 0

    def money(self, minor: int) -> Money:
        """Return minor units as an amount in its currency."""
        return Money(minor, self.currency)

    def told(self) -> dict[str, Any]:
        """Return what every step of the lease's history says of it."""
        return {"damage": self.digest, "damage_claim": self.public_id}


class DamageWord(models.Model):
    """What one side, or the platform, did about a damage claim and said with it; append-only."""

    class Verb(models.TextChoices):
        RAISE = rules.Act.RAISE.value, _("raised the damage claim")
        ACCEPT = rules.Act.ACCEPT.value, _("accepted")
        CONTEST = rules.Act.CONTEST.value, _("contested it")
        OFFER = rules.Act.OFFER.value, _("offered another sum")
        REFER = rules.Act.REFER.value, _("asked the platform to decide")
        DECIDE = rules.Act.DECIDE.value, _("decided")
        WITHDRAW = rules.Act.WITHDRAW.value, _("withdrew the damage claim")

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")
        PLATFORM = Side.PLATFORM.value, _("Platform")

    claim = models.ForeignKey(DamageClaim, on_delete=models.PROTECT, related_name="words")
    position = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=10, choices=Verb)
    side = models.CharField(max_length=10, choices=By)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    text = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    organization_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["claim", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["claim", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.position} {self.act}"
