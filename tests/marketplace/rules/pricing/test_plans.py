import json
from pathlib import Path

import jsonschema
import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan, schema
from marketplace.rules.pricing.schema import price_plan_schema
from tests.marketplace.rules.pricing.plans import (
    base,
    by_total,
    carried,
    document,
    fee,
    fee_in_steps,
    hours,
    packages,
    parts,
    percent,
    plan,
    steps,
)
from tests.marketplace.rules.pricing.timed import band, energy

TIERS = [{"up_to": "500", "unit": "2.40"}, {"up_to": None, "unit": "1.90"}]
WHOLE = document(
    base("3000.00"), hours("86.00"), steps(TIERS), fee("0.03"), minimum="5000.00", cap="20000.00"
)


def faults(doc):
    with pytest.raises(InvalidPlan) as refused:
        PricePlan.parse(doc)
    assert refused.value.facts == {"count": len(refused.value.flaws)}
    for flaw in refused.value.flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer, flaw.code) for flaw in refused.value.flaws]


def tiers(*ends):
    return [{"up_to": end, "unit": "1"} for end in ends]


class TestParse:
    def test_reads_what_it_writes_with_every_default_spelled_out(self):
        plan = PricePlan.parse(WHOLE)

        assert PricePlan.parse(plan.dump()) == plan
        assert plan.dump()["components"] == [
            {
                "id": "base",
                "kind": "base_fee",
                "seller": "owner",
                "tax_category": "LEASE_MOVABLE",
                "amount": "3000.00",
                "prorate": "day",
            },
            {
                "id": "run",
                "kind": "per_unit",
                "seller": "owner",
                "tax_category": "LEASE_MOVABLE",
                "meter": "run_time",
                "unit": "h",
                "round_to": "0.01",
                "round": "nearest",
                "included": "0",
                "price": "86.00",
            },
            {
                "id": "parts",
                "kind": "graduated",
                "seller": "owner",
                "tax_category": "LEASE_MOVABLE",
                "meter": "parts",
                "unit": "piece",
                "round_to": None,
                "round": "nearest",
                "included": "0",
                "tiers": [
                    {"up_to": "500", "unit": "2.40", "flat": "0"},
                    {"up_to": None, "unit": "1.90", "flat": "0"},
                ],
            },
            {
                "id": "fee",
                "kind": "percentage",
                "seller": "platform",
                "tax_category": "SERVICE",
                "rate": "0.03",
                "of": "rent",
            },
        ]
        assert (plan.dump()["minimum"], plan.dump()["cap"]) == ({"amount": "5000.00"}, {"amount": "20000.00"})

    def test_is_written_as_it_was_read_whichever_way_its_tiers_count(self):
        tiers = [{"up_to": "500", "unit": "2.40", "flat": "1"}, {"up_to": None, "unit": "1.90"}]
        read = plan(steps(tiers), by_total(tiers, id="whole"))

        assert PricePlan.parse(read.dump()) == read
        assert [part["kind"] for part in read.dump()["components"]] == ["graduated", "volume"]
        assert read.meters() == ("parts",)

    def test_knows_its_meters(self):
        assert PricePlan.parse(WHOLE).meters() == ("run_time", "parts")
        assert PricePlan.parse(document(base("1"))).meters() == ()
        assert PricePlan.parse(document(base("1"))).dump()["cap"] is None

    @pytest.mark.parametrize("nothing", [None, [], "plan", 7])
    def test_refuses_what_is_no_object(self, nothing):
        assert faults(nothing)[0] == ("", "not_an_object")

    def test_finds_all_faults_at_once(self):
        doc = document(base("-1"), hours("x", unit="piece"), {"kind": "barter"}, "free") | {
            "version": 2,
            "x": 1,
        }

        assert faults(doc) == [
            ("/x", "unknown_field"),
            ("/version", "wrong_version"),
            ("/components/0/amount", "negative"),
            ("/components/1/unit", "unit_of_other_meter"),
            ("/components/1/price", "not_a_number"),
            ("/components/2/kind", "not_a_choice"),
            ("/components/3", "not_an_object"),
        ]

    @pytest.mark.parametrize(
        ("component", "fault"),
        [
            (base(86.0), ("/amount", "not_a_number")),
            (base(True), ("/amount", "not_a_number")),
            (base("1e3"), ("/amount", "not_a_number")),
            (base("NaN"), ("/amount", "not_a_number")),
            (base("１２"), ("/amount", "not_a_number")),
            (base("1" * 13), ("/amount", "not_a_number")),
            (base(10**12), ("/amount", "not_a_number")),
            (base(None), ("/amount", "not_a_number")),
            ({"id": "base", "kind": "base_fee"}, ("/amount", "required")),
            ({"kind": "base_fee", "amount": "1"}, ("/id", "required")),
            ({"id": "base", "amount": "1"}, ("/kind", "required")),
            (base("1", id="Base fee"), ("/id", "not_a_name")),
            (base("1", id="minimum"), ("/id", "reserved_id")),
            (base("1", seller="bank"), ("/seller", "not_a_choice")),
            (base("1", tax_category="NONE"), ("/tax_category", "not_a_choice")),
            (base("1", prorate="hour"), ("/prorate", "not_a_choice")),
            (base("1", **{"a/b~c": 1}), ("/a~1b~0c", "unknown_field")),
            (hours("1", meter="smiles"), ("/meter", "not_a_choice")),
            (hours("1", round_to=None), ("/round_to", "needs_rounding")),
            (hours("1", round_to="0"), ("/round_to", "zero")),
            (hours("1", round="even"), ("/round", "not_a_choice")),
            (hours("1", included="-1"), ("/included", "negative")),
            ({"id": "run", "kind": "per_unit", "unit": "h", "price": "1"}, ("/meter", "required")),
            (steps([]), ("/tiers", "not_a_list")),
            (steps("all"), ("/tiers", "not_a_list")),
            ({"id": "p", "kind": "graduated", "meter": "parts", "unit": "piece"}, ("/tiers", "required")),
            (steps(["cheap"]), ("/tiers/0", "not_an_object")),
            (steps(tiers("10", "10", None)), ("/tiers/1/up_to", "tiers_not_rising")),
            (steps(tiers("0", None)), ("/tiers/0/up_to", "tiers_not_rising")),
            (steps(tiers(None, "10", None)), ("/tiers/0/up_to", "tier_open_too_early")),
            (steps(tiers("10", "20")), ("/tiers/1/up_to", "last_tier_open")),
            (steps(tiers("-5", None)), ("/tiers/0/up_to", "negative")),
            (steps([{"unit": "1"}]), ("/tiers/0/up_to", "required")),
            (steps([{"up_to": None, "unit": "-1"}]), ("/tiers/0/unit", "negative")),
            (steps([{"from": "1", "up_to": None, "unit": "1"}]), ("/tiers/0/from", "unknown_field")),
            (steps([{"up_to": None, "unit": "1", "block": "0"}]), ("/tiers/0/block", "zero")),
            (
                steps([{"up_to": "150", "unit": "1", "block": "100"}, {"up_to": None, "unit": "1"}]),
                ("/tiers/0/block", "blocks_not_whole"),
            ),
            (packages("1", "0"), ("/size", "zero")),
            (packages("-1", "2"), ("/price", "negative")),
            (packages("1", "2", packages="half"), ("/packages", "not_a_choice")),
            ({"id": "p", "kind": "package", "meter": "parts", "unit": "piece"}, ("/size", "required")),
            (packages("1", "2", meter="smiles"), ("/meter", "not_a_choice")),
            (carried("-1"), ("/multiplier", "negative")),
            (carried("1", included="3"), ("/included", "unknown_field")),
            (fee_in_steps([{"up_to": None, "rate": "1.01"}]), ("/tiers/0/rate", "too_large")),
            (fee_in_steps([{"up_to": None, "rate": "1", "block": "2"}]), ("/tiers/0/block", "unknown_field")),
            (fee_in_steps([{"up_to": None, "rate": "1"}], rate="0.1"), ("", "not_one_of")),
            (fee_in_steps([]), ("/tiers", "not_a_list")),
            (base("1", discount=percent("100.01")), ("/discount/percent", "too_large")),
            (base("1", discount=percent("-1")), ("/discount/percent", "negative")),
            (base("1", discount={"amount": "-1"}), ("/discount/amount", "negative")),
            (base("1", discount={}), ("/discount", "not_one_of")),
            (base("1", discount={"amount": "1", "percent": "1"}), ("/discount", "not_one_of")),
            (base("1", discount={"amount": "1", "currency": "USD"}), ("/discount/currency", "unknown_field")),
            (base("1", discount="10%"), ("/discount", "not_an_object")),
            (base("1", currency="USD"), ("/currency", "unknown_field")),
            (base("1", minimum={"quantity": "2"}), ("/minimum/quantity", "nothing_counted")),
            (carried("1", minimum={"quantity": "2"}), ("/minimum/quantity", "nothing_counted")),
            (base("1", minimum={"amount": "0"}), ("/minimum/amount", "zero")),
            (base("1", minimum={}), ("/minimum", "not_one_of")),
            (base("1", cap={"amount": "0"}), ("/cap/amount", "zero")),
            (
                base("1", minimum={"amount": "2"}, cap={"amount": "1"}),
                ("/minimum/amount", "minimum_above_cap"),
            ),
            (base("1", term_minimum={"quantity": "2"}), ("/term_minimum/quantity", "nothing_counted")),
            (base("1", term_minimum={}), ("/term_minimum", "not_one_of")),
            (base("1", term_minimum={"amount": "1", "per": "day"}), ("/term_minimum/per", "not_a_choice")),
        ],
    )
    def test_points_at_a_fault(self, component, fault):
        pointer, code = fault

        assert (f"/components/0{pointer}", code) in faults(document(component))

    def test_takes_steps_that_end_where_a_block_does_and_any_where_the_total_decides(self):
        risen = [{"up_to": "50", "unit": "1"}, {"up_to": "170", "unit": "1", "block": "60"}]
        cut = [{"up_to": "150", "unit": "1", "block": "100"}]
        end = [{"up_to": None, "unit": "1"}]

        assert len(plan(steps(risen + end), by_total(cut + end, id="total")).components) == 2

    def test_refuses_two_components_of_one_name(self):
        assert faults(document(base("1"), base("2"))) == [("/components/1/id", "duplicate_id")]

    @pytest.mark.parametrize("empty", [[], None, {}])
    def test_refuses_a_plan_without_components(self, empty):
        assert faults(document(base("1")) | {"components": empty}) == [("/components", "not_a_list")]

    def test_refuses_a_rate_above_one(self):
        assert faults(document(base("1"), fee("3"))) == [("/components/1/rate", "too_large")]

    def test_writes_of_what_a_share_is_and_by_which_steps(self):
        shares = [fee("0.1", id="a"), fee_in_steps([{"up_to": None, "rate": "0.1"}], id="b")]
        written = plan(base("1"), *shares).dump()["components"]

        assert [one["of"] for one in written[1:]] == ["rent", "rent"]

    def test_refuses_an_unknown_currency(self):
        assert faults(document(base("1"), currency="XXX")) == [("/currency", "not_a_choice")]

    @pytest.mark.parametrize("missing", ["version", "currency", "components"])
    def test_refuses_what_is_left_out(self, missing):
        doc = {name: value for name, value in document(base("1")).items() if name != missing}

        assert faults(doc) == [(f"/{missing}", "required")]

    def test_refuses_a_minimum_above_the_cap(self):
        assert faults(document(base("1"), minimum="2", cap="1")) == [("/minimum/amount", "minimum_above_cap")]

    def test_refuses_bounds_and_percentages_of_no_rent(self):
        doc = document(parts("1", seller="platform"), fee("0.03"), minimum="1", cap="2")

        assert faults(doc) == [
            ("/components/1/of", "nothing_to_take_from"),
            ("/minimum", "nothing_to_bound"),
            ("/cap", "nothing_to_bound"),
        ]

    @pytest.mark.parametrize(
        ("own", "of_plan"),
        [({"cap": {"amount": "9"}}, "1"), ({}, "1"), ({"cap": {"amount": "1"}}, "9")],
    )
    def test_refuses_a_minimum_of_a_component_above_any_cap(self, own, of_plan):
        doc = document(base("1", minimum={"amount": "2"}, **own), cap=of_plan)

        assert faults(doc) == [("/components/0/minimum/amount", "minimum_above_cap")]

    def test_bounds_nothing_that_is_no_rent_by_the_cap_of_the_rent(self):
        doc = document(base("1"), parts("1", seller="platform", minimum={"amount": "2"}), cap="1")

        assert PricePlan.parse(doc).dump()["components"][1]["minimum"] == {"amount": "2"}

    def test_refuses_a_discount_and_a_minimum_of_the_term_without_rent(self):
        doc = document(parts("1", seller="platform"), discount=percent("1"), term_minimum={"amount": "1"})

        assert faults(doc) == [("/discount", "nothing_to_bound"), ("/term_minimum", "nothing_to_bound")]

    def test_refuses_a_least_quantity_of_the_rent(self):
        doc = document(base("1"), term_minimum={"quantity": "1"})

        assert faults(doc) == [("/term_minimum/quantity", "nothing_counted")]

    @pytest.mark.parametrize("name", ["discount", "term_minimum"])
    def test_keeps_the_ids_of_its_own_lines_only_where_it_has_them(self, name):
        own = {"discount": percent("1"), "term_minimum": {"amount": "1"}}[name]

        assert faults(document(base("1", id=name), **{name: own})) == [("/components/0/id", "reserved_id")]
        assert PricePlan.parse(document(base("1", id=name))).components[0].id == name

    def test_writes_no_condition_that_is_not_set(self):
        doc = document(base("1", discount=None, minimum=None, cap=None, term_minimum=None))
        doc |= {"discount": None, "term_minimum": None}

        written = PricePlan.parse(doc).dump()

        assert sorted(written) == ["cap", "components", "currency", "minimum", "version"]
        assert set(written["components"][0]).isdisjoint({"discount", "minimum", "cap", "term_minimum"})

    def test_knows_whether_it_bills_what_use_carries_and_whether_it_has_a_minimum_of_the_term(self):
        assert plan(base("1"), carried("1")).carried() == ((1, "parts"),)
        assert plan(base("1"), carried("1")).meters() == ("parts",)
        assert plan(parts("1")).carried() == ()
        assert not plan(base("1"), minimum="1").has_term()
        assert plan(base("1"), term_minimum={"amount": "1"}).has_term()
        assert plan(base("1", term_minimum={"amount": "1"})).has_term()

    def test_refuses_bounds_of_nothing(self):
        assert faults(document(base("1"), minimum="0")) == [("/minimum/amount", "zero")]
        assert faults(document(base("1")) | {"cap": {}}) == [("/cap/amount", "required")]


class TestSchema:
    def test_is_that_of_the_documentation(self):
        """Change both together: ``json.dumps(price_plan_schema(), indent=1)``."""
        published = Path(__file__).parents[4] / "docs" / "price-plan.schema.json"

        assert price_plan_schema() == json.loads(published.read_text(encoding="utf-8"))

    def test_bounds_a_number_by_a_power_of_ten(self):
        assert schema._up_to(3) == {
            "description": "1,000 at most",
            "anyOf": [
                {"type": "string", "pattern": r"^0*([0-9]{1,3}(\.[0-9]{1,10})?|10{3}(\.0{1,10})?)$"},
                {"type": "integer", "minimum": 0, "maximum": 1000},
            ],
        }

    def test_accepts_what_the_parser_accepts_and_writes(self):
        known = price_plan_schema()
        jsonschema.Draft202012Validator.check_schema(known)

        jsonschema.validate(WHOLE, known)
        jsonschema.validate(PricePlan.parse(WHOLE).dump(), known)

    @pytest.mark.parametrize(
        "doc",
        [
            {},
            document(base(86.5)),
            document(hours("-1")),
            document({"kind": "barter"}),
            document(base("1", discount={"amount": "1", "percent": "1"})),
            document(base("1", minimum={})),
            document(base("1"), term_minimum={"quantity": "1"}),
            document(base("1"), fee_in_steps([{"up_to": None, "rate": "0.1"}], rate="0.1")),
            document(carried("1", included="1")),
        ],
    )
    def test_refuses_what_the_parser_refuses(self, doc):
        assert faults(doc)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(doc, price_plan_schema())


class TestComponents:
    """What a list of components may not be."""

    def refused(self, components):
        with pytest.raises(InvalidPlan) as caught:
            PricePlan.parse({"version": 1, "currency": "CNY", "components": components})
        return [(flaw.pointer, flaw.code) for flaw in caught.value.flaws]

    @pytest.mark.parametrize("kind", [[], {}, ["base_fee"], 7, None])
    def test_have_a_kind_that_is_a_word(self, kind):
        assert ("/components/0/kind", "not_a_choice") in self.refused([{"id": "a", "kind": kind}])

    def test_are_a_hundred_at_most(self):
        many = [{"id": f"a{number}", "kind": "base_fee", "amount": "1"} for number in range(101)]

        assert self.refused(many) == [("/components", "too_many_components")]
        assert self.refused([*many, many[0], "free"]) == [("/components", "too_many_components")]
        kept = PricePlan.parse({"version": 1, "currency": "CNY", "components": many[:100]})
        assert len(kept.components) == 100

    def test_are_all_looked_at(self):
        found = self.refused(["free", {"id": "a"}, {"id": "b", "kind": "base_fee"}])

        assert found == [
            ("/components/0", "not_an_object"),
            ("/components/1/kind", "required"),
            ("/components/2/amount", "required"),
        ]

    def test_may_have_a_hundred_bands_and_a_minimum_as_high_as_the_cap(self):
        clock = [f"{number // 4:02}:{number % 4 * 15:02}" for number in range(51)]
        bands = [band(f"b{place}", clock[place], clock[place + 1], price="1") for place in range(50)]
        dear = [energy("1", id=name, bands=bands) for name in ("a", "b")]

        assert len(plan(*dear).components) == 2
        assert plan(base("1"), minimum="2", cap="2").minimum == 2
