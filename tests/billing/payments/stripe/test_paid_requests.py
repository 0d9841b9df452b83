"""A charge pays the invoices that the payer chose, as far as they are open; the rest stays with the payer."""

import pytest

from billing.payments.actions import allocations, refunds
from billing.payments.actions.allocations import AllocationDisputed
from billing.payments.actions.refunds import ReceiptDisputed
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import Allocation, PaymentRequest, Receipt, ReconException, RequestItem
from billing.payments.rules.providers import Request
from billing.rules import accounts as chart
from config.stand_in import FakeStripe
from tests import once
from tests.billing.payments import matched
from tests.billing.payments.stripe.conftest import SECRET
from tests.billing.payments.stripe.stage import Stage

match = once.fixture(matched.begin)


@pytest.fixture
def shop(match):
    with FakeStripe() as fake:
        provider = StripeProvider("sk_test_fake", secret=SECRET, address=fake.url, timeout=0.4)
        yield Stage(match.desk, fake, provider)


def pay(shop, match, *shares):
    """Let a lessee choose invoices and pay them by card; return the receipt."""
    payer, total = match.lessee("A"), sum(minor for _, minor in shares)
    request = PaymentRequest.objects.create(
        payer=payer, provider="stripe", amount_minor=total, currency="CNY", made_by="x", made_at=shop.at
    )
    for invoice, minor in shares:
        RequestItem.objects.create(request=request, invoice=invoice, amount_minor=minor)
    wanted = Request(request.public_id, total, "CNY", "card", return_url="https://example.com/")
    intent = shop.provider.open_request(wanted, f"request:{request.public_id}").result.reference
    shop.provider.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    shop.arrive()
    return Receipt.objects.latest("pk")


def test_each_invoice_is_paid_and_its_owners_share_is_freed(shop, match):
    first, second = match.bill("R-1", "A", 11_300), match.bill("R-2", "A", 5_650)

    receipt = pay(shop, match, (first, 11_300), (second, 5_650))

    assert match.open() == {"R-1": 0, "R-2": 0}
    assert receipt.left_minor == 0
    assert [(one.invoice, one.match_pass) for one in receipt.allocations.all()] == [
        (first, "P1"),
        (second, "P1"),
    ]
    assert (shop.on(chart.UNALLOCATED), shop.on(chart.OWNER_PAYABLE)) == (
        0,
        -15_360,
    )


def test_what_is_paid_otherwise_meanwhile_stays_with_the_payer(shop, match):
    invoice = match.bill("R-1", "A", 11_300)
    pay(shop, match, (invoice, 11_300))

    again = pay(shop, match, (invoice, 11_300))

    assert again.left_minor == 11_300
    assert Allocation.objects.count() == 1
    assert shop.on(chart.UNALLOCATED) == -11_300
    told = ReconException.objects.get()
    assert (told.reason, told.amount_minor) == ("POSSIBLE_DUPLICATE_PAYMENT", 11_300)


def test_messages_in_any_number_allocate_once(shop, match):
    invoice = match.bill("R-1", "A", 11_300)
    pay(shop, match, (invoice, 11_300))

    shop.arrive(list(shop.fake.events.all))

    assert Allocation.objects.count() == 1


def test_what_is_disputed_is_neither_given_back_nor_taken_back(shop, match):
    invoice = match.bill("R-1", "A", 11_300)
    receipt = pay(shop, match, (invoice, 10_000))
    shop.fake.play(f"charges/{receipt.fact.object_reference}/dispute")
    shop.arrive()
    who = match.desk.acts()

    with pytest.raises(AllocationDisputed):
        allocations.undo(allocation=receipt.allocations.get(), comment="", **who)
    with pytest.raises(ReceiptDisputed):
        refunds.of_receipt(receipt=receipt, amount_minor=1, reason="x", **who)
    assert Allocation.objects.count() == 1
