"""Entries: what is refused with all its flaws, and by what two are the same."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.journals import Dims, Entry, EntryInvalid, Line, checked, sums
from tests.marketplace.vectors import FINANCE

DAY = date(2026, 11, 1)
PLAIN = Entry("P", "ADJUSTMENT", "k1", DAY, (Line("1002.01", 100, "CNY"), Line("6001.02", -100, "CNY")))
REJECTIONS = {case["why"]: case for case in FINANCE["ledger_rejections"]}


def flaws(entry):
    with pytest.raises(EntryInvalid) as refused:
        checked(entry)
    assert refused.value.facts["count"] == len(refused.value.flaws)
    return [(flaw.pointer, flaw.code) for flaw in refused.value.flaws]


def with_lines(*lines):
    return replace(PLAIN, lines=tuple(Line(*line) for line in lines))


class TestWhatIsRefused:
    def test_balanced_only_across_currencies(self):
        (_, first, minor), (_, second, other) = REJECTIONS["balanced only across currencies"]["lines"]

        found = flaws(with_lines(("1002.01", minor, first), ("6001.02", other, second)))

        assert found == [("/lines", "unbalanced"), ("/lines", "unbalanced")]

    @pytest.mark.parametrize(
        ("entry", "found"),
        [
            (with_lines(), [("/lines", "too_few")]),
            (with_lines(("1002.01", 0, "CNY")), [("/lines", "too_few"), ("/lines/0/amount_minor", "zero")]),
            (
                with_lines(("1002.01", 5, "CNY"), ("9", -5, "CNY")),
                [("/lines/1/account", "unknown")],
            ),
            (
                with_lines(("1002.01", 5, "XXX"), ("6001.02", -5, "XXX")),
                [("/lines/0/currency", "unknown"), ("/lines/1/currency", "unknown")],
            ),
            (
                with_lines(("1002.01", 5, "CNY"), ("2241.01", -5, "CNY", Dims(lease="lea_1"))),
                [("/lines/1", "whose")],
            ),
            (
                with_lines(("1002.01", 5, "CNY"), ("2241.02", -5, "CNY", Dims(party="o"))),
                [("/lines/1", "whose")],
            ),
            (replace(PLAIN, key=""), [("/key", "required")]),
            (replace(PLAIN, key="k" * 201), [("/key", "required")]),
            (replace(PLAIN, memo="m" * 201), [("/memo", "too_long")]),
        ],
    )
    def test_says_where(self, entry, found):
        assert flaws(entry) == found

    def test_nothing_of_what_balances(self):
        assert checked(PLAIN) is PLAIN

    def test_nothing_of_the_longest_key_and_memo(self):
        longest = replace(PLAIN, key="k" * 200, memo="m" * 200)

        assert checked(longest) is longest

    @pytest.mark.parametrize(
        ("entry", "texts"),
        [
            (
                replace(with_lines(), key="", memo="m" * 201),
                [
                    "An entry needs a key of 1 to 200 characters.",
                    "At most 200 characters.",
                    "An entry has at least two lines.",
                ],
            ),
            (
                with_lines(("1002.01", 0, "XXX"), ("9", -5, "CNY")),
                [
                    "This currency is not known.",
                    "A line of 0 says nothing. Leave it out.",
                    "The chart has no such account.",
                    "In CNY the lines add up to -5 minor units and not to 0.",
                ],
            ),
            (
                with_lines(("1002.01", 5, "CNY"), ("2241.02", -5, "CNY", Dims(party="o"))),
                ["This account is kept apart: say by party, or by lease, whose money it is."],
            ),
        ],
    )
    def test_says_what_to_mend(self, entry, texts):
        with pytest.raises(EntryInvalid) as refused:
            checked(entry)

        assert [flaw.text.format(**flaw.facts) for flaw in refused.value.flaws] == texts


class TestSums:
    def test_are_of_each_currency(self):
        lines = with_lines(("1002.01", 7, "CNY"), ("1002.02", 5, "CNY"), ("6001.02", -4, "HKD")).lines

        assert sums(lines) == {"CNY": 12, "HKD": -4}


class TestContentHash:
    @given(st.permutations([("1002.01", 60, "CNY"), ("1002.02", 40, "CNY"), ("6001.02", -100, "CNY")]))
    def test_does_not_depend_on_the_order_of_lines(self, lines):
        ordered = with_lines(("1002.01", 60, "CNY"), ("1002.02", 40, "CNY"), ("6001.02", -100, "CNY"))

        assert with_lines(*lines).content_hash() == ordered.content_hash()

    def test_is_of_these_words_for_ever(self):
        about = Dims(party="org_1", invoice="inv_1")
        lines = (Line("6001.02", -100, "CNY"), Line("1002.01", 100, "CNY", about))
        entry = Entry("P", "ADJUSTMENT", "k1", DAY, lines, "memo", "invoice", "inv_1", "jrn_1")

        assert entry.dump() == {
            "book": "P",
            "kind": "ADJUSTMENT",
            "key": "k1",
            "on": "2026-11-01",
            "lines": [
                {
                    "account": "1002.01",
                    "amount_minor": 100,
                    "currency": "CNY",
                    "party": "org_1",
                    "invoice": "inv_1",
                },
                {"account": "6001.02", "amount_minor": -100, "currency": "CNY"},
            ],
            "memo": "memo",
            "source_type": "invoice",
            "source_id": "inv_1",
            "reverses": "jrn_1",
        }
        assert entry.content_hash() == "be5caa957dc590328ac503c8861c200622530ed7409462895a7c9b670f2e50a1"

    @pytest.mark.parametrize(
        "change",
        [
            {"book": "F"},
            {"kind": "OTHER"},
            {"key": "k2"},
            {"on": date(2026, 11, 2)},
            {"memo": "m"},
            {"source_type": "invoice"},
            {"source_id": "inv_1"},
            {"reverses": "jrn_1"},
            {"lines": (Line("1002.01", 101, "CNY"), Line("6001.02", -101, "CNY"))},
            {"lines": (Line("1002.01", 100, "CNY", Dims(lease="lea_1")), Line("6001.02", -100, "CNY"))},
        ],
    )
    def test_depends_on_all_else(self, change):
        assert replace(PLAIN, **change).content_hash() != PLAIN.content_hash()

    def test_of_what_takes_it_back_mirrors_the_lines(self):
        back = PLAIN.reversed(key="k2", on=date(2026, 12, 1), of="jrn_1")

        assert [line.amount_minor for line in back.lines] == [-100, 100]
        assert (back.reverses, back.key, back.on, back.memo) == ("jrn_1", "k2", date(2026, 12, 1), "")

    def test_of_what_takes_it_back_has_a_memo_of_its_own_or_the_same(self):
        said, back = replace(PLAIN, memo="first"), {"key": "k2", "on": DAY, "of": "jrn_1"}

        assert said.reversed(**back).memo == "first"
        assert said.reversed(**back, memo="wrong").memo == "wrong"
