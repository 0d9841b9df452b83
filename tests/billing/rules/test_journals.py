"""Entries: what is refused with all its flaws, and by what two are the same."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.journals import Dims, Entry, EntryInvalid, Line, checked
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


class TestContentHash:
    @given(st.permutations([("1002.01", 60, "CNY"), ("1002.02", 40, "CNY"), ("6001.02", -100, "CNY")]))
    def test_does_not_depend_on_the_order_of_lines(self, lines):
        ordered = with_lines(("1002.01", 60, "CNY"), ("1002.02", 40, "CNY"), ("6001.02", -100, "CNY"))

        assert with_lines(*lines).content_hash() == ordered.content_hash()

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
