"""The example of docs/listings.md: what a badge claims, and from when to when."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.rules import checks, nameplates
from marketplace.rules.checks import Found, Kind, Written, standing, standing_of_all

DAY = timedelta(days=1)
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


def found(kind=Kind.NAMEPLATE, passed=True, ago=0, lasts=100):
    return Found(kind, passed, AT - ago * DAY, AT + (lasts - ago) * DAY)


def codes(flaws):
    return [(one.pointer, one.code) for one in flaws]


def written(**changes):
    given = {"kind": Kind.NAMEPLATE, "passed": True, "seen": "SN-1", "checked_at": AT}
    return Written(**(given | changes))


class TestStanding:
    def test_the_newest_of_a_kind_counts(self):
        assert standing([found(ago=1), found(ago=3)], AT) == {Kind.NAMEPLATE: found(ago=1)}
        assert standing([found(ago=3), found(ago=1, passed=False)], AT) == {}

    def test_of_two_of_one_moment_the_one_written_later_counts(self):
        assert standing([found(passed=False), found()], AT) == {}

    def test_it_ends_to_the_moment_and_begins_with_the_check(self):
        assert standing([found(ago=100)], AT) == {}
        assert standing([found(ago=100)], AT - timedelta(microseconds=1)) != {}
        assert standing([found(ago=-1)], AT) == {}

    def test_of_several_machines_what_holds_of_each(self):
        one = [found(ago=5), found(Kind.CALIBRATION, ago=2)]
        two = [found(ago=9), found(Kind.CALIBRATION, passed=False)]

        assert standing_of_all([one, two], AT) == {
            Kind.NAMEPLATE: Found(Kind.NAMEPLATE, True, AT - 9 * DAY, AT + 91 * DAY)
        }
        assert standing_of_all([one, []], AT) == {}
        assert standing_of_all([], AT) == {}


class TestFlaws:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, []),
            ({"seen": "ｓｎ １"}, []),
            ({"seen": "SN-2"}, [("/seen", "differs")]),
            ({"seen": "SN-2", "passed": False}, []),
            ({"seen": "K-77", "kind": Kind.CALIBRATION}, []),
            ({"seen": " "}, [("/seen", "required")]),
            ({"seen": "x" * 121, "passed": False}, [("/seen", "too_long")]),
            ({"note": "x" * 301}, [("/note", "too_long")]),
            ({"checked_at": AT + DAY}, [("/checked_at", "in_the_future")]),
            ({"checked_at": datetime.max.replace(tzinfo=UTC)}, [("/checked_at", "in_the_future")]),
            ({"valid_until": AT}, [("/valid_until", "before_the_check")]),
            ({"valid_until": AT + 731 * DAY}, [("/valid_until", "too_far")]),
            ({"kind": Kind.ENCUMBRANCE, "valid_until": AT + 31 * DAY}, [("/valid_until", "too_far")]),
        ],
        ids=str,
    )
    def test_each_stands_at_its_field(self, changes, expected):
        assert codes(checks.flaws(written(**changes), registered="SN-1", at=AT)) == expected


class TestDoubt:
    @pytest.mark.parametrize(
        ("serial", "why"),
        [
            ("1178452", ""),
            ("N/A", "placeholder"),
            ("无", "placeholder"),
            ("7", "too_short"),
            ("0000", "one_character"),
        ],
    )
    def test_words_for_none_are_no_serial_numbers(self, serial, why):
        assert nameplates.doubt("Haas", serial) == why

    def test_patterns_are_asked_where_one_is_known(self, monkeypatch):
        monkeypatch.setitem(nameplates.PATTERNS, "HAAS", nameplates.re.compile(r"[0-9]{7}"))

        assert nameplates.doubt("Haas", "117-8452") == ""
        assert nameplates.doubt("haas", "SN-117") == "pattern"
