import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.mtconnect import Header, Item, read
from devices.rules.readings import Refused, microseconds
from tests.devices import recordings

STAMP = "2026-03-02T09:14:58.120Z"
AT = microseconds(STAMP)
HEADER = f'<Header creationTime="{STAMP}" instanceId="1772440000" firstSequence="4100" nextSequence="9121" />'


def document(body, *, header=HEADER, version="2.2", root="MTConnectStreams"):
    return (
        f'<{root} xmlns="urn:mtconnect.org:{root}:{version}">{header}<Streams>'
        f'<DeviceStream name="VMC-3" uuid="LSE-000317"><ComponentStream>{body}'
        f"</ComponentStream></DeviceStream></Streams></{root}>"
    ).encode()


def event(name, text, **more):
    attributes = {"dataItemId": name.lower(), "timestamp": STAMP} | more
    written = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<{name} {written}>{text}</{name}>"


def reason_of(data, **options):
    with pytest.raises(Refused) as caught:
        read(data, **options)
    assert str(caught.value)
    return caught.value.reason


class TestRead:
    @pytest.mark.parametrize("version", ["1.3", "2.2", "2.7"])
    def test_orders_observations_by_their_own_sequence(self, version):
        events = f"<Events>{event('PartCount', 1841, sequence=9120)}</Events>"
        samples = f"<Samples>{event('Load', ' 3 ', sequence=9117)}</Samples>"

        found = read(document(events + samples, version=version))

        assert found.header == Header("1772440000", 4100, 9121, AT)
        (stream,) = found.streams
        assert (stream.uuid, stream.name, stream.problems) == ("LSE-000317", "VMC-3", [])
        assert stream.items == [Item(9117, AT, "load", "3"), Item(9120, AT, "partcount", "1841")]

    def test_writes_a_condition_as_shdr_does(self):
        fault = event(
            "Fault",
            "Limit",
            sequence=2,
            type="SYSTEM",
            nativeCode="454A",
            nativeSeverity="2",
            dataItemId="sys",
        )
        gone = event("Unavailable", "", sequence=1, type="SYSTEM", dataItemId="sys")

        found = read(document(f"<Condition>{fault}{gone}</Condition>"))

        assert [item.text for item in found.streams[0].items] == ["UNAVAILABLE", "FAULT|454A|2||Limit"]

    def test_writes_a_data_set_as_pairs(self):
        entries = '<Entry key="a">1</Entry><Entry key="b"/>'

        found = read(document(f"<Events>{event('VariableDataSet', entries, sequence=1)}</Events>"))

        assert found.streams[0].items[0].text == "a=1 b="

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"dataItemId": ""}, "key_missing"),
            ({"sequence": "-1"}, "sequence_invalid"),
            ({"sequence": "9" * 19}, "sequence_invalid"),
            ({"timestamp": "2026-03-02"}, "time_invalid"),
        ],
    )
    def test_keeps_the_others_when_one_observation_is_bad(self, changed, reason):
        bad = event("Load", 5, **{"sequence": 1} | changed)
        good = event("Load", 6, sequence=2)

        (stream,) = read(document(f"<Samples>{bad}{good}</Samples>")).streams

        assert [problem.reason for problem in stream.problems] == [reason]
        assert [item.text for item in stream.items] == ["6"]

    def test_passes_an_error_of_the_agent_on(self):
        error = b'<Error errorCode="OUT_OF_RANGE">from is too old</Error>'
        errors = b"<MTConnectError><Errors>" + error + b"</Errors></MTConnectError>"

        with pytest.raises(Refused, match="OUT_OF_RANGE: from is too old") as caught:
            read(errors)

        assert caught.value.reason == "agent_error"
        assert reason_of(b"<MTConnectError/>") == "agent_error"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "document_unreadable"),
            (b"<a><b></a>", "document_unreadable"),
            (b'<?xml version="1.0" encoding="no-such"?><a/>', "document_unreadable"),
            (b"<MTConnectDevices/>", "not_mtconnect_streams"),
            (b"<MTConnectStreams/>", "not_mtconnect_streams"),
            (document("", header="<Header/>"), "not_mtconnect_streams"),
            (document("", header='<Header instanceId="1"/>'), "sequence_invalid"),
            (
                document("", header='<Header instanceId="1" firstSequence="1" nextSequence="2"/>'),
                "time_invalid",
            ),
            (b'<!DOCTYPE a [<!ENTITY x "xxxx">]><a>&x;</a>', "document_unsafe"),
            (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document_unsafe"),
        ],
    )
    def test_refuses_what_is_no_answer_to_read(self, data, reason):
        assert reason_of(data) == reason

    def test_refuses_a_document_above_the_limit(self):
        assert reason_of(document(""), size=10) == "document_too_large"

    @given(st.data())
    def test_never_fails_on_a_damaged_document(self, data):
        whole = document(f"<Events>{event('Execution', 'ACTIVE', sequence=5)}</Events>")
        start = data.draw(st.integers(0, len(whole)))
        damaged = (
            whole[:start]
            + data.draw(st.binary(max_size=8))
            + whole[data.draw(st.integers(start, len(whole))) :]
        )

        try:
            read(damaged)
        except Refused as refused:
            assert refused.reason


class TestRecordedDocuments:
    def test_hold_what_is_known_of_them(self):
        known = recordings.truth("nist-sms/qdr_input")["documents"]

        for path, about in zip(recordings.files("nist-sms/qdr_input"), known, strict=True):
            found = read(gzip.decompress(path.read_bytes()))
            (stream,) = found.streams

            assert (path.name, found.header.instance) == (about["file"], about["instanceId"])
            assert (found.header.first, found.header.next) == (about["firstSequence"], about["nextSequence"])
            assert len(stream.items) == about["observations"]
            assert stream.items[0].sequence == about["lowest_sequence"]
            assert stream.items[-1].sequence == about["highest_sequence"]
            assert stream.problems == []
