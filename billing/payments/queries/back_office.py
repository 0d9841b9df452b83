"""What waits for the platform's people, from when the oldest waits, and what happened today."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import CharField, Count, DateTimeField, F, Min, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import CheckFinding, Invoice, InvoiceRun, LineDispute
from billing.payments.models import PaymentOrder, ReconException
from billing.payments.rules.order_states import State as OrderState
from billing.rules.run_states import RunState
from devices.models import Silence
from leasing.models import Lease
from leasing.queries.mediation import to_decide
from marketplace.models import (
    BackgroundJob,
    ContentCase,
    Letter,
    Listing,
    NameplateCase,
    Organization,
    User,
    Verification,
)
from marketplace.permissions import Permission, allowed
from marketplace.queries.checks import unchecked
from marketplace.queries.verifications import due_again
from marketplace.rules.verifications import State as Checked

FAILED_WITHIN: Final = timedelta(days=7)
MOST_JOBS: Final = 10
MOST_COUNTED: Final = 1_000  # offers; of a whole market that nobody looked at, more are not counted
MOST_TRIES: Final = 5  # of a mail: whoever sends it gives up then (marketplace.actions.letters)


class Matter(StrEnum):
    """One kind of thing that waits for somebody of the platform."""

    VERIFICATIONS = "VERIFICATIONS"
    CHECK_AGAIN = "CHECK_AGAIN"
    OFFERS = "OFFERS"
    NAMEPLATES = "NAMEPLATES"
    REPORTS = "REPORTS"
    DECISIONS = "DECISIONS"
    DISPUTES = "DISPUTES"
    PAYOUTS = "PAYOUTS"
    RUNS = "RUNS"
    EXCEPTIONS = "EXCEPTIONS"
    FINDINGS = "FINDINGS"
    MAILS = "MAILS"
    JOBS = "JOBS"
    SILENCES = "SILENCES"


# Who is shown a matter: whoever may do something about it.
RIGHTS: Final[Mapping[Matter, Permission]] = {
    Matter.VERIFICATIONS: Permission.VERIFICATION_DECIDE,
    Matter.CHECK_AGAIN: Permission.VERIFICATION_DECIDE,
    Matter.OFFERS: Permission.CHECK_RECORD,
    Matter.NAMEPLATES: Permission.CHECK_RECORD,
    Matter.REPORTS: Permission.CHECK_RECORD,
    Matter.DECISIONS: Permission.LEASE_DECIDE,
    Matter.DISPUTES: Permission.INVOICE_READ,
    Matter.PAYOUTS: Permission.PAYMENT_RELEASE,
    Matter.RUNS: Permission.INVOICE_RUN,
    Matter.EXCEPTIONS: Permission.PAYMENT_MATCH,
    Matter.FINDINGS: Permission.INVOICE_READ,
    Matter.MAILS: Permission.MEMBER_EDIT,
    Matter.JOBS: Permission.LEASE_OPERATE,
    Matter.SILENCES: Permission.LEASE_OPERATE,
}


@dataclass(frozen=True)
class Waiting:
    """
    How many things of a kind wait, and since when the oldest does; ``None`` if none waits.

    ``is_more`` says that more than ``count`` wait: they are counted up to a bound.
    """

    matter: Matter
    count: int
    since: datetime | None
    is_more: bool = False


@dataclass(frozen=True)
class Figures:
    """What happened since the day began; ``billed_minor`` are minor units of yuan, tax included."""

    organizations: int
    requests: int
    begun: int
    invoices: int
    billed_minor: int


def matters_of(user: User, platform: Organization) -> list[Matter]:
    """Return what a person of the platform may do something about, in the order of the page."""
    return [one for one in Matter if allowed(user, RIGHTS[one], within=platform)]


def waiting(platform: Organization, matters: list[Matter], at: datetime, on: date) -> list[Waiting]:
    """Return how much waits of each of some matters; one query, whatever waits."""
    parts = [part for one in matters for part in _parts(one, platform, at, on)]
    found: dict[str, list[tuple[int, datetime | None]]] = {}
    for name, count, since in _counted(parts):
        found.setdefault(name, []).append((count, since))
    return [_summed(one, found.get(one.value, [])) for one in matters]


def failed_jobs(at: datetime) -> list[BackgroundJob]:
    """Return the background jobs that ended by a fault within a week, the latest first."""
    return list(_failed(at).select_related("organization").order_by("-finished_at")[:MOST_JOBS])


def figures(since: datetime, until: datetime) -> Figures:
    """Return what happened in [since, until); two queries."""
    span = (since, until)
    parts = [
        ("organizations", _within(Organization.objects.filter(is_synthetic=False), "created_at", span)),
        ("requests", _within(Lease.objects.all(), "requested_at", span)),
        ("begun", _within(Lease.objects.all(), "active_from", span)),
    ]
    counts = dict.fromkeys((name for name, _found in parts), 0)
    counts |= {name: count for name, count, _since in _counted(parts)}
    issued = _within(Invoice.objects.issued().filter(currency="CNY"), "issued_at", span)
    billed = issued.aggregate(count=Count("pk"), total=Coalesce(Sum("gross_minor"), 0))
    return Figures(**counts, invoices=billed["count"], billed_minor=int(billed["total"]))


Part = tuple[str, QuerySet[Any]]


def _parts(matter: Matter, platform: Organization, at: datetime, on: date) -> Iterator[Part]:
    """Yield the querysets of a matter, each row with ``waits_since``."""
    if matter == Matter.DECISIONS:
        yield from ((matter.value, found) for found in to_decide().values())
        return
    simple: dict[Matter, tuple[QuerySet[Any], str]] = {
        Matter.VERIFICATIONS: (Verification.objects.filter(state=Checked.WAITING), "submitted_at"),
        Matter.CHECK_AGAIN: (due_again(on), "verified_at"),
        Matter.OFFERS: (_oldest(unchecked(Listing.objects.all())), "published_at"),
        Matter.NAMEPLATES: (NameplateCase.objects.open(), "opened_at"),
        Matter.REPORTS: (ContentCase.objects.waiting(), "opened_at"),
        Matter.DISPUTES: (LineDispute.objects.freezing(), "raised_at"),
        Matter.PAYOUTS: (PaymentOrder.objects.filter(**_proposed(platform)), "made_at"),
        Matter.RUNS: (InvoiceRun.objects.filter(organization=platform, state=RunState.PREVIEWED), "made_at"),
        Matter.EXCEPTIONS: (
            ReconException.objects.filter(book__organization=platform).open(),
            "opened_at",
        ),
        Matter.FINDINGS: (CheckFinding.objects.standing(), "since"),
        Matter.MAILS: (Letter.objects.filter(sent_at=None, tries__gte=MOST_TRIES), "made_at"),
        Matter.JOBS: (_failed(at), "finished_at"),
        Matter.SILENCES: (Silence.objects.open(), "since"),
    }
    found, since = simple[matter]
    yield matter.value, found.annotate(waits_since=F(since))


def _oldest(found: "QuerySet[Listing]") -> "QuerySet[Listing]":
    """Keep the offers that wait for longest, one more than are counted."""
    oldest = found.order_by("published_at", "pk").values("pk")[: MOST_COUNTED + 1]
    return Listing.objects.filter(pk__in=oldest)


def _proposed(platform: Organization) -> dict[str, Any]:
    return {"book__organization": platform, "state": OrderState.PROPOSED}


def _failed(at: datetime) -> QuerySet[BackgroundJob]:
    return BackgroundJob.objects.filter(
        status=BackgroundJob.Status.FAILED, finished_at__gt=at - FAILED_WITHIN, finished_at__lte=at
    )


def _within(found: QuerySet[Any], field: str, span: tuple[datetime, datetime]) -> QuerySet[Any]:
    within = {f"{field}__gte": span[0], f"{field}__lt": span[1]}
    return found.filter(**within).annotate(waits_since=F(field))


def _counted(parts: list[Part]) -> list[tuple[str, int, datetime | None]]:
    """Count querysets and find the earliest row of each, all in one query."""
    if not parts:
        return []
    rows = [
        found.order_by()
        .annotate(part=Value(name, CharField()))
        .values("part")
        .annotate(count=Count("pk", distinct=True), since=Min("waits_since", output_field=DateTimeField()))
        .values_list("part", "count", "since")
        for name, found in parts
    ]
    return list(rows[0].union(*rows[1:], all=True)) if rows[1:] else list(rows[0])


def _summed(matter: Matter, parts: list[tuple[int, datetime | None]]) -> Waiting:
    since = [since for _count, since in parts if since is not None]
    count = sum(count for count, _since in parts)
    is_more = matter == Matter.OFFERS and count > MOST_COUNTED
    return Waiting(matter, MOST_COUNTED if is_more else count, min(since, default=None), is_more)
