"""The terms of subsidies, by the tables of docs/programmes.md and by laws that hold in any order."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import posting
from billing.rules.journals import Dims, sums
from billing.rules.posting import Head
from billing.rules.subsidy_states import TABLE, Move, Status, can, moves_for
from billing.rules.subsidy_terms import (
    Before,
    Mode,
    Step,
    SubsidyTerms,
    amount_flaws,
    grant,
    terms_flaws,
    text_flaws,
    wanted,
)

TODAY = date(2026, 10, 10)
TERMS = SubsidyTerms(TODAY, date(2027, 1, 1), Decimal(15), lessee_cap_minor=300_000, least_minor=1_000)
KINDS = ("SME", "INSTITUTE")
HEAD, WHO = Head("P", "k", TODAY, "CNY"), Dims(party="o")

# docs/programmes.md: base before, base with it, granted before, refused, cap left, budget left, adds
GRANTS = [
    (0, 217_806, 0, 0, 300_000, 1_000_000, 32_671),
    (217_806, 108_903, 32_671, 0, 267_329, 967_329, -16_336),
    (108_903, 0, 16_335, 0, 283_665, 983_665, -16_335),
    (0, 6_000, 0, 0, 300_000, 1_000_000, 0),
    (6_000, 10_000, 0, 0, 300_000, 1_000_000, 1_500),
    (0, 2_500_000, 0, 0, 267_329, 967_329, 267_329),
    (0, 2_500_000, 0, 0, 300_000, 100_000, 100_000),
    (2_500_000, 2_000_000, 267_329, 0, 0, 700_000, 0),
    (217_806, 200_000, 32_671, 2_671, 270_000, 970_000, 0),
    (217_806, 100_000, 32_671, 2_671, 270_000, 970_000, -15_000),
    (100_000, 217_806, 17_671, 2_671, 285_000, 985_000, 15_000),
]


class TestGrants:
    @pytest.mark.parametrize(("before", "after", "given", "refused", "cap", "budget", "adds"), GRANTS)
    def test_are_those_of_the_table(self, before, after, given, refused, cap, budget, adds):
        made = grant(before, after, TERMS, Before(given, refused, cap, budget))
        assert made.amount_minor == adds
        assert [row["step"] for row in made.dump()] == [str(step) for step in Step]

    def test_without_a_cap_are_bound_by_the_budget_alone(self):
        made = grant(0, 10**9, TERMS, Before(0, 0, None, 10**9))
        assert made.amount_minor == made.wanted_minor == 15 * 10**7
        assert grant(0, 10**9, TERMS, Before(0, 0, None, -5)).amount_minor == 0

    @given(st.integers(0, 10**10), st.decimals(Decimal("0.0001"), 100, places=4))
    def test_are_rounded_half_away_once(self, base, rate):
        by_rate, _ = wanted(base, replace(TERMS, rate_percent=rate))
        exact = base * rate / 100
        assert abs(by_rate - exact) <= Decimal("0.5")
        assert wanted(-base, TERMS) == (0, 0)

    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(-(10**6), 10**6), st.integers(0, 100)), max_size=25
        ),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.integers(0, 10**5),
    )
    def test_stay_within_in_any_order(self, events, cap, budget, least):
        """Invoices 0 and 1 are of one lessee, 2 and 3 of another; some of a grant may be refused."""
        terms = replace(TERMS, lessee_cap_minor=cap, least_minor=least)
        base, given, refused = [0] * 4, [0] * 4, [0] * 4
        for place, change, percent in events:
            after, lessee = base[place] + change, (0, 1) if place < 2 else (2, 3)
            borne = [one - less for one, less in zip(given, refused, strict=True)]
            known = Before(
                given[place], refused[place], cap - sum(borne[one] for one in lessee), budget - sum(borne)
            )
            made = grant(base[place], after, terms, known)
            base[place], given[place] = after, given[place] + made.amount_minor
            if percent > 70:
                refused[place] += max(0, made.amount_minor) * percent // 100
            borne = [one - less for one, less in zip(given, refused, strict=True)]
            assert all(0 <= borne[one] <= wanted(base[one], terms)[1] for one in range(4))
            assert borne[0] + borne[1] <= cap
            assert borne[2] + borne[3] <= cap
            assert sum(borne) <= budget

    @given(st.lists(st.integers(-(10**8), 10**8), max_size=8), st.decimals(1, 100, places=4))
    def test_of_all_versions_are_the_rate_of_their_sum(self, changes, rate):
        terms, base, given = replace(TERMS, rate_percent=rate, lessee_cap_minor=None), 0, 0
        for change in changes:
            made = grant(base, base + change, terms, Before(given, 0, None, 10**12))
            base, given = base + change, given + made.amount_minor
        assert given == wanted(base, terms)[1]


class TestTerms:
    def test_say_which_lines_they_bear(self):
        assert [TERMS.bears(kind) for kind in ("per_unit", "pause", "discount", "cap")] == [True] * 4
        assert not TERMS.bears("damage")
        assert not replace(TERMS, components=("base_fee",)).bears("per_unit")

    def test_say_who_is_eligible(self):
        terms = replace(TERMS, regions=("32",), kinds=("SME",), industries=("C34",), by_admission=True)
        known = {"region": "320500", "kind": "SME", "industry": "C3421", "is_admitted": True}
        assert terms.admits(**known)
        for name, other in (
            ("region", "330100"),
            ("kind", "LESSOR"),
            ("industry", "C40"),
            ("is_admitted", False),
        ):
            assert not terms.admits(**known | {name: other})
        assert TERMS.admits(**known | {"region": "", "industry": ""})

    def test_have_their_flaws_at_their_fields(self):
        wrong = SubsidyTerms(
            date(2026, 10, 9),
            date(2026, 10, 9),
            Decimal("NaN"),
            lessee_cap_minor=-1,
            least_minor=10**14,
            regions=("3",),
            industries=("C34", "C34"),
            kinds=("X",),
            components=("damage",),
        )
        found = [one.pointer for one in terms_flaws(wrong, today=TODAY, kinds=KINDS)]
        assert found == [
            *("/rate_percent", "/lessee_cap_minor", "/least_minor", "/valid_from", "/valid_until"),
            *("/regions", "/industries", "/kinds", "/components"),
        ]
        assert terms_flaws(TERMS, today=TODAY, kinds=KINDS) == []

    def test_of_texts_and_amounts(self):
        given = text_flaws("/x", " ") + text_flaws("/x", "a\0") + text_flaws("/x", "aa", most=1)
        assert [one.code for one in given] == ["required", "required", "subsidy_text_too_long"]
        assert text_flaws("/x", "a") == amount_flaws("/x", None) == amount_flaws("/x", 0) == []


class TestTheTable:
    def test_only_what_was_claimed_is_handed_on(self):
        assert moves_for(Status.PAID, Mode.PREPAID) == ()
        assert moves_for(Status.PAID, Mode.CLAIM) == (Move.HAND_ON,)
        assert moves_for(Status.DRAFTED, Mode.CLAIM) == (Move.DROP, Move.SUBMIT)
        assert not can(Move.DRAFT, Status.DRAFTED, Mode.CLAIM)
        assert {row.target for row in TABLE.values()} == set(Status)


class TestJournals:
    @pytest.mark.parametrize("minor", [32_671, -16_336])
    def test_of_what_is_prepaid_balance(self, minor):
        given = {"amount_minor": minor, "receivable": "1122.02", "authority": WHO, "lessee": WHO}
        for made, due in (
            (posting.subsidy_prepaid(HEAD, **given), minor),
            (posting.subsidy_refused(HEAD, **given), -minor),
        ):
            assert sums(made.lines) == {"CNY": 0}
            assert sum(line.amount_minor for line in made.lines if line.account == "1221.03") == due
