"""Runs of the standing checks, what each looked at, and what they found until it is found no more."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext

from billing.models.invoices import Invoice
from billing.rules.checks import CHECKS, COULD_NOT_RUN, RUN_AGAIN, TOLD, Found, figure
from leasing.models import Lease
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id


class CheckRun(models.Model):
    """One run of checks, and who asked for it. Append-only (migration 0021)."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "chk"), editable=False)
    started_at = models.DateTimeField()
    actor = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.public_id} {self.started_at:%Y-%m-%d %H:%M}"


class CheckResult(models.Model):
    """
    What one check of a run came to: how many breaches, or why it could not be run. Append-only.

    ``failure`` is "" if it was run.
    """

    run = models.ForeignKey(CheckRun, on_delete=models.PROTECT, related_name="results")
    code = models.CharField(max_length=24)
    count = models.PositiveIntegerField()
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["run", "code"])
        ]
        indexes: ClassVar = [models.Index(fields=["code", "-id"])]

    def __str__(self) -> str:
        return f"{self.run} {self.code}: {self.count}"


class CheckFindingQuerySet(models.QuerySet["CheckFinding"]):
    """Reads of findings."""

    def standing(self) -> "CheckFindingQuerySet":
        """Keep what is still found."""
        return self.filter(solved_at=None)

    def visible_to(self, user: User) -> "CheckFindingQuerySet":
        """
        Keep what concerns the sellers in which ``user`` may read invoices; the platform's readers see all.
        """
        mine = organizations_where(user, Permission.INVOICE_READ)
        return self._of(mine)

    def of(self, organization: Organization) -> "CheckFindingQuerySet":
        """Keep what concerns one organization; the platform sees all."""
        return self._of(Organization.objects.filter(pk=organization.pk))

    def _of(self, mine: models.QuerySet[Organization]) -> "CheckFindingQuerySet":
        platform = models.Exists(mine.filter(kind=OrganizationKind.PLATFORM))
        return self.filter(platform | models.Q(seller__in=mine, code__in=TOLD))


class CheckFinding(models.Model):
    """
    One breach of one rule, from the run that found it to the one that found it no more.

    ``subject`` names it once within its check. ``expected`` and ``found`` are minor units of ``unit`` where
    that is a currency; otherwise they count, or are a quantity of the meter ``unit``. If its figures change
    it is solved and stands again, with the same ``since``. A check that could not be run is one with the
    subject "" and its ``failure``. Never deleted, and changed but once, when it is solved (migration 0021).
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "fnd"), editable=False)
    code = models.CharField(max_length=24)
    subject = models.CharField(max_length=120, blank=True)
    seller = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expected = models.DecimalField(max_digits=40, decimal_places=18)
    found = models.DecimalField(max_digits=40, decimal_places=18)
    unit = models.CharField(max_length=12, blank=True)
    facts = models.JSONField(default=dict)
    failure = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()
    run = models.ForeignKey(CheckRun, on_delete=models.PROTECT, related_name="findings")
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_in = models.ForeignKey(
        CheckRun, on_delete=models.PROTECT, null=True, blank=True, related_name="solved"
    )

    objects = CheckFindingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_stands_once",
                fields=["code", "subject"],
                condition=models.Q(solved_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_solved_in_a_run",
                condition=models.Q(solved_at=None, solved_in=None)
                | models.Q(
                    solved_at__isnull=False, solved_in__isnull=False, solved_at__gte=models.F("since")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_named_or_failed",
                condition=models.Q(subject="") ^ models.Q(failure=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["seller", "-id"])]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"

    def value(self) -> Found:
        """Return it as a run finds it."""
        return Found(
            subject=self.subject,
            expected=self.expected,
            found=self.found,
            unit=self.unit,
            seller=self.seller_id,
            lease=self.lease_id,
            invoice=self.invoice_id,
            facts=self.facts,
        )

    @property
    def rule(self) -> str:
        """The rule that is broken, in the language of the reader."""
        return gettext(CHECKS[self.code].says)

    @property
    def about(self) -> str:
        """What breaks it with the two figures, or why it could not be looked at; likewise."""
        if self.failure:
            return gettext(COULD_NOT_RUN).format(reason=self.failure)
        figures = {name: figure(getattr(self, name), self.unit) for name in ("expected", "found")}
        return gettext(CHECKS[self.code].about).format(**self.facts, **figures)

    @property
    def next_step(self) -> str:
        """What to do about it; likewise."""
        return gettext(RUN_AGAIN if self.failure else CHECKS[self.code].next_step)
