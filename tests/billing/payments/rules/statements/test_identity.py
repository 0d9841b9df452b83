"""Which lines of a file are new: files twice, overlapping, in another format, equal payments, reused ids."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payments.rules.statements import reading
from billing.payments.rules.statements.identity import KnownLine, KnownStatement, settle
from billing.payments.rules.statements.parsed import ParsedLine, ParsedStatement
from tests.billing.payments.rules.statements import samples
from tests.rounds import tries

DAY = date(2026, 11, 25)


def statement(*lines, opening=None, closing=None):
    return ParsedStatement("1", "CNY", tuple(lines), opening=opening, closing=closing)


def line(amount=2500, ref="", memo="", account="", balance=None, day=DAY):
    return ParsedLine(
        day,
        Decimal(amount),
        "CNY",
        counterparty_account=account,
        memo=memo,
        bank_ref=ref,
        balance=None if balance is None else Decimal(balance),
    )


class Account:
    """Lines of an account, as they would be stored."""

    def __init__(self):
        self.lines, self.statements = {}, []

    def take(self, *statements):
        new = 0
        for each, settled in zip(
            statements, settle("1", statements, list(self.lines.values()), self.statements), strict=True
        ):
            last = max((line.booked_on for line in each.booked), default=None)
            for one in settled:
                new += one.known is None
                key = one.known or len(self.lines) + 1
                self.lines[key] = self.lines[key] if one.known else self.stored(one, key)
                if one.line.booked_on == last and each.closing is not None:
                    closings = (*self.lines[key].closings, each.closing_minor)
                    self.lines[key] = replace(self.lines[key], closings=closings)
            if each.opening is not None and each.closing is not None and last:
                self.statements.append(KnownStatement(last, each.opening_minor, each.closing_minor))
        stored = self.lines.values()
        assert len({(each.booked_on, each.identity, each.occurrence) for each in stored}) == len(stored)
        return new

    def stored(self, settled, key):
        each = settled.line
        return KnownLine(
            key,
            each.booked_on,
            each.amount_minor,
            each.counterparty_account,
            each.memo,
            each.bank_ref,
            each.balance_minor,
            settled.identity,
            settled.occurrence,
        )


@pytest.fixture
def account():
    return Account()


class TestOurFiles:
    def test_the_overlap_adds_nothing(self, account):
        assert account.take(*reading.read(samples.sample(samples.SCENARIO["TABLE"])).statements) == 16
        assert account.take(*reading.read(samples.sample(samples.OVERLAP)).statements) == 0

    @pytest.mark.parametrize("first", samples.SCENARIO)
    @pytest.mark.parametrize("then", samples.SCENARIO)
    def test_a_month_is_known_again_in_another_format(self, account, first, then):
        assert account.take(*reading.read(samples.sample(samples.SCENARIO[first])).statements) == 16
        assert account.take(*reading.read(samples.sample(samples.SCENARIO[then])).statements) == 0

    def test_the_part_first_and_then_the_whole(self, account):
        assert account.take(*reading.read(samples.sample(samples.OVERLAP)).statements) == 9
        assert account.take(*reading.read(samples.sample(samples.SCENARIO["CAMT"])).statements) == 7

    @pytest.mark.parametrize("name", [*samples.of("mt940"), *samples.of("camt053"), *samples.of("ofx")])
    def test_every_public_file_twice_is_once(self, account, name):
        statements = reading.read(samples.sample(name)).statements
        assert account.take(*statements) == sum(len(each.booked) for each in statements)
        assert account.take(*statements) == 0


class TestEqualPayments:
    def test_two_in_one_file_are_two(self, account):
        assert account.take(statement(line(), line())) == 2
        assert account.take(statement(line(), line())) == 0
        assert account.take(statement(line(), line(), line())) == 1

    def test_a_balance_tells_them_apart_in_files_that_do_not_overlap(self, account):
        assert account.take(statement(line(balance=100))) == 1
        assert account.take(statement(line(balance=2600))) == 1

    def test_a_statement_that_begins_where_the_last_one_ended_repeats_nothing(self, account):
        assert account.take(statement(line(), line(), opening=Decimal(0), closing=Decimal(5000))) == 2
        assert account.take(statement(line(), opening=Decimal(5000), closing=Decimal(7500))) == 1
        assert account.take(statement(line(), opening=Decimal(5000), closing=Decimal(7500))) == 0

    def test_neither_does_one_that_goes_on_after_it_or_a_third_of_that_day(self, account):
        first, then, last = (
            statement(line(), opening=Decimal(n * 2500), closing=Decimal((n + 1) * 2500)) for n in range(3)
        )
        assert [account.take(each) for each in (first, then, last)] == [1, 1, 1]
        both = statement(line(), line(), opening=Decimal(2500), closing=Decimal(7500))
        assert account.take(both) == 0
        longer = statement(line(), line(), line(), opening=Decimal(2500), closing=Decimal(10000))
        assert account.take(longer) == 1

    def test_lines_of_that_day_that_cancel_out_are_known(self, account):
        there_and_back = (line(), line(-2500))
        assert account.take(statement(*there_and_back, opening=Decimal(0), closing=Decimal(0))) == 2
        assert account.take(statement(*there_and_back, opening=Decimal(0), closing=Decimal(0))) == 0


class TestIds:
    def test_an_id_that_two_lines_share_is_none(self, account):
        assert account.take(statement(line(ref="B"), line(ref="B"), line(900, ref="B"))) == 3
        assert account.take(statement(line(ref="B"), line(ref="B"), line(900, ref="B"))) == 0

    def test_an_id_that_begins_anew_each_year_skips_nothing(self, account):
        assert account.take(statement(line(ref="1"))) == 1
        assert account.take(statement(line(ref="1", day=date(2027, 11, 25)))) == 1

    def test_one_day_may_use_an_id_again_for_another_amount(self, account):
        assert account.take(statement(line(ref="1"))) == 1
        assert account.take(statement(line(700, ref="1"))) == 1

    def test_a_line_keeps_its_id_when_the_bank_tells_more(self, account):
        assert account.take(statement(line(ref="1", memo="INV"))) == 1
        assert account.take(statement(line(ref="1", memo="INV-2026-000101 rent"))) == 0

    def test_two_ids_are_two_payments(self, account):
        assert account.take(statement(line(ref="1"))) == 1
        assert account.take(statement(line(ref="2"))) == 1

    def test_a_long_id_is_hashed(self, account):
        assert account.take(statement(line(ref="x" * 100))) == 1
        assert len(account.lines[1].identity) == 64


LINES = st.lists(
    st.builds(
        line,
        amount=st.sampled_from([5, 7, -5]),
        ref=st.sampled_from(["", "", "A", "B"]),
        memo=st.sampled_from(["", "m"]),
        day=st.sampled_from([DAY, date(2026, 11, 26)]),
    ),
    max_size=12,
)


@settings(max_examples=tries(150), deadline=None)
@given(lines=LINES, data=st.data())
def test_any_files_that_cover_an_account_add_each_line_once(lines, data):
    """
    Files in any order, each a part or the whole of what happened, shuffled: the whole adds up to the lines.
    """
    account = Account()
    for _ in range(data.draw(st.integers(0, 2))):
        part = [each for each in lines if data.draw(st.booleans())]
        account.take(statement(*part))
    account.take(statement(*data.draw(st.permutations(lines))))
    assert len(account.lines) == len(lines)
    assert account.take(statement(*data.draw(st.permutations(lines)))) == 0


def test_what_is_pending_is_not_settled():
    assert settle("1", [statement(replace(line(), status="PDNG"))], []) == [[]]
