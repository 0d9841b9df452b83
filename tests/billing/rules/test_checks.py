"""What a run of a check changes, what is kept of it, and how it is told."""

import string
from decimal import Decimal

import pytest

from billing.rules import checks
from billing.rules.checks import CHECKS, MOST, Found, changes, figure, kept, reason_of


def found(subject="a", expected=1, seen=2, **more):
    return Found(subject, Decimal(expected), Decimal(seen), **more)


def by_subject(*all_):
    return {one.subject: one for one in all_}


class TestChanges:
    def test_are_what_is_new_told_otherwise_and_gone(self):
        known = by_subject(found("same"), found("moved"), found("gone"))
        now = by_subject(found("same"), found("moved", seen=3), found("new"))

        made = changes(known, now)

        assert (made.new, made.changed, made.solved) == (("new",), ("moved",), ("gone",))

    def test_of_a_part_solve_nothing(self):
        assert changes(by_subject(found()), {}, is_whole=False).solved == ()

    @pytest.mark.parametrize("more", [{"unit": "CNY"}, {"facts": {"number": "X"}}, {"expected": 5}])
    def test_are_seen_in_all_that_is_told(self, more):
        assert not found().says_the_same(found(**more))
        assert found(seller=1).says_the_same(found(seller=2))


def test_the_first_are_kept_each_subject_once():
    assert kept([found("a", seen=1), found("a", seen=7)]) == {"a": found("a", seen=7)}
    assert len(kept(found(str(number)) for number in range(MOST + 5))) == MOST


def test_a_reason_is_one_line_and_short():
    assert reason_of(ValueError("so\nLINE 1: secret")) == "ValueError: so"
    assert len(reason_of(ValueError("x" * 999))) == checks.LONGEST_REASON


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("904000", "CNY", "CNY 9,040.00"),
        ("-5", "CNY", "CNY -0.05"),
        ("1.50", "RUN_TIME", "1.5"),
        ("0E-18", "", "0"),
    ],
)
def test_figures_are_money_or_plain_numbers(value, unit, text):
    assert figure(Decimal(value), unit) == text


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.code)
def test_every_check_says_what_holds_what_does_not_and_what_to_do(check):
    assert check.says.endswith(".")
    assert check.next_step.endswith(".")
    names = {name for _, name, _, _ in string.Formatter().parse(check.about) if name}
    assert names
    assert len(check.code) <= 24
