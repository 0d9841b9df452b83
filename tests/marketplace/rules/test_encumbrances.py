"""What a search of the register must say, and how machines stand by it."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.rules.encumbrances import Result, Search, Standing, flaws, is_fresh, standing_of_all

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
CLEAR = {"searched_at": NOON, "query_number": "Q-1", "result": Result.CLEAR}
FOUND = CLEAR | {"result": Result.ENCUMBERED, "registration_number": "R-9", "holder": "Bank"}


@pytest.mark.parametrize("given", [CLEAR, FOUND, FOUND | {"consent": "2026-02-01"}])
def test_a_whole_search_has_no_flaw(given):
    assert flaws(Search(**given), at=NOON) == []


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        (CLEAR | {"searched_at": NOON + DAY}, "/searched_at", "in_the_future"),
        (CLEAR | {"searched_at": NOON - 366 * DAY}, "/searched_at", "too_old"),
        (CLEAR | {"query_number": " "}, "/query_number", "required"),
        (CLEAR | {"query_number": "x" * 61}, "/query_number", "too_long"),
        (CLEAR | {"holder": "Bank"}, "/holder", "only_if_encumbered"),
        (CLEAR | {"consent": "yes"}, "/consent", "only_if_encumbered"),
        (FOUND | {"registration_number": ""}, "/registration_number", "required"),
        (FOUND | {"holder": ""}, "/holder", "required"),
    ],
)
def test_each_fault_stands_at_its_field(given, pointer, code):
    assert [(one.pointer, one.code) for one in flaws(Search(**given), at=NOON)] == [(pointer, code)]


def test_several_machines_stand_as_the_worst_of_them():
    clear, found = Search(**CLEAR), Search(**FOUND)
    agreed = Search(**FOUND, consent="2026-02-01")

    assert standing_of_all([clear, clear]) is Standing.CLEAR
    assert standing_of_all([clear, agreed]) is Standing.CONSENTED
    assert standing_of_all([agreed, None, clear]) is Standing.NOT_SEARCHED
    assert standing_of_all([None, found]) is Standing.ENCUMBERED
    assert standing_of_all([]) is Standing.NOT_SEARCHED


def test_a_search_is_fresh_for_thirty_days():
    assert is_fresh(Search(**CLEAR), NOON + 30 * DAY)
    assert not is_fresh(Search(**CLEAR), NOON + 30 * DAY + timedelta(seconds=1))
