"""What a notice says, and in which words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext

from devices.ownership.rules import data_terms, notice_words, notices
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.notices import Kept, Machine, Reporter, Sides, Source
from devices.ownership.rules.term_words import term_words
from marketplace.shared.period import Period
from tests.devices.ownership.terms import DAILY, NOTHING, RAW, terms

START = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = ("STATE", "COUNTER", "GAUGE", "TEXT", "CONDITION")
CODE = re.compile(r"[a-z]+_[a-z]+")
SIDES = Sides(*({"id": f"org_{n}", "name": f"企业{n}"} for n in range(3)))


def source(key="load", kind="GAUGE", category="machine_condition", retention="ORDINARY", unit=""):
    return Source(key, key.upper(), kind, category, retention, unit)


def everything():
    """A channel of every category, kinds in turn."""
    return tuple(
        source(f"c{n}", KINDS[n % 5], category, "EVIDENCE" if n % 2 else "ORDINARY", "kWh" if n == 1 else "")
        for n, category in enumerate(matrix().categories)
    )


def told(*sources, document=data_terms.DEFAULT, daily=None, place="CN", end=START + timedelta(days=9)):
    reporter = Reporter("dev_1", "Gateway", sources, daily)
    return notices.compose(
        reference="lea_1",
        sides=SIDES,
        period=Period(START, end),
        machines=[Machine("eqp_1", "Mill", (reporter,))],
        terms=document,
        billing_channels=["c7"],
        place=place,
        kept=Kept(30, 12),
    )


def gets(document, party="owner", category="machine_condition"):
    rows = [r for r in document["recipients"] if (r["party"], r["category"]) == (party, category)]
    return [(row["effect"], row["interval"]) for row in rows]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (data_terms.DEFAULT, [("AGGREGATE", "PT15M")]),
        (terms(RAW), [("RAW", None)]),
        (terms(DAILY), [("AGGREGATE", "P1D")]),
        (terms(NOTHING), [("DENY", None)]),
    ],
)
def test_recipients_are_those_of_the_terms_of_the_lease(document, expected):
    assert gets(told(source(), document=document)) == expected


def test_a_channel_that_is_billed_is_told_as_a_billing_counter_besides():
    counted = source("c7", "COUNTER", "energy", "EVIDENCE")

    assert gets(told(counted), category="billing_counters") == [("RAW", None)]
    assert gets(told(source("c8", "COUNTER", "energy")), category="billing_counters") == []


def test_nobody_else_is_told_of_secrets():
    document = told(source("program", "TEXT", "process_parameters", "PRIVATE"))

    assert {row["party"] for row in document["recipients"]} <= {"platform", "service_provider", "regulator"}
    assert not [row for row in document["recipients"] if row["effect"] != "DENY"]


def test_what_is_measured_is_shared_among_the_categories():
    (device,) = told(*everything(), daily=1_000_000)["machines"][0]["devices"]

    total = sum(one["readings_a_day"] for one in device["data"])
    assert 1_000_000 <= total <= 1_000_000 + len(device["data"])
    assert device["measured"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("document", [data_terms.DEFAULT, terms(RAW), terms(NOTHING)], ids=str)
def test_it_is_said_in_words(language, document):
    notice = told(*everything(), document=document)
    with translation.override(language):
        rows = notice_words.device_rows(notice["machines"][0]["devices"][0], gettext)
        recipients = notice_words.recipient_rows(notice, gettext)
        ways = notice_words.way_rows(gettext)
        said = term_words(document, gettext)

    assert len(rows) == len(matrix().categories)
    texts = [str(one) for row in (*rows, *recipients) for one in row.values()]
    texts += [text for pair in ways for text in pair] + said
    assert not [text for text in texts if CODE.search(text)]
    assert "C1 (kWh)" in texts
    if language == "zh-hans":
        spoken = [text for text in texts if not re.fullmatch(r"[A-Z0-9 ().kWh]*", text)]
        assert not [text for text in spoken if not re.search("[一-鿿]", text)]


def test_places_and_volumes():
    assert notice_words.place_words(told(place="CN"), str).startswith("mainland China")
    assert notice_words.place_words(told(place="Suzhou, hall 3"), str) == "Suzhou, hall 3"
    volumes = [
        notice_words.device_rows(told(source(), daily=daily)["machines"][0]["devices"][0], str)[0]["volume"]
        for daily in (1, 1000, 1_000_000)
    ]
    assert volumes == [
        "about 1 readings, less than 1 KB a day",
        "about 1,000 readings, 40 KB a day",
        "about 1,000,000 readings, 40 MB a day",
    ]


def test_a_figure_for_the_whole_lease_is_named():
    whole = {"party": "owner", "category": "machine_condition", "interval": "billing period"}
    notice = told(source(), document=terms(whole), end=None)

    assert notice["to"] is None
    assert gets(notice) == [("AGGREGATE", "whole")]
    said = {row["gets"] for row in notice_words.recipient_rows(notice, str) if row["party"] == "Owner"}
    assert said == {"figures for the whole lease"}


BEFORE = {"document": data_terms.DEFAULT, "sources": (source(),), "billed": ["c7"]}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"document": terms(DAILY)}, False),
        ({"sources": ()}, False),
        ({"sources": (source(), source("other"))}, False),
        ({"sources": (source(category="energy"),)}, False),
        ({"sources": (source(retention="EVIDENCE"),)}, False),
        ({"sources": (source(unit="A"),)}, False),
        ({"billed": ["c7", "c8"]}, False),
        ({"billed": ["c7", "c7"]}, True),
        ({"daily": 7}, True),
    ],
)
def test_another_notice_is_due_when_what_it_stands_on_changes(change, same):
    def basis(given):
        reporter = Reporter("dev_1", "Gateway", given["sources"], given.get("daily"))
        machines = [Machine("eqp_1", "Mill", (reporter,))]
        return notices.basis(machines=machines, terms=given["document"], billing_channels=given["billed"])

    assert (basis(BEFORE) == basis(BEFORE | change)) is same
