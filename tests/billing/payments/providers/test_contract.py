"""What every provider keeps to, whichever it is."""

from datetime import UTC, datetime

from billing.payments.rules.providers import Accepts, Outcome, Request

MANY = 925_200


def asked(side, amount=MANY, method="card", reference="prq_1"):
    request = Request(reference, amount, "CNY", method, group="INV-1", return_url="https://example.com/back")
    return side.provider.open_request(request, side.key())


def paid(side, amount=MANY):
    """Return the charge of a payment."""
    instruction = asked(side, amount)
    side.pay(instruction.result.reference)
    return side.provider.fetch("payment_intent", instruction.result.reference)["latest_charge"]


class TestWhatItSaysOfItself:
    def test_it_names_what_it_can_do(self, side):
        able = side.provider.capabilities()

        assert able.accepts in Accepts
        assert "CNY" in able.currencies
        assert set(able.most_minor) <= set(able.methods)


class TestAskingForMoney:
    def test_the_payer_is_told_how(self, side):
        instruction = asked(side)

        assert instruction.result.outcome is Outcome.PENDING
        assert instruction.result.reference
        assert instruction.secret or instruction.url or instruction.code or instruction.account

    def test_the_same_key_asks_once(self, side):
        request, key = Request("prq_1", MANY, "CNY", "card"), side.key()

        first, second = (side.provider.open_request(request, key) for _ in range(2))

        assert first.result.reference == second.result.reference

    def test_an_amount_that_is_none_is_rejected(self, side):
        assert asked(side, amount=0).result.outcome is Outcome.REJECTED

    def test_it_can_be_cancelled_and_again(self, side):
        ref = asked(side).result.reference

        assert side.provider.cancel_request(ref, side.key()).outcome is Outcome.DONE
        assert side.provider.cancel_request(ref, side.key()).outcome is Outcome.DONE

    def test_what_was_paid_is_not_cancelled(self, side):
        ref = asked(side).result.reference
        side.pay(ref)

        assert side.provider.cancel_request(ref, side.key()).outcome is Outcome.REJECTED


class TestGivingBack:
    def test_a_part_of_it(self, side):
        charge = paid(side)
        side.make_available()

        result = side.provider.refund(charge["id"], 46_260, "CNY", side.key())

        assert result.outcome in {Outcome.DONE, Outcome.PENDING}
        assert side.provider.fetch("refund", result.reference)["amount"] == 46_260

    def test_the_same_key_gives_back_once(self, side):
        charge, key = paid(side), side.key()
        side.make_available()

        first, second = (side.provider.refund(charge["id"], 1_000, "CNY", key) for _ in range(2))

        assert first.reference == second.reference

    def test_never_more_than_was_paid(self, side):
        charge = paid(side)
        side.make_available()

        assert side.provider.refund(charge["id"], MANY + 1, "CNY", side.key()).outcome is Outcome.REJECTED


class TestReading:
    def test_what_is_not_there_is_nothing(self, side):
        assert side.provider.fetch("payment_intent", "pi_nothing") is None
        assert side.provider.fetch("unheard_of", "x") is None

    def test_every_movement_adds_up_and_is_told_once(self, side):
        charge = paid(side)

        movements = list(side.provider.list_movements(None))

        assert len({each.id for each in movements}) == len(movements)
        assert all(each.gross - each.fee == each.net for each in movements)
        [of_charge] = [each for each in movements if each.source_ref == charge["id"]]
        assert of_charge.kind == "charge"

    def test_movements_go_back_to_a_moment(self, side):
        paid(side)

        assert list(side.provider.list_movements(datetime(2100, 1, 1, tzinfo=UTC))) == []
