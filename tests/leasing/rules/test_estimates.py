"""What an expected use would cost."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from leasing.rules.estimates import estimate
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests.leasing.world import END, PERIOD, PLAN, START

SHANGHAI = ZoneInfo("Asia/Shanghai")


def price(plan, usage, period=PERIOD, anchor_day=1):
    return estimate(PricePlan.parse(plan), usage, period, zone=SHANGHAI, anchor_day=anchor_day)


class TestEstimate:
    def test_prices_each_month_as_its_invoice_would(self):
        made = price(PLAN, {"run_time": Decimal(610)})

        # March 310 h, April 300 h; 3,000 + h × 86, platform 5 % of it
        assert [piece.usage["run_time"] for piece in made.pieces] == [Decimal(310), Decimal(300)]
        assert [piece.quote.net.minor for piece in made.pieces] == [3_114_300, 3_024_000]
        assert made.net == Money(6_138_300, "CNY")
        assert made.tax == Money(385_580 + 374_400 + 8_898 + 8_640, "CNY")
        assert made.gross == made.net + made.tax

    def test_charges_a_part_of_a_month_by_its_days(self):
        made = price(PLAN, {}, Period(START, START.replace(month=3, day=10, hour=16)))

        assert made.pieces[0].quote.lines[0].line.net.minor == 96_774

    def test_spreads_whole_pieces_that_add_up(self):
        plan = PLAN | {
            "components": [
                {"id": "parts", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "0.10"}
            ]
        }
        made = price(plan, {"parts": Decimal(101)}, Period(START, END))

        assert [piece.usage["parts"] for piece in made.pieces] == [Decimal(51), Decimal(50)]

    def test_costs_the_minimum_without_use(self):
        made = price(PLAN | {"minimum": {"amount": "5000.00"}}, {})

        assert [piece.quote.net.minor for piece in made.pieces] == [525_000, 525_000]
