"""What happens at Stripe becomes one journal each, in whatever order it is told."""

import pytest

from billing.actions import journals
from billing.models import Journal
from billing.payments.models import (
    PaymentOrder,
    ProviderEvent,
    ProviderFact,
    Receipt,
    ReconException,
    Settlement,
)
from billing.rules import accounts as chart
from billing.rules.journals import Line
from tests.billing.ledger.world import entry
from tests.billing.payments.stripe.stage import DAY, FEE, GROSS


class TestMoneyOfPayers:
    def test_a_charge_stands_with_its_payer_until_it_is_allocated(self, stage):
        receipt = stage.received()

        assert (receipt.payer, receipt.left_minor) == (stage.desk.owner, GROSS)
        assert (stage.on(chart.PENDING), stage.on(chart.PROVIDER_FEES)) == (GROSS - FEE, FEE)
        assert stage.on(chart.UNALLOCATED) == -GROSS

    def test_several_messages_of_one_charge_are_one_journal(self, stage):
        stage.paid()
        events = list(stage.fake.events.outbox)
        stage.arrive([*events, *reversed(events), *events])

        assert Receipt.objects.count() == 1
        assert ProviderFact.objects.count() == 1

    def test_w3_an_older_message_that_comes_later_changes_nothing(self, stage):
        _, intent = stage.asked()
        found = stage.fake.world.get("payment_intent", intent)
        stage.fake.payments.process(found, "card")
        stage.fake.payments.succeed(found, "card")

        stage.arrive(stage.fake.events.outbox[::-1])

        assert Receipt.objects.count() == 1

    def test_w9_a_payment_that_fails_after_days_is_none(self, stage):
        _, intent = stage.asked()
        stage.fake.play(f"intents/{intent}/process")
        stage.fake.clock.advance(3 * DAY)
        stage.fake.play(f"intents/{intent}/fail")
        stage.arrive()

        assert not ProviderFact.objects.exists()
        assert set(ProviderEvent.objects.values_list("state", flat=True)) == {"DONE"}

    def test_a_charge_that_pays_no_request_of_ours_waits_and_is_not_lost(self, stage):
        intent = stage.provider.v1.payment_intents.create(
            {"amount": 100, "currency": "cny", "payment_method_types": ["card"]}
        )
        stage.provider.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        stage.arrive()

        assert not Journal.objects.filter(kind="CARD_PAID").exists()
        parked = ProviderEvent.objects.get(state="PARKED")
        assert "it pays no request of ours" in parked.reason
        stage.pull()
        assert ReconException.objects.get().reason == "MOVEMENT_WITHOUT_LEDGER"

    def test_an_exchanged_charge_balances_in_each_currency(self, stage):
        stage.fake.world.balance.rates["cny"] = ("hkd", "1.094123")
        stage.received()

        journal = Journal.objects.get(kind="EXCHANGED")
        lines = journal.lines.values_list("account__code", "currency", "amount_minor")
        hkd = 1_012_283
        fee = round(hkd * 0.035)
        assert set(lines) == {
            (chart.UNALLOCATED, "CNY", -GROSS),
            (chart.TRADING, "CNY", GROSS),
            (chart.TRADING, "HKD", -hkd),
            (chart.PENDING, "HKD", hkd - fee),
            (chart.PROVIDER_FEES, "HKD", fee),
        }

    def test_money_can_be_used_from_its_day_on(self, stage):
        stage.received()
        stage.pull()
        assert stage.on(chart.AVAILABLE) == 0

        stage.usable()
        stage.pull()

        assert (stage.on(chart.AVAILABLE), stage.on(chart.PENDING)) == (GROSS - FEE, 0)


class TestDisputes:
    def test_w6_opened_and_won_leaves_the_fee(self, stage):
        charge = stage.received().fact.object_reference
        dispute = stage.fake.play(f"charges/{charge}/dispute")
        stage.arrive()
        assert stage.on(chart.DISPUTED) == GROSS
        assert ReconException.objects.open().get().reason == "DISPUTE_OPEN"
        stage.fake.play(f"disputes/{dispute['id']}/won")
        stage.arrive(stage.fake.events.outbox[::-1])

        assert (stage.on(chart.DISPUTED), stage.on(chart.DISPUTE_FEES)) == (0, 1_500)
        assert not ReconException.objects.open().exists()

    def test_w7_an_inquiry_moves_no_money(self, stage):
        charge = stage.received().fact.object_reference
        before = Journal.objects.count()
        dispute = stage.fake.play(f"charges/{charge}/inquiry")
        stage.fake.play(f"disputes/{dispute['id']}/warning_closed")
        stage.arrive()

        assert Journal.objects.count() == before

    def test_a_lost_one_that_nothing_was_allocated_of_takes_what_is_left(self, stage):
        receipt = stage.received()
        dispute = stage.fake.play(f"charges/{receipt.fact.object_reference}/dispute")
        stage.fake.play(f"disputes/{dispute['id']}/lost")
        stage.arrive()

        receipt.refresh_from_db()
        assert (receipt.left_minor, stage.on(chart.UNALLOCATED), stage.on(chart.DISPUTED)) == (0, 0, 0)
        assert (stage.on(chart.CREDIT_LOSS), stage.on(chart.DISPUTE_FEES)) == (0, 1_500)
        assert not ReconException.objects.open().exists()

    def test_a_dispute_that_is_told_before_its_charge_waits_for_it(self, stage):
        charge = stage.paid()
        stage.fake.play(f"charges/{charge}/dispute")
        stage.arrive(stage.fake.events.outbox[::-1])

        assert stage.on(chart.DISPUTED) == GROSS
        assert not ProviderEvent.objects.filter(state="PARKED").exists()


class TestRefunds:
    def test_w8_two_of_the_same_amount_are_two_journals(self, stage):
        receipt = stage.received()
        stage.usable()
        stage.run(stage.refund(receipt, 1_000))
        receipt.refresh_from_db()
        stage.run(stage.refund(receipt, 1_000))
        events = list(stage.fake.events.outbox)
        stage.arrive([*events, *events])

        assert ProviderFact.objects.filter(kind="REFUND").count() == 2
        receipt.refresh_from_db()
        assert (receipt.left_minor, stage.on(chart.ORDERED)) == (GROSS - 2_000, 0)
        assert stage.on(chart.AVAILABLE) == GROSS - FEE - 2_000

    def test_one_that_comes_back_days_later_is_with_the_payer_again(self, stage):
        receipt = stage.received()
        stage.usable()
        operation = stage.run(stage.refund(receipt, 1_000))
        assert operation.order.payee_id == stage.desk.owner.pk
        stage.fake.play(f"refunds/{operation.reference}/fail")
        stage.arrive()

        receipt.refresh_from_db()
        assert receipt.left_minor == GROSS
        assert PaymentOrder.objects.get().state == "RETURNED"
        assert stage.on(chart.AVAILABLE) == GROSS - FEE


class TestPayouts:
    def test_w10_paid_and_then_failed_leaves_nothing_in_transit(self, stage):
        stage.received()
        stage.usable()
        payout = stage.fake.play("payouts")
        stage.arrive()
        assert stage.on(chart.IN_TRANSIT) == GROSS - FEE
        stage.fake.play(f"payouts/{payout['id']}/pay")
        stage.fake.play(f"payouts/{payout['id']}/fail")
        stage.arrive(stage.fake.events.outbox[::-1])

        assert (stage.on(chart.IN_TRANSIT), stage.on(chart.AVAILABLE)) == (0, GROSS - FEE)
        assert Settlement.objects.get().state == "FAILED"

    def test_what_it_was_made_of_is_linked_and_adds_up(self, stage):
        stage.received()
        stage.usable()
        stage.fake.play("topups", amount=5_300)
        stage.fake.play("payouts")
        stage.arrive()
        stage.pull()

        [settlement] = Settlement.objects.all()
        assert sorted(settlement.movements.values_list("kind", flat=True)) == ["charge", "topup"]
        assert not ReconException.objects.exists()

    def test_an_unknown_kind_in_it_is_shown(self, stage):
        stage.received()
        stage.usable()
        stage.fake.play("changes", type="brand_new_type", amount=-250)
        stage.fake.play("payouts")
        stage.arrive()

        [found] = ReconException.objects.all()
        assert (found.reason, found.amount_minor) == ("PAYOUT_UNCLASSIFIED", -250)


class TestTheListOfMovements:
    def test_it_books_what_no_message_told_of(self, stage):
        stage.paid()
        stage.fake.play("webhooks/lose")

        pulled = stage.usable()

        assert (pulled.movements, pulled.without_ledger) == (1, 0)
        assert Receipt.objects.count() == 1
        assert pulled.balances == {"CNY": (GROSS - FEE, GROSS - FEE)}

    def test_again_it_changes_nothing(self, stage):
        stage.paid()
        stage.usable()
        before = stage.books()

        stage.pull()

        assert stage.books() == before

    def test_what_is_booked_and_not_in_it_is_found(self, stage):
        stage.received()
        stage.fake.world.balance.changes.clear()

        pulled = stage.pull()

        assert (pulled.without_movement, pulled.balances["CNY"]) == (1, (GROSS - FEE, 0))
        assert ReconException.objects.get().reason == "LEDGER_WITHOUT_MOVEMENT"

    def test_a_balance_that_nothing_explains_is_told_and_goes_once_it_agrees(self, stage):
        stage.received()
        lost = Line(chart.PENDING, -7, "CNY"), Line(chart.PROVIDER_FEES, 7, "CNY")
        posted = journals.post(entry=entry("lost", lines=lost), at=stage.at, by=stage.desk.office.chief)

        stage.pull()
        stage.pull()

        told = ReconException.objects.get()
        assert (told.reference, told.amount_minor, told.state) == ("balance:stripe:CNY", -7, "OPEN")
        back = {"key": "back", "on": posted.effective_date, "reason": "x"}
        journals.reverse(journal=posted, at=stage.at, by=stage.desk.office.chief, **back)
        stage.pull()
        told.refresh_from_db()
        assert told.state == "RESOLVED"

    def test_fees_of_stripes_own_are_booked(self, stage):
        stage.fake.play("changes", type="stripe_fee", amount=-300)

        pulled = stage.pull()

        assert (pulled.without_ledger, stage.on(chart.PROVIDER_FEES), stage.on(chart.AVAILABLE)) == (
            0,
            300,
            -300,
        )


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_and_however_often_the_books_are_the_same(stage, seed):
    """Everything happens first; then its messages come, some lost, some twice, in any order."""
    charge = stage.paid()
    other = stage.paid(50_000)
    stage.fake.clock.advance(8 * DAY)
    dispute = stage.fake.play(f"charges/{other}/dispute")
    stage.fake.play(f"disputes/{dispute['id']}/won")
    stage.fake.play("topups", amount=5_300)
    payout = stage.fake.play("payouts")
    stage.fake.play(f"payouts/{payout['id']}/pay")
    stage.fake.play(f"payouts/{payout['id']}/fail")
    stage.fake.play("webhooks/duplicate")
    stage.fake.events.shuffle(seed)
    del stage.fake.events.outbox[: seed * 3]

    stage.arrive()
    stage.pull()

    keys = [key for key, _, _ in stage.books()]
    assert f"stripe:charge:{charge}" in keys
    assert len(keys) == 9
    assert (stage.on(chart.IN_TRANSIT), stage.on(chart.DISPUTED), stage.on(chart.PENDING)) == (0, 0, 0)
    assert stage.on(chart.AVAILABLE) == stage.fake.world.balance.sum("available", "cny")
