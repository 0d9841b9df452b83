"""Sub-leases: who has the machine of a lease for part of its time, and the evidence of each step."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from devices.ownership.models import Agreement
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.transitions import Step
from leasing.rules.subleases import BINDING, DEEPEST, Move, Side, Status, moves_from
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class SubleaseQuerySet(models.QuerySet["Sublease"]):
    """Reads of sub-leases."""

    def visible_to(self, user: User) -> "SubleaseQuerySet":
        """Keep those of which an organization of ``user`` is a side; people of the platform see all."""
        mine = Organization.objects.of(user)
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        ids = list(mine.values_list("public_id", flat=True))
        sides = models.Q(sublessor__in=mine) | models.Q(sublessee__in=mine) | models.Q(asked__overlap=ids)
        return self.filter(sides | platform)

    def of(self, organization: Organization) -> "SubleaseQuerySet":
        """Keep those of which an organization is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        sides = models.Q(sublessor=organization) | models.Q(sublessee=organization)
        return self.filter(sides | models.Q(asked__contains=[organization.public_id]))

    def open(self) -> "SubleaseQuerySet":
        """Keep those that may still begin."""
        return self.filter(status__in=[Status.PROPOSED, Status.ACCEPTED, Status.AGREED])

    def taking(self, period: Period) -> "SubleaseQuerySet":
        """Keep those by which the machine is a sub-lessee's at some moment of a period."""
        found = self.filter(status__in=BINDING).annotate(
            taken_from=Coalesce("active_from", "starts_at"), taken_to=Coalesce("active_to", "ends_at")
        )
        return found.filter(taken_from__lt=period.end, taken_to__gt=period.start)

    def due(self, at: datetime) -> "SubleaseQuerySet":
        """Keep what the clock has to close: sub-leases whose time is over, begun or not."""
        return self.filter(
            status__in=[Status.RUNNING, Status.PROPOSED, Status.ACCEPTED, Status.AGREED], ends_at__lte=at
        )

    def with_sides(self) -> "SubleaseQuerySet":
        """Fetch what every page and answer shows of a sub-lease, in the same query."""
        return self.select_related(
            "lease__lessor",
            "lease__lessee",
            "unit__equipment",
            "sublessor",
            "sublessee",
            "under",
            "agreement",
        )

    def locked(self) -> "SubleaseQuerySet":
        """Lock the rows in the one order that all writers use: machines, then leases, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Sublease(models.Model):
    """
    A machine of a lease in other hands for a time; ``under`` is the sub-lease that is sub-let again.

    ``document`` is what is agreed (``leasing.rules.subleases.document``); a trigger refuses to change it.
    ``asked`` are the public ids of all who must consent, the lessor first, ``consented`` those who did.
    ``agreement`` says from ``active_from`` on whose data the machine makes.
    """

    class State(models.TextChoices):
        PROPOSED = Status.PROPOSED.value, _("Proposed")
        ACCEPTED = Status.ACCEPTED.value, _("Waits for consent")
        AGREED = Status.AGREED.value, _("Agreed")
        REFUSED = Status.REFUSED.value, _("Refused")
        WITHDRAWN = Status.WITHDRAWN.value, _("Withdrawn")
        EXPIRED = Status.EXPIRED.value, _("Expired")
        RUNNING = Status.RUNNING.value, _("Running")
        ENDED = Status.ENDED.value, _("Ended")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sbl"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="subleases")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="subleases")
    under = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="below")
    depth = models.PositiveIntegerField()
    sublessor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subleases_given")
    sublessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subleases_taken")
    asked = ArrayField(models.CharField(max_length=30))
    consented = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    status = models.CharField(max_length=10, choices=State)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=200)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = SubleaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides",
                condition=~models.Q(sublessor=models.F("sublessee")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_depth",
                condition=models.Q(depth__gte=1, depth__lte=DEEPEST, asked__len=models.F("depth")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_consent_of_all",
                condition=~models.Q(status__in=sorted(BINDING))
                | models.Q(consented__contains=models.F("asked")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_running_since",
                condition=(models.Q(active_from=None) ^ models.Q(status__in=[Status.RUNNING, Status.ENDED]))
                & (models.Q(agreement=None) ^ models.Q(status__in=[Status.RUNNING, Status.ENDED])),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended_at",
                condition=models.Q(active_to=None) ^ models.Q(status=Status.ENDED),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_active_period_not_empty",
                condition=models.Q(active_to=None) | models.Q(active_to__gt=models.F("active_from")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.unit.equipment}: {self.sublessor} → {self.sublessee}"

    @property
    def period(self) -> Period:
        """The time that is agreed."""
        return Period(self.starts_at, self.ends_at)

    @property
    def hands(self) -> tuple[str, ...]:
        """Public ids of those through whose hands the machine goes, from the lessor to whoever sub-lets."""
        return (*self.asked, self.sublessor.public_id)

    @property
    def allowed(self) -> list[str]:
        """The moves that its state knows."""
        return [str(move) for move in moves_from(Status(self.status))]

    def side_of(self, organization: Organization) -> Side | None:
        """Return the side on which an organization stands."""
        if organization.pk == self.sublessor_id:
            return Side.SUBLESSOR
        if organization.pk == self.sublessee_id:
            return Side.SUBLESSEE
        return Side.ABOVE if organization.public_id in self.asked else None


class SubleaseStep(Step):
    """One step of a sub-lease."""

    class Verb(models.TextChoices):
        PROPOSE = Move.PROPOSE.value, _("proposed the sub-lease")
        ACCEPT = Move.ACCEPT.value, _("accepted the sub-lease")
        CONSENT = Move.CONSENT.value, _("consented to the sub-lease")
        REFUSE = Move.REFUSE.value, _("refused the sub-lease")
        WITHDRAW = Move.WITHDRAW.value, _("withdrew the sub-lease")
        BEGIN = Move.BEGIN.value, _("handed the machine on")
        END = Move.END.value, _("ended the sub-lease")
        EXPIRE = Move.EXPIRE.value, _("let the sub-lease expire")

    sublease = models.ForeignKey(Sublease, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_after = models.CharField(max_length=10, choices=Sublease.State)

    class Meta:
        ordering: ClassVar = ["sublease", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["sublease", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.sublease} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The sub-lease."""
        return {"sublease": self.sublease.public_id}
