"""Needs: what somebody looks for a machine for, whom it invited, and what owners answered."""

from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.chains import Chain
from marketplace.models.equipment import Category
from marketplace.models.listings import Listing
from marketplace.models.parties import Organization
from marketplace.shared.ids import new_id


class NeedQuerySet(models.QuerySet["Need"]):
    """Reads of needs."""

    def of(self, organization: Organization) -> "NeedQuerySet":
        """Keep what an organization needs itself."""
        return self.filter(poster=organization)

    def open_to(self, organization: Organization) -> "NeedQuerySet":
        """
        Keep what others have posted that the organization may answer: open to all, or to its chains.

        Who closes looks for nothing any more.
        """
        chains = Chain.objects.open_to(organization)
        audience = models.Q(chain=None) | models.Q(chain__in=chains.values("pk"))
        posted = self.filter(audience, status=Need.Status.POSTED, poster__is_synthetic=False)
        return posted.filter(poster__closing_at=None).exclude(poster=organization)

    def visible_to(self, organization: Organization) -> "NeedQuerySet":
        """
        Keep one's own needs, those that one may answer, and those that one has answered.

        Who was invited sees what became of it as well, unless it left the chain for which it was.
        """
        answered = NeedAnswer.objects.filter(owner=organization).values("need")
        invited = NeedInvitation.objects.filter(owner=organization).values("need")
        chains = Chain.objects.open_to(organization).values("pk")
        audience = models.Q(chain=None) | models.Q(chain__in=chains)
        open_needs = Need.objects.open_to(organization).values("pk")
        asked = models.Q(pk__in=open_needs) | (models.Q(pk__in=invited) & audience)
        return self.filter(models.Q(poster=organization) | asked | models.Q(pk__in=answered))

    def with_sides(self) -> "NeedQuerySet":
        """Fetch poster, chain and category along."""
        return self.select_related("poster", "chain__leader", "category", "chosen__listing", "chosen__owner")

    def locked(self) -> "NeedQuerySet":
        """Lock the rows in the one order that all writers use: after a listing."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Need(models.Model):
    """
    Parts to be made: from the day ``starts_on`` up to but not including ``ends_on``, each day of the window
    earlier or later by ``flexible_days`` at most.

    ``requirements`` are conditions in words (``positioning accuracy <= 0.01 mm``), read by the parser of the
    search. ``kinds`` are the tokens of the kinds of machines that may do it. The budget is in fen, tax
    included, for all or a part. What was posted does not change (a trigger keeps it).
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        POSTED = "POSTED", _("Posted")
        CLOSED = "CLOSED", _("Closed to answers")
        EXPIRED = "EXPIRED", _("Expired")
        WITHDRAWN = "WITHDRAWN", _("Taken back")
        FULFILLED = "FULFILLED", _("Met by a lease")

    class Per(models.TextChoices):
        ALL = "ALL", _("for all parts")
        PART = "PART", _("per part")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ned"), editable=False)
    poster = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="needs")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, null=True, blank=True, related_name="needs")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=2000, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="needs"
    )
    words = models.CharField(max_length=120, blank=True)
    kinds = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    material = models.CharField(max_length=80, blank=True)
    quantity = models.PositiveIntegerField()
    hours = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    flexible_days = models.PositiveSmallIntegerField(default=0)
    requirements = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    region = models.CharField(max_length=6, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    km = models.PositiveIntegerField(null=True, blank=True)
    budget_minor = models.PositiveBigIntegerField(null=True, blank=True)
    budget_per = models.CharField(max_length=4, choices=Per, default=Per.ALL)
    budget_shown = models.BooleanField(default=False)
    name_shown = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    chosen = models.ForeignKey(
        "NeedAnswer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lease = models.CharField(max_length=30, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_days", condition=models.Q(ends_on__gt=models.F("starts_on"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_posted_at",
                condition=models.Q(posted_at__isnull=False) | models.Q(status__in=["DRAFT", "WITHDRAWN"]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_over_at",
                condition=models.Q(over_at=None) ^ ~models.Q(status__in=["DRAFT", "POSTED"]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_lease",
                condition=models.Q(lease="") ^ models.Q(status="FULFILLED", chosen__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            GinIndex(
                name="%(app_label)s_%(class)s_kinds", fields=["kinds"], condition=models.Q(status="POSTED")
            ),
            models.Index(
                name="%(app_label)s_%(class)s_due", fields=["expires_at"], condition=models.Q(status="POSTED")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def names_poster_to(self, reader: Organization) -> bool:
        """
        Tell whether a reader learns who posts: who answered with a listing does, others if it is shown.

        A chain has one leader, whom its members know.
        """
        if self.name_shown or self.chain_id is not None or self.poster_id == reader.pk:
            return True
        known: bool | None = getattr(self, "is_answered", None)  # of lists, read for all at once
        return (
            known if known is not None else self.answers.filter(owner=reader).exclude(listing=None).exists()
        )

    @property
    def last_day(self) -> date:
        """The last day of the window, as people say it."""
        return self.ends_on - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.ends_on - self.starts_on).days

    @property
    def budget_of_all(self) -> int | None:
        """The budget for all parts, in fen, tax included."""
        if self.budget_minor is None:
            return None
        return self.budget_minor * (self.quantity if self.budget_per == self.Per.PART else 1)


class NeedInvitation(models.Model):
    """The poster asks an owner to answer, once."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="invitations")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="need_invitations")
    invited_at = models.DateTimeField()
    invited_by = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["need", "owner"])
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.owner_id}"


class NeedAnswer(models.Model):
    """An owner's answer, for ever: a listing of its own with a note, or no with a reason."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "nea"), editable=False)
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="answers")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="need_answers")
    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="need_answers"
    )
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=30)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["need", "owner", "listing"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.owner_id}"
