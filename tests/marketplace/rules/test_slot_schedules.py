"""Slot schedules: what can be kept, and every fault at its field."""

import pytest

from marketplace.rules.slot_schedules import MOST_EXCEPTIONS, InvalidSchedule, Schedule
from tests.leasing.slot_world import SCHEDULE


def faults(**changes):
    with pytest.raises(InvalidSchedule) as refusal:
        Schedule.parse(SCHEDULE | changes)
    return {(flaw.pointer, flaw.code) for flaw in refusal.value.flaws}


def test_a_schedule_is_written_as_it_is_read():
    once = Schedule.parse(SCHEDULE).dump()

    assert Schedule.parse(once).dump() == once
    assert once["hours"]["mon"] == "09:00-12:00, 13:00-17:00"
    assert once["exceptions"] == {"2026-03-11": "", "2026-03-14": "10:00-12:00"}


def test_what_is_not_said_is_usual():
    made = Schedule.parse({"hours": {"mon": "09:00-10:00"}, "slot_minutes": 30, "price_minor": 1})

    assert made.dump() == {
        "version": 1,
        "hours": {"mon": "09:00-10:00"},
        "exceptions": {},
        "slot_minutes": 30,
        "step_minutes": 30,
        "longest_run": 1,
        "setup_minutes": 0,
        "cleaning_minutes": 0,
        "ahead_days": 30,
        "hand_in_hours": None,
        "hand_in_place": "",
        "price_minor": 1,
        "tax_category": "SERVICE",
        "cancel_hours": 24,
        "late_fee_percent": 0,
        "confirm": False,
    }


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"hours": {"monday": "09:00-10:00"}}, "/hours/monday", "not_a_weekday"),
        ({"hours": {"mon": "9-10"}}, "/hours/mon", "not_hours"),
        ({"hours": {"mon": "10:00-09:00"}}, "/hours/mon", "not_hours"),
        ({"hours": {"mon": "09:00-11:00 10:00-12:00"}}, "/hours/mon", "not_hours"),
        ({"hours": {"mon": "09:61-11:00"}}, "/hours/mon", "not_hours"),
        ({"hours": {"mon": "09:00-24:01"}}, "/hours/mon", "not_hours"),
        ({"hours": {"mon": 9}}, "/hours/mon", "not_hours"),
        ({"hours": []}, "/hours", "not_an_object"),
        ({"hours": {}, "exceptions": {"2026-03-11": ""}}, "/hours", "never_open"),
        ({"exceptions": {"11 March": ""}}, "/exceptions/11 March", "not_a_day"),
        ({"exceptions": {"2026-02-30": ""}}, "/exceptions/2026-02-30", "not_a_day"),
        ({"exceptions": {"2026-03-11": "closed"}}, "/exceptions/2026-03-11", "not_hours"),
        ({"exceptions": {str(n): "" for n in range(MOST_EXCEPTIONS + 1)}}, "/exceptions", "too_many_days"),
        ({"slot_minutes": 4}, "/slot_minutes", "not_a_whole_number"),
        ({"slot_minutes": True}, "/slot_minutes", "not_a_whole_number"),
        ({"step_minutes": 0}, "/step_minutes", "not_a_whole_number"),
        ({"longest_run": 0}, "/longest_run", "not_a_whole_number"),
        ({"cleaning_minutes": -1}, "/cleaning_minutes", "not_a_whole_number"),
        ({"ahead_days": 181}, "/ahead_days", "not_a_whole_number"),
        ({"hand_in_hours": "2"}, "/hand_in_hours", "not_a_whole_number"),
        ({"hand_in_place": " "}, "/hand_in_place", "place_missing"),
        ({"hand_in_place": "x" * 201}, "/hand_in_place", "too_long_text"),
        ({"price_minor": "160.05"}, "/price_minor", "not_a_whole_number"),
        ({"late_fee_percent": 101}, "/late_fee_percent", "not_a_whole_number"),
        ({"confirm": "yes"}, "/confirm", "not_true_or_false"),
        ({"price": 1}, "/price", "unknown_field"),
    ],
)
def test_every_fault_is_found_at_its_field(changes, pointer, code):
    assert (pointer, code) in faults(**changes)


def test_all_faults_are_found_at_once():
    found = faults(slot_minutes=1, price_minor=-1, hours={"mon": "?"})

    assert {pointer for pointer, _ in found} == {"/slot_minutes", "/price_minor", "/hours/mon"}


@pytest.mark.parametrize("document", [None, [], "09:00"])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(InvalidSchedule):
        Schedule.parse(document)
