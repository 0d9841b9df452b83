import pytest

from devices.ownership.rules import intervals

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("PT1S", 1, "PT1S"),
        ("PT15M", 900, "PT15M"),
        ("PT90S", 90, "PT1M30S"),
        ("PT60M", 3600, "PT1H"),
        ("P1D", 86_400, "P1D"),
        ("PT36H", 129_600, "P1DT12H"),
        ("P1W", 604_800, "P7D"),
        ("P366D", 31_622_400, "P366D"),
    ],
)
def test_are_read_and_written(text, seconds, written):
    assert intervals.read(text) == seconds * SECOND
    assert intervals.write(seconds * SECOND) == written


WRONG = ["", "P", "PT", "P1", "15", "00:15:00", "PT15", "pt15m", "PT0S", "PT0.5S", "-PT1H", "P1M", "P1Y"]


@pytest.mark.parametrize("text", [*WRONG, "P1DT", "P367D", "P99999D", "PT1H ", "PT1M1H", "PT١S"])
def test_are_refused_in_any_other_form(text):
    assert intervals.read(text) is None


def test_of_the_table_of_rights_are_written_too():
    assert intervals.write("whole") == "whole"
    assert intervals.write(None) is None
    assert intervals.write(1_500_000) == "PT1.500000S"
    assert intervals.write(0) == "PT0S"
