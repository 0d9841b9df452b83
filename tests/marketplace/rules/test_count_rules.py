import pytest

from marketplace.rules import count_rules
from marketplace.rules.count_rules import CountRule, InvalidCountRules
from marketplace.rules.count_words import phrases

RUN = {"version": 1, "meter": "run_time", "channel": "execution", "states": ["ACTIVE"]}
PARTS = {"version": 1, "meter": "parts", "channel": "execution", "counter": "ppartcount"}


POWER = {"version": 1, "meter": "power", "channel": "execution", "gauge": "kw"}
MISSIONS = {"version": 1, "meter": "missions", "channel": "mission", "states": ["RUN"], "done": ["DONE"]}
GOOD = {**RUN, "meter": "good_parts", "cycle": "COMPLETED"}
GOOD_BY_CYCLES = GOOD | {"per_cycle": 4, "bad": {"channel": "q", "words": ["NOK"]}}
GOOD_BY_COUNTER = {**PARTS, "meter": "good_parts", "bad": {"channel": "bad"}, "scrap_allowance": "0.020"}


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

    @pytest.mark.parametrize(
        ("document", "channels"),
        [
            (POWER | {"scale": "0.001"}, {"execution", "kw"}),
            (POWER | {"meter": "flow"}, {"execution", "kw"}),
            (POWER | {"meter": "load_time", "above": "2.50"}, {"execution", "kw"}),
            (MISSIONS | {"partial": "FREE", "shortest_cycle_seconds": 9}, {"mission"}),
            (MISSIONS | {"meter": "batches", "states": [], "done": ["NONE"]}, {"mission"}),
            (GOOD_BY_CYCLES, {"execution", "q"}),
            (GOOD_BY_COUNTER | {"subtype": "ALL"}, {"execution", "ppartcount", "bad"}),
            (PARTS | {"restart": {"channel": "order"}}, {"execution", "ppartcount", "order"}),
            (PARTS | {"meter": "volume", "scale": "0.001"}, {"execution", "ppartcount"}),
            (PARTS | {"meter": "length", "allowed_modes": ["AUTO"]}, {"execution", "ppartcount"}),
            (POWER | {"excluded_modes": ["SETUP"]}, {"execution", "kw"}),
        ],
    )
    def test_reads_what_it_writes_of_every_meter(self, document, channels):
        (rule,) = count_rules.parse([document], meters=[document["meter"]])

        assert count_rules.parse(count_rules.dump([rule])) == (rule,)
        assert rule.evidence_channels() == channels

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
            ([{**RUN, "channel": "a\x00"}], ("/0/channel", "not_text")),
            ([{**RUN, "states": ["\ud800"]}], ("/0/states", "not_words")),
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
            ([{**RUN, "gauge": "kw"}], ("/0/gauge", "gauge_not_needed")),
            ([{**POWER, "gauge": None}], ("/0/gauge", "gauge_needed")),
            ([{**POWER, "gauge": ""}], ("/0/gauge", "not_text")),
            ([{**POWER, "above": "3"}], ("/0/above", "above_not_needed")),
            ([{**POWER, "meter": "load_time"}], ("/0/above", "above_needed")),
            ([{**POWER, "meter": "load_time", "above": "high"}], ("/0/above", "not_a_number")),
            ([{**POWER, "meter": "load_time", "above": "3", "scale": "2"}], ("/0/scale", "scale_not_needed")),
            (
                [{**POWER, "shortest_cycle_seconds": 3}],
                ("/0/shortest_cycle_seconds", "shortest_cycle_not_counted"),
            ),
            ([{**MISSIONS, "done": []}], ("/0/done", "done_needed")),
            ([{**MISSIONS, "partial": "HALF"}], ("/0/partial", "not_a_choice")),
            ([{**MISSIONS, "counter": "pc"}], ("/0/counter", "counter_not_needed")),
            ([{**MISSIONS, "restart": {"channel": "o"}}], ("/0/restart", "restart_not_needed")),
            ([{**PARTS, "partial": "FREE"}], ("/0/partial", "done_not_needed")),
            ([{**PARTS, "done": ["DONE"]}], ("/0/done", "done_not_needed")),
            ([{**PARTS, "restart": {"words": ["A"]}}], ("/0/restart/channel", "required")),
            ([{**PARTS, "restart": {"channel": "o", "words": "A"}}], ("/0/restart/words", "not_words")),
            ([{**PARTS, "restart": {"channel": "o", "at": 0}}], ("/0/restart/at", "unknown_field")),
            ([{**PARTS, "bad": {"channel": "bad"}}], ("/0/bad", "bad_not_needed")),
            ([{**PARTS, "per_cycle": 2}], ("/0/per_cycle", "per_cycle_not_needed")),
            ([{**RUN, "scrap_allowance": "0.1"}], ("/0/scrap_allowance", "scrap_not_needed")),
            ([{**PARTS, "scrap_allowance": "1.1"}], ("/0/scrap_allowance", "too_large")),
            ([{**RUN, "meter": "good_parts"}], ("/0/cycle", "good_parts_need_an_end")),
            ([{**RUN, "meter": "good_parts", "states": []}], ("/0/counter", "counter_needed")),
            ([{**GOOD, "per_cycle": 0}], ("/0/per_cycle", "not_a_whole_number")),
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

        assert [phrase.msgid.format(**phrase.facts) for rule in rules for phrase in phrases(rule)] == [
            "Run time counts while “execution” is ACTIVE / FEED_HOLD",
            "what counts can be corrected for 7 days",
            "Parts are the growth of the counter “pc”",
            "the counter rolls over at 10000",
            "what is faster than one in 3 seconds is held until both sides agree",
            "nothing counts in the modes MDI",
            "what counts can be corrected for 7 days",
        ]

    @pytest.mark.parametrize(
        ("document", "said"),
        [
            (
                POWER | {"scale": "0.001"},
                [
                    "Energy is the level of “kw” times the time for which it lasts",
                    "a level of one is 0.001 kW",
                ],
            ),
            (
                POWER | {"meter": "load_time", "above": "2.50"},
                ["Time counts while the level of “kw” is 2.5 or more"],
            ),
            (
                MISSIONS,
                [
                    "A mission runs while “mission” is RUN, and is done when it becomes DONE",
                    "both sides decide what counts of one that ends before it is done",
                ],
            ),
            (
                MISSIONS | {"meter": "batches", "states": [], "done": ["NONE"], "partial": "FREE"},
                [
                    "Each name on “mission” is a batch, and is done when another one follows",
                    "NONE says that there is none",
                    "one that ends before it is done is free",
                ],
            ),
            (
                MISSIONS | {"meter": "slots", "states": [], "done": [], "partial": "COUNT"},
                [
                    "Each name on “mission” is a slot, and is done when another one follows",
                    "one that ends before it is done counts like any other",
                ],
            ),
            (
                GOOD_BY_CYCLES,
                [
                    "Good parts are 4 for each complete cycle of “execution”",
                    "it counts when the machine says that the program is completed",
                    "less one each time “q” says NOK",
                ],
            ),
            (
                GOOD_BY_COUNTER,
                [
                    "Good parts are the growth of the counter “ppartcount”",
                    "less the growth of “bad”, which counts bad ones",
                    "of each day's parts, bad ones up to 2% count all the same",
                ],
            ),
            (
                PARTS | {"restart": {"channel": "order"}},
                [
                    "Parts are the growth of the counter “ppartcount”",
                    "the counter begins again from zero with each new word of “order”",
                ],
            ),
            (
                PARTS | {"restart": {"channel": "shift", "words": ["BEGIN"]}},
                [
                    "Parts are the growth of the counter “ppartcount”",
                    "the counter begins again from zero when “shift” says BEGIN",
                ],
            ),
        ],
    )
    def test_says_what_every_meter_means(self, document, said):
        (rule,) = count_rules.parse([document])

        spoken = [phrase.msgid.format(**phrase.facts) for phrase in phrases(rule)]

        assert spoken == [*said, "what counts can be corrected for 7 days"]
