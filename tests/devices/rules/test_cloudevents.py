import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.rules.admission import Item, Unreadable
from devices.rules.cloudevents import Event, read
from devices.rules.envelopes import Malformed
from tests.devices import recordings
from tests.rounds import tries

AT = "2026-03-02T09:15:03.402Z"
GOOD = {
    "specversion": "1.0",
    "id": "a1-9117",
    "source": "urn:example:vmc-3",
    "type": "com.example.reading",
    "subject": "parts",
    "time": AT,
    "sequence": "0009117",
    "data": 1841,
}


def one(**changes):
    told = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return read(json.dumps([told]).encode())[0]


def reason(**changes):
    value = one(**changes).item.value
    assert isinstance(value, Unreadable)
    assert value.text
    return value.reason


class TestAnEvent:
    def test_becomes_a_reading(self):
        assert one() == Event("a1-9117", "urn:example:vmc-3", Item(9117, AT, "parts", 1841))

    def test_without_a_subject_is_named_by_its_type(self):
        assert one(subject=...).item.channel == "com.example.reading"

    @pytest.mark.parametrize(
        ("data", "value"),
        [
            ("0.10000000000000001", Decimal("0.10000000000000001")),
            ("36.000", 36),
            ("1e400", "1e400"),
            ("null", None),
            ('"ACTIVE"', "ACTIVE"),
            ('{"value": 0.5}', Decimal("0.5")),
            ('{"value": null}', None),
        ],
    )
    def test_keeps_its_value_exactly(self, data, value):
        body = json.dumps([GOOD]).replace('"data": 1841', f'"data": {data}')

        assert read(body.encode())[0].item.value == value

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"sequence": ...}, "sequence_missing"),
            ({"sequence": "-1"}, "sequence_invalid"),
            ({"sequence": "12a"}, "sequence_invalid"),
            ({"sequence": "٣"}, "sequence_invalid"),
            ({"sequence": 1.5}, "sequence_invalid"),
            ({"sequence": True}, "sequence_invalid"),
            ({"sequence": 2**48}, "sequence_invalid"),
            ({"sequence": "9" * 33}, "sequence_invalid"),
            ({"specversion": "0.3"}, "event_invalid"),
            ({"type": ""}, "event_invalid"),
            ({"id": ...}, "id_missing"),
            ({"id": 7}, "id_missing"),
            ({"source": ...}, "source_missing"),
            ({"source": "x" * 81}, "source_missing"),
            ({"source": "a\x00b"}, "source_missing"),
            ({"data": ...}, "value_missing"),
            ({"data": [1]}, "value_invalid"),
            ({"data": True}, "value_invalid"),
            ({"data": {"value": {"value": 1}}}, "value_invalid"),
            ({"data": {"value": 1, "unit": "mm"}}, "value_invalid"),
            ({"data": ..., "data_base64": "AAAA"}, "data_binary"),
            ({"datacontenttype": "application/xml"}, "data_not_json"),
            ({"datacontenttype": 7}, "data_not_json"),
        ],
    )
    def test_that_is_wrong_is_refused_alone(self, changes, expected):
        assert reason(**changes) == expected

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/x+JSON", "text/plain"])
    def test_may_state_that_its_data_is_json_or_text(self, kind):
        assert one(datacontenttype=kind).item.value == 1841

    def test_keeps_its_sequence_where_the_rest_is_wrong_so_that_it_is_no_gap(self):
        assert one(data=[1]).item.sequence == 9117


class TestABatch:
    def test_keeps_the_place_of_what_is_no_event(self):
        events = read(json.dumps([GOOD, "nonsense", 7, None, GOOD]).encode())

        assert [getattr(event.item.value, "reason", "") for event in events] == [
            "",
            "event_invalid",
            "event_invalid",
            "event_invalid",
            "",
        ]

    def test_may_repeat_an_event_but_not_its_name_for_another(self):
        again, other = GOOD, GOOD | {"sequence": "9118"}

        events = read(json.dumps([GOOD, again, other, other | {"source": "urn:else"}]).encode())

        reasons = [getattr(event.item.value, "reason", "") for event in events]
        assert reasons == ["", "", "id_reused", ""]

    def test_may_be_one_event(self):
        assert read(json.dumps(GOOD).encode(), batch=False) == [one()]

    @pytest.mark.parametrize(
        ("body", "batch", "code"),
        [
            (b"", True, "malformed_json"),
            (b"[", True, "malformed_json"),
            (b"\xff", True, "malformed_json"),
            (b"[" * 200_000, True, "malformed_json"),
            (b"[" * 200_000, False, "malformed_json"),
            (b"[]", True, "required"),
            (b"{}", True, "wrong_shape"),
            (b"[1" + b",1" * 5000 + b"]", True, "too_many"),
        ],
    )
    def test_that_is_none_is_refused_whole(self, body, batch, code):
        with pytest.raises(Malformed) as caught:
            read(body, batch=batch)

        assert caught.value.code == code

    def test_holds_a_real_recording(self):
        said = recordings.observations("nist-sms/Hurco01")[:5000]
        events = [
            GOOD | {"id": str(place), "sequence": place, "subject": one.key, "data": one.text}
            for place, one in enumerate(said)
        ]

        found = read(json.dumps(events).encode())

        assert [(event.item.sequence, event.item.channel, event.item.value) for event in found] == [
            (place, one.key, one.text) for place, one in enumerate(said)
        ]


FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
PARTS = st.dictionaries(st.sampled_from([*GOOD, "data_base64"]), ANYTHING, max_size=6).map(
    lambda parts: GOOD | parts
)


class TestNothingMakesItFail:
    @given(st.lists(PARTS, min_size=1, max_size=3))
    def test_neither_any_event(self, events):
        for event in read(json.dumps(events).encode()):
            assert isinstance(event.item, Item)
            assert event.source or isinstance(event.item.value, Unreadable)

    @given(st.binary(max_size=200), st.booleans())
    def test_nor_any_bytes(self, body, batch):
        try:
            read(body, batch=batch)
        except Malformed as error:
            assert error.text

    @settings(max_examples=tries(200))
    @given(st.data())
    def test_nor_damage_to_a_good_batch(self, data):
        body = bytearray(json.dumps([GOOD, GOOD | {"id": "2", "sequence": 9118}]).encode())
        for _ in range(data.draw(st.integers(1, 8))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        try:
            assert len(read(bytes(body))) >= 1
        except Malformed as error:
            assert error.code
