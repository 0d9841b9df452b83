"""Lines as an invoice keeps them: every field and every step, not only what they come to."""

from datetime import UTC
from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import charge, words
from marketplace.rules.pricing.changed import Stretch, charge_changed
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.even import evenly, evenly_over
from marketplace.rules.pricing.lines import Given, UsageNotRateable
from marketplace.rules.pricing.numbers import number
from marketplace.rules.pricing.plans import InvalidPlan
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.tax import rate_on
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests.marketplace.rules.pricing.plans import carried, fee, hours, parts, percent, plan, steps
from tests.marketplace.rules.pricing.timed import CHINA, at, band, highest, month, priced, spread

HALF = Fraction(1, 2)


def kept(line):
    """A line as it is kept, without what it has not."""
    return {name: value for name, value in line.dump().items() if value not in (None, [])}


def step(code, **numbers):
    return {"step": code, "numbers": numbers}


def yuan(amount):
    return {"minor": int(Decimal(amount) * 100), "currency": "CNY"}


class TestOfAPriceThatChanged:
    def test_say_what_the_running_total_had_cost_before(self):
        one = plan(hours("6", included="1", round_to="0.5"))
        stretches = [Stretch(one, {"run_time": Decimal(seconds)}, HALF) for seconds in (7000, 5000)]

        _, second = charge_changed(stretches, final=True).lines

        assert kept(second) == {
            "component": "run",
            "kind": "per_unit",
            "seller": "owner",
            "tax_category": "LEASE_MOVABLE",
            "amount": "9",
            "net": yuan("9"),
            "meter": "run_time",
            "unit": "h",
            "raw": "5000",
            "converted": "1.3888888889",
            "rounded": "1.5",
            "included": "1",
            "quantity": "1.5",
            "unit_price": "6",
            "steps": [
                step("measured", meter="run_time", raw="12000"),
                step("converted", raw="12000", size="3600", converted="3.3333333333", unit="h"),
                step("rounded", converted="3.3333333333", step="0.5", mode="nearest", rounded="3.5"),
                step("included", rounded="3.5", included="1", quantity="2.5"),
                step("priced", quantity="2.5", price="6", amount="15"),
                step("line_rounded", amount="15", net="15.00"),
                step("before_change", whole="15.00", before="6.00", amount="9.00"),
            ],
        }

    def test_do_not_keep_the_steps_that_the_whole_went_through(self):
        tiers = [{"up_to": "100", "unit": "5"}, {"up_to": None, "unit": "3"}]
        stretches = [Stretch(plan(steps(tiers)), {"parts": Decimal(units)}, HALF) for units in (80, 50)]

        first, second = charge_changed(stretches, final=True).lines

        assert [(tier.quantity, tier.amount) for tier in first.tiers] == [(80, 400)]
        assert second.tiers == ()

    def test_take_back_what_a_component_no_longer_owes(self):
        """1,000 at least until 250 parts make it 1,250: the second half takes the missing 500 back."""
        one = plan(parts("5", minimum={"amount": "1000"}))
        stretches = [Stretch(one, {"parts": Decimal(units)}, Fraction(1)) for units in (100, 350)]

        found = charge_changed(stretches, final=True).lines

        assert [(line.kind, line.net.amount, line.quantity) for line in found] == [
            ("per_unit", 500, 100),
            ("minimum", 500, None),
            ("per_unit", 1750, 350),
            ("minimum", -500, None),
        ]
        assert kept(found[3]) == {
            "component": "parts",
            "kind": "minimum",
            "seller": "owner",
            "tax_category": "LEASE_MOVABLE",
            "amount": "-500",
            "net": yuan("-500"),
            "meter": "parts",
            "steps": [step("before_change", whole="0.00", before="500.00", amount="-500.00")],
        }

    def test_have_all_shares_of_the_rent_of_each_stretch(self):
        """Two shares stay as they are, one is new: those that stay go on, the new one is of its stretch."""
        two = [fee("0.1"), fee("0.01", id="levy")]
        before, after = plan(parts("1"), *two), plan(parts("1"), *two, fee("0.5", id="new"))
        stretches = [
            Stretch(each, {"parts": Decimal(units)}, Fraction(1, 3))
            for each, units in ((before, 100), (before, 200), (after, 400))
        ]

        found = charge_changed(stretches, final=True).lines

        assert [(line.component, line.net.amount) for line in found] == [
            ("parts", 100),
            ("fee", 10),
            ("levy", 1),
            ("parts", 200),
            ("fee", 20),
            ("levy", 2),
            ("parts", 400),
            ("fee", 40),
            ("levy", 4),
            ("new", 200),
        ]

    def test_stand_in_the_charge_as_final_or_not(self):
        stretches = [Stretch(plan(parts("1")), {"parts": Decimal(1)}, Fraction(1))]

        assert charge_changed(stretches, final=True).final is True
        assert charge_changed(stretches, final=False).final is False

    def test_of_one_stretch_need_no_second(self):
        one = plan(parts("10"), discount=percent("10"), minimum="500", cap="600")

        for units, bounds in (
            (10, [("discount", -10), ("minimum", 410)]),
            (90, [("discount", -90), ("cap", -210)]),
        ):
            found = charge_changed([Stretch(one, {"parts": Decimal(units)}, Fraction(1))], final=True)
            assert [(line.kind, line.net.amount) for line in found.lines[1:]] == bounds

    def test_cap_what_the_minimum_asks_for(self):
        """The minimum of the first, the cap of the second: both lines stand."""
        first, second = plan(parts("1"), minimum="1000"), plan(parts("1"), cap="100")
        stretches = [
            Stretch(first, {"parts": Decimal(10)}, HALF),
            Stretch(second, {"parts": Decimal(20)}, HALF),
        ]

        found = charge_changed(stretches, final=True).lines

        assert [(line.kind, line.net.amount) for line in found] == [
            ("per_unit", 10),
            ("per_unit", 20),
            ("minimum", 490),
            ("cap", -460),
        ]

    def test_take_a_discount_that_is_an_amount_by_the_share_of_its_stretches(self):
        less = {"amount": "60"}
        with_it, without = plan(parts("1"), discount=less), plan(parts("1"))
        stretches = [
            Stretch(each, {"parts": Decimal(90)}, Fraction(1, 3)) for each in (with_it, with_it, without)
        ]

        found = charge_changed(stretches, final=True).lines

        assert [(line.kind, line.net.amount) for line in found] == [
            ("per_unit", 90),
            ("per_unit", 90),
            ("discount", -40),
            ("per_unit", 90),
        ]

    def test_take_no_discount_off_nothing(self):
        one = plan(parts("1"), discount=percent("10"))
        stretches = [Stretch(one, {"parts": Decimal(0)}, HALF)] * 2

        found = charge_changed(stretches, final=True).lines

        assert [(line.kind, line.net.minor) for line in found] == [("per_unit", 0), ("per_unit", 0)]


class TestOfALeaseThatEndsAfterAChange:
    TERM = Term(Fraction(1), Fraction(1), Money.zero("CNY"), {}, {})

    def ended(self, one, *, final=True):
        stretches = [Stretch(one, {"parts": Decimal(units)}, HALF) for units in (10, 20)]
        return charge_changed(stretches, final=final, term=self.TERM).lines

    def test_ask_for_the_minimum_of_the_term(self):
        found = self.ended(plan(parts("1"), fee("0.1"), term_minimum={"amount": "100"}))

        assert [(line.component, line.net.amount) for line in found] == [
            ("parts", 10),
            ("fee", 1),
            ("parts", 20),
            ("term_minimum", 70),
            ("fee", 9),
        ]

    def test_ask_for_that_of_a_component_and_of_a_share(self):
        found = self.ended(
            plan(
                parts("1", term_minimum={"amount": "100"}),
                parts("1", id="more"),
                fee("0.1", term_minimum={"amount": "50"}),
                fee("0.1", id="levy"),
            )
        )

        assert [(line.component, line.kind, line.net.amount) for line in found[-5:]] == [
            ("more", "per_unit", 20),
            ("parts", "term_minimum", 70),
            ("fee", "percentage", 11),
            ("levy", "percentage", 11),
            ("fee", "term_minimum", 37),
        ]

    def test_ask_for_it_in_the_last_run_only(self):
        found = self.ended(plan(parts("1"), term_minimum={"amount": "100"}), final=False)

        assert [line.component for line in found] == ["parts", "parts"]


class TestOfTheHighestWindow:
    def test_say_which_it_was_and_what_it_cost(self):
        one = plan(highest("38", tax_category="LEASEBACK", round_to="1", round="up"))

        (line,) = priced(
            one, spread([("2026-07-03 10:00", "5.5"), ("2026-07-03 10:15", "4"), ("2026-07-19 10:15", "9")])
        ).lines

        assert kept(line) == {
            "component": "peak",
            "kind": "peak",
            "seller": "owner",
            "tax_category": "LEASEBACK",
            "amount": "380",
            "net": yuan("380"),
            "meter": "energy",
            "unit": "kWh",
            "raw": "18.5",
            "converted": "9.5",
            "rounded": "10",
            "included": "0",
            "quantity": "10",
            "tiers": [
                {
                    "above": "0",
                    "up_to": None,
                    "quantity": "10",
                    "unit_price": "38",
                    "flat": "0",
                    "amount": "380",
                }
            ],
            "steps": [
                step("measured", meter="energy", raw="18.5"),
                step("peak", at="2026-07-03 10:00", quantity="10", unit="kWh"),
                step("tier", above="0", quantity="10", unit="38", flat="0", amount="380"),
                step("line_rounded", amount="380", net="380.00"),
            ],
        }

    @pytest.mark.parametrize(
        ("fields", "code", "choices"),
        [
            (
                {"meter": "parts", "unit": "piece", "demand": True, "window": "hour"},
                "demand_of_energy",
                "energy, power",
            ),
            ({"demand": True, "window": "day"}, "demand_window", "quarter, hour"),
        ],
    )
    def test_refuse_what_is_no_demand(self, fields, code, choices):
        with pytest.raises(InvalidPlan) as refused:
            plan({**highest("38"), **fields})

        (flaw,) = refused.value.flaws
        assert (flaw.code, flaw.facts["choices"]) == (code, choices)


class TestOfWhatIsIncludedInWindows:
    def test_say_what_was_taken(self):
        one = plan(hours("60", included="1", included_per="day", round_to="0.5"))

        (line,) = priced(
            one, spread([("2026-07-03 10:00", "5000"), ("2026-07-04 10:00", "1800")], meter="run_time")
        ).lines

        assert (line.raw, line.rounded, line.included, line.quantity) == (
            6800,
            2,
            Decimal("1.5"),
            Decimal("0.5"),
        )
        assert str(line.converted) == "1.8888888889"
        assert kept(line)["steps"][2:4] == [
            step("rounded", converted="1.8888888889", step="0.5", mode="nearest", rounded="2"),
            step("included_day", rounded="2", each="1", included="1.5", quantity="0.5"),
        ]


class TestOfBandsAndWindows:
    PLAN = plan(
        {
            "id": "run",
            "kind": "time_of_day",
            "meter": "run_time",
            "unit": "h",
            "price": "10",
            "round_to": "0.5",
            "tax_category": "LEASEBACK",
            "bands": [band("night", "22:00", "06:00", factor="0.5")],
            "window": "day",
            "commitment": "30",
            "overage_factor": "1.5",
        }
    )

    def test_say_what_each_band_and_what_was_over_cost(self):
        """
        The first day has 3.75 h, rounded to 4: 1.5 by day and 2.5 by night cost 27.50; the second has 4 h for
        40.00, of which 10.00 lie over the commitment and cost half as much again.
        """
        counted = [("2026-07-03 10:00", "4500"), ("2026-07-03 23:00", "9000"), ("2026-07-04 12:00", "14400")]

        (line,) = priced(self.PLAN, spread(counted, meter="run_time")).lines

        assert kept(line) == {
            "component": "run",
            "kind": "time_of_day",
            "seller": "owner",
            "tax_category": "LEASEBACK",
            "amount": "72.5",
            "net": yuan("72.5"),
            "meter": "run_time",
            "unit": "h",
            "raw": "27900",
            "converted": "7.75",
            "rounded": "8",
            "included": "0",
            "quantity": "8",
            "steps": [
                step("measured", meter="run_time", raw="27900"),
                step("converted", raw="27900", size="3600", converted="7.75", unit="h"),
                step("rounded", converted="7.75", step="0.5", mode="nearest", rounded="8"),
                step("band", name="night", quantity="2.5", price="5.0", amount="12.5"),
                step("priced", quantity="5.5", price="10", amount="55"),
                step("window_over", before="67.5", more="5", amount="72.5"),
                step("line_rounded", amount="72.5", net="72.50"),
            ],
        }


class TestOfCarriedPrices:
    def test_say_what_was_carried(self):
        one = plan(carried("1.5", id="moulds", tax_category="LEASEBACK"))

        usage, amounts = {"parts": Decimal(7)}, {"parts": Decimal("10.11")}
        (line,) = charge(one, usage, final=True, amounts=amounts).lines

        assert one.components[0].line(Given("CNY", usage, Fraction(1), amounts=amounts)) == line
        assert kept(line) == {
            "component": "moulds",
            "kind": "dynamic",
            "seller": "owner",
            "tax_category": "LEASEBACK",
            "amount": "15.165",
            "net": yuan("15.17"),
            "meter": "parts",
            "unit": "piece",
            "raw": "7",
            "converted": "7",
            "rounded": "7",
            "included": "0",
            "quantity": "7",
            "unit_price": "2.1664285714",
            "steps": [
                step("measured", meter="parts", raw="7"),
                step("carried", carried="10.11", multiplier="1.5", amount="15.165"),
                step("line_rounded", amount="15.165", net="15.17"),
            ],
        }


class TestOfMinima:
    def test_say_what_was_missing_of_a_quantity(self):
        """Half a month asks for 25 of 50 parts; 7 were made."""
        least = {"quantity": "50"}
        one = plan(parts("2", minimum=least, tax_category="LEASEBACK", seller="platform"))

        found = charge(one, {"parts": Decimal(7)}, final=True, share_of_period=HALF).lines

        assert kept(found[1]) == {
            "component": "parts",
            "kind": "minimum",
            "seller": "platform",
            "tax_category": "LEASEBACK",
            "amount": "36.00",
            "net": yuan("36"),
            "meter": "parts",
            "unit": "piece",
            "quantity": "18",
            "steps": [
                step("least_quantity", full="50", share="1/2", least="25", quantity="7"),
                step("least_priced", least="50.00", used="14.00", net="36.00"),
            ],
        }
        assert len(charge(one, {"parts": Decimal(25)}, final=True, share_of_period=HALF).lines) == 1

    def test_say_what_was_missing_of_a_quantity_of_the_term(self):
        one = plan(parts("2", term_minimum={"quantity": "100"}, discount=percent("10")))
        first = charge(one, {"parts": Decimal(10)}, final=True)
        term = ending([first], currency="CNY", share=Fraction(1), years=Fraction(1))

        line = charge(one, {"parts": Decimal(20)}, final=True, term=term).lines[2]

        assert kept(line) == {
            "component": "parts",
            "kind": "term_minimum",
            "seller": "owner",
            "tax_category": "LEASE_MOVABLE",
            "amount": "126",
            "net": yuan("126"),
            "meter": "parts",
            "unit": "piece",
            "quantity": "70",
            "steps": [
                step("least_of_term", full="100", share="1", amount="100"),
                step("term_units", least="100", before="10", now="20", units="70"),
                step("term_priced", units="70", now="20", amount="140"),
                step("discounted", full="140", percent="10", less="14", amount="126"),
                step("line_rounded", amount="126", net="126.00"),
            ],
            "term": {
                "share": "1",
                "years": "1",
                "rent": yuan("18"),
                "nets": {"parts": 1800},
                "units": {"parts": "10"},
            },
        }

    def test_say_what_was_missing_of_the_rent_of_the_term(self):
        """One fen is missing, and asked for."""
        one = plan(parts("2"), term_minimum={"amount": "60.01"})
        first = charge(one, {"parts": Decimal(10)}, final=True)
        term = ending([first], currency="CNY", share=Fraction(1), years=Fraction(1))

        line = charge(one, {"parts": Decimal(20)}, final=True, term=term).lines[1]

        assert kept(line) | {"term": ...} == {
            "component": "term_minimum",
            "kind": "term_minimum",
            "seller": "owner",
            "tax_category": "LEASE_MOVABLE",
            "amount": "0.01",
            "net": yuan("0.01"),
            "steps": [
                step("least_of_term", full="60.01", share="1", amount="60.01"),
                step("term_minimum", least="60.01", before="20.00", now="40.00", net="0.01"),
            ],
            "term": ...,
        }


def test_rent_is_what_the_owner_sells_without_its_own_shares_of_the_rent():
    one = plan(parts("1"), fee("0.1", seller="owner"), parts("1", id="ours", seller="platform"))

    rent = charge(one, {"parts": Decimal(100)}, final=True).rent()

    assert [line.component for line in rent] == ["parts"]


class TestTime:
    def test_in_which_nothing_is_known_of_earlier_periods(self):
        rolling = plan(parts("1", included="10", included_rolls=True))

        with pytest.raises(UsageNotRateable) as refused:
            charge(rolling, {"parts": Decimal(1)}, final=True)

        assert refused.value.facts == {"meter": "parts"}
        assert priced(rolling, Spread(CHINA, month(), {"parts": []})).total().minor == 0

    def test_is_cut_at_quarters_of_an_hour_from_any_start(self):
        """From 10:10 to 10:40: five, fifteen and ten minutes of thirty."""
        period = Period(at("2026-07-01 10:10"), at("2026-07-01 10:40"))

        found = evenly_over({"parts": Decimal(30)}, period, zone=CHINA, earlier={"parts": [Decimal(7)]})

        assert found.zone is CHINA
        assert [(f"{one.start:%H:%M}", one.quantity) for one in found.of("parts")] == [
            ("10:10", 5),
            ("10:15", 15),
            ("10:30", 10),
        ]
        assert found.earlier == {"parts": [7]}
        assert len(found.windows("parts", "quarter", empty=True)) == 3

    def test_of_an_estimate_is_in_local_days(self):
        found = evenly(
            {"parts": Decimal(96)}, start=at("2026-07-01 23:30").astimezone(UTC), days=1, zone=CHINA
        )

        assert found.zone is CHINA
        assert (found.period.start, found.period.end) == (at("2026-07-01 00:00"), at("2026-07-02 00:00"))


@pytest.mark.parametrize(
    ("value", "written"), [("1.50", "1.5"), ("100", "100"), ("2.00", "2"), ("1E+3", "1000"), ("0", "0")]
)
def test_numbers_are_written_without_an_exponent_and_zeros_behind(value, written):
    assert number(Decimal(value)) == written


def test_a_rate_says_from_when_until_when_and_by_what():
    rates = [
        rate_on("LEASE_MOVABLE", day)
        for day in (at("2025-12-31 12:00").date(), at("2026-01-01 12:00").date())
    ]

    assert [rate.category for rate in rates] == ["LEASE_MOVABLE"] * 2
    assert [rate.rate for rate in rates] == [Decimal("0.13")] * 2
    assert rates[0].valid_to == rates[1].valid_from
    assert all(rate.legal_basis for rate in rates) and rates[0].legal_basis != rates[1].legal_basis


def test_every_step_of_these_lines_has_words():
    assert {"before_change", "peak", "included_day"} <= set(words.STEPS)
