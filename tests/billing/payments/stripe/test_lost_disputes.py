"""
A dispute that is lost takes what was left of its payment first; the rest is shared over what it paid.

The figures are those of docs/payments.md: of a payment of 9,252.00 yuan, 4,520.00 paid an invoice of which
4,096.00 are the owner's, and 4,732.00 are left.
"""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.payments.actions import allocations, orders, refunds
from billing.payments.actions.allocations import AllocationLost, MoreThanLeft
from billing.payments.actions.orders import RefundDisputed
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import DisputeLoss, OwnerRelease, ProviderEvent, ProviderFact, Receipt
from billing.rules import accounts as chart
from config.stand_in import FakeStripe
from tests import once
from tests.billing.payments import life, matched
from tests.billing.payments.stripe.conftest import SECRET
from tests.billing.payments.stripe.stage import FEE, GROSS, Stage, lines
from tests.billing.world import member

BILLED, OWNERS, LEFT = 452_000, 409_600, 473_200
match = once.fixture(matched.begin)


@pytest.fixture
def shop(match):
    with FakeStripe() as fake:
        provider = StripeProvider("sk_test_fake", secret=SECRET, address=fake.url, timeout=0.4)
        yield Stage(match.desk, fake, provider)


@pytest.fixture
def receipt(shop, match):
    """9,252.00 came by card; 4,520.00 of it paid an invoice."""
    invoice = match.bill("R-1", "A", BILLED)
    shop.desk.owner = match.lessee("A")
    receipt = shop.received()
    shop.usable()
    allocations.allocate(receipt=receipt, shares=[(invoice, BILLED)], **match.desk.acts())
    receipt.refresh_from_db()
    assert (receipt.left_minor, OwnerRelease.objects.get().amount_minor) == (LEFT, OWNERS)
    return receipt


def dispute(shop, receipt, minor=GROSS):
    """Let the payer dispute a payment, or a part of it."""
    charge = receipt.fact.object_reference
    shop.fake.world.get("charge", charge)["amount"] = minor
    found = shop.fake.play(f"charges/{charge}/dispute")
    shop.fake.world.get("charge", charge)["amount"] = receipt.amount_minor
    shop.arrive()
    return found


def lose(shop, receipt, minor=GROSS):
    """Let a dispute be lost."""
    shop.fake.play(f"disputes/{dispute(shop, receipt, minor)['id']}/lost")
    shop.arrive()
    receipt.refresh_from_db()


def booked():
    return sorted(lines(ProviderFact.objects.get(kind="DISPUTE_LOST")))


def nothing_broken(shop):
    shop.pull()
    assert life.broken(shop.at, without=("cash_as_stated",)) == {}


class TestBooks:
    def test_all_of_it_is_lost(self, shop, receipt):
        lose(shop, receipt)

        assert booked() == sorted(
            [
                (chart.UNALLOCATED, LEFT),  # 4,732.00 that nobody had allocated
                (chart.OWNER_OWES, OWNERS),  # 4,096.00 that were released to the owner
                (chart.CREDIT_LOSS, 42_400),  # 424.00 of commission with its tax
                (chart.DISPUTED, -GROSS),
            ]
        )
        assert (receipt.left_minor, DisputeLoss.objects.get().amount_minor) == (0, LEFT)
        assert (shop.on(chart.UNALLOCATED), shop.on(chart.DISPUTED)) == (0, 0)
        assert shop.on(chart.AVAILABLE) == -FEE - 1_500
        assert not ProviderEvent.objects.exclude(state__in=("DONE", "IGNORED")).exists()
        nothing_broken(shop)

    def test_a_part_is_lost_that_is_more_than_was_left(self, shop, receipt):
        lose(shop, receipt, 500_000)

        assert booked() == sorted(
            [
                (chart.UNALLOCATED, LEFT),
                (chart.OWNER_OWES, 24_286),  # 4,096.00 x 268.00 / 4,520.00
                (chart.CREDIT_LOSS, 2_514),
                (chart.DISPUTED, -500_000),
            ]
        )
        assert receipt.left_minor == 0
        nothing_broken(shop)

    def test_a_part_is_lost_and_something_is_still_left(self, shop, match, receipt):
        lose(shop, receipt, 300_000)

        assert booked() == [(chart.DISPUTED, -300_000), (chart.UNALLOCATED, 300_000)]
        assert receipt.left_minor == LEFT - 300_000
        other = match.bill("R-2", "A", 300_000)
        acts = match.desk.acts()
        with pytest.raises(MoreThanLeft):
            allocations.allocate(receipt=receipt, shares=[(other, LEFT - 299_999)], **acts)
        allocations.allocate(receipt=receipt, shares=[(other, LEFT - 300_000)], **acts)
        nothing_broken(shop)

    def test_told_again_it_is_lost_once(self, shop, receipt):
        lose(shop, receipt)
        before = shop.books()

        shop.arrive(list(shop.fake.events.all))

        assert (shop.books(), DisputeLoss.objects.count()) == (before, 1)

    def test_it_waits_if_the_payment_paid_another_invoice_at_that_moment(self, shop, receipt, monkeypatch):
        monkeypatch.setattr(allocations, "lock_invoices", lambda keys: {})
        lose(shop, receipt)
        assert (receipt.left_minor, DisputeLoss.objects.exists()) == (LEFT, False)
        monkeypatch.undo()

        shop.look()

        receipt.refresh_from_db()
        assert receipt.left_minor == 0

    def test_nothing_was_left(self, shop, match, receipt):
        rest = match.bill("R-2", "A", LEFT)
        allocations.allocate(receipt=receipt, shares=[(rest, LEFT)], **match.desk.acts())

        lose(shop, receipt)

        assert {code for code, _ in booked()} == {chart.OWNER_OWES, chart.CREDIT_LOSS, chart.DISPUTED}
        assert not DisputeLoss.objects.exists()
        nothing_broken(shop)


class TestWhatIsGoneIsNotGivenTwice:
    def test_an_allocation_stays(self, shop, match, receipt):
        lose(shop, receipt)

        with pytest.raises(AllocationLost):
            allocations.undo(allocation=receipt.allocations.get(), comment="", **match.desk.acts())

        receipt.refresh_from_db()
        assert (receipt.left_minor, match.open()["R-1"], shop.on(chart.UNALLOCATED)) == (0, 0, 0)

    def test_a_refund_under_way_is_waited_for(self, shop, match, receipt):
        self.pays(match)
        order = self.refund(match, receipt)
        orders.approve(order=order, **match.desk.acts(match.desk.second))

        lose(shop, receipt)

        assert receipt.left_minor == LEFT - 1_000
        assert "gives some of it back" in ProviderEvent.objects.filter(state="PARKED").first().reason
        orders.drop(order=order, reason="disputed", **match.desk.acts(match.desk.second))
        shop.look()
        receipt.refresh_from_db()
        assert (receipt.left_minor, DisputeLoss.objects.get().amount_minor) == (0, LEFT)
        nothing_broken(shop)

    def test_a_refund_that_waits_is_not_approved_any_more(self, shop, match, receipt):
        self.pays(match)
        order = self.refund(match, receipt)
        dispute(shop, receipt)

        with pytest.raises(RefundDisputed):
            orders.approve(order=order, **match.desk.acts(match.desk.second))

        order.refresh_from_db()
        assert order.state == "PROPOSED"

    def test_what_is_still_left_can_go_back(self, shop, match, receipt):
        self.pays(match)
        lose(shop, receipt, 300_000)

        order = self.refund(match, receipt)
        orders.approve(order=order, **match.desk.acts(match.desk.second))

        receipt.refresh_from_db()
        assert receipt.left_minor == LEFT - 301_000
        nothing_broken(shop)

    def pays(self, match):
        payer = match.lessee("A")
        match.desk.pays(payer, member(payer))

    def refund(self, match, receipt):
        return refunds.of_receipt(receipt=receipt, amount_minor=1_000, reason="x", **match.desk.acts())


def test_its_page_says_what_was_lost(shop, match, receipt, client):
    lose(shop, receipt, 300_000)
    client.force_login(match.desk.first)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("receipt", args=[receipt.public_id])).content.decode()
    assert "Lost in a dispute" in page
    assert "3,000.00" in page


def test_whoever_writes_a_loss_is_of_the_receipts_dispute(shop, match, receipt):
    lose(shop, receipt, 300_000)
    loss = DisputeLoss.objects.get()
    other = match.desk.receipt(1_000, "other", match.lessee("A"))
    charge = receipt.fact
    facts = {"amount_minor": 1, "made_at": shop.at}
    odd = [
        {"receipt": other, "fact": charge, "journal": loss.journal},
        {"receipt": receipt, "fact": charge, "journal": charge.journal},
    ]
    for given in odd:
        with pytest.raises(IntegrityError), transaction.atomic():
            DisputeLoss.objects.create(**facts | given)
    for act in (loss.delete, lambda: DisputeLoss.objects.update(amount_minor=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert Receipt.objects.get(pk=receipt.pk).left_minor == LEFT - 300_000
