import jsonschema
import pytest

from marketplace.rules.pricing import InvalidPlan, PricePlan
from marketplace.rules.pricing.schema import price_plan_schema
from tests.marketplace.rules.pricing.plans import base, by_total, document, fee, hours, parts, plan, steps

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
        ],
    )
    def test_points_at_a_fault(self, component, fault):
        pointer, code = fault

        assert (f"/components/0{pointer}", code) in faults(document(component))

    def test_refuses_two_components_of_one_name(self):
        assert faults(document(base("1"), base("2"))) == [("/components/1/id", "duplicate_id")]

    @pytest.mark.parametrize("empty", [[], None, {}])
    def test_refuses_a_plan_without_components(self, empty):
        assert faults(document(base("1")) | {"components": empty}) == [("/components", "not_a_list")]

    def test_refuses_a_rate_above_one(self):
        assert faults(document(base("1"), fee("3"))) == [("/components/1/rate", "too_large")]

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

    def test_refuses_bounds_of_nothing(self):
        assert faults(document(base("1"), minimum="0")) == [("/minimum/amount", "zero")]
        assert faults(document(base("1")) | {"cap": {}}) == [("/cap/amount", "required")]


class TestSchema:
    def test_accepts_what_the_parser_accepts_and_writes(self):
        schema = price_plan_schema()
        jsonschema.Draft202012Validator.check_schema(schema)

        jsonschema.validate(WHOLE, schema)
        jsonschema.validate(PricePlan.parse(WHOLE).dump(), schema)

    @pytest.mark.parametrize(
        "doc", [{}, document(base(86.5)), document(hours("-1")), document({"kind": "barter"})]
    )
    def test_refuses_what_the_parser_refuses(self, doc):
        assert faults(doc)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(doc, price_plan_schema())
