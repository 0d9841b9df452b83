"""What is Stripe's own: refusals and silence, wallets, owners, events, rates."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from billing.payments.gateway.stripe import event_ref
from billing.payments.rules.providers import Accepts, OnboardingState, Outcome, Party, ProviderSilent, Request
from config.stand_in import FakeStripe
from config.stand_in.events import signed
from config.stand_in.server import TROUBLES
from config.stand_in.shapes import SHAPES, faults
from tests.billing.payments.providers.conftest import SECRET

NOW = datetime(2025, 12, 1, 8, tzinfo=UTC)
PARTY = Party("org_1", "宁波机床租赁", return_url="https://example.com/")


def ask(stripe, method="card", key="k1", amount=925_200):
    return stripe.open_request(Request("prq_1", amount, "CNY", method, return_url="https://x.cn/"), key)


def charge(stripe, method="pm_card_visa"):
    ref = ask(stripe).result.reference
    stripe.v1.payment_intents.confirm(ref, {"payment_method": method})
    return stripe.fetch("payment_intent", ref)["latest_charge"]


def owner(stripe, fake):
    ref = stripe.onboard(PARTY, "onboard:org_1").result.reference
    fake.play(f"accounts/{ref}/active")
    return ref


class TestSilence:
    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_is_unknown_never_a_refusal(self, stripe, fake, trouble):
        fake.trouble(trouble, "/v1/payment_intents", times=3)

        assert ask(stripe).result.outcome is Outcome.UNKNOWN

    def test_a_wrong_key_says_nothing_about_what_was_done(self, stripe, fake):
        stripe.v1._requestor._options.api_key = "pk_wrong"

        assert ask(stripe).result.outcome is Outcome.UNKNOWN

    def test_one_key_for_two_bodies_is_unknown_for_a_person_to_look_at(self, stripe):
        ask(stripe)

        result = ask(stripe, amount=1).result

        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "IdempotencyError")

    def test_a_question_without_an_answer_is_said_so(self, stripe, fake):
        for path, call in (
            ("/v1/charges", lambda: stripe.fetch("charge", "ch_1")),
            ("/v1/balance", stripe.balance),
            ("/v1/balance_transactions", lambda: list(stripe.list_movements(None))),
        ):
            fake.trouble("drop_before", path, times=3)
            with pytest.raises(ProviderSilent):
                call()

    def test_a_retry_inside_a_call_is_one_payment(self, stripe, fake):
        fake.trouble("drop_after", "/v1/payment_intents", times=2)

        assert ask(stripe).result.outcome is Outcome.PENDING
        assert fake.calls("/v1/payment_intents") == ["k1"] * 3
        assert len(fake.world.all("payment_intent")) == 1


class TestWaysToPay:
    def test_alipay_is_an_address(self, stripe):
        assert "/pay/pi_fake" in ask(stripe, "alipay").url

    def test_wechat_is_a_code_to_scan(self, stripe):
        assert ask(stripe, "wechat_pay").code.startswith("weixin://")

    def test_a_card_is_for_the_browser(self, stripe):
        assert "_secret_" in ask(stripe).secret

    def test_what_it_can_do(self, stripe):
        able = stripe.capabilities()

        assert able.accepts is Accepts.PULL
        assert (able.most_minor["alipay"], able.most_minor["wechat_pay"]) == (30_000_000, 5_000_000)

    def test_a_declined_card_is_no_payment(self, stripe, fake):
        ref = ask(stripe).result.reference
        result = stripe.v1.payment_intents
        with pytest.raises(Exception, match="declined"):
            result.confirm(ref, {"payment_method": "pm_card_chargeDeclined"})

        assert stripe.fetch("payment_intent", ref)["status"] == "requires_payment_method"

    def test_no_name_of_a_party_reaches_the_metadata(self, stripe, fake):
        ask(stripe)

        [intent] = fake.world.all("payment_intent")
        assert intent["metadata"] == {"payment_request": "prq_1", "env": "test"}


class TestOwners:
    def test_onboarding_ends_when_transfers_may_be_made(self, stripe, fake):
        begun = stripe.onboard(PARTY, "onboard:org_1")
        assert (begun.state, begun.wanted) == (OnboardingState.PENDING, ("requirements_past_due",))
        assert "/setup/acct_fake" in begun.url

        known = Party("org_1", "x", reference=begun.result.reference, return_url="https://x.cn/")
        fake.play(f"accounts/{begun.result.reference}/active")
        assert stripe.onboard(known, "").state is OnboardingState.ACTIVE
        fake.play(f"accounts/{begun.result.reference}/restricted")
        assert stripe.onboard(known, "").state is OnboardingState.RESTRICTED

    def test_the_same_key_is_the_same_account(self, stripe, fake):
        first, second = (stripe.onboard(PARTY, "onboard:org_1") for _ in range(2))

        assert first.result.reference == second.result.reference

    @pytest.mark.parametrize("path", ["/v2/core/accounts", "/v2/core/account_links"])
    def test_without_an_answer(self, stripe, fake, path):
        fake.trouble("500_before", path, times=3)

        assert stripe.onboard(PARTY, "onboard:org_1").result.outcome is Outcome.UNKNOWN

    def test_what_failed_under_v2_is_done_by_the_same_key(self, stripe, fake):
        fake.trouble("500_before", "/v2/core/accounts", times=3)
        stripe.onboard(PARTY, "onboard:org_1")

        assert stripe.onboard(PARTY, "onboard:org_1").result.outcome is Outcome.DONE

    def test_one_who_is_not_ready_is_not_paid(self, stripe, fake):
        ref = stripe.onboard(PARTY, "onboard:org_1").result.reference

        result = stripe.pay_out(ref, 100, "CNY", "INV-1", "op:1:1")

        assert (result.outcome, result.code) == (Outcome.REJECTED, "insufficient_capabilities_for_transfer")


class TestTransfers:
    def test_a_refusal_is_repeated_for_a_day_then_forgotten(self, stripe, fake):
        ref = owner(stripe, fake)
        charge(stripe)
        assert stripe.pay_out(ref, 100, "CNY", "g", "op:1:1").code == "balance_insufficient"
        fake.clock.advance(8 * 86_400 - 7 * 86_400)
        fake.world.balance.change("topup", 1_000_000, "cny", "tu_1")

        assert stripe.pay_out(ref, 100, "CNY", "g", "op:1:1").code == "balance_insufficient"
        assert stripe.pay_out(ref, 100, "CNY", "g", "op:1:2").outcome is Outcome.DONE
        fake.clock.advance(86_401)
        assert stripe.pay_out(ref, 100, "CNY", "g", "op:1:1").outcome is Outcome.DONE

    def test_it_is_found_by_its_operation(self, stripe, fake):
        ref = owner(stripe, fake)
        fake.world.balance.change("topup", 1_000_000, "cny", "tu_1")
        made = stripe.pay_out(ref, 500, "CNY", "OUT-1", "op:1:1")
        back = stripe.reverse_pay_out(made.reference, 200, "op:2:1")

        assert stripe.find("transfer", "OUT-1", "op:1:1")["id"] == made.reference
        assert stripe.find("transfer_reversal", made.reference, "op:2:1")["id"] == back.reference
        assert stripe.find("transfer", "OUT-1", "op:9:1") is None


class TestRefunds:
    def test_a_wallet_takes_days(self, stripe, fake):
        ref = ask(stripe, "alipay").result.reference
        fake.play(f"intents/{ref}/pay")
        fake.clock.advance(8 * 86_400)
        paid = stripe.fetch("payment_intent", ref)["latest_charge"]["id"]

        result = stripe.refund(paid, 100, "CNY", "op:1:1")

        assert result.outcome is Outcome.PENDING
        assert stripe.find("refund", paid, "op:1:1")["id"] == result.reference

    def test_cancelling_what_is_not_there(self, stripe):
        assert stripe.cancel_request("pi_nothing", "k").code == "resource_missing"


class TestReading:
    def test_rates_stay_the_text_they_were(self, stripe, fake):
        fake.world.balance.rates["cny"] = ("hkd", "1.094123")
        charge(stripe)

        [movement] = stripe.list_movements(None)

        assert (movement.rate, movement.currency, movement.gross) == ("1.094123", "HKD", 1_012_283)

    def test_long_lists_are_read_to_their_end(self, stripe, fake):
        for number in range(250):
            fake.world.balance.change("topup", number + 1, "cny", f"tu_{number}")

        movements = list(stripe.list_movements(None))

        assert len({each.id for each in movements}) == 250
        assert list(stripe.list_movements(None, movements[-2].id)) == movements[-1:]

    def test_a_payout_and_what_it_was_made_of(self, stripe, fake):
        charge(stripe)
        fake.clock.advance(8 * 86_400)
        made = fake.play("payouts")

        [found] = stripe.list_settlements(None)

        assert (found.ref, found.amount, found.is_complete) == (made["id"], 892_818, True)
        assert [each.kind for each in stripe.movements_of(found.ref)] == ["charge"]
        assert stripe.settlement(found.ref) == found
        assert stripe.settlement("po_nothing") is None

    def test_the_balance(self, stripe, fake):
        charge(stripe)

        held = stripe.balance()["CNY"]

        assert (held.available, held.pending) == (0, 892_818)

    def test_events_that_never_arrived(self, stripe, fake):
        charge(stripe)

        assert [each.type for each in stripe.missed_events(NOW - timedelta(days=1))] == [
            "charge.succeeded",
            "payment_intent.succeeded",
        ]


class TestMessages:
    def test_of_both_kinds(self, stripe, fake):
        charge(stripe)
        owner(stripe, fake)
        for event in fake.events.all.values():
            body = json.dumps(event).encode()
            head = {"Stripe-Signature": signed(body, SECRET, fake.clock.now)}

            [found] = stripe.verify_and_parse(head, body, datetime.fromtimestamp(fake.clock.now, UTC))

            assert found == event_ref(event)
            assert found.ref


class TestTheStandIn:
    def test_its_objects_have_the_shape_of_stripes_examples(self, stripe, fake: FakeStripe):
        paid = charge(stripe, "pm_card_createDispute")
        account = owner(stripe, fake)
        fake.world.balance.change("topup", 9_000_000, "cny", "tu_0")
        sent = stripe.pay_out(account, 500, "CNY", "OUT-1", "op:1:1")
        stripe.reverse_pay_out(sent.reference, 200, "op:2:1")
        refund = stripe.refund(paid["id"], 100, "CNY", "op:3:1")
        fake.play(f"refunds/{refund.reference}/fail")
        fake.play("topups", amount=100)
        payout = fake.play("payouts")
        fake.play(f"payouts/{payout['id']}/fail")

        balance = fake.world.balance
        everything = [*fake.world.objects.values(), *balance.changes.values(), balance.shown()]
        events = [each for each in fake.events.all.values() if each["object"] == "event"]
        kinds = {each["object"] for each in everything}
        assert [fault for each in (*everything, *events) for fault in faults(each["object"], each)] == []
        assert kinds == set(SHAPES) - {"event"}

    def test_its_pages_play_payer_and_owner(self, stripe, fake):
        url = ask(stripe, "alipay").url
        assert "Pay 9,252.00 CNY" in urllib.request.urlopen(url, timeout=5).read().decode()
        fake.world.objects[url.rpartition("/")[2]]["next_action"]["alipay_handle_redirect"]["return_url"] = (
            url
        )

        urllib.request.urlopen(urllib.request.Request(url, b"", method="POST"), timeout=5)

        assert stripe.fetch("payment_intent", url.rpartition("/")[2])["status"] == "succeeded"
