"""Two people promise the same money of a fund at once, or record the same contributions."""

from unittest.mock import patch

import pytest

from billing.actions import fund_claims, fund_contributions, fund_transfers, funds, invoices
from billing.models import Fund, FundClaim, FundContribution, FundTransfer, Invoice
from billing.models.funds import FundQuerySet
from billing.queries import fund_standing
from tests.billing import world as scenes
from tests.billing.actions.test_corrections import DUE
from tests.billing.funds import world
from tests.billing.funds.world import NOON, OVERDUE, TAKEN
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

CAP = 130_000
pytestmark = pytest.mark.django_db(transaction=True)


def unlocked():
    """Take the lock of the fund away."""
    return patch.object(FundQuerySet, "locked", lambda self: self.order_by("pk"))


def two_claims():
    """Return a desk with reviewed claims of two owners, and a cap of the year that holds one of them."""
    desk = world.desk(year_cap_minor=CAP)
    other = scenes.build("mazak01")
    funds.join(fund=desk.fund, within=other.lessor, by=other.owner, at=world.BEFORE)
    invoices.bill(lease=other.lease, at=DUE, by=other.clock)
    desk.assess()
    second = Invoice.objects.get(seller=other.lessor, lease=other.lease)
    given = {"collection": TAKEN, "deposit_minor": 0, "note": "", "at": OVERDUE}
    more = fund_claims.claim(invoice=second, within=other.lessor, by=other.owner, **given)
    desk.endow(10**9)
    for made in (desk.claim(), more):
        fund_claims.review(claim=made, at=OVERDUE, **desk.runs())
    return desk


def approve_both(desk):
    def approve(claim):
        fund_claims.approve(
            claim=FundClaim.objects.get(pk=claim),
            at=OVERDUE,
            within=desk.scene.platform,
            by=fresh(desk.second),
        )

    claims = FundClaim.objects.values_list("pk", flat=True)
    return at_once(*(lambda pk=pk: approve(pk) for pk in claims))


def test_only_one_of_two_claims_is_promised_the_rest_of_the_years_cap():
    desk = two_claims()
    with meet(fund_claims, "work_out"):
        assert outcome(approve_both(desk)) == ["FundClaimChanged", "NoneType"]
    assert fund_standing(desk.fund).promised_minor <= CAP


def test_without_the_lock_the_cap_is_exceeded():
    desk = two_claims()
    with unlocked(), meet(fund_claims, "work_out"):
        assert outcome(approve_both(desk)) == ["NoneType", "NoneType"]
    assert fund_standing(desk.fund).promised_minor > CAP


def record_both(references):
    desk = world.desk()
    due = fund_standing(desk.fund).due_minor

    def record(reference):
        fund_transfers.propose(
            fund=Fund.objects.select_related("book__organization").get(),
            kind="CONTRIBUTION",
            amount_minor=due,
            moved_on=NOON.date(),
            reference=reference,
            within=desk.scene.platform,
            by=fresh(desk.first),
            at=NOON,
        )

    with meet(fund_transfers, "fund_standing"):
        return at_once(*(lambda name=name: record(name) for name in references))


def test_what_is_due_is_paid_over_once():
    assert outcome(record_both(["A", "B"])) == ["FundInvalid", "NoneType"]
    assert FundTransfer.objects.count() == 1


def test_the_same_record_twice_is_one():
    assert outcome(record_both(["A", "A"])) == ["NoneType", "NoneType"]
    assert FundTransfer.objects.count() == 1


def test_without_the_lock_it_is_recorded_twice():
    with unlocked():
        assert outcome(record_both(["A", "B"])) == ["NoneType", "NoneType"]
    assert FundTransfer.objects.count() == 2


def test_two_runs_contribute_for_an_invoice_once():
    desk = world.desk(assessed=False)

    def run():
        fund = Fund.objects.select_related("book__organization").get()
        who = {"within": desk.scene.platform, "by": fresh(desk.first)}
        fund_contributions.assess(fund=fund, at=NOON, **who)

    with meet(fund_contributions, "to_contribute"):
        assert outcome(at_once(run, run)) == ["NoneType", "NoneType"]
    assert FundContribution.objects.count() == 1
