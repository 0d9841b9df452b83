"""Units: one spelling of each, exact conversion or none."""

from dataclasses import replace
from fractions import Fraction

import pytest

from marketplace.rules import units
from marketplace.rules.carrying import followed, migrated
from marketplace.rules.categories import NUMBER, Field, tree
from marketplace.rules.dictionaries import Edition
from marketplace.rules.search.measures import SPOKEN

FIELD = Field("soak", "Soak", "保温", NUMBER, "s", None, None, (), "lower", False, False, 1)


def edition(number, unit):
    return Edition(number, (replace(FIELD, unit=unit),))


def test_every_dictionary_and_the_search_write_them_as_listed():
    shipped = {field.unit for node in tree() for field in node.specs if field.unit}
    asked = set(SPOKEN.values()) - {"丝", "轴", "工位"}
    assert shipped | asked <= set(units.UNITS)
    assert len(set(units.UNITS)) == len(units.UNITS)
    assert set(units.SPELLINGS.values()) <= set(units.UNITS)
    assert not set(units.SPELLINGS) & set(units.UNITS)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("um", "µm"), ("μm", "µm"), (" 毫米", "mm"), ("KW", "kW"), ("m3/h", "m³/h"), ("lm", "lm"), ("mm", "mm")],
)
def test_is_written_in_one_way(typed, written):
    assert units.canonical(typed) == written


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Mm", "mm"), ("k W", "kW"), ("RPM", "rpm"), ("Nm", "N·m"), ("mm", None), ("lm", None)],
)
def test_what_looks_like_one_is_named(typed, meant):
    assert units.lookalike(typed) == meant


def test_converts_exactly_or_not_at_all():
    assert units.even(Fraction(3, 2) * units.ratio("m", "mm")) == 1500
    assert units.even(Fraction(1, 10**10)) * 10**10 == 1
    for uneven in (Fraction(1, 3), Fraction(1, 10**11)):
        with pytest.raises(units.Uneven):
            units.even(uneven)
    with pytest.raises(LookupError):
        units.ratio("mm", "kg")


def test_what_does_not_come_out_even_keeps_the_words_of_its_day():
    seconds, minutes, hours = edition(1, "s"), edition(2, "min"), edition(3, "h")
    carried = migrated({"soak": "100"}, seconds, minutes)
    assert (carried.values, carried.uneven) == ({"soak": "100 s"}, {"soak": "100 s"})
    kept = [seconds, minutes, hours]
    assert followed({"soak": "100"}, {"soak": "MANUAL"}, 1, kept).values == {"soak": "100 s"}
    assert followed({"soak": "5400"}, {"soak": "MANUAL"}, 1, kept).values == {"soak": "1.5"}
    assert followed({"soak": "5400"}, {"soak": "MANUAL"}, 1, kept).sources == {"soak": "MANUAL"}
    assert followed({"soak": "90"}, {}, 2, kept).values == {"soak": "1.5"}
