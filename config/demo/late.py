"""A workshop that does not pay: its reminder, its interest, and what the risk compensation fund bears."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions import (
    dunning,
    dunning_stops,
    fund_claims,
    fund_contributions,
    fund_transfers,
    funds,
    late_interest,
    late_terms,
)
from billing.models import Fund, FundClaim, Invoice
from billing.queries import fund_standing
from billing.rules.dunning import Level
from billing.rules.fund_states import Payment
from billing.rules.fund_terms import Collection, FundTerms
from config.demo.live import ZONE
from config.demo.parties import People, join, person
from config.demo.shop import A_DAY, Shop
from marketplace.actions.parties import robot
from marketplace.models import User
from marketplace.models.parties import Role

LESSEE, SELLER = "jingyi", "yuanlan"
LEVELS = (
    Level(3, "贵司下列账单已过应付日，烦请核对并安排付款。", "Please pay what is past its due day."),
    Level(14, "下列账单逾期已超过两周，请尽快付清。", "Please pay now: two weeks have passed."),
    Level(
        30, "下列账单逾期已超过一个月，我司保留依约处理的权利。", "Last reminder before we act by contract."
    ),
)
TERMS = FundTerms(
    levy_per_mille=Decimal(10),
    match_percent=Decimal(400),
    cover_percent=Decimal(30),
    lessee_cap_minor=20_000_000,
    owner_cap_minor=50_000_000,
    year_cap_minor=500_000_000,
    waiting_days=30,
    steps=("REMINDER", "FORMAL_NOTICE"),
)
RECEIVABLE = {True: "1122.02", False: "1122.03"}  # of the owner's rent, and of the platform's fee


@transaction.atomic
def prepare(shop: Shop) -> Fund:
    """Announce what is asked for late payment, and let the owner join a fund, before anything is billed."""
    if found := Fund.objects.first():
        return found
    people, at = shop.people, shop.day(-80, 9)
    owner: dict[str, Any] = {"by": people.admins[SELLER], "at": at}
    seller, first = people.organizations[SELLER], shop.on(-72)
    wanted = late_terms.Wanted(
        valid_from=first, rate=Decimal("0.0005"), cap=Decimal("0.2"), waived_alone_minor=10_000
    )
    late_terms.announce(seller=seller, wanted=wanted, **owner)
    platform: dict[str, Any] = {"within": people.organizations["platform"], "by": people.admins["platform"]}
    fund = funds.open_fund(code="SZRISK", name="苏州市智能装备租赁风险补偿基金", at=at, **platform)
    basis = "苏州市智能装备租赁风险补偿基金管理办法（试行）"
    funds.publish_rules(fund=fund, terms=TERMS, valid_from=shop.on(-80), basis=basis, at=at, **platform)
    funds.join(fund=fund, within=seller, **owner)
    return fund


def finance_of_platform(people: People) -> User:
    """Return the second person of the platform, who confirms what its administrator recorded."""
    found = User.objects.filter(email="finance@platform.demo").first()
    if found is None:
        found = person("finance@platform.demo", "平台财务")
        join(found, people.organizations["platform"], Role.FINANCE)
    return found


def late_leases(shop: Shop) -> Any:
    """Return the leases of the workshop that does not pay."""
    return shop.listing.leases.filter(lessee=shop.people.organizations[LESSEE])


@transaction.atomic
def remind(shop: Shop, invoice: Invoice) -> None:
    """Write the first reminder, claim the interest of forty days, and note what the workshop promised."""
    if invoice.interest_claims.exists():
        return
    people, at = shop.people, shop.day(-2, 9)
    by, seller = people.admins[SELLER], people.organizations[SELLER]
    dunning.set_policy(seller=seller, levels=LEVELS, smallest_minor=5_000, by=by, at=at - A_DAY)
    dunning.run(seller=seller, at=at, by=robot(name="clock"))
    money: dict[str, Any] = {"invoice": invoice, "within": seller, "by": by}
    late_interest.claim(through=shop.on(-2), at=at, **money)
    note = "会计王姐来电：等客户回款，下周付清。"
    promised = shop.on(5)
    dunning_stops.promise(promised_on=promised, note=note, at=shop.now - timedelta(hours=1), **money)


@transaction.atomic
def compensate(shop: Shop, fund: Fund, invoice: Invoice) -> None:
    """Collect levies, and let the fund decide the claim for the late invoice; one payment waits."""
    if FundClaim.objects.exists():
        return
    people, second = shop.people, finance_of_platform(shop.people)
    at = shop.now - timedelta(minutes=50)
    platform: dict[str, Any] = {"within": people.organizations["platform"], "at": at}
    first = people.admins["platform"]
    while fund_contributions.assess(fund=fund, by=first, **platform):
        pass
    _moved(shop, fund, Payment.CONTRIBUTION, fund_standing(fund).due_minor, "基金缴存", at=at)
    steps = [
        {"kind": str(Collection.REMINDER), "done_on": shop.on(-2), "reference": "催款函 第一次"},
        {"kind": str(Collection.FORMAL_NOTICE), "done_on": shop.on(-8), "reference": "律师函 第 118 号"},
    ]
    note = "已电话和书面催收，承租方承诺付款但未到账。"
    claim = fund_claims.claim(
        invoice=invoice,
        collection=steps,
        deposit_minor=0,
        note=note,
        within=people.organizations[SELLER],
        by=people.admins[SELLER],
        at=at,
    )
    fund_claims.review(claim=claim, by=first, **platform)
    claim = fund_claims.approve(claim=claim, by=second, **platform)
    _moved(shop, fund, Payment.CLAIM_PAID, claim.amount_minor or 0, "基金赔付", at=at, claim=claim)
    fund_transfers.propose(
        fund=fund,
        kind=Payment.OWNER_PAID,
        amount_minor=claim.amount_minor or 0,
        moved_on=at.astimezone(ZONE).date(),
        reference="转付出租方 001",
        claim=claim,
        by=first,
        **platform,
    )


def _moved(shop: Shop, fund: Fund, kind: Payment, minor: int, reference: str, **more: Any) -> None:
    platform = {"within": shop.people.organizations["platform"], "at": more.pop("at")}
    day = platform["at"].astimezone(ZONE).date()
    made = fund_transfers.propose(
        fund=fund,
        kind=kind,
        amount_minor=minor,
        moved_on=day,
        reference=f"{reference} 001",
        by=shop.people.admins["platform"],
        **platform,
        **more,
    )
    fund_transfers.confirm(transfer=made, by=finance_of_platform(shop.people), **platform)
