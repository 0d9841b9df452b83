"""What is sent to Stripe happens once, whatever goes wrong on the way."""

import pytest

from billing.payments.actions import operations
from billing.payments.actions.operations import NotThroughProvider
from billing.payments.models import OperationAttempt, PaymentOrder, ProviderAccount, ProviderFact
from billing.payments.rules.providers import ProviderSilent
from billing.rules import accounts as chart
from marketplace.permissions import MissingRight
from tests.billing.payments.stripe.stage import DAY, GROSS

HOUR = 3_600


@pytest.fixture
def rich(stage):
    """Stripe holds enough, and the owner may be paid."""
    stage.received()
    stage.usable()
    stage.ready()
    return stage


def made(stage):
    return stage.fake.world.all("transfer")


class TestTransfers:
    def test_an_order_becomes_one_transfer_and_is_seen(self, rich):
        before = rich.on(chart.AVAILABLE)
        operation = rich.payout(815_200)

        rich.run(operation)
        rich.arrive()

        assert PaymentOrder.objects.get().state == "DONE"
        assert (rich.on(chart.ORDERED), rich.on(chart.AVAILABLE)) == (0, before - 815_200)
        assert ProviderFact.objects.filter(kind="TRANSFER").count() == 1
        assert [each["amount"] for each in made(rich)] == [815_200]

    def test_run_again_nothing_happens(self, rich):
        operation = rich.payout(815_200)
        for _ in range(3):
            rich.run(operation)

        assert len(made(rich)) == 1
        assert OperationAttempt.objects.get().sends == 1

    @pytest.mark.parametrize("trouble", ["drop_after", "500_after", "hang_after", "garbage", "429"])
    def test_without_an_answer_it_is_unknown_and_sent_again_under_the_same_key(self, rich, trouble):
        operation = rich.payout(815_200)
        rich.fake.trouble(trouble, "/v1/transfers", times=3)

        operation = rich.run(operation)

        assert operation.state == "UNKNOWN"
        assert rich.on(chart.ORDERED) == -815_200
        rich.fake.world.troubles.clear()
        operation = rich.run(operation, later=300)
        assert (operation.state, len(made(rich))) == ("DONE", 1)
        assert len(set(rich.fake.calls("/v1/transfers"))) == 1

    def test_a_worker_that_died_after_sending_leaves_one_transfer(self, rich, monkeypatch):
        operation = rich.payout(815_200)
        monkeypatch.setattr(operations, "answer", lambda **given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rich.run(operation)
        monkeypatch.undo()
        assert (OperationAttempt.objects.get().state, len(made(rich))) == ("SENT", 1)

        assert rich.run(operation, later=60).state == "CREATED"  # left to whom may still wait for its answer
        assert len(rich.fake.calls("/v1/transfers")) == 1
        found = rich.run(operation, later=300)

        assert (found.state, len(made(rich))) == ("DONE", 1)

    def test_after_a_day_it_is_looked_for_not_sent(self, rich):
        operation = rich.payout(815_200)
        rich.fake.trouble("drop_after", "/v1/transfers", times=3)
        rich.run(operation)
        rich.fake.clock.advance(2 * DAY)
        calls = len(rich.fake.calls("/v1/transfers"))

        found = rich.run(operation)

        assert (found.state, len(made(rich))) == ("DONE", 1)
        assert len(rich.fake.calls("/v1/transfers")) == calls + 1
        assert rich.fake.calls("/v1/transfers")[-1] == ""

    def test_what_is_not_found_after_a_day_never_arrived(self, rich):
        operation = rich.payout(815_200)
        rich.fake.trouble("drop_before", "/v1/transfers", times=3)
        rich.run(operation)
        rich.fake.clock.advance(2 * DAY)

        found = rich.run(operation)

        assert (found.state, OperationAttempt.objects.get().code) == ("REJECTED", "never_arrived")
        assert (rich.on(chart.ORDERED), rich.on(chart.OWNER_PAYABLE)) == (0, -815_200)

    def test_what_was_sent_just_before_the_key_grew_old_may_still_arrive(self, rich):
        operation = rich.payout(815_200)
        rich.fake.trouble("drop_before", "/v1/transfers", times=3)
        rich.run(operation)

        found = rich.run(operation, later=23 * HOUR + 600)

        assert (found.state, rich.on(chart.ORDERED)) == ("UNKNOWN", -815_200)
        assert rich.run(operation, later=24 * HOUR).state == "REJECTED"

    def test_looking_without_an_answer_changes_nothing(self, rich):
        operation = rich.payout(815_200)
        rich.fake.trouble("drop_after", "/v1/transfers", times=3)
        rich.run(operation)
        rich.fake.clock.advance(2 * DAY)
        rich.fake.trouble("drop_before", "/v1/transfers", times=3)

        with pytest.raises(ProviderSilent):
            rich.run(operation)

        assert OperationAttempt.objects.get().state == "UNKNOWN"

    def test_a_refusal_frees_the_money_and_is_final(self, rich):
        operation = rich.payout(GROSS * 2)

        found = rich.run(operation)

        assert (found.state, OperationAttempt.objects.get().code) == ("REJECTED", "balance_insufficient")
        assert PaymentOrder.objects.get().state == "REJECTED"
        assert (rich.on(chart.ORDERED), rich.on(chart.OWNER_PAYABLE)) == (0, -GROSS * 2)
        rich.run(operation)
        assert len(rich.fake.calls("/v1/transfers")) == 1

    def test_the_message_may_come_before_the_answer(self, rich):
        operation = rich.payout(815_200)
        rich.fake.trouble("drop_after", "/v1/transfers", times=3)
        rich.run(operation)
        rich.arrive()
        assert PaymentOrder.objects.get().state == "DONE"

        assert rich.run(operation, later=300).state == "DONE"
        assert ProviderFact.objects.filter(kind="TRANSFER").count() == 1

    def test_only_who_may_release_sends_it_and_only_once(self, rich):
        rich.desk.collected(100, "c")
        order = rich.desk.propose(provider="stripe")
        with pytest.raises(MissingRight):
            operations.send(order=order, provider="stripe", **rich.desk.acts(rich.desk.keeper))
        assert not OperationAttempt.objects.exists()

    def test_an_order_for_the_bank_does_not_go_through_stripe(self, rich):
        rich.desk.collected(100, "c")
        with pytest.raises(NotThroughProvider):
            rich.send(rich.desk.propose())


class TestOnboarding:
    def test_an_owner_may_be_paid_once_stripe_says_so(self, stage):
        stage.ready()

        found = ProviderAccount.objects.get()
        assert (found.organization, found.state) == (stage.desk.owner, "ACTIVE")

    def test_asked_twice_it_is_the_same_account(self, stage):
        assert stage.ready() == stage.ready()
        assert len(stage.fake.world.accounts) == 1


class TestARefusalThatTakesNoKey:
    """What was sent before under the same key may still be on its way, and be done when it arrives."""

    @pytest.fixture
    def restricted(self, rich):
        rich.account = ProviderAccount.objects.get().reference
        rich.operation = rich.payout(815_200)
        rich.fake.play(f"accounts/{rich.account}/restricted")
        return rich

    def arrives_late(self, stage):
        """Let what was sent first arrive once the account may be paid again."""
        attempt = OperationAttempt.objects.select_related("operation").get()
        stage.fake.play(f"accounts/{stage.account}/active")
        body = attempt.operation.body
        stage.provider.pay_out(body["to"], body["amount"], body["currency"], body["group"], attempt.key)

    def test_alone_it_is_final(self, restricted):
        assert restricted.run(restricted.operation).state == "REJECTED"
        assert PaymentOrder.objects.get().state == "REJECTED"

    @pytest.mark.parametrize("trouble", ["drop_before", "500_before", "drop_after"])
    def test_behind_one_without_an_answer_it_is_none(self, restricted, trouble):
        restricted.fake.trouble(trouble, "/v1/transfers", times=1)  # the library sends the second itself

        assert restricted.run(restricted.operation).state == "UNKNOWN"
        assert PaymentOrder.objects.get().state == "SENT"
        self.arrives_late(restricted)
        found = restricted.run(restricted.operation, later=300)

        assert (found.state, len(made(restricted)), restricted.on(chart.ORDERED)) == ("DONE", 1, 0)

    def test_behind_a_worker_that_died_it_is_none(self, restricted, monkeypatch):
        monkeypatch.setattr(operations, "_sent", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restricted.run(restricted.operation)
        monkeypatch.undo()

        assert restricted.run(restricted.operation, later=300).state == "UNKNOWN"
        self.arrives_late(restricted)
        found = restricted.run(restricted.operation, later=600)

        assert (found.state, len(made(restricted))) == ("DONE", 1)

    def test_what_the_key_keeps_is_final_however_often_it_was_sent(self, rich):
        operation = rich.payout(2 * GROSS)
        rich.fake.trouble("drop_before", "/v1/transfers", times=1)

        assert rich.run(operation).state == "REJECTED"
