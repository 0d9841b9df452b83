"""An acceptance bill pays invoices, is presented, and is paid or not: books, shares and debts follow."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from billing.actions import periods
from billing.models import Invoice, JournalLine
from billing.payments.actions import allocations, bill_ends, bills, notes, orders, refunds
from billing.payments.actions.allocations import MoreThanLeft
from billing.payments.actions.bill_ends import BillLineEarly, BillLineUnfit
from billing.payments.actions.bills import BillInvalid, BillKnown, BillNotPossible, BillReasonMissing
from billing.payments.actions.line_bookings import LineTaken
from billing.payments.actions.orders import BillNotPaid, SecondPersonMissing
from billing.payments.actions.refunds import NothingToRefund
from billing.payments.models import (
    AcceptanceBill,
    Allocation,
    LineBooking,
    OwnerRelease,
    PaymentOrder,
    Receipt,
    ReconException,
    Suggestion,
)
from billing.payments.queries import bills as found_bills
from billing.payments.queries.held_back import owed_for
from billing.payments.queries.today import morning
from billing.payments.tasks import match_book
from billing.rules import accounts as chart
from billing.rules.locks import Level
from leasing.rules.history import first_broken
from marketplace.models import User
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.payments import billed, matched
from tests.billing.payments.billed import NUMBER, failed, held, pays, recorded
from tests.billing.payments.life import IN_TIME, broken
from tests.billing.payments.world import AT, DAY
from tests.billing.world import member

match = once.fixture(matched.begin)
# Lines here come from no statement.
LATER_OR_ELSEWHERE = (*IN_TIME, "lines_of_statements")
CODES = (chart.BILLS, chart.UNALLOCATED, chart.RENT_AGENCY, chart.OWNER_PAYABLE, chart.CLIENT_MONEY)


def books(match):
    lines = JournalLine.objects.filter(account__book=match.desk.book, account__code__in=CODES)
    rows = lines.values_list("account__code").annotate(total=Sum("amount_minor")).order_by()
    return {code: total for code, total in rows if total}


def step(match, act, bill, by=None, **given):
    return act(bill=bill, **given, **match.desk.acts(by))


class TestABillThatIsPaid:
    def test_goes_the_whole_way_and_the_owner_has_its_share_once_money_is_here(self, match):
        """The worked example of docs/payments.md."""
        desk, payer = match.desk, match.lessee("L1")
        invoice = match.bill("A-2026-000001", "L1", 452_000)

        bill = held(desk, payer)
        assert books(match) == {chart.BILLS: 500_000, chart.UNALLOCATED: -500_000, chart.RENT_AGENCY: 452_000}
        pays(desk, bill, (invoice, 452_000))
        assert books(match) == {chart.BILLS: 500_000, chart.UNALLOCATED: -48_000}
        assert (match.open(), OwnerRelease.objects.count()) == ({"A-2026-000001": 0}, 0)

        step(match, bills.present, bill)
        line = match.line(500_000, "in", on=DAY)
        step(match, bill_ends.collect, bill, line=line)

        assert books(match) == {
            chart.UNALLOCATED: -48_000,
            chart.CLIENT_MONEY: 500_000,
            chart.OWNER_PAYABLE: -409_600,
        }
        bill.refresh_from_db()
        assert (bill.state, bill.bank_line, bill.ended_on) == ("HONOURED", line, DAY)
        assert LineBooking.objects.get().target == bill.public_id
        steps = list(bill.steps.all())
        assert [one.move for one in steps] == ["RECORD", "CONFIRM", "PRESENT", "COLLECT"]
        assert first_broken([one.link() for one in steps]) is None

    def test_is_found_by_the_number_that_a_line_names(self, match):
        bill = held(match.desk, match.lessee("L1"))
        match.line(500_000, "in", memo=f"托收 {NUMBER[:10]} {NUMBER[10:]}")

        assert match.run() == 1
        assert match.run() == 0
        bill.refresh_from_db()
        booking = LineBooking.objects.get()
        assert (bill.state, booking.match_pass, booking.score) == ("HONOURED", "P2", 1)

    def test_is_not_guessed_where_two_lines_or_two_parts_fit(self, match):
        desk, payer = match.desk, match.lessee("L1")
        held(desk, payer, amount_minor=100, first=1, last=100)
        held(desk, payer, amount_minor=100, first=101, last=200)
        held(desk, payer, number="6" * 30, amount_minor=300)
        match.line(100, "a", memo=NUMBER)
        match.line(300, "b", memo="6" * 30)
        match.line(300, "c", memo="6" * 30)
        match.line(299, "d", memo="6" * 30)

        assert found_bills.collectable(desk.book) == []

    @pytest.mark.parametrize(
        ("memo", "bank_ref"),
        [
            (f"托收 {NUMBER} 5000.00", ""),
            (f"2 {NUMBER[:10]} {NUMBER[10:]} 1", ""),
            (f"托收{NUMBER}", "20261127 0001"),
            ("托收", NUMBER),
        ],
    )
    def test_is_found_though_digits_stand_beside_its_number(self, match, memo, bank_ref):
        bill = held(match.desk, match.lessee("L1"))
        line = match.line(500_000, "in", memo=memo, bank_ref=bank_ref)

        assert found_bills.collectable(match.desk.book) == [(bill, line)]

    def test_is_not_of_a_line_from_before_it_came(self, match):
        bill = held(match.desk, match.lessee("L1"))
        line = match.line(500_000, "in", on=bill.received_on - timedelta(days=1), memo=NUMBER)

        assert found_bills.collectable(match.desk.book) == []
        with pytest.raises(BillLineEarly):
            step(match, bill_ends.collect, bill, line=line)
        assert not LineBooking.objects.exists()

    def test_whose_day_is_locked_is_booked_later_and_that_is_told(self, match):
        bill = held(match.desk, match.lessee("L1"))
        chief = match.desk.office.chief
        day = DAY - timedelta(days=1)
        periods.lock(book=match.desk.book, through=day, level=Level.SOFT, at=AT, by=chief)

        step(match, bill_ends.collect, bill, line=match.line(500_000, "in", on=day))

        assert ReconException.objects.open().get().reason == "LATE_IN_CLOSED_PERIOD"

    def test_pays_what_is_open_though_hundreds_are_paid(self, match, monkeypatch):
        monkeypatch.setattr(found_bills, "MOST", 1)
        bill = held(match.desk, match.lessee("L1"))
        paid, opened = (match.bill(f"A-2026-00000{n}", "L1", 200_000) for n in (1, 2))
        pays(match.desk, bill, (paid, 200_000))

        assert [row for row, _ in found_bills.open_of(bill)] == [opened]

    def test_somebody_who_was_quicker_is_no_failure(self, match, monkeypatch):
        bill = held(match.desk, match.lessee("L1"))
        line = match.line(500_000, "in", memo=NUMBER)
        step(match, bill_ends.collect, bill, line=line)
        monkeypatch.setattr(bill_ends, "collectable", lambda book: [(bill, line)])

        assert bill_ends.collect_all(book=match.desk.book, **match.desk.acts()) == 0

    def test_takes_a_line_that_was_held_because_nobody_knew(self, match):
        bill = held(match.desk, match.lessee("L1"))
        line = match.line(500_000, "in", counterparty="宁波银行", memo="托收")
        match.run()
        Suggestion.objects.create(bank_line=line, match_pass="P7", score="0.60", plan=[], made_at=AT)
        assert match.desk.on(chart.SUSPENSE) == -500_000
        assert list(found_bills.lines_for(bill)) == [line]

        step(match, bill_ends.collect, bill, line=line)

        assert (match.desk.on(chart.SUSPENSE), match.desk.on(chart.BILLS)) == (0, 0)
        assert match.desk.on(chart.CLIENT_MONEY) == 500_000
        assert Receipt.objects.get(bank_line=line).left_minor == 0
        assert [one.kind for one in line.bookings.all()] == ["RECEIPT", "UNDO", "BILL"]
        assert not ReconException.objects.open().exists()
        assert not Suggestion.objects.filter(state="OPEN").exists()
        assert list(found_bills.lines_for(bill)) == []
        assert match.run() == 0

    @pytest.mark.parametrize("minor", [499_999, 500_001, -500_000])
    def test_refuses_another_amount(self, match, minor):
        bill = held(match.desk, match.lessee("L1"))

        with pytest.raises(BillLineUnfit):
            step(match, bill_ends.collect, bill, line=match.line(minor, "in"))
        assert not LineBooking.objects.exists()

    def test_refuses_a_line_that_pays_something_else(self, match):
        desk, payer = match.desk, match.lessee("L1")
        bill, invoice = held(desk, payer), match.bill("A-2026-000001", "L1", 500_000)
        money = desk.receipt(500_000, "in", payer)
        LineBooking.objects.create(
            bank_line=money.bank_line, kind="RECEIPT", made_by="x", made_by_name="x", made_at=AT
        )
        allocations.allocate(receipt=money, shares=[(invoice, 1)], **desk.acts())

        with pytest.raises(LineTaken):
            step(match, bill_ends.collect, bill, line=money.bank_line)
        fee = match.line(500_000, "fee")
        LineBooking.objects.create(bank_line=fee, kind="INTEREST", made_by="x", made_by_name="x", made_at=AT)
        with pytest.raises(LineTaken):
            step(match, bill_ends.collect, bill, line=fee)
        bill.refresh_from_db()
        assert bill.state == "HELD"

    def test_may_be_given_back_as_money_only_then(self, match):
        desk, payer = match.desk, match.lessee("L1")
        bill = held(desk, payer)
        receipt = Receipt.objects.select_related("book__organization").get(bill=bill)
        back = {"receipt": receipt, "amount_minor": 1, "reason": "多付", **desk.acts()}
        desk.pays(payer, member(payer, Role.FINANCE))

        with pytest.raises(BillNotPaid):
            refunds.of_receipt(**back)
        step(match, bill_ends.collect, bill, line=match.line(500_000, "in"))
        assert refunds.of_receipt(**back).amount_minor == 1


class TestABillThatIsNotPaid:
    def test_leaves_the_debt_as_it_was(self, match):
        desk, payer = match.desk, match.lessee("L1")
        first, second = (match.bill(f"A-2026-00000{n}", "L1", 200_000) for n in (1, 2))
        bill = held(desk, payer)
        pays(desk, bill, (first, 200_000), (second, 150_000))
        [row, _] = Allocation.objects.order_by("pk")
        allocations.undo(allocation=row, comment="", **desk.acts())
        step(match, bills.present, bill)

        failed(desk, bill)

        assert books(match) == {chart.RENT_AGENCY: 400_000}
        assert match.open() == {"A-2026-000001": 200_000, "A-2026-000002": 200_000}
        assert matched.standing() == 0
        receipt = Receipt.objects.get(bill=bill)
        assert receipt.left_minor == 0
        with pytest.raises(MoreThanLeft):
            pays(desk, bill, (first, 1))
        bill.refresh_from_db()
        assert (bill.state, bill.ended_on) == ("DISHONOURED", DAY)
        with pytest.raises(BillKnown):
            recorded(desk, payer)

    def test_is_given_back_before_its_day_and_may_come_again(self, match):
        bill = held(match.desk, match.lessee("L1"))

        assert failed(match.desk, bill).state == "RETURNED"
        assert books(match) == {}
        assert held(match.desk, match.lessee("L1")).state == "HELD"

    def test_two_people_say_so(self, match):
        desk = match.desk
        bill = held(desk, match.lessee("L1"))

        with pytest.raises(BillNotPossible):
            step(match, bill_ends.decide, bill, desk.second)
        with pytest.raises(BillReasonMissing):
            step(match, bills.ask, bill, reason=" ")
        step(match, bills.ask, bill, reason="x")
        with pytest.raises(BillNotPossible):
            step(match, bills.ask, bill, reason="again")
        with pytest.raises(BillNotPossible):
            step(match, bills.present, bill)
        with pytest.raises(SecondPersonMissing):
            step(match, bill_ends.decide, bill, desk.first)
        step(match, bills.withdraw, bill, desk.second)
        with pytest.raises(BillNotPossible):
            step(match, bills.withdraw, bill)
        with pytest.raises(BillNotPossible):
            step(match, bill_ends.decide, bill, desk.second)
        assert books(match) == {chart.BILLS: 500_000, chart.UNALLOCATED: -500_000}

    def test_is_over_then(self, match):
        desk = match.desk
        bill = failed(desk, held(desk, match.lessee("L1")))

        for act in (bills.present, bills.confirm, bills.withdraw, bill_ends.decide):
            with pytest.raises(BillNotPossible):
                step(match, act, bill, desk.second)
        with pytest.raises(BillNotPossible):
            step(match, bills.ask, bill, reason="x")
        with pytest.raises(BillNotPossible):
            step(match, bill_ends.collect, bill, line=match.line(500_000, "in"))


class TestRecording:
    def test_pays_nothing_before_a_second_person_confirms_it(self, match):
        desk = match.desk
        bill = recorded(desk, match.lessee("L1"))

        assert (books(match), Receipt.objects.count()) == ({}, 0)
        with pytest.raises(SecondPersonMissing):
            step(match, bills.confirm, bill)
        assert books(match) == {}
        step(match, bills.confirm, bill, desk.second)
        with pytest.raises(BillNotPossible):
            step(match, bills.confirm, bill, desk.second)
        assert books(match)[chart.BILLS] == 500_000

    def test_is_dropped_and_its_number_is_free(self, match):
        desk, payer = match.desk, match.lessee("L1")

        dropped = step(match, bills.drop, recorded(desk, payer), reason="错号")

        assert (dropped.state, dropped.checker) == ("DROPPED", desk.first.public_id)
        assert recorded(desk, payer).state == "PROPOSED"
        with pytest.raises(BillReasonMissing):
            step(match, bills.drop, AcceptanceBill.objects.get(state="PROPOSED"), reason="x" * 501)

    def test_says_what_is_wrong(self, match):
        desk = match.desk

        with pytest.raises(BillInvalid) as refused:
            bills.record(
                book=desk.book, payer=desk.office.platform, kind="PAPER", facts=billed.SAID, **desk.acts()
            )

        assert [one.pointer for one in refused.value.flaws] == ["/kind", "/payer"]
        assert not AcceptanceBill.objects.exists()

    @pytest.mark.parametrize("part", [{}, {"first": 1, "last": 500_000}, {"first": 500_000, "last": 999_999}])
    def test_takes_each_part_once(self, match, part):
        desk, payer = match.desk, match.lessee("L1")
        recorded(desk, payer, first=1, last=500_000)

        with pytest.raises(BillKnown):
            recorded(desk, payer, **part)
        assert recorded(desk, payer, first=500_001, last=1_000_000).part == "500001-1000000"
        assert recorded(desk, payer, number="6" * 30, **part).number == "6" * 30

    @pytest.mark.parametrize("act", [bills.confirm, bills.present, bills.withdraw, bill_ends.decide])
    def test_is_for_finance_of_the_book(self, match, act):
        bill = recorded(match.desk, match.lessee("L1"))

        with pytest.raises(MissingRight):
            step(match, act, bill, member(match.desk.office.platform, Role.VIEWER))
        with pytest.raises(MissingRight):
            act(bill=bill, within=match.desk.owner, by=match.desk.keeper, at=AT)


class TestACreditNoteOverWhatABillPaid:
    @pytest.fixture
    def noted(self, match):
        """A bill of 4,520.00 paid the whole invoice, then a note gave 1,000.00."""
        desk, payer = match.desk, match.lessee("L1")
        desk.pays(payer, member(payer, Role.FINANCE))
        bill = held(desk, payer, amount_minor=452_000)
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        pays(desk, bill, (invoice, 452_000))
        note = match.bill("A-2026-000002", "L1", -100_000, invoice)
        match.run()
        assert owed_for(note=note, book=desk.book) == 100_000
        return bill, note

    def back(self, match, note):
        given = {"note": note, "book": match.desk.book, "amount_minor": 100_000, "reason": "红字"}
        return refunds.of_note(**given, **match.desk.acts())

    def test_gives_no_money_back_before_the_bill_is_paid(self, match, noted):
        bill, note = noted

        with pytest.raises(BillNotPaid):
            self.back(match, note)
        assert not PaymentOrder.objects.exists()
        step(match, bill_ends.collect, bill, line=match.line(452_000, "in"))
        assert self.back(match, note).amount_minor == 100_000

    def test_lessens_the_debt_once_the_bill_fails(self, match, noted):
        bill, note = noted

        failed(match.desk, bill)

        assert match.open() == {"A-2026-000001": 352_000, "A-2026-000002": 0}
        assert (owed_for(note=note, book=match.desk.book), match.desk.on(chart.REFUNDS)) == (0, 0)
        assert broken(AT, without=LATER_OR_ELSEWHERE) == {}
        with pytest.raises(NothingToRefund):
            self.back(match, note)
        money = match.desk.receipt(352_000, "paid", match.lessee("L1"))
        [origin] = Invoice.objects.filter(number="A-2026-000001")
        allocations.allocate(receipt=money, shares=[(origin, 352_000)], **match.desk.acts())
        assert match.open()["A-2026-000001"] == 0
        # At ten per cent commission the owner has its share of 3,520.00.
        assert sum(one.amount_minor for one in OwnerRelease.objects.all()) == -match.desk.on(
            chart.OWNER_PAYABLE
        )
        assert match.desk.on(chart.OWNER_UNCOLLECTED) == 0

    def test_a_refund_that_waits_is_refused_where_a_bill_pays_the_invoice_by_then(self, match):
        desk, payer = match.desk, match.lessee("L1")
        desk.pays(payer, member(payer, Role.FINANCE))
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        money = desk.receipt(452_000, "paid", payer)
        [row] = allocations.allocate(receipt=money, shares=[(invoice, 452_000)], **desk.acts())
        note = match.bill("A-2026-000002", "L1", -100_000, invoice)
        notes.settle(book=desk.book, **desk.acts())
        order = self.back(match, note)
        allocations.undo(allocation=row, comment="", **desk.acts())
        bill = held(desk, payer, amount_minor=452_000)
        pays(desk, bill, (invoice, 452_000))

        with pytest.raises(BillNotPaid):
            orders.approve(order=order, **desk.acts(desk.second))
        failed(desk, bill)
        with pytest.raises(orders.RefundNotLeft):
            orders.approve(order=order, **desk.acts(desk.second))
        assert match.open()["A-2026-000001"] == 352_000
        assert desk.on(chart.ORDERED) == 0


class TestTheStandingChecks:
    @pytest.mark.parametrize("end", ["DISHONOURED", "RETURNED", "HONOURED"])
    def test_add_up_after_each_end(self, match, end):
        desk, payer = match.desk, match.lessee("L1")
        bill = held(desk, payer)
        pays(desk, bill, (match.bill("A-2026-000001", "L1", 200_000), 200_000))
        if end != "RETURNED":
            step(match, bills.present, bill)
        if end == "HONOURED":
            line = match.line(500_000, "in", counterparty="宁波银行", memo="托收")
            match.run()
            step(match, bill_ends.collect, bill, line=line)
        else:
            failed(desk, bill)

        bill.refresh_from_db()
        assert (bill.state, broken(AT, without=LATER_OR_ELSEWHERE)) == (end, {})


class TestTheClock:
    def test_tells_of_bills_past_their_day_until_they_end(self, match):
        desk = match.desk
        bill = held(desk, match.lessee("L1"), due_on=DAY)
        on = {"within": desk.office.platform, "by": desk.clock, "book": desk.book}

        assert bill_ends.watch(at=AT, **on) == 0
        for _ in range(2):
            assert bill_ends.watch(at=AT + timedelta(days=1), **on) == 1
        one = ReconException.objects.get(reason="BILL_OVERDUE")
        assert (one.reference, one.amount_minor, one.state) == (bill.public_id, 500_000, "OPEN")
        step(match, bill_ends.collect, bill, line=match.line(500_000, "in"))
        one.refresh_from_db()
        assert one.state == "RESOLVED"

    def test_goes_round_with_the_matcher(self, match):
        bill = held(match.desk, match.lessee("L1"), due_on=DAY)
        match.line(500_000, "in", memo=NUMBER)

        match_book(book_id=match.desk.book.pk)

        bill.refresh_from_db()
        assert bill.state == "HONOURED"

    def test_gives_the_desk_its_figures(self, match):
        desk, payer = match.desk, match.lessee("L1")
        held(desk, payer, due_on=DAY + timedelta(days=10))
        held(desk, payer, number="6" * 30, due_on=DAY + timedelta(days=11))
        recorded(desk, payer, number="7" * 30, due_on=DAY)

        found = morning(desk.book, AT)

        assert (found.bills.minor, found.bills_due.minor) == (1_000_000, 500_000)


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            {"state": "PRESENTED"},
            {"state": "HELD"},
            {"amount_minor": 1},
            {"number": "6" * 30},
            {"asks": "RETURNED"},
        ],
    )
    def test_holds_the_table_of_moves(self, match, change):
        bill = recorded(match.desk, match.lessee("L1"))

        with pytest.raises(IntegrityError), transaction.atomic():
            AcceptanceBill.objects.filter(pk=bill.pk).update(**change)

    def test_holds_that_two_people_end_a_bill_and_that_money_came(self, match):
        bill = held(match.desk, match.lessee("L1"))
        line = match.line(499_999, "in")

        for change in (
            {"state": "RETURNED"},
            {"state": "HONOURED", "bank_line": line},
            {"state": "HONOURED"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                AcceptanceBill.objects.filter(pk=bill.pk).update(**change)

    def test_holds_that_a_bill_that_pays_something_does_not_fail(self, match):
        desk = match.desk
        bill = held(desk, match.lessee("L1"))
        pays(desk, bill, (match.bill("A-2026-000001", "L1", 100), 100))
        AcceptanceBill.objects.filter(pk=bill.pk).update(asks="RETURNED", asker="usr_x")

        with pytest.raises(IntegrityError, match="payments_receipt_left"), transaction.atomic():
            AcceptanceBill.objects.filter(pk=bill.pk).update(state="RETURNED", decider="usr_y")

    def test_holds_that_two_people_end_it_without_money(self, match):
        found = AcceptanceBill.objects.filter(pk=held(match.desk, match.lessee("L1")).pk)
        found.update(asks="RETURNED", asker="usr_x")

        for decider in ("", "usr_x"):
            with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
                found.update(state="RETURNED", decider=decider)
        assert found.update(state="RETURNED", decider="usr_y") == 1

    def test_shows_bills_to_the_desk_and_to_who_gave_them(self, match):
        desk, payer = match.desk, match.lessee("L1")
        bill = held(desk, payer)

        def sees(organization, user):
            return list(AcceptanceBill.objects.readable_in(organization, User.objects.get(pk=user.pk)))

        assert sees(desk.office.platform, desk.first) == [bill]
        assert sees(payer, member(payer, Role.FINANCE)) == [bill]
        inner = [recorded(desk, payer, number=digit * 30) for digit in "67"]
        step(match, bills.drop, inner[0], reason="错号")
        assert sees(payer, member(payer, Role.FINANCE)) == [bill]
        assert len(sees(desk.office.platform, desk.first)) == 3
        assert sees(payer, member(payer, Role.VIEWER)) == []
        assert sees(desk.owner, desk.keeper) == []
