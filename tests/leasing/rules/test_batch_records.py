"""What a bioreactor needs before it is handed over, and before it is given back: examples by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from leasing.rules.batch_records import (
    Lack,
    before_hand_over,
    before_release,
    calibration_runs_out,
    counted_batches,
    needs_records,
)
from marketplace.rules.equipment_records import Kind, Record, Result

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def cleaned(days=-1, result=Result.PASSED, until=None):
    return Record(Kind.CLEANING, result, NOON + days * DAY, until)


def calibrated(days=-100, result=Result.PASSED, until=NOON + 200 * DAY):
    return Record(Kind.CALIBRATION, result, NOON + days * DAY, None if result is Result.FAILED else until)


def batch(days=-2, result=Result.PASSED, number="B-1"):
    return Record(Kind.BATCH, result, NOON + days * DAY, None, number)


def lacks(found):
    return [one.lack for one in found]


@pytest.mark.parametrize(
    ("family", "specs", "needed"),
    [
        ("B1", {}, True),
        ("B1", {"gmp": False}, True),
        ("Q1", {"gmp": True}, True),
        ("Q1", {"gmp": "yes"}, False),
        ("M1", {}, False),
    ],
)
def test_bioreactors_and_what_says_so_of_itself_need_records(family, specs, needed):
    assert needs_records(family, specs) is needed


class TestBeforeTheHandOver:
    @pytest.mark.parametrize(
        ("records", "expected"),
        [
            ([cleaned(), calibrated()], []),
            ([cleaned(), calibrated(), batch()], []),
            ([cleaned(), calibrated(), batch(result=Result.FAILED)], []),
            ([], [Lack.NO_CLEANING, Lack.NO_CALIBRATION]),
            ([cleaned(days=1), calibrated()], [Lack.NO_CLEANING]),
            ([cleaned(-3), cleaned(-1, Result.FAILED), calibrated()], [Lack.CLEANING_FAILED]),
            ([cleaned(until=NOON), calibrated()], [Lack.CLEANING_OVER]),
            ([cleaned(until=NOON + HOUR), calibrated()], []),
            ([cleaned(-3), calibrated(), batch(-2)], [Lack.NOT_CLEANED_SINCE]),
            ([cleaned(-2), calibrated(), batch(-2)], []),
            ([cleaned(), calibrated(until=NOON)], [Lack.CALIBRATION_OVER]),
            ([cleaned(), calibrated(-9), calibrated(-1, Result.FAILED)], [Lack.CALIBRATION_FAILED]),
            ([cleaned(), calibrated(), batch(result=Result.OPEN)], [Lack.BATCH_OPEN]),
            ([cleaned(), calibrated(), batch(days=1, result=Result.OPEN)], []),
        ],
    )
    def test_every_thing_that_is_missing_is_named(self, records, expected):
        assert lacks(before_hand_over(records, NOON)) == expected

    def test_an_open_batch_is_named_by_its_number(self):
        (found,) = before_hand_over([cleaned(), calibrated(), batch(-3, Result.OPEN, "B-7")], NOON)

        assert (found.kind, found.facts) == (Kind.BATCH, {"batch": "B-7"})


class TestBeforeTheReturn:
    @pytest.mark.parametrize(
        ("records", "batches", "counted", "expected"),
        [
            ([], [], None, []),
            ([], [], 0, []),
            ([], [], 2, [Lack.BATCHES_MISSING]),
            ([cleaned()], [batch()], 1, []),
            ([cleaned()], [batch(), batch(number="B-2")], 1, []),
            ([cleaned()], [batch()], 2, [Lack.BATCHES_MISSING]),
            ([cleaned(until=NOON - HOUR)], [batch()], None, []),
            ([cleaned(-3)], [batch()], None, [Lack.NOT_CLEANED_SINCE]),
            ([], [batch(result=Result.OPEN)], 1, [Lack.BATCH_OPEN, Lack.NO_CLEANING]),
        ],
    )
    def test_each_batch_is_closed_and_the_machine_clean_after_the_last(
        self, records, batches, counted, expected
    ):
        assert lacks(before_release(records, batches, counted=counted, at=NOON)) == expected


class TestTheCounter:
    @pytest.mark.parametrize(
        ("first", "last", "counted"),
        [
            ([("batches", "12")], [("run_time", "9"), ("batches", "15")], 3),
            ([("batches", "12")], [("batches", "12")], 0),
            ([("batches", "12")], [("batches", "11")], None),
            ([("batches", "12")], [("batches", "12.5")], None),
            ([("batches", "12")], [("batches", "١٥")], None),
            ([("batches", "12")], [], None),
            ([("run_time", "12")], [("batches", "12")], None),
        ],
    )
    def test_says_how_many_batches_there_were_or_nothing(self, first, last, counted):
        assert counted_batches(first, last) == counted


class TestACalibration:
    @pytest.mark.parametrize(
        ("records", "runs_out"),
        [
            ([], None),
            ([calibrated(until=NOON + 30 * DAY)], NOON + 30 * DAY),
            ([calibrated(until=NOON + 60 * DAY)], None),
            ([calibrated(until=NOON)], None),
            ([Record(Kind.CALIBRATION, Result.PASSED, NOON - DAY)], None),
        ],
    )
    def test_that_ends_in_the_lease_is_said(self, records, runs_out):
        assert calibration_runs_out(records, NOON, NOON + 60 * DAY) == runs_out
