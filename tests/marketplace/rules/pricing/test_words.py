import re
from pathlib import Path

import pytest

from marketplace.rules import pricing
from marketplace.rules.pricing import charge, words
from marketplace.rules.pricing.lines import CAP, DISCOUNT, MINIMUM, TERM_MINIMUM
from marketplace.rules.pricing.plans import KINDS
from marketplace.rules.pricing.quantity import METERS
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    fee,
    fee_in_steps,
    hours,
    packages,
    parts,
    percent,
    plan,
    steps,
)

TIERS = [{"up_to": "500", "unit": "2.40", "flat": "10"}, {"up_to": None, "unit": "0.0173"}]


def say(*components, **bounds):
    return [phrase.msgid.format(**phrase.facts) for phrase in words.phrases(plan(*components, **bounds))]


class TestPhrases:
    def test_say_what_a_plan_means(self):
        assert say(
            base("3000"), hours("86", included="20"), steps(TIERS), fee("0.030"), minimum="5000", cap="20000"
        ) == [
            "¥3,000.00 for each billing period; a part period is charged by the day",
            "¥86.00 per hour of run time",
            "the first 20 hours of run time in each billing period are included",
            "the quantity is rounded to the nearest 0.01",
            "Parts, priced in steps:",
            "from 0 up to 500: ¥2.40 each",
            "¥10.00 once when this step is reached",
            "everything above 500: ¥0.0173 each",
            "the platform charges 3% of the rent for its service",
            "at least ¥5,000.00 of rent for each billing period",
            "at most ¥20,000.00 of rent for each billing period",
        ]

    def test_say_that_the_total_decides(self):
        assert say(by_total(TIERS)) == [
            "Parts, priced in steps:",
            "the step that the total of the billing period reaches holds for all of it",
            "from 0 up to 500: ¥2.40 each",
            "¥10.00 once if the total lies in this step",
            "everything above 500: ¥0.0173 each",
        ]

    def test_say_what_is_unusual(self):
        assert say(
            base("9", prorate="none"), parts("1", round_to="10", round="up"), fee("0.1", seller="owner")
        ) == [
            "¥9.00 for each billing period, also for a part of one",
            "¥1.00 per part",
            "the quantity is rounded up to the next 10",
            "the owner adds 10% of the rent",
        ]

    def test_say_packages_blocks_and_what_use_carries(self):
        tiers = [
            {"up_to": "500", "unit": "24", "block": "100"},
            {"up_to": None, "unit": "190", "block": "1000"},
        ]

        assert say(
            packages("15", "10", included="3"), packages("9.5", "0.50", id="full", packages="full")
        ) == [
            "¥15.00 per package of 10 parts",
            "a package that was begun is charged whole",
            "the first 3 parts in each billing period are included",
            "¥9.50 per package of 0.5 parts",
            "only packages that were used up are charged",
        ]
        assert say(steps(tiers))[1:] == [
            "from 0 up to 500: ¥24.00 for every 100 begun",
            "everything above 500: ¥190.00 for every 1000 begun",
        ]
        assert say(carried("1.05")) == ["what the use itself cost, times 1.05"]

    def test_say_a_share_of_the_rent_in_steps(self):
        tiers = [{"up_to": "10000", "rate": "0.05", "flat": "20"}, {"up_to": None, "rate": "0.035"}]

        assert say(base("1"), fee_in_steps(tiers))[1:] == [
            "The platform charges a share of the rent for its service, in steps:",
            "of the rent from ¥0.00 up to ¥10,000.00: 5%",
            "¥20.00 once when this step is reached",
            "of the rent above ¥10,000.00: 3.5%",
        ]
        assert say(base("1"), fee_in_steps(tiers, seller="owner"))[1] == (
            "The owner adds a share of the rent, in steps:"
        )

    def test_say_what_else_holds_for_a_component_and_for_the_rent(self):
        assert say(
            base("9", discount={"amount": "1"}, minimum={"amount": "2"}, cap={"amount": "8"}),
            parts(
                "1",
                discount=percent("12.50"),
                minimum={"quantity": "30"},
                term_minimum={"quantity": "900", "per": "year"},
            ),
            hours("1", round_to="1", term_minimum={"amount": "7", "per": "term"}),
            discount=percent("3"),
            minimum="5",
            cap="6000",
            term_minimum={"amount": "70000"},
        ) == [
            "¥9.00 for each billing period; a part period is charged by the day",
            "less a discount of ¥1.00 on this in each billing period",
            "at least ¥2.00 for this in each billing period",
            "at most ¥8.00 for this in each billing period",
            "¥1.00 per part",
            "less a discount of 12.5% on this",
            "at least 30 of these are charged in each billing period",
            "at least 900 of these are charged in a year; a part of a year counts by the day",
            "¥1.00 per hour of run time",
            "the quantity is rounded to the nearest 1",
            "at least ¥7.00 for this over the whole lease",
            "a discount of 3% on the rent",
            "at least ¥5.00 of rent for each billing period",
            "at most ¥6,000.00 of rent for each billing period",
            "at least ¥70,000.00 of rent over the whole lease, settled at its end",
        ]
        assert say(base("9"), discount={"amount": "1"}, term_minimum={"amount": "2", "per": "year"})[1:] == [
            "a discount of ¥1.00 on the rent in each billing period",
            "at least ¥2.00 of rent in a year, a part of one by the day; settled at the end of the lease",
        ]

    @pytest.mark.parametrize(("meter", "unit"), [(meter, unit) for meter in METERS for unit in METERS[meter]])
    def test_have_words_for_every_meter_and_unit(self, meter, unit):
        counted = {"meter": meter, "unit": unit, "included": "1"}

        assert len(say(parts("1", **counted), steps(TIERS, id="more", **counted))) >= 7
        assert len(say(packages("1", "10", **counted))) >= 3
        assert meter in words.METERS and unit in words.UNITS

    def test_have_words_for_every_step_and_line(self):
        whole = by_total(TIERS, id="whole")
        a_plan = plan(
            base("1"), hours("1", included="1"), steps(TIERS), whole, fee("1"), minimum="50", cap="60"
        )
        for made in (0, 1000):
            for line in charge(a_plan, {"run_time": made, "parts": made}, final=True).lines:
                assert words.LINES[line.kind]
                for step in line.steps:
                    assert words.STEPS[step.code].format(**step.numbers)

    def test_group_the_digits_of_a_step_and_leave_out_a_flat_amount_of_nothing(self):
        tier = {"above": "1000", "quantity": "2500", "unit": "18.00", "flat": "0", "amount": "45000.00"}

        plain = words.step("tier", tier)
        flat = words.step("tier", tier | {"flat": "1500"})
        share = words.step("prorated", {"full": "3000", "share": "1/30", "amount": "100"})

        assert plain.msgid.format(**plain.facts) == "Step above 1,000: 2,500 × 18.00 = 45,000.00"
        assert flat.msgid.format(**flat.facts) == "Step above 1,000: 2,500 × 18.00 + 1,500 = 45,000.00"
        assert share.msgid.format(**share.facts) == "Share of the period: 3,000 × 1/30 = 100"

    def test_are_missing_for_what_is_no_component(self):
        with pytest.raises(TypeError, match="no words for str"):
            words.describe("free", "CNY")


class TestEveryStepAndLine:
    """No rule may note a step, or make a line, for which the pages have no words."""

    def test_that_a_rule_can_note_has_words(self):
        noted = {code for text in self.sources() for code in CODES.findall(text)}
        noted |= {f"least_of_{per}" for per in ("term", "year")} | {TERM_MINIMUM}
        noted |= {step + end for step in ("tier", "volume") for end in ("", "_blocks")} | {"percentage_tier"}

        assert noted <= set(words.STEPS) and "line_rounded" in noted
        assert set(words.WITHOUT_FLAT) < set(words.STEPS)

    def test_has_a_name(self):
        assert set(KINDS) | {MINIMUM, CAP, DISCOUNT, TERM_MINIMUM} <= set(words.LINES)
        assert max(map(len, words.LINES)) <= 12  # the column of an invoice line

    @staticmethod
    def sources():
        return [path.read_text() for path in Path(pricing.__file__).parent.glob("*.py")]


CODES = re.compile(r'(?:ladder|self)\.add\(\s*"(\w+)"')
