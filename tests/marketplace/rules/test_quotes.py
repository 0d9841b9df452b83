from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.offers import InvalidOffer, checked_offer
from marketplace.rules.pricing.charge import charge
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import billed_unit, in_base_units, quote
from tests.factories.marketplace import HOURLY, RUN_RULE
from tests.marketplace.rules.pricing.plans import plan
from tests.marketplace.rules.pricing.timed import band, energy

PLAN = PricePlan.parse(HOURLY)
DAY = date(2026, 11, 20)


class TestQuote:
    def test_is_what_the_last_run_of_a_period_would_bill_plus_the_tax_of_the_day(self):
        priced = quote(PLAN, {"run_time": Decimal("18.12")}, share_of_period=Fraction(24, 31), on=DAY)

        billed = charge(PLAN, {"run_time": Decimal(65232)}, share_of_period=Fraction(24, 31), final=True)
        assert [taxed.line.net for taxed in priced.lines] == [line.net for line in billed.lines]
        assert [taxed.tax.minor for taxed in priced.lines] == [30194, 20258, 699]
        assert priced.gross == priced.net + priced.tax
        assert [taxed.gross.minor for taxed in priced.lines] == [262452, 176090, 12342]

    def test_counts_a_meter_that_is_not_given_as_zero(self):
        priced = quote(PLAN, {}, share_of_period=1, on=DAY)

        assert [taxed.line.net.minor for taxed in priced.lines] == [300000, 0, 9000]


class TestTimed:
    """Ten hours of a day are peak, at three times the price; use is spread over day and night."""

    PLAN = plan(energy("1", bands=[band("peak", "08:00", "18:00", factor="3")]))

    def test_is_priced_as_if_used_evenly(self):
        priced = quote(self.PLAN, {"energy": Decimal(240)}, share_of_period=1, on=DAY)

        assert priced.net.amount == 100 * 3 + 140

    @pytest.mark.parametrize(
        ("share", "days"), [(1, 30), (Fraction(17, 31), 16), (Fraction(1, 31), 1), (0, 1)]
    )
    def test_is_spread_over_the_days_of_the_share(self, share, days):
        least = plan(energy("0", window="day", commitment="10", true_up=True))

        assert quote(least, {"energy": Decimal(1)}, share_of_period=share, on=DAY).net.amount == 10 * days


class TestUnits:
    def test_are_those_of_the_plan(self):
        assert billed_unit(PLAN, "run_time") == "h"
        assert in_base_units(PLAN, {"run_time": Decimal("0.5")}) == {"run_time": Decimal(1800)}

    def test_of_a_meter_that_the_plan_does_not_bill_do_not_exist(self):
        with pytest.raises(StopIteration):
            billed_unit(PLAN, "parts")


class TestCheckedOffer:
    def test_spells_out_every_default(self):
        plan, rules = checked_offer(price_plan=HOURLY, count_rules=[RUN_RULE])

        assert PricePlan.parse(plan) == PLAN
        assert rules[0]["reclassify_days"] == 7

    def test_points_into_both_documents_at_once(self):
        with pytest.raises(InvalidOffer) as refused:
            checked_offer(price_plan={"version": 2}, count_rules=[{}])

        roots = {flaw.pointer.split("/")[1] for flaw in refused.value.flaws}
        assert roots == {"price_plan", "count_rules"}
        assert refused.value.facts["count"] == len(refused.value.flaws)

    def test_refuses_a_price_that_no_reading_carries(self):
        carried = {"id": "own", "kind": "dynamic", "meter": "run_time", "unit": "h"}

        with pytest.raises(InvalidOffer) as refused:
            checked_offer(
                price_plan=HOURLY | {"components": [*HOURLY["components"], carried]}, count_rules=[RUN_RULE]
            )

        place = f"/price_plan/components/{len(HOURLY['components'])}/meter"
        (found,) = refused.value.flaws
        assert (found.pointer, found.code) == (place, "amount_not_carried")
        assert found.text.format(**found.facts).startswith("No reading of the meter “run_time”")

    def test_refuses_rules_that_do_not_cover_the_plan(self):
        with pytest.raises(InvalidOffer) as refused:
            checked_offer(price_plan=HOURLY, count_rules=[])

        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [
            ("/count_rules", "meter_not_counted")
        ]
