"""Claims on a risk fund, every move of them, and the payments that two people record."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.funds import Fund, FundRules
from billing.models.invoices import Invoice
from billing.rules import fund_states as states
from leasing.models.transitions import Step
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class FundClaimQuerySet(models.QuerySet["FundClaim"]):
    """Reads of claims."""

    def readable_in(self, organization: Organization, user: User) -> "FundClaimQuerySet":
        """Keep the owner's own claims, and those on the funds that it administers; nobody else reads one."""
        mine = models.Q(pk__in=[])
        if allowed(user, Permission.FUND_CLAIM, within=organization):
            mine |= models.Q(owner=organization)
        if allowed(user, Permission.FUND_MANAGE, within=organization):
            mine |= models.Q(fund__book__organization=organization)
        return self.filter(mine)

    def with_sides(self) -> "FundClaimQuerySet":
        """Fetch what every page and answer shows of a claim."""
        sides = self.select_related("fund__book__organization", "rules", "owner", "lessee", "invoice__lease")
        return sides.prefetch_related("transfers")

    def spent(self) -> "FundClaimQuerySet":
        """Keep what was approved, paid or not."""
        return self.filter(status__in=states.SPENT)


class FundClaim(models.Model):
    """
    An owner's claim for an overdue invoice; one at a time may live for an invoice.

    ``collection`` are the steps the owner took, ``deposit_minor`` the deposit it applied to the rent.
    ``waterfall`` is how ``amount_minor`` was worked out when it was reviewed and approved, ``loss_minor`` the
    loss of which it is a part. Triggers (migration 0028) keep to the table of moves and the fund's balance.
    """

    class State(models.TextChoices):
        CLAIMED = states.Status.CLAIMED.value, _("Claim made")
        REVIEWED = states.Status.REVIEWED.value, _("Reviewed, waits for a second person")
        APPROVED = states.Status.APPROVED.value, _("Approved")
        PAID = states.Status.PAID.value, _("Paid by the fund")
        SETTLED = states.Status.SETTLED.value, _("Paid to the owner")
        REJECTED = states.Status.REJECTED.value, _("Rejected")
        WITHDRAWN = states.Status.WITHDRAWN.value, _("Withdrawn")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "fcl"), editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="claims")
    rules = models.ForeignKey(FundRules, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="fund_claims")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="fund_claims")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    collection = models.JSONField(default=list)
    deposit_minor = models.BigIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    claimed_by = models.CharField(max_length=30)
    claimed_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=State, default=State.CLAIMED)
    waterfall = models.JSONField(default=list)
    loss_minor = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    reviewed_by = models.CharField(max_length=30, blank=True)
    approved_by = models.CharField(max_length=30, blank=True)
    approved_on = models.DateField(null=True, blank=True)

    objects = FundClaimQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_lives",
                fields=["invoice"],
                condition=~models.Q(status__in=("REJECTED", "WITHDRAWN")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=models.Q(
                    deposit_minor__gte=0, amount_minor__gte=0, loss_minor__gte=models.F("amount_minor")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_four_eyes",
                condition=models.Q(approved_by="", approved_on=None)
                | (
                    models.Q(approved_on__isnull=False, amount_minor__gt=0)
                    & ~models.Q(reviewed_by="")
                    & ~models.Q(approved_by=models.F("reviewed_by"))
                    & ~models.Q(approved_by=models.F("claimed_by"))
                    & ~models.Q(reviewed_by=models.F("claimed_by"))
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fund", "status", "-id"]),
            models.Index(fields=["owner", "status", "-id"]),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        """What the fund pays, as it was last worked out."""
        return Money(self.amount_minor, self.invoice.currency)

    def confirmed(self, kind: states.Payment) -> list["FundTransfer"]:
        """Return its payments of a kind that two people recorded."""
        done = FundTransfer.Stage.CONFIRMED
        return [one for one in self.transfers.all() if one.kind == kind and one.stage == done]

    def transfers_told_to(self, side: states.Side) -> list["FundTransfer"]:
        """Return its payments as a side reads them: an owner those that are confirmed."""
        done = FundTransfer.Stage.CONFIRMED
        return [one for one in self.transfers.all() if side is states.Side.FUND or one.stage == done]

    @property
    def recovered_minor(self) -> int:
        """What the lessee paid later."""
        return sum(one.amount_minor for one in self.confirmed(states.Payment.RECOVERY))

    @property
    def fund_recovered_minor(self) -> int:
        """The fund's share of it."""
        return sum(one.fund_minor for one in self.confirmed(states.Payment.RECOVERY))

    @property
    def owner_recovered_minor(self) -> int:
        """The owner's share of it."""
        return self.recovered_minor - self.fund_recovered_minor

    @property
    def taken_over_minor(self) -> int:
        """The debt that the fund took over and has not recovered: its memo (subrogation), in no book."""
        borne = self.status in states.BORNE
        return self.amount_minor - self.fund_recovered_minor if borne else 0


class FundTransferQuerySet(models.QuerySet["FundTransfer"]):
    """Reads of payments."""

    def standing(self) -> "FundTransferQuerySet":
        """Keep what is proposed or confirmed."""
        return self.exclude(stage=FundTransfer.Stage.DROPPED)


class FundTransfer(models.Model):
    """
    Money that moved, as one person records it and another one confirms it against the bank's paper.

    With the confirmation its journals are posted. ``fund_minor`` of a recovery is the fund's share.
    """

    class Kind(models.TextChoices):
        CONTRIBUTION = states.Payment.CONTRIBUTION.value, _("Contributions paid over to the fund")
        CLAIM_PAID = states.Payment.CLAIM_PAID.value, _("The fund paid a claim")
        OWNER_PAID = states.Payment.OWNER_PAID.value, _("The claim was passed on to the owner")
        RECOVERY = states.Payment.RECOVERY.value, _("The lessee paid later")
        OWNER_SHARE = states.Payment.OWNER_SHARE.value, _("The owner's share of it was passed on")

    class Stage(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for a second person to confirm")
        CONFIRMED = "CONFIRMED", _("Confirmed")
        DROPPED = "DROPPED", _("Not confirmed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ftr"), editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="transfers")
    kind = models.CharField(max_length=12, choices=Kind)
    claim = models.ForeignKey(
        FundClaim, on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )
    amount_minor = models.BigIntegerField()
    fund_minor = models.BigIntegerField(default=0)
    moved_on = models.DateField()
    reference = models.CharField(max_length=60)
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.PROPOSED)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    objects = FundTransferQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_reference",
                fields=["fund", "kind", "reference"],
                condition=~models.Q(stage="DROPPED"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_amounts",
                condition=models.Q(
                    amount_minor__gt=0, fund_minor__gte=0, fund_minor__lte=models.F("amount_minor")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_a_claim",
                condition=models.Q(kind="CONTRIBUTION") ^ models.Q(claim__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=~models.Q(stage="CONFIRMED")
                | (~models.Q(checker="") & ~models.Q(checker=models.F("maker"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class FundClaimStep(Step):
    """One step of a claim."""

    class Verb(models.TextChoices):
        CLAIM = states.Move.CLAIM.value, _("claimed")
        WITHDRAW = states.Move.WITHDRAW.value, _("withdrew the claim")
        REVIEW = states.Move.REVIEW.value, _("reviewed the claim")
        APPROVE = states.Move.APPROVE.value, _("approved the claim")
        REJECT = states.Move.REJECT.value, _("rejected the claim")
        PAY = states.Move.PAY.value, _("confirmed that the fund paid")
        SETTLE = states.Move.SETTLE.value, _("confirmed that the owner was paid")

    claim = models.ForeignKey(FundClaim, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=9, blank=True)
    status_after = models.CharField(max_length=9, choices=FundClaim.State)

    class Meta:
        ordering: ClassVar = ["claim", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["claim", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The claim."""
        return {"fund_claim": self.claim.public_id}
