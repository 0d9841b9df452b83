"""The default rights, cell by cell."""

import json
from pathlib import Path

import pytest

from devices.ownership.rules import defaults
from devices.ownership.rules.decisions import Effect, Question, decide, decide_metering
from devices.ownership.rules.defaults import WHOLE, matrix
from devices.ownership.rules.parties import Party, party_of

TABLE = json.loads(Path(defaults.SOURCE).read_text(encoding="utf-8"))
CELLS = [
    (Party(party), row["id"], cell) for row in TABLE["categories"] for party, cell in row["cells"].items()
]
MINUTE = 60 * defaults.SECOND
QUARTER = 15 * MINUTE


def ask(party, category, purpose="operation", **more):
    return decide(Question(Party(party), category, purpose, **more))


@pytest.mark.parametrize(("party", "category", "cell"), CELLS, ids=lambda value: str(value)[:24])
class TestEveryCell:
    @pytest.mark.parametrize("right", TABLE["rights"])
    def test_allows_exactly_the_rights_it_lists(self, party, category, cell, right):
        assert matrix().allows(party, category, right) is (right in cell["rights"])

    @pytest.mark.parametrize("right", TABLE["rights"])
    def test_allows_them_for_exactly_its_purposes(self, party, category, cell, right):
        for purpose in matrix().purposes:
            expected = right in cell["rights"] and purpose in cell.get("purposes", [purpose])
            assert matrix().allows(party, category, right, purpose) is expected

    def test_lets_nobody_read_raw_who_may_not(self, party, category, cell):
        for purpose in matrix().purposes:
            found = ask(party, category, purpose, billing_channel=category == "billing_counters")
            if found.effect is Effect.RAW:
                own = "production_counts" if category == "billing_counters" else category
                assert "read" in cell["rights"] or matrix().allows(party, own, "read", purpose)
            if not {"read", "read_aggregate"} & set(cell["rights"]) and category != "billing_counters":
                assert found.effect is Effect.DENY


class TestMatrix:
    def test_knows_nothing_of_strangers_and_other_categories(self):
        assert not matrix().allows(Party.STRANGER, "energy", "read")
        assert not matrix().allows(Party.LESSEE, "weather", "read")
        assert not matrix().allows(Party.LESSEE, "energy", "read", "curiosity")


class TestDecide:
    def test_refuses_an_unknown_category(self):
        assert ask("lessee", "weather").reason == "unknown_category"

    def test_refuses_an_unknown_purpose(self):
        assert ask("lessee", "energy", "curiosity").reason == "unknown_purpose"

    def test_refuses_strangers(self):
        assert ask("stranger", "energy").reason == "not_a_party"

    def test_gives_an_owner_its_own_data(self):
        assert ask("owner", "process_parameters", leased=False).effect is Effect.RAW

    @pytest.mark.parametrize("category", ["process_parameters", "operator_data"])
    def test_lets_a_hard_prohibition_win_over_a_count_rule(self, category):
        found = ask("owner", category, "billing", billing_channel=True)

        assert (found.effect, found.reason) == (Effect.DENY, "hard_prohibition")

    def test_gives_both_sides_the_billing_counters_in_full(self):
        for party in ("owner", "lessee"):
            found = ask(party, "billing_counters", "billing", billing_channel=True)
            assert (found.effect, found.interval) == (Effect.RAW, None)

    def test_gives_an_owner_a_counter_that_is_not_billed_to_the_owner_not_at_all(self):
        assert ask("owner", "billing_counters", "billing", counts=True).effect is Effect.DENY

    def test_gives_an_owner_quarter_hours_of_the_condition(self):
        found = ask("owner", "machine_condition", "asset_protection")

        assert (found.effect, found.interval) == (Effect.AGGREGATE, QUARTER)

    def test_gives_multiples_of_the_smallest_interval_only(self):
        finer = ask("owner", "machine_condition", "asset_protection", interval=MINUTE)
        odd = ask("owner", "machine_condition", "asset_protection", interval=16 * MINUTE)

        assert (finer.interval, odd.interval) == (QUARTER, 2 * QUARTER)

    def test_gives_a_lessee_what_it_wishes(self):
        assert ask("lessee", "energy", interval=MINUTE).interval == MINUTE

    def test_gives_counts_per_agreement_only_where_they_are_priced(self):
        purpose = "billing_if_priced_per_part"

        assert ask("owner", "production_counts", purpose).reason == "not_priced_by_it"
        priced = ask("owner", "production_counts", purpose, billing_channel=True, interval=MINUTE)
        assert (priced.effect, priced.interval) == (Effect.AGGREGATE, WHOLE)

    def test_refuses_what_it_cannot_enforce(self):
        assert ask("owner", "location", "asset_protection").reason == "resolution_not_enforceable"

    @pytest.mark.parametrize(
        ("party", "category", "reason"),
        [
            ("maker", "energy", "needs_consent"),
            ("regulator", "energy", "needs_order"),
            ("platform", "energy", "processes_only"),
            ("service_provider", "operator_data", "no_right"),
        ],
    )
    def test_says_why_not(self, party, category, reason):
        assert ask(party, category).reason == reason

    def test_keeps_a_billing_counter_outside_a_lease_from_the_platform_reader_of_other_purposes(self):
        assert ask("platform", "billing_counters", leased=False).effect is Effect.DENY

    def test_names_the_law_of_personal_data(self):
        assert "pipl_13_23" in ask("lessee", "operator_data", "safety").basis


class TestDecideMetering:
    def test_meters_billing_counters(self):
        assert decide_metering("billing_counters", billing_channel=False).effect is Effect.RAW
        assert decide_metering("energy", billing_channel=True).effect is Effect.RAW

    @pytest.mark.parametrize("category", ["process_parameters", "quality_results", "weather"])
    def test_refuses_private_categories_though_a_count_rule_names_them(self, category):
        assert decide_metering(category, billing_channel=True).reason == "no_right"

    def test_refuses_what_no_count_rule_names(self):
        assert decide_metering("energy", billing_channel=False).reason == "not_a_billing_counter"


class TestPartyOf:
    @pytest.mark.parametrize(
        ("organization", "kind", "lessee", "party"),
        [
            ("a", "LESSOR", "b", "owner"),
            ("b", "MAKER", "b", "lessee"),
            ("b", "SME", None, "stranger"),
            ("c", "PLATFORM", "b", "platform"),
            ("c", "MAKER", "b", "maker"),
            ("c", "SERVICE_PROVIDER", None, "service_provider"),
        ],
    )
    def test_tells_the_side(self, organization, kind, lessee, party):
        assert party_of(organization, kind, owner="a", lessee=lessee) == party
