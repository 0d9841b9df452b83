"""A lease by the part with an issued invoice, a licensed lender with a product, and everybody who acts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.actions import invoices, loan_licences, loan_offers, loan_payments, loan_products, loans
from billing.actions.loan_products import Wanted
from billing.models import LoanApplication, LoanOffer, LoanPayment, LoanProduct
from billing.rules.loan_states import Purpose
from marketplace.models import Organization, User
from marketplace.rules.instalments import DayCount, Method
from tests.billing import world
from tests.billing.actions.test_corrections import DUE, say
from tests.factories import marketplace as make

NOON = datetime.fromisoformat("2026-11-05T12:00:00+08:00")
START = date(2026, 11, 10)
PRODUCT: dict[str, Any] = {
    "purpose": Purpose.LEASE,
    "name": "租赁分期贷 A",
    "method": Method.EQUAL_PAYMENT,
    "day_count": DayCount.MONTHS,
    "yearly_percent": Decimal(6),
    "least_minor": 1_000_000,
    "most_minor": 50_000_000,
    "least_months": 3,
    "most_months": 36,
    "valid_from": date(2026, 11, 1),
    "valid_until": date(2027, 10, 31),
    "fee_percent": Decimal("0.5"),
    "early_percent": Decimal(1),
}


@dataclass
class Desk:
    """The scene of the lease, the lender, and its product."""

    scene: world.Scene
    lender: Organization
    banker: User
    product: LoanProduct

    @property
    def lends(self) -> dict[str, Any]:
        """Who acts for the lender."""
        return {"within": self.lender, "by": self.banker}

    @property
    def borrows(self) -> dict[str, Any]:
        """Who acts for the lessee."""
        return {"within": self.scene.lessee, "by": self.scene.buyer}

    def apply(self, **changes: Any) -> LoanApplication:
        """Apply for 100,000.00 over twelve months, and hand over contract and invoices."""
        given = {
            "lease": self.scene.lease,
            "product": self.product,
            "amount_minor": 10_000_000,
            "months": 12,
            "wanted_for": "Rent of the coming year",
            "consents": ["INVOICES", "CONTRACT"],
            "at": NOON,
        }
        return loans.apply(**given | self.borrows | changes)

    def offer(self, loan: LoanApplication, **changes: Any) -> LoanOffer:
        """Offer what was applied for at 6 %."""
        given = {
            "amount_minor": 10_000_000,
            "months": 12,
            "yearly_percent": Decimal(6),
            "starts_on": START,
            "stands_until": date(2026, 11, 9),
            "at": NOON,
        }
        return loan_offers.offer(loan=loan, **given | self.lends | changes)

    def accept(self, loan: LoanApplication, digest: str, **changes: Any) -> LoanApplication:
        """Accept an offer by its digest."""
        return loans.accept(loan=loan, digest=digest, **{"at": NOON} | self.borrows | changes)

    def paid_out(self, **changes: Any) -> LoanApplication:
        """Return a loan that was offered, accepted and paid out."""
        loan = self.apply()
        self.accept(loan, self.offer(loan, **changes).digest)
        given = {"paid_on": START, "reference": "PAY-1", "at": noon(START)}
        return loan_payments.pay_out(loan=loan, **given | self.lends)

    def repay(self, loan: LoanApplication, minor: int, on: date, **changes: Any) -> LoanPayment:
        """Record a payment on the day on which it came."""
        given = {"amount_minor": minor, "paid_on": on, "reference": f"BANK-{on}", "at": noon(on)}
        return loan_payments.repay(loan=loan, **given | self.lends | changes)

    def settle(self, loan: LoanApplication, minor: int, on: date, **changes: Any) -> LoanPayment:
        """Record an early settlement on the day on which it came."""
        given = {"amount_minor": minor, "paid_on": on, "reference": f"BANK-{on}", "at": noon(on)}
        return loan_payments.settle(loan=loan, **given | self.lends | changes)


def noon(day: date) -> datetime:
    """Return the noon of a day."""
    return NOON + (day - NOON.date())


def licensed(scene: world.Scene, name: str = "浙江某银行", **changes: Any) -> tuple[Organization, User]:
    """Return a bank with a licence to lend, and its administrator."""
    lender = make.organization(name, "FINANCIAL")
    given = {
        "number": "B0001S233010001",
        "authority": "国家金融监督管理总局浙江监管局",
        "valid_from": date(2020, 1, 1),
        "valid_until": date(2029, 12, 31),
        "at": NOON,
    }
    by = world.member(scene.platform)
    loan_licences.record(platform=scene.platform, organization=lender, by=by, **given | changes)
    return lender, make.member(lender)


def publish(lender: Organization, banker: User, at: datetime = NOON, **changes: Any) -> LoanProduct:
    """Publish a product."""
    return loan_products.publish(lender=lender, wanted=Wanted(**PRODUCT | changes), by=banker, at=at)


def desk() -> Desk:
    """Return a running lease of parts whose October is billed, and a lender with a product."""
    scene = world.build("okuma")
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    lender, banker = licensed(scene)
    return Desk(scene, lender, banker, publish(lender, banker))


def due(months: int) -> date:
    """Return the due day of an instalment."""
    year, month = divmod(2026 * 12 + 10 + months, 12)
    return date(year, month + 1, 10)


DAY = timedelta(days=1)
