import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from devices import queries
from devices.actions import replays
from devices.gateway.agents import Agent, Unanswered
from devices.management import patience
from devices.management.following import Follower
from devices.models import Block, Gap, Quarantined
from devices.rules import mtconnect
from devices.rules.admission import Item
from devices.rules.life import QUARTER
from devices.rules.readings import Refused
from marketplace.actions.parties import robot
from tests.devices.machines import lathe
from tests.fakes.mtconnect import FakeAgent, chunk, recorded

pytestmark = pytest.mark.django_db
OKUMA, MAZAK = "OKUMA", "Mazak"
BY = {"name": "poller"}
FIRST, MIDDLE, LAST = 20412453, 20412953, 20413453


@pytest.fixture(scope="module")
def observations():
    """The thousand observations of two recorded answers of the public demo agent."""
    return recorded(chunk(1), chunk(2))


@pytest.fixture
def machine(observations):
    """A device whose dictionary knows every data item of the recording."""
    device = lathe(commissioned_at=timezone.now().replace(year=2001))
    items = [
        Item(1, 1, one.key, one.text)
        for document in (mtconnect.read(chunk(1)), mtconnect.read(chunk(2)))
        for stream in document.streams
        for one in stream.items
    ]
    replays.create_channels(device=device, items=items, by=robot(**BY), at=timezone.now())
    return device


def follower(agent, device, *, stream=MAZAK, count=100, **options):
    return Follower(
        agent=Agent(agent.url, **options), device=device, by=robot(**BY), stream=stream, count=count
    )


def read_on(found):
    while found.step(timezone.now()):
        pass
    return found


def stored(device):
    """What the database holds: (epoch number, sequence, time, channel)."""
    said = queries.readings(device, channels=None)
    return [(one.order >> 48, one.sequence, one.at, one.channel) for one in said]


def of(observations, name, *, epoch=1, start=1, shift=0):
    """What a device should hold of observations that an agent numbered from ``start`` on."""
    return [
        (epoch, place + shift, mtconnect.microseconds(one.get("timestamp")), one.get("dataItemId"))
        for place, (device, _, one) in enumerate(observations, start=start)
        if device["name"] == name
    ]


def gaps(device):
    return list(Gap.objects.filter(device=device).order_by("pk").values_list("first", "last"))


class TestTheRecordedAnswers:
    @pytest.mark.parametrize("name", [OKUMA, MAZAK])
    def test_are_stored_whole_and_what_other_machines_said_is_no_gap(self, machine, observations, name):
        with FakeAgent(first=LAST) as agent:
            agent.fixed = {f"/sample?from={FIRST}&count=500": chunk(1)}
            agent.fixed[f"/sample?from={MIDDLE}&count=500"] = chunk(2)
            found = follower(agent, machine, stream=name, count=500)
            found.epoch, found.next, found.since = agent.instance, FIRST, FIRST
            read_on(found)
            read_on(found)

        mine = of(observations, name, start=FIRST)
        assert stored(machine) == mine
        assert len(mine) == {OKUMA: 395, MAZAK: 593}[name]
        assert gaps(machine) == []
        assert queries.next_sequence(machine, epoch=agent.instance) == LAST
        blocks = Block.objects.filter(device_id=machine.pk)
        assert not [one for one in blocks if one.at_lo // QUARTER != one.at_hi // QUARTER]


class TestFollowing:
    def test_begins_with_the_last_values_and_goes_on_from_there(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations[:400])
            found = read_on(follower(agent, machine))
            agent.say(*observations[400:])
            read_on(found)

        held = stored(machine)
        assert [one for one in held if one[1] > 400] == [
            one for one in of(observations, MAZAK) if one[1] > 400
        ]
        last = {one[3]: one for one in of(observations[:400], MAZAK)}
        assert [one for one in held if one[1] <= 400] == sorted(last.values())
        assert gaps(machine) == []

    def test_goes_on_after_a_restart_of_ours_where_the_database_ends(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations[:1])
            read_on(follower(agent, machine))
            for start in range(1, 1000, 111):
                agent.say(*observations[start : start + 111])
                fresh = follower(agent, machine, count=7)
                for _ in range(9):
                    fresh.step(timezone.now())
            read_on(follower(agent, machine, count=5000))

        assert stored(machine) == of(observations, MAZAK)
        assert gaps(machine) == []

    def test_reads_a_restarted_agent_from_its_beginning_as_a_new_epoch(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations[:1])
            found = read_on(follower(agent, machine))
            agent.say(*observations[1:600])
            read_on(found)
            agent.restart("1776500000")
            agent.say(*observations[600:])
            read_on(found)

        assert stored(machine) == of(observations[:600], MAZAK) + of(observations[600:], MAZAK, epoch=2)
        assert list(machine.epochs.order_by("number").values_list("label", flat=True)) == [
            "1776428538",
            "1776500000",
        ]

    def test_notes_what_the_buffer_lost_as_a_gap_and_goes_on(self, machine, observations):
        with FakeAgent(capacity=200) as agent:
            agent.say(*observations[:1])
            found = read_on(follower(agent, machine))
            agent.say(*observations[1:150])
            read_on(found)
            agent.say(*observations[150:900])
            read_on(found)

        assert [one for one in stored(machine) if one[1] > 150] == [
            one for one in of(observations[:900], MAZAK) if one[1] > 700
        ]
        ((first, last),) = gaps(machine)
        assert (first, last) == (151, 700)

    def test_notes_what_a_restarted_agent_lost_before_we_came(self, machine, observations):
        with FakeAgent(capacity=100) as agent:
            agent.say(*observations[:1])
            read_on(follower(agent, machine))
            agent.restart("2")
            agent.say(*observations[:500])
            read_on(follower(agent, machine))

        held = [one for one in stored(machine) if one[0] == 2]
        assert [one for one in held if one[1] > 400] == [
            one for one in of(observations[:500], MAZAK, epoch=2) if one[1] > 400
        ]
        old = {one[3]: one for one in of(observations[:500], MAZAK, epoch=2)}
        assert [one for one in held if one[1] <= 400] == sorted(o for o in old.values() if o[1] <= 400)
        assert gaps(machine)[-1][1] == 400

    def test_goes_on_where_an_agent_forgot_numbers_and_shows_the_conflict(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations[:1])
            found = read_on(follower(agent, machine))
            agent.say(*observations[1:300])
            read_on(found)
            agent.restart(agent.instance)
            agent.say(*observations[500:510])
            read_on(found)
            agent.say(*observations[510:530])
            read_on(found)

        assert set(stored(machine)) >= set(of(observations[:300], MAZAK))
        refused = Quarantined.objects.filter(device=machine)
        assert set(refused.values_list("reason", flat=True)) == {"conflict"}
        assert {one.item["sequence"] for one in refused} <= set(range(11, 31))

    def test_asks_for_less_when_an_answer_is_too_large(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations[:1])
            read_on(follower(agent, machine))
            agent.say(*observations[1:])
            found = read_on(follower(agent, machine, count=999, size=60_000))

        assert found.count < 999
        assert stored(machine) == of(observations, MAZAK)

    def test_asks_which_machine_is_meant_where_an_agent_has_several(self, machine, observations):
        with FakeAgent() as agent:
            agent.say(*observations)
            with pytest.raises(Unanswered, match="Mazak, OKUMA"):
                follower(agent, machine, stream="").step(timezone.now())
            with pytest.raises(Unanswered, match="does not speak for Haas"):
                follower(agent, machine, stream="Haas").step(timezone.now())

        assert stored(machine) == []

    def test_keeps_an_observation_that_cannot_be_read(self, machine, observations):
        device, kind, good = observations[0]
        bad = mtconnect.fromstring(
            f'<Load dataItemId="{good.get("dataItemId")}" timestamp="yesterday">1</Load>'
        )
        with FakeAgent() as agent:
            agent.say(observations[0])
            found = read_on(follower(agent, machine, stream=device["name"]))
            agent.say((device, kind, bad), observations[0])
            read_on(found)

        assert Quarantined.objects.get(device=machine).reason == "time_invalid"
        assert [one[1] for one in stored(machine)] == [1, 3]


class TestTrouble:
    @pytest.mark.parametrize(
        ("trouble", "error"),
        [
            ("error", "status 500"),
            ("hang", "timed out|Timeout"),
            ("drip", "IncompleteRead|shutdown|ConnectionReset|not a well-formed|TimeoutError|timed out"),
            ("garbage", "not a well-formed"),
            ("bomb", "not accepted"),
            ("endless", "may have"),
        ],
    )
    def test_of_the_agent_stores_nothing_and_ends_in_time(self, machine, observations, trouble, error):
        with FakeAgent() as agent:
            agent.say(*observations[:1])
            found = read_on(follower(agent, machine, pause=0.3, deadline=0.5, size=100_000))
            before = stored(machine)
            agent.say(*observations[1:50])
            agent.trouble = trouble
            began = time.monotonic()
            with pytest.raises((Unanswered, Refused), match=error):
                while True:
                    found.step(timezone.now())
            assert time.monotonic() - began < 5
            assert stored(machine) == before
            agent.trouble = ""
            read_on(found)

        assert stored(machine) == of(observations[:50], MAZAK)

    def test_of_the_network_is_told_apart_from_no_address(self, machine):
        with FakeAgent() as agent:
            pass
        with pytest.raises(Unanswered, match="refused"):
            follower(agent, machine).step(timezone.now())
        for wrong in ("ftp://x", "http://", "x", "http://h/?a=1", "file:///etc/passwd"):
            with pytest.raises(ValueError, match="address"):
                Agent(wrong)

    def test_is_waited_out_twice_as_long_each_time(self):
        stop, waits, calls = threading.Event(), [], iter(["no", "no", "no", "yes", "no", "end"])

        def step():
            call = next(calls)
            if call == "end":
                stop.set()
            if call == "no":
                raise Unanswered("away")
            return True

        patience.keep_on(step, pause=0.001, stop=stop, say=lambda text: waits.append(text.split()[-2]))

        assert waits == ["0.001", "0.002", "0.004", "0.001"]


class TestTheCommand:
    def test_reads_to_the_end_once(self, machine, observations):
        said = StringIO()
        with FakeAgent() as agent:
            agent.say(*observations)
            options = {"url": agent.url, "device": machine.code, "once": True, "stdout": said}
            call_command("mtconnect_poll", stream=MAZAK, **options)
            call_command("mtconnect_poll", stream=MAZAK, **options)

        assert "read up to 1001 of 1776428538" in said.getvalue()
        assert stored(machine)

    @pytest.mark.parametrize(
        "options", [{"device": "nobody"}, {"url": "nothing"}, {"count": 0}, {"pause": 0.0}]
    )
    def test_says_what_is_wrong_with_its_options(self, machine, options):
        given = {"url": "http://127.0.0.1:9", "device": machine.code, "once": True} | options
        with pytest.raises(CommandError):
            call_command("mtconnect_poll", **given)

    def test_ends_with_a_sentence_when_there_is_no_agent(self, machine):
        with pytest.raises(CommandError, match="not read to its end"):
            call_command("mtconnect_poll", url="http://127.0.0.1:9", device=machine.code, once=True)
