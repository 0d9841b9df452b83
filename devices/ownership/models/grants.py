"""Grants: who else may read what a machine reports, and what came of it."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.ownership.models.agreements import Agreement
from devices.ownership.rules import grant_sentences
from devices.ownership.rules import grants as rules
from devices.ownership.rules.defaults import SECOND
from devices.ownership.rules.grant_terms import Terms
from devices.ownership.rules.grants import INTERVALS, Granted, State
from marketplace.models import Equipment, Organization
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class GrantQuerySet(models.QuerySet["Grant"]):
    """Reads of grants."""

    def visible_in(self, organization: Organization) -> "GrantQuerySet":
        """Keep what an organization asked for or got, and what is about its machines' or leases' data."""
        mine = models.Q(recipient=organization) | models.Q(given_for=organization)
        sides = models.Q(agreement__lessee=organization) | models.Q(equipment__owner=organization)
        return self.filter(mine | sides)

    def given(self) -> "GrantQuerySet":
        """Keep those that were given, also those that have ended."""
        return self.filter(given_at__isnull=False)

    def locked(self) -> "GrantQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Grant(models.Model):
    """
    A recipient may read some categories of a machine's data for a purpose, for a time.

    Terms never change (migration 0005). A row begins as a request, or given; it is answered once, withdrawn
    once, and a service job closed once. ``party`` is the place in the table that the recipient takes;
    ``competitor`` says whether it competed with the lessee when it asked or got. ``lasts`` is in seconds.
    ``generated`` and ``readable`` of a remote diagnosis are known when it is given.
    """

    class Kind(models.TextChoices):
        LESSEE_CONSENT = "LESSEE_CONSENT", _("Consent")
        REMOTE_DIAGNOSIS = "REMOTE_DIAGNOSIS", _("Remote diagnosis")
        SERVICE_JOB = "SERVICE_JOB", _("Service job")
        ORDER = "ORDER", _("Lawful order")

    class Right(models.TextChoices):
        READ = "read", _("every reading")
        READ_AGGREGATE = "read_aggregate", _("figures only")

    class Role(models.TextChoices):
        LESSEE = "lessee", _("Lessee")
        OWNER = "owner", _("Owner")
        PLATFORM = "platform", _("Platform")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "gra"), editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="grants")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="grants")
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="grants_got")
    party = models.CharField(max_length=16)
    categories = ArrayField(models.CharField(max_length=24))
    right = models.CharField(max_length=14, choices=Right)
    purpose = models.CharField(max_length=60)
    interval = models.CharField(max_length=8, blank=True)
    generated = DateTimeRangeField(null=True)
    readable = DateTimeRangeField(null=True)
    lasts = models.PositiveIntegerField(null=True)
    reference = models.CharField(max_length=80, blank=True)
    authority = models.CharField(max_length=120, blank=True)
    ordered_on = models.DateField(null=True)
    competitor = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    given_at = models.DateTimeField(null=True)
    given_by = models.CharField(max_length=30, blank=True)
    given_by_name = models.CharField(max_length=80, blank=True)
    given_for = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="grants_given"
    )
    given_role = models.CharField(max_length=8, choices=Role, blank=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.CharField(max_length=30, blank=True)
    refused_why = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=30, blank=True)
    job_closed_at = models.DateTimeField(null=True)
    job_closed_by = models.CharField(max_length=30, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["recipient", "equipment"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_asked_or_given",
                condition=models.Q(asked_at__isnull=False) | models.Q(given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_answered_once",
                condition=models.Q(given_at=None) | models.Q(refused_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_withdrawn_if_given",
                condition=models.Q(withdrawn_at=None) | models.Q(given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_given_by_somebody_for_a_time",
                condition=models.Q(given_at=None)
                | (
                    models.Q(given_for__isnull=False, readable__isnull=False, generated__isnull=False)
                    & ~models.Q(given_role="")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_time_box",
                condition=models.Q(readable=None)
                | models.Q(readable__isempty=False, readable__endswith__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_data_period",
                condition=models.Q(generated=None) | models.Q(generated__isempty=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_job_closed_if_one",
                condition=models.Q(job_closed_at=None) | models.Q(kind="SERVICE_JOB", given_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.equipment}, {self.purpose}"

    @property
    def terms(self) -> Terms:
        """The terms as they are hashed; a remote diagnosis has its length, not its times."""
        timed = self.kind != self.Kind.REMOTE_DIAGNOSIS
        return Terms(
            kind=self.kind,
            equipment=self.equipment.public_id,
            agreement=self.agreement.public_id if self.agreement else None,
            recipient=self.recipient.public_id,
            party=self.party,
            categories=tuple(self.categories),
            right=self.right,
            purpose=self.purpose,
            interval=self.interval or None,
            generated=_span(self.generated) if timed else None,
            readable=_span(self.readable) if timed else None,
            lasts=self.lasts,
            reference=self.reference,
            authority=self.authority,
            ordered_on=self.ordered_on,
        )

    @property
    def open_to(self) -> Period | None:
        """When it may be read by: the time box, cut a week after a service job was closed."""
        span = _span(self.readable)
        if span is None or span.end is None:
            return None
        until = rules.readable_until(span.end, self.job_closed_at)
        return Period(span.start, until) if until > span.start else None

    @property
    def taken_back_at(self) -> datetime | None:
        """When it was withdrawn; a service job that was closed before it could be read by counts as such."""
        never_opens = self.readable is not None and self.open_to is None
        return self.withdrawn_at or (self.job_closed_at if never_opens else None)

    def state(self, at: datetime) -> State:
        """What has become of it at ``at``."""
        return rules.state(
            at=at,
            readable=self.open_to,
            given_at=self.given_at,
            refused_at=self.refused_at,
            withdrawn_at=self.taken_back_at,
        )

    def sentence(self, moment: grant_sentences.Written | None = None) -> str:
        """Say in the reader's language who may use which data until when; ``moment`` writes a time."""
        zone = timezone.get_current_timezone()
        return grant_sentences.sentence(
            self.terms,
            recipient=self.recipient.name,
            generated=_span(self.generated),
            readable=self.open_to,
            moment=moment or (lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}"),
            translate=gettext,
        )

    @property
    def granted(self) -> Granted:
        """What a decision needs of it, once it was given."""
        generated, readable = _span(self.generated), self.open_to or _span(self.readable)
        assert generated is not None
        assert readable is not None
        return Granted(
            id=self.public_id,
            kind=rules.Kind(self.kind),
            categories=frozenset(self.categories),
            right=self.right,
            purpose=self.purpose,
            interval=INTERVALS[self.interval] * SECOND if self.interval else None,
            generated=generated,
            readable=readable,
            withdrawn_at=self.taken_back_at,
            competitor=self.competitor,
        )


def _span(found: DateTimeTZRange | None) -> Period | None:
    return None if found is None else Period(found.lower, found.upper)
