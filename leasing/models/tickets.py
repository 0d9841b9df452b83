"""Fault tickets on leased machines, the evidence of each step, and what a standstill gives."""

from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease, LeaseUnit
from leasing.models.transitions import Step
from leasing.rules import downtime, sla
from leasing.rules import tickets as rules
from leasing.rules.leases import SETTLED
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Reads of tickets."""

    def visible_to(self, user: User) -> "TicketQuerySet":
        """Keep those of leases that ``user`` may see."""
        return self.filter(lease__in=Lease.objects.visible_to(user))

    def of(self, organization: Organization) -> "TicketQuerySet":
        """Keep those of leases of which an organization is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(lease__lessor=organization) | models.Q(lease__lessee=organization))

    def due(self, at: datetime) -> "TicketQuerySet":
        """
        Keep what the clock may have to move: unconfirmed repairs, standstills to measure, unanswered
        proposals.
        """
        measured = models.Q(
            status=rules.Status.CONFIRMED, severity=rules.Severity.DOWN, evidence__isnull=True
        )
        return self.filter(
            models.Q(status=rules.Status.SOLVED, confirm_by__lte=at)
            | (measured & models.Q(measure_at__lte=at))
            | models.Q(attribution=rules.Attribution.PROPOSED, reply_by__lte=at)
        )

    def borne_by_lessor(self) -> "TicketQuerySet":
        """Keep the standstills for which the lessor answers, agreed or decided."""
        return self.filter(attribution__in=sorted(rules.FINAL), cause=rules.Cause.LESSOR)

    def with_sides(self) -> "TicketQuerySet":
        """Fetch what every page and answer shows of a ticket, in the same query."""
        closed = TicketStep.objects.filter(ticket=models.OuterRef("pk"), move=rules.Move.CLOSE)
        return self.select_related(
            "lease__lessor", "lease__lessee", "unit__equipment", "raised_by", "proposed_by"
        ).annotate(was_closed=models.Exists(closed))

    def locked(self) -> "TicketQuerySet":
        """Lock the rows in the one order that all writers use: machines, then leases, then these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Ticket(models.Model):
    """
    A fault of a leased machine; ``status`` is how far the repair is, ``attribution`` how far the two are
    about who bears it.

    The machine is said to stand from ``down_from`` to ``down_to``; ``evidence`` is what its execution states
    say of that time. A trigger keeps what was reported, and who bears it once that is agreed or decided.
    """

    class State(models.TextChoices):
        OPEN = rules.Status.OPEN.value, _("Reported")
        ACKNOWLEDGED = rules.Status.ACKNOWLEDGED.value, _("Seen")
        IN_WORK = rules.Status.IN_WORK.value, _("In repair")
        SOLVED = rules.Status.SOLVED.value, _("Repaired, to confirm")
        CONFIRMED = rules.Status.CONFIRMED.value, _("Works again")
        REOPENED = rules.Status.REOPENED.value, _("Reopened")
        WITHDRAWN = rules.Status.WITHDRAWN.value, _("Withdrawn")

    class Answer(models.TextChoices):
        NONE = rules.Attribution.NONE.value, _("Not proposed yet")
        PROPOSED = rules.Attribution.PROPOSED.value, _("Proposed")
        AGREED = rules.Attribution.AGREED.value, _("Agreed")
        CONTESTED = rules.Attribution.CONTESTED.value, _("Contested")
        DECIDED = rules.Attribution.DECIDED.value, _("Decided by the platform")

    class Bearer(models.TextChoices):
        LESSOR = rules.Cause.LESSOR.value, _("The lessor")
        LESSEE = rules.Cause.LESSEE.value, _("The lessee")
        PLANNED = rules.Cause.PLANNED.value, _("Nobody: it was planned")
        EXTERNAL = rules.Cause.EXTERNAL.value, _("Nobody: it came from outside")

    class Effect(models.TextChoices):
        DOWN = rules.Severity.DOWN.value, _("The machine stands")
        IMPAIRED = rules.Severity.IMPAIRED.value, _("It works, but not as it should")
        MINOR = rules.Severity.MINOR.value, _("No effect on the work")

    class Remedy(models.TextChoices):
        CREDIT = downtime.Remedy.CREDIT.value, _("Less rent")
        EXTENSION = downtime.Remedy.EXTENSION.value, _("A longer lease")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "tkt"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="tickets")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="tickets")
    raised_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    severity = models.CharField(max_length=10, choices=Effect)
    text = models.TextField(max_length=rules.LONGEST_TEXT)
    status = models.CharField(max_length=12, choices=State)
    down_from = models.DateTimeField()
    down_to = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True, blank=True)
    response_due_at = models.DateTimeField()
    solution_due_at = models.DateTimeField()
    confirm_by = models.DateTimeField(null=True, blank=True)
    measure_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)
    attribution = models.CharField(max_length=10, choices=Answer, default=rules.Attribution.NONE)
    cause = models.CharField(max_length=10, choices=Bearer, blank=True)
    remedy = models.CharField(max_length=10, choices=Remedy, blank=True)
    proposed_by = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reply_by = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_standstill_not_empty",
                condition=models.Q(down_to=None) | models.Q(down_to__gt=models.F("down_from")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_repaired_at",
                condition=models.Q(down_to=None)
                ^ models.Q(status__in=[rules.Status.SOLVED, rules.Status.CONFIRMED]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_borne_by_somebody",
                condition=models.Q(cause="", attribution=rules.Attribution.NONE)
                | (
                    ~models.Q(cause="")
                    & ~models.Q(attribution=rules.Attribution.NONE)
                    & models.Q(status=rules.Status.CONFIRMED, evidence__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_remedy_of_lessor",
                condition=models.Q(remedy="") ^ models.Q(cause=rules.Cause.LESSOR),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "confirm_by"]),
            models.Index(fields=["attribution", "reply_by"]),
        ]

    def __str__(self) -> str:
        return f"{self.unit.equipment} {self.reported_at:%Y-%m-%d}"

    @property
    def agreed(self) -> sla.Sla:
        """The service level of its lease."""
        return sla.sla_of(self.lease.terms)

    @property
    def standstill(self) -> Period | None:
        """The time that the machine is said to have stood, within the lease; nothing until it is repaired."""
        return rules.standstill(self.down_from, self.down_to, self.unit.active_to or self.lease.ends_at)

    @property
    def stands(self) -> list[Period]:
        """The times that it stood as the evidence says."""
        found = (self.evidence or {}).get("stands", [])
        return [Period(*(datetime.fromisoformat(edge) for edge in one)) for one in found]

    @property
    def allowed(self) -> list[str]:
        """The moves that its state knows, and that of the lease."""
        stand = (
            rules.Status(self.status),
            rules.Attribution(self.attribution),
            rules.Severity(self.severity),
        )
        return [str(move) for move in rules.moves_from(*stand) if move not in self.barred]

    @property
    def barred(self) -> frozenset[rules.Move]:
        """The moves that came to an end with the use of the machine, or with the settlement."""
        settled = self.lease.status in SETTLED
        return rules.barred(use_is_over=self.unit.active_to is not None, is_settled=settled)

    @property
    def response(self) -> timedelta | None:
        """How long the first answer took."""
        return None if self.responded_at is None else self.responded_at - self.reported_at

    @property
    def solution(self) -> timedelta | None:
        """How long the repair took from the report on."""
        return None if self.down_to is None else self.down_to - self.reported_at

    def side_of(self, organization: Organization) -> rules.Side | None:
        """Return the side on which an organization stands."""
        if organization.pk == self.lease.lessor_id:
            return rules.Side.LESSOR
        if organization.pk == self.lease.lessee_id:
            return rules.Side.LESSEE
        return rules.Side.PLATFORM if organization.kind == OrganizationKind.PLATFORM else None


class TicketStep(Step):
    """One step of a ticket."""

    class Verb(models.TextChoices):
        REPORT = rules.Move.REPORT.value, _("reported the fault")
        ACKNOWLEDGE = rules.Move.ACKNOWLEDGE.value, _("has seen the fault")
        START = rules.Move.START.value, _("began the repair")
        SOLVE = rules.Move.SOLVE.value, _("repaired the machine")
        CONFIRM = rules.Move.CONFIRM.value, _("confirmed that it works")
        REOPEN = rules.Move.REOPEN.value, _("reopened the ticket")
        WITHDRAW = rules.Move.WITHDRAW.value, _("withdrew the ticket")
        MEASURE = rules.Move.MEASURE.value, _("measured how long it stood")
        PROPOSE = rules.Move.PROPOSE.value, _("proposed who bears it")
        AGREE = rules.Move.AGREE.value, _("agreed to who bears it")
        CONTEST = rules.Move.CONTEST.value, _("contested who bears it")
        DECIDE = rules.Move.DECIDE.value, _("decided who bears it")
        LAPSE = rules.Move.LAPSE.value, _("noted that nobody answered in time")
        PHOTOS = rules.Move.PHOTOS.value, _("added photos")
        CLOSE = rules.Move.CLOSE.value, _("closed the ticket with the end of the use")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=12, blank=True)
    status_after = models.CharField(max_length=12, choices=Ticket.State)

    class Meta:
        ordering: ClassVar = ["ticket", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["ticket", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The ticket."""
        return {"ticket": self.ticket.public_id}


class DowntimeCreditQuerySet(models.QuerySet["DowntimeCredit"]):
    """Reads of what standstills give; billing finds it here."""

    def of(self, organization: Organization) -> "DowntimeCreditQuerySet":
        """Keep those of leases of which an organization is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(models.Q(lease__lessor=organization) | models.Q(lease__lessee=organization))


class DowntimeCredit(models.Model):
    """
    A fact: a time that the machine stood by the lessor's fault gives less rent, or a longer lease. Never
    changed.

    ``seconds`` of service were lost between ``starts_at`` and ``ends_at`` (half-open). ``share`` is percent
    of what the billing period from ``month_from`` to ``month_to`` costs whatever the use: base fee and
    minimum; ``days`` are days of extension; one of the two is set. ``rule`` is the credit rule of the service
    level by which it was computed. No two are for one time of a machine: an exclusion constraint.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dtc"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="downtime_credits")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="downtime_credits")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="credits")
    remedy = models.CharField(max_length=10, choices=Ticket.Remedy)
    cause = models.TextField(max_length=rules.LONGEST_TEXT)
    basis = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    month_from = models.DateTimeField(null=True, blank=True)
    month_to = models.DateTimeField(null=True, blank=True)
    service_seconds = models.PositiveIntegerField(null=True, blank=True)
    share = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    rule = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects = DowntimeCreditQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_credit_or_extension",
                condition=models.Q(
                    remedy="CREDIT",
                    share__isnull=False,
                    month_from__isnull=False,
                    month_to__isnull=False,
                    days=None,
                )
                | models.Q(
                    remedy="EXTENSION", days__isnull=False, share=None, month_from=None, month_to=None
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_within_month",
                condition=models.Q(month_from=None)
                | models.Q(month_from__lte=models.F("starts_at"), month_to__gte=models.F("ends_at")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["lease", "starts_at"])]

    def __str__(self) -> str:
        return f"{self.ticket} {self.remedy}"

    @property
    def period(self) -> Period:
        """The time that it is for."""
        return Period(self.starts_at, self.ends_at)
