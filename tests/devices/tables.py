"""Recordings that are tables: one row a sample, read as they were published."""

import csv
import gzip
import io
from decimal import Decimal
from functools import cache
from typing import Any

from devices.rules.readings import Reading, microseconds, number
from tests.devices import recordings

SECOND = 1_000_000
TENTH = 100_000  # µs between two samples of the milling runs
STEPS = "Machining_Process"
POWER = "S1_OutputPower"


def cobot() -> list[dict[str, str]]:
    """The rows of the cobot's session; decimal comma, semicolon."""
    return _rows("ur3-cobotops/dataset_02052023.session1.csv.gz", ";")


def cobot_readings(rows: list[dict[str, str]]) -> list[Reading]:
    """
    Its cycle counter and protective stop, three sequences a row; a blank is no reading.

    It samples once a second, so after five seconds it was away.
    """
    found: list[Reading] = []
    for place, row in enumerate(rows):
        at = microseconds(row["Timestamp"])
        if found and at - found[-1].at > 5 * SECOND:
            found.append(Reading(3 * place - 1, at, "stop", None))
        found.append(Reading(3 * place, at, "cycle", number(row["cycle"])))
        if row["Robot_ProtectiveStop"]:
            found.append(Reading(3 * place + 1, at, "stop", row["Robot_ProtectiveStop"]))
    return found


def milling(experiment: int) -> list[dict[str, str]]:
    """The samples of one milling run."""
    return _rows(f"cnc-mill-tool-wear/experiment_{experiment:02}.csv.gz", ",")


def milling_readings(rows: list[dict[str, str]]) -> list[Reading]:
    """The step and the spindle power of each sample; both end with the run."""
    found = []
    for place, row in enumerate(rows):
        found.append(Reading(2 * place, place * TENTH, STEPS, row[STEPS]))
        found.append(Reading(2 * place + 1, place * TENTH, POWER, number(row[POWER])))
    over = len(rows) * TENTH
    return [*found, Reading(2 * len(rows), over, STEPS, "over"), Reading(2 * len(rows) + 1, over, POWER, 0)]


def labels() -> list[dict[str, str]]:
    """What became of each milling run."""
    path = recordings.DATA / "cnc-mill-tool-wear/train.rows01-09.csv"
    return list(csv.DictReader(io.StringIO(path.read_text())))


def exact(figure: Any) -> Decimal:
    """A figure of ``truth.json``, as written."""
    return Decimal(str(figure))


@cache
def _rows(name: str, delimiter: str) -> list[dict[str, str]]:
    with gzip.open(recordings.DATA / name, "rt", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter=delimiter)
        return [{(key or "").strip(): value for key, value in row.items() if key} for row in rows]
