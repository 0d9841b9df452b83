"""
Bad input by name, and what becomes of it: the table of ``docs/telemetry.md`` as a test needs it.

A case of JSON is one reading among two good ones; a case of a body is a whole request; the others are bytes.
"""

import gzip
import json

AT = "2026-03-02T09:14:58.120Z"
BATCH = "application/cloudevents-batch+json"
DEEP = "[" * 3000 + "]" * 3000


def reading(value="1", *, at=f'"{AT}"', sequence="2", channel='"parts"'):
    """One reading as JSON, its parts as they are given."""
    return f'{{"sequence": {sequence}, "at": {at}, "channel": {channel}, "value": {value}}}'


READINGS = {  # the reading, and its reason; None: it is stored
    "number-infinite-text": (reading('"Infinity"'), "number_not_finite"),
    "number-nan-text": (reading('"NaN"'), "number_not_finite"),
    "number-minus-zero": (reading("-0.0"), None),
    "number-too-large": (reading("1000000000000000000"), "number_too_large"),
    "number-exponent-up": (reading("1e400"), "number_too_large"),
    "number-exponent-far-up": (reading("1e999999999"), "number_too_large"),
    "number-exponent-down": (reading("1E-40"), "number_too_precise"),
    "number-too-precise": (reading("1." + "9" * 64), "number_too_precise"),
    "number-of-a-megabyte": (reading("1." + "9" * 1_000_000), "number_too_precise"),
    "number-many-digits": (reading("9" * 5000), "item_invalid"),
    "number-many-digits-text": (reading('"' + "9" * 5000 + '"'), "number_invalid"),
    "number-decimal-comma": (reading('"12,5"'), "number_invalid"),
    "number-blank": (reading('" "'), "number_invalid"),
    "number-hexadecimal": (reading('"0x10"'), "number_invalid"),
    "number-truth-value": (reading("true"), "value_invalid"),
    "number-list": (reading("[1]"), "value_invalid"),
    "value-none": (f'{{"sequence": 2, "at": "{AT}", "channel": "parts"}}', "value_missing"),
    "value-null": (reading("null"), None),
    "text-nul": (reading('"a\\u0000b"', channel='"program"'), "character_not_allowed"),
    "text-long": (reading('"' + "x" * 8193 + '"', channel='"program"'), "text_too_long"),
    "state-long": (reading('"' + "x" * 201 + '"', channel='"execution"'), "text_too_long"),
    "time-2002": (reading(at='"2002-01-01T00:00:00Z"'), "time_before_commissioning"),
    "time-2099": (reading(at='"2099-01-01T00:00:00Z"'), "time_in_future"),
    "time-year-0": (reading(at='"0000-01-01T00:00:00Z"'), "time_invalid"),
    "time-leap-second": (reading(at='"2016-12-31T23:59:60Z"'), "time_invalid"),
    "time-24-hours": (reading(at='"2026-03-01T24:00:00Z"'), "time_invalid"),
    "time-no-day": (reading(at='"2026-02-30T00:00:00Z"'), "time_invalid"),
    "time-offset-60": (reading(at='"2026-03-02T09:00:00+08:60"'), "time_invalid"),
    "time-without-zone": (reading(at='"2026-03-02T09:14:58"'), "time_without_zone"),
    "time-number": (reading(at="1772442898"), "item_invalid"),
    "time-none": (f'{{"sequence": 2, "channel": "parts", "value": 1}}', "time_missing"),  # noqa: F541
    "sequence-none": (f'{{"at": "{AT}", "channel": "parts", "value": 1}}', "sequence_missing"),
    "sequence-negative": (reading(sequence="-1"), "sequence_invalid"),
    "sequence-2-48": (reading(sequence=str(2**48)), "sequence_invalid"),
    "sequence-text": (reading(sequence='"2"'), "sequence_invalid"),
    "sequence-fraction": (reading(sequence="2.5"), "sequence_invalid"),
    "sequence-truth-value": (reading(sequence="true"), "sequence_invalid"),
    "channel-unknown": (reading(channel='"torque"'), "unknown_channel"),
    "channel-number": (reading(channel="7"), "unknown_channel"),
    "reading-no-object": ('"2"', "item_invalid"),
    "reading-name-twice": (reading('1, "value": 2'), "name_twice"),
    "reading-not-utf-8": (reading('"\udcff"', channel='"program"'), "item_invalid"),
}


def rows(*readings, epoch='"e"'):
    """The body of a delivery in rows."""
    return f'{{"epoch": {epoch}, "readings": [{", ".join(readings)}]}}'.encode(errors="surrogateescape")


GOOD = rows(reading())
COLUMN = '{"sequence": [1], "at": [0], "value": [1]}'


def compact(channels, start=f'"{AT}"'):
    return f'{{"epoch": "e", "start": {start}, "channels": {channels}}}'.encode()


BODIES = {  # the body, headers, status, code
    "body-empty": (b"", {}, 400, "malformed_json"),
    "body-nan": (rows(reading("NaN")), {}, 400, "malformed_json"),
    "body-infinity": (rows(reading("-Infinity")), {}, 400, "malformed_json"),
    "body-cut": (GOOD[:-5], {}, 400, "malformed_json"),
    "body-gb18030": ('{"epoch": "批次"}'.encode("gb18030"), {}, 400, "malformed_json"),
    "body-utf-16": (GOOD.decode().encode("utf-16"), {}, 400, "malformed_json"),
    "body-bom": (b"\xef\xbb\xbf" + GOOD, {}, 400, "malformed_json"),
    "body-lone-surrogate": (rows(reading('"\\ud800"')), {}, 400, "malformed_json"),
    "body-deep": (rows(reading(DEEP)), {}, 400, "malformed_json"),
    "body-deep-100000": (b'{"epoch": ' + b"[" * 100_000, {}, 400, "malformed_json"),
    "body-list": (b"[]", {}, 400, "wrong_shape"),
    "body-name-twice": (GOOD[:-1] + b', "readings": []}', {}, 400, "name_twice"),
    "body-channel-twice": (compact(f'{{"parts": {COLUMN}, "parts": {COLUMN}}}'), {}, 400, "name_twice"),
    "body-5001": (rows(*(reading(sequence=str(n)) for n in range(5001))), {}, 400, "too_many"),
    "body-no-readings": (rows(), {}, 400, "required"),
    "body-unequal-lists": (
        compact('{"parts": {"sequence": [1], "at": [], "value": [1]}}'),
        {},
        400,
        "unequal_lists",
    ),
    "body-start-without-zone": (
        compact(f'{{"parts": {COLUMN}}}', '"2026-03-02T09:14:58"'),
        {},
        400,
        "time_invalid",
    ),
    "epoch-81": (rows(reading(), epoch='"' + "e" * 81 + '"'), {}, 400, "epoch_invalid"),
    "epoch-control": (rows(reading(), epoch='"a\\u0007"'), {}, 400, "epoch_invalid"),
    "epoch-none": (rows(reading(), epoch="null"), {}, 400, "required"),
    "epoch-number": (rows(reading(), epoch="7"), {}, 400, "required"),
    "epoch-10-MB": (rows(reading(), epoch='"' + "e" * 10_000_000 + '"'), {}, 413, "body_too_large"),
    "body-2-MiB": (b" " * (2 * 1024 * 1024 + 1), {}, 413, "body_too_large"),
    "body-chunked": (
        b"",
        {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
        411,
        "length_required",
    ),
    "media-csv": (GOOD, {"content_type": "text/csv"}, 415, "unsupported_media_type"),
    "coding-brotli": (GOOD, {"HTTP_CONTENT_ENCODING": "br"}, 415, "unsupported_media_type"),
    "gzip-none": (GOOD, {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "malformed_gzip"),
    "gzip-cut": (gzip.compress(GOOD)[:-4], {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "malformed_gzip"),
    "gzip-spoiled": (
        gzip.compress(GOOD)[:-8] + bytes(8),
        {"HTTP_CONTENT_ENCODING": "gzip"},
        400,
        "malformed_gzip",
    ),
    "gzip-two-members": (gzip.compress(GOOD) * 2, {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "malformed_gzip"),
    "gzip-bomb": (gzip.compress(bytes(50_000_000)), {"HTTP_CONTENT_ENCODING": "gzip"}, 413, "body_too_large"),
}


def event(**changes):
    """One CloudEvent; ``None`` leaves a part out."""
    told = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "urn:a",
        "type": "reading",
        "subject": "parts",
        "time": AT,
        "sequence": "2",
        "data": 1,
    } | changes
    return json.dumps({name: value for name, value in told.items() if value is not None})


EVENTS = {  # the event, and its reason; None: it is stored
    "event-specversion": (event(specversion="0.3"), "event_invalid"),
    "event-no-type": (event(type=None), "event_invalid"),
    "event-no-object": ("7", "event_invalid"),
    "event-no-id": (event(id=None), "id_missing"),
    "event-no-source": (event(source=None), "source_missing"),
    "event-source-81": (event(source="s" * 81), "source_missing"),
    "event-no-sequence": (event(sequence=None), "sequence_missing"),
    "event-sequence": (event(sequence="-2"), "sequence_invalid"),
    "event-sequence-33-digits": (event(sequence="0" * 33), "sequence_invalid"),
    "event-binary": (event(data=None, data_base64="AQ=="), "data_binary"),
    "event-no-data": (event(data=None), "value_missing"),
    "event-data-object": (event(data={"a": 1}), "value_invalid"),
    "event-data-truth-value": (event(data=True), "value_invalid"),
    "event-media": (event(datacontenttype="application/xml"), "data_not_json"),
    "event-time-without-zone": (event(time="2026-03-02T09:14:58"), "time_without_zone"),
    "event-name-twice": (event().replace('"data"', '"data": 9, "data"'), "name_twice"),
}
EVENT_BODIES = {
    "events-empty": (b"[]", {}, 400, "required"),
    "events-one-object": (event().encode(), {}, 400, "wrong_shape"),
    "events-5001": (f"[{', '.join([event()] * 5001)}]".encode(), {}, 400, "too_many"),
    "events-media": (b"[]", {"content_type": "application/json"}, 415, "unsupported_media_type"),
    "events-gzip-cut": (gzip.compress(b"[]")[:-4], {"HTTP_CONTENT_ENCODING": "gzip"}, 400, "malformed_gzip"),
    "events-gzip-bomb": (
        gzip.compress(bytes(50_000_000)),
        {"HTTP_CONTENT_ENCODING": "gzip"},
        413,
        "body_too_large",
    ),
}

HEADER = '<Header instanceId="1" firstSequence="1" nextSequence="9" creationTime="2026-03-02T09:14:58Z"/>'


def streams(observation, header=HEADER, before=""):
    return (
        f'<?xml version="1.0"?>{before}<MTConnectStreams>{header}<Streams><DeviceStream name="m" uuid="u">'
        f"<ComponentStream><Events>{observation}</Events></ComponentStream></DeviceStream></Streams>"
        "</MTConnectStreams>"
    ).encode()


def observed(**changes):
    told = {"dataItemId": "e", "sequence": "5", "timestamp": "2026-03-02T09:14:58Z"} | changes
    attributes = " ".join(f'{name}="{value}"' for name, value in told.items() if value is not None)
    return f"<Execution {attributes}>ACTIVE</Execution>"


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 100 + '"><!ENTITY c "' + "&b;" * 100 + '">]>'
DOCUMENTS = {  # the document, and the reason of the whole or of the one observation
    "xml-entity-bomb": (streams("<Execution>&c;</Execution>", before=LAUGHS), "document_unsafe"),
    "xml-external-entity": (
        streams("&a;", before='<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        "document_unsafe",
    ),
    "xml-dtd": (streams("", before='<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">'), "document_unsafe"),
    "xml-cut": (streams(observed())[:-9], "document_unreadable"),
    "xml-none": (b"OK", "document_unreadable"),
    "xml-empty": (b"", "document_unreadable"),
    "xml-unknown-encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "document_unreadable"),
    "xml-17-MiB": (b" " * (17 * 1024 * 1024), "document_too_large"),
    "xml-many-tags": (streams("<a/>" * 300_000), "document_too_large"),
    "xml-many-attributes": (b"<a " + b'a="" ' * 750_001 + b"/>", "document_too_large"),
    "xml-deep": (b"<a>" * 140_000 + b"</a>" * 140_000, "not_mtconnect_streams"),
    "xml-agent-error": (
        b'<MTConnectError><Errors><Error errorCode="OUT_OF_RANGE"/></Errors></MTConnectError>',
        "agent_error",
    ),
    "xml-other": (b"<html/>", "not_mtconnect_streams"),
    "xml-no-instance": (streams("", header=HEADER.replace('instanceId="1"', "")), "not_mtconnect_streams"),
    "xml-sequence": (streams(observed(sequence="-5")), "sequence_invalid"),
    "xml-time": (streams(observed(timestamp="2026-03-02T09:14:58")), "time_without_zone"),
    "xml-no-key": (streams(observed(dataItemId=None)), "key_missing"),
}

LINES = {  # a line of SHDR
    "shdr-no-pipes": (b"hello", "time_invalid"),
    "shdr-time-alone": (b"2026-03-02T09:14:58Z", "pair_incomplete"),
    "shdr-half-a-pair": (b"2026-03-02T09:14:58Z|a|1|b", "pair_incomplete"),
    "shdr-no-key": (b"2026-03-02T09:14:58Z||1", "key_missing"),
    "shdr-no-time": (b"|a|1", "time_missing"),
    "shdr-time-without-zone": (b"2026-03-02T09:14:58|a|1", "time_without_zone"),
    "shdr-relative-time": (b"12.345|a|1", "time_invalid"),
    "shdr-not-utf-8": (b"2026-03-02T09:14:58Z|a|\xff", "not_utf8"),
    "shdr-endless": (b"x" * 70_000, "line_too_long"),
    "shdr-asset-without-end": (b"2026-03-02T09:14:58Z|@ASSET@|1|T|--multiline--A\n<a>", "asset_unfinished"),
}

TABLE = b"t,a\n"
ROWS = {  # a table under the mapping time=t, a=parts
    "csv-column-missing": (b"t,b\n", "header_invalid"),
    "csv-column-twice": (b"t,a,a\n", "header_invalid"),
    "csv-header-too-long": (b"t,a," + b"x" * 70_000 + b"\n", "header_invalid"),
    "csv-empty": (b"", "header_invalid"),
    "csv-cell-missing": (TABLE + b"2026-03-02T09:14:58Z\n", "row_incomplete"),
    "csv-quote-open": (TABLE + b'2026-03-02T09:14:58Z,"1\n', "row_invalid"),
    "csv-encoding": (TABLE + b"2026-03-02T09:14:58Z,\xff\n", "not_in_encoding"),
    "csv-cell-70-KB": (TABLE + b"2026-03-02T09:14:58Z," + b"1" * 70_000 + b"\n", "line_too_long"),
    "csv-time-missing": (TABLE + b",1\n", "time_missing"),
    "csv-time-without-zone": (TABLE + b"2026-03-02T09:14:58,1\n", "time_without_zone"),
    "csv-decimal-comma": (TABLE + b'2026-03-02T09:14:58Z,"1,5"\n', "number_invalid"),
    "csv-nul": (TABLE + b"2026-03-02T09:14:58Z,1\x00\n", "number_invalid"),
}

OVERLONG = b"\x18" + b"\xff" * 10 + b"\x01"
PAYLOADS = {  # bytes of a Sparkplug payload
    "spb-overlong-varint": (OVERLONG, "payload_invalid"),
    "spb-cut": (b"\x12\x7f\x0a", "payload_invalid"),
    "spb-group": (b"\x0b\x0c", "payload_invalid"),
    "spb-wrong-wire-type": (b"\x12\x04\x0a\x02\xff\xfe", "payload_invalid"),
    "spb-text-for-number": (b"\x0a\x01a", "payload_invalid"),
    "spb-seq-256": (b"\x18\x80\x02", "payload_invalid"),
    "spb-4-MiB": (bytes(4 * 1024 * 1024 + 1), "payload_too_large"),
    "spb-metrics": (b"\x12\x00" * 32_769, "payload_too_large"),
    "spb-fields": (b"\x08\x01" * 500_001, "payload_too_large"),
}
