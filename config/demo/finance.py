"""What finance people find: a credit note after a dispute, an offer of a lender, and the standing checks."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions import (
    checks,
    corrections,
    deposit_bookings,
    disputes,
    indicators,
    loan_licences,
    loan_offers,
    loan_payments,
    loan_products,
    loans,
    sealing,
)
from billing.actions.loan_products import Wanted
from billing.actions.loans import LENDABLE
from billing.models import Book, CheckRun, InvoiceLine, LineDispute, LoanApplication, LoanProduct
from billing.rules.loan_states import Purpose
from config.demo import bank, bills, late, rated, shop, slots, watch
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
APPLICATIONS = 2  # of a loan under way, and of one that is offered


def finish(people: People, now: datetime) -> None:
    """Give a part of a line back, tell the stories of money, and run the checks; what is there stays."""
    if not LineDispute.objects.exists():
        concede(people)
    tell(people, now)
    compare(people, now)
    if not CheckRun.objects.exists():
        deposit_bookings.catch_up(at=now, by=robot(name="clock"))
        for book in Book.objects.select_related("organization"):
            sealing.seal(book=book, at=now, by=robot(name="clock"))
        checks.run(at=now, by=robot(name="clock"))


def compare(people: People, now: datetime) -> None:
    """State a baseline for the indicator that is compared with one; stated again, it stays as it is."""
    indicators.state_baseline(
        indicator="penetration",
        industry="",
        value=Decimal("12.5"),
        source="示例：制造业设备租赁抽样调查（2025）",
        valid_from=date(2026, 1, 1),
        within=people.organizations["platform"],
        by=people.admins["platform"],
        at=now,
    )


def tell(people: People, now: datetime) -> None:
    """Let a lender lend, the lathes be let, slots be measured, and people watch what it costs."""
    if not LoanProduct.objects.exists():
        lend(people, now)
    if not bills.is_ordered(people):
        keep_shop(people, now)
    if LoanApplication.objects.count() < APPLICATIONS:
        offer(people, now)
    rated.begin(people)
    slots.finish(people, now)
    watch.begin(people, now)


def keep_shop(people: People, now: datetime) -> None:
    """Let the lathes of the shop, each lease a story of money; what an earlier start did stays as it is."""
    lathes = shop.open_shop(people, now)
    fund = late.prepare(lathes)
    unpaid = lathes.bill(lathes.story("jingyi", -65, -56, [402, 388, 410, 395, 0, 0, 420, 405, 398]))
    steady = lathes.let("hengli", -65, 115)
    lathes.goes_on(steady, 300)
    borrow(people, steady, lathes)
    noted = lathes.story("xiaotiejiang", -20, -8, [405] * 12)
    invoice = lathes.bill(noted)
    bills.record_official(invoice, by=people.admins[SELLER])
    bills.reject(lathes, noted, day=-10, parts=36, why="三坐标复检 0925 号报告：外径超差 36 件")
    bills.apply_for_red(lathes, noted, lessee="xiaotiejiang")
    spoiled = lathes.story("xiaotiejiang", -12, -9, [40, 60, 900])
    lathes.bill(spoiled)
    why = "棒料批次 B-77 有砂眼，整批报废 700 件"
    bills.reject(lathes, spoiled, day=-10, parts=700, why=why, brake=bills.brake())
    lathes.story("xiaotiejiang", -9, -2, [396] * 7)
    lathes.story("hengli", -6, -3, [0, 0, 0])
    bills.object_to(lathes, lathes.story("hengli", -9, 0, [401] * 9), lessee="hengli")
    bank.pay(lathes)
    late.remind(lathes, unpaid)
    late.compensate(lathes, fund, unpaid)
    bank.compensated(lathes)
    bills.dispute(lathes, invoice, lessee="xiaotiejiang")
    lathes.goes_on(lathes.let("ruijin", -25, 100), 180)  # the third lessee of its province: few are not told
    bills.order_run(lathes)


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


@transaction.atomic
def borrow(people: People, lease: Lease, lathes: shop.Shop) -> None:
    """Let the lessee of a long lease have had a loan paid out, and pay its instalments in time."""
    if lease.loans.exists():
        return
    product = LoanProduct.objects.get(purpose=Purpose.LEASE)
    applied = lathes.day(-62, 10)
    borrower: dict[str, Any] = {"within": people.organizations[BORROWER], "by": people.admins[BORROWER]}
    lender: dict[str, Any] = {"within": product.lender, "by": people.admins[LENDER["key"]]}
    loan = loans.apply(
        lease=lease,
        product=product,
        amount_minor=9_000_000,
        months=6,
        wanted_for="预付半年租金",
        consents=["CONTRACT", "INVOICES", "PAYMENTS"],
        at=applied,
        **borrower,
    )
    starts = lathes.day(-60, 12)
    offered = loan_offers.offer(
        loan=loan,
        amount_minor=9_000_000,
        months=6,
        yearly_percent=Decimal("5.4"),
        starts_on=lathes.on(-60),
        stands_until=lathes.on(-60),
        at=applied + shop.AN_HOUR,
        **lender,
    )
    loan = loans.accept(loan=loan, digest=offered.digest, at=applied + 2 * shop.AN_HOUR, **borrower)
    loan_payments.pay_out(
        loan=loan, paid_on=lathes.on(-60), reference="HG-FK-2024017", at=starts + shop.AN_HOUR, **lender
    )
    paid = [one for one in offered.terms.schedule() if one.due_on < lathes.on(0)]
    for one in paid:
        loan_payments.repay(
            loan=loan,
            amount_minor=one.payment,
            paid_on=one.due_on,
            reference=f"HG-HK-{one.number:02d}",
            at=datetime.combine(one.due_on, time(12), lathes.today.tzinfo),
            **lender,
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
    for purpose, name, percent in (
        (Purpose.LEASE, "租赁分期贷", "5.4"),
        (Purpose.UPGRADE, "智能改造贷", "4.35"),
    ):
        wanted = _wanted(purpose, name, percent, now)
        loan_products.publish(lender=lender, wanted=wanted, by=by[LENDER["key"]], at=now)


def offer(people: People, now: datetime) -> None:
    """Let the lender offer what a lessee applied for; the lessee has not answered."""
    by, product = people.admins, LoanProduct.objects.get(purpose=Purpose.LEASE)
    lease = Lease.objects.filter(lessee=people.organizations[BORROWER], status__in=LENDABLE).earliest("pk")
    loan = loans.apply(
        lease=lease,
        product=product,
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
        within=product.lender,
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
        valid_from=now.date() - 100 * A_DAY,
        valid_until=date(now.year + 1, 12, 31),
        fee_percent=Decimal("0.5"),
        early_percent=Decimal(1),
    )
