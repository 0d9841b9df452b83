"""Conversations of two organizations about a listing or a lease."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.listings import Listing
from marketplace.models.parties import Organization
from marketplace.rules.messages import Kind
from marketplace.shared.ids import new_id


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Reads of conversations."""

    def of(self, organization: Organization) -> "ConversationQuerySet":
        """Keep those of which an organization is a side; nobody else sees them, no platform either."""
        return self.filter(models.Q(owner=organization) | models.Q(asker=organization))

    def with_read(self, organization: Organization) -> "ConversationQuerySet":
        """Add ``seen``: up to which message the organization has read."""
        marks = ReadMark.objects.filter(conversation=models.OuterRef("pk"), organization=organization)
        return self.annotate(seen=models.functions.Coalesce(models.Subquery(marks.values("number")[:1]), 0))

    def with_sides(self) -> "ConversationQuerySet":
        """Fetch what every page and answer shows of a conversation."""
        return self.select_related("listing", "owner", "asker")

    def locked(self) -> "ConversationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Conversation(models.Model):
    """
    What an interested organization, or a lessee, and the owner write to each other.

    One for each listing and asker; a lease has its own, whose ``reference`` is the lease's public id.
    ``last_number`` is the number of its newest message.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cnv"), editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="conversations")
    reference = models.CharField(max_length=30, blank=True)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="conversations_owned")
    asker = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="conversations_asked")
    opened_at = models.DateTimeField()
    last_number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    seen: int  # of ``with_read``

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides", condition=~models.Q(owner=models.F("asker"))
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once_a_listing",
                fields=["listing", "asker"],
                condition=models.Q(reference=""),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once_a_lease",
                fields=["reference"],
                condition=~models.Q(reference=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-last_at"]),
            models.Index(fields=["asker", "-last_at"]),
        ]

    def __str__(self) -> str:
        return self.listing.title

    def other(self, organization: Organization) -> Organization:
        """Return the side that ``organization`` is not."""
        return self.asker if organization.pk == self.owner_id else self.owner


class Message(models.Model):
    """
    One message, append-only: a trigger keeps it as it was written.

    ``meet_at`` is the time that it proposes. A confirmation or a refusal is a message, too, and ``answers``
    the one that proposed; a proposal is answered once.
    """

    class Purpose(models.TextChoices):
        QUESTION = Kind.QUESTION.value, _("Question")
        SAMPLE = Kind.SAMPLE.value, _("Sample part")
        VIEWING = Kind.VIEWING.value, _("Viewing")
        CONFIRM = Kind.CONFIRM.value, _("Confirmed")
        DECLINE = Kind.DECLINE.value, _("Declined")

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    number = models.PositiveIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    author = models.CharField(max_length=30)
    author_name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Purpose)
    text = models.TextField(max_length=2000, blank=True)
    meet_at = models.DateTimeField(null=True, blank=True)
    answers = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answer"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["conversation", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["conversation", "number"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_answers_a_proposal",
                condition=models.Q(answers=None) ^ models.Q(kind__in=["CONFIRM", "DECLINE"]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_viewing_has_a_time",
                condition=~models.Q(kind="VIEWING") | models.Q(meet_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.number}"


class ReadMark(models.Model):
    """Up to which message one of the two organizations has read a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="marks")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["conversation", "organization"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.organization_id} {self.number}"
