"""Reads of risk funds: what is owed to one, what it has left, and what of an invoice is rent."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import (
    AccountBalance,
    Fund,
    FundClaim,
    FundContribution,
    FundMembership,
    FundTransfer,
    Invoice,
    InvoiceLine,
    InvoiceLineFact,
)
from billing.models.invoices import InvoiceQuerySet
from billing.queries.open_amounts import with_open
from billing.rules import accounts as chart
from billing.rules.fund_states import Payment, Status
from billing.rules.fund_terms import Used
from billing.rules.reliefs import ReliefKind
from marketplace.models.parties import OrganizationKind

RELIEFS = [str(kind) for kind in ReliefKind]
STAGE = FundTransfer.Stage


@dataclass(frozen=True)
class Standing:
    """
    How a fund stands, in fen: on its account, of that owed to owners, promised; and contributions due to it.

    ``proposed_minor`` of the contributions wait for a second person.
    """

    balance_minor: int
    owners_minor: int
    promised_minor: int
    due_minor: int
    proposed_minor: int
    claims_minor: int
    recovered_minor: int

    @property
    def free_minor(self) -> int:
        """What is neither owed to owners nor promised."""
        return self.balance_minor - self.owners_minor - self.promised_minor


def fund_standing(fund: Fund) -> Standing:
    """Return how a fund stands now; under its lock it stays so."""
    confirmed = Q(stage=STAGE.CONFIRMED)
    held = AccountBalance.objects.filter(
        account__book=fund.book, account__currency=fund.book.currency
    ).aggregate(
        balance=_total("balance_minor", account__code=chart.FUND_MONEY),
        owners=_total("balance_minor", account__code=chart.OWNER_PAYABLE),
    )
    moved = FundTransfer.objects.filter(fund=fund).aggregate(
        paid=_total("amount_minor", confirmed, kind=Payment.CONTRIBUTION),
        proposed=_total("amount_minor", kind=Payment.CONTRIBUTION, stage=STAGE.PROPOSED),
        claims=_total("amount_minor", confirmed, kind=Payment.CLAIM_PAID),
        recovered=_total("fund_minor", confirmed, kind=Payment.RECOVERY),
    )
    owed = FundContribution.objects.filter(fund=fund).aggregate(
        owner=_total("owner_minor"), platform=_total("platform_minor")
    )
    return Standing(
        balance_minor=held["balance"],
        owners_minor=held["owners"],
        promised_minor=_sum(fund.claims.filter(status=Status.APPROVED), "amount_minor"),
        due_minor=owed["owner"] + owed["platform"] - moved["paid"],
        proposed_minor=moved["proposed"],
        claims_minor=moved["claims"],
        recovered_minor=moved["recovered"],
    )


def fund_used(claim: FundClaim, day: date) -> Used:
    """Return what the fund approved in the calendar year of a day, beside this claim."""
    approved = FundClaim.objects.spent().filter(fund=claim.fund_id, approved_on__year=day.year)
    others = approved.exclude(pk=claim.pk)
    return Used(
        lessee_minor=_sum(others.filter(lessee=claim.lessee_id), "amount_minor"),
        owner_minor=_sum(others.filter(owner=claim.owner_id), "amount_minor"),
        year_minor=_sum(others, "amount_minor"),
    )


def series_of(invoice: Invoice) -> InvoiceQuerySet:
    """Return an invoice with its notes, as far as they are issued, in their order."""
    return Invoice.objects.of_periods().issued().filter(**invoice.series).order_by("version")


def rent_lines(series: InvoiceQuerySet, *, until: int | None = None) -> tuple[int, int]:
    """Return net and gross of the rent in a series, lowered by reliefs, without awards and fees."""
    beside = InvoiceLineFact.objects.filter(line=OuterRef("pk")).exclude(kind__in=RELIEFS)
    lines = InvoiceLine.objects.filter(invoice__in=series.order_by()).exclude(Exists(beside))
    if until is not None:
        lines = lines.filter(invoice__version__lte=until)
    return _sum(lines, "net_minor"), _sum(lines, "gross_minor")


def open_of(series: InvoiceQuerySet) -> int:
    """Return what is open of a series in the books."""
    return sum(one.open_minor for one in with_open(series))  # type: ignore[attr-defined]


def to_contribute(fund: Fund) -> InvoiceQuerySet:
    """
    Return rent invoices and notes that have not contributed, of owners that took part at their issue.

    A note goes with the invoice that it corrects.
    """
    first = Coalesce("corrects__issued_at", "issued_at")
    part = FundMembership.objects.filter(
        Q(left_at=None) | Q(left_at__gt=OuterRef("first")),
        fund=fund,
        owner=OuterRef("seller"),
        joined_at__lte=OuterRef("first"),
    )
    sold = (
        Invoice.objects.of_periods()
        .issued()
        .filter(seller=F("lease__lessor"), currency=fund.book.currency, fund_contribution=None)
    )
    found = sold.annotate(first=first).filter(Exists(part))
    ours = Q(buyer__kind=OrganizationKind.PLATFORM) | Q(seller__kind=OrganizationKind.PLATFORM)
    return found.exclude(ours).order_by("lease", "period_start", "seller", "version")


def _sum(rows: "object", name: str) -> int:
    total = rows.aggregate(total=Coalesce(Sum(name), 0))["total"]  # type: ignore[attr-defined]
    return int(total)


def _total(name: str, *which: Q, **more: Any) -> Coalesce:
    return Coalesce(Sum(name, filter=Q(*which, **more) if which or more else None), 0)
