"""A part of a payout comes back from its owner: two people decide, the provider does it once."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.payments.actions import take_backs
from billing.payments.actions.operations import NotThroughProvider, ReversalInvalid, StillOpen, TakenMeanwhile
from billing.payments.actions.orders import SecondPersonMissing
from billing.payments.actions.take_backs import NotAsked, TakeBackDecided, TakeBackWaits
from billing.payments.models import Operation, PaymentOrder, ProviderAccount, ProviderFact, TakeBack
from billing.payments.queries.take_backs import left_to_take
from billing.queries.income import By, income_of
from billing.rules import accounts as chart
from billing.rules.income import Part, months, total
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests.seeing import SeeingClient

PAID = 815_200


@pytest.fixture
def rich(stage):
    """Stripe holds enough, and the owner may be paid."""
    stage.received()
    stage.usable()
    stage.ready()
    return stage


@pytest.fixture
def order(rich):
    """A payout that Stripe made."""
    operation = rich.run(rich.payout(PAID))
    return PaymentOrder.objects.select_related("book__organization").get(pk=operation.order_id)


def propose(rich, order, minor, reason="红字"):
    return take_backs.propose(order=order, amount_minor=minor, reason=reason, **rich.desk.acts())


def approve(rich, proposed):
    return take_backs.approve(take_back=proposed, **rich.desk.acts(rich.desk.second))


def refused(rich, order, minor):
    """Let Stripe refuse to take something back, as the owner has no money there."""
    account = ProviderAccount.objects.get().reference
    rich.fake.play(f"accounts/{account}/drain")
    found = approve(rich, propose(rich, order, minor))
    assert rich.run(found.operation).state == "REJECTED"
    rich.fake.world.accounts[account]["balance"]["cny"] = PAID
    return found


def income(owner):
    """Return all that the books say to an owner."""
    shown = months(date(2026, 12, 1))
    [found] = income_of(owner, By.MONTH, shown[0], shown[-1])
    return total(found.rows)


class TestActions:
    def test_a_part_comes_back_and_settles_what_the_owner_owes(self, rich, order):
        proposed = propose(rich, order, 40_960)
        assert (proposed.state, Operation.objects.filter(kind="REVERSAL").exists()) == ("PROPOSED", False)

        found = approve(rich, proposed)
        rich.run(found.operation)
        rich.arrive()

        assert (found.state, found.maker_name, found.checker_name) == (
            "APPROVED",
            rich.desk.first.name,
            rich.desk.second.name,
        )
        assert rich.on(chart.OWNER_OWES) == -40_960
        assert ProviderFact.objects.filter(kind="REVERSAL").count() == 1
        said = AuditEntry.objects.filter(subject=found.public_id).values_list("action", flat=True)
        assert set(said) == {"take_back.propose", "take_back.approve"}

    def test_what_comes_back_was_not_earned_it_is_paid_out_less(self, rich, order):
        before = income(order.payee)

        rich.run(approve(rich, propose(rich, order, 40_960)).operation)
        rich.arrive()
        after = income(order.payee)

        assert (before[Part.PAID_OUT], after[Part.PAID_OUT]) == (-PAID, -PAID + 40_960)
        assert after[Part.OTHER] == before[Part.OTHER]
        assert after.earned == before.earned == PAID
        assert after.still_to_come - before.still_to_come == 40_960

    def test_what_is_proposed_counts_as_taken(self, rich, order):
        found = approve(rich, propose(rich, order, 800_000))
        assert left_to_take(order) == 15_200
        propose(rich, order, 200)
        assert left_to_take(order) == 15_000
        with pytest.raises(TakeBackWaits):
            propose(rich, order, 1)
        assert found.operation.body["amount"] == 800_000

    @pytest.mark.parametrize("minor", [PAID + 1, 0, -1])
    def test_never_more_than_was_paid(self, rich, order, minor):
        with pytest.raises(ReversalInvalid) as wrong:
            propose(rich, order, minor)
        assert wrong.value.flaws[0].facts == {"left": PAID}
        assert not TakeBack.objects.exists()

    @pytest.mark.parametrize(("reason", "code"), [("  ", "required"), ("x" * 501, "too_long")])
    def test_a_reason_is_needed(self, rich, order, reason, code):
        with pytest.raises(ReversalInvalid) as wrong:
            propose(rich, order, 1, reason)
        assert [flaw.code for flaw in wrong.value.flaws] == [code]

    def test_two_people_and_once(self, rich, order):
        proposed = propose(rich, order, 100)
        first, second = rich.desk.acts(), rich.desk.acts(rich.desk.second)
        with pytest.raises(SecondPersonMissing):
            take_backs.approve(take_back=proposed, **first)
        with pytest.raises(NotAsked):
            take_backs.again(take_back=proposed, **second)
        approve(rich, proposed)
        for act in (take_backs.approve, take_backs.drop):
            with pytest.raises(TakeBackDecided):
                act(take_back=proposed, **second)
        assert Operation.objects.filter(kind="REVERSAL").count() == 1

    def test_dropped_it_is_free_again(self, rich, order):
        take_backs.drop(take_back=propose(rich, order, PAID), **rich.desk.acts())

        assert (TakeBack.objects.get().state, left_to_take(order)) == ("DROPPED", PAID)
        assert not Operation.objects.filter(kind="REVERSAL").exists()

    def test_nobody_without_the_right(self, rich, order):
        nobody = rich.desk.acts(rich.desk.keeper)
        with pytest.raises(MissingRight):
            take_backs.propose(order=order, amount_minor=1, reason="x", **nobody)
        proposed = propose(rich, order, 100)
        for act in (take_backs.approve, take_backs.drop, take_backs.again):
            with pytest.raises(MissingRight):
                act(take_back=proposed, **nobody)
        assert TakeBack.objects.get().state == "PROPOSED"

    def test_what_was_not_paid_through_stripe_does_not_come_back_through_it(self, rich):
        rich.desk.collected(100, "c")
        with pytest.raises(NotThroughProvider):
            propose(rich, rich.desk.propose(), 10)

    def test_what_was_refused_is_tried_again_under_another_key(self, rich, order):
        found = refused(rich, order, 40_960)
        second = rich.desk.acts(rich.desk.second)

        done = rich.run(take_backs.again(take_back=found, **second))

        assert (done.state, done.attempts.count()) == ("DONE", 2)
        with pytest.raises(StillOpen):
            take_backs.again(take_back=found, **second)

    def test_what_was_refused_is_not_tried_again_once_the_rest_is_less(self, rich, order):
        found = refused(rich, order, 800_000)
        approve(rich, propose(rich, order, 100_000))

        with pytest.raises(TakenMeanwhile) as wrong:
            take_backs.again(take_back=found, **rich.desk.acts(rich.desk.second))
        assert wrong.value.facts == {"left": "CNY 7,152.00"}

    def test_only_a_provider_that_paid_is_asked(self, rich):
        rich.desk.collected(100, "c")
        with pytest.raises(NotThroughProvider):
            take_backs.operations.take_back(
                order=rich.desk.propose(), amount_minor=1, by=rich.desk.second, at=rich.at
            )


class TestWhoeverWrites:
    @pytest.mark.parametrize("given", [{"amount_minor": 2}, {"reason": "y"}, {"state": "DROPPED"}])
    def test_what_was_decided_stays(self, rich, order, given):
        approve(rich, propose(rich, order, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            TakeBack.objects.update(**given)

    def test_one_waits_and_each_begins_as_a_proposal(self, rich, order):
        told = {"order": order, "amount_minor": 1, "reason": "x", "maker": "a", "made_at": rich.at}
        for more in ({"state": "DROPPED", "checker": "b"}, {"amount_minor": 0}):
            with pytest.raises(IntegrityError), transaction.atomic():
                TakeBack.objects.create(**told | more)
        made = TakeBack.objects.create(**told)
        with pytest.raises(IntegrityError), transaction.atomic():
            TakeBack.objects.create(**told)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.delete()

    def test_an_operation_is_of_that_payout_and_amount(self, rich, order):
        proposed = propose(rich, order, 100)
        other = order.operations.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            TakeBack.objects.filter(pk=proposed.pk).update(state="APPROVED", checker="b", operation=other)
        made = take_backs.operations.take_back(order=order, amount_minor=100, by=rich.desk.second, at=rich.at)
        with pytest.raises(IntegrityError), transaction.atomic():
            same = TakeBack.objects.filter(pk=proposed.pk)
            same.update(state="APPROVED", checker=proposed.maker, operation=made)


def rest(person):
    client = SeeingClient()
    client.force_login(person)
    return client


class TestRest:
    def test_proposed_approved_refused_and_tried_again(self, rich, order):
        first, second, owner = rest(rich.desk.first), rest(rich.desk.second), rest(rich.desk.keeper)
        at = f"/api/v1/payment-orders/{order.public_id}/"

        made = first.post(f"{at}take-backs/", {"amount_minor": 40_960, "reason": "红字"}, format="json")

        assert (made.status_code, made.json()["state"], made.json()["operation"]) == (201, "PROPOSED", None)
        one = f"{at}take-backs/{made.json()['id']}/"
        assert first.post(f"{one}approve/").status_code == 403
        assert second.post(f"{one}again/").json()["code"] == "take_back_not_asked"
        account = ProviderAccount.objects.get().reference
        rich.fake.play(f"accounts/{account}/drain")
        assert second.post(f"{one}approve/").json()["operation_state"] == "CREATED"
        rich.run(Operation.objects.get(kind="REVERSAL"))
        [listed] = second.get(at).json()["take_backs"]
        assert (listed["state"], listed["operation_state"]) == ("APPROVED", "REJECTED")
        assert second.post(f"{one}again/").json()["operation_state"] == "CREATED"
        assert second.post(f"{one}drop/").json()["code"] == "take_back_decided"
        assert owner.get(at).json()["take_backs"] == []

    @pytest.mark.parametrize(
        "body",
        [{}, {"amount_minor": 0, "reason": "x"}, {"amount_minor": 10**30, "reason": "x"},
         {"amount_minor": "NaN", "reason": "x"}, {"amount_minor": 1, "reason": "a\0b"}, {"amount_minor": 1},
         {"amount_minor": [1], "reason": {}}, {"amount_minor": PAID + 1, "reason": "x"}],
    )  # fmt: skip
    def test_odd_input(self, rich, order, body):
        at = f"/api/v1/payment-orders/{order.public_id}/take-backs/"
        assert rest(rich.desk.first).post(at, body, format="json").status_code == 400
        assert not TakeBack.objects.exists()

    def test_neither_the_owner_nor_strangers_have_these_doors(self, rich, order):
        proposed = propose(rich, order, 100)
        at = f"/api/v1/payment-orders/{order.public_id}/take-backs/"
        owner, finance = rest(rich.desk.keeper), rest(rich.desk.second)
        assert owner.post(at, {"amount_minor": 1, "reason": "x"}, format="json").status_code == 403
        for verb in ("approve", "drop", "again"):
            assert owner.post(f"{at}{proposed.public_id}/{verb}/").status_code == 404
            assert finance.post(f"{at}tkb_x/{verb}/").status_code == 404
            other = f"/api/v1/payment-orders/pyo_x/take-backs/{proposed.public_id}/{verb}/"
            assert finance.post(other).status_code == 404
        assert TakeBack.objects.get().state == "PROPOSED"


class TestPage:
    @pytest.fixture
    def as_(self, client):
        def sign_in(person, language="en"):
            client.force_login(person)
            client.cookies["django_language"] = language
            return client

        return sign_in

    def text(self, client, order):
        return client.get(reverse("payment-order", args=[order.public_id])).content.decode()

    def test_one_proposes_another_takes_it_back(self, rich, order, as_):
        at = reverse("take-back-propose", args=[order.public_id])
        first = as_(rich.desk.first)
        assert "At most CNY 8,152.00." in self.text(first, order)
        answer = first.post(at, {"amount": "409.60", "reason": "红字"}, follow=True).content.decode()
        assert "You proposed this." in answer
        assert "Approve taking back" not in answer
        proposed = TakeBack.objects.get()
        assert proposed.amount_minor == 40_960
        second = as_(rich.desk.second)
        act = reverse("take-back-act", args=[order.public_id, proposed.public_id, "approve"])
        assert "It is being sent to the payment provider." in second.post(act, follow=True).content.decode()
        rich.run(Operation.objects.get(kind="REVERSAL"))
        assert "The money is back with us." in self.text(second, order)
        assert "钱已退回我方。" in self.text(as_(rich.desk.second, "zh-hans"), order)
        assert "红字" not in self.text(as_(rich.desk.keeper), order)

    def test_refused_it_is_tried_again_there(self, rich, order, as_):
        found = refused(rich, order, 40_960)
        second = as_(rich.desk.second)
        assert "has not enough money" in self.text(second, order)
        act = reverse("take-back-act", args=[order.public_id, found.public_id, "again"])

        assert second.post(act).status_code == 302

        answer = second.post(act)
        assert (answer.status_code, "only after it was refused for good" in answer.content.decode()) == (
            400,
            True,
        )
        assert Operation.objects.get(kind="REVERSAL").state == "CREATED"

    def test_other_refusals_show_their_code(self, rich, order, as_):
        found = refused(rich, order, 40_960)
        found.operation.attempts.update(code="account_closed")
        assert "(account_closed)" in self.text(as_(rich.desk.second), order)

    @pytest.mark.parametrize(
        ("given", "said"),
        [({}, "required"), ({"amount": "NaN", "reason": "x"}, "Enter a number."),
         ({"amount": "99999999", "reason": "x"}, "at most 815200 fen")],
    )  # fmt: skip
    def test_what_is_wrong_stands_at_its_field(self, rich, order, as_, given, said):
        answer = as_(rich.desk.first).post(reverse("take-back-propose", args=[order.public_id]), given)
        assert (answer.status_code, said in answer.content.decode()) == (400, True)

    def test_a_second_proposal_is_told_that_one_waits(self, rich, order, as_):
        proposed = propose(rich, order, 100)
        at = reverse("take-back-propose", args=[order.public_id])
        answer = as_(rich.desk.second).post(at, {"amount": "1", "reason": "x"})
        assert (answer.status_code, "waits to be taken back already" in answer.content.decode()) == (
            400,
            True,
        )
        drop = reverse("take-back-act", args=[order.public_id, proposed.public_id, "drop"])
        assert as_(rich.desk.second).post(drop).status_code == 302
        assert TakeBack.objects.get().state == "DROPPED"

    def test_nobody_else_has_these_doors(self, rich, order, as_):
        proposed = propose(rich, order, 100)
        owner = as_(rich.desk.keeper)
        doors = [reverse("take-back-propose", args=[order.public_id])]
        doors += [
            reverse("take-back-act", args=[order.public_id, proposed.public_id, verb])
            for verb in ("approve", "drop", "again")
        ]
        assert {owner.post(door).status_code for door in doors} == {404}
        odd = [("tkb_x", "approve"), (proposed.public_id, "burn")]
        second = as_(rich.desk.second)
        for item, verb in odd:
            assert (
                second.post(reverse("take-back-act", args=[order.public_id, item, verb])).status_code == 404
            )
