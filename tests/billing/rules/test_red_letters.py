"""Red letters: who applies and confirms, and how much of each blue e-invoice can be taken back."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from billing.rules import red_letters as rules
from billing.rules.red_letters import Move, Side, State, Sum, Use, Who
from billing.rules.tax_invoices import Item, item_name
from tests.billing.tax_papers import issued, rent, wanted

RENT, SERVICE = Decimal("0.13"), Decimal("0.06")
ROOT = Path(__file__).parents[3]
NUMBER = "46010626111000300096"


class TestWho:
    @pytest.mark.parametrize(
        ("use", "seller", "buyer", "confirms"),
        [
            (Use.NONE, True, False, False),
            (Use.DEDUCTED, True, True, True),
            (Use.BOOKED, True, True, True),
        ],
    )
    def test_applies_and_confirms_by_what_the_buyer_did(self, use, seller, buyer, confirms):
        assert rules.may_apply(Side.SELLER, use) is seller
        assert rules.may_apply(Side.BUYER, use) is buyer
        assert rules.needs_confirmation(use) is confirms

    @pytest.mark.parametrize(
        ("state", "applicant", "other"),
        [
            (State.AWAITING, {Move.REVOKE}, {Move.CONFIRM, Move.REFUSE}),
            (State.CONFIRMED, {Move.REVOKE}, set()),
            (State.ISSUED, set(), set()),
            (State.LAPSED, set(), set()),
        ],
    )
    def test_moves_from_where(self, state, applicant, other):
        assert rules.moves_of(state, is_applicant=True) == applicant
        assert rules.moves_of(state, is_applicant=False) == other

    def test_the_table_leaves_no_closed_state(self):
        closed = set(State) - rules.OPEN

        assert not any(step.sources & closed for step in rules.STEPS.values())
        written = {f"'{source}>{step.target}'" for step in rules.STEPS.values() for source in step.sources}
        kept = (ROOT / "billing/migrations/0019_red_letters.py").read_text(encoding="utf-8")
        assert written == set(re.findall(r"'[A-Z]+>[A-Z]+'", kept)), "the database keeps the same table"
        assert rules.STEPS[Move.LAPSE].who is Who.CLOCK


class TestNumberAndRemark:
    def test_are_checked(self):
        found = rules.flaws_of("1", "x" * 201)

        assert [flaw.pointer for flaw in found] == ["/number", "/remark"]
        assert rules.flaws_of(NUMBER, "") == []


class TestSums:
    def test_are_by_rate_and_leave_out_what_comes_to_nothing(self):
        fee = Item("x", -5, SERVICE, 0)

        found = rules.sums([rent(100, 13), rent(-40, -5), fee, Item("y", 5, SERVICE, 0)])

        assert found == {RENT: Sum(60, 8)}

    def test_fall_or_rise_rate_by_rate(self):
        mixed = {RENT: Sum(-100, -13), SERVICE: Sum(50, 3), Decimal(0): Sum(0, -1)}

        assert set(rules.falling(mixed)) == {RENT, Decimal(0)}
        assert rules.rising(mixed) == {SERVICE: Sum(50, 3)}


class TestShares:
    """Blue 113.00 (100.00 + 13.00); a debit note of 22.60 with a blue of its own."""

    BLUES = (("first", {RENT: Sum(10_000, 1_300)}), ("second", {RENT: Sum(2_000, 260)}))

    @pytest.mark.parametrize(
        ("wanted", "parts", "rest"),
        [
            (Sum(-1_000, -130), [("first", Sum(-1_000, -130))], None),
            (Sum(-10_000, -1_300), [("first", Sum(-10_000, -1_300))], None),
            (Sum(-11_000, -1_430), [("first", Sum(-10_000, -1_300)), ("second", Sum(-1_000, -130))], None),
            (
                Sum(-12_000, -1_561),
                [("first", Sum(-10_000, -1_300)), ("second", Sum(-2_000, -260))],
                Sum(0, -1),
            ),
        ],
    )
    def test_are_taken_from_the_first_blue_first(self, wanted, parts, rest):
        found, left = rules.shared({RENT: wanted}, self.BLUES)

        assert found == [(key, {RENT: one}) for key, one in parts]
        assert left == ({} if rest is None else {RENT: rest})

    def test_are_of_their_own_rate_alone(self):
        found, left = rules.shared({SERVICE: Sum(-1, 0)}, self.BLUES)

        assert (found, left) == ([], {SERVICE: Sum(-1, 0)})


class TestFace:
    def test_is_negative_and_refers_to_blue_and_confirmation(self):
        blue = issued(wanted(rent(10_000, 1_300)))

        red = rules.red_face(blue, {RENT: Sum(-1_000, -130)}, number=NUMBER)

        assert (red.net_minor, red.tax_minor, red.capitals) == (-1_000, -130, "负壹拾壹元叁角整")
        assert [item.name for item in red.items] == [item_name("LEASE_MOVABLE")]
        assert red.remark == f"被红冲蓝字数电票号码：{blue.number} 红字发票信息确认单编号：{NUMBER}"
        assert rules.reference_flaws(red, blue=blue.number, number=NUMBER) == []

    @pytest.mark.parametrize("remark", ["", NUMBER, f"{NUMBER}{NUMBER}"])
    def test_of_another_blue_or_of_none_is_refused(self, remark):
        red = issued(remark=remark)

        found = rules.reference_flaws(red, blue="26322000000012345678", number=NUMBER)

        assert [flaw.code for flaw in found] == ["refers_elsewhere"]


class TestNext:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"has_origin": False, "is_netted": True}, "NETTED_LATER"),
            ({"is_netted": True}, "NETTED"),
            ({"letters": [(State.AWAITING, True), (State.CONFIRMED, True)]}, "ANSWER"),
            ({"letters": [(State.AWAITING, False), (State.CONFIRMED, False)]}, "ISSUE"),
            ({"letters": [(State.AWAITING, False)], "is_left": True}, "WAIT"),
            ({"letters": [(State.LAPSED, True)], "is_left": True}, "APPLY"),
            ({"is_beyond": True, "is_left": True}, "BEYOND"),
            ({"letters": [(State.ISSUED, False)], "needs_own": True}, "OWN"),
            ({"letters": [(State.ISSUED, False)]}, "DONE"),
        ],
    )
    def test_is_what_is_under_way_then_what_is_missing(self, changes, expected):
        given = {"has_origin": True, "is_netted": False, "letters": [], "is_beyond": False} | {
            "is_left": False,
            "needs_own": False,
        }

        found = rules.next_of(**(given | changes))

        assert found == expected
        assert rules.NEXT[found]
