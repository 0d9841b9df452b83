import hashlib
import json

import pytest

from tests.devices import recordings

RIGHTS = json.loads((recordings.DATA.parent / "vectors" / "default_rights.json").read_text())
CATEGORIES = {category["id"] for category in RIGHTS["categories"]}
KINDS = {"STATE", "COUNTER", "GAUGE", "TEXT", "CONDITION"}
FIELDS = {"key", "name", "name_zh", "kind", "category", "retention", "unit"}


@pytest.mark.parametrize("path", sorted(recordings.DICTIONARIES.glob("*.json")), ids=lambda path: path.stem)
class TestDictionaries:
    def test_know_every_key_of_their_recordings_and_no_other(self, path):
        names = [name for name, about in recordings.CHANNELS.items() if about["dictionary"] == path.stem]
        spoken = {reading.channel for name in names for reading in recordings.load(name).readings}

        assert {channel["key"] for channel in json.loads(path.read_text())} == spoken

    def test_say_all_that_a_channel_needs(self, path):
        channels = json.loads(path.read_text())

        for channel in channels:
            behaviour = {"counter_behaviour"} if channel["kind"] == "COUNTER" else set()
            assert set(channel) == FIELDS | behaviour
            assert channel["kind"] in KINDS
            assert channel["category"] in CATEGORIES
        assert len({channel["name"] for channel in channels}) == len(channels)
        assert len({channel["name_zh"] for channel in channels}) == len(channels)

    def test_keep_what_belongs_to_the_lessee_private_and_what_is_billed_as_evidence(self, path):
        hidden = {"process_parameters": "PRIVATE", "operator_data": "PRIVATE", "billing_counters": "EVIDENCE"}

        for channel in json.loads(path.read_text()):
            assert channel["retention"] == hidden.get(channel["category"], "ORDINARY"), channel["key"]


@pytest.mark.parametrize("name", recordings.NAMES)
class TestChannels:
    def test_name_evidence_of_the_right_kind(self, name):
        recording = recordings.load(name)

        assert recording.dictionary[recording.execution]["kind"] == "STATE"
        assert recording.execution in recording.evidence
        if recording.parts is not None:
            assert recording.dictionary[recording.parts]["kind"] == "COUNTER"
            assert recording.parts in recording.evidence


class TestCopies:
    def test_are_byte_for_byte_what_was_published(self):
        for line in (recordings.DATA / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split()

            assert hashlib.sha256((recordings.DATA / name).read_bytes()).hexdigest() == digest
