"""How the platform checks who an organization is: cases, the papers in them, and each step for good."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, OrganizationKind, Role, User
from marketplace.rules.proofs import Paper
from marketplace.rules.verifications import ANSWER_WITHIN, OPEN, State, Step
from marketplace.shared.ids import new_id


class VerificationQuerySet(models.QuerySet["Verification"]):
    """Reads of cases."""

    def visible_to(self, user: User) -> "VerificationQuerySet":
        """Keep the cases of one's own organizations, or all for those who decide them at the platform."""
        mine = models.Q(organization__memberships__user=user)
        held = models.Exists(
            user.memberships.filter(
                organization__kind=OrganizationKind.PLATFORM, role__in=[Role.ADMIN, Role.OPERATOR]
            )
        )
        return self.filter(mine | models.Q(held)).distinct()

    def open(self) -> "VerificationQuerySet":
        """Keep what is not decided, the longest waiting first."""
        return self.filter(state__in=[one.value for one in OPEN]).order_by("submitted_at", "pk")

    def unanswered(self, at: datetime) -> "VerificationQuerySet":
        """Keep what verified organizations were asked ``ANSWER_WITHIN`` before and did not answer."""
        asked = self.filter(state=State.ASKED, organization__awaits_verification=False)
        since = asked.annotate(moved_at=models.Max("steps__at"))
        return since.filter(moved_at__lte=at - ANSWER_WITHIN).order_by("pk")

    def locked(self) -> "VerificationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Verification(models.Model):
    """One check of an organization; ``given`` is what it typed, beside which its papers are read."""

    class Standing(models.TextChoices):
        WAITING = State.WAITING.value, _("waits for the platform")
        ASKED = State.ASKED.value, _("the organization is to answer")
        APPROVED = State.APPROVED.value, _("verified")
        REFUSED = State.REFUSED.value, _("refused by the platform")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ver"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="verifications")
    state = models.CharField(max_length=8, choices=Standing)
    given = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["organization"],
                condition=models.Q(state__in=["WAITING", "ASKED"]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided",
                condition=models.Q(state__in=["WAITING", "ASKED"], decided_at=None)
                | models.Q(state__in=["APPROVED", "REFUSED"], decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.state}"

    @property
    def known_papers(self) -> models.QuerySet["VerificationPaper"]:
        """What is known of the papers; their bytes stay where they are."""
        return self.papers.defer("content").order_by("pk")


class VerificationPaper(models.Model):
    """A licence, a mandate or another paper, as it was checked when it came in; a trigger keeps it."""

    class Kind(models.TextChoices):
        LICENCE = Paper.LICENCE.value, _("Business licence")
        MANDATE = Paper.MANDATE.value, _("Mandate of the person who signs up")
        OTHER = Paper.OTHER.value, _("Another paper")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "vpa"), editable=False)
    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    added_by = models.CharField(max_length=30)
    added_by_name = models.CharField(max_length=80)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["verification", "kind", "sha256"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class VerificationStep(models.Model):
    """One step of a case: who did what, and why; a trigger keeps it."""

    class Verb(models.TextChoices):
        SUBMIT = Step.SUBMIT.value, _("handed in")
        ASK = Step.ASK.value, _("asked for more")
        ANSWER = Step.ANSWER.value, _("answered")
        APPROVE = Step.APPROVE.value, _("verified")
        REFUSE = Step.REFUSE.value, _("refused by the platform")
        RECHECK = Step.RECHECK.value, _("regular check begun")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "vst"), editable=False)
    verification = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=8, choices=Verb)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=30)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d}"
