from datetime import timedelta

import pytest

from marketplace.rules.api_keys import LONGEST_LIFE, Reach, end_flaws, flaws_of, warning
from tests.factories.marketplace import NOON

DAY = timedelta(days=1)
MINE = Reach(frozenset({"leases:read", "keys:write"}), NOON + DAY, ("10.0.0.0/8",))


class TestReach:
    def test_of_a_smaller_key_is_within(self):
        assert Reach(frozenset({"leases:read"}), NOON, ("10.1.0.0/16",)).exceeds(MINE) == []
        assert MINE.exceeds(MINE) == []

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"scopes": frozenset({"invoices:read"})}, "/scopes"),
            ({"ends": None}, "/expires_at"),
            ({"ends": NOON + 2 * DAY}, "/expires_at"),
            ({"networks": ()}, "/networks"),
            ({"networks": ("11.0.0.0/8",)}, "/networks"),
        ],
    )
    def test_says_in_what_a_key_reaches_further(self, more, pointer):
        assert [flaw.pointer for flaw in MINE._replace(**more).exceeds(MINE)] == [pointer]

    def test_within_one_that_is_not_bound_anything_goes(self):
        assert MINE.exceeds(Reach(MINE.scopes, None, ())) == []


class TestWords:
    @pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x1bb", "a\nb"])
    def test_need_a_name_that_can_be_read(self, name):
        assert [flaw.pointer for flaw in flaws_of(name=name, note="")] == ["/name"]

    @pytest.mark.parametrize("note", ["x" * 401, "a\x1bb"])
    def test_have_a_note_that_can_be_read(self, note):
        assert [flaw.pointer for flaw in flaws_of(name="ERP", note=note)] == ["/note"]

    def test_have_a_note_of_several_lines(self):
        assert flaws_of(name="ERP", note="a\r\nb") == []


class TestTheEnd:
    @pytest.mark.parametrize("ends", [None, NOON + DAY, NOON + LONGEST_LIFE])
    def test_is_ahead(self, ends):
        assert end_flaws(ends, NOON) == []

    @pytest.mark.parametrize("ends", [NOON, NOON - DAY, NOON + LONGEST_LIFE + DAY])
    def test_is_neither_over_nor_out_of_sight(self, ends):
        assert [flaw.pointer for flaw in end_flaws(ends, NOON)] == ["/expires_at"]

    @pytest.mark.parametrize(
        ("lived", "left", "days"),
        [
            (90, 15, None),
            (90, 14, 14),
            (90, 3, 14),
            (90, 2, 2),
            (90, 1, 2),
            (0, 14, None),
            (0, 2, None),
            (5, 2, 2),
        ],
    )
    def test_is_warned_of_unless_it_was_as_near_from_the_beginning(self, lived, left, days):
        assert warning(NOON - lived * DAY, NOON + left * DAY, NOON) == days
