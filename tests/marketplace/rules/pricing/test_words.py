import pytest

from marketplace.rules.pricing import charge, words
from marketplace.rules.pricing.quantity import METERS
from tests.marketplace.rules.pricing.plans import base, by_total, fee, hours, parts, plan, steps

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

    @pytest.mark.parametrize(("meter", "unit"), [(meter, unit) for meter in METERS for unit in METERS[meter]])
    def test_have_words_for_every_meter_and_unit(self, meter, unit):
        counted = {"meter": meter, "unit": unit, "included": "1"}

        assert len(say(parts("1", **counted), steps(TIERS, id="more", **counted))) >= 7
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
