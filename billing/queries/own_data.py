"""What of bills stands in the file of an organization, and what of them hinders its closing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_noop

from billing.models import (
    FundClaim,
    Invoice,
    InvoiceLine,
    LineDispute,
    LineMediation,
    LoanApplication,
    MediationStep,
)
from billing.queries.due import services_to_bill
from billing.queries.open_amounts import with_open
from billing.queries.slots import slots_due
from billing.rules import fund_states, loan_states
from marketplace.models import Organization
from marketplace.queries.own_data import Open, Table
from marketplace.rules.own_data import About

CLAIM_OVER = (fund_states.Status.SETTLED, fund_states.Status.REJECTED, fund_states.Status.WITHDRAWN)


def _sides(one: Organization, path: str = "") -> Q:
    return Q(**{f"{path}seller": one}) | Q(**{f"{path}buyer": one})


def hindrances(one: Organization, at: datetime) -> Iterator[Open]:
    """Yield what is not over: work not billed, drafts, what is open, disputes, loans, claims on funds."""
    slots = slots_due(at).filter(Q(lessor=one) | Q(lessee=one))
    yield Open("unbilled_slots", gettext_noop("bookings that are not billed yet: {count}"), slots, "/slots/")
    work = services_to_bill().filter(provider=one)
    yield Open("unbilled_services", gettext_noop("services that are not billed yet: {count}"), work, "/jobs/")
    mine = Invoice.objects.filter(_sides(one))
    drafts = mine.filter(status=Invoice.Status.DRAFT)
    yield Open("drafts", gettext_noop("bills that are not issued yet: {count}"), drafts, "/invoices/")
    unpaid = Invoice.objects.filter(pk__in=with_open(mine).exclude(open_minor=0).values("pk"))  # type: ignore[misc]
    yield Open("invoices", gettext_noop("invoices that are not paid: {count}"), unpaid, "/invoices/")
    disputes = LineDispute.objects.freezing().filter(_sides(one, "line__invoice__"))
    yield Open("disputes", gettext_noop("lines in dispute: {count}"), disputes, "/invoices/")
    loans = LoanApplication.objects.filter(Q(lender=one) | Q(lessee=one), status__in=sorted(loan_states.OPEN))
    yield Open("loans", gettext_noop("loans that are not repaid: {count}"), loans, "/loans/")
    claims = FundClaim.objects.filter(Q(owner=one) | Q(lessee=one)).exclude(status__in=CLAIM_OVER)
    yield Open("fund_claims", gettext_noop("claims against a fund: {count}"), claims, "/funds/")


def tables() -> Iterator[Table]:
    """Yield the tables of what an organization sold and bought."""

    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "invoices",
        lambda one: (
            Invoice.objects.issued()
            .filter(_sides(one))
            .order_by("pk")
            .values(
                "public_id",
                "number",
                "kind",
                "period_start",
                "period_end",
                "currency",
                "net_minor",
                "tax_minor",
                "gross_minor",
                "issued_at",
                "due_on",
                lease_number=F("lease__number"),
                seller_name=F("seller__name"),
                buyer_name=F("buyer__name"),
            )
        ),
    )
    yield of(
        "invoice_lines",
        lambda one: (
            InvoiceLine.objects.filter(_sides(one, "invoice__"), invoice__status="ISSUED")
            .order_by("invoice", "position")
            .values(
                "position",
                "component",
                "description",
                "meter",
                "quantity",
                "unit",
                "unit_price",
                "net_minor",
                "tax_minor",
                "gross_minor",
                "currency",
                "tax_rate",
                invoice_number=F("invoice__number"),
            )
        ),
    )
    yield from _mediations()
    yield from _disputes()


def _mediations() -> Iterator[Table]:
    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "mediations",
        lambda one: (
            LineMediation.objects.filter(_sides(one, "dispute__line__invoice__"))
            .order_by("pk")
            .values(
                "public_id",
                "state",
                "reason",
                "proposal",
                "amount_minor",
                "asked_at",
                "due_at",
                "proposed_at",
                "buyer_accepted_at",
                "seller_accepted_at",
                "closed_at",
                dispute_public_id=F("dispute__public_id"),
                invoice_number=F("dispute__line__invoice__number"),
            )
        ),
    )
    yield of(
        "mediation_steps",
        lambda one: (
            MediationStep.objects.filter(_sides(one, "mediation__dispute__line__invoice__"))
            .order_by("mediation", "position")
            .values(
                "position",
                "act",
                "side",
                "amount_minor",
                "text",
                "person_name",
                "organization_name",
                "at",
                mediation_public_id=F("mediation__public_id"),
            )
        ),
    )


def _disputes() -> Iterator[Table]:
    def of(name: str, rows: Any) -> Table:
        return Table(name, About.ORGANIZATION, rows)

    yield of(
        "disputes",
        lambda one: (
            LineDispute.objects.filter(_sides(one, "line__invoice__"))
            .order_by("pk")
            .values(
                "public_id",
                "reason",
                "outcome",
                "answer",
                "conceded_minor",
                "raised_at",
                "decided_at",
                invoice_number=F("line__invoice__number"),
            )
        ),
    )
