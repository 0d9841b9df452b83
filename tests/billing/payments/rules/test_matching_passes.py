"""Passes one by one: what fits once is found, what fits twice is left, what is doubtful is not sure."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.payments.rules.matching import match
from billing.payments.rules.matching.decisions import Aim, Code, Status
from billing.payments.rules.matching.facts import Facts, Line, OpenItem, Order, Payout, Recorded, Terms
from billing.payments.rules.matching.names import are_like, plain
from billing.payments.rules.matching.subsets import subsets
from billing.rules.references import Kind, reference_of

DAY = date(2026, 11, 1)


def item(key, minor, payer=1, **given):
    due = DAY + timedelta(days=key)
    facts = {"currency": "CNY", "due_on": due, "issued_on": DAY, "lease": None} | given
    return OpenItem(key, f"AB-2026-{key:06d}", reference_of(key), payer, minor, minor, **facts)


def one(minor, memo="", account="", items=(), **given):
    """Decide one line."""
    of_line = {name: given.pop(name) for name in ("counterparty", "sub_account", "currency") if name in given}
    line = Line(1, DAY, minor, counterparty_account=account, memo=memo, **of_line)
    known = {"accounts": {"A1": 1, "A2": 2}} | given
    return match([line], Facts(items=items, **known))[0]


class TestReferences:
    def test_of_several_invoices_pay_each(self):
        items = [item(1, 300), item(2, 200)]
        made = one(500, f"{reference_of(2)} {reference_of(1)}", items=items)

        assert [(share.item, share.amount_minor) for share in made.shares] == [(1, 300), (2, 200)]

    def test_of_a_request_pay_its_invoices_and_the_rest_stays(self):
        name = reference_of(7, Kind.REQUEST)
        made = one(510, name, items=[item(1, 300), item(2, 200)], requests={name: [1, 2]})

        assert (made.status, made.rest_minor, made.payer) == (Status.AUTO, 10, 1)

    def test_beside_a_misspelt_one_are_left_to_a_person_unless_all_agrees(self):
        wrong = reference_of(2)[:-1] + str((int(reference_of(2)[-1]) + 1) % 10)
        items = [item(1, 300), item(2, 200)]

        assert one(500, f"{reference_of(1)} {wrong}", items=items).status is Status.SUGGESTED
        assert one(300, f"{reference_of(1)} {wrong}", items=items).status is Status.AUTO

    def test_that_are_misspelt_are_told(self):
        wrong = reference_of(99)[:-1] + str((int(reference_of(99)[-1]) + 1) % 10)

        assert one(300, wrong, items=[item(1, 200)]).code is Code.REFERENCE_CHECK_FAILED

    def test_of_another_currency_or_payer_are_left_to_a_person(self):
        assert one(300, reference_of(1), items=[item(1, 300, currency="HKD")]).code is Code.CURRENCY_MISMATCH
        made = one(300, reference_of(1), "A2", items=[item(1, 300)])
        assert (made.status, made.code, made.payer) == (Status.SUGGESTED, Code.PAYER_NOT_LESSEE, 2)

    def test_are_not_needed_on_a_sub_account(self):
        items = [item(1, 300, lease=9), item(2, 200, lease=9)]
        made = one(200, sub_account="S1", sub_accounts={"S1": 9}, items=items)
        part = one(350, sub_account="S1", sub_accounts={"S1": 9}, items=items)

        assert [share.item for share in made.shares] == [2]
        assert [(share.item, share.amount_minor) for share in part.shares] == [(1, 300), (2, 50)]


class TestKnownPayers:
    def test_fit_one_sum_or_none(self):
        items = [item(1, 100), item(2, 200), item(3, 400)]

        assert [share.item for share in one(500, "", "A1", items).shares] == [1, 3]
        assert one(550, "", "A1", items).code is Code.AMOUNT_MISMATCH
        assert one(300, "", "A1", [*items, item(4, 100)]).code is Code.AMBIGUOUS
        assert one(100, "", "A1", [*items, item(4, 100)]).code is Code.AMBIGUOUS

    def test_above_a_limit_or_with_many_invoices_a_person_decides(self):
        items = [item(1, 100), item(2, 200)]

        assert one(300, "", "A1", items, terms=Terms(auto_minor=299)).status is Status.SUGGESTED
        many = [item(key, 2**key) for key in range(1, 24)]
        assert one(2**1 + 2**2, "", "A1", many).status is Status.AUTO
        large = [item(key, key) for key in range(1, 3)] + [item(key, 1000) for key in range(3, 24)]
        assert one(1003, "", "A1", large).code is Code.AMBIGUOUS

    def test_a_trifle_too_little_is_suggested(self):
        made = one(99_950, "", "A1", [item(1, 100_000)])

        assert (made.match_pass, made.code) == ("P3", Code.AMOUNT_WITHIN_TOLERANCE)
        assert made.shares[0].let_off_minor == 50
        assert one(99_899, "", "A1", [item(1, 100_000)]).code is Code.AMOUNT_MISMATCH
        assert one(100_001, "", "A1", [item(1, 100_000)]).code is Code.AMOUNT_MISMATCH

    def test_instalments_of_one_invoice_are_suggested(self):
        lines = [
            Line(key, DAY, minor, counterparty_account="A1") for key, minor in ((1, 300), (2, 450), (3, 250))
        ]
        made = match(lines, Facts(items=[item(1, 1000)], accounts={"A1": 1}))

        assert {(each.match_pass, each.score, each.status) for each in made} == {
            ("P8", Decimal("0.95"), Status.SUGGESTED)
        }


class TestNames:
    def test_that_are_alike_are_suggested_once(self):
        names = {1: "苏州精工机械有限公司", 2: "宁波协力注塑厂"}
        items = [item(1, 300), item(2, 300, payer=2)]

        made = one(300, items=items, names=names, counterparty="苏州精工机械公司")
        assert (made.match_pass, made.shares[0].item, made.payer) == ("P7", 1, None)
        both = one(300, items=items, names={1: "苏州精工", 2: "苏州精工"}, counterparty="苏州精工")
        assert both.code is Code.AMBIGUOUS

    def test_are_compared_without_legal_forms(self):
        assert plain("Suzhou Jinggong Co., Ltd.") == plain("SUZHOU JINGGONG")
        assert not are_like("", "苏州")
        assert not are_like("苏州精工", "宁波协力")


class TestTargets:
    PAYOUT = Payout("po_1", "TR1", 500, DAY, ("STRIPE",))
    ORDER = Order("OUT-7", reference_of(7, Kind.ORDER), "A9", 800)

    def test_a_payout_is_found_by_its_days_and_once(self):
        late = [Payout("po_1", "", 500, DAY - timedelta(days=6), ("STRIPE",))]

        assert one(500, counterparty="Stripe Payments", payouts=[self.PAYOUT]).target == (Aim.PAYOUT, "po_1")
        assert one(500, counterparty="Stripe Payments", payouts=late).target is None
        twice = [self.PAYOUT, Payout("po_2", "", 500, DAY, ("STRIPE",))]
        assert one(500, counterparty="STRIPE", payouts=twice).code is Code.AMBIGUOUS
        assert one(501, "po_1", payouts=[self.PAYOUT]).code is Code.PAYOUT_DIFFERENCE

    def test_an_order_leaves_and_comes_back(self):
        assert one(-800, "", "A9", orders=[self.ORDER]).target == (Aim.ORDER, "OUT-7")
        assert one(-800, self.ORDER.reference, orders=[self.ORDER]).target == (Aim.ORDER, "OUT-7")
        assert one(800, "退汇", "A9", orders=[self.ORDER]).target == (Aim.RETURN, "OUT-7")
        assert one(800, "货款", "A9", orders=[self.ORDER]).target is None
        assert one(799, "OUT-7", orders=[self.ORDER]).code is Code.AMOUNT_MISMATCH

    def test_money_that_left_for_nothing_known_is_told(self):
        assert one(-10, "转账").code is Code.MOVEMENT_WITHOUT_LEDGER
        assert one(-10, "手续费", counterparty="张三").code is Code.MOVEMENT_WITHOUT_LEDGER
        assert one(-10, "冲正", "A1", booked=frozenset({("A1", 10)})).code is Code.REVERSAL_OF_MATCHED_LINE
        assert one(-10, "", "OWN", own=frozenset({"OWN"})).target == (Aim.RULE, "TRANSFER")


@pytest.mark.parametrize(
    ("amounts", "total", "found"),
    [([1, 2, 3], 6, [(0, 1, 2)]), ([1, 2, 3], 3, [(0, 1)]), ([1, 2, 3], 7, []), ([5], 5, [])],
)
def test_subsets(amounts, total, found):
    assert subsets(amounts, total, most=6) == found


class TestWhatWasRecorded:
    @pytest.mark.parametrize(
        ("memo", "found"),
        [
            ("缴款 FC-1", "ftr_1"),
            ("缴款FC-1。", "ftr_1"),
            ("fc 1", "ftr_1"),
            ("缴款 FC-10", "ftr_10"),
            ("XFC-1", None),
            ("", None),
        ],
    )
    def test_is_named_by_its_whole_reference(self, memo, found):
        recorded = [Recorded(f"ftr_{n}", f"FC-{n}", -500) for n in (1, 10)]
        recorded.append(Recorded("ftr_empty", " ", -500))

        made = one(-500, memo, recorded=recorded)

        assert made.target == ((Aim.RECORDED, found) if found else None)

    def test_may_have_a_reference_of_words(self):
        recorded = [Recorded("ftr_1", "基金第一期", -500)]

        assert one(-500, "付 基金第一期 缴款", recorded=recorded).target == (Aim.RECORDED, "ftr_1")
