"""What an expected use would cost."""

from datetime import datetime
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

    def test_settles_the_minimum_of_the_whole_lease_with_its_last_month(self):
        plan = PLAN | {"term_minimum": {"amount": "10000.00"}}

        made = price(plan, {})

        # 3,000 + 5 % in March; in April 3,000, 4,000 up to the minimum, and 5 % of both
        assert [piece.quote.net.minor for piece in made.pieces] == [315_000, 735_000]

    def test_settles_it_by_years_where_it_is_owed_for_a_year(self):
        plan = PLAN | {"term_minimum": {"amount": "73000.00", "per": "year"}}

        made = price(plan, {})

        # 61 of 365 days: 12,200.00, less 6,000.00
        assert made.pieces[1].quote.lines[-2].line.net.minor == 620_000

    def test_asks_for_none_of_it_for_a_part_of_a_lease(self):
        plan = PricePlan.parse(PLAN | {"term_minimum": {"amount": "10000.00"}})

        part = estimate(plan, {}, PERIOD, zone=SHANGHAI, anchor_day=1, is_whole=False)

        assert [piece.quote.net.minor for piece in part.pieces] == [315_000, 315_000]


class TestWhatLooksBackOrAtTheClock:
    """An estimate knows the periods before, and the days of each, as the invoices will."""

    YEAR = Period(datetime(2027, 1, 1, tzinfo=SHANGHAI), datetime(2028, 1, 1, tzinfo=SHANGHAI))

    def total(self, component, parts, period=YEAR):
        a_plan = PricePlan.parse({"version": 1, "currency": "CNY", "components": [component]})
        usage = {"parts": Decimal(parts)}
        return estimate(a_plan, usage, period, zone=SHANGHAI, anchor_day=1).net.amount

    def test_what_is_included_in_the_term_is_given_once(self):
        included = {"included": "100", "included_per": "term"}
        one = {"id": "a", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "10", **included}

        assert self.total(one, 1_200) == 11_000  # 1,100 parts at 10, not twelve times 100 for nothing

    def test_a_band_of_june_holds_in_june(self):
        june = {"name": "june", "from": "00:00", "to": "24:00", "price": "10"}
        june |= {"valid_from": "2027-06-01", "valid_to": "2027-07-01"}
        one = {"id": "a", "kind": "time_of_day", "meter": "parts", "unit": "piece", "price": "1"}
        month = Period(datetime(2027, 6, 1, tzinfo=SHANGHAI), datetime(2027, 7, 1, tzinfo=SHANGHAI))

        assert self.total(one | {"bands": [june]}, 300, month) == 3_000
