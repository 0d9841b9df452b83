from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from marketplace.rules.pricing import PricePlan, UsageNotRateable, charge, words
from marketplace.rules.pricing.changed import Stretch, charge_changed
from marketplace.rules.pricing.spread import Spread
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    document,
    fee,
    fee_in_steps,
    hours,
    parts,
    percent,
    plan,
    steps,
)
from tests.marketplace.rules.pricing.timed import CHINA, at, band, energy, highest, month, priced, spread
from tests.marketplace.vectors import rating

HALF = Fraction(1, 2)
TIERS = [{"up_to": "100", "unit": "5"}, {"up_to": None, "unit": "3"}]


def changed(*stretches, final=True):
    """The charge of (plan, parts) in halves of a period."""
    return charge_changed(
        [Stretch(a_plan, {"parts": Decimal(count)}, HALF) for a_plan, count in stretches], final=final
    )


def nets(charged):
    return [(line.component, line.net.amount) for line in charged.lines]


def restarting(*components, **bounds):
    return PricePlan.parse(document(*components, **bounds) | {"after_change": "restart"})


class TestUse:
    def test_is_billed_at_the_price_in_force_when_it_happened(self):
        found = changed((plan(parts("5")), 30), (plan(parts("4")), 10))

        assert nets(found) == [("parts", 150), ("parts", 40)]
        assert [line.quantity for line in found.lines] == [30, 10]

    @pytest.mark.parametrize("case", rating("pending_usage", names={"polar-two-prices"}))
    def test_has_one_line_a_price(self, case):
        entries = [(Decimal(one["units"]), one["unit"]) for one in case["input"]["entries"]]
        prices = list(dict.fromkeys(price for _, price in entries))

        found = changed(
            *((plan(parts(price)), sum(units for units, at in entries if at == price)) for price in prices)
        )

        assert [line.net.amount for line in found.lines] == [
            Decimal(net) for net in case["expected"]["lines"]
        ]

    def test_goes_on_through_the_steps_of_the_plan_that_follows(self):
        dearer = [{"up_to": "100", "unit": "6"}, {"up_to": None, "unit": "4"}]

        found = changed((plan(steps(TIERS)), 80), (plan(steps(dearer)), 50))

        assert nets(found) == [("parts", 400), ("parts", 20 * 6 + 30 * 4)]
        assert [step.code for step in found.lines[1].steps][-2:] == ["line_rounded", "before_change"]

    def test_begins_the_steps_anew_where_the_plan_says_so(self):
        found = changed((plan(steps(TIERS)), 80), (restarting(steps(TIERS)), 50))

        assert nets(found) == [("parts", 400), ("parts", 250)]

    def test_uses_up_what_is_included_once(self):
        free = plan(parts("1", included="100"))

        assert nets(changed((free, 80), (free, 50))) == [("parts", 0), ("parts", 30)]
        assert nets(changed((free, 80), (restarting(parts("1", included="100")), 50)))[1] == ("parts", 0)

    def test_of_a_meter_that_was_not_priced_before(self):
        stretches = [
            Stretch(plan(base("100")), {"parts": Decimal(80)}, HALF),
            Stretch(plan(base("100"), parts("2")), {"parts": Decimal(10)}, HALF),
        ]

        assert nets(charge_changed(stretches, final=True)) == [("base", 50), ("base", 50), ("parts", 20)]

    def test_counts_from_nothing_where_nothing_was_counted_before(self):
        _, second = changed((plan(parts("5")), 0), (plan(parts("5")), 10)).lines

        assert (second.raw, second.rounded, second.quantity) == (10, 10, 10)

    def test_is_nothing_where_a_stretch_does_not_know_the_meter(self):
        one = plan(parts("5", included="2"))
        stretches = [Stretch(one, {}, HALF), Stretch(one, {"parts": Decimal(10)}, HALF)]

        with pytest.raises(UsageNotRateable):
            charge_changed([Stretch(plan(hours("5")), {"run_time": Decimal(-1)}, HALF)], final=True)
        assert nets(charge_changed(stretches, final=True)) == [("parts", 0), ("parts", 40)]


class TestFeesForTime:
    """Half a fen is rounded up: who goes on pays it once, who begins anew each time."""

    def test_that_stay_go_on_even_where_steps_begin_anew(self):
        fees = [plan(base("0.01")), restarting(base("0.01"))]

        assert nets(changed(*((one, 0) for one in fees))) == [("base", Decimal("0.01")), ("base", 0)]

    def test_that_changed_are_shared_by_stretch(self):
        found = changed((plan(base("0.01")), 0), (plan(base("0.03")), 0))

        assert nets(found) == [("base", Decimal("0.01")), ("base", Decimal("0.02"))]


class TestSharesOfTheRent:
    STEPS = [{"up_to": "100", "rate": "0.5"}, {"up_to": None, "rate": "0.1"}]

    def test_that_are_new_begin_their_steps_with_their_stretch(self):
        before, after = plan(parts("1")), plan(parts("1"), fee_in_steps(self.STEPS))

        assert nets(changed((before, 100), (after, 100)))[-1] == ("fee", 50)
        assert nets(changed((after, 100), (after, 100)))[-1] == ("fee", 10)

    def test_say_nothing_of_a_change_before_there_was_one(self):
        first = changed((plan(parts("1"), fee("0.1")), 100), (plan(parts("1"), fee("0.1")), 100)).lines[1]

        assert [step.code for step in first.steps] == ["percentage", "line_rounded"]

    def test_that_are_new_have_the_least_of_their_own_stretch(self):
        before, after = plan(parts("1")), plan(parts("1"), fee("0.1", minimum={"amount": "60"}))
        third = Fraction(1, 3)
        stretches = [Stretch(one, {"parts": Decimal(0)}, third) for one in (before, before, after)]

        assert nets(charge_changed(stretches, final=True))[-1] == ("fee", 20)


class TestBounds:
    def test_are_those_of_the_whole_period_where_they_did_not_change(self):
        one = plan(parts("10"), cap="1000")

        assert nets(changed((one, 90), (one, 20))) == [("parts", 900), ("parts", 200), ("cap", -100)]

    def test_are_shared_by_stretch(self):
        found = changed(
            (plan(base("300"), parts("1"), minimum="600"), 0), (plan(parts("1"), minimum="1000"), 5)
        )

        assert nets(found) == [("base", 150), ("parts", 0), ("parts", 5), ("minimum", 645)]

    def test_hold_for_the_stretches_that_have_them(self):
        found = changed((plan(parts("10")), 90), (plan(parts("10"), cap="1000"), 70))

        assert nets(found) == [("parts", 900), ("parts", 700), ("cap", -200)]

    def test_ask_for_a_minimum_at_the_end_only(self):
        one = plan(parts("10"), minimum="1000")

        assert nets(changed((one, 9), (one, 2), final=False)) == [("parts", 90), ("parts", 20)]
        assert nets(changed((one, 90), (one, 20))) == [("parts", 900), ("parts", 200)]

    def test_are_in_the_share_of_the_last_stretch(self):
        found = changed(
            (plan(parts("10"), fee("0.1")), 10), (plan(parts("10"), fee("0.2"), minimum="400"), 10)
        )

        assert nets(found) == [
            ("parts", 100),
            ("fee", 10),
            ("parts", 100),
            ("minimum", 100),
            ("fee", 40),
        ]

    def test_of_a_term_are_charged_with_the_last_of_all_stretches(self):
        one = plan(parts("1"), fee("0.1"), term_minimum={"amount": "100"})
        term = Term(Fraction(1), Fraction(1), Money.zero("CNY"), {}, {})
        stretches = [Stretch(one, {"parts": Decimal(10)}, Fraction(1, 3))] * 3

        found = charge_changed(stretches, final=True, term=term)

        assert [(line.kind, line.net.amount) for line in found.lines] == [
            *(("per_unit", 10), ("percentage", 1)) * 2,
            ("per_unit", 10),
            ("term_minimum", 70),
            ("percentage", 8),
        ]

    def test_of_a_quantity_are_taken_back_with_what_they_had_asked_for(self):
        one = plan(parts("5", minimum={"quantity": "200"}))

        found = changed((one, 40), (one, 250)).lines

        assert [(line.kind, line.net.amount, line.quantity) for line in found] == [
            ("per_unit", 200, 40),
            ("minimum", 300, 60),
            ("per_unit", 1250, 250),
            ("minimum", -300, -60),
        ]

    def test_take_a_discount_off_where_one_rate_of_tax_has_nothing(self):
        one = plan(parts("1"), base("0", tax_category="SERVICE"), discount=percent("10"))

        assert nets(changed((one, 50), (one, 50)))[-1] == ("discount", -10)


class TestTime:
    BERLIN = ZoneInfo("Europe/Berlin")

    def joined(self, one, *counted, final=True, earlier=()):
        period = month("2026-07-01", "2026-07-04", self.BERLIN)
        stretches = []
        for each in counted:
            there = spread(each, meter="parts", period=period, zone=self.BERLIN, earlier=earlier)
            usage = {"parts": Decimal(sum(Decimal(quantity) for _, quantity in each))}
            stretches.append(Stretch(one, usage, HALF, there))
        return charge_changed(stretches, final=final)

    def test_is_that_of_the_first_stretch(self):
        """Both are of one day in Berlin, and would be of two in China."""
        one = plan(parts("1", included="3", included_per="day"))

        found = self.joined(one, [("2026-07-01 00:30", "5")], [("2026-07-01 23:30", "5")])

        assert nets(found) == [("parts", 2), ("parts", 5)]

    def test_of_windows_without_use_counts_too(self):
        one = plan(parts("1", included="3", included_per="day", included_rolls=True))

        found = self.joined(one, [("2026-07-01 10:00", "1")], [("2026-07-03 10:00", "9")])

        assert nets(found) == [("parts", 0), ("parts", 1)]

    def test_before_the_period_is_known_to_all_stretches(self):
        one = plan(parts("1", included="10", included_per="term"))

        found = self.joined(one, [("2026-07-01 10:00", "1")], [("2026-07-03 10:00", "9")], earlier=["8"])

        assert nets(found) == [("parts", 0), ("parts", 8)]

    def test_is_not_over_before_the_last_run(self):
        lifted = {"window": "day", "commitment": "10", "true_up": True}
        one = plan({**energy("1", id="parts", **lifted), "meter": "parts", "unit": "piece"})
        counted = [("2026-07-01 10:00", "1")], [("2026-07-02 10:00", "2")]

        assert nets(self.joined(one, *counted)) == [("parts", 10), ("parts", 10)]
        assert nets(self.joined(one, *counted, final=False)) == [("parts", 1), ("parts", 2)]

    def test_of_a_meter_may_be_in_one_stretch_alone(self):
        one = plan(energy("1", window="day"), parts("1"))
        empty = Spread(CHINA, month(), {})
        usage = {"energy": Decimal(3), "parts": Decimal(0)}
        first = Stretch(one, usage, HALF, spread([("2026-07-03 10:00", "3")]))
        second = Stretch(one, usage | {"energy": Decimal(0)}, HALF, empty)

        assert nets(charge_changed([first, second], final=True))[::2] == [("power", 3), ("power", 0)]


class TestNoChange:
    WHOLE = plan(
        base("999.99"),
        steps(TIERS),
        by_total(TIERS, id="total"),
        parts("0.333", id="more", included="20", round_to="10"),
        energy("0.60", bands=[band("a", "10:00", "12:00", factor="2")]),
        highest("38"),
        {**energy("3", id="hourly"), "window": "hour", "commitment": "10", "true_up": True},
        hours("7"),
        fee("0.03"),
        minimum="100",
        cap="5000",
    )
    COUNTED = [("2026-07-03 10:00", "5"), ("2026-07-19 10:15", "9"), ("2026-07-19 13:00", "7")]

    def test_changes_nothing(self):
        """One plan in two stretches costs what it costs in one, line by line, to the fen."""
        usage = {"parts": Decimal(130), "run_time": Decimal(7200)}
        first, second = spread(self.COUNTED[:1]), spread(self.COUNTED[1:])
        halves = [
            Stretch(
                self.WHOLE,
                {"parts": Decimal(77), "run_time": Decimal(1000), "energy": Decimal(5)},
                HALF,
                first,
            ),
            Stretch(
                self.WHOLE,
                {"parts": Decimal(53), "run_time": Decimal(6200), "energy": Decimal(16)},
                HALF,
                second,
            ),
        ]

        found = charge_changed(halves, final=True)
        whole = charge(self.WHOLE, usage | {"energy": Decimal(21)}, final=True, spread=spread(self.COUNTED))

        assert found.by_key() == whole.by_key()
        assert {line.raw for line in found.lines if line.component in ("base", "fee")} == {None}

    def test_has_words(self):
        assert words.phrases(restarting(parts("1")))[-1].msgid.startswith("steps and included quantities")
        for line in changed((plan(parts("5")), 30), (plan(parts("4")), 10)).lines:
            for step in line.steps:
                assert words.STEPS[step.code].format(**step.numbers)


def test_a_plan_says_how_it_follows():
    afresh = restarting(parts("1"))

    assert PricePlan.parse(afresh.dump()) == afresh
    assert "after_change" not in plan(parts("1")).dump()


def test_stretches_are_in_one_currency():
    with pytest.raises(ValueError, match=r"^a period has stretches in one currency$"):
        changed((plan(parts("1")), 1), (plan(parts("1"), currency="USD"), 1))
    with pytest.raises(ValueError, match=r"^a period has stretches in one currency$"):
        charge_changed([], final=True)


def test_one_stretch_is_the_whole():
    found = charge_changed([Stretch(plan(parts("5")), {"parts": Decimal(3)}, Fraction(1))], final=True)

    assert nets(found) == [("parts", 15)]
    assert priced(plan(energy("1", window="day")), Spread(CHINA, month(), {"energy": []})).total().amount == 0


class TestShares:
    """A machine that is handed over on 10 July at noon: 22 local days of 31, or 21 and a half."""

    PART, JULY = month("2026-07-10 12:00"), month()

    def test_are_measured_by_the_day_or_by_the_second(self):
        by_day = plan(base("3100"))
        by_second = PricePlan.parse(document(base("3100")) | {"shares_by": "second"})

        shares = [each.share(self.PART, self.JULY, CHINA) for each in (by_day, by_second)]

        assert shares == [Fraction(22, 31), Fraction(43, 62)]
        assert [
            charge(by_second, {}, share_of_period=share, final=True).total().amount for share in shares
        ] == [2200, 2150]
        assert PricePlan.parse(by_second.dump()) == by_second
        assert words.phrases(by_second)[-1].msgid.startswith("a part of a billing period")
        assert "shares_by" not in by_day.dump()

    def test_are_measured_by_the_days_of_the_lease(self):
        """From eleven at night of the 28th in Berlin, where China has the 29th: four local days of 31."""
        berlin = ZoneInfo("Europe/Berlin")
        part = Period(at("2026-07-28 23:00", berlin), at("2026-08-01", berlin))

        assert plan(base("1")).share(part, month(zone=berlin), berlin) == Fraction(4, 31)

    def test_by_the_second_know_days_of_23_hours(self):
        berlin = ZoneInfo("Europe/Berlin")
        day, march = month("2026-03-29", "2026-03-30", berlin), month("2026-03-01", "2026-04-01", berlin)

        assert day.share_of_time(march) == Fraction(23, 31 * 24 - 1)
