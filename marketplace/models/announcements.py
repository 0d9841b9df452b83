"""What the platform announces: drafts, what was published, and what was withdrawn."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from marketplace.rules import announcements as rules
from marketplace.rules.announcements import Kind, Shown, State, Wanted
from marketplace.rules.regions import PROVINCES, Province
from marketplace.shared.ids import new_id


def _written(name: str) -> Q:
    """Say that there is more in a field than blanks."""
    return Q(GreaterThan(Length(Trim(name)), 0))


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Reads of announcements."""

    def public(self) -> "AnnouncementQuerySet":
        """Keep what everybody may read: all that was ever published."""
        return self.exclude(state=State.DRAFT)

    def current(self, at: datetime) -> "AnnouncementQuerySet":
        """Keep what is shown at a moment or later."""
        return self.filter(state=State.PUBLISHED, shown_until__gt=at)

    def locked(self) -> "AnnouncementQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Announcement(models.Model):
    """
    One announcement in Chinese and English. What was published never changes; it can be withdrawn.

    ``shown_from`` and ``shown_until`` (half-open) say when the pages of whom it is for show its title; it can
    be read for good. Rules have ``in_force_from``, maintenance has ``begins_at`` and ``ends_at`` (half-open).
    """

    class About(models.TextChoices):
        MAINTENANCE = Kind.MAINTENANCE.value, _("System maintenance")
        RULES = Kind.RULES.value, _("Change of rules")
        GENERAL = Kind.GENERAL.value, _("News")

    class For(models.TextChoices):
        EVERYBODY = rules.Audience.EVERYBODY.value, _("Everybody")
        OWNERS = rules.Audience.OWNERS.value, _("Owners of machines")
        LESSEES = rules.Audience.LESSEES.value, _("Users of machines")
        REGION = rules.Audience.REGION.value, _("One province")

    class Stage(models.TextChoices):
        DRAFT = State.DRAFT.value, _("Draft")
        PUBLISHED = State.PUBLISHED.value, _("Published")
        WITHDRAWN = State.WITHDRAWN.value, _("Withdrawn")

    SAID: ClassVar = tuple(Wanted.__dataclass_fields__)

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ann"), editable=False)
    kind = models.CharField(max_length=11, choices=About)
    title_zh = models.CharField(max_length=rules.LONGEST_TITLE)
    title_en = models.CharField(max_length=rules.LONGEST_TITLE)
    text_zh = models.TextField(max_length=rules.LONGEST_TEXT)
    text_en = models.TextField(max_length=rules.LONGEST_TEXT)
    audience = models.CharField(max_length=9, choices=For)
    region = models.CharField(max_length=2, blank=True)
    shown_from = models.DateTimeField()
    shown_until = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True, blank=True)
    begins_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=Stage, default=State.DRAFT.value)
    version = models.PositiveIntegerField(default=1)
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=rules.LONGEST_REASON, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_both_languages",
                condition=_written("title_zh")
                & _written("title_en")
                & _written("text_zh")
                & _written("text_en"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_no_longer_than",
                condition=Q(LessThanOrEqual(Length("text_zh"), rules.LONGEST_TEXT))
                & Q(LessThanOrEqual(Length("text_en"), rules.LONGEST_TEXT)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_shown_for_a_while",
                condition=Q(shown_until__gt=F("shown_from")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_region_if_for_one",
                condition=Q(audience="REGION", region__in=list(PROVINCES))
                | ~Q(audience="REGION") & Q(region=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_force_if_rules",
                condition=Q(kind="RULES", in_force_from__isnull=False, shown_until__gte=F("in_force_from"))
                | ~Q(kind="RULES") & Q(in_force_from=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_window_if_maintenance",
                condition=Q(
                    kind="MAINTENANCE",
                    begins_at__isnull=False,
                    ends_at__isnull=False,
                    ends_at__gt=F("begins_at"),
                )
                | ~Q(kind="MAINTENANCE") & Q(begins_at=None, ends_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=Q(state="DRAFT", published_at=None, withdrawn_at=None, reason="")
                | Q(state="PUBLISHED", published_at__isnull=False, withdrawn_at=None, reason="")
                | Q(
                    ~Q(reason=""),
                    state="WITHDRAWN",
                    published_at__isnull=False,
                    withdrawn_at__isnull=False,
                    withdrawn_at__gte=F("published_at"),
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_before_it_is_over",
                condition=Q(published_at=None)
                | Q(shown_until__gt=F("published_at")) & (Q(ends_at=None) | Q(ends_at__gt=F("published_at"))),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_rules_with_notice",
                condition=Q(published_at=None)
                | Q(in_force_from=None)
                | Q(in_force_from__gte=F("published_at") + rules.NOTICE)
                & Q(in_force_from__gte=F("shown_from") + rules.NOTICE),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_announced_now", fields=["shown_until"], condition=Q(state="PUBLISHED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind} {self.state}"

    @property
    def said(self) -> Wanted:
        """What it says, as the rules read it."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.SAID}
        given |= {"kind": Kind(self.kind), "audience": rules.Audience(self.audience)}
        return Wanted(**given)

    @property
    def shown(self) -> Shown:
        """What a banner needs of it."""
        return Shown(*(getattr(self, name) for name in Shown._fields))

    @property
    def province(self) -> Province | None:
        """The province for which it is, if for one."""
        return PROVINCES.get(self.region)
