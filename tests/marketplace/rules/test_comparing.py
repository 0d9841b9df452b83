"""Which listings an address names, and what they say in one unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.comparing import Said, chosen, is_id, rows
from marketplace.rules.free_days import Run, first_run, runs


def said(value, unit="mm", kind="number", code="travel_x"):
    return Said(code, "X travel", kind, unit, value)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], ([], [])),
        (["", " , ,"], ([], [])),
        (["lst_A, lst_B"], (["lst_A", "lst_B"], [])),
        (["lst_A", "lst_B", "lst_A"], (["lst_A", "lst_B"], [])),
        (["a,b,c,d,e,f"], (["a", "b", "c", "d"], ["e", "f"])),
    ],
)
def test_four_are_chosen_each_once(given, found):
    assert chosen(given) == found


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("lst_01ABC", True), ("lst_", False), ("lst_a", False), ("x" * 50, False), ("lst_A\0", False)],
)
def test_what_can_be_an_id(text, is_one):
    assert is_id(text) is is_one


class TestRows:
    @pytest.mark.parametrize(
        ("column", "unit", "values", "differs"),
        [
            ([said("650"), said("0.65", "m")], "mm", ("650", "650"), False),
            ([said("1.5", "m"), said("650")], "mm", ("1500", "650"), True),
            ([said("650"), None], "mm", ("650", None), True),
            ([said("5", ""), said("5", "")], "", ("5", "5"), False),
            ([said("5", "kN"), said("5", "mm")], "", ("5 kN", "5 mm"), True),
            ([said("5", "kN"), said("5", "")], "", ("5 kN", "5"), True),
            ([said("about 5"), said("5", "m")], "mm", ("about 5", "5000"), True),
            ([said(True, "", "bool"), said(False, "", "bool")], "", (True, False), True),
            ([said("Fanuc", "", "text"), said("Fanuc", "", "text")], "", ("Fanuc", "Fanuc"), False),
        ],
    )
    def test_stand_in_one_unit_and_say_whether_they_differ(self, column, unit, values, differs):
        (row,) = rows([[] if one is None else [one] for one in column])

        assert (row.unit, row.values, row.differs) == (unit, values, differs)

    def test_come_in_the_order_of_the_first_offer_that_has_each(self):
        found = rows([[said("1", code="b")], [said("1", code="a"), said("1", code="b")]])

        assert [row.code for row in found] == ["b", "a"]
        assert rows([]) == []

    @given(st.integers(-(10**9), 10**9), st.sampled_from(["nm", "µm", "mm", "cm", "m"]))
    def test_a_length_is_the_same_in_whichever_unit(self, number, unit):
        (row,) = rows([[said(str(number), unit)], [said("1", "nm")]])
        assert row.unit == "nm"
        assert (
            int(row.values[0]) == number * {"nm": 1, "µm": 10**3, "mm": 10**6, "cm": 10**7, "m": 10**9}[unit]
        )


class TestFreeDays:
    def test_days_in_a_row_are_one_entry(self):
        assert runs([2, 2, 1, 0, 0]) == [Run(0, 1, 2), Run(2, 2, 1), Run(3, 4, 0)]
        assert runs([]) == []

    @pytest.mark.parametrize(
        ("machines", "length", "first"),
        [
            ([[False, True, True]], 1, 1),
            ([[False, True, True]], 3, None),
            ([[True, False, True], [False, True, True]], 2, 1),
            ([], 1, None),
            ([[]], 1, None),
        ],
    )
    def test_the_first_run_is_of_one_machine(self, machines, length, first):
        assert first_run(machines, length) == first

    @given(st.lists(st.lists(st.booleans(), max_size=12), max_size=3), st.integers(1, 12))
    def test_the_first_run_is_free_and_none_lies_before(self, machines, length):
        found = first_run(machines, length)

        starts = [n for days in machines for n in range(len(days) - length + 1) if all(days[n : n + length])]
        assert found == min(starts, default=None)
