"""Frozen terms."""

import pytest

from leasing.rules.terms import InvalidTerms, Terms
from tests.leasing.world import PLAN, RULES

RUN = {"meter": "run_time", "unit": "h"}
DOCUMENT = {
    "version": 1,
    "price_plan": PLAN,
    "count_rules": RULES,
    "zone": "Asia/Shanghai",
    "billing_anchor_day": 1,
    "deposit_minor": 2_000_000,
    "currency": "CNY",
    "grace_hours": 24,
    "listing_id": "lst_1",
    "listing_title": "VMC-850",
    "data_terms": {"template": "default_rights", "version": 1},
}


class TestParse:
    def test_reads_back_what_it_wrote(self):
        terms = Terms.parse(DOCUMENT)

        assert Terms.parse(terms.dump()) == terms
        assert Terms.parse(terms.dump()).digest() == terms.digest()

    def test_keeps_the_fingerprint_of_terms_without_discounts_and_minima_of_the_term(self):
        written = Terms.parse(DOCUMENT).dump()["price_plan"]

        assert set(written) == {"version", "currency", "components", "minimum", "cap"}
        assert all(
            {"discount", "minimum", "cap", "term_minimum"}.isdisjoint(one) for one in written["components"]
        )

    def test_names_the_channels_that_are_billed(self):
        assert Terms.parse(DOCUMENT).billing_channels() == ["execution"]

    def test_has_one_fingerprint_for_equal_terms(self):
        other = DOCUMENT | {"deposit_minor": 2_000_001}

        assert Terms.parse(dict(reversed(DOCUMENT.items()))).digest() == Terms.parse(DOCUMENT).digest()
        assert Terms.parse(other).digest() != Terms.parse(DOCUMENT).digest()
        assert Terms.parse(DOCUMENT).canonical().startswith(b'{"billing_anchor_day":1,')

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"version": 2}, "/version"),
            ({"price_plan": {}}, "/price_plan/version"),
            (
                {"price_plan": PLAN | {"components": [{"id": "own", "kind": "dynamic"} | RUN]}},
                "/price_plan/components/0/meter",
            ),
            ({"count_rules": []}, "/count_rules"),
            ({"count_rules": "none"}, "/count_rules"),
            ({"count_rules": [{**RULES[0], "excluded_modes": ["MDI"]}]}, "/count_rules/0/mode_channel"),
            ({"zone": "Asia/Nowhere"}, "/zone"),
            ({"zone": "../etc/passwd"}, "/zone"),
            ({"billing_anchor_day": 32}, "/billing_anchor_day"),
            ({"deposit_minor": -1}, "/deposit_minor"),
            ({"currency": "EUR"}, "/currency"),
            ({"grace_hours": "24"}, "/grace_hours"),
            ({"data_terms": "usual"}, "/data_terms"),
            ({"discount": 1}, "/discount"),
        ],
    )
    def test_refuses_what_contradicts_itself(self, change, pointer):
        with pytest.raises(InvalidTerms) as refusal:
            Terms.parse(DOCUMENT | change)

        assert pointer in [flaw.pointer for flaw in refusal.value.flaws]

    def test_that_were_agreed_before_are_read_as_they_stand(self):
        old = DOCUMENT | {"count_rules": [{**RULES[0], "excluded_modes": ["MDI"]}]}

        assert Terms.parse(old, agreed=True).count_rules[0].excluded_modes == ("MDI",)

    def test_with_a_price_beyond_what_a_new_plan_may_have_are_read_too(self):
        plan = DOCUMENT["price_plan"]
        component = {
            "id": "dear",
            "kind": "per_unit",
            "meter": "run_time",
            "unit": "h",
            "price": "2000000000",
        }
        dear = DOCUMENT | {"price_plan": plan | {"components": [*plan["components"], component]}}

        with pytest.raises(InvalidTerms):
            Terms.parse(dear)
        assert Terms.parse(dear, agreed=True).price_plan.dump()["components"][-1]["price"] == "2000000000"

    def test_finds_all_faults_at_once(self):
        with pytest.raises(InvalidTerms) as refusal:
            Terms.parse(DOCUMENT | {"grace_hours": -1, "zone": ""})

        assert {flaw.pointer for flaw in refusal.value.flaws} == {"/grace_hours", "/zone"}
