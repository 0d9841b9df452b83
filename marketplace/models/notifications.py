"""What organizations and people were told of."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.models.parties import Membership, Organization, Role, User
from marketplace.rules.notification_words import sentence
from marketplace.rules.notifications import Kind
from marketplace.shared.ids import new_id

# Who is told of loans and funds, of bills, budgets and tax papers: whose role reads them (tests compare).
LENDING, PAPERS = (
    tuple(kind for kind in Kind if kind.startswith(about))
    for about in (("loan_", "fund_"), ("bill_", "budget_", "dunning_", "late_", "red_", "tax_"))
)
READERS: tuple[tuple[tuple[Kind, ...], frozenset[str]], ...] = (
    (LENDING, frozenset({Role.ADMIN, Role.FINANCE})),
    (PAPERS, frozenset({Role.ADMIN, Role.FINANCE, Role.OPERATOR})),
)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Reads of notifications."""

    def to(self, user: User, organization: Organization) -> "NotificationQuerySet":
        """Keep what a person is told as a member of an organization, and what the organization is."""
        mine, roles = models.Q(person=None) | models.Q(person=user), user.roles_in(organization)
        hidden = [kind for kinds, readers in READERS if not readers & set(roles) for kind in kinds]
        return self.filter(mine, organization=organization).exclude(kind__in=hidden)

    def told_in_each(self, user: User | models.OuterRef) -> "NotificationQuerySet":
        """
        Keep what a person is told in whatever organization it is, as :meth:`to` does for one.

        Within another query it may be whom a row of that one names.
        """
        found = self.filter(models.Q(person=None) | models.Q(person=user))
        for kinds, readers in READERS:
            # one query further in, what a row of the outermost names has to be handed on
            whose = models.OuterRef(user) if isinstance(user, models.OuterRef) else user
            reads = Membership.objects.filter(user=whose, organization=models.OuterRef("organization"))
            reads = reads.filter(role__in=readers)
            found = found.exclude(models.Q(kind__in=kinds) & ~models.Exists(reads))
        return found

    def unread(self) -> "NotificationQuerySet":
        """Keep what nobody has read yet."""
        return self.filter(read_at=None)

    def unsent(self) -> "NotificationQuerySet":
        """Keep what waits in the outbox, the oldest first."""
        return self.filter(mailed_at=None).order_by("pk")

    def locked(self) -> "NotificationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Notification(models.Model):
    """
    An organization, or one ``person`` of it, is told of something; the sentence is made of kind and facts.

    Whoever reads it first marks it as read for all whom it was for. ``once`` names what is said only once.
    ``mailed_at`` is when it was taken out of the outbox, ``tries`` how often it was put back.
    """

    KINDS: ClassVar = [(one.value, one.value) for one in Kind]

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ntf"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="notifications")
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="notifications")
    kind = models.CharField(max_length=30)  # of KINDS; a new one changes no table
    facts = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    once = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_told_unread",
                fields=["organization"],
                condition=models.Q(read_at=None),
            ),
            models.Index(name="%(app_label)s_told_unsent", fields=["id"], condition=models.Q(mailed_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["organization", "once"],
                condition=~models.Q(once=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.kind} {self.made_at:%Y-%m-%d}"

    @property
    def said(self) -> str:
        """What it is about, in the reader's language."""
        return sentence(self.kind, self.facts, _, _day)


def _day(at: datetime) -> str:
    return date_format(at.astimezone(timezone.get_current_timezone()), "DATE_FORMAT")
