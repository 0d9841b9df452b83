"""
Recordings of real machines, read once per test session.

``load("nist-sms/Hurco01")`` gives the readings of a set, numbered as the source would have numbered them:
files in name order and lines in line order, or the agent's own sequence. ``SOURCES.md`` in the data says
where they come from, ``truth.json`` what they amount to.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from devices.rules import mtconnect, shdr
from devices.rules.readings import Observation, Problem, Reading, value_of

DATA = Path(__file__).parents[1] / "data" / "telemetry"
DICTIONARIES = Path(__file__).parents[2] / "devices" / "dictionaries"
CHANNELS: dict[str, dict[str, Any]] = json.loads((DATA / "channels.json").read_text())
NAMES = tuple(CHANNELS)
NUMERIC = frozenset({"COUNTER", "GAUGE"})


@dataclass(frozen=True)
class Recording:
    """One set: its readings by channel key, its dictionary, and what it should amount to."""

    name: str
    readings: list[Reading]
    dictionary: dict[str, dict[str, str]]
    execution: str
    parts: str | None
    epoch: str

    @property
    def evidence(self) -> frozenset[str]:
        """The keys whose readings are evidence."""
        return self.keys("EVIDENCE")

    def keys(self, retention: str) -> frozenset[str]:
        """The keys of one retention class."""
        return frozenset(key for key, channel in self.dictionary.items() if channel["retention"] == retention)

    @property
    def numbers(self) -> dict[str, int]:
        """A channel number for each key, in the order of the dictionary."""
        return {key: number for number, key in enumerate(self.dictionary, start=1)}


@cache
def truth(name: str) -> dict[str, Any]:
    """What is known of a set; of the one with streams documents, what is known of its only device."""
    found: dict[str, Any] = _truth()["sets"][name]
    return found


@cache
def _truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "truth.json").read_text())
    return found


def files(name: str) -> list[Path]:
    """The files of a set, in order."""
    if name == "nist-sms/qdr_input":
        return sorted((DATA / name).glob("*.xml.gz"))
    folder = DATA / name.split(" ")[0].removesuffix("/okuma.txt")
    return [folder / file for file in truth(name)["files"]]


@cache
def load(name: str) -> Recording:
    """Read a whole set; a line that cannot be read fails the test."""
    about = CHANNELS[name]
    channels = json.loads((DICTIONARIES / f"{about['dictionary']}.json").read_text())
    dictionary = {channel["key"]: channel for channel in channels}
    epoch, items = _documents(name) if name == "nist-sms/qdr_input" else ("recording", _lines(name))
    readings = [
        Reading(sequence, at, key, value_of(text, numeric=dictionary[key]["kind"] in NUMERIC))
        for sequence, at, key, text in items
    ]
    return Recording(name, readings, dictionary, about["execution"], about["parts"], epoch)


def _lines(name: str) -> list[tuple[int, int, str, str]]:
    found: list[tuple[int, int, str, str]] = []
    for path in files(name):
        with gzip.open(path) as file:
            for item in shdr.read(file):  # type: ignore[arg-type]
                assert not isinstance(item, Problem), item
                found.append((len(found) + 1, *item))
    return found


def _documents(name: str) -> tuple[str, list[tuple[int, int, str, str]]]:
    documents = [mtconnect.read(gzip.decompress(path.read_bytes())) for path in files(name)]
    found = [tuple(item) for document in documents for stream in document.streams for item in stream.items]
    return documents[0].header.instance, sorted(found)  # type: ignore[return-value]


def observations(name: str) -> list[Observation]:
    """The same readings as the parsers gave them, for tests that send text."""
    if name == "nist-sms/qdr_input":
        return [Observation(at, key, text) for _, at, key, text in _documents(name)[1]]
    return [Observation(at, key, text) for _, at, key, text in _lines(name)]
