"""An authority and a lessee pay one invoice at once: the owner's share follows both, once each."""

import pytest

from billing.actions import subsidy_settlements
from billing.models import Invoice, SubsidySettlement
from billing.models.invoices import InvoiceQuerySet
from billing.payments.actions import allocations
from billing.payments.models import OwnerRelease, Receipt
from billing.payments.rules import receipt_postings
from tests.billing.payments import test_subsidy_releases as one
from tests.billing.subsidies.world import DECEMBER
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRMED = 30_000


@pytest.fixture
def acts():
    """What the two do: each frees the owner's share of the same invoice."""
    authority, desk = one.begin()
    settlement = one.answered(authority, desk, CONFIRMED)
    receipt = desk.receipt(one.REST, "rest", payer=authority.scene.lessee)

    def settles():
        found = SubsidySettlement.objects.select_related("programme").get(pk=settlement.pk)
        who = {"within": authority.scene.platform, "by": fresh(authority.second)}
        said = {"paid_on": DECEMBER.date(), "bank_reference": "B-1", "at": DECEMBER}
        return subsidy_settlements.pay(settlement=found, **said, **who)

    def pays():
        held = Receipt.objects.select_related("book__organization").get(pk=receipt.pk)
        shares = [(Invoice.objects.get(pk=authority.invoice.pk), one.REST)]
        return allocations.allocate(receipt=held, shares=shares, **desk.acts(fresh(desk.first)))

    return settles, pays


def test_both_count(acts):
    with meet(receipt_postings, "released"):
        results = at_once(*acts)

    assert outcome(results) == ["SubsidySettlement", "list"]
    paid = one.REST + CONFIRMED
    assert sum(one.releases()) == round(one.SHARE * paid / one.GROSS)
    assert set(OwnerRelease.objects.values_list("number", flat=True)) == {1, 2}


def test_without_the_lock_one_is_refused_by_the_database(acts):
    with unlocked(InvoiceQuerySet), meet(receipt_postings, "released"):
        results = at_once(*acts)

    assert sum(isinstance(one, Exception) for one in results) == 1
    assert OwnerRelease.objects.count() == 1
