"""Owners are paid what was collected for them: once, by two people, and what comes back is theirs again."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.actions import journals
from billing.actions.journals import BalanceTooLow
from billing.models import Journal
from billing.payments.actions import order_files, orders, payees, payouts
from billing.payments.actions.order_files import PaymentFileInvalid
from billing.payments.actions.orders import OrderNotPossible, SecondPersonMissing
from billing.payments.actions.payees import PayeeDecided, PayeeInvalid
from billing.payments.actions.payouts import NoPayeeAccount, NothingPayable
from billing.payments.models import OrderFile, PayeeAccount, PaymentOrder, PayoutItem
from billing.payments.queries.payable import payables
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Line
from leasing.rules.history import first_broken
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.billing.ledger.world import entry
from tests.billing.payments import world
from tests.billing.payments.world import AT, DAY
from tests.billing.world import member

desk = once.fixture(world.desk)


def states(desk):
    return list(PaymentOrder.objects.order_by("pk").values_list("state", flat=True))


class TestTheWayOfAPayout:
    def test_is_collected_proposed_approved_sent_and_seen(self, desk):
        desk.collected(815_200, "release")
        desk.collected(-4_000, "levy")

        order = desk.propose()

        assert (order.amount_minor, order.state) == (811_200, "PROPOSED")
        assert [item.line.amount_minor for item in payouts.lines_of(order=order)] == [-815_200, 4_000]
        assert (desk.on(chart.OWNER_PAYABLE), desk.on(chart.ORDERED)) == (-811_200, 0)
        orders.approve(order=order, **desk.acts(desk.second))
        assert (desk.on(chart.OWNER_PAYABLE), desk.on(chart.ORDERED)) == (0, -811_200)
        file = order_files.make(
            bank_account=desk.account, chosen=[order], format="PAIN001", **desk.acts(desk.second)
        )
        assert file.total_minor == 811_200
        journal = orders.see(
            order=order, on=DAY, cash=desk.account.ledger_code, key="line", at=AT, by=desk.clock
        )
        order.refresh_from_db()
        assert (order.state, order.ended_on, order.file) == ("DONE", DAY, file)
        assert journal.kind == "PAYMENT_SEEN"
        assert (desk.on(chart.ORDERED), desk.on(chart.CLIENT_MONEY)) == (0, 0)
        assert first_broken(step.link() for step in order.steps.all()) is None
        assert [step.move for step in order.steps.all()] == ["PROPOSE", "APPROVE", "SEND", "SEE"]

    def test_that_came_back_is_payable_again_and_paid_by_the_next_order(self, desk):
        desk.collected(815_200, "release")
        order = desk.sent(desk.propose())
        seen = {"on": DAY, "cash": chart.CLIENT_MONEY, "at": AT, "by": desk.clock}
        orders.see(order=order, key="out", **seen)

        orders.come_back(order=order, key="back", **seen)

        order.refresh_from_db()
        assert order.state == "RETURNED"
        assert (desk.on(chart.OWNER_PAYABLE), desk.on(chart.ORDERED)) == (-815_200, 0)
        assert desk.propose().amount_minor == 815_200

    def test_may_come_back_before_it_was_seen_to_leave(self, desk):
        desk.collected(815_200, "release")
        order = desk.sent(desk.propose())
        seen = {"on": DAY, "cash": chart.CLIENT_MONEY, "at": AT, "by": desk.clock}

        orders.come_back(order=order, key="back", **seen)
        assert desk.on(chart.CLIENT_MONEY) == 2 * 815_200
        orders.see(order=order, key="out", **seen)

        order.refresh_from_db()
        assert order.state == "RETURNED"
        assert (desk.on(chart.CLIENT_MONEY), desk.on(chart.ORDERED)) == (815_200, 0)
        assert desk.on(chart.OWNER_PAYABLE) == -815_200

    def test_leaves_once_however_often_the_bank_says_so(self, desk):
        desk.collected(500, "release")
        order = desk.sent(desk.propose())
        seen = {"on": DAY, "cash": chart.CLIENT_MONEY, "at": AT, "by": desk.clock}
        orders.see(order=order, key="out", **seen)
        orders.come_back(order=order, key="back", **seen)
        before = Journal.objects.count()

        with pytest.raises(OrderNotPossible):
            orders.see(order=order, key="out again", **seen)
        assert Journal.objects.count() == before
        assert orders.see(order=order, key="out", **seen).kind == "PAYMENT_SEEN"

    def test_that_the_bank_is_said_to_refuse_is_free_again(self, desk):
        desk.collected(500, "release")
        order = desk.propose()
        with pytest.raises(OrderNotPossible):
            orders.refuse(order=order, reason="x", **desk.acts(desk.second))
        order = desk.sent(order)
        with pytest.raises(SecondPersonMissing):
            orders.refuse(order=order, reason="x", **desk.acts())

        orders.refuse(order=order, reason="户名不符", **desk.acts(desk.second))

        assert (states(desk), desk.on(chart.OWNER_PAYABLE)) == (["REJECTED"], -500)

    def test_what_the_owner_owes_is_set_off_first_and_once(self, desk):
        whose = Dims(party=desk.owner.public_id, owner=desk.owner.public_id)
        lines = (Line(chart.OWNER_OWES, 120, "CNY", whose), Line(chart.CLIENT_MONEY, -120, "CNY"))
        journals.post(entry=entry("debt", lines=lines), at=AT, by=desk.office.chief)
        desk.collected(100, "small")
        with pytest.raises(NothingPayable):
            desk.propose()
        assert desk.on(chart.OWNER_OWES) == 120
        desk.collected(400, "more")

        order = desk.propose()

        assert (order.amount_minor, desk.on(chart.OWNER_OWES)) == (380, 0)
        orders.approve(order=order, **desk.acts(desk.second))
        desk.collected(50, "next")
        assert desk.propose().amount_minor == 50

    def test_that_the_bank_refuses_is_free_again(self, desk):
        desk.collected(500, "release")
        order = desk.sent(desk.propose())

        orders.reject(order=order, reason="户名不符", on=DAY, at=AT, by=desk.clock)

        order.refresh_from_db()
        assert (order.state, desk.on(chart.OWNER_PAYABLE), desk.on(chart.ORDERED)) == ("REJECTED", -500, 0)
        assert payables(desk.book)[0].amount_minor == 500

    @pytest.mark.parametrize("is_approved", [False, True])
    def test_that_is_dropped_is_as_if_it_had_not_been(self, desk, is_approved):
        desk.collected(500, "release")
        order = desk.propose()
        if is_approved:
            orders.approve(order=order, **desk.acts(desk.second))

        orders.drop(order=order, reason="wrong month", **desk.acts(desk.second))

        assert (states(desk), desk.on(chart.OWNER_PAYABLE), desk.on(chart.ORDERED)) == (["DROPPED"], -500, 0)
        assert desk.propose().amount_minor == 500

    def test_pays_only_what_is_new_the_next_time(self, desk):
        desk.collected(500, "october")
        desk.sent(desk.propose())
        desk.collected(700, "november")

        assert desk.propose().amount_minor == 700

    def test_leaves_out_what_counts_later_but_not_what_lowers_it(self, desk):
        desk.collected(500, "release")
        desk.collected(-100, "levy")

        assert payables(desk.book, through=DAY.replace(month=10)) == []
        assert payables(desk.book, through=DAY)[0].amount_minor == 400


class TestWhatIsRefused:
    def test_nothing_is_payable_twice(self, desk):
        desk.collected(500, "release")
        desk.propose()

        with pytest.raises(NothingPayable):
            desk.propose()
        assert states(desk) == ["PROPOSED"]

    def test_less_than_is_worth_an_order(self, desk):
        desk.collected(500, "release")

        with pytest.raises(NothingPayable):
            desk.propose(fewest_minor=501)
        assert states(desk) == []

    def test_an_owner_without_an_account(self, desk):
        owner, _ = world.other_owner()
        desk.collected(500, "release", owner)

        for provider in ("bank_transfer", "stripe"):
            with pytest.raises(NoPayeeAccount):
                desk.propose(owner=owner, provider=provider)
        assert states(desk) == []

    def test_who_proposed_neither_approves_nor_sends(self, desk):
        desk.collected(500, "release")
        order = desk.propose()

        with pytest.raises(SecondPersonMissing):
            orders.approve(order=order, **desk.acts())
        assert desk.on(chart.ORDERED) == 0
        orders.approve(order=order, **desk.acts(desk.second))
        with pytest.raises(SecondPersonMissing):
            order_files.make(bank_account=desk.account, chosen=[order], format="TABLE", **desk.acts())
        assert (states(desk), OrderFile.objects.count()) == (["APPROVED"], 0)

    def test_people_who_may_not(self, desk):
        desk.collected(500, "release")
        viewer = member(desk.office.platform, Role.VIEWER)
        stranger = {"within": desk.owner, "by": desk.keeper, "at": AT}

        for who in (desk.acts(viewer), stranger):
            with pytest.raises(MissingRight):
                payouts.propose(book=desk.book, owner=desk.owner, **who)
            with pytest.raises(MissingRight):
                payouts.propose_all(book=desk.book, **who)
        order = desk.propose()
        for who in (desk.acts(viewer), stranger):
            with pytest.raises(MissingRight):
                orders.approve(order=order, **who)
            with pytest.raises(MissingRight):
                orders.drop(order=order, reason="", **who)
            with pytest.raises(MissingRight):
                order_files.make(bank_account=desk.account, chosen=[order], format="TABLE", **who)
        assert states(desk) == ["PROPOSED"]

    def test_what_is_not_there_any_more_is_not_approved(self, desk):
        desk.collected(500, "release")
        order = desk.propose()
        desk.collected(-1, "reversal")

        with pytest.raises(BalanceTooLow):
            orders.approve(order=order, **desk.acts(desk.second))
        assert (states(desk), desk.on(chart.ORDERED)) == (["PROPOSED"], 0)
        orders.drop(order=order, reason="", **desk.acts(desk.second))
        assert desk.propose().amount_minor == 499

    def test_steps_out_of_order(self, desk):
        desk.collected(500, "release")
        order = desk.propose()
        seen = {"on": DAY, "at": AT, "by": desk.clock}

        with pytest.raises(OrderNotPossible):
            orders.see(order=order, cash=chart.CLIENT_MONEY, key="x", **seen)
        with pytest.raises(OrderNotPossible):
            orders.come_back(order=order, cash=chart.CLIENT_MONEY, key="x", **seen)
        with pytest.raises(OrderNotPossible):
            orders.reject(order=order, reason="", **seen)
        with pytest.raises(OrderNotPossible):
            order_files.make(
                bank_account=desk.account, chosen=[order], format="TABLE", **desk.acts(desk.second)
            )
        desk.sent(order)
        with pytest.raises(OrderNotPossible):
            orders.approve(order=order, **desk.acts(desk.second))
        with pytest.raises(OrderNotPossible):
            orders.drop(order=order, reason="", **desk.acts(desk.second))
        assert (states(desk), OrderFile.objects.count()) == (["SENT"], 1)

    def test_a_file_of_nothing_of_another_currency_or_of_a_closed_account(self, desk):
        desk.collected(500, "release")
        order = desk.propose()
        orders.approve(order=order, **desk.acts(desk.second))
        make = {"bank_account": desk.account, "chosen": [order], "format": "TABLE"}

        for wrong in ({"chosen": []}, {"format": "PDF"}):
            with pytest.raises(PaymentFileInvalid):
                order_files.make(**make | wrong, **desk.acts(desk.second))
        desk.account.currency = "USD"
        with pytest.raises(PaymentFileInvalid):
            order_files.make(**make, **desk.acts(desk.second))
        desk.account.currency, desk.account.is_open = "CNY", False
        with pytest.raises(PaymentFileInvalid):
            order_files.make(**make, **desk.acts(desk.second))
        assert OrderFile.objects.count() == 0


class TestAllAtOnce:
    def test_each_owner_gets_an_order_and_those_without_account_are_named(self, desk):
        rich, _ = world.other_owner()
        desk.collected(500, "one")
        desk.collected(900, "two", rich)

        made, nowhere = payouts.propose_all(book=desk.book, **desk.acts())

        assert [order.payee for order in made] == [desk.owner]
        assert nowhere == [rich]
        assert payouts.propose_all(book=desk.book, **desk.acts()) == ([], [rich])


class TestTheDatabase:
    def refuses(self, statement, *values):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE payments_paymentorder SET {statement} WHERE id = %s", values)

    def bare(self, desk, payee, minor):
        facts = {"kind": "PAYOUT", "provider": "stripe", "book": desk.book, "currency": "CNY"}
        order = PaymentOrder(payee=payee, amount_minor=minor, **facts)
        return orders.propose(order=order, by=desk.first, at=AT)

    def test_keeps_a_line_in_one_standing_order_and_of_the_owner(self, desk):
        desk.collected(500, "release")
        line = desk.propose().payout_items.get().line
        other, _ = world.other_owner()

        for payee in (desk.owner, other):
            second = self.bare(desk, payee, 500)
            with pytest.raises(IntegrityError), transaction.atomic():
                PayoutItem.objects.create(order=second, line=line)

    def test_approves_no_payout_whose_lines_do_not_add_up(self, desk):
        desk.collected(500, "release")

        self.refuses("state = 'APPROVED', checker = 'x', amount_minor = 501", desk.propose().pk)
        self.refuses("state = 'APPROVED', checker = 'x'", self.bare(desk, desk.owner, 1).pk)

    def test_keeps_to_the_table_of_moves(self, desk):
        desk.collected(500, "release")
        order = desk.propose()

        self.refuses("state = 'SENT', checker = 'x'", order.pk)
        self.refuses("amount_minor = 1", order.pk)
        self.refuses("state = 'APPROVED', checker = maker", order.pk)
        for kept in (order, order.payout_items.get()):
            with pytest.raises(DatabaseError), transaction.atomic():
                type(kept).objects.filter(pk=kept.pk)._raw_delete("default")
        assert states(desk) == ["PROPOSED"]


class TestAccountsToBePaidTo:
    def name(self, desk, **given):
        facts = {"holder": "甬江重工", "number": "3300-9001", "bank_name": "宁波银行", "bank_code": ""}
        who = {"organization": desk.owner, "by": desk.keeper, "at": AT}
        return payees.name(**facts | who | given)

    def test_serve_once_somebody_of_the_platform_approved_them(self, desk):
        before = PayeeAccount.objects.get(stage="APPROVED")
        named = self.name(desk)
        assert payouts.payee_of(owner=desk.owner, currency="CNY", provider="bank_transfer")[0] == before

        payees.approve(payee=named, book=desk.book, **desk.acts(desk.second))

        assert payouts.payee_of(owner=desk.owner, currency="CNY", provider="bank_transfer")[0] == named
        before.refresh_from_db()
        assert (before.stage, named.number) == ("DROPPED", "33009001")

    def test_are_the_same_row_when_named_again_and_replace_what_waits(self, desk):
        first = self.name(desk)
        assert self.name(desk, number="3300 9001") == first

        second = self.name(desk, number="1")

        first.refresh_from_db()
        assert (first.stage, second.stage) == ("DROPPED", "PROPOSED")

    def test_are_decided_once(self, desk):
        named = self.name(desk)
        payees.drop(payee=named, book=desk.book, **desk.acts(desk.second))

        for act in (payees.approve, payees.drop):
            with pytest.raises(PayeeDecided):
                act(payee=named, book=desk.book, **desk.acts(desk.second))

    def test_need_all_that_a_bank_asks_for(self, desk):
        with pytest.raises(PayeeInvalid) as refused:
            self.name(desk, holder=" ", number="33#1", bank_name="x" * 121)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/holder", "/bank_name", "/number"]
        with pytest.raises(MissingRight):
            self.name(desk, by=member(desk.owner, Role.OPERATOR))
        assert not AuditEntry.objects.filter(action="payee_account.name", facts__number="33#1").exists()

    def test_are_not_approved_by_who_named_them(self, desk):
        facts = {
            "holder": "甬江重工",
            "number": "9",
            "bank_name": "宁波银行",
            "maker_name": "x",
            "made_at": AT,
        }
        named = PayeeAccount.objects.create(organization=desk.owner, maker=desk.second.public_id, **facts)

        with pytest.raises(SecondPersonMissing):
            payees.approve(payee=named, book=desk.book, **desk.acts(desk.second))


def test_a_refused_payout_leaves_no_journal(desk):
    count = Journal.objects.count()

    with pytest.raises(NothingPayable):
        desk.propose()

    assert Journal.objects.count() == count
