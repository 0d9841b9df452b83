"""Codes of rules and purposes become sentences, in both languages."""

import re
from itertools import product

import pytest
from django.utils import translation
from django.utils.translation import gettext

from devices.ownership.rules.decisions import Question, decide, decide_metering
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.parties import Party
from devices.ownership.rules.sentences import PURPOSES, listed, purpose_words, rule_words

CODE = re.compile(r"[a-z]+[_.][a-z]+")


def every_rule():
    """Every rule that the door can name."""
    table = matrix()
    for party, category, purpose, leased, billed in product(
        Party, (*table.categories, "unheard"), (*table.purposes, "unheard"), (True, False), (True, False)
    ):
        yield decide(Question(party, category, purpose, leased, billed)).rule
    for category, billed in product(table.categories, (True, False)):
        yield decide_metering(category, billing_channel=billed).rule
    yield "evidence_only"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_rule_and_no_purpose_shows_its_code(language):
    with translation.override(language):
        sentences = {rule: rule_words(rule, gettext) for rule in set(every_rule())}
        purposes = {purpose: purpose_words(purpose, gettext) for purpose in matrix().purposes}

    assert len(sentences) > 40
    assert not [one for one in (*sentences.values(), *purposes.values()) if CODE.search(one)]
    if language == "zh-hans":
        assert not [one for one in (*sentences.values(), *purposes.values()) if re.search("[a-z]", one)]


def test_a_sentence_says_resolution_and_purposes():
    with translation.override("en"):
        owner = rule_words("production_counts.owner", gettext)

    assert owner == (
        "Owner, Production counts: figures over the whole lease, no single readings; "
        "purposes: billing, if parts are priced"
    )
    with translation.override("zh-hans"):
        assert rule_words("production_counts.owner", gettext) == (
            "出租方对产量计数：只能查看以整个租期为单位的汇总，不能查看单条读数；用途限于按件计价时的计费"
        )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("process_parameters.owner", "never, whatever a contract says"),
        ("machine_condition.lessee", "every reading"),
        ("machine_condition.maker", "only with recorded consent"),
        ("machine_condition.regulator", "only on a lawful order"),
        ("machine_condition.platform", "may compute with it, may not read it; purposes: "),
        ("billing_counters.maker", "no right"),
        ("billing_counters.stranger", "no right"),
        ("generated_by_owner", "data are the owner's own"),
    ],
)
def test_each_kind_of_cell_has_its_sentence(rule, words):
    assert words in rule_words(rule, str)


def test_purposes_of_the_table_are_all_named_and_others_stand_as_they_are():
    assert matrix().purposes | {"meter_of_record", "erasure"} == set(PURPOSES)
    assert purpose_words("a purpose of my own", str) == "a purpose of my own"


def test_lists_are_joined_as_the_language_does():
    with translation.override("zh-hans"):
        assert listed(["甲", "乙"], gettext) == "甲、乙"
    assert listed(["a", "b"], str) == "a, b"
