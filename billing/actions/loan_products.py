"""Publish and withdraw loan products; a product never changes, so another one takes its place."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from billing.actions.loan_moves import check, require_licence
from billing.models import LoanProduct
from billing.models.loan_products import local_day
from billing.rules.loan_states import Purpose
from billing.rules.loan_terms import MOST_FEE_PERCENT, MOST_PERCENT, LoanLimits, product_flaws, text_flaws
from marketplace.actions import audit
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.instalments import DayCount, Method
from marketplace.shared.errors import NotPossible

LONGEST_NAME = 80


class LoanProductOver(NotPossible):
    """The product was withdrawn, or cannot be applied for on this day."""

    code = "loan_product_over"
    text = gettext_noop("“{product}” is not on offer. Choose another product.")


@dataclass(frozen=True)
class Wanted:
    """What a lender publishes; percents are 6 for 6 %, days are included, amounts are minor units."""

    purpose: Purpose
    name: str
    method: Method
    day_count: DayCount
    yearly_percent: Decimal
    least_minor: int
    most_minor: int
    least_months: int
    most_months: int
    valid_from: date
    valid_until: date
    fee_percent: Decimal = Decimal(0)
    early_percent: Decimal = Decimal(0)
    currency: str = "CNY"


@atomic
def publish(*, lender: Organization, wanted: Wanted, by: User, at: datetime) -> LoanProduct:
    """
    Publish a product of a licensed lender.

    :raises MissingRight: if ``by`` may not decide loans of ``lender``
    :raises NoLoanLicence: if the lender has no licence that holds
    :raises LoanInvalid: with every fault at its field
    """
    require(by, Permission.LOAN_DECIDE, within=lender)
    require_licence(lender=lender, at=at)
    rates = {
        "yearly_percent": (wanted.yearly_percent, MOST_PERCENT),
        "fee_percent": (wanted.fee_percent, MOST_FEE_PERCENT),
        "early_percent": (wanted.early_percent, MOST_FEE_PERCENT),
    }
    ranges = (wanted.least_minor, wanted.most_minor, wanted.least_months, wanted.most_months)
    limits = LoanLimits(*ranges, currency=wanted.currency)
    days, today = (wanted.valid_from, wanted.valid_until), local_day(at)
    flaws = text_flaws("/name", wanted.name, most=LONGEST_NAME)
    check(flaws=flaws + product_flaws(limits=limits, rates=rates, days=days, today=today))
    given = asdict(wanted) | {"name": wanted.name.strip()}
    signed = {"made_by": by.public_id, "made_by_name": by.name, "made_at": at}
    made = LoanProduct.objects.create(lender=lender, **given, **signed)
    audit.record(
        by=by, action="loan_product.publish", subject=made.public_id, at=at, within=lender, name=made.name
    )
    return made


@atomic
def withdraw(*, product: LoanProduct, within: Organization, by: User, at: datetime) -> LoanProduct:
    """
    Withdraw a product: nobody applies for it any more; applications that are there go on.

    :raises MissingRight: if ``by`` may not decide loans of the lender, or acts for another
    :raises LoanProductOver: if it was withdrawn before
    """
    require(by, Permission.LOAN_DECIDE, within=product.lender)
    if product.lender_id != within.pk:
        raise MissingRight(organization=within.name)
    found = LoanProduct.objects.locked().get(pk=product.pk)
    if found.withdrawn_at is not None:
        raise LoanProductOver(product=found.name)
    found.withdrawn_at = at
    found.save(update_fields=["withdrawn_at"])
    audit.record(by=by, action="loan_product.withdraw", subject=found.public_id, at=at, within=within)
    return found
