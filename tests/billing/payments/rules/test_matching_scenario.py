"""The published scenario: each line as it says, in whatever order, once or twice, and to the fen."""

import random
from decimal import Decimal

import pytest

from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Aim, Code, Status
from tests.billing.payments import scenario

WANTED = scenario.SCENARIO["expected"]
NUMBERS = {item.id: item.number for item in scenario.items()}
MADE = {f"B{one.line.id:02d}": one for one in match(scenario.lines(), scenario.facts())}


@pytest.mark.parametrize("name", sorted(WANTED))
class TestEachLine:
    def test_is_found_by_its_pass(self, name):
        said = WANTED[name]["pass"].split()[0]

        assert MADE[name].match_pass == ("" if said == "none" else said)

    def test_has_its_score(self, name):
        if "confidence" in WANTED[name]:
            assert MADE[name].score == Decimal(WANTED[name]["confidence"])

    def test_is_left_to_whom_it_is_left_to(self, name):
        assert MADE[name].status == WANTED[name]["status"].split()[0]

    def test_pays_what_it_pays(self, name):
        pays = [[NUMBERS[share.item], share.amount_minor] for share in MADE[name].shares]
        let_off = [
            [NUMBERS[share.item], share.let_off_minor] for share in MADE[name].shares if share.let_off_minor
        ]

        assert sorted(pays) == sorted(WANTED[name].get("alloc", []))
        assert let_off == WANTED[name].get("writeoff", [])

    def test_leaves_the_rest_where_it_stands(self, name):
        account = WANTED[name].get("account", "")

        if "unallocated" in WANTED[name]:
            assert MADE[name].rest_minor == WANTED[name]["unallocated"]
            assert MADE[name].payer == (scenario.PAYERS[account.split()[-1]] if "2205" in account else None)
        else:
            assert MADE[name].rest_minor == 0

    def test_is_an_exception_for_its_reason(self, name):
        said = WANTED[name].get("exception", "").split()

        if said:
            assert MADE[name].code == said[0]
            named = {NUMBERS[key] for key in MADE[name].candidates}
            assert all(number in named for number in (word.strip("(),") for word in said[1:]))
        elif name == "B15":
            assert MADE[name].code is Code.RETURNED_PAYMENT
        else:
            assert MADE[name].code is None

    def test_says_why(self, name):
        assert all(reason.msgid.format(**reason.params) for reason in MADE[name].reasons)
        assert MADE[name].reasons


def test_targets_are_the_payout_the_order_and_the_rule():
    assert MADE["B10"].target == (Aim.PAYOUT, "po_1")
    assert MADE["B15"].target == (Aim.RETURN, "OUT-7")
    assert MADE["B11"].target == (Aim.RULE, "FEE")


def test_what_is_open_in_the_end_and_the_totals_agree():
    left = {item.number: item.open_minor for item in scenario.items()}
    for one in MADE.values():
        for share in one.shares:
            left[NUMBERS[share.item]] -= share.amount_minor + share.let_off_minor
    allocated = sum(share.amount_minor for one in MADE.values() for share in one.shares)
    total = sum(one.line.amount_minor for one in MADE.values())
    rest = sum(one.rest_minor for one in MADE.values())

    assert left == scenario.SCENARIO["open_after_fen"]
    assert {
        "bank_total_fen": total,
        "allocated_fen": allocated,
        "unallocated_fen": rest,
        "other_fen": total - allocated - rest,
    } == scenario.SCENARIO["totals"]


def test_the_order_of_lines_and_facts_does_not_matter():
    given, facts = scenario.lines(), scenario.facts()
    for seed in range(20):
        random.Random(seed).shuffle(given)
        random.Random(seed).shuffle(facts.items)

        assert match(given, facts) == match(scenario.lines(), scenario.facts())


def test_a_line_that_is_given_twice_is_decided_once():
    twice = match(scenario.lines() * 2, scenario.facts())

    assert twice == match(scenario.lines(), scenario.facts())
    assert sum(one.status is Status.AUTO for one in twice) == 8
