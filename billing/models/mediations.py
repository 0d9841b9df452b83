"""Disputed lines before the platform: the case, its proposal, who accepted, and every step."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.disputes import LineDispute
from billing.models.invoices import Invoice
from billing.rules import mediations as rules
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money

SIDES = ("dispute__line__invoice__seller", "dispute__line__invoice__buyer")
BESIDE = ("dispute__line__invoice__lease", "dispute__line__invoice__booking__equipment")


class LineMediationQuerySet(models.QuerySet["LineMediation"]):
    """Reads of cases."""

    def visible_to(self, user: User) -> "LineMediationQuerySet":
        """Keep those over invoices that ``user`` may read."""
        return self.filter(dispute__line__invoice__in=Invoice.objects.visible_to(user))

    def of(self, organization: Organization) -> "LineMediationQuerySet":
        """Keep those of which an organization is a side; the platform has all that are not synthetic."""
        return self.filter(dispute__line__invoice__in=Invoice.objects.of(organization))

    def open(self) -> "LineMediationQuerySet":
        """Keep those that wait for the platform, or for an answer to its proposal."""
        return self.filter(state__in=sorted(rules.OPEN))

    def to_propose(self) -> "LineMediationQuerySet":
        """Keep those that wait for a proposal of the platform, which is no side of them."""
        sides = models.Q(dispute__line__invoice__seller__kind=OrganizationKind.PLATFORM)
        sides |= models.Q(dispute__line__invoice__buyer__kind=OrganizationKind.PLATFORM)
        synthetic = models.Q(dispute__line__invoice__seller__is_synthetic=True)  # which it does not read
        return self.filter(state=rules.State.ASKED).exclude(sides | synthetic)

    def due(self, at: datetime) -> "LineMediationQuerySet":
        """Keep the open ones whose time is over."""
        return self.open().filter(due_at__lte=at)

    def with_parties(self) -> "LineMediationQuerySet":
        """Fetch what every list shows of one."""
        return self.select_related(*SIDES, *BESIDE)

    def with_sides(self) -> "LineMediationQuerySet":
        """Fetch what every page and answer shows of one."""
        return self.with_parties().prefetch_related("steps")

    def locked(self) -> "LineMediationQuerySet":
        """Lock the rows in the one order that all writers use: lease or booking, invoice, dispute, these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class LineMediation(models.Model):
    """
    A disputed line that the platform was asked to mediate, once a line (``billing.rules.mediations``).

    ``due_at`` is until when the next thing is to be done: the proposal, then both answers. ``amount_minor``
    is the net amount proposed to be given back, in minor units of the line. Triggers (migration 0046) keep to
    the table of states, and let a case be agreed only when its dispute was closed with that amount.
    """

    class Stage(models.TextChoices):
        ASKED = rules.State.ASKED.value, _("The platform was asked")
        PROPOSED = rules.State.PROPOSED.value, _("Both sides answer the proposal")
        AGREED = rules.State.AGREED.value, _("Both sides accepted")
        REFUSED = rules.State.REFUSED.value, _("The proposal was refused")
        LAPSED = rules.State.LAPSED.value, _("Over without a result")
        WITHDRAWN = rules.State.WITHDRAWN.value, _("The question was taken back")
        ENDED = rules.State.ENDED.value, _("The dispute ended otherwise")

    class By(models.TextChoices):
        BUYER = rules.Side.BUYER.value, _("Buyer")
        SELLER = rules.Side.SELLER.value, _("Seller")
        PLATFORM = rules.Side.PLATFORM.value, _("Platform")
        CLOCK = rules.Side.CLOCK.value, _("Deadline")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "med"), editable=False)
    dispute = models.OneToOneField(LineDispute, on_delete=models.PROTECT, related_name="mediation")
    side = models.CharField(max_length=10, choices=By)
    reason = models.CharField(max_length=rules.LONGEST_TEXT)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=Stage, default=Stage.ASKED)
    due_at = models.DateTimeField()
    amount_minor = models.BigIntegerField(null=True, blank=True)
    proposal = models.CharField(max_length=rules.LONGEST_TEXT, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    buyer_accepted_at = models.DateTimeField(null=True, blank=True)
    seller_accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LineMediationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "due_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asked_by_a_side",
                condition=models.Q(side__in=sorted(rules.BOTH)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_proposed_whole",
                condition=models.Q(amount_minor=None, proposal="", proposed_at=None)
                | (models.Q(amount_minor__gte=0, proposed_at__isnull=False) & ~models.Q(proposal="")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_proposed_by_state",
                condition=~models.Q(state__in=sorted(rules.WITHOUT_AMOUNT), amount_minor__isnull=False)
                & ~models.Q(state__in=sorted(rules.WITH_AMOUNT), amount_minor=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_agreed_by_both",
                condition=models.Q(state="AGREED")
                ^ ~models.Q(buyer_accepted_at__isnull=False, seller_accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_accepted_what_was_proposed",
                condition=models.Q(amount_minor__isnull=False)
                | models.Q(buyer_accepted_at=None, seller_accepted_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_closed_at",
                condition=models.Q(closed_at=None) ^ ~models.Q(state__in=sorted(rules.OPEN)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute}: {self.state}"

    @property
    def invoice(self) -> Invoice:
        """The invoice of the line."""
        return self.dispute.line.invoice

    @property
    def is_open(self) -> bool:
        """Whether it waits for the platform, or for an answer."""
        return self.state in rules.OPEN

    @property
    def accepted(self) -> frozenset[rules.Side]:
        """The sides that accepted the proposal."""
        given = {rules.Side.BUYER: self.buyer_accepted_at, rules.Side.SELLER: self.seller_accepted_at}
        return frozenset(side for side, at in given.items() if at is not None)

    @property
    def amount(self) -> Money | None:
        """What is proposed to be given back, before tax."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.dispute.line.currency)

    def side_of(self, organization: Organization) -> rules.Side | None:
        """Return the side on which an organization stands; strangers have none."""
        if organization.pk == self.invoice.buyer_id:
            return rules.Side.BUYER
        if organization.pk == self.invoice.seller_id:
            return rules.Side.SELLER
        return rules.Side.PLATFORM if organization.kind == OrganizationKind.PLATFORM else None


class MediationStep(models.Model):
    """What a side, the platform or the clock did about a case, and said with it; append-only."""

    class Verb(models.TextChoices):
        ASK = rules.Act.ASK.value, _("asked the platform to mediate")
        WRITE = rules.Act.WRITE.value, _("wrote")
        PROPOSE = rules.Act.PROPOSE.value, _("proposed")
        ACCEPT = rules.Act.ACCEPT.value, _("accepted the proposal")
        REFUSE = rules.Act.REFUSE.value, _("refused the proposal")
        WITHDRAW = rules.Act.WITHDRAW.value, _("took the question back")
        LAPSE = rules.Act.LAPSE.value, _("the time was over")
        END = rules.Act.END.value, _("the dispute ended otherwise")

    mediation = models.ForeignKey(LineMediation, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=10, choices=Verb)
    side = models.CharField(max_length=10, choices=LineMediation.By)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    text = models.CharField(max_length=rules.LONGEST_TEXT, blank=True)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    organization_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["mediation", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["mediation", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.mediation} {self.position} {self.act}"
