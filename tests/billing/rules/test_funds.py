"""The rules of a risk fund, by the tables of docs/programmes.md and by laws that always hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import posting
from billing.rules.fund_states import TABLE, Move, Side, Status, can, moves_for, told_to
from billing.rules.fund_terms import (
    FundTerms,
    Rung,
    Used,
    claimable_from,
    collection_flaws,
    contribution,
    open_rent,
    recovered,
    shares,
    terms_flaws,
    text_flaws,
    waterfall,
)
from billing.rules.journals import Dims, sums
from billing.rules.posting import Head

TERMS = FundTerms(Decimal(5), Decimal(100), Decimal(50), None, None, None, 60, ("REMINDER",))
CAPPED = replace(
    TERMS,
    cover_percent=Decimal(60),
    lessee_cap_minor=400_000,
    owner_cap_minor=900_000,
    year_cap_minor=5_000_000,
)
NONE = Used(0, 0, 0)
TODAY = date(2026, 11, 1)
NETS = st.integers(-(10**10), 10**10)
RATES = st.decimals(0, 100, places=4)

# docs/programmes.md: net rent before, net rent after, owner, platform
LEVIES = [
    (0, 800_000, 4_000, 4_000),
    (800_000, 760_000, -200, -200),
    (760_000, 0, -3_800, -3_800),
    (0, 100, 1, 0),
    (0, 12_345, 62, 61),
    (0, 0, 0, 0),
]
# docs/programmes.md: open rent, deposit, used for the lessee, free, loss, covered, paid
WATERFALLS = [
    (565_000, 0, 0, 10_000_000, 565_000, 339_000, 339_000),
    (565_000, 65_000, 0, 10_000_000, 500_000, 300_000, 300_000),
    (565_000, 0, 150_000, 10_000_000, 565_000, 339_000, 250_000),
    (565_000, 0, 0, 120_000, 565_000, 339_000, 120_000),
    (565_000, 0, 0, -5, 565_000, 339_000, 0),
    (565_000, 600_000, 0, 10_000_000, 0, 0, 0),
]


class TestContributions:
    @pytest.mark.parametrize(("before", "after", "owner", "platform"), LEVIES)
    def test_are_those_of_the_table(self, before, after, owner, platform):
        assert contribution(before, after, TERMS) == (owner, platform)

    def test_without_a_levy_there_is_none(self):
        assert shares(800_000, replace(TERMS, levy_per_mille=Decimal(0))) == (0, 0)

    @given(st.lists(NETS, min_size=1, max_size=6), RATES, st.decimals(0, 1000, places=4))
    def test_of_all_versions_are_those_of_their_sum(self, nets, levy, match):
        terms, total, owed = replace(TERMS, levy_per_mille=levy, match_percent=match), 0, [0, 0]
        for net in nets:
            owner, platform = contribution(total, total + net, terms)
            total, owed = total + net, [owed[0] + owner, owed[1] + platform]
        assert tuple(owed) == shares(total, terms)
        assert contribution(total, 0, terms) == (-owed[0], -owed[1])


class TestWaterfall:
    @pytest.mark.parametrize(("rent", "deposit", "used", "free", "loss", "covered", "paid"), WATERFALLS)
    def test_is_that_of_the_table(self, rent, deposit, used, free, loss, covered, paid):
        found = waterfall(
            CAPPED, open_minor=rent, deposit_minor=deposit, used=Used(used, 0, 0), free_minor=free
        )
        assert (found.loss_minor, found.rows[2].left_minor, found.amount_minor) == (loss, covered, paid)

    def test_names_every_rung_with_its_limit(self):
        used = Used(100_000, 700_000, 0)
        found = waterfall(CAPPED, open_minor=565_000, deposit_minor=5_000, used=used, free_minor=50_000)
        assert [(row["rung"], row["limit_minor"], row["left_minor"]) for row in found.dump()] == [
            (Rung.OPEN_RENT, None, 565_000),
            (Rung.DEPOSIT, 5_000, 560_000),
            (Rung.COVER, None, 336_000),
            (Rung.LESSEE_CAP, 300_000, 300_000),
            (Rung.OWNER_CAP, 200_000, 200_000),
            (Rung.YEAR_CAP, 5_000_000, 200_000),
            (Rung.BALANCE, 50_000, 50_000),
        ]

    @given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-100, 10**9))
    def test_never_pays_more_than_loss_or_balance(self, rent, deposit, free):
        found = waterfall(TERMS, open_minor=rent, deposit_minor=deposit, used=NONE, free_minor=free)
        assert 0 <= found.amount_minor <= min(found.loss_minor, max(0, free))


class TestTheOpenRent:
    @pytest.mark.parametrize(
        ("opened", "rent", "other", "expected"),
        [
            (904_000, 904_000, 0, 904_000),
            (904_000, 800_000, 104_000, 800_000),
            (101, 100, 102, 50),
            (0, 100, 0, 0),
            (-5, 100, 0, 0),
            (50, -100, 150, 0),
            (70, 100, -30, 70),
            (900, 100, 10, 100),
        ],
    )
    def test_leaves_awards_and_fees_out(self, opened, rent, other, expected):
        assert open_rent(opened, rent_minor=rent, other_minor=other) == expected


class TestRecoveries:
    @given(st.lists(st.integers(1, 10**6), max_size=6), st.integers(1, 10**6))
    def test_add_up_to_the_loss_and_never_take_back(self, parts, amount):
        loss = max(sum(parts), amount)
        came, fund, owner = 0, 0, 0
        for part in [*parts, loss - sum(parts)]:
            got = recovered(came, part, amount_minor=amount, loss_minor=loss)
            assert min(got) >= 0
            assert sum(got) == part
            came, fund, owner = came + part, fund + got[0], owner + got[1]
        assert (fund, owner) == (amount, loss - amount)


class TestFlaws:
    def test_of_rules_are_named_at_their_fields(self):
        terms = FundTerms(
            Decimal("NaN"), Decimal("0.00001"), Decimal(101), -1, 10**14, 0, 731, ("X", "X"), -1
        )
        found = terms_flaws(terms, valid_from=date(2026, 10, 31), today=TODAY)
        assert [one.pointer for one in found] == [
            *("/levy_per_mille", "/match_percent", "/cover_percent", "/lessee_cap_minor"),
            *("/owner_cap_minor", "/floor_minor", "/waiting_days", "/valid_from", "/steps"),
        ]
        assert terms_flaws(TERMS, valid_from=TODAY, today=TODAY) == []

    def test_of_texts(self):
        assert [one.code for one in text_flaws("/x", " ") + text_flaws("/x", "aa", most=1)] == [
            "required",
            "fund_text_too_long",
        ]
        assert text_flaws("/x", "a") == []

    def test_of_steps(self):
        taken = [
            {"kind": "COURT", "done_on": date(2026, 10, 1), "reference": ""},
            {"kind": "COURT", "done_on": TODAY, "reference": "1"},
        ]
        found = collection_flaws(taken, TERMS, due_on=date(2026, 10, 17), today=TODAY)
        assert [one.code for one in found] == [
            *("fund_steps_unknown", "fund_step_day", "required", "fund_steps_missing"),
        ]

    def test_an_invoice_is_claimed_after_the_waiting_days(self):
        assert claimable_from(date(2026, 11, 17), TERMS) == date(2027, 1, 17)


class TestTheTable:
    def test_every_state_but_the_last_is_left_by_somebody(self):
        left = {source for row in TABLE.values() for source in row.sources}
        assert set(Status) - left == {Status.SETTLED, Status.REJECTED, Status.WITHDRAWN}

    def test_tells_an_owner_no_limit_that_follows_from_others(self):
        rungs = [{"rung": one, "limit_minor": 5, "left_minor": 5} for one in ("OWNER_CAP", "BALANCE")]
        assert [row["limit_minor"] for row in told_to(Side.OWNER, rungs)] == [5, None]
        assert told_to(Side.FUND, rungs) == rungs

    def test_gives_each_side_its_moves(self):
        assert moves_for(Side.OWNER, Status.REVIEWED) == (Move.WITHDRAW,)
        assert moves_for(Side.FUND, Status.CLAIMED) == (Move.REVIEW, Move.REJECT)
        assert not can(Move.APPROVE, Status.CLAIMED)


class TestJournals:
    def test_of_a_levy_come_off_what_is_not_collected(self):
        head = Head("P", "k", TODAY, "CNY")
        made = posting.fund_levy(
            head, owner_minor=4_000, platform_minor=4_000, owner=Dims(party="o"), is_collected=False
        )
        assert [(line.account, line.amount_minor) for line in made.lines] == [
            ("2241.00", 4_000),
            ("6602.01", 4_000),
            ("2241.03", -8_000),
        ]

    def test_of_a_recovery_share_it(self):
        head = Head("F", "k", TODAY, "CNY")
        made = posting.fund_recovered(head, fund_minor=3, owner_minor=2, owner=Dims(party="o"))
        assert sums(made.lines) == {"CNY": 0}
        assert made.lines[0].account == "1002.09"
