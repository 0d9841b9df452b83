"""Small rules of the books: the chart, ages, locks, the chain."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.rules import accounts as chart
from billing.rules.accounts import CHART, Kind, Side, export_path, output_vat
from billing.rules.aging import BUCKETS, Aged, Open, aged, bucket
from billing.rules.chain import GENESIS, Link, Sealed, faults
from billing.rules.locks import booked_on, first_open
from marketplace.rules.pricing.tax import TAX_RATES
from tests.marketplace.vectors import FINANCE

AGING = FINANCE["aging"]
AS_OF = date.fromisoformat(AGING["as_of"])
NOON = datetime(2026, 11, 1, 4, tzinfo=UTC)


class TestChart:
    def test_names_every_account_once(self):
        paths = [row.path for row in CHART.values()]

        assert len(set(paths)) == len(paths)
        assert all(row.name and row.name_zh for row in CHART.values())

    def test_grows_on_the_side_of_its_kind_and_contra_accounts_on_the_other(self):
        assert CHART[chart.BANK].side is Side.DEBIT
        assert CHART[chart.ALLOWANCE].side is Side.CREDIT
        assert CHART[chart.VAT_INPUT].side is Side.DEBIT
        assert {row.side for row in CHART.values() if row.kind is Kind.INCOME} == {Side.CREDIT}
        assert (Side.DEBIT.sign, Side.CREDIT.sign) == (1, -1)

    def test_has_an_account_for_every_rate_of_tax(self):
        every = {
            "0.13": "2221.01",
            "0.06": "2221.02",
            "0.09": "2221.06",
            "0.03": "2221.07",
            "0.01": "2221.08",
        }
        for rate, account in every.items():
            assert output_vat(Decimal(rate)) == account
        assert output_vat(Decimal("0.0000")) == chart.VAT_NONE
        assert {output_vat(rate.rate) for rate in TAX_RATES} <= set(every.values())

    def test_refuses_a_rate_that_it_does_not_know(self):
        with pytest.raises(chart.NoVatAccount) as refused:
            output_vat(Decimal("0.17"))
        assert refused.value.facts == {"rate": "0.17"}

    def test_says_the_currency_where_it_is_not_the_book_s(self):
        assert export_path(chart.TRADING, "CNY", of_book="CNY") == "Equity:9999:Trading"
        assert export_path(chart.TRADING, "HKD", of_book="CNY") == "Equity:9999:Trading:HKD"


class TestAging:
    @pytest.mark.parametrize("row", AGING["rows"])
    def test_puts_what_is_open_in_the_published_bucket(self, row):
        assert bucket(date.fromisoformat(row["due"]), AS_OF) == row["expect"]

    def test_has_the_published_buckets_and_their_last_edge(self):
        assert list(BUCKETS) == AGING["buckets"]
        assert [bucket(AS_OF - timedelta(days=days), AS_OF) for days in (90, 91)] == ["61-90", "91+"]

    def test_adds_up_by_party_and_currency(self):
        rows = [Open("B", "CNY", date.fromisoformat(row["due"]), row["open_fen"]) for row in AGING["rows"]]
        rows.append(Open("A", "HKD", AS_OF, 7))

        table = aged(rows, AS_OF)

        assert table == [Aged("A", "HKD", (7, 0, 0, 0, 0)), Aged("B", "CNY", (200, 100, 100, 100, 0))]
        assert table[1].total_minor == 500

    def test_keeps_two_parties_of_one_name_apart(self):
        rows = [
            Open("A", "CNY", AS_OF, minor, party_id) for party_id, minor in (("o2", 5), ("o1", 3), ("o2", 1))
        ]

        assert aged(rows, AS_OF) == [
            Aged("A", "CNY", (3, 0, 0, 0, 0), "o1"),
            Aged("A", "CNY", (6, 0, 0, 0, 0), "o2"),
        ]


class TestLocks:
    @pytest.mark.parametrize("case", FINANCE["period_lock"], ids=lambda case: case["expect"])
    def test_book_a_late_fact_on_the_first_open_day(self, case):
        through, day = (date.fromisoformat(case[name]) for name in ("lock_through", "entry_date"))

        expected = day if case["expect"] == "accept" else date(2026, 11, 1)
        assert booked_on(day, soft=None, hard=through) == expected

    def test_of_both_levels_count_by_the_later_one(self):
        assert first_open(date(2026, 10, 31), date(2026, 9, 30)) == date(2026, 11, 1)
        assert first_open(None, None) is None
        assert booked_on(AS_OF, soft=None, hard=None) == AS_OF
        locked = {"soft": date(2026, 11, 30), "hard": date(2026, 10, 31)}
        assert booked_on(date(2026, 11, 5), **locked) == date(2026, 12, 1)
        assert booked_on(date(2026, 12, 5), **locked) == date(2026, 12, 5)


def sealed_chain(length=3):
    chain, before = [], GENESIS
    for number in range(1, length + 1):
        link = Link("P", f"jrn_{number}", f"content{number}", date(2026, 11, 1), NOON, "usr_1")
        total = link.hash(number=number, prev_hash=before)
        chain.append(Sealed(link, number, before, total, link.content_hash))
        before = total
    return chain


class TestChain:
    def test_as_it_was_sealed_has_no_fault(self):
        assert faults(sealed_chain()) == []

    def test_goes_on_from_a_stretch_that_was_checked(self):
        first, *rest = sealed_chain()

        assert faults(rest, number=1, prev_hash=first.hash) == []
        assert faults(rest) == ["jrn_2: number 2 follows 0"]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"recomputed": "other"}, "jrn_2: its lines are not those that were posted"),
            ({"prev_hash": "other"}, "jrn_2: does not stand on the journal before it"),
            ({"number": 3}, "jrn_2: number 3 follows 1"),
        ],
    )
    def test_that_was_changed_says_where(self, change, fault):
        chain = sealed_chain()
        chain[1] = replace(chain[1], **change)

        assert faults(chain)[0] == fault

    @pytest.mark.parametrize(
        "change",
        [
            {"actor": "usr_2"},
            {"posted_at": NOON + timedelta(microseconds=1)},
            {"effective_date": date(2026, 11, 2)},
            {"book": "F"},
        ],
    )
    def test_covers_who_when_and_on_which_day(self, change):
        chain = sealed_chain()
        chain[1] = replace(chain[1], link=replace(chain[1].link, **change))

        assert faults(chain) == ["jrn_2: is not as it was sealed"]

    def test_that_lost_a_journal_shows_it(self):
        first, _, last = sealed_chain()

        assert faults([first, last]) == ["jrn_3: number 3 follows 1"]
