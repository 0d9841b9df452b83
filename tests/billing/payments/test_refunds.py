"""Money goes back: what is left of a receipt, what a credit note owes; never more, never twice."""

import pytest

from billing.actions import journals
from billing.payments.actions import orders, refunds
from billing.payments.actions.allocations import LeftChanged
from billing.payments.actions.payouts import NoPayeeAccount
from billing.payments.actions.refunds import NothingToRefund, PayerUnknown, RefundInvalid
from billing.payments.models import PaymentOrder
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Line
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import red_papers
from tests.billing.ledger.world import entry
from tests.billing.payments import world
from tests.billing.payments.world import AT, DAY
from tests.billing.world import member

billed = once.fixture(red_papers.build)
desk = once.fixture(world.desk)


def back(desk, receipt, minor, **given):
    facts = {"receipt": receipt, "amount_minor": minor, "reason": "多付"} | desk.acts()
    return refunds.of_receipt(**facts | given)


class TestOfAReceipt:
    def test_it_leaves_the_receipt_with_the_approval_and_the_bank_when_it_is_seen(self, desk):
        receipt = desk.receipt(1_000, "in", desk.owner)

        order = back(desk, receipt, 400)

        receipt.refresh_from_db()
        assert (receipt.left_minor, desk.on(chart.UNALLOCATED)) == (1_000, -1_000)
        order = desk.sent(order)
        receipt.refresh_from_db()
        assert (receipt.left_minor, desk.on(chart.UNALLOCATED), desk.on(chart.ORDERED)) == (600, -600, -400)
        orders.see(order=order, on=DAY, cash=chart.CLIENT_MONEY, key="out", at=AT, by=desk.clock)
        assert (desk.on(chart.ORDERED), desk.on(chart.CLIENT_MONEY)) == (0, 600)

    @pytest.mark.parametrize("end", ["drop", "reject", "return"])
    def test_it_is_with_the_receipt_again_when_it_fails(self, desk, end):
        receipt = desk.receipt(1_000, "in", desk.owner)
        order = back(desk, receipt, 1_000)
        if end == "drop":
            orders.approve(order=order, **desk.acts(desk.second))
            orders.drop(order=order, reason="", **desk.acts(desk.second))
        elif end == "reject":
            orders.reject(order=desk.sent(order), reason="", on=DAY, at=AT, by=desk.clock)
        else:
            seen = {"on": DAY, "cash": chart.CLIENT_MONEY, "at": AT, "by": desk.clock}
            orders.see(order=desk.sent(order), key="out", **seen)
            orders.come_back(order=order, key="back", **seen)

        receipt.refresh_from_db()
        assert (receipt.left_minor, desk.on(chart.UNALLOCATED), desk.on(chart.ORDERED)) == (1_000, -1_000, 0)

    def test_what_waits_counts_as_taken(self, desk):
        receipt = desk.receipt(1_000, "in", desk.owner)
        back(desk, receipt, 600)

        with pytest.raises(NothingToRefund) as refused:
            back(desk, receipt, 401)

        assert refused.value.facts == {"left": "CNY 4.00", "wanted": "CNY 4.01"}
        assert PaymentOrder.objects.count() == 1
        assert back(desk, receipt, 400).amount_minor == 400

    def test_what_is_sent_twice_is_asked_once(self, desk):
        """Each read that 10.00 is left; the second finds less under the lock."""
        receipt = desk.receipt(1_000, "in", desk.owner)
        back(desk, receipt, 400, seen_minor=1_000)

        with pytest.raises(LeftChanged) as refused:
            back(desk, receipt, 400, seen_minor=1_000)

        assert refused.value.facts == {"left": "CNY 6.00"}
        assert PaymentOrder.objects.count() == 1

    def test_nobody_is_paid_who_is_not_known_or_has_no_account(self, desk):
        with pytest.raises(PayerUnknown):
            back(desk, desk.receipt(1_000, "unknown"), 1)
        other, _ = world.other_owner()
        with pytest.raises(NoPayeeAccount):
            back(desk, desk.receipt(1_000, "other", other), 1)
        assert not PaymentOrder.objects.exists()

    def test_an_amount_and_a_reason_are_needed(self, desk):
        receipt = desk.receipt(1_000, "in", desk.owner)

        with pytest.raises(RefundInvalid) as refused:
            back(desk, receipt, 0, reason=" ")
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/amount_minor", "/reason"]
        with pytest.raises(RefundInvalid):
            back(desk, receipt, 1, reason="x" * 501)
        with pytest.raises(MissingRight):
            back(desk, receipt, 1, by=desk.keeper)
        assert not PaymentOrder.objects.exists()

    def test_through_a_provider_it_needs_no_account(self, desk):
        other, _ = world.other_owner()
        receipt = desk.receipt(1_000, "in", other)

        assert back(desk, receipt, 10, provider="stripe").payee_account is None


class TestOfACreditNote:
    @pytest.fixture
    def note(self, billed, desk):
        desk.pays(billed.scene.lessee, member(billed.scene.lessee, Role.FINANCE))
        return billed.invoice

    def owe(self, desk, note, minor):
        whose = Dims(party=note.buyer.public_id, invoice=note.public_id)
        lines = (Line(chart.OWNER_OWES, minor, "CNY"), Line(chart.REFUNDS, -minor, "CNY", whose))
        journals.post(entry=entry("note", lines=lines), at=AT, by=desk.office.chief)

    def of(self, desk, note, minor, **given):
        acts = desk.acts()
        return refunds.of_note(note=note, book=desk.book, amount_minor=minor, reason="红字", **given, **acts)

    def test_what_it_owes_goes_back_once(self, desk, note):
        self.owe(desk, note, 46_260)

        order = self.of(desk, note, 46_260)

        with pytest.raises(NothingToRefund):
            self.of(desk, note, 1)
        with pytest.raises(LeftChanged):
            self.of(desk, note, 1, seen_minor=46_260)
        orders.approve(order=order, **desk.acts(desk.second))
        assert (desk.on(chart.REFUNDS), desk.on(chart.ORDERED)) == (0, -46_260)
        with pytest.raises(NothingToRefund):
            self.of(desk, note, 1)

    def test_that_owes_nothing_gives_nothing(self, desk, note):
        with pytest.raises(NothingToRefund):
            self.of(desk, note, 1)
        assert not PaymentOrder.objects.exists()
