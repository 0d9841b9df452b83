"""What a record of a machine must say, and what a record is worth at a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.rules.equipment_records import Kind, Record, Result, Written, flaws, newest

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
CLEANED = {"kind": Kind.CLEANING, "result": Result.PASSED, "done_at": NOON - DAY, "done_by": "Li"}
CALIBRATED = CLEANED | {"kind": Kind.CALIBRATION, "reference": "JJG-77", "valid_until": NOON + 300 * DAY}
BATCH = CLEANED | {"kind": Kind.BATCH, "batch": "B-1", "product": "mAb-3", "released_by": "QA Wang"}
OPEN = BATCH | {"result": Result.OPEN, "released_by": ""}


def found(given):
    return {(flaw.pointer, flaw.code) for flaw in flaws(Written(**given), at=NOON)}


@pytest.mark.parametrize("given", [CLEANED, CALIBRATED, BATCH, OPEN, BATCH | {"result": Result.FAILED}])
def test_a_whole_record_has_no_flaw(given):
    assert found(given | {"document_sha256": "a" * 64, "reference": "SOP-1", "note": "CIP"}) == set()


def test_a_batch_that_just_ended_is_no_matter_of_the_future():
    assert found(BATCH | {"done_at": NOON}) == set()


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        (CLEANED | {"done_at": NOON + DAY / 1440}, "/done_at", "in_the_future"),
        (CLEANED | {"done_at": NOON - 3654 * DAY}, "/done_at", "too_old"),
        (CLEANED | {"valid_until": NOON - DAY}, "/valid_until", "not_after"),
        (CLEANED | {"valid_until": NOON + 3653 * DAY}, "/valid_until", "too_far"),
        (CLEANED | {"done_by": " "}, "/done_by", "required"),
        (CLEANED | {"done_by": "x" * 121}, "/done_by", "too_long"),
        (CLEANED | {"note": "x" * 1001}, "/note", "too_long"),
        (CLEANED | {"batch": "B-1"}, "/batch", "not_of_this_kind"),
        (CLEANED | {"released_by": "QA"}, "/released_by", "not_of_this_kind"),
        (CLEANED | {"result": Result.OPEN}, "/result", "only_a_batch_is_open"),
        (CLEANED | {"document_sha256": "A" * 64}, "/document_sha256", "not_a_sha256"),
        (CALIBRATED | {"reference": ""}, "/reference", "required"),
        (CALIBRATED | {"valid_until": None}, "/valid_until", "no_end"),
        (CALIBRATED | {"result": Result.FAILED}, "/valid_until", "failed_holds_for_nothing"),
        (BATCH | {"batch": ""}, "/batch", "required"),
        (BATCH | {"product": " "}, "/product", "required"),
        (BATCH | {"released_by": ""}, "/released_by", "nobody_released_it"),
        (OPEN | {"released_by": "QA Wang"}, "/released_by", "not_released_yet"),
        (BATCH | {"valid_until": NOON + DAY}, "/valid_until", "not_of_this_kind"),
    ],
)
def test_each_fault_stands_at_its_field(given, pointer, code):
    assert found(given) == {(pointer, code)}


class TestARecord:
    def test_holds_from_when_it_was_done_until_its_end(self):
        record = Record(Kind.CLEANING, Result.PASSED, NOON, NOON + DAY)
        tick = timedelta(microseconds=1)

        holds = [record.is_valid_at(NOON + late) for late in (-tick, timedelta(), DAY - tick, DAY)]

        assert holds == [False, True, True, False]

    def test_without_an_end_holds_on(self):
        assert Record(Kind.QUALIFICATION, Result.PASSED, NOON).is_valid_at(NOON + 3000 * DAY)

    @pytest.mark.parametrize("result", [Result.OPEN, Result.FAILED])
    def test_that_was_not_passed_holds_never(self, result):
        assert not Record(Kind.BATCH, result, NOON).is_valid_at(NOON)


class TestTheNewest:
    OLD = Record(Kind.CLEANING, Result.PASSED, NOON)
    NEW = Record(Kind.CLEANING, Result.FAILED, NOON + DAY)
    OTHER = Record(Kind.CALIBRATION, Result.PASSED, NOON + 2 * DAY)

    def test_is_the_last_of_its_kind_up_to_the_moment(self):
        every = [self.OTHER, self.NEW, self.OLD]

        assert newest(every, Kind.CLEANING, NOON + 3 * DAY) == self.NEW
        assert newest(every, Kind.CLEANING, NOON + DAY / 2) == self.OLD
        assert newest(every, Kind.CLEANING, NOON - DAY) is None

    def test_is_the_failed_one_of_two_at_one_moment(self):
        failed = Record(Kind.CLEANING, Result.FAILED, NOON)

        assert newest([failed, self.OLD], Kind.CLEANING, NOON) == failed
        assert newest([self.OLD, failed], Kind.CLEANING, NOON) == failed
