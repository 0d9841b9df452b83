"""What the standing checks last came to, for whoever may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from billing.models import CheckFinding, CheckResult
from billing.models.checks import CheckFindingQuerySet
from billing.rules.checks import CHECKS, TOLD, Check
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed


@dataclass(frozen=True)
class Looked:
    """
    A check as somebody may see it: when it last ran, what stands of it, whether it could be run.

    ``at`` is ``None`` before its first run; ``standing`` counts the findings that the reader may see.
    """

    check: Check
    at: datetime | None
    standing: int
    has_failed: bool


def findings_of(organization: Organization, user: User) -> CheckFindingQuerySet:
    """Return the findings that concern an organization; none if the person's role reads no invoices."""
    if not allowed(user, Permission.INVOICE_READ, within=organization):
        return CheckFinding.objects.none()
    return CheckFinding.objects.of(organization).select_related("seller", "lease", "invoice")


def looked(organization: Organization, findings: CheckFindingQuerySet) -> list[Looked]:
    """Return the checks that an organization is told of, each with its last run; the platform of all."""
    mine = CHECKS if organization.kind == OrganizationKind.PLATFORM else [c for c in CHECKS if c in TOLD]
    counts = dict(findings.standing().order_by().values_list("code").annotate(Count("pk")))
    last = _last(mine)
    return [
        Looked(
            CHECKS[code],
            last[code].run.started_at if code in last else None,
            counts.get(code, 0),
            code in last and last[code].failure != "",
        )
        for code in mine
    ]


def knows_lease_of(finding: CheckFinding, organization: Organization) -> bool:
    """
    Tell whether a reader of a finding may know its lease: who sells services to it may not.

    That of the synthetic contract has no page for anybody outside of it.
    """
    lease = finding.lease
    if lease is None or (finding.seller is not None and finding.seller.is_synthetic):
        return False
    sides = (lease.lessor_id, lease.lessee_id)
    return organization.kind == OrganizationKind.PLATFORM or organization.pk in sides


def _last(codes: Iterable[str]) -> dict[str, CheckResult]:
    found = CheckResult.objects.filter(code__in=list(codes)).select_related("run")
    return {one.code: one for one in found.order_by("code", "-pk").distinct("code")}
