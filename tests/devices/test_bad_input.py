"""Every bad input has a stated outcome: the table of docs/telemetry.md, row by row."""

import gzip
import io
import re
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from config.up.places import ROOT
from devices import queries
from devices.actions import devices
from devices.models import Block, Quarantined
from devices.rules import mtconnect, shdr, sparkplug, tables
from devices.rules.admission import Entry, admit
from devices.rules.readings import Observation, Problem, Refused
from devices.rules.refusals import SENTENCES
from marketplace.actions.parties import robot
from tests import once
from tests.devices import bad_input
from tests.devices.bad_input import AT, BATCH, reading, rows
from tests.devices.machines import lathe, take

DOOR, EVENTS = "/api/v1/telemetry", "/api/v1/telemetry/cloudevents/"
PAGE = ROOT / "docs" / "telemetry.md"
STORED = "stored"


def params(cases):
    return [pytest.param(*case, id=name) for name, case in cases.items()]


@once.fixture
def device():
    return lathe(commissioned_at=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.fixture
def door(device):
    _, text = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def post(door, body, url=DOOR, **headers):
    more = {"content_type": "application/json" if url == DOOR else BATCH} | headers
    return door.post(url, body, **more)


def values(device):
    return [one.value for one in queries.readings(device, channels=["parts"])]


@pytest.mark.django_db
class TestOneReading:
    @pytest.mark.parametrize(("bad", "reason"), params(bad_input.READINGS))
    def test_costs_nothing_but_itself_and_waits_for_a_person(self, door, device, bad, reason):
        good = [reading("7", sequence="1"), bad, reading("8", sequence="9")]

        answer = post(door, rows(*good)).json()

        assert (answer["ack"], {7, 8} - set(values(device))) == (9, set())
        assert [one["code"] for one in answer["rejected"]] == ([reason] if reason else [])
        kept = Quarantined.objects.filter(device=device).values_list("reason", flat=True)
        assert list(kept) == ([reason] if reason else [])
        assert answer["accepted"] == 3 - len(kept)

    @pytest.mark.parametrize(("bad", "reason"), params(bad_input.EVENTS))
    def test_of_a_batch_of_events_too(self, door, device, bad, reason):
        good = [
            bad_input.event(id="a", sequence="1", data=7),
            bad,
            bad_input.event(id="z", sequence="9", data=8),
        ]

        answer = post(door, f"[{', '.join(good)}]", EVENTS).json()

        assert (answer["accepted"], values(device)) == (2, [7, 8])
        assert [one["code"] for one in answer["rejected"]] == [reason]
        assert list(Quarantined.objects.filter(device=device).values_list("reason", flat=True)) == [reason]


@pytest.mark.django_db
class TestAWholeBody:
    @pytest.mark.parametrize(("body", "headers", "status", "code"), params(bad_input.BODIES))
    def test_is_refused_and_nothing_of_it_is_kept(self, door, device, body, headers, status, code):
        self.refused(post(door, body, **headers), status, code, device)

    @pytest.mark.parametrize(("body", "headers", "status", "code"), params(bad_input.EVENT_BODIES))
    def test_of_events_too(self, door, device, body, headers, status, code):
        self.refused(post(door, body, EVENTS, **headers), status, code, device)

    def refused(self, answer, status, code, device):
        told = answer.json()
        assert (
            answer.status_code,
            {told["code"], *(one["code"] for one in told.get("errors", ()))} & {code},
        ) == (
            status,
            {code},
        )
        assert not Block.objects.filter(device_id=device.pk).exists()
        assert not Quarantined.objects.filter(device=device).exists()

    def test_that_says_another_charset_is_utf_8_all_the_same(self, door):
        answer = post(door, rows(reading()), content_type="application/json; charset=gb18030")

        assert answer.json()["accepted"] == 1

    def test_of_events_may_be_packed(self, door):
        body = gzip.compress(f"[{bad_input.event()}]".encode())

        assert post(door, body, EVENTS, HTTP_CONTENT_ENCODING="gzip").json()["accepted"] == 1


@pytest.mark.django_db
class TestNumbersOfTheSource:
    def test_an_old_epoch_that_speaks_again_goes_on_in_its_own_place(self, device):
        parts = [(1, AT, "parts", 1), (2, AT, "parts", 2)]
        take(device, parts, epoch="boot-1")
        take(device, [(1, AT, "parts", 5)], epoch="boot-2")

        again = take(device, [*parts, (3, AT, "parts", 3)], epoch="boot-1")

        assert (again.duplicates, again.accepted, again.conflicts) == (2, 1, [])
        assert values(device) == [1, 2, 3, 5]

    def test_numbers_that_go_back_are_what_was_missing_or_a_conflict(self, device):
        take(device, [(5, AT, "parts", 5), (6, AT, "parts", 6)])

        late = take(device, [(3, AT, "parts", 3), (5, AT, "parts", 9)])

        assert (late.accepted, [one.reason for one in late.conflicts], late.ack) == (1, ["conflict"], 5)
        assert values(device) == [3, 5, 6]

    @pytest.mark.parametrize("hours", [-9, 9])
    def test_a_clock_that_jumped_by_hours_changes_no_order(self, device, hours):
        take(
            device,
            [(1, AT, "parts", 1), (2, f"2026-03-02T{9 + hours:02d}:20:00Z", "parts", 2), (3, AT, "parts", 3)],
        )

        assert values(device) == [1, 2, 3]


class TestDocuments:
    @pytest.mark.parametrize(("document", "reason"), params(bad_input.DOCUMENTS))
    def test_are_refused_whole_or_cost_one_observation(self, document, reason):
        try:
            found = mtconnect.read(document)
        except Refused as refused:
            assert refused.reason == reason
        else:
            assert [one.reason for stream in found.streams for one in stream.problems] == [reason]

    @pytest.mark.parametrize(("line", "reason"), params(bad_input.LINES))
    def test_lines_are_problems_and_the_next_is_read(self, line, reason):
        file = io.BytesIO(line + b"\n2026-03-02T09:15:00Z|b|2\n")

        *problems, good = sorted(shdr.read(file), key=lambda one: isinstance(one, Observation))

        assert [one.reason for one in problems if isinstance(one, Problem)] == [reason]
        assert good.key == "b"

    @pytest.mark.parametrize(("table", "reason"), params(bad_input.ROWS))
    def test_tables_are_refused_by_their_header_and_else_by_the_row(self, table, reason):
        how = tables.mapping('{"time": {"column": "t"}, "channels": {"a": "parts"}}')
        assert self.told(table, how) == [reason]

    def told(self, table, how):
        entries = {"parts": Entry(1, True, "parts")}
        try:
            found = list(tables.read(io.BytesIO(table), how))
        except Refused as refused:
            return [refused.reason]
        items = [item for row in found if not isinstance(row, Problem) for item in row.items]
        admitted = admit(items, dictionary=entries, not_before=0, not_after=2**62)
        return [one.reason for one in found if isinstance(one, Problem)] + [
            one.reason for one in admitted.refusals
        ]

    @pytest.mark.parametrize(("payload", "reason"), params(bad_input.PAYLOADS))
    def test_payloads_are_refused_whole(self, payload, reason):
        with pytest.raises(Refused) as caught:
            sparkplug.read(payload)

        assert caught.value.reason == reason


CASES = {
    **{name: reason or STORED for name, (_, reason) in bad_input.READINGS.items()},
    **{name: reason for name, (_, reason) in bad_input.EVENTS.items()},
    **{name: case[3] for name, case in (bad_input.BODIES | bad_input.EVENT_BODIES).items()},
    **{
        name: reason
        for cases in (bad_input.DOCUMENTS, bad_input.LINES, bad_input.ROWS, bad_input.PAYLOADS)
        for name, (_, reason) in cases.items()
    },
}
CELL = re.compile(r"`([^`]+)`")


def told_rows():
    """The rows of the tables of bad input, each as its cells."""
    part = PAGE.read_text(encoding="utf-8").partition("\n## Bad input, all of it\n")[2].partition("\n## ")[0]
    for line in part.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and not set(cells[0]) <= {"-"} and cells[0] != "input":
            yield cells


class TestTheTable:
    def test_names_for_every_row_a_test_that_exists_and_its_outcome(self):
        found = list(told_rows())
        assert len(found) > 80
        for what, outcome, seen, tests in found:
            names = CELL.findall(tests)
            assert names, what
            assert seen, what
            for name in names:
                if name in CASES:
                    assert CASES[name] in [*CELL.findall(outcome), *outcome.split()], (what, name)
                else:
                    path, _, test = name.partition("::")
                    source = (ROOT / "tests" / path).read_text(encoding="utf-8")
                    assert re.search(rf"^\s*def {test}\(", source, re.MULTILINE), (what, name)

    def test_has_every_case_that_is_tested(self):
        told = {name for row in told_rows() for name in CELL.findall(row[3])}

        assert set(CASES) - told == set()

    def test_has_every_reason_that_a_reading_may_be_refused_for(self):
        told = {name for row in told_rows() for name in CELL.findall(row[1])}

        assert set(SENTENCES) - told == set()
