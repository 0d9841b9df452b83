"""Data terms as documents."""

import pytest

from devices.ownership.rules import data_terms
from leasing.rules import canonical
from tests.devices.ownership.terms import DAILY, RAW, terms

LESS_PORT = {"party": "lessee", "category": "energy", "removes": ["port"]}
BAD = [
    ("usual", "", "not_an_object"),
    ({"template": "other", "version": 1}, "/template", "not_a_choice"),
    ({"template": "default_rights", "version": 2}, "/version", "not_a_whole_number"),
    ({**data_terms.DEFAULT, "colour": "red"}, "/colour", "unknown_field"),
    ({**data_terms.DEFAULT, "changes": {}}, "/changes", "not_a_list"),
    ({**data_terms.DEFAULT, "changes": [DAILY] * 101}, "/changes", "not_a_list"),
    (terms({}), "/changes/0/party", "required"),
    ({**data_terms.DEFAULT, "changes": ["all"]}, "/changes/0", "not_an_object"),
    (terms(RAW | {"consent": ["lessee"]}), "/changes/0/consent", "unknown_field"),
    (terms(RAW | {"adds": "read"}), "/changes/0/adds", "not_words"),
    (terms(DAILY | {"interval": 900}), "/changes/0/interval", "not_a_name"),
    ({**data_terms.DEFAULT, "lessee_pays": 1}, "/lessee_pays", "not_a_choice"),
    ({**data_terms.DEFAULT, "lessee_pays": True}, "/lessee_pays", "own_data_are_free"),
    ({**data_terms.DEFAULT, "waives": ["port"]}, "/waives/0", "waiver"),
    (
        terms({"party": "lessee", "category": "energy", "removes": ["port"]}),
        "/changes/0/removes",
        "statutory_right",
    ),
    (
        terms({"party": "maker", "category": "derived_benchmarks", "adds": ["read_aggregate"]}),
        "/changes/0/consent",
        "consent_missing",
    ),
]


@pytest.mark.parametrize(("document", "pointer", "code"), BAD, ids=lambda value: str(value)[:50])
def test_what_is_wrong_is_named_at_its_place(document, pointer, code):
    found = {(flaw.pointer, flaw.code) for flaw in data_terms.flaws(document, "/data_terms")}

    assert (f"/data_terms{pointer}", code) in found


def test_a_void_clause_names_its_article():
    (flaw,) = data_terms.flaws(terms({"party": "lessee", "category": "energy", "removes": ["read"]}))

    assert flaw.facts["article"] == "da_4_1"


def test_both_sides_consent_by_accepting():
    assert data_terms.flaws(data_terms.DEFAULT) == []
    assert data_terms.flaws(terms(RAW)) == []
    (one,) = data_terms.changes(terms(RAW))
    assert (one.adds, one.consent) == ({"read"}, {"owner", "lessee"})


def test_the_fingerprint_is_that_of_the_lease():
    document = terms(RAW, DAILY) | {"waives": ["运"]}

    assert data_terms.digest(document) == canonical.digest(document)


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ({}, {"usual"}),
        (data_terms.DEFAULT, {"usual"}),
        (terms({"party": "lessee", "category": "energy", "adds": ["share"]}), {"usual"}),
        (terms({"party": "owner", "category": "energy", "removes": ["read"]}), {"usual", "less"}),
        (terms({"party": "owner", "category": "energy", "removes": ["read"], "adds": ["hold"]}), set()),
        (terms({"party": "maker", "category": "energy", "purposes": ["asset_protection"]}), set()),
        (terms(DAILY), set()),
        (terms(LESS_PORT), set()),
    ],
)
def test_what_an_offer_asks_beside_the_default_terms(document, asked):
    assert data_terms.asks(document) == asked
