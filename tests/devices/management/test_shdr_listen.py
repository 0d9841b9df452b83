import contextlib
import gzip
import itertools
import json
import random
import socket
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from devices import queries
from devices.actions import unnumbered
from devices.gateway.adapters import Adapter
from devices.gateway.agents import Unanswered
from devices.management import channels, listening
from devices.management.listening import Listener
from devices.models import Gap, Quarantined
from devices.rules.readings import Observation, instant
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.devices.machines import lathe, recorded
from tests.fakes.shdr import FakeAdapter

pytestmark = pytest.mark.django_db
T = b"2026-03-02T09:14:58.120Z"


def listener(device, adapter, **options):
    connect = options.pop("connect", None) or (lambda: Adapter("127.0.0.1", adapter.port))
    values = {"epoch": "shdr", "by": robot(name="listener"), "clock": timezone.now, "stop": threading.Event()}
    return Listener(connect=connect, device=device, **(values | options))


def stored(device):
    return [(one.sequence, one.channel, one.value) for one in queries.readings(device, channels=None)]


def hear(adapter, **options):
    with contextlib.closing(Adapter("127.0.0.1", adapter.port, **options)) as link:
        return list(link.lines())


class TestListening:
    def test_numbers_a_recording_however_it_is_cut(self):
        name = "nist-sms/Hurco01"
        device, path = recorded(name), recordings.files(name)[0]
        content = gzip.decompress(path.read_bytes())
        dice = random.Random(5)
        cuts = sorted({0, len(content), *(dice.randrange(len(content)) for _ in range(300))})
        pieces = [content[start:end] for start, end in itertools.pairwise(cuts)]

        with FakeAdapter(pieces, pong=10_000) as adapter:
            assert listener(device, adapter, every=0.01).step() is False

        expected = recordings.load(name).readings
        found = stored(device)
        count = content.count(b"\n")
        assert count < len(found)
        marks = [one for one in found if one[0] > len(found) - len(recordings.load(name).evidence)]
        assert {one[1] for one in marks} == recordings.load(name).evidence
        assert {one[2] for one in marks} == {None}
        said = found[: -len(marks)]
        assert said == [(one.sequence, one.channel, one.value) for one in expected[: len(said)]]
        assert not Quarantined.objects.filter(device=device).exists()

    def test_goes_on_after_the_last_number_and_marks_each_loss_once(self):
        device = lathe()
        scripts = [T + b"|execution|ACTIVE\n", T + b"|parts|1\n"], [], [], [T + b"|parts|2\n"]
        with FakeAdapter(*scripts) as adapter:
            found = listener(device, adapter)
            assert found.step() is False
            for _ in range(2):
                with pytest.raises(Unanswered):
                    found.step()
            found.step()

        assert stored(device) == [
            (1, "execution", "ACTIVE"),
            (2, "parts", 1),
            (3, "execution", None),
            (4, "parts", None),
            (5, "parts", 2),
            (6, "execution", None),
            (7, "parts", None),
        ]
        assert not Gap.objects.filter(device=device).exists()

    def test_marks_the_time_in_which_we_were_down_when_it_begins_again(self):
        device = lathe()
        unnumbered.take(
            device=device,
            epoch="shdr",
            said=[Observation(instant(timezone.now()), "execution", "ACTIVE")],
            by=robot(name="listener"),
            at=timezone.now(),
        )

        with FakeAdapter([T + b"|parts|2\n"]) as adapter:
            listener(device, adapter).step()

        assert [one[1:] for one in stored(device)][:4] == [
            ("execution", "ACTIVE"),
            ("execution", None),
            ("parts", None),
            ("parts", 2),
        ]

    def test_ends_run_time_at_the_last_proof_of_life_not_at_our_stamp(self):
        device = lathe()
        lines = [b"2026-03-02T09:00:00Z|execution|ACTIVE\n", b"2026-03-02T09:01:00Z|load|3\n"]
        with FakeAdapter(lines) as adapter:
            listener(device, adapter).step()
        said = StringIO()

        call_command("quantities", device=device.code, execution="execution", json=True, stdout=said)

        assert float(json.loads(said.getvalue())["run_seconds"]) == 60

    def test_stamps_lines_without_a_time_with_its_own(self):
        device = lathe()
        with FakeAdapter([b"|parts|1\n"]) as adapter:
            listener(device, adapter).step()

        (reading, *_) = queries.readings(device, channels=["parts"])
        assert abs(reading.at - instant(timezone.now())) < 60_000_000

    def test_keeps_what_it_cannot_read_as_it_came(self):
        device = lathe()
        lines = [b"nonsense\n", T + b"|parts\n", b"\xff\n", b"x" * 300_000 + b"\n", T + b"|parts|1\n"]
        with FakeAdapter(lines) as adapter:
            listener(device, adapter).step()

        refused = Quarantined.objects.filter(device=device)
        assert sorted((one.reason, one.item["raw"][:20]) for one in refused) == [
            ("line_too_long", ""),
            ("not_utf8", "�"),
            ("pair_incomplete", "2026-03-02T09:14:58."),
            ("time_invalid", "nonsense"),
        ]
        assert stored(device)[0] == (1, "parts", 1)

    def test_keeps_lines_until_the_database_is_back(self, monkeypatch):
        device, real, falls = lathe(), unnumbered.take, [True, True]

        def take(**given):
            if falls and falls.pop():
                raise OperationalError("gone")
            return real(**given)

        with FakeAdapter([T + b"|parts|1\n"], [T + b"|parts|2\n"]) as adapter:
            found = listener(device, adapter)
            monkeypatch.setattr(listening.unnumbered, "take", take)
            with pytest.raises(OperationalError):
                found.step()
            with pytest.raises(OperationalError):
                found.step()
            found.step()

        assert [one[2] for one in stored(device) if one[1] == "parts"] == [1, None, 2, None]

    def test_adds_unknown_keys_when_asked(self):
        device = lathe()
        with FakeAdapter([T + b"|speed|12\n"]) as adapter:
            listener(device, adapter, create_channels=True).step()

        assert stored(device)[0] == (1, "speed", 12)

    def test_adds_a_key_with_its_first_value_which_shows_its_kind(self):
        device = lathe()
        lines = [T + b"|tool|UNAVAILABLE\n", 0.7, T + b"|tool|T1\n", 0.7, T + b"|tool|UNAVAILABLE\n"]
        with FakeAdapter(lines) as adapter:
            listener(device, adapter, create_channels=True, every=0.1).step()

        assert stored(device)[:2] == [(2, "tool", "T1"), (3, "tool", None)]
        assert Quarantined.objects.get(device=device).reason == "unknown_channel"

    def test_lets_nobody_fill_the_dictionary(self, monkeypatch):
        device = lathe()
        monkeypatch.setattr(channels, "MOST_CHANNELS", 6)
        keys = [b"k" * 3000, b"a\x00b", b"one", b"two", b"three"]
        with FakeAdapter([b"".join(T + b"|" + key + b"|1\n" for key in keys)]) as adapter:
            listener(device, adapter, create_channels=True).step()

        added = device.channels.filter(number__gt=4).order_by("number")
        assert list(added.values_list("key", flat=True)) == ["one", "two"]
        assert Quarantined.objects.filter(device=device).count() == 3

    def test_ends_when_it_is_stopped(self):
        device, stop = lathe(), threading.Event()
        with FakeAdapter([T + b"|parts|1\n", 0.2, stop.set, 5]) as adapter:
            began = time.monotonic()
            listener(device, adapter, stop=stop).step()

        assert time.monotonic() - began < 3
        assert stored(device)[0] == (1, "parts", 1)


class TestHeartbeat:
    def test_gives_an_adapter_up_after_twice_its_interval(self):
        with FakeAdapter([b"* PONG 200\n", 5]) as adapter:
            began = time.monotonic()
            with pytest.raises(Unanswered, match="nothing came for 0"):
                hear(adapter)

            assert 0.4 <= time.monotonic() - began < 4.5
            assert adapter.heard[0] == b"* PING"
            assert len(adapter.heard) >= 2

    def test_keeps_one_that_answers(self):
        with FakeAdapter([1.5], pong=200) as adapter:
            began = time.monotonic()
            with pytest.raises(Unanswered, match="hung up"):
                hear(adapter)

            assert time.monotonic() - began > 1.4

    def test_gives_up_one_that_never_answers_and_never_speaks(self):
        with FakeAdapter([5]) as adapter, pytest.raises(Unanswered, match="nothing came"):
            hear(adapter, silent=0.5)

    def test_reads_what_has_come_though_no_ping_goes_out_any_more(self):
        class Deaf:
            def __init__(self, link):
                self.recv, self.close = link.recv, link.close

            def sendall(self, content):
                raise BrokenPipeError

        found = []
        with FakeAdapter([T + b"|parts|1\n"]) as adapter:
            link = Adapter("127.0.0.1", adapter.port)
            link._link = Deaf(link._link)
            with contextlib.closing(link), pytest.raises(Unanswered, match="hung up"):
                for lines in link.lines():
                    found += lines

        assert found == [T + b"|parts|1"]

    def test_needs_somebody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(Unanswered, match="refused"):
            Adapter("127.0.0.1", port, connect=0.5)


@pytest.mark.django_db(transaction=True)
def test_two_listeners_never_give_one_number_twice():
    device, by = lathe(), robot(name="listener")
    at = timezone.now()

    def listen(first):
        for value in range(first, first + 15):
            said = [Observation(instant(at - timedelta(days=1)), "parts", str(value))] * 2
            unnumbered.take(device=device, epoch="shdr", said=said, by=by, at=at)
        connection.close()

    threads = [threading.Thread(target=listen, args=(first,)) for first in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one[0] for one in stored(device)] == list(range(1, 61))
    assert not Quarantined.objects.filter(device=device).exists()


class TestTheCommand:
    @pytest.mark.parametrize(
        "options", [{"device": "nobody"}, {"port": 0}, {"every": 0.0}, {"epoch": " "}, {"epoch": "x" * 81}]
    )
    def test_says_what_is_wrong_with_its_options(self, options):
        given = {"host": "127.0.0.1", "device": lathe().code} | options
        with pytest.raises(CommandError):
            call_command("shdr_listen", **given)
