from decimal import Decimal
from fractions import Fraction

import pytest

from billing.rules.what_if import NotComparable, changed_at, compare, other_plan
from marketplace.rules.pricing import charge
from marketplace.rules.pricing.changed import charge_changed
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import base, document, fee, hours, parts, plan
from tests.marketplace.rules.pricing.timed import at, month, spread

USAGE = {"parts": Decimal(100), "run_time": Decimal(36000)}


def minor(money):
    return money.minor


def faults(doc, counted=("parts",)):
    with pytest.raises(NotComparable) as refused:
        other_plan(doc, currency="CNY", counted=counted)
    assert refused.value.facts == {"count": len(refused.value.flaws)}
    for flaw in refused.value.flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer, flaw.code) for flaw in refused.value.flaws]


class TestCompare:
    def test_puts_the_lines_of_both_plans_side_by_side(self):
        present = charge(plan(base("1000"), parts("5"), fee("0.1")), USAGE, final=True)
        other = charge(plan(base("1000"), hours("60"), fee("0.1"), minimum="2000"), USAGE, final=True)

        found = compare(present, other)

        assert [
            (
                line.key.component,
                line.kind,
                line.meter,
                line.present.minor,
                line.other.minor,
                line.difference.minor,
            )
            for line in found.lines
        ] == [
            ("base", "base_fee", None, 1000_00, 1000_00, 0),
            ("parts", "per_unit", "parts", 500_00, 0, -500_00),
            ("fee", "percentage", None, 150_00, 200_00, 50_00),
            ("run", "per_unit", "run_time", 0, 600_00, 600_00),
            ("minimum", "minimum", None, 0, 400_00, 400_00),
        ]
        assert (found.present, found.other, found.difference) == (
            Money(1650_00, "CNY"),
            Money(2200_00, "CNY"),
            Money(550_00, "CNY"),
        )
        assert found.final


class TestOtherPlan:
    def test_is_read_where_the_lease_counts_what_it_asks_for(self):
        assert other_plan(document(parts("7"), base("1")), currency="CNY", counted=["parts"]).meters() == (
            "parts",
        )

    def test_is_refused_with_all_its_faults(self):
        assert faults(document(base("-1"), hours("x"))) == [
            ("/price_plan/components/0/amount", "negative"),
            ("/price_plan/components/1/price", "not_a_number"),
        ]

    def test_is_refused_for_what_the_lease_does_not_have(self):
        assert faults(document(base("1"), hours("2"), currency="USD")) == [
            ("/price_plan/components/1/meter", "not_counted"),
            ("/price_plan/currency", "other_currency"),
        ]


class TestChangedAt:
    COUNTED = (("2026-07-10 10:00", "3"), ("2026-07-16 00:00", "4"), ("2026-07-20 10:00", "5"))

    def cut(self, since, *plans):
        plans = plans or (plan(parts("1")),) * 2
        whole = spread(self.COUNTED, meter="parts")
        return changed_at(at(since), period=month(), plans=plans, whole=whole, anchor_day=1)

    def test_cuts_use_and_share_at_the_moment(self):
        before, after = self.cut("2026-07-16")

        assert (before.usage, after.usage) == ({"parts": 3}, {"parts": 9})
        assert (before.share, after.share) == (Fraction(15, 31), Fraction(16, 31))
        assert charge_changed([before, after], final=True).total().amount == 12

    def test_knows_no_use_of_a_meter_before_it_was_priced(self):
        before, after = self.cut("2026-07-16", plan(base("310")), plan(parts("2")))

        assert (before.usage, after.usage) == ({}, {"parts": 9})

    @pytest.mark.parametrize(
        ("since", "code"),
        [
            ("2026-07-16 10:07", "off_the_quarter_hour"),
            ("2026-07-01", "outside_period"),
            ("2026-08-01", "outside_period"),
        ],
    )
    def test_refuses_a_moment_at_which_use_is_not_cut(self, since, code):
        with pytest.raises(NotComparable) as refused:
            self.cut(since)

        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == ("/effective_from", code)
        assert flaw.text
