"""Schedules of finance leases: the tables of ``docs/finance-leases.md`` unchanged, and what always holds."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leasing.rules import finance, finance_words
from leasing.rules.finance import End, Finance, Timing
from leasing.rules.terms import InvalidTerms, Terms
from marketplace.shared.money import Money
from tests.leasing.financed import FINANCE
from tests.leasing.rules.test_terms import DOCUMENT

DOCS = (Path(__file__).parents[3] / "docs" / "finance-leases.md").read_text(encoding="utf-8")
EXAMPLES = {
    "120,000.00": (FINANCE, date(2026, 3, 1)),
    "100,000.00": (
        FINANCE
        | {"principal_minor": 10_000_000, "yearly_percent": "8", "instalments": 4, "every_months": 3}
        | {"timing": "ADVANCE", "end": "RETURN", "nominal_price_minor": 0},
        date(2026, 8, 31),
    ),
}


def read(document):
    flaws = []
    made = Finance.read(document, "/finance", flaws, currency="CNY")
    assert flaws == []
    return made


def faults(**changes):
    flaws = []
    Finance.read(FINANCE | changes, "/finance", flaws, currency="CNY")
    return [(flaw.pointer, flaw.code) for flaw in flaws]


@pytest.mark.parametrize("amount", EXAMPLES)
def test_the_tables_of_the_documentation_are_what_the_rule_makes(amount):
    document, start = EXAMPLES[amount]
    written = DOCS.split(f"### Example: {amount}")[1].split("\n##")[0]
    rows = [line.strip("|").split("|") for line in written.splitlines() if line.startswith("| ")][1:]
    schedule = [one.dump() for one in read(document).schedule(start)]
    table = finance_words.table(schedule, "CNY", str)

    stated = [[cell.strip() for cell in row] for row in rows]
    assert stated == [[cell.replace("¥", "") for cell in row] for row in table.rows]


class TestSchedule:
    @given(
        principal=st.integers(10**8, 10**12),
        percent=st.decimals(0, 36, places=2),
        count=st.integers(1, 100),
        every=st.sampled_from(finance.RHYTHMS),
        timing=st.sampled_from(list(Timing)),
        start=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    )
    def test_pays_back_to_the_minor_unit_on_rising_days(
        self, principal, percent, count, every, timing, start
    ):
        assume(count * every <= 240)  # no lease is longer than twenty years
        made = Finance(Money(principal, "CNY"), percent, count, every, timing, End.RETURN, Money(0, "CNY"))

        schedule = made.schedule(start)

        assert sum(one.principal for one in schedule) == principal
        assert all(one.principal >= 0 and one.interest >= 0 for one in schedule)
        equal = {one.payment for one in schedule[:-1]}
        assert equal <= {made.payment()} if percent else max(equal, default=0) <= principal // count + 1
        days = [one.due_on for one in schedule]
        assert days == sorted(set(days)) and len(days) == count

    def test_never_pays_back_more_than_is_owed(self):
        small = {"principal_minor": 12_000, "yearly_percent": "0", "instalments": 119}
        schedule = read(FINANCE | small).schedule(date(2026, 1, 1))

        # 120.00 shared by 119 is 100 fen each; the hundred that are left go to the first ones
        assert [schedule[0].payment, schedule[-1].payment] == [101, 100]
        made = Finance(Money(149, "CNY"), Decimal(0), 100, 1, Timing.ARREARS, End.RETURN, Money(0, "CNY"))
        assert [one.payment for one in made.schedule(date(2026, 1, 1))] == [2] * 49 + [1] * 51

    def test_stays_on_the_last_of_the_month_and_comes_back_to_the_day(self):
        days = [str(one.due_on) for one in read(FINANCE).schedule(date(2026, 1, 31))[:3]]

        assert days == ["2026-02-28", "2026-03-31", "2026-04-30"]

    def test_without_interest_shares_the_principal_the_first_ones_getting_what_is_left(self):
        schedule = read(FINANCE | {"yearly_percent": "0", "instalments": 7}).schedule(date(2026, 1, 1))

        assert [one.payment for one in schedule] == [1_714_286] * 5 + [1_714_285] * 2

    def test_of_one_instalment_is_the_principal_with_its_interest(self):
        (one,) = read(FINANCE | {"instalments": 1, "every_months": 12}).schedule(date(2026, 1, 1))

        assert (one.principal, one.interest, str(one.due_on)) == (12_000_000, 720_000, "2027-01-01")

    def test_costs_in_all_the_payments_the_nominal_price_and_the_tax(self):
        # 123,935.66 + 1.00 = 123,936.66; 13 % of it is 16,111.77
        assert read(FINANCE).total(date(2026, 3, 1)) == Money(14_004_843, "CNY")


class TestTerms:
    def test_are_read_back_and_change_the_fingerprint(self):
        terms = Terms.parse(DOCUMENT | {"finance": FINANCE})

        assert terms.finance == read(FINANCE)
        assert Terms.parse(terms.dump()) == terms
        assert terms.digest() != Terms.parse(DOCUMENT).digest()

    def test_of_an_operating_lease_say_nothing_of_it(self):
        terms = Terms.parse(DOCUMENT | {"finance": None})

        assert terms.finance is None
        assert "finance" not in terms.dump()
        assert terms.digest() == Terms.parse(DOCUMENT).digest()

    def test_are_refused_with_every_fault_at_its_pointer(self):
        with pytest.raises(InvalidTerms) as refusal:
            Terms.parse(DOCUMENT | {"finance": FINANCE | {"instalments": 0, "yearly_percent": "37"}})

        found = {flaw.pointer for flaw in refusal.value.flaws}
        assert found == {"/finance/instalments", "/finance/yearly_percent"}

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"every_months": 2}, ("/finance/every_months", "not_a_rhythm")),
            ({"principal_minor": 1_199}, ("/finance/instalments", "too_many_instalments")),
            ({"nominal_price_minor": 0}, ("/finance/nominal_price_minor", "nominal_price_needed")),
            ({"end": "RETURN"}, ("/finance/nominal_price_minor", "no_nominal_price")),
            ({"end": "KEEP"}, ("/finance/end", "not_a_choice")),
            ({"timing": "LATE"}, ("/finance/timing", "not_a_choice")),
            ({"principal_minor": 0}, ("/finance/principal_minor", "not_a_whole_number")),
            ({"yearly_percent": -1}, ("/finance/yearly_percent", "negative")),
            ({"version": 2}, ("/finance/version", "not_a_whole_number")),
            ({"balloon": 1}, ("/finance/balloon", "unknown_field")),
        ],
    )
    def test_that_make_no_schedule_are_refused(self, change, fault):
        assert fault in faults(**change)

    def test_are_no_list(self):
        flaws = []
        Finance.read([], "/finance", flaws, currency="CNY")

        assert ("/finance", "not_an_object") in [(flaw.pointer, flaw.code) for flaw in flaws]


class TestOffer:
    days = {"starts_on": date(2026, 3, 1), "lessor": "宁波精工"}

    def test_needs_a_licence(self):
        found = finance.flaws(read(FINANCE), ends_on=date(2027, 3, 1), is_licensed=False, **self.days)

        assert [(flaw.pointer, flaw.code) for flaw in found] == [("/terms/finance", "no_licence")]

    def test_is_paid_back_by_the_end_of_the_lease(self):
        given = self.days | {"is_licensed": True}

        assert finance.flaws(read(FINANCE), ends_on=date(2027, 3, 1), **given) == []
        (late,) = finance.flaws(read(FINANCE), ends_on=date(2027, 2, 28), **given)
        assert (late.pointer, late.facts["due_on"]) == ("/terms/finance/instalments", "2027-03-01")


def test_is_said_in_three_sentences():
    said = finance_words.phrases(read(FINANCE | {"yearly_percent": "6.50"}), str)

    assert said == [
        "¥120,000.00 before tax is financed at 6.5% a year, nominal.",
        "12 instalments, one at the end of each month of the lease.",
        "After the last one the lessee gets the machine for the nominal price of ¥1.00; until then it is the "
        "lessor's.",
    ]
    assert Decimal("6.5") == read(FINANCE | {"yearly_percent": "6.50"}).yearly_percent
