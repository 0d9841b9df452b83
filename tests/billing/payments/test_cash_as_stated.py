"""The check that books have what statements say: what agrees is let be, a fen is found."""

from datetime import date

import pytest

from billing.actions import journals
from billing.payments.models import BankAccount, Statement, StatementFile
from billing.payments.queries.check_lines import cash_as_stated
from billing.rules import accounts as chart
from billing.rules.journals import Line
from tests import once
from tests.billing.ledger.world import entry
from tests.billing.payments import matched, world
from tests.billing.payments.world import AT

match = once.fixture(matched.begin)


def day(number):
    return date(2026, 11, number)


@pytest.fixture
def icbc(match):
    return match.desk.account


@pytest.fixture
def ccb(match):
    return another(match, chart.CLIENT_MONEY, "31050002")


def another(match, code, number):
    return BankAccount.objects.create(
        book=match.desk.book, ledger_code=code, holder="P", number=number, bank_name="建设银行", opened_at=AT
    )


def says(account, begins, ends, opening=None, **given):
    """Let a statement of an account tell of some days."""
    place = StatementFile.objects.count()
    file = StatementFile.objects.create(
        bank_account=account,
        name=f"{place}.csv",
        sha256=f"{place:064d}",
        content=b"x",
        taken_by="usr_1",
        taken_by_name="P",
        taken_at=AT,
    )
    Statement.objects.create(
        file=file,
        position=1,
        currency="CNY",
        begins_on=day(begins),
        ends_on=day(ends),
        opening_minor=opening,
        **{"sum_minor": 0} | given,
    )


def comes(account, on, minor, **given):
    world.bank_line(account, minor, f"{account.pk}-{on}-{minor}", on=day(on), **given)


def found(match):
    match.run()
    return [(one.subject, int(one.expected), int(one.found)) for one in cash_as_stated(AT)]


def test_a_fen_is_found(match, icbc):
    says(icbc, 1, 27, 0)
    comes(icbc, 10, 100)
    assert found(match) == []

    lines = (Line(chart.CLIENT_MONEY, 1, "CNY"), Line(chart.SUSPENSE, -1, "CNY"))
    journals.post(entry=entry("by hand", lines=lines, on=day(11)), at=AT, by=match.desk.office.chief)

    assert found(match) == [("P:1002.02:CNY", 100, 101)]


def test_accounts_of_one_code_are_compared_through_the_day_that_both_tell_of(match, icbc, ccb):
    says(icbc, 1, 27, 0)
    says(ccb, 1, 25, 0)
    comes(icbc, 20, 100)
    comes(ccb, 21, 30)
    comes(icbc, 26, 200)

    assert found(match) == []


def test_what_came_before_the_first_balance_is_in_it(match, icbc):
    says(icbc, 1, 10)
    comes(icbc, 5, 50)
    match.run()
    says(icbc, 11, 27, 50)
    comes(icbc, 15, 70)

    assert found(match) == []


def test_a_first_balance_without_an_entry_is_found(match, icbc):
    says(icbc, 1, 27, 500)
    comes(icbc, 15, 70)

    assert found(match) == [("P:1002.02:CNY", 570, 70)]


def test_a_statement_that_says_its_closing_alone_began_with_what_that_leads_back_to(match, icbc):
    lines = (Line(chart.CLIENT_MONEY, 500, "CNY"), Line(chart.SUSPENSE, -500, "CNY"))
    journals.post(entry=entry("brought", lines=lines, on=day(1)), at=AT, by=match.desk.office.chief)
    says(icbc, 1, 27, sum_minor=70, closing_minor=570)
    comes(icbc, 15, 70)

    assert found(match) == []


@pytest.mark.parametrize("is_out", [True, False])
def test_money_between_our_accounts_counts_where_it_leaves(match, icbc, is_out):
    own = another(match, chart.BANK, "31050003")
    comes(icbc, 2, 1_000)
    comes(own, 2, 1_000)
    giver, taker = (icbc, own) if is_out else (own, icbc)
    says(giver, 1, 27, 0)
    says(taker, 1, 20, 0)
    comes(giver, 20, -300, counterparty_account=taker.number)
    assert found(match) == []

    says(taker, 21, 27, 0)
    comes(taker, 21, 300, counterparty_account=giver.number)
    assert found(match) == []
