"""What the two sides of a lease say of each other when it is over; and what the platform hid of it."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules import ratings as rules
from leasing.rules.leases import Side
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id

SCORES = ("as_agreed", "machine", "punctual", "contact")


class RatingRoundQuerySet(models.QuerySet["RatingRound"]):
    """Reads of rounds."""

    def due(self, at: datetime) -> "RatingRoundQuerySet":
        """Keep those whose time is over and that are not published."""
        return self.filter(published_at=None, closes_at__lte=at)

    def locked(self) -> "RatingRoundQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class RatingRound(models.Model):
    """The time in which a settled lease is rated, and when what was written became readable, both at once."""

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="rating_round")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = RatingRoundQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(closes_at__gt=models.F("opened_at")),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_due",
                fields=["closes_at"],
                condition=models.Q(published_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lease_id} {self.closes_at:%Y-%m-%d}"


class RatingQuerySet(models.QuerySet["Rating"]):
    """Reads of ratings."""

    def listed(self) -> "RatingQuerySet":
        """Fetch what every page and answer shows, and whether the platform has hidden it."""
        newest = RatingModeration.objects.filter(rating=models.OuterRef("pk")).order_by("-pk")
        found = self.annotate(
            hidden=models.functions.Coalesce(models.Subquery(newest.values("hidden")[:1]), False),
            hidden_why=models.functions.Coalesce(
                models.Subquery(newest.values("reason")[:1]), models.Value("")
            ),
        )
        return found.select_related("round__lease", "answer", "rated_by", "about")

    def seen(self) -> "RatingQuerySet":
        """Keep, of what is :meth:`listed`, what the platform has not hidden."""
        return self.filter(models.Q(("hidden", False)))

    def published(self) -> "RatingQuerySet":
        """Keep what both sides may read, and everybody."""
        return self.exclude(round__published_at=None)

    def open_to(self, organization: Organization) -> "RatingQuerySet":
        """Keep what an organization may read of its leases: its own words, and what is published."""
        mine = models.Q(rated_by=organization)
        return self.filter(mine | models.Q(round__published_at__isnull=False))

    def visible_to(self, user: User) -> "RatingQuerySet":
        """Keep what was published of the leases that ``user`` may see."""
        return self.published().filter(round__lease__in=Lease.objects.visible_to(user))


class Rating(models.Model):
    """What one side says of the other, for good: a trigger refuses to change or delete it."""

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rat"), editable=False)
    round = models.ForeignKey(RatingRound, on_delete=models.PROTECT, related_name="ratings")
    side = models.CharField(max_length=10, choices=By)
    rated_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="ratings")
    as_agreed = models.PositiveSmallIntegerField()
    machine = models.PositiveSmallIntegerField()
    punctual = models.PositiveSmallIntegerField()
    contact = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["round", "side"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_to_five",
                condition=models.Q(
                    *(
                        (f"{name}__{edge}", number)
                        for name in SCORES
                        for edge, number in (("gte", rules.WORST), ("lte", rules.BEST))
                    )
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_another", condition=~models.Q(rated_by=models.F("about"))
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["about", "side"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.side}"

    @property
    def scores(self) -> dict[str, int]:
        """The scores by criterion."""
        return {name: getattr(self, name) for name in SCORES}


class RatingAnswer(models.Model):
    """The one answer of the side that was rated; for good, too."""

    rating = models.OneToOneField(Rating, on_delete=models.PROTECT, related_name="answer")
    text = models.TextField(max_length=rules.LONGEST_TEXT)
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_says_something", condition=~models.Q(text="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.rating_id} {self.made_at:%Y-%m-%d}"


class RatingModeration(models.Model):
    """A rating is hidden, or shown again, with a reason; the newest counts, and all stay."""

    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="moderations")
    hidden = models.BooleanField()
    reason = models.CharField(max_length=rules.LONGEST_REASON)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_a_reason", condition=~models.Q(reason="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.rating_id} {self.hidden}"
