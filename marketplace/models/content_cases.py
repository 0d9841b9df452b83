"""What was reported of an offer, what the platform decided, and what it hides."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment_documents import EquipmentDocument
from marketplace.models.listing_photos import ListingPhoto
from marketplace.models.listings import Listing
from marketplace.models.parties import Organization
from marketplace.rules import content_cases as rules
from marketplace.rules.content_cases import HIDING, WAITING
from marketplace.shared.ids import new_id


class ContentCaseQuerySet(models.QuerySet["ContentCase"]):
    """Reads of cases."""

    def open_to(self, organization: Organization) -> "ContentCaseQuerySet":
        """
        Keep what an organization may read: all at the platform; of its own offers what was hidden, not what
        was merely reported; and nothing of what others reported.
        """
        if organization.kind == "PLATFORM":
            return self
        seen = [one.value for one in (*HIDING, rules.State.SHOWN)]
        return self.filter(listing__owner=organization, state__in=seen)

    def waiting(self) -> "ContentCaseQuerySet":
        """Keep what waits for the platform, the longest first."""
        return self.filter(state__in=[one.value for one in WAITING]).order_by("opened_at", "pk")

    def hiding(self) -> "ContentCaseQuerySet":
        """Keep those by which something is hidden."""
        return self.filter(state__in=[one.value for one in HIDING])

    def locked(self) -> "ContentCaseQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ContentCase(models.Model):
    """
    Something of a listing that was reported, or that the platform hid by itself (then without a reporter).

    The picture or document may be taken away meanwhile by its owner; the case stays, with the id of the
    ``item`` and how it was ``named``.
    """

    class About(models.TextChoices):
        LISTING = rules.About.LISTING.value, _("the offer")
        PHOTO = rules.About.PHOTO.value, _("a picture")
        DOCUMENT = rules.About.DOCUMENT.value, _("a document")

    class Ground(models.TextChoices):
        UNTRUE = rules.Ground.UNTRUE.value, _("What it says is not true")
        NOT_THEIRS = rules.Ground.NOT_THEIRS.value, _("The machine is not theirs")
        FORBIDDEN = rules.Ground.FORBIDDEN.value, _("It is forbidden to offer or show this")
        SECRET = rules.Ground.SECRET.value, _("It shows people or trade secrets")
        FRAUD = rules.Ground.FRAUD.value, _("It looks like fraud")
        OTHER = rules.Ground.OTHER.value, _("Something else")

    class Stage(models.TextChoices):
        OPEN = rules.State.OPEN.value, _("waits for the platform")
        HIDDEN = rules.State.HIDDEN.value, _("hidden by the platform")
        ANSWERED = rules.State.ANSWERED.value, _("the owner has answered")
        DISMISSED = rules.State.DISMISSED.value, _("nothing wrong was found")
        SHOWN = rules.State.SHOWN.value, _("shown again")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cca"), editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="content_cases")
    about = models.CharField(max_length=8, choices=About)
    photo = models.ForeignKey(
        ListingPhoto, null=True, blank=True, on_delete=models.SET_NULL, related_name="content_cases"
    )
    document = models.ForeignKey(
        EquipmentDocument, null=True, blank=True, on_delete=models.SET_NULL, related_name="content_cases"
    )
    item = models.CharField(max_length=30, blank=True)
    named = models.CharField(max_length=160)
    ground = models.CharField(max_length=10, choices=Ground)
    text = models.CharField(max_length=rules.LONGEST_TEXT, blank=True)
    reporter = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=9, choices=Stage)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    reason = models.CharField(max_length=rules.LONGEST_REASON, blank=True)
    answer = models.CharField(max_length=rules.LONGEST_TEXT, blank=True)

    objects = ContentCaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_reported_once",
                fields=["listing", "item", "reporter"],
                condition=models.Q(state="OPEN"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_about_one_thing",
                condition=models.Q(about="LISTING", photo=None, document=None)
                | models.Q(about="PHOTO", document=None)
                | models.Q(about="DOCUMENT", photo=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_with_a_reason",
                condition=models.Q(state="OPEN", reason="", reporter__isnull=False)
                | ~models.Q(state="OPEN") & ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(moved_at__gte=models.F("opened_at")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "opened_at"])]

    def __str__(self) -> str:
        return f"{self.public_id} {self.about} {self.state}"


class ContentStep(models.Model):
    """One step of a case, for good: who, what, and why."""

    class Verb(models.TextChoices):
        REPORT = rules.Step.REPORT.value, _("reported")
        HIDE = rules.Step.HIDE.value, _("hidden")
        DISMISS = rules.Step.DISMISS.value, _("found nothing wrong")
        ANSWER = rules.Step.ANSWER.value, _("answered by the owner")
        KEEP = rules.Step.KEEP.value, _("left hidden")
        SHOW = rules.Step.SHOW.value, _("shown again")

    case = models.ForeignKey(ContentCase, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=7, choices=Verb)
    text = models.CharField(max_length=rules.LONGEST_TEXT)
    by = models.CharField(max_length=30)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d}"
