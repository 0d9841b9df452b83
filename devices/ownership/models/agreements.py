"""Agreements: whose data a machine makes, and for how long."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from devices.ownership.models.versions import AgreementVersion
from devices.ownership.rules.tables import Version
from marketplace.models import Equipment, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period

DEEPEST = 3  # how many sub-leases may stand under one another
# Terms of all versions of an agreement ``a``, oldest first, as ``versions_of`` takes them.
TERMS = """(
    SELECT jsonb_agg(jsonb_build_array(v.terms, v.valid_from, v.covers_earlier) ORDER BY v.number)
    FROM ownership_agreementversion v WHERE v.agreement_id = a.id
)"""


def versions_of(rows: Iterable[tuple[dict[str, Any], str, bool]] | None) -> list[Version]:
    """Return versions as the rules know them, from what ``TERMS`` selects."""
    return [
        Version(terms, datetime.fromisoformat(since), covers_earlier)
        for terms, since, covers_earlier in rows or ()
    ]


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Reads of agreements."""

    def of(self, organization: Organization) -> "AgreementQuerySet":
        """Keep the agreements in which an organization is one of the sides."""
        return self.filter(models.Q(owner=organization) | models.Q(lessee=organization))

    def not_sublet(self, moment: datetime | OuterRef) -> "AgreementQuerySet":
        """Of agreements in force at a moment, keep those whose lessee uses the machine then itself."""
        below = Agreement.objects.filter(under=OuterRef("pk"), period__contains=moment)
        return self.filter(~Exists(below))

    def branch(self, agreement: "Agreement") -> "AgreementQuerySet":
        """Keep an agreement and all that are under it."""
        place, found = "pk", models.Q(pk=agreement.pk)
        for _ in range(DEEPEST):
            place = "under" if place == "pk" else f"{place}__under"
            found |= models.Q(**{place: agreement.pk})
        return self.filter(found)

    def reached_by(self, organization: Organization) -> "AgreementQuerySet":
        """Keep the agreements on which an organization may act: as a side, or on orders as the platform."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self.filter(owner__is_synthetic=False)
        return self.of(organization)

    def overlapping(self, period: Period) -> "AgreementQuerySet":
        """Keep the agreements in force at some moment of a period."""
        return self.filter(period__overlap=(period.start, period.end))

    def with_terms(self) -> "AgreementQuerySet":
        """Fetch the terms of all versions in the same query, oldest first."""
        fields = {name: name for name in ("terms", "valid_from", "covers_earlier")}
        found = AgreementVersion.objects.filter(agreement=OuterRef("pk")).order_by("number")
        return self.annotate(all_terms=ArraySubquery(found.values(json=JSONObject(**fields))))

    def raise_version(self) -> None:
        """Let every read that is under way find that rights have changed; the rows are locked."""
        self.update(version=models.F("version") + 1)

    def locked(self) -> "AgreementQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Agreement(models.Model):
    """
    For a period, what a machine reports is the lessee's; never two lessees' at once (migration 0011).

    One for a sub-lease stands ``under`` another, inside its period, and takes its place there; ``above``
    are the public ids of those who sub-let, from the head lessee on. ``owner`` is the machine's all the same.

    ``version`` rises with every change. Each read compares it with the one it decided under, so it is never
    cached. ``reference`` is the public id of the lease; the terms are in ``versions`` with their own numbers.
    ``suspended_at`` is the lessee's suspension, ``ordered_at`` the platform's, on the ``order`` named.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "agr"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="agreements")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="agreements_given")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="agreements_held")
    period = DateTimeRangeField()
    reference = models.CharField(max_length=30)
    billing_channels = ArrayField(models.CharField(max_length=200), default=list)
    competitor = models.BooleanField(default=False)  # of owner and lessee, when it was opened
    under = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="below")
    above = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    order = models.CharField(max_length=200, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reference"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty", condition=models.Q(period__isempty=False)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides", condition=~models.Q(owner=models.F("lessee"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment}: {self.owner} → {self.lessee}"

    @property
    def span(self) -> Period:
        """The period as the rules know it."""
        return Period(self.period.lower, self.period.upper)

    @property
    def is_suspended(self) -> bool:
        """Whether others than the lessee read billing counters alone."""
        return self.suspended_at is not None or self.ordered_at is not None

    @property
    def agreed(self) -> list[Version]:
        """The terms of all versions, oldest first, of an agreement that was read ``with_terms``."""
        found: list[dict[str, object]] = self.all_terms  # type: ignore[attr-defined]
        return [
            Version(one["terms"], datetime.fromisoformat(str(one["valid_from"])), bool(one["covers_earlier"]))  # type: ignore[arg-type]
            for one in found
        ]
