"""The register: what data there are of a device, how sensitive they are, and who may know and read them."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from devices.models import Binding, Channel, Device
from devices.ownership.models.agreements import Agreement
from devices.ownership.models.readable import Special, readable
from devices.ownership.rules.asking import Subject
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id


class GradeChoices(models.TextChoices):
    """The six grades, as people read them."""

    PUBLIC = "L1", _("L1 public")
    INTERNAL = "L2", _("L2 internal")
    SENSITIVE = "L3", _("L3 sensitive")
    CONFIDENTIAL = "L4", _("L4 secret")
    IMPORTANT = "L5", _("L5 important data")
    CORE = "L6", _("L6 core data")


class DataAssetQuerySet(models.QuerySet["DataAsset"]):
    """Reads of the register."""

    def readable_by(
        self, organization: Organization, *, at: datetime, purpose: str | None = None
    ) -> "DataAssetQuerySet":
        """
        Keep the assets of which the organization may read what is generated at a moment, at that moment.

        This is ``rules.decisions.decide`` for lists: a test compares both item by item. A ``purpose`` of
        ``None`` is any that is known. Agreements with terms of their own and grants that concern the
        organization are looked up before: one statement more, or two.
        """
        special = Special.of(organization, at)
        return self.standing(at, chained=special.chained).filter(readable(organization, purpose, at, special))

    def with_readable(
        self,
        organization: Organization,
        *,
        at: datetime,
        purpose: str | None = None,
        special: Special | None = None,
    ) -> "DataAssetQuerySet":
        """
        Say of each asset whether :meth:`readable_by` would keep it, as ``is_readable``, and whether a grant
        lets the organization read something that it held before, as ``is_readable_past``.

        ``special`` is what was looked up at the same moment for :meth:`known_to`.
        """
        special = special or Special.of(organization, at)
        return self.standing(at).annotate(
            is_readable=readable(organization, purpose, at, special),
            is_readable_past=_told(special.past),
        )

    def known_to(
        self, organization: Organization, *, at: datetime, special: Special | None = None
    ) -> "DataAssetQuerySet":
        """
        Keep the assets that an organization may know to exist.

        Those are an owner's all, a lessee's those of devices that spoke for a machine while it leased it,
        the platform's all that are not synthetic, and others' those that they may read at the moment, of now
        or of the past.
        """
        if organization.kind == OrganizationKind.PLATFORM:
            return self.standing(at).filter(device__owner__is_synthetic=False)
        special = special or Special.of(organization, at)
        granted = Q(readable(organization, None, at, special))
        granted |= special.past
        return self.standing(at).filter(_sides(organization, at) | granted)

    def of_sides(self, organization: Organization, *, at: datetime) -> "DataAssetQuerySet":
        """Keep what an organization knows as a side or as the platform, without a look at grants."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self.standing(at).filter(device__owner__is_synthetic=False)
        return self.standing(at).filter(_sides(organization, at))

    def standing(self, at: datetime, *, chained: bool = True) -> "DataAssetQuerySet":
        """
        Join what decides at a moment: the machine for which a device speaks then, and who leases it.

        ``chained`` says that some machine may be sub-let then: of a chain of agreements the last says whose
        the data are.
        """
        if "lent" in self.query._filtered_relations:  # type: ignore[attr-defined]
            return self
        bound = Q(device__bindings__period__contains=at)
        lent = Q(bound__equipment__agreements__period__contains=at)
        found = self.annotate(bound=FilteredRelation("device__bindings", condition=bound)).annotate(
            lent=FilteredRelation("bound__equipment__agreements", condition=lent)
        )
        sublet = Agreement.objects.filter(under=OuterRef("lent__pk"), period__contains=at)
        return found.filter(~Exists(sublet)) if chained else found

    def locked(self) -> "DataAssetQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class DataAsset(models.Model):
    """
    One series of data of a device: a channel's readings, or the quantities that are counted from it.

    ``grade`` is that of the newest grading. ``per_hour`` is a class of pace (``rules.register.PACES``),
    measured from what was stored last, ``None`` before. What is derived is graded with its sources.
    """

    class Kind(models.TextChoices):
        CHANNEL = "CHANNEL", _("Readings of a channel")
        USAGE = "USAGE", _("Usage by the quarter-hour")

    Grade = GradeChoices

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dat"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=8, choices=Kind)
    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, null=True, related_name="asset")
    category = models.CharField(max_length=24)
    unit = models.CharField(max_length=24, blank=True)
    retention = models.CharField(max_length=10, choices=Channel.Retention)
    grade = models.CharField(max_length=2, choices=GradeChoices)
    graded_at = models.DateTimeField()
    per_hour = models.PositiveIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)
    derived_from = models.ManyToManyField("self", symmetrical=False, related_name="derived")
    registered_at = models.DateTimeField()

    objects = DataAssetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_channel_fits_kind",
                condition=models.Q(kind="CHANNEL", channel__isnull=False)
                | models.Q(kind="USAGE", channel=None),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_usage_once", fields=["device"], condition=models.Q(kind="USAGE")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.label}"

    @property
    def subject(self) -> Subject:
        """What the rules ask of it: the same as the door asks of its channel."""
        key = self.channel.key if self.channel else None
        return Subject(key, self.category, self.counts, self.grade, self.public_id)

    @property
    def label(self) -> str:
        """What it is, in the reader's language."""
        return self.channel.label if self.channel else str(self.get_kind_display())

    @property
    def counts(self) -> bool:
        """Tell whether it counts something."""
        return self.channel is None or self.channel.kind == Channel.Kind.COUNTER

    @property
    def place(self) -> str:
        """The region in which it is stored: a code of ISO 3166, with the province if one was set."""
        return str(settings.DATA_PLACE)

    @property
    def kept_days(self) -> int | None:
        """For how many days it is kept after a lease; ``None`` for evidence of bills."""
        return None if self._is_evidence else int(settings.DATA_ERASE_DAYS)

    @property
    def kept_years(self) -> int | None:
        """For how many years evidence of bills is kept after a lease; ``None`` for all else."""
        return int(settings.EVIDENCE_KEEP_YEARS) if self._is_evidence else None

    @property
    def _is_evidence(self) -> bool:
        return self.retention == Channel.Retention.EVIDENCE


class Grading(models.Model):
    """
    One decision on an asset's grade; a database trigger refuses to change or delete it.

    ``rule`` is the code of what gave the grade (``decided``: a person), ``reference`` the catalogue entry or
    notice of an authority.
    """

    asset = models.ForeignKey(DataAsset, on_delete=models.PROTECT, related_name="gradings")
    grade = models.CharField(max_length=2, choices=GradeChoices)
    rule = models.CharField(max_length=40)
    reason = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    within = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_listed_has_reference",
                condition=~models.Q(grade__in=["L5", "L6"]) | ~models.Q(reference=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.grade}"


def _sides(organization: Organization, at: datetime) -> Q:
    """Return the condition that an organization owns the device, or leased a machine it then spoke for."""
    held = Agreement.objects.of(organization).filter(period__startswith__lte=at)
    spoken = Binding.objects.filter(device=OuterRef("device"), period__startswith__lte=at).filter(
        Exists(held.filter(equipment=OuterRef("equipment"), period__overlap=OuterRef("period")))
    )
    return Q(device__owner=organization) | Q(Exists(spoken))


def _told(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def grade_of(channel: Channel) -> str | None:
    """Return the grade of a channel that was read with its asset; ``None`` if it is not registered yet."""
    asset = getattr(channel, "asset", None)
    return asset.grade if asset else None


def asset_of(channel: Channel) -> str:
    """Return the public id of the asset that a channel was read with; empty if it is not registered yet."""
    asset = getattr(channel, "asset", None)
    return asset.public_id if asset else ""


def core_data(channels: Mapping[str, Channel]) -> set[str]:
    """Return the keys of the channels that are core data: they go into no file that leaves the house."""
    return {key for key, channel in channels.items() if grade_of(channel) == GradeChoices.CORE}
