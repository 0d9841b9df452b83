"""Duties of agreements, what suspends them, and the certificates of what was erased."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models import Device, ErasedRun, Erasure, LogKey
from devices.ownership.models.agreements import Agreement
from devices.ownership.rules import duties
from devices.ownership.rules.segments import Erased
from devices.rules import erasing
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class DutyQuerySet(models.QuerySet["Duty"]):
    """Reads of duties."""

    def visible_in(self, organization: Organization) -> "DutyQuerySet":
        """Keep the duties of an organization's agreements; the platform sees what was due too long, too."""
        mine = models.Q(agreement__in=Agreement.objects.of(organization))
        if organization.kind == OrganizationKind.PLATFORM:
            mine |= models.Q(noted_overdue_at__isnull=False)
        return self.filter(mine)

    def undone(self) -> "DutyQuerySet":
        """Keep what is neither fulfilled nor waived."""
        return self.filter(fulfilled_at=None, waived_at=None)

    def due(self, at: datetime) -> "DutyQuerySet":
        """Keep what is undone and due, the oldest first."""
        return self.undone().filter(due_at__lte=at).order_by("due_at", "pk")

    def locked(self) -> "DutyQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def in_state(self, state: str, *, at: datetime, grace: timedelta) -> "DutyQuerySet":
        """Keep the duties that are in a state (``rules.duties.state``) at a moment."""
        State, kept = duties.State, models.Q(kind=Duty.Kind.RETAIN)
        held = models.Q(kind=Duty.Kind.ERASE) & models.Exists(_holding())
        late = models.Q(due_at__lte=at - grace) & ~kept
        undone = models.Q(fulfilled_at=None, waived_at=None)
        found = {
            State.FULFILLED: models.Q(fulfilled_at__isnull=False),
            State.WAIVED: models.Q(fulfilled_at=None, waived_at__isnull=False),
            State.HELD: undone & held,
            State.OPEN: undone & ~held & models.Q(due_at__gt=at),
            State.DUE: undone & ~held & models.Q(due_at__lte=at) & ~late,
            State.OVERDUE: undone & ~held & late,
        }
        return self.filter(found[State(state)])

    def percents(self, shown: "Iterable[Duty]") -> dict[str, int]:
        """Return how far erasing is, by public id, in whole percent of the least advanced of each duty."""
        found: dict[str, int] = {}
        wanted = {one.public_id for one in shown}
        for one in Erasure.objects.filter(reference__in=wanted) if wanted else ():
            found[one.reference] = min(found.get(one.reference, 100), one.percent)
        return found

    def shown(self) -> "DutyQuerySet":
        """Read what a list shows, with whether somebody suspends it: one query."""
        sides = ("agreement__equipment", "agreement__owner", "agreement__lessee", "certificate")
        copies = TakenCopy.objects.filter(agreement=models.OuterRef("agreement")).order_by("-taken_at")
        found = self.select_related(*sides).order_by("due_at", "pk")
        return found.annotate(
            held_for=models.Subquery(_holding().order_by("pk").values("reason")[:1]),
            exported_at=models.Subquery(copies.values("taken_at")[:1]),
        )


class Duty(models.Model):
    """
    Something that has to be done about data of one agreement, until ``due_at``, by the platform.

    ``period`` is the time whose data it concerns, ``retentions`` their classes, ``channels`` some of their
    channels if not all. ``asked_by`` is the organization that asked for it. ``evidence`` names what shows
    that it is fulfilled: a certificate, or the duty's own audit entry.
    """

    class Kind(models.TextChoices):
        ERASE = "ERASE", _("Erase")
        RETAIN = "RETAIN", _("Keep")
        INFORM = "INFORM", _("Tell the lessee before erasing")
        RETURN = "RETURN", _("Give data back")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dut"), editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=6, choices=Kind)
    retentions = ArrayField(models.CharField(max_length=10))
    channels = ArrayField(models.CharField(max_length=200), default=list)
    period = DateTimeRangeField()
    source = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    incurred_at = models.DateTimeField()
    asked_by = models.CharField(max_length=30, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    postponed_at = models.DateTimeField(null=True, blank=True)
    noted = models.CharField(max_length=9, blank=True)  # the last step noted (``rules.duties.Step``)
    noted_overdue_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    evidence = models.CharField(max_length=30, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.CharField(max_length=30, blank=True)
    waived_because = models.CharField(max_length=300, blank=True)

    objects = DutyQuerySet.as_manager()

    held_for: str | None
    exported_at: datetime | None

    class Meta:
        verbose_name_plural = "duties"
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_undone",
                fields=["due_at"],
                condition=models.Q(fulfilled_at=None, waived_at=None),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["agreement", "kind", "source", "retentions", "channels", "period"],
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_end",
                condition=models.Q(fulfilled_at=None) | models.Q(waived_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.agreement_id} {self.due_at:%Y-%m-%d}"

    @property
    def span(self) -> Period:
        """The period as the rules know it."""
        return Period(self.period.lower, self.period.upper)

    @property
    def facts(self) -> duties.Facts:
        """What its state follows from; of a duty that was read by ``shown``, whether it is suspended."""
        return duties.Facts(
            duties.Kind(self.kind),
            self.due_at,
            fulfilled=self.fulfilled_at is not None,
            waived=self.waived_at is not None,
            held=getattr(self, "held_for", None) is not None,
        )


class TakenCopy(models.Model):
    """The lessee took along, whole, what one device said for its agreement in ``period``; never changed."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="copies")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    period = DateTimeRangeField()
    taken_at = models.DateTimeField()
    event = models.CharField(max_length=30)  # of the log of reads

    class Meta:
        verbose_name_plural = "taken copies"
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["event", "agreement"]),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.device_id} {self.taken_at:%Y-%m-%d}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Reads of holds."""

    def active(self) -> "HoldQuerySet":
        """Keep those that were not lifted."""
        return self.filter(lifted_at=None)

    def visible_in(self, organization: Organization) -> "HoldQuerySet":
        """Keep those on an organization's agreements; the platform, which places them, sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(agreement__in=Agreement.objects.of(organization))


class Hold(models.Model):
    """The platform keeps classes of an agreement's data from going, for a reason that both sides see."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "hol"), editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="holds")
    retentions = ArrayField(models.CharField(max_length=10))
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.reason}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Reads of certificates."""

    def visible_in(self, organization: Organization) -> "CertificateQuerySet":
        """Keep those of an organization's agreements."""
        return self.filter(duty__agreement__in=Agreement.objects.of(organization))

    def locked(self) -> "CertificateQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Certificate(models.Model):
    """
    The platform's signed word that data are gone; a trigger refuses to change or delete it.

    ``text`` is what is signed (``devices.ownership.rules.certificates``), ``root`` that of the tree over the
    ``size`` records of what was erased.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cer"), editable=False)
    duty = models.OneToOneField(Duty, on_delete=models.PROTECT, related_name="certificate")
    text = models.TextField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    key = models.ForeignKey(LogKey, on_delete=models.PROTECT, related_name="+")
    signature = models.BinaryField()
    issued_at = models.DateTimeField()

    objects = CertificateQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id


def _holding() -> "models.QuerySet[Hold]":
    """Return the holds that keep the classes of a duty of an outer query."""
    return Hold.objects.active().filter(
        agreement=models.OuterRef("agreement"), retentions__overlap=models.OuterRef("retentions")
    )


def erasures_of(duty: Duty) -> "models.QuerySet[Erasure]":
    """Return what was ordered for a duty, by device and class."""
    found = Erasure.objects.filter(reference=duty.public_id).select_related("device")
    return found.order_by("device__public_id", "retention", "period")


def records_of(erasures: Sequence[Erasure]) -> Iterator[bytes]:
    """Yield the texts over which a certificate's tree is, device by device, in order of arrival."""
    for erasure in erasures:
        runs = ErasedRun.objects.filter(erasure=erasure).order_by("first")
        for run in runs.iterator(chunk_size=200):
            yield from erasing.entries(erasure.device.public_id, run.records())


def erased_of(rows: Iterable[dict[str, Any]]) -> tuple[Erased, ...]:
    """Return what was erased, read as JSON by ``queries.segments``, as the rules know it."""
    return tuple(
        Erased(
            Period(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])),
            one["retention"],
            tuple(one["channels"]),
            datetime.fromisoformat(one["ordered_at"]),
            one["certificate"],
        )
        for one in rows
    )
