from decimal import Decimal

import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan
from tests.marketplace.rules.pricing.plans import document, plan
from tests.marketplace.rules.pricing.timed import highest, month, priced, spread

DEMAND = {"window": "quarter", "demand": True}


def only(charge):
    (line,) = charge.lines
    return line


class TestPeak:
    def test_charges_the_kilowatts_of_the_highest_quarter_hour(self):
        """45 kWh in a quarter-hour are 180 kW; at 38.00 a kilowatt, as large industry pays it."""
        counted = [("2026-07-01 09:00", "30"), ("2026-07-14 10:15", "45"), ("2026-07-20 10:15", "45")]

        line = only(priced(plan(highest("38", **DEMAND)), spread(counted)))

        assert (line.quantity, line.unit, line.raw) == (180, "kW", 120)
        assert line.net.amount == 6840
        assert dict(line.steps[1].numbers) == {"at": "2026-07-14 10:15", "quantity": "180", "unit": "kW"}

    def test_of_hours_is_lower(self):
        counted = [("2026-07-01 10:00", "30"), ("2026-07-01 10:15", "10"), ("2026-07-01 11:00", "25")]

        line = only(priced(plan(highest("10", window="hour", demand=True)), spread(counted)))

        assert line.quantity == 40

    def test_goes_through_steps(self):
        tiers = [{"up_to": "100", "unit": "0"}, {"up_to": None, "unit": "2", "flat": "5"}]
        counted = [("2026-07-01 09:00", "80"), ("2026-07-02 09:00", "60"), ("2026-07-02 10:00", "90")]

        line = only(priced(plan(highest("1", tiers=tiers)), spread(counted)))

        assert (line.quantity, line.net.amount, line.unit) == (150, 105, "kWh")

    def test_rounds_the_highest_window_once(self):
        a_plan = plan({**highest("10"), "meter": "run_time", "unit": "h", "round_to": "1", "round": "up"})
        counted = [("2026-07-01 09:00", "3601"), ("2026-07-02 09:00", "3599")]

        line = only(priced(a_plan, spread(counted, meter="run_time")))

        assert (line.quantity, line.net.amount) == (2, 20)
        assert line.converted == Decimal("1.0002777778")

    @pytest.mark.parametrize("counted", [[], [("2026-07-01 09:00", "0")]])
    def test_is_nothing_without_use(self, counted):
        line = only(priced(plan(highest("10")), spread(counted, period=month())))

        assert (line.quantity, line.net.amount) == (0, 0)


class TestRead:
    def test_reads_what_it_writes(self):
        whole = plan(highest("38", **DEMAND))

        assert PricePlan.parse(whole.dump()) == whole
        assert whole.timed_meters() == ("energy",)

    @pytest.mark.parametrize(
        ("component", "fault"),
        [
            (highest("1", window="month"), ("/window", "not_a_choice")),
            (highest("1", window="day", demand=True), ("/window", "demand_window")),
            (highest("1", **DEMAND, meter="parts"), ("/demand", "demand_of_energy")),
            (highest("1", demand=1), ("/demand", "not_a_switch")),
            (highest("1", included="3"), ("/included", "unknown_field")),
            (highest("1", tiers=[]), ("/tiers", "not_a_list")),
        ],
    )
    def test_points_at_a_fault(self, component, fault):
        with pytest.raises(InvalidPlan) as refused:
            PricePlan.parse(document(component))

        found = [(flaw.pointer.removeprefix("/components/0"), flaw.code) for flaw in refused.value.flaws]
        assert fault in found
        assert all(flaw.text.format(**flaw.facts) for flaw in refused.value.flaws)
