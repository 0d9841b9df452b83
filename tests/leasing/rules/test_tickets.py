"""The two axes of a ticket, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from leasing.rules import tickets as rules
from leasing.rules.tickets import Attribution, Move, Severity, Status, can, moves_from

AT = datetime(2026, 3, 10, tzinfo=UTC)
REPAIR = {
    Status.OPEN: {Move.ACKNOWLEDGE, Move.START, Move.SOLVE, Move.WITHDRAW, Move.PHOTOS, Move.CLOSE},
    Status.REOPENED: {Move.ACKNOWLEDGE, Move.START, Move.SOLVE, Move.WITHDRAW, Move.PHOTOS, Move.CLOSE},
    Status.ACKNOWLEDGED: {Move.START, Move.SOLVE, Move.WITHDRAW, Move.PHOTOS, Move.CLOSE},
    Status.IN_WORK: {Move.SOLVE, Move.WITHDRAW, Move.PHOTOS, Move.CLOSE},
    Status.SOLVED: {Move.CONFIRM, Move.REOPEN, Move.PHOTOS},
    Status.WITHDRAWN: set(),
}
STANDSTILL = {
    Attribution.NONE: {Move.MEASURE, Move.PROPOSE, Move.PHOTOS},
    Attribution.PROPOSED: {Move.AGREE, Move.CONTEST, Move.LAPSE, Move.PHOTOS},
    Attribution.CONTESTED: {Move.PROPOSE, Move.DECIDE, Move.PHOTOS},
    Attribution.AGREED: set(),
    Attribution.DECIDED: set(),
}


@pytest.mark.parametrize("status", REPAIR)
def test_the_way_of_a_repair(status):
    assert set(moves_from(status, Attribution.NONE, Severity.DOWN)) == REPAIR[status]


@pytest.mark.parametrize("attribution", STANDSTILL)
def test_who_bears_it_is_asked_when_it_works_again(attribution):
    assert set(moves_from(Status.CONFIRMED, attribution, Severity.DOWN)) == STANDSTILL[attribution]


def test_a_machine_that_did_not_stand_has_no_standstill():
    assert moves_from(Status.CONFIRMED, Attribution.NONE, Severity.IMPAIRED) == (Move.PHOTOS,)
    assert not can(Move.PROPOSE, Status.CONFIRMED, Attribution.NONE, Severity.MINOR)


def test_silence_is_consent_only_where_that_was_agreed():
    assert rules.after_silence(True) is Attribution.AGREED
    assert rules.after_silence(False) is Attribution.CONTESTED


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"text": "  "}, ["required"]),
        ({"text": "x" * 2001}, ["too_long_text"]),
        ({"since": AT + timedelta(seconds=1)}, ["in_the_future"]),
        ({"since": AT - timedelta(days=8)}, ["too_long_ago"]),
        ({"leased_from": AT - timedelta(hours=1)}, ["too_long_ago"]),
    ],
)
def test_what_is_wrong_with_a_report(changes, found):
    given = {
        "text": "Spindle stands",
        "since": AT - timedelta(hours=2),
        "leased_from": AT - timedelta(days=20),
    }

    flaws = rules.report_flaws(**(given | {"at": AT, "shown": "then"} | changes))

    assert [flaw.code for flaw in flaws] == found


def test_a_standstill_ends_with_the_lease():
    hour = timedelta(hours=1)

    assert rules.standstill(AT, None, AT + hour) is None
    assert rules.standstill(AT, AT + 2 * hour, AT + hour).end == AT + hour
    assert rules.standstill(AT, AT + 2 * hour, AT) is None
