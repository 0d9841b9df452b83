"""The register: what data there are of a device, how sensitive they are, and who may know and read them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from devices.models import Binding, Channel, Device
from devices.ownership.models.agreements import Agreement
from devices.ownership.models.bygone import readable_past
from devices.ownership.models.grants import Grant
from devices.ownership.models.series import TOLD, among, series
from devices.ownership.models.versions import AgreementVersion
from devices.ownership.rules import register, tables
from devices.ownership.rules.asking import Subject
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.parties import BY_KIND, Party
from devices.ownership.rules.tables import Terms
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
        organization are looked up before: two statements more.
        """
        return self.standing(at).filter(readable(organization, purpose, at))

    def with_readable(
        self,
        organization: Organization,
        *,
        at: datetime,
        purpose: str | None = None,
        special: "Special | None" = None,
    ) -> "DataAssetQuerySet":
        """
        Say of each asset whether :meth:`readable_by` would keep it, as ``is_readable``, and whether a grant
        lets the organization read something that it held before, as ``is_readable_past``.

        ``special`` is what was looked up at the same moment for :meth:`known_to`.
        """
        special = special or Special.of(organization, at)
        return self.standing(at).annotate(
            is_readable=_told(readable(organization, purpose, at, special)),
            is_readable_past=_told(readable_past(organization, at, special.given)),
        )

    def known_to(
        self, organization: Organization, *, at: datetime, special: "Special | None" = None
    ) -> "DataAssetQuerySet":
        """
        Keep the assets that an organization may know to exist.

        Those are an owner's all, a lessee's those of devices that spoke for a machine while it leased it,
        the platform's all, and others' those that they may read at the moment, of now or of the past.
        """
        if organization.kind == OrganizationKind.PLATFORM:
            return self.standing(at)
        special = special or Special.of(organization, at)
        granted = readable(organization, None, at, special) | readable_past(organization, at, special.given)
        return self.standing(at).filter(_sides(organization, at) | granted)

    def of_sides(self, organization: Organization, *, at: datetime) -> "DataAssetQuerySet":
        """Keep what an organization knows as a side or as the platform, without a look at grants."""
        platform = organization.kind == OrganizationKind.PLATFORM
        return self.standing(at) if platform else self.standing(at).filter(_sides(organization, at))

    def standing(self, at: datetime) -> "DataAssetQuerySet":
        """Join what decides at a moment: who owns and who leases then, and what kind of series it is."""
        if "agreement_then" in self.query.annotations:
            return self
        bound = Q(device__bindings__period__contains=at)
        lent = Q(bound__equipment__agreements__period__contains=at)
        return self.annotate(
            bound=FilteredRelation("device__bindings", condition=bound),
        ).annotate(
            lent=FilteredRelation("bound__equipment__agreements", condition=lent),
            agreement_then=F("lent__pk"),
            machine_then=F("bound__equipment"),
            lessee_then=F("lent__lessee"),
            owner_then=Coalesce(F("lent__owner"), F("bound__equipment__owner"), F("device__owner")),
            series=series(*_kinds()),
        )

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
        return Subject(self.channel.key if self.channel else None, self.category, self.counts, self.grade)

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


def _kinds() -> tuple[Q, ...]:
    """Say of a standing asset whether it is billed by, suspended, and of competitors then."""
    usage, named = Q(kind="USAGE"), Q(lent__billing_channels__contains=[F("channel__key")])
    return (
        Q(lent__isnull=False) & (usage | named),
        Q(lent__suspended_at__isnull=False) | Q(lent__ordered_at__isnull=False),
        Q(lent__competitor=True),
    )


@dataclass(frozen=True)
class Special:
    """
    What stands beside the default table for an organization at a moment: own terms, and grants to it.

    ``given`` are the grants that hold at the moment, ``grants`` those of them that are about it.
    """

    terms: Mapping[Terms, list[int]]
    given: Sequence[Grant]
    at: datetime

    @property
    def grants(self) -> Mapping[Granted, list[Grant]]:
        """The grants by which may be read what is generated now, by what they open."""
        found: dict[Granted, list[Grant]] = {}
        for one in self.given:
            if one.granted.generated.contains(self.at):
                found.setdefault(one.granted.opens, []).append(one)
        return found

    @classmethod
    def of(cls, organization: Organization, at: datetime) -> "Special":
        """Look it up; two statements."""
        return cls(_terms(organization, at), _given(organization, at), at)


def _sides(organization: Organization, at: datetime) -> Q:
    """Return the condition that an organization owns the device, or leased a machine it then spoke for."""
    held = Agreement.objects.of(organization).filter(period__startswith__lte=at)
    spoken = Binding.objects.filter(device=OuterRef("device"), period__startswith__lte=at).filter(
        Exists(held.filter(equipment=OuterRef("equipment"), period__overlap=OuterRef("period")))
    )
    return Q(device__owner=organization) | Q(Exists(spoken))


def readable(
    organization: Organization, purpose: str | None, at: datetime, special: Special | None = None
) -> Q:
    """
    Return the condition under which a standing asset may be read by an organization.

    Which side it is at the moment is asked of the joined rows. What that side may read is asked of the rule
    itself, once for each kind of series, each terms that agreements have, and each sort of grant.
    """
    special = special or Special.of(organization, at)
    found = Q(pk__in=[])
    for place, party, leased in _places(organization):
        given = _by_table(party, leased, purpose, special.terms if leased else {})
        for grant, under in special.grants.items():
            kinds = register.readable(party, leased, purpose, grant=grant)
            given |= _where(under, leased) & _among(kinds)
        found |= place & given
    return found


def _where(grants: Iterable[Grant], leased: bool) -> Q:
    """Return where grants open something: under their agreements, or while a machine is not leased."""
    if leased:
        return Q(agreement_then__in=[one.agreement_id for one in grants if one.agreement_id])
    return Q(machine_then__in=[one.equipment_id for one in grants if not one.agreement_id])


def _places(organization: Organization) -> Iterator[tuple[Q, Party, bool]]:
    """Yield where an organization may stand: the condition, as which party, and whether leased."""
    leased, free = Q(agreement_then__isnull=False), Q(agreement_then__isnull=True)
    lessee, owner = Q(lessee_then=organization.pk), Q(owner_then=organization.pk)
    yield leased & lessee, Party.LESSEE, True
    yield leased & ~lessee & owner, Party.OWNER, True
    yield free & owner, Party.OWNER, False
    party = BY_KIND.get(organization.kind)
    if party is not None:
        yield leased & ~lessee & ~owner, party, True
        yield free & ~owner, party, False


def _terms(organization: Organization, at: datetime) -> dict[Terms, list[int]]:
    """Return the agreements of a moment whose terms differ from the default ones for an organization."""
    concerned = Q(owner=organization) | Q(lessee=organization)
    if organization.kind in BY_KIND:
        concerned |= Q(versions__terms__changes__contains=[{"party": BY_KIND[organization.kind]}])
    own = AgreementVersion.objects.filter(agreement=OuterRef("pk"), terms__changes__0__isnull=False)
    found: dict[Terms, list[int]] = {}
    held = Agreement.objects.filter(concerned, Exists(own), period__contains=at).distinct()
    for one in held.with_terms().only("pk"):
        found.setdefault(tables.holding(one.agreed, at), []).append(one.pk)
    return found


def _given(organization: Organization, at: datetime) -> list[Grant]:
    """Return the grants to an organization by which may be read at a moment, whatever they are about."""
    found = Grant.objects.given().filter(recipient=organization, readable__contains=at, withdrawn_at=None)
    told = found.select_related("agreement", "equipment").order_by("pk")
    return [one for one in told if one.granted.holds(at)]


def _by_table(party: Party, leased: bool, purpose: str | None, terms: Mapping[Terms, list[int]]) -> Q:
    """Return what the default table gives a party, and what other terms give where they hold."""
    default = register.readable(party, leased, purpose)
    others: dict[frozenset[str], list[int]] = {}
    for own, agreements in terms.items():
        others.setdefault(register.readable(party, leased, purpose, own), []).extend(agreements)
    others.pop(default, None)
    if not others:
        return _among(default)
    elsewhere = [one for agreements in others.values() for one in agreements]
    found = _among(default) & ~Q(agreement_then__in=elsewhere)
    for kinds, agreements in others.items():
        found |= _among(kinds) & Q(agreement_then__in=agreements)
    return found


def _among(kinds: frozenset[str]) -> Q:
    """Return the condition that a standing asset is of one of these kinds: one parameter, however many."""
    return among(kinds, F("series"))


def grade_of(channel: Channel) -> str | None:
    """Return the grade of a channel that was read with its asset; ``None`` if it is not registered yet."""
    asset = getattr(channel, "asset", None)
    return asset.grade if asset else None


def core_data(channels: Mapping[str, Channel]) -> set[str]:
    """Return the keys of the channels that are core data: they go into no file that leaves the house."""
    return {key for key, channel in channels.items() if grade_of(channel) == GradeChoices.CORE}


def _told(condition: Q) -> Case:
    """Return a condition as a column that is true or false, never null."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=TOLD)
