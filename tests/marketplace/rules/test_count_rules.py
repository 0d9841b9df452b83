import pytest

from marketplace.rules import count_rules
from marketplace.rules.count_rules import CountRule, InvalidCountRules

RUN = {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]}
PARTS = {"version": 1, "meter": "parts", "channel": "execution", "counter": "ppartcount"}


def faults(document, **known):
    with pytest.raises(InvalidCountRules) as refused:
        count_rules.parse(document, **known)
    for flaw in refused.value.flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer, flaw.code) for flaw in refused.value.flaws]


class TestParse:
    def test_reads_what_it_writes_with_every_default_spelled_out(self):
        rules = count_rules.parse([RUN, PARTS], meters=["run_time", "parts"])

        assert count_rules.parse(count_rules.dump(rules)) == rules
        assert rules[1].dump() == {
            "version": 1,
            "meter": "parts",
            "channel": "execution",
            "states": [],
            "counter": "ppartcount",
            "subtype": "ALL",
            "behaviour": {"kind": "DEFAULT", "width": None},
            "shortest_cycle_seconds": None,
            "reclassify_days": 7,
            "excluded_modes": [],
        }
        assert [rule.counts_a_counter for rule in rules] == [False, True]

    def test_reads_a_counter_that_rolls_over(self):
        rolling = {**PARTS, "behaviour": {"kind": "ROLLS_OVER", "width": 10000}, "shortest_cycle_seconds": 3}

        (rule,) = count_rules.parse([rolling])

        assert (rule.behaviour, rule.width, rule.shortest_cycle_seconds) == ("ROLLS_OVER", 10000, 3)

    def test_counts_good_parts_as_good(self):
        (rule,) = count_rules.parse([{**PARTS, "meter": "good_parts"}])

        assert rule.subtype == "GOOD"

    @pytest.mark.parametrize(
        ("document", "fault"),
        [
            ({}, ("", "not_a_list")),
            (["run"], ("/0", "not_an_object")),
            ([{**RUN, "version": 2}], ("/0/version", "wrong_version")),
            ([{**RUN, "meter": "smiles"}], ("/0/meter", "not_a_choice")),
            ([{**RUN, "channel": " "}], ("/0/channel", "not_text")),
            ([{"version": 1, "meter": "run_time", "states": ["ACTIVE"]}], ("/0/channel", "required")),
            ([{**RUN, "states": []}], ("/0/states", "states_needed")),
            ([{**RUN, "states": ["ACTIVE", "ACTIVE"]}], ("/0/states", "not_words")),
            ([{**RUN, "states": "ACTIVE"}], ("/0/states", "not_words")),
            ([{**RUN, "counter": "pc"}], ("/0/counter", "counter_not_needed")),
            ([{**PARTS, "counter": None}], ("/0/counter", "counter_needed")),
            ([{**PARTS, "counter": 7}], ("/0/counter", "not_text")),
            ([{**PARTS, "meter": "good_parts", "subtype": "ALL"}], ("/0/subtype", "good_parts_subtype")),
            ([{**PARTS, "behaviour": {"kind": "ROLLS_OVER"}}], ("/0/behaviour/width", "width_needed")),
            (
                [{**PARTS, "behaviour": {"kind": "HOLD", "width": 9}}],
                ("/0/behaviour/width", "width_not_needed"),
            ),
            (
                [{**PARTS, "behaviour": {"kind": "ROLLS_OVER", "width": 1}}],
                ("/0/behaviour/width", "not_a_whole_number"),
            ),
            ([{**PARTS, "behaviour": None}], ("/0/behaviour", "not_an_object")),
            ([{**RUN, "reclassify_days": 366}], ("/0/reclassify_days", "not_a_whole_number")),
            ([{**RUN, "shortest_cycle_seconds": 1.5}], ("/0/shortest_cycle_seconds", "not_a_whole_number")),
            ([RUN, RUN], ("/1/meter", "meter_counted_twice")),
            ([{**RUN, "excluded_modes": ["MDI"]}], ("/0/mode_channel", "mode_channel_needed")),
            (
                [{**RUN, "shortest_cycle_seconds": 9}],
                ("/0/shortest_cycle_seconds", "shortest_cycle_not_counted"),
            ),
            (
                [{**RUN, "meter": "cycles", "shortest_cycle_seconds": 9}],
                ("/0/shortest_cycle_seconds", "shortest_needs_an_end"),
            ),
        ],
    )
    def test_points_at_a_fault(self, document, fault):
        assert fault in faults(document)

    def test_reads_what_was_agreed_before_as_it_stands(self):
        (rule,) = count_rules.parse([{**RUN, "excluded_modes": ["MDI"]}], agreed=True)

        assert rule.excluded_modes == ("MDI",)
        assert count_rules.uncountable(rule) == [("mode_channel", "mode_channel_needed")]

    def test_takes_every_rule_that_metering_counts(self):
        cycles = {**RUN, "meter": "cycles"}

        assert len(count_rules.parse([RUN, cycles, {**PARTS, "shortest_cycle_seconds": 3}])) == 3

    def test_refuses_a_meter_that_is_billed_and_not_counted(self):
        assert faults([RUN], meters=["run_time", "energy"]) == [("", "meter_not_counted")]


class TestCountRule:
    def test_names_the_channels_that_prove_it(self):
        rules = count_rules.parse([RUN, PARTS])

        assert rules[0].evidence_channels() == {"execution"}
        assert count_rules.evidence_channels(rules) == {"execution", "ppartcount"}
        assert count_rules.evidence_channels([]) == frozenset()

    def test_says_what_it_means(self):
        rules = [
            CountRule("run_time", "execution", ("ACTIVE", "FEED_HOLD")),
            CountRule(
                "parts",
                "execution",
                counter="pc",
                behaviour="ROLLS_OVER",
                width=10000,
                shortest_cycle_seconds=3,
                excluded_modes=("MDI",),
            ),
        ]

        assert [phrase.msgid.format(**phrase.facts) for rule in rules for phrase in rule.phrases()] == [
            "Run time counts while “execution” is ACTIVE / FEED_HOLD",
            "what counts can be corrected for 7 days",
            "Parts are the growth of the counter “pc”",
            "the counter rolls over at 10000",
            "what is faster than one in 3 seconds is held until both sides agree",
            "nothing counts in the modes MDI",
            "what counts can be corrected for 7 days",
        ]
