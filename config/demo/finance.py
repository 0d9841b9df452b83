"""What finance people find: a credit note after a dispute, an offer of a lender, and the standing checks."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.actions import (
    checks,
    corrections,
    disputes,
    loan_licences,
    loan_offers,
    loan_products,
    loans,
    sealing,
)
from billing.actions.loan_products import Wanted
from billing.actions.loans import LENDABLE
from billing.models import Book, CheckRun, InvoiceLine, LineDispute, LoanProduct
from billing.rules.loan_states import Purpose
from config.demo.parties import People
from leasing.models import Lease
from marketplace.actions.parties import robot
from marketplace.rules.instalments import DayCount, Method

LESSEE, SELLER, BORROWER = "xiaotiejiang", "yuanlan", "hengli"
LENDER = {
    "key": "huigong",
    "name": "无锡惠工小额贷款有限公司",
    "name_en": "Wuxi Huigong Lending",
    "kind": "FINANCIAL",
    "head": "91320200",
    "body": "MA1HG77X",
}
A_DAY = timedelta(days=1)


def finish(people: People, now: datetime) -> None:
    """Give a part of a line back, let a lender offer a loan, and run the checks; what is there stays."""
    if not LineDispute.objects.exists():
        concede(people)
    if not LoanProduct.objects.exists():
        lend(people, now)
    if not CheckRun.objects.exists():
        for book in Book.objects.select_related("organization"):
            sealing.seal(book=book, at=now, by=robot(name="clock"))
        checks.run(at=now, by=robot(name="clock"))


def concede(people: People) -> None:
    """The lessee disputes a line of its last invoice, and the lessor gives back 50.00 of it."""
    sold = InvoiceLine.objects.filter(invoice__buyer=people.organizations[LESSEE])
    sold = sold.filter(invoice__seller=people.organizations[SELLER], invoice__status="ISSUED")
    line = (
        sold.exclude(quantity=None).filter(net_minor__gt=10_000).latest("invoice__period_start", "net_minor")
    )
    invoice = line.invoice
    assert invoice.issued_at is not None, "it is issued"
    said = invoice.issued_at + A_DAY
    dispute = disputes.dispute(
        line=line,
        reason="10 月 9 日试切的废料被计入，请核对。",
        within=people.organizations[LESSEE],
        by=people.admins[LESSEE],
        at=said,
    )
    disputes.answer(
        dispute=dispute,
        conceded_minor=5_000,
        reason="核对检测记录后同意退还。",
        within=people.organizations[SELLER],
        by=people.admins[SELLER],
        at=said + A_DAY,
    )
    corrections.correct(
        lease=invoice.of_lease, period=invoice.period, at=said + A_DAY, by=robot(name="clock")
    )


def lend(people: People, now: datetime) -> None:
    """A licensed lender publishes two products and offers what the lessee applied for."""
    lender, by = people.organization(LENDER), people.admins
    loan_licences.record(
        platform=people.organizations["platform"],
        organization=lender,
        number="苏金监贷 2024-017",
        authority="江苏省地方金融管理局",
        valid_from=date(2024, 1, 1),
        valid_until=date(now.year + 3, 12, 31),
        by=by["platform"],
        at=now,
    )
    lease_loan, _ = (
        loan_products.publish(
            lender=lender, wanted=_wanted(purpose, name, percent, now), by=by[LENDER["key"]], at=now
        )
        for purpose, name, percent in (
            (Purpose.LEASE, "租赁分期贷", "5.4"),
            (Purpose.UPGRADE, "智能改造贷", "4.35"),
        )
    )
    lease = Lease.objects.filter(lessee=people.organizations[BORROWER], status__in=LENDABLE).earliest("pk")
    loan = loans.apply(
        lease=lease,
        product=lease_loan,
        amount_minor=3_000_000,
        months=12,
        wanted_for="预付租金和押金",
        consents=["CONTRACT", "INVOICES"],
        within=people.organizations[BORROWER],
        by=by[BORROWER],
        at=now,
    )
    loan_offers.offer(
        loan=loan,
        amount_minor=3_000_000,
        months=12,
        yearly_percent=Decimal("5.4"),
        starts_on=(now + 10 * A_DAY).date(),
        stands_until=(now + 7 * A_DAY).date(),
        within=lender,
        by=by[LENDER["key"]],
        at=now,
    )


def _wanted(purpose: Purpose, name: str, percent: str, now: datetime) -> Wanted:
    return Wanted(
        purpose=purpose,
        name=name,
        method=Method.EQUAL_PAYMENT,
        day_count=DayCount.MONTHS,
        yearly_percent=Decimal(percent),
        least_minor=1_000_000,
        most_minor=50_000_000,
        least_months=3,
        most_months=36,
        valid_from=now.date() - A_DAY,
        valid_until=date(now.year + 1, 12, 31),
        fee_percent=Decimal("0.5"),
        early_percent=Decimal(1),
    )
