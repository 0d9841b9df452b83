"""What every provider keeps to, whichever it is: Stripe, and bank transfer."""

from datetime import UTC, datetime

from billing.payments.rules.providers import Accepts, Outcome

MANY = 925_200


def asked(side, amount=MANY):
    return side.provider.open_request(side.request(amount), side.key())


class TestWhatItSaysOfItself:
    def test_it_names_what_it_can_do(self, side):
        able = side.provider.capabilities()

        assert able.accepts in Accepts
        assert "CNY" in able.currencies
        assert set(able.most_minor) <= set(able.methods)

    def test_what_goes_out_by_file_cannot_be_taken_back(self, side):
        able = side.provider.capabilities()

        assert able.by_file is not hasattr(side.provider, "reverse_pay_out")


class TestAskingForMoney:
    def test_the_payer_is_told_how(self, side):
        instruction = asked(side)

        assert instruction.result.outcome is Outcome.PENDING
        assert instruction.result.reference
        assert instruction.secret or instruction.url or instruction.code
        assert bool(instruction.account) is (side.provider.capabilities().accepts is Accepts.PUSH)

    def test_the_same_key_asks_once(self, side):
        request, key = side.request(MANY), side.key()

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
        receipt, _ = side.paid(MANY)
        side.make_available()

        result = side.provider.refund(receipt, 46_260, "CNY", side.key())

        assert result.outcome in {Outcome.DONE, Outcome.PENDING}
        assert 46_260 in (result.answer.get("amount"), result.answer.get("amount_minor"))

    def test_the_same_key_gives_back_once(self, side):
        (receipt, _), key = side.paid(MANY), side.key()
        side.make_available()

        first, second = (side.provider.refund(receipt, 1_000, "CNY", key) for _ in range(2))

        assert first.reference == second.reference

    def test_never_more_than_was_paid(self, side):
        receipt, _ = side.paid(MANY)
        side.make_available()

        assert side.provider.refund(receipt, MANY + 1, "CNY", side.key()).outcome is Outcome.REJECTED


class TestPayingOut:
    def test_somebody_who_can_be_paid(self, side):
        result = side.provider.pay_out(side.payee(), 500, "CNY", "OUT-1", side.key())

        by_file = side.provider.capabilities().by_file
        assert result.outcome is (Outcome.PENDING if by_file else Outcome.DONE)
        assert result.reference

    def test_the_same_key_pays_once(self, side):
        payee, key = side.payee(), side.key()

        first, second = (side.provider.pay_out(payee, 500, "CNY", "OUT-1", key) for _ in range(2))

        assert first.reference == second.reference

    def test_nobody_who_is_not_known(self, side):
        assert side.provider.pay_out("nobody", 500, "CNY", "OUT-1", side.key()).outcome is Outcome.REJECTED

    def test_no_amount_that_is_none(self, side):
        assert side.provider.pay_out(side.payee(), 0, "CNY", "OUT-1", side.key()).outcome is Outcome.REJECTED


class TestReading:
    def test_what_is_not_there_is_nothing(self, side):
        for kind in ("payment_intent", "line", "unheard_of"):
            assert side.provider.fetch(kind, "pi_nothing") is None

    def test_every_movement_adds_up_and_is_told_once(self, side):
        _, source = side.paid(MANY)

        movements = list(side.provider.list_movements(None))

        assert len({each.id for each in movements}) == len(movements)
        assert all(each.gross - each.fee == each.net for each in movements)
        [found] = [each for each in movements if each.source_ref == source]
        assert (found.gross, found.currency) == (MANY, "CNY")

    def test_movements_go_on_after_the_last_one(self, side):
        side.paid(MANY)
        side.paid(MANY + 100)

        first, *rest = side.provider.list_movements(None)

        assert list(side.provider.list_movements(None, first.id)) == rest

    def test_movements_go_back_to_a_moment(self, side):
        side.paid(MANY)

        assert list(side.provider.list_movements(datetime(2100, 1, 1, tzinfo=UTC))) == []
