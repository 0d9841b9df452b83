from decimal import Decimal

import pytest

from marketplace.rules import specs
from marketplace.rules.categories import BOOL, CHOICE, NUMBER, TEXT, category, fields_of, tree
from marketplace.rules.pricing.quantity import METERS

MACHINE = {
    "axes": 5,
    "travel_x": "1.2 m",
    "travel_y": "500",
    "travel_z": "45cm",
    "spindle_speed": "12000 r/min",
}


def check(**values):
    return specs.validate(fields_of("M1-MC"), {**MACHINE, "controller": "FANUC", **values})


class TestTree:
    def test_has_nine_families_with_two_to_four_categories_each(self):
        families = [node for node in tree() if node.parent is None]

        assert len(families) == 9
        for family in families:
            leaves = [node for node in tree() if node.parent == family.code]
            assert 2 <= len(leaves) <= 4 and not family.specs
            assert {node.family for node in (family, *leaves)} == {family.code}

    def test_has_each_code_once_and_families_first(self):
        codes = [node.code for node in tree()]

        assert len(set(codes)) == len(codes)
        assert all(codes.index(node.parent) < codes.index(node.code) for node in tree() if node.parent)

    def test_describes_every_field_soundly(self):
        for node in tree():
            assert node.parent is None or 4 <= len(node.specs) <= 8
            assert node.parent is None or any(field.required for field in node.specs)
            assert len({field.code for field in node.specs}) == len(node.specs)
            assert set(node.meters) <= set(METERS)
            for field in node.specs:
                assert field.kind in (NUMBER, CHOICE, TEXT, BOOL)
                assert field.better in ("higher", "lower", "equal")
                assert field.name and field.name_zh and field.version == 1
                assert (field.kind == CHOICE) == bool(field.choices)
                assert field.kind != NUMBER or field.minimum < field.maximum

    def test_has_no_unknown_category(self):
        with pytest.raises(LookupError, match="no category 'X9'"):
            category("X9")


class TestValidate:
    def test_returns_values_in_the_units_of_the_dictionary(self):
        values, flaws = check(table_load="0.8 t", tool_places="")

        assert flaws == []
        assert values == {
            "axes": "5",
            "travel_x": "1200",
            "travel_y": "500",
            "travel_z": "450",
            "spindle_speed": "12000",
            "table_load": "800",
            "controller": "FANUC",
        }

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"travel_x": ""}, "required"),
            ({"travel_x": None}, "required"),
            ({"travel_x": "long"}, "not_a_number"),
            ({"travel_x": 1.5}, "not_a_number"),
            ({"travel_x": True}, "not_a_number"),
            ({"travel_x": "0.5"}, "below_range"),
            ({"travel_x": Decimal(20001)}, "above_range"),
            ({"travel_x": "3 kg"}, "unknown_unit"),
            ({"axes": "5 mm"}, "unknown_unit"),
            ({"controller": "Abacus"}, "not_a_choice"),
            ({"colour": "green"}, "unknown_spec"),
        ],
    )
    def test_points_at_the_field(self, values, code):
        good, (flaw,) = check(**values)

        (name,) = values
        assert (flaw.pointer, flaw.code) == (f"/{name}", code)
        assert flaw.text.format(**flaw.facts)
        assert name not in good

    @pytest.mark.parametrize(("given", "kept"), [(True, True), ("false", False), ("true", True)])
    def test_reads_yes_and_no(self, given, kept):
        values, _ = specs.validate(fields_of("U1-AIR"), {"oil_free": given, "power": "75000 W"})

        assert (values["oil_free"], values["power"]) == (kept, "75")

    @pytest.mark.parametrize(
        ("category_code", "name", "value", "code"),
        [
            ("U1-AIR", "oil_free", "perhaps", "not_yes_or_no"),
            ("Q1-CMM", "calibration_due", "x" * 201, "not_text"),
            ("Q1-CMM", "calibration_due", " ", "not_text"),
            ("Q1-CMM", "calibration_due", 7, "not_text"),
        ],
    )
    def test_refuses_other_kinds(self, category_code, name, value, code):
        _, flaws = specs.validate(fields_of(category_code), {name: value})

        assert (f"/{name}", code) in [(flaw.pointer, flaw.code) for flaw in flaws]

    def test_keeps_text_without_outer_blanks(self):
        assert specs.validate(fields_of("Q1-CMM"), {"calibration_due": " 2027-05 "})[0] == {
            "calibration_due": "2027-05"
        }

    def test_offers_the_units_of_one_dimension(self):
        assert specs.units_of("mm") == ("nm", "µm", "mm", "cm", "m")
        assert (specs.units_of("rpm"), specs.units_of(None)) == (("rpm",), ())
