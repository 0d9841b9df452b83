import contextlib
import json
import random
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from devices import queries
from devices.actions import deliveries
from devices.gateway.broker import DOWN, MESSAGE, UP, Broker, Event
from devices.management import bridging, patience
from devices.management.bridging import Bridge, Source
from devices.management.commands import mqtt_bridge
from devices.models import Gap, Quarantined
from devices.rules.nodes import STRIDE
from devices.rules.readings import Refused
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.devices.machines import lathe, recorded
from tests.fakes.mqtt import Publisher, RunningBroker, free_port, until
from tests.fakes.sparkplug import T0, birth, death, metric, payload
from tests.rounds import ROUNDS

pytestmark = pytest.mark.django_db
EDGE, LATHE, MILL = (
    Source("plant", "edge", ""),
    Source("plant", "edge", "lathe"),
    Source("plant", "edge", "mill"),
)


class Told:
    """A bridge with its commands noted, and a node that speaks to it."""

    def __init__(self, *, machine=None, **options):
        self.lathe, self.mill, self.commands = machine or lathe(), lathe(), []
        bound = {LATHE: self.lathe, MILL: self.mill}
        send = lambda topic, message: self.commands.append(topic)  # noqa: E731
        self.bridge = Bridge(devices=bound, by=robot(name="bridge"), send=send, **options)

    def event(self, kind, message=b"", device=""):
        topic = f"spBv1.0/plant/{kind}/edge" + (f"/{device}" if device else "")
        return Event(MESSAGE, topic, message)

    def say(self, *told):
        self.bridge.hear(self.event(*told), timezone.now())

    def born(self, *, timestamp=T0, first=1, seq=0):
        """Say the births of the node and both machines: numbers 0, 1 and 2, or from ``seq`` on."""
        self.say("NBIRTH", birth(timestamp=timestamp, seq=seq))
        execution = metric("execution", alias=first, string_value="ACTIVE", timestamp=timestamp)
        parts = metric("parts", alias=first + 1, int_value=7, timestamp=timestamp)
        self.say("DBIRTH", payload(execution, parts, seq=seq + 1, timestamp=timestamp), "lathe")
        execution = metric("execution", alias=first + 2, string_value="READY", timestamp=timestamp)
        self.say("DBIRTH", payload(execution, seq=seq + 2, timestamp=timestamp), "mill")

    def parts(self, seq, value, *, alias=2, device="lathe", **fields):
        self.say("DDATA", payload(metric(alias=alias, int_value=value, **fields), seq=seq), device)


@pytest.fixture
def told():
    return Told()


def stored(device):
    return [
        (one.order >> 48, *divmod(one.sequence, STRIDE), one.channel, one.value)
        for one in queries.readings(device, channels=None)
    ]


def gaps(device):
    found = Gap.objects.filter(device=device, filled_at=None).order_by("first")
    return [(gap.first / STRIDE, (gap.last + 1) / STRIDE) for gap in found]


class TestANode:
    def test_speaks_for_several_machines_whose_numbers_are_no_gaps_for_each_other(self, told):
        told.born()
        for seq in range(3, 300):
            told.parts(seq % 256, seq)

        assert stored(told.lathe)[:3] == [
            (1, 1, 0, "execution", "ACTIVE"),
            (1, 1, 1, "parts", 7),
            (1, 3, 0, "parts", 3),
        ]
        assert stored(told.lathe)[-1] == (1, 299, 0, "parts", 299)
        assert stored(told.mill) == [(1, 2, 0, "execution", "READY")]
        assert gaps(told.lathe) == gaps(told.mill) == []
        assert told.commands == []

    def test_that_repeats_itself_changes_nothing(self, told):
        for _ in range(2):
            told.born()
            told.parts(3, 8)
            told.parts(3, 8)

        assert [one[-1] for one in stored(told.lathe)] == ["ACTIVE", 7, 8]
        assert not Quarantined.objects.exists()

    def test_whose_messages_were_lost_has_a_gap_that_late_ones_fill(self, told):
        told.born()
        told.parts(3, 8)
        told.parts(7, 12)
        assert gaps(told.lathe) == [(4, 7)]
        for seq in (4, 5, 6):
            told.parts(seq, seq + 5)

        assert gaps(told.lathe) == []

    def test_of_which_we_lost_count_is_asked_for_its_births(self, told):
        told.born()
        told.parts(3, 8)
        told.parts(3, 9)

        assert told.commands == ["spBv1.0/plant/NCMD/edge"]
        assert Quarantined.objects.get().reason == "conflict"

    def test_that_dies_leaves_every_machine_unavailable(self, told):
        told.born()
        told.say("NDEATH", death(bdseq=9))
        assert [one[-1] for one in stored(told.mill)] == ["READY"]
        for _ in range(2):
            told.say("NDEATH", death())
        told.born(timestamp=T0 + 60_000)

        assert [one[3:] for one in stored(told.lathe)] == [
            ("execution", "ACTIVE"),
            ("parts", 7),
            ("execution", None),
            ("parts", None),
            ("execution", "ACTIVE"),
            ("parts", 7),
        ]
        labels = told.lathe.epochs.order_by("number").values_list("label", flat=True)
        assert list(labels) == [
            f"spb plant/edge 0 {T0}",
            f"spb plant/edge 0 {T0} lost",
            f"spb plant/edge 0 {T0 + 60_000}",
        ]

    def test_that_is_born_again_without_having_died_was_away(self, told):
        told.born()
        told.born(timestamp=T0 + 60_000)

        assert [one[-1] for one in stored(told.mill)] == ["READY", None, None, "READY"]

    def test_that_dies_ends_run_time_at_the_last_proof_of_life(self, told):
        told.born()
        told.parts(3, 8, timestamp=T0 + 90_000)
        told.say("NDEATH", death())
        said = StringIO()
        call_command("quantities", device=told.lathe.code, execution="execution", json=True, stdout=said)

        assert float(json.loads(said.getvalue())["run_seconds"]) == 90


class TestARecording:
    def test_is_the_same_however_its_messages_are_repeated_and_overtake_each_other(self):
        said = recordings.observations("nist-sms/Hurco01")[: 120 * ROUNDS]
        dice, found = random.Random(3), []
        for shuffled in (False, True):
            told = Told(machine=recorded("nist-sms/Hurco01"))
            told.born(seq=197)  # so that the numbers begin again at 0 on the way
            events = [
                told.event(
                    "DDATA",
                    payload(metric(one.key, string_value=one.text), seq=(place + 200) % 256, timestamp=T0),
                    "lathe",
                )
                for place, one in enumerate(said)
            ]
            places = {place: place + shuffled * dice.uniform(0, 60) for place in range(len(events))}
            for event in (events[place] for place in sorted(places, key=places.get)):
                told.bridge.hear(event, timezone.now())
                if shuffled and dice.random() < 0.2:
                    told.bridge.hear(event, timezone.now())
            found.append([(one[1:4], str(one[4])) for one in stored(told.lathe)])
            assert gaps(told.lathe) == []

        assert found[0] == found[1]
        assert len(found[0]) == len(said)


class TestADevice:
    def test_that_dies_is_unavailable_alone_and_in_order(self, told):
        told.born()
        for _ in range(2):
            told.say("DDEATH", payload(seq=3, timestamp=T0 + 5), "lathe")
        told.say("DBIRTH", payload(metric("parts", alias=2, int_value=7), seq=4), "lathe")

        assert stored(told.lathe)[2:] == [
            (1, 3, 0, "execution", None),
            (1, 3, 1, "parts", None),
            (1, 4, 0, "parts", 7),
        ]
        assert [one[-1] for one in stored(told.mill)] == ["READY"]
        assert not Quarantined.objects.exists()

    def test_may_be_the_node_itself(self):
        device = lathe()
        bridge = Bridge(devices={EDGE: device}, by=robot(name="bridge"), send=lambda *told: None)
        message = birth(metric("parts", int_value=3))
        bridge.hear(Event(MESSAGE, "spBv1.0/plant/NBIRTH/edge", message), timezone.now())

        assert [one[-1] for one in stored(device)] == [3]

    def test_keeps_what_is_historical_or_unnamed_for_a_person(self, told):
        told.born()
        told.parts(3, 8, is_historical=True)
        told.parts(4, 9, alias=77)
        told.parts(5, 10)

        kept = Quarantined.objects.filter(device=told.lathe).order_by("pk")
        assert [one.reason for one in kept] == ["historical", "alias_unknown"]
        assert kept[0].item["raw"] == "parts=8"
        assert gaps(told.lathe) == []

    def test_has_unknown_metrics_added_when_asked(self):
        told = Told(create_channels=True)
        told.born()
        told.say("DDATA", payload(metric("speed", double_value=1.5), seq=3), "lathe")

        assert [str(one[-1]) for one in stored(told.lathe)][-1] == "1.5"


class TestTheWay:
    def test_that_is_lost_or_new_ends_what_was_heard_once(self, told):
        told.born()
        for kind in (DOWN, UP, DOWN, UP):
            told.bridge.hear(Event(kind), timezone.now())
        told.parts(3, 8)

        assert [one[-1] for one in stored(told.lathe)] == ["ACTIVE", 7, None, None]
        assert told.commands == ["spBv1.0/plant/NCMD/edge"] * 2

    def test_asks_a_silent_node_not_too_often(self, told):
        at = timezone.now()
        for seconds in (0, 1, 2, 6, 7):
            told.bridge.hear(told.event("NDATA", payload(seq=seconds)), at + timedelta(seconds=seconds))

        assert len(told.commands) == 2

    def test_takes_an_event_again_after_the_database_was_away(self, told, monkeypatch):
        real, events = deliveries.take, []
        told.born()
        for seq in range(3, 6):
            events.append(told.event("DDATA", payload(metric(alias=2, int_value=seq), seq=seq), "lathe"))
        events.append(told.event("NDEATH", death()))

        def failing(**given):
            real(**given)
            raise OperationalError("gone")

        for event in events:
            with monkeypatch.context() as patch:
                patch.setattr(bridging.deliveries, "take", failing)
                with contextlib.suppress(OperationalError):
                    told.bridge.hear(event, timezone.now())
            told.bridge.hear(event, timezone.now())

        assert [one[-1] for one in stored(told.lathe)] == ["ACTIVE", 7, 3, 4, 5, None, None]

    def test_refuses_what_cannot_be_read(self, told):
        told.born()
        with pytest.raises(Refused):
            told.say("NDATA", b"\xff")
        told.bridge.hear(Event(MESSAGE, "spBv1.0/STATE/host", b"{}"), timezone.now())

        assert told.commands == ["spBv1.0/plant/NCMD/edge"]


@pytest.mark.django_db(transaction=True)
class TestARealBroker:
    @pytest.fixture
    def running(self, monkeypatch):
        """The command in this thread's place: returns (device, stop) with the command in another thread."""
        device, stop, threads = lathe(), threading.Event(), []
        monkeypatch.setattr(patience, "stopped_by_signals", lambda: stop)

        def start(port):
            from django.db import connection

            def run():
                call_command(
                    "mqtt_bridge",
                    host="127.0.0.1",
                    port=port,
                    bind=[f"{device.code}=plant/edge"],
                    stderr=StringIO(),
                )
                connection.close()

            threads.append(threading.Thread(target=run))
            threads[-1].start()
            return device

        yield start
        stop.set()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()

    def test_carries_births_data_and_deaths_to_the_database(self, running):
        with RunningBroker() as broker:
            device = running(broker.port)
            node = Publisher(broker.port, will=death())
            until(lambda: node.commands or node.say("NDATA", payload(seq=9)))
            node.say(
                "NBIRTH",
                birth(metric("parts", alias=1, int_value=1), metric("execution", string_value="ACTIVE")),
            )
            for seq in range(1, 40):
                node.say("NDATA", payload(metric(alias=1, int_value=seq), seq=seq))
            until(lambda: len(stored(device)) == 41)
            node.vanish()
            until(lambda: len(stored(device)) == 43)

            assert [one[-1] for one in stored(device)] == [1, "ACTIVE", *range(1, 40), None, None]
            assert gaps(device) == []

    def test_that_restarts_is_a_loss_and_then_a_new_beginning(self, running):
        with RunningBroker() as broker:
            device = running(broker.port)
            node = Publisher(broker.port)
            until(lambda: node.commands or node.say("NDATA", payload(seq=9)))
            node.say("NBIRTH", birth(metric("parts", int_value=1)))
            until(lambda: stored(device))
            node.close()
            broker.stop()
            until(lambda: len(stored(device)) == 3)
            broker.start()
            node = Publisher(broker.port)
            until(lambda: node.commands or node.say("NDATA", payload(seq=9)))
            node.say("NBIRTH", birth(metric("parts", int_value=2), timestamp=T0 + 5))
            until(lambda: len(stored(device)) == 4)
            node.close()

        assert [one[-1] for one in stored(device)][:4] == [1, None, None, 2]

    def test_need_not_be_there_yet(self):
        broker = Broker("127.0.0.1", free_port(), ["a"], client_id="x")
        assert broker.next(0.2) is None
        broker.close()


class TestTheCommand:
    @pytest.mark.parametrize("bind", ["nobody=a/b", "{code}=a", "{code}=a/b/c/d", "{code}=a/+", "{code}"])
    def test_says_what_is_wrong_with_a_binding(self, bind):
        with pytest.raises(CommandError):
            mqtt_bridge.bindings([bind.format(code=lathe().code)])

    def test_takes_each_source_and_each_device_once(self):
        one, other = lathe().code, lathe().code
        for bind in ([f"{one}=a/b", f"{other}=a/b"], [f"{one}=a/b", f"{one}=a/c"]):
            with pytest.raises(CommandError, match="named before"):
                mqtt_bridge.bindings(bind)
        assert len(mqtt_bridge.bindings([f"{one}=a/b/x", f"{other}=a/b/y"])) == 2

    def test_keeps_a_payload_that_cannot_be_read_for_the_devices_of_its_node(self):
        told = Told()
        command = mqtt_bridge.Command(stderr=StringIO())
        command.hear(told.bridge, told.event("NDATA", b"\xff"))

        kept = Quarantined.objects.get(device=told.lathe)
        assert (kept.reason, kept.item["raw"]) == ("payload_invalid", "ff")
