import struct
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.rules import sparkplug
from devices.rules.admission import Unreadable
from devices.rules.nodes import STRIDE, Heard, Node
from devices.rules.readings import Refused
from devices.rules.sparkplug import Payload, Topic, read, topic
from tests.fakes.sparkplug import T0, birth, death, metric, parse, payload
from tests.rounds import tries


def value(**fields):
    (found,) = read(payload(metric("a", **fields), seq=1)).metrics
    if found.problem is not None:
        raise found.problem
    return found.value


class TestTopics:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("spBv1.0/plant/NBIRTH/edge", Topic("plant", "NBIRTH", "edge", "")),
            ("spBv1.0/plant/DDATA/edge/lathe", Topic("plant", "DDATA", "edge", "lathe")),
            ("spBv1.0/plant/DDATA/edge", None),
            ("spBv1.0/plant/NDATA/edge/lathe", None),
            ("spBv1.0/STATE/host", None),
            ("spBv1.0//NDATA/edge", None),
            ("spAv1.0/plant/NDATA/edge", None),
            ("", None),
        ],
    )
    def test_say_who_speaks(self, text, found):
        assert topic(text) == found


class TestValues:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"datatype": 1, "int_value": 0xFF}, "-1"),
            ({"datatype": 2, "int_value": 0xFFFF8000}, "-32768"),
            ({"datatype": 3, "int_value": 2**32 - 5}, "-5"),
            ({"datatype": 4, "long_value": 2**64 - 7}, "-7"),
            ({"datatype": 4, "long_value": 12}, "12"),
            ({"datatype": 7, "int_value": 2**32 - 5}, str(2**32 - 5)),
            ({"datatype": 8, "long_value": 2**64 - 1}, str(2**64 - 1)),
            ({"datatype": 9, "float_value": 0.1}, "0.1"),
            ({"datatype": 9, "float_value": 16777216.0}, "16777216"),
            ({"datatype": 10, "double_value": 0.1}, "0.1"),
            ({"datatype": 10, "double_value": float("nan")}, "nan"),
            ({"datatype": 11, "boolean_value": False}, "false"),
            ({"datatype": 12, "string_value": "运行"}, "运行"),
            ({"datatype": 3, "is_null": True}, None),
            ({"datatype": 3, "int_value": 7, "quality": 500}, None),
            ({"datatype": 3, "int_value": 7, "quality": 0}, None),
            ({"datatype": 3, "int_value": 7, "quality": 192}, "7"),
            ({"alias": 1, "int_value": 7}, "7"),
        ],
    )
    def test_are_exact_texts(self, fields, expected):
        assert value(**fields) == expected

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"datatype": 17, "bytes_value": b"x"}, "value_invalid"),
            ({"datatype": 16, "dataset_value": {"num_of_columns": 1}}, "value_invalid"),
            ({"datatype": 3}, "value_missing"),
        ],
    )
    def test_that_are_no_reading_are_problems(self, fields, reason):
        with pytest.raises(Refused) as caught:
            value(**fields)

        assert caught.value.reason == reason

    @given(st.floats(width=32, allow_nan=False, allow_infinity=False))
    def test_of_a_float_mean_the_same_float(self, number):
        assert struct.pack("<f", float(value(datatype=9, float_value=number))) == struct.pack("<f", number)

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_of_a_double_mean_the_same_double(self, number):
        assert float(Decimal(value(datatype=10, double_value=number))) == number


class TestPayloads:
    def test_have_their_parts(self):
        found = read(payload(metric("a", alias=3, timestamp=5, is_historical=True, int_value=1), seq=200))

        assert (found.at, found.seq) == (T0, 200)
        assert found.metrics[0][:5] == ("a", 3, 5, True, "1")

    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            (b"\x08", "payload_invalid"),
            (b"\x12\x05a", "payload_invalid"),
            (b"\x0b", "payload_invalid"),
            (b"\x12\x03\x0a\x01\xff", "payload_invalid"),
            (b"\x18\x80\x02", "payload_invalid"),
            (b"\x10\x01", "payload_invalid"),
            (b"\xff" * 11, "payload_invalid"),
            (b"\x12\x00" * 40_000, "payload_too_large"),
            (b"\x00" * (sparkplug.SIZE + 1), "payload_too_large"),
        ],
    )
    def test_that_are_none_are_refused(self, message, reason):
        with pytest.raises(Refused) as caught:
            read(message)

        assert caught.value.reason == reason

    @given(st.binary(max_size=200))
    def test_never_fail_in_another_way(self, message):
        try:
            assert isinstance(read(message), Payload)
        except Refused as refused:
            assert refused.reason.startswith("payload_")

    @settings(max_examples=tries(200))
    @given(st.data())
    def test_damaged_are_read_or_refused(self, data):
        body = bytearray(birth(metric("a", alias=1, int_value=1), metric("b", quality=192, float_value=2)))
        for _ in range(data.draw(st.integers(1, 6))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        end = data.draw(st.integers(0, len(body)))
        try:
            assert isinstance(read(bytes(body[:end])), Payload)
        except Refused as refused:
            assert refused.reason.startswith("payload_")

    def test_that_ask_for_births_are_understood_by_others(self):
        found = parse(sparkplug.rebirth(T0))

        assert (found.timestamp, found.metrics[0].name) == (T0, "Node Control/Rebirth")
        assert (found.metrics[0].datatype, found.metrics[0].boolean_value) == (11, True)


class Talk:
    """A node in conversation."""

    def __init__(self):
        self.node = Node()

    def say(self, kind, message, device=""):
        return self.node.take(Topic("plant", kind, "edge", device), read(message))


@pytest.fixture
def talk():
    return Talk()


def numbers(heard):
    return [divmod(item.sequence, STRIDE) for item in heard.items]


class TestANode:
    def test_names_its_readings_at_birth_and_by_alias_after(self, talk):
        born = talk.say("NBIRTH", birth(metric("x", alias=7, int_value=1), bdseq=3))
        said = talk.say("NDATA", payload(metric(alias=7, int_value=2, timestamp=T0 + 5), seq=1))

        assert born.epoch == said.epoch == f"spb plant/edge 3 {T0}"
        assert [item[1:] for item in (*born.items, *said.items)] == [
            (T0 * 1000, "x", "1"),
            (T0 * 1000 + 5000, "x", "2"),
        ]
        assert (numbers(born), numbers(said)) == ([(0, 1)], [(1, 0)])
        assert said.covered == ((STRIDE, 2 * STRIDE),)

    def test_counts_its_messages_on_beyond_255(self, talk):
        talk.say("NBIRTH", birth())
        found = [
            numbers(talk.say("NDATA", payload(metric("x", int_value=1), seq=n % 256)))[0][0]
            for n in range(1, 700)
        ]

        assert found == list(range(1, 700))

    def test_repeats_the_numbers_of_what_it_repeats_and_leaves_a_hole_for_what_is_lost(self, talk):
        talk.say("NBIRTH", birth())
        found = []
        for seq in (1, 1, 2, 5, 4, 6, 0):
            found += numbers(talk.say("NDATA", payload(metric("x", int_value=1), seq=seq)))

        assert [number for number, _ in found] == [1, 1, 2, 5, 4, 6, 0]

    def test_keeps_its_epoch_when_a_birth_comes_twice_and_begins_another_with_a_new_one(self, talk):
        first = talk.say("NBIRTH", birth(metric("x", int_value=1)))
        talk.say("NDATA", payload(seq=1))
        again = talk.say("NBIRTH", birth(metric("x", int_value=1)))
        later = talk.say("NBIRTH", birth(metric("x", int_value=1), timestamp=T0 + 1))

        assert again == first
        assert numbers(talk.say("NDATA", payload(metric("x", int_value=1), seq=1))) == [(1, 0)]
        assert later.epoch != first.epoch

    def test_is_asked_for_its_births_when_it_is_not_understood(self, talk):
        assert talk.say("NDATA", payload(seq=4)) == Heard(rebirth=True)
        talk.say("NBIRTH", birth())
        unborn = talk.say("DDATA", payload(metric("x", int_value=1), seq=1), "lathe")
        nameless = talk.say("NDATA", payload(metric(alias=9, int_value=1), seq=2))

        assert (unborn.rebirth, unborn.items[0].value) == (True, "1")
        assert (nameless.rebirth, nameless.items[0].value.reason) == (True, "alias_unknown")

    def test_gives_each_device_its_own_aliases(self, talk):
        talk.say("NBIRTH", birth(metric("x", alias=1, int_value=1)))
        talk.say("DBIRTH", payload(metric("y", alias=2, int_value=1), seq=1), "lathe")

        said = talk.say(
            "DDATA", payload(metric(alias=2, int_value=1), metric(alias=1, int_value=1), seq=2), "lathe"
        )

        assert [item.channel for item in said.items] == ["y", None]

    def test_dies_with_its_own_bdseq_only(self, talk):
        talk.say("NBIRTH", birth(bdseq=4))

        assert talk.say("NDEATH", death(bdseq=3)) == Heard()
        over = talk.say("NDEATH", death(bdseq=4))

        assert (over.over, over.epoch) == (True, f"spb plant/edge 4 {T0}")
        assert talk.say("NDATA", payload(seq=1)).rebirth

    def test_says_when_a_device_dies_in_the_order_of_its_messages(self, talk):
        talk.say("NBIRTH", birth())
        talk.say("DBIRTH", payload(seq=1), "lathe")

        gone = talk.say("DDEATH", payload(seq=2, timestamp=T0 + 9), "lathe")

        assert (gone.device, gone.died, gone.covered) == (
            "lathe",
            (T0 + 9) * 1000,
            ((2 * STRIDE, 3 * STRIDE),),
        )

    def test_cannot_order_what_is_historical(self, talk):
        talk.say("NBIRTH", birth())
        said = talk.say("NDATA", payload(metric("x", is_historical=True, int_value=1), seq=1))

        assert isinstance(said.items[0].value, Unreadable)
        assert said.items[0].value.reason == "historical"

    def test_passes_over_its_controls(self, talk):
        born = talk.say("NBIRTH", birth(metric("Node Control/Rebirth", boolean_value=False)))

        assert born.items == ()

    @pytest.mark.parametrize(
        ("kind", "message"),
        [("NDATA", payload()), ("NBIRTH", birth(timestamp=None)), ("NBIRTH", payload(timestamp=T0))],
    )
    def test_cannot_do_without_seq_and_time_of_birth(self, talk, kind, message):
        with pytest.raises(Refused, match=r"no seq|has its time"):
            talk.say(kind, message)

    def test_of_a_long_name_has_a_short_epoch(self):
        node = Node()
        heard = node.take(Topic("g" * 200, "NBIRTH", "n" * 200, ""), read(birth(metric("x", int_value=1))))

        assert len(heard.epoch) <= 75

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["NBIRTH", "NDATA", "DBIRTH", "DDATA", "DDEATH", "NDEATH", "NCMD"]),
                st.binary(max_size=40),
            ),
            max_size=8,
        )
    )
    def test_never_fails_but_by_refusing(self, said):
        node = Node()
        for kind, message in said:
            try:
                heard = node.take(Topic("g", kind, "n", "d" if kind[0] == "D" else ""), read(message))
                assert all(item.sequence >= 0 for item in heard.items)
            except Refused as refused:
                assert refused.reason.startswith("payload_")
