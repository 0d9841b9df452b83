"""Exported books carry what bank and provider say; other programs find the books wrong by one fen."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from billing.actions import journals, periods
from billing.payments.actions import matching, statements, suggestions
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import Settlement, Suggestion
from billing.payments.queries import outside
from billing.payments.queries.outside import by_banks, by_providers
from billing.rules import accounts as chart
from billing.rules.journals import Line
from billing.rules.locks import Level
from config.stand_in import FakeStripe
from tests import once
from tests.billing.ledger import checkers
from tests.billing.ledger.world import entry, payable_to
from tests.billing.payments import matched, scenario, world
from tests.billing.payments.stripe.stage import Stage
from tests.billing.payments.world import AT

THROUGH = date(2026, 12, 31)
FORMS = ("beancount", "hledger")
BROUGHT = 50_000_000  # what the bank has when November begins
OUT = 815_200
BANK = Path(__file__).parents[2] / "data" / "bank" / "synthetic" / "scenario_2026-11_gb18030.csv"


def october(order):
    """The statement before: what was brought in, what was collected, and an order of ours that left."""
    heads = "交易日期,摘要,借方发生额,贷方发生额,账户余额,对方户名,对方账号,用途,交易流水号"
    row = f"20261031,转账,8152.00,,500000.00,浙江甬江重工,33009O1,{order.reference},TX0000"
    return f"{heads}\n20261001,转账,,508152.00,508152.00,本公司,,期初,TX-1\n{row}\n".encode("gb18030")


def told():
    """The published scenario, from files of the bank to books, with what people took."""
    made = matched.begin()
    desk = made.desk
    for one in scenario.SCENARIO["invoices"]:
        made.bill(one["no"], one["lessee"], one["gross_fen"])
    for number, who in scenario.SCENARIO["known_payer_accounts"].items():
        made.knows(number, desk.owner if who == "owner O1" else made.lessee(who))
    Settlement.objects.create(
        provider="stripe", reference="po_1", amount_minor=77_618, currency="CNY", state="PAID",
        created_at=AT, arrives_on=date(2026, 11, 10),
    )  # fmt: skip
    collected = replace(payable_to(desk.owner, OUT, "release"), on=date(2026, 10, 1))
    journals.post(entry=collected, at=AT, by=desk.office.chief)
    order = desk.sent(desk.propose())
    content = BANK.read_bytes().replace(b"OUT-7", order.reference.encode())
    for name, data in (("10.csv", october(order)), ("11.csv", content)):
        statements.take(bank_account=desk.account, name=name, content=data, **desk.acts())
    settle_opening(desk)
    made.run()
    for one in Suggestion.objects.filter(state="OPEN").order_by("pk"):
        suggestions.take(suggestion=one, **desk.acts(desk.first))
        if one.let_off_minor:
            suggestions.take(suggestion=one, **desk.acts(desk.second))
    return made


def settle_opening(desk):
    """What was collected was booked by hand; the line of it, and what was brought in, is one receipt."""
    wrong = (Line(chart.CLIENT_MONEY, -OUT, "CNY"), Line(chart.SUSPENSE, OUT, "CNY"))
    journals.post(entry=entry("brought", on=date(2026, 10, 1), lines=wrong), at=AT, by=desk.office.chief)


match = once.fixture(told)


def export(form, to):
    call_command("export_books", book="P", format=form, through=THROUGH, to=to, verbosity=0)
    return to


class TestTheScenario:
    def test_agrees_with_each_closing_of_the_bank(self, match, tmp_path):
        checks = list(by_banks(match.desk.book, THROUGH))

        assert [(one.on, one.minor) for one in checks] == [
            (date(2026, 10, 31), BROUGHT),
            (date(2026, 11, 30), BROUGHT + scenario.SCENARIO["totals"]["bank_total_fen"]),
        ]
        for form in FORMS:
            assert checkers.faults(form, export(form, tmp_path / form)) == ""

    @pytest.mark.parametrize("form", FORMS)
    def test_one_fen_in_the_books_is_found(self, match, form, tmp_path):
        one = (Line(chart.CLIENT_MONEY, 1, "CNY"), Line(chart.WRITE_OFF, -1, "CNY"))
        wrong = entry("fen", on=date(2026, 11, 12), lines=one)
        journals.post(entry=wrong, at=AT, by=match.desk.office.chief)

        assert "ClientMoney" in checkers.faults(form, export(form, tmp_path / "book"))


class TestAProvider:
    @pytest.fixture
    def stage(self, desk):
        with FakeStripe() as fake:
            yield Stage(desk, fake, StripeProvider("sk_test_fake", secret="x", address=fake.url, timeout=0.4))

    def test_asserts_what_it_holds_and_what_cannot_be_used_yet(self, stage, tmp_path):
        stage.received()
        stage.usable()
        stage.received(100_000)
        stage.fake.clock.advance(86_400)
        stage.pull()

        checks = [one for one in by_providers(stage.desk.book, THROUGH) if one.minor]

        last = {one.path: one.minor for one in checks if one.on == max(each.on for each in checks)}
        assert set(last.values()) == {stage.on(chart.AVAILABLE), stage.on(chart.PENDING)}
        assert all(last.values())
        for form in FORMS:
            assert checkers.faults(form, export(form, tmp_path / form)) == ""
        one = (Line(chart.AVAILABLE, 1, "CNY"), Line(chart.PROVIDER_FEES, -1, "CNY"))
        wrong = entry("fen", on=min(each.on for each in checks), lines=one)
        journals.post(entry=wrong, at=stage.at, by=stage.desk.office.chief)
        for form in FORMS:
            assert "StripeAvailable" in checkers.faults(form, export(form, tmp_path / form))


desk = once.fixture(world.desk)


def test_a_fee_of_a_locked_day_is_booked_later_said_so_and_that_day_is_not_asserted(desk):
    periods.lock(book=desk.book, through=date(2026, 10, 31), level=Level.SOFT, at=AT, by=desk.office.chief)
    line = world.bank_line(desk.account, -1500, "fee", date(2026, 10, 30), memo="账户管理费")

    matching.run(book=desk.book, **desk.acts(desk.clock))

    assert line.bookings.get().kind == "FEE"
    found = line.reconexception_set.get(reason="LATE_IN_CLOSED_PERIOD")
    assert found.facts == {"booked_on": "2026-11-01"}
    assert outside._late(desk.book, (chart.CLIENT_MONEY,), "CNY") == [(date(2026, 10, 30), date(2026, 11, 1))]
    assert outside._is_within(date(2026, 10, 31), [(date(2026, 10, 30), date(2026, 11, 1))])
