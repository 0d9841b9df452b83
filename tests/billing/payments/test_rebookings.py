"""A bank line that was booked as something else than it is: booked anew by two people, once."""

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from billing.actions import periods
from billing.models import Book, Journal
from billing.payments.actions import allocations, bill_ends, orders, rebookings, refunds
from billing.payments.actions.bills import BillNotPossible
from billing.payments.actions.line_bookings import LineTaken
from billing.payments.actions.orders import OrderNotPossible, SecondPersonMissing
from billing.payments.actions.rebookings import (
    LineChanged,
    RebookingDecided,
    RebookingInvalid,
    RebookingWaits,
)
from billing.payments.models import (
    Allocation,
    BankAccount,
    LineBooking,
    OwnerRelease,
    Rebooking,
    Receipt,
    ReconException,
    Settlement,
)
from billing.payments.queries.bills import lines_for
from billing.payments.queries.check_lines import lines_as_booked
from billing.payments.queries.expected import facts
from billing.payments.queries.receipts import is_void, receipts_of
from billing.rules import accounts as chart
from billing.rules.locks import Level
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.payments import billed, matched
from tests.billing.payments.life import IN_TIME, broken
from tests.billing.payments.world import AT, DAY, bank_line
from tests.billing.world import member
from tests.seeing import SeeingClient

LATER_OR_ELSEWHERE = (*IN_TIME, "lines_of_statements")


def taken_as_fee():
    """The matcher took money that came in as a fee of the bank."""
    match = matched.begin()
    match.fee = match.line(-4_000, "fee", memo="手续费")
    match.run()
    return match


match = once.fixture(taken_as_fee)


def propose(match, line, kind="INTEREST", target="", reason="看错了", by=None):
    return rebookings.propose(line=line, kind=kind, target=target, reason=reason, **match.desk.acts(by))


def approve(match, proposed):
    return rebookings.approve(rebooking=proposed, **match.desk.acts(match.desk.second))


def anew(match, line, kind="INTEREST", target=""):
    return approve(match, propose(match, line, kind, target))


def kinds(line):
    return [one.kind for one in line.bookings.order_by("number")]


def held(match, minor=500_000, key="in", **said):
    """A line that nobody knew what it was for."""
    line = match.line(minor, key, counterparty="某公司", memo="货款", **said)
    match.run()
    return line


class TestALineTakenForSomethingElse:
    def test_is_booked_anew_and_the_old_entry_taken_back(self, match):
        """The worked example of docs/reconciliation.md."""
        desk, line = match.desk, match.fee
        assert (desk.on(chart.BANK_FEES), desk.on(chart.INTEREST)) == (4_000, 0)

        proposed = propose(match, line)
        assert kinds(line) == ["FEE"]
        found = approve(match, proposed)

        assert kinds(line) == ["FEE", "UNDO", "INTEREST"]
        assert (desk.on(chart.BANK_FEES), desk.on(chart.INTEREST)) == (0, 4_000)
        assert desk.on(chart.CLIENT_MONEY) == -4_000
        first, back, new = line.bookings.order_by("number")
        assert back.journal.reverses == first.journal
        assert (found.state, found.booking, new.match_pass) == ("APPROVED", new, "HAND")
        assert (found.maker_name, found.checker_name) == (desk.first.name, desk.second.name)
        said = AuditEntry.objects.filter(subject=found.public_id).values_list("action", flat=True)
        assert set(said) == {"rebooking.propose", "rebooking.approve"}
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}
        assert match.run() == 0

    def test_money_of_a_customer_is_held_until_somebody_says_whose(self, match):
        line = match.line(4_000, "gift", memo="利息")
        match.run()
        assert kinds(line) == ["INTEREST"]

        anew(match, line, "RECEIPT")

        receipt = Receipt.objects.get(bank_line=line)
        assert (receipt.left_minor, receipt.holding, match.desk.on(chart.SUSPENSE)) == (
            4_000,
            chart.SUSPENSE,
            -4_000,
        )
        assert not is_void(receipts_of(match.desk.book).get(pk=receipt.pk))
        assert ReconException.objects.open().get().reason == "UNKNOWN_PAYER"
        assert match.run() == 0
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}

    def test_money_of_a_known_payer_is_told_to_nobody(self, match):
        match.knows("6222", match.lessee("L1"))
        line = match.line(5_000, "known", counterparty_account="6222")
        match.run()
        assert Receipt.objects.get(bank_line=line).payer == match.lessee("L1")
        anew(match, line, "INTEREST")

        anew(match, line, "RECEIPT")

        told = ReconException.objects.open().filter(bank_line=line)
        assert not told.filter(reason="UNKNOWN_PAYER").exists()

    def test_what_was_held_is_held_again_once_it_was_no_fee(self, match):
        line = held(match)
        receipt = Receipt.objects.get(bank_line=line)

        anew(match, line, "INTEREST")
        receipt.refresh_from_db()
        assert (receipt.left_minor, match.desk.on(chart.SUSPENSE)) == (0, 0)
        assert is_void(receipts_of(match.desk.book).get(pk=receipt.pk))
        anew(match, line, "RECEIPT")

        receipt.refresh_from_db()
        assert kinds(line) == ["RECEIPT", "UNDO", "INTEREST", "UNDO", "RECEIPT"]
        assert (receipt.left_minor, match.desk.on(chart.SUSPENSE)) == (500_000, -500_000)
        assert Receipt.objects.filter(bank_line=line).count() == 1
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}
        invoice = match.bill("A-2026-000001", "L1", 500_000)
        allocations.allocate(receipt=receipt, shares=[(invoice, 500_000)], **match.desk.acts())
        assert match.open() == {"A-2026-000001": 0}

    def test_is_money_between_our_accounts(self, match):
        BankAccount.objects.create(
            book=match.desk.book,
            ledger_code="1002.01",
            holder="P",
            number="OWN1",
            bank_name="B",
            opened_at=AT,
        )
        line = match.line(-900, "own", memo="手续费", counterparty_account="OWN1")
        match.run()
        assert kinds(line) == ["TRANSFER"]
        anew(match, line, "FEE")
        assert match.desk.on("1002.01") == 0

        anew(match, line, "TRANSFER")

        assert match.desk.on("1002.01") == 900
        anew(match, line, "FEE")
        assert (match.desk.on("1002.01"), match.desk.on(chart.BANK_FEES)) == (0, 4_900)

    def test_is_our_payment_order(self, match):
        match.desk.collected(4_000, "release")
        order = match.desk.sent(match.desk.propose())

        anew(match, match.fee, "ORDER", order.public_id)

        order.refresh_from_db()
        assert (order.state, match.desk.on(chart.ORDERED)) == ("DONE", 0)
        assert kinds(match.fee) == ["FEE", "UNDO", "ORDER"]
        with pytest.raises(RebookingInvalid) as wrong:
            propose(match, match.fee)
        assert wrong.value.flaws[0].code == "not_booked"
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}

    def test_is_a_payout_of_a_provider_that_may_arrive_again(self, match):
        payout = Settlement.objects.create(
            provider="stripe",
            reference="po_1",
            amount_minor=500_000,
            currency="CNY",
            state="PAID",
            created_at=AT,
            arrives_on=DAY,
        )
        line = held(match)

        anew(match, line, "SETTLEMENT", payout.public_id)

        assert match.desk.on(chart.IN_TRANSIT) == -500_000
        other = held(match, key="other")
        with pytest.raises(RebookingInvalid):
            propose(match, other, "SETTLEMENT", payout.public_id)
        anew(match, line, "RECEIPT")
        assert match.desk.on(chart.IN_TRANSIT) == 0
        propose(match, other, "SETTLEMENT", payout.public_id)

    def test_is_no_payout_in_another_book_than_the_platforms(self, match, monkeypatch):
        payout = Settlement.objects.create(
            provider="stripe",
            reference="po_1",
            amount_minor=500_000,
            currency="CNY",
            state="PAID",
            created_at=AT,
            arrives_on=DAY,
        )
        line = held(match)
        book = line.bank_account.book
        assert len(facts(book, []).payouts) == 1
        monkeypatch.setattr(book, "kind", Book.Kind.FUND)

        assert facts(book, []).payouts == []
        with pytest.raises(RebookingInvalid) as wrong:
            propose(match, line, "SETTLEMENT", payout.public_id)
        assert [one.code for one in wrong.value.flaws] == ["unfit"]

    def test_whose_day_is_locked_counts_on_the_first_open_one(self, match):
        day = match.fee.booked_on
        chief = match.desk.office.chief
        later = AT + timedelta(days=1)
        periods.lock(book=match.desk.book, through=day, level=Level.HARD, at=later, by=chief)
        proposed = propose(match, match.fee)

        found = rebookings.approve(rebooking=proposed, **match.desk.acts(match.desk.second) | {"at": later})

        back = match.fee.bookings.get(number=2).journal
        assert {back.effective_date, found.booking.journal.effective_date} == {day + timedelta(days=1)}
        assert {back.occurred_on, found.booking.journal.occurred_on} == {day}
        assert ReconException.objects.open().get().reason == "LATE_IN_CLOSED_PERIOD"


class TestMoneyBetweenOurAccounts:
    """100.00 went from the account for client money to that of the platform, and arrived the same day."""

    @pytest.fixture
    def other(self, match):
        return BankAccount.objects.create(
            book=match.desk.book,
            ledger_code="1002.01",
            holder="P",
            number="OWN1",
            bank_name="B",
            opened_at=AT,
        )

    def both(self, match, other, key="", on=DAY):
        about = {"on": on, "memo": "转账"}
        left = match.line(-10_000, f"left{key}", counterparty_account=other.number, **about)
        ours = match.desk.account.number
        came = bank_line(other, 10_000, f"came{key}", counterparty_account=ours, **about)
        match.run()
        assert (kinds(left), kinds(came)) == (["TRANSFER"], ["TRANSFER"])
        return left, came

    @pytest.mark.parametrize(("side", "kind"), [(0, "FEE"), (1, "RECEIPT")])
    def test_stays_while_its_other_side_stands(self, match, other, side, kind):
        lines = self.both(match, other)
        with pytest.raises(RebookingInvalid) as wrong:
            propose(match, lines[side], kind)
        assert [one.code for one in wrong.value.flaws] == ["other_side"]
        assert match.desk.on("1002.01") == 10_000

    def test_is_looked_at_again_as_it_is_approved(self, match, other):
        left = match.line(-10_000, "left", counterparty_account=other.number)
        match.run()
        proposed = propose(match, left, "FEE")
        bank_line(other, 10_000, "came", counterparty_account=match.desk.account.number)
        match.run()

        with pytest.raises(RebookingInvalid):
            approve(match, proposed)
        assert (kinds(left), match.desk.on("1002.01")) == (["TRANSFER"], 10_000)

    def test_of_several_alike_that_without_another_side_is_taken_back(self, match, other):
        left, came = self.both(match, other)
        alone = match.line(-10_000, "alone", counterparty_account=other.number)
        match.run()

        anew(match, alone, "FEE")

        assert match.desk.on("1002.01") == 10_000
        for line in (left, came):
            with pytest.raises(RebookingInvalid):
                propose(match, line, "INTEREST")

    @pytest.mark.parametrize(
        ("side", "kind", "figures"), [(0, "FEE", (0, 10_000)), (1, "RECEIPT", (10_000, 0))]
    )
    def test_with_one_side_booked_otherwise_is_found(self, match, other, monkeypatch, side, kind, figures):
        lines = self.both(match, other, on=DAY - timedelta(days=11))
        for account, begun in ((match.desk.account, "a"), (other, "b")):
            for days in (0, 30):
                bank_line(account, 1, f"{begun}{days}", on=DAY - timedelta(days=days))
        match.run()
        assert lines_as_booked(AT) == []

        monkeypatch.setattr(rebookings, "_other_side_stands", lambda line, book: False)
        anew(match, lines[side], kind)

        [found] = lines_as_booked(AT)
        assert (found.expected, found.found) == figures
        assert found.facts["what"] == f"transfers from {match.desk.account.number} to OWN1"

    def test_may_be_under_way_for_ten_days(self, match, other):
        match.line(-10_000, "left", counterparty_account="OWN1", on=DAY - timedelta(days=9))
        bank_line(other, 1, "before", on=DAY - timedelta(days=30))
        bank_line(other, 1, "today")
        match.run()
        assert lines_as_booked(AT) == []


class TestABillThatThisLineDidNotPay:
    def test_is_held_again_and_the_owner_has_its_share_no_more(self, match):
        """The worked example of docs/payments.md."""
        desk, payer = match.desk, match.lessee("L1")
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        bill = billed.held(desk, payer)
        billed.pays(desk, bill, (invoice, 452_000))
        line = match.line(500_000, "in", memo=billed.NUMBER)
        match.run()
        assert (kinds(line), desk.on(chart.OWNER_PAYABLE)) == (["BILL"], -409_600)

        anew(match, line, "RECEIPT")

        bill.refresh_from_db()
        assert (bill.state, bill.bank_line, bill.ended_on) == ("HELD", None, None)
        assert (desk.on(chart.BILLS), desk.on(chart.SUSPENSE), desk.on(chart.OWNER_PAYABLE)) == (
            500_000,
            -500_000,
            0,
        )
        assert sum(one.amount_minor for one in OwnerRelease.objects.all()) == 0
        assert match.open() == {"A-2026-000001": 0}
        assert [one.move for one in bill.steps.all()][-2:] == ["COLLECT", "REOPEN"]
        assert (match.run(), kinds(line)) == (0, ["BILL", "UNDO", "RECEIPT"])
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}
        bill_ends.collect(bill=bill, line=match.line(500_000, "right"), **desk.acts())
        assert desk.on(chart.OWNER_PAYABLE) == -409_600

    def test_stays_as_it_is_once_its_money_was_given_back(self, match):
        desk, payer = match.desk, match.lessee("L1")
        bill = billed.held(desk, payer)
        line = match.line(500_000, "in", memo=billed.NUMBER)
        match.run()
        desk.pays(payer, member(payer, Role.FINANCE))
        receipt = Receipt.objects.select_related("book__organization").get(bill=bill)
        proposed = propose(match, line, "RECEIPT")
        refunds.of_receipt(receipt=receipt, amount_minor=1, reason="多付", **desk.acts())

        with pytest.raises(LineTaken):
            approve(match, proposed)
        assert kinds(line) == ["BILL"]
        bill.refresh_from_db()
        assert bill.state == "HONOURED"

    def test_is_not_paid_by_it_after_all_because_one_person_says_so(self, match, monkeypatch):
        bill, line = collected(match)
        pairs = [(bill, line)]
        anew(match, line, "RECEIPT")
        bill.refresh_from_db()

        with pytest.raises(LineTaken):
            bill_ends.collect(bill=bill, line=line, **match.desk.acts())
        monkeypatch.setattr(bill_ends, "collectable", lambda book: pairs)
        assert bill_ends.collect_all(book=match.desk.book, **match.desk.acts()) == 0
        assert list(lines_for(bill)) == []
        bill.refresh_from_db()
        assert (kinds(line), bill.state) == (["BILL", "UNDO", "RECEIPT"], "HELD")

    def test_may_have_paid_another_bill_as_a_person_says_and_no_matcher(self, match):
        _, line = collected(match)
        anew(match, line, "RECEIPT")
        other = billed.held(match.desk, match.lessee("L2"), number="6" * 30)
        assert list(lines_for(other)) == [line]

        with pytest.raises(LineTaken):
            bill_ends.collect(bill=other, line=line, found_by="P2", **match.desk.acts())
        assert kinds(line) == ["BILL", "UNDO", "RECEIPT"]
        bill_ends.collect(bill=other, line=line, **match.desk.acts())
        assert kinds(line)[-1] == "BILL"

    def test_paid_it_nevertheless_as_two_people_say_again(self, match):
        """What two people took back by mistake they put right; one alone cannot."""
        desk, payer = match.desk, match.lessee("L1")
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        bill = billed.held(desk, payer)
        billed.pays(desk, bill, (invoice, 452_000))
        line = match.line(500_000, "in", memo=billed.NUMBER)
        match.run()
        anew(match, line, "RECEIPT")

        found = anew(match, line, "BILL", bill.public_id)

        bill.refresh_from_db()
        assert kinds(line) == ["BILL", "UNDO", "RECEIPT", "UNDO", "BILL"]
        assert (bill.state, bill.bank_line, bill.ended_on) == ("HONOURED", line, line.booked_on)
        assert (found.booking.target, found.booking.match_pass) == (bill.public_id, "HAND")
        codes = (chart.BILLS, chart.SUSPENSE, chart.OWNER_PAYABLE, chart.CLIENT_MONEY)
        assert [desk.on(code) for code in codes] == [0, 0, -409_600, 496_000]
        assert match.run() == 0
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}

    def test_paid_another_bill_as_two_people_say(self, match):
        bill, line = collected(match)
        other = billed.held(match.desk, match.lessee("L2"), number="6" * 30)

        anew(match, line, "BILL", other.public_id)

        bill.refresh_from_db()
        other.refresh_from_db()
        assert (bill.state, other.state) == ("HELD", "HONOURED")
        assert kinds(line) == ["BILL", "UNDO", "BILL"]
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}

    def test_cannot_pay_a_bill_that_ended_meanwhile(self, match):
        bill, line = collected(match)
        other = billed.held(match.desk, match.lessee("L2"), number="6" * 30)
        proposed = propose(match, line, "BILL", other.public_id)
        bill_ends.collect(bill=other, line=match.line(500_000, "right"), **match.desk.acts())

        with pytest.raises((RebookingInvalid, BillNotPossible)):
            approve(match, proposed)
        bill.refresh_from_db()
        assert (bill.state, kinds(line)) == ("HONOURED", ["BILL"])

    def test_stays_while_a_refund_of_a_note_over_what_it_pays_was_released(self, match):
        desk, payer = match.desk, match.lessee("L1")
        desk.pays(payer, member(payer, Role.FINANCE))
        invoice = match.bill("A-2026-000001", "L1", 500_000)
        bill = billed.held(desk, payer)
        billed.pays(desk, bill, (invoice, 500_000))
        line = match.line(500_000, "in", memo=billed.NUMBER)
        match.run()
        note = match.bill("A-2026-000002", "L1", -100_000, invoice)
        match.run()
        given = {"note": note, "book": desk.book, "amount_minor": 100_000, "reason": "红字"}
        order = refunds.of_note(**given, **desk.acts())
        orders.approve(order=order, **desk.acts(desk.second))
        proposed = propose(match, line, "RECEIPT")

        with pytest.raises(LineTaken):
            approve(match, proposed)
        bill.refresh_from_db()
        assert (kinds(line), bill.state) == (["BILL"], "HONOURED")
        orders.drop(order=order, reason="停", **desk.acts(desk.second))
        approve(match, proposed)
        assert kinds(line) == ["BILL", "UNDO", "RECEIPT"]


def collected(match):
    """Return a bill, and the line that the matcher took for its payment."""
    bill = billed.held(match.desk, match.lessee("L1"))
    line = match.line(500_000, "in", memo=billed.NUMBER)
    match.run()
    assert kinds(line) == ["BILL"]
    return bill, line


class TestTwoPeople:
    def test_decide_it_and_once(self, match):
        proposed = propose(match, match.fee)
        with pytest.raises(SecondPersonMissing):
            rebookings.approve(rebooking=proposed, **match.desk.acts())
        with pytest.raises(RebookingWaits):
            propose(match, match.fee, by=match.desk.second)
        assert kinds(match.fee) == ["FEE"]
        approve(match, proposed)
        for act in (rebookings.approve, rebookings.drop):
            with pytest.raises(RebookingDecided):
                act(rebooking=proposed, **match.desk.acts(match.desk.second))
        assert kinds(match.fee) == ["FEE", "UNDO", "INTEREST"]

    def test_dropped_it_stays_as_it_was(self, match):
        before = Journal.objects.count()
        rebookings.drop(rebooking=propose(match, match.fee), **match.desk.acts())

        assert (Rebooking.objects.get().state, kinds(match.fee)) == ("DROPPED", ["FEE"])
        assert Journal.objects.count() == before

    def test_have_the_right(self, match):
        nobody = match.desk.acts(match.desk.keeper)
        with pytest.raises(MissingRight):
            rebookings.propose(line=match.fee, kind="INTEREST", target="", reason="x", **nobody)
        proposed = propose(match, match.fee)
        for act in (rebookings.approve, rebookings.drop):
            with pytest.raises(MissingRight):
                act(rebooking=proposed, **nobody)
        assert (Rebooking.objects.get().state, kinds(match.fee)) == ("PROPOSED", ["FEE"])

    def test_act_on_what_they_saw(self, match):
        line = held(match)
        proposed = propose(match, line)
        LineBooking.objects.create(
            bank_line=line, number=2, kind="UNDO", made_by="x", made_by_name="x", made_at=AT
        )

        with pytest.raises(LineChanged):
            approve(match, proposed)
        assert kinds(line) == ["RECEIPT", "UNDO"]

    def test_take_no_money_back_that_was_used(self, match):
        line = held(match)
        proposed = propose(match, line)
        invoice = match.bill("A-2026-000001", "L1", 500_000)
        receipt = Receipt.objects.get(bank_line=line)
        allocations.allocate(receipt=receipt, shares=[(invoice, 1)], **match.desk.acts())

        with pytest.raises(LineTaken):
            approve(match, proposed)
        assert kinds(line) == ["RECEIPT"]

    def test_look_again_whether_it_fits(self, match):
        match.desk.collected(4_000, "release")
        order = match.desk.sent(match.desk.propose())
        proposed = propose(match, match.fee, "ORDER", order.public_id)
        match.line(-4_000, "out", memo=order.reference, counterparty_account=order.payee_account.number)
        match.run()

        with pytest.raises((RebookingInvalid, OrderNotPossible)):
            approve(match, proposed)
        assert kinds(match.fee) == ["FEE"]


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        ("FEE", "", "same"),
        ("RECEIPT", "", "went_out"),
        ("TRANSFER", "", "not_ours"),
        ("TRANSFER", "ftr_none", "unfit"),
        ("ORDER", "", "unfit"),
        ("ORDER", "pyo\x00", "unfit"),
        ("SETTLEMENT", "set_none", "unfit"),
        ("INTEREST", "x", "unknown"),
        ("BILL", "", "unfit"),
        ("BILL", "abl_none", "unfit"),
        ("WHAT", "", "unknown"),
    ],
)
def test_what_a_line_cannot_be_is_refused(match, kind, target, code):
    with pytest.raises(RebookingInvalid) as wrong:
        propose(match, match.fee, kind, target)

    assert [flaw.code for flaw in wrong.value.flaws] == [code]
    assert not Rebooking.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "x\x00"])
def test_a_reason_is_needed(match, reason):
    with pytest.raises(RebookingInvalid):
        propose(match, match.fee, reason=reason)
    assert not Rebooking.objects.exists()


def test_a_line_that_waits_is_not_booked_anew(match):
    with pytest.raises(RebookingInvalid) as wrong:
        propose(match, match.line(100, "new"))
    assert wrong.value.flaws[0].code == "not_booked"


class TestTheDatabase:
    @pytest.mark.parametrize(("number", "kind"), [(2, "FEE"), (3, "FEE"), (4, "UNDO"), (3, "UNDO")])
    def test_each_second_booking_takes_the_one_before_it_back(self, match, number, kind):
        with pytest.raises(DatabaseError), transaction.atomic():
            LineBooking.objects.create(
                bank_line=match.fee, number=number, kind=kind, made_by="x", made_by_name="x", made_at=AT
            )

    @pytest.mark.parametrize(
        "given",
        [{"state": "APPROVED"}, {"state": "DROPPED"}, {"reason": "y"}, {"kind": "RECEIPT"}, {"checker": "x"}],
    )
    def test_two_people_decide(self, match, given):
        made = propose(match, match.fee)
        with pytest.raises(DatabaseError), transaction.atomic():
            Rebooking.objects.filter(pk=made.pk).update(**given)

    def test_what_was_decided_stays(self, match):
        made = anew(match, match.fee)
        for act in (lambda row: row.update(checker_name="y"), lambda row: row.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                act(Rebooking.objects.filter(pk=made.pk))
        with pytest.raises(DatabaseError), transaction.atomic():
            Rebooking.objects.create(
                bank_line=match.fee,
                number=3,
                kind="FEE",
                reason="x",
                state="DROPPED",
                maker="x",
                checker="y",
                made_at=AT,
            )

    def test_the_booking_is_the_one_that_was_approved(self, match):
        made = propose(match, match.fee)
        with pytest.raises(DatabaseError), transaction.atomic():
            Rebooking.objects.filter(pk=made.pk).update(
                state="APPROVED", checker="y", booking=match.fee.bookings.get()
            )

    def test_a_bill_is_held_again_only_once_its_line_was_taken_back(self, match):
        bill = billed.held(match.desk, match.lessee("L1"))
        match.line(500_000, "in", memo=billed.NUMBER)
        match.run()
        with pytest.raises(DatabaseError), transaction.atomic():
            type(bill).objects.filter(pk=bill.pk).update(state="HELD", bank_line=None, ended_on=None)

    def test_a_bill_is_held_again_only_if_no_line_stands_as_its_payment(self, match):
        bill, line = collected(match)
        anew(match, line, "RECEIPT")
        about = {
            "bank_line": line,
            "target": bill.public_id,
            "made_by": "x",
            "made_by_name": "x",
            "made_at": AT,
        }
        for number, kind in ((4, "UNDO"), (5, "BILL")):
            LineBooking.objects.create(number=number, kind=kind, **about)
        found = type(bill).objects.filter(pk=bill.pk)
        found.update(state="HONOURED", bank_line=line, ended_on=DAY)
        again = {"state": "HELD", "bank_line": None, "ended_on": None}

        with pytest.raises(DatabaseError, match="does not go from"), transaction.atomic():
            found.update(**again)
        LineBooking.objects.create(number=6, kind="UNDO", **about)
        assert found.update(**again) == 1

    def test_an_undo_names_what_is_there(self, match):
        invoice = match.bill("A-2026-000001", "L1", 500_000)
        receipt = match.desk.receipt(500_000, "paid", match.lessee("L1"))
        [paid] = allocations.allocate(receipt=receipt, shares=[(invoice, 100)], **match.desk.acts())
        about = {
            "receipt": receipt,
            "invoice": invoice,
            "currency": "CNY",
            "made_by": "x",
            "made_by_name": "x",
            "made_at": AT,
        }
        with pytest.raises(DatabaseError, match="does not undo"), transaction.atomic():
            Allocation.objects.create(undoes_id=paid.pk + 1_000, amount_minor=-100, **about)
            Allocation.objects.create(pk=paid.pk + 1_000, amount_minor=1, **about)
        assert Allocation.objects.get() == paid
        Allocation.objects.create(undoes=paid, amount_minor=-100, **about)


def rest(by):
    client = SeeingClient()
    client.force_authenticate(by)
    return client


def address(line, *rest_of):
    return "/".join(["/api/v1/bank-lines", line.public_id, *rest_of, ""])


class TestDoors:
    def test_over_rest(self, match):
        first, second = rest(match.desk.first), rest(match.desk.second)
        asked = {"kind": "INTEREST", "reason": "利息"}

        made = first.post(address(match.fee, "rebookings"), asked, "json")
        assert made.status_code == 201, made.json()
        item = made.json()["id"]
        assert first.post(address(match.fee, "rebookings", item, "approve")).status_code == 403
        done = second.post(address(match.fee, "rebookings", item, "approve"))

        assert (done.status_code, done.json()["state"]) == (200, "APPROVED")
        again = second.post(address(match.fee, "rebookings", item, "approve"))
        assert (again.status_code, again.json()["code"]) == (409, "rebooking_decided")
        told = first.get(address(match.fee)).json()
        assert [one["kind"] for one in told["bookings"]] == ["FEE", "UNDO", "INTEREST"]
        assert [one["id"] for one in told["rebookings"]] == [item]
        dropped = first.post(address(match.fee, "rebookings"), asked | {"kind": "FEE"}, "json").json()["id"]
        assert first.post(address(match.fee, "rebookings", dropped, "drop")).json()["state"] == "DROPPED"

    @pytest.mark.parametrize(
        "given",
        [{}, {"kind": "WHAT", "reason": "x"}, {"kind": "FEE", "reason": "\x00"}, {"kind": [], "reason": 1}],
    )
    def test_odd_input_is_refused(self, match, given):
        assert rest(match.desk.first).post(address(match.fee, "rebookings"), given, "json").status_code == 400

    def test_lines_of_others_are_not_there(self, match):
        stranger = rest(match.desk.keeper)
        assert (
            stranger.post(address(match.fee, "rebookings"), {"kind": "FEE", "reason": "x"}).status_code == 404
        )
        made = propose(match, match.fee)
        other = match.line(1, "other")
        assert (
            rest(match.desk.second).post(address(other, "rebookings", made.public_id, "approve")).status_code
            == 404
        )

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_on_the_page_of_the_line(self, client, match, language):
        client.cookies["django_language"] = language
        client.force_login(match.desk.first)
        page = reverse("bank-line", args=[match.fee.public_id])
        form = {"kind": "INTEREST", "target": "", "reason": "利息"}
        assert client.post(f"{page}rebookings/", form | {"kind": "RECEIPT"}).status_code == 400
        assert client.post(f"{page}rebookings/", form | {"kind": ""}).status_code == 400

        assert client.post(f"{page}rebookings/", form).status_code == 302
        item = Rebooking.objects.get().public_id
        act = reverse("rebooking-act", args=[match.fee.public_id, item, "approve"])
        assert client.get(page).status_code == 200
        client.post(act)
        assert kinds(match.fee) == ["FEE"]
        client.force_login(match.desk.second)
        assert act in client.get(page).content.decode()
        assert client.post(act).status_code == 302

        assert kinds(match.fee) == ["FEE", "UNDO", "INTEREST"]
        shown = client.get(page).content.decode()
        assert ("Booked anew by two people" in shown) is (language == "en")
        assert all((word in shown) is (language == "en") for word in ("by a rule", "by a person"))
        assert not re.search(r"\b(HAND|P6)\b", shown)
        assert client.post(act.replace("approve", "what")).status_code == 404
        assert page in client.get(reverse("bank-lines")).content.decode()
        client.force_login(match.desk.keeper)
        assert client.get(page).status_code == 404
