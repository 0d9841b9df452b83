"""Registration certificates of data property: chains of entries, and what the platform signed of them."""

from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import connection, models
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from devices.models import LogKey
from devices.ownership.rules import registrations as rules
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """Reads of registrations."""

    def visible_in(self, organization: Organization) -> "RegistrationQuerySet":
        """Keep what an organization holds, held or was offered; the platform, which decides, sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        named = RegistrationEntry.objects.filter(registration=OuterRef("pk"))
        return self.filter(Exists(named.filter(Q(holder=organization) | Q(recipient=organization))))

    def shown(self, at: datetime) -> "RegistrationQuerySet":
        """Say of each who holds it, whether it waits for a decision and whether it is in force; one query."""
        entries = RegistrationEntry.objects.filter(registration=OuterRef("pk")).order_by("-position")
        granted = entries.filter(step=rules.Step.GRANTED)
        last = {"last_step": entries.values("step")[:1], "holder_now": entries.values("holder")[:1]}
        last |= {
            "granted_kind": granted.values("kind")[:1],
            "granted_until": granted.values("valid_until")[:1],
        }
        told = self.annotate(**{name: Subquery(one) for name, one in last.items()})
        valid = Q(granted_until__gt=at) & ~Q(granted_kind=rules.Kind.CANCELLATION)
        return told.annotate(
            is_pending=_told(Q(last_step__in=[rules.Step.APPLIED, rules.Step.AGREED])),
            is_in_force=_told(valid),
        ).order_by("-pk")

    def with_entries(self) -> "RegistrationQuerySet":
        """Fetch all entries, with sides and signatures, in one query more."""
        sides = ("holder", "recipient", "within", "signed__key")
        return self.prefetch_related(Prefetch("entries", RegistrationEntry.objects.select_related(*sides)))

    def locked(self) -> "RegistrationQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def decide_alone(self) -> None:
        """Wait until no other decision of a registrar is under way, to the end of the transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ownership_registration'))")

    def next_running(self, year: int) -> int:
        """Return the next running number of a year; under :meth:`decide_alone`."""
        last = self.filter(year=year).aggregate(last=models.Max("running"))["last"]
        return (last or 0) + 1


class Registration(models.Model):
    """One certificate; what is said of it stands in its entries. Its number comes with the first grant."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "reg"), editable=False)
    year = models.PositiveSmallIntegerField(null=True)
    running = models.PositiveIntegerField(null=True)
    applied_at = models.DateTimeField()

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_number", fields=["year", "running"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_whole_number",
                condition=Q(year=None, running=None) | Q(year__isnull=False, running__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.public_id

    @property
    def number(self) -> str | None:
        """The number of the certificate, once there is one."""
        return None if self.year is None or self.running is None else rules.number(self.year, self.running)

    @property
    def chain(self) -> "list[RegistrationEntry]":
        """Its entries, oldest first."""
        return sorted(self.entries.all(), key=attrgetter("position"))

    @property
    def last(self) -> "RegistrationEntry":
        """The newest entry."""
        return self.chain[-1]

    @property
    def current(self) -> "RegistrationEntry":
        """What it says: the newest granted version, or the newest entry while there is none."""
        chain = self.chain
        return next((one for one in reversed(chain) if one.step == rules.Step.GRANTED), chain[-1])

    def state(self, at: datetime) -> rules.State:
        """Return where it is at a moment."""
        return rules.state([one.told for one in self.chain], at=at)


class RegistrationEntryQuerySet(models.QuerySet["RegistrationEntry"]):
    """Reads of entries."""

    def in_force(self, at: datetime) -> "RegistrationEntryQuerySet":
        """Keep the granted versions that hold at a moment: none after them, and not cancelled."""
        later = RegistrationEntry.objects.filter(
            registration=OuterRef("registration"), step=rules.Step.GRANTED, position__gt=OuterRef("position")
        )
        granted = self.filter(step=rules.Step.GRANTED, valid_until__gt=at)
        return granted.exclude(kind=rules.Kind.CANCELLATION).exclude(Exists(later))

    def unsigned(self) -> "RegistrationEntryQuerySet":
        """Keep what was granted and waits for the platform's signature, oldest first."""
        return self.filter(step=rules.Step.GRANTED, signed=None).order_by("pk")


class RegistrationEntry(models.Model):
    """
    One step in the life of a certificate; a trigger refuses to change or delete it.

    ``text`` is what is chained and signed, ``digest`` its SHA-256, ``previous`` that of the entry before,
    ``content`` that of the subject alone. Every entry says the whole: who holds which right over which
    ``assets``, as data of ``period``, from ``valid_from`` until ``valid_until`` once granted.
    """

    class Kind(models.TextChoices):
        FIRST = "FIRST", _("First registration")
        TRANSFER = "TRANSFER", _("Transfer")
        CHANGE = "CHANGE", _("Change")
        RENEWAL = "RENEWAL", _("Renewal")
        CANCELLATION = "CANCELLATION", _("Cancellation")

    class Step(models.TextChoices):
        APPLIED = "APPLIED", _("Applied for")
        AGREED = "AGREED", _("Agreed by the recipient")
        GRANTED = "GRANTED", _("Granted")
        REFUSED = "REFUSED", _("Refused")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    class Right(models.TextChoices):
        HOLD = "hold", _("Right to hold")
        PROCESS = "process", _("Right to use")
        OPERATE = "operate", _("Right to operate as a product")

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    step = models.CharField(max_length=9, choices=Step)
    right = models.CharField(max_length=7, choices=Right)
    holder = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="registrations_held")
    recipient = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="registrations_offered"
    )
    assets = ArrayField(models.CharField(max_length=30))
    period = DateTimeRangeField()
    years = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    content = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    grounds = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    within = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = RegistrationEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["registration", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_next", fields=["registration", "position"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_refused_has_ground",
                condition=~Q(step="REFUSED") | ~Q(grounds=[]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration} #{self.position}: {self.kind} {self.step}"

    @property
    def span(self) -> Period:
        """The period as the rules know it."""
        return Period(self.period.lower, self.period.upper)

    @property
    def told(self) -> rules.Told:
        """What the state of the certificate follows from."""
        return rules.Told(rules.Kind(self.kind), rules.Step(self.step), self.valid_until)


class RegistrationSignature(models.Model):
    """The platform's signature over the text of a granted entry; a trigger refuses to change or delete it."""

    entry = models.OneToOneField(RegistrationEntry, on_delete=models.PROTECT, related_name="signed")
    key = models.ForeignKey(LogKey, on_delete=models.PROTECT, related_name="+")
    signature = models.BinaryField()
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entry_id}"


def taken(entry: RegistrationEntry, *, at: datetime) -> set[str]:
    """Return the assets of an entry over which another certificate in force registers the same right."""
    others = RegistrationEntry.objects.in_force(at).exclude(registration=entry.registration)
    alike = others.filter(right=entry.right, assets__overlap=entry.assets, period__overlap=entry.period)
    return {one for assets in alike.values_list("assets", flat=True) for one in assets} & set(entry.assets)


def _told(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=models.BooleanField())
