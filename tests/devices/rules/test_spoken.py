"""A body read at one go means what it means item by item."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules import envelopes, spoken
from devices.rules.admission import Entry, admit
from devices.rules.readings import microseconds

ENTRIES = {
    "exec": Entry(1, False, "exec", True, "EVIDENCE"),
    "parts": Entry(2, True, "parts", False, "EVIDENCE"),
    "program": Entry(3, False, "program", False, "PRIVATE"),
}
START = "2026-03-02T09:14:58.120Z"
LIMITS = {
    "not_before": microseconds("2020-01-01T00:00:00Z"),
    "not_after": microseconds("2027-01-01T00:00:00Z"),
}
ODD = st.sampled_from([True, [], {}, "", "NaN", 10**18, -(10**18), "x" * 9000, "a\x00b", "UNAVAILABLE", None])
VALUES = st.one_of(st.integers(-5, 5), st.sampled_from(["36.000", "1e2", "ACTIVE", "12"]), ODD)
NUMBERS = st.sampled_from(["1.50", "0.1", "1e5", "12345678901234567890.5", "1e400"])


def written(value):
    """JSON, with decimals in the spelling they were given."""
    return json.dumps(value).replace('"@', "").replace('@"', "")


@st.composite
def rows(draw):
    readings = []
    for number in range(draw(st.integers(1, 6))):
        value = draw(st.one_of(VALUES, NUMBERS.map(lambda text: f"@{text}@")))
        reading = {
            "sequence": draw(st.one_of(st.just(number), st.sampled_from([-1, 2**48, "7", None, 3.0]))),
            "at": draw(st.one_of(st.just(START), st.sampled_from([7, None, "2099-01-01T00:00:00Z", "x"]))),
            "channel": draw(st.sampled_from(["exec", "parts", "parts", "program", "other", 3])),
            "value": value,
        }
        for name in draw(st.sets(st.sampled_from(sorted(reading)), max_size=1)):
            if draw(st.integers(0, 5)) == 0:
                del reading[name]
        readings.append(reading)
    return written({"epoch": draw(st.sampled_from(["e", "", " ", "x" * 81])), "readings": readings})


@st.composite
def compact(draw):
    channels, number = {}, 0
    for key in draw(st.lists(st.sampled_from(["exec", "parts", "program", "other"]), unique=True)):
        count = draw(st.integers(0, 3))
        value = st.one_of(VALUES, NUMBERS.map(lambda text: f"@{text}@"))
        channels[key] = {
            "sequence": list(range(number, number + count)),
            "at": draw(st.lists(st.sampled_from([0, 5, -7, 10**14, 1.5]), min_size=count, max_size=count)),
            "value": draw(
                st.lists(value, min_size=count, max_size=draw(st.sampled_from([count, count + 1])))
            ),
        }
        number += count
    start = draw(st.sampled_from([START, START, "2026-03-02", None]))
    return written(
        {"epoch": "e", "start": start, "unit": draw(st.sampled_from(["ms", "s", "h"])), "channels": channels}
    )


class TestRead:
    @given(st.one_of(rows(), compact()))
    def test_takes_only_what_admission_takes_whole_and_takes_it_alike(self, body):
        found = spoken.read(body.encode(), ENTRIES, **LIMITS)

        if found is not None:
            envelope = envelopes.read(body.encode())
            admitted = admit(envelope.items, dictionary=ENTRIES, **LIMITS)
            assert admitted.refusals == []
            assert envelope.epoch == found.epoch
            one_by_one = sorted(reading for series in found.series for reading in series.readings())
            assert one_by_one == sorted(admitted.readings)
            values = {one.sequence: type(one.value) for one in admitted.readings}
            assert {one.sequence: type(one.value) for one in one_by_one} == values

    def test_takes_the_common_body_in_both_forms(self):
        listed = [
            {"sequence": 1, "at": START, "channel": "exec", "value": "ACTIVE"},
            {"sequence": 2, "at": START, "channel": "parts", "value": "36.50"},
            {"sequence": 3, "at": START, "channel": "exec", "value": None},
        ]
        grouped = {
            "exec": {"sequence": [1, 3], "at": [0, 0], "value": ["ACTIVE", None]},
            "parts": {"sequence": [2], "at": [0], "value": ["36.50"]},
        }
        at = microseconds(START)

        for body in ({"readings": listed}, {"start": START, "channels": grouped}):
            found = spoken.read(json.dumps({"epoch": "e"} | body).encode(), ENTRIES, **LIMITS)
            assert found is not None
            assert [one[:4] for one in found.series] == [
                (1, [1, 3], [at, at], ["ACTIVE", None]),
                (2, [2], [at], [Decimal("36.5")]),
            ]

    @pytest.mark.parametrize("unit", ["s", "ms", "us"])
    def test_counts_times_in_the_unit_that_is_named(self, unit):
        column = {"sequence": [1], "at": [3], "value": [1]}
        body = {"epoch": "e", "start": START, "unit": unit, "channels": {"parts": column}}

        found = spoken.read(json.dumps(body).encode(), ENTRIES, **LIMITS)

        assert found is not None
        assert found.series[0].times == [microseconds(START) + 3 * envelopes.UNITS[unit]]


class TestNamesThatStandTwice:
    ROW = '{"sequence": 1, "at": "2026-03-02T09:14:58Z", "channel": "parts", "value": 1}'
    COLUMN = '{"sequence": [1], "at": [0], "value": [1]}'
    ROWS = f'{{"epoch": "e", "readings": [{ROW}]}}'
    COMPACT = f'{{"epoch": "e", "start": "{START}", "unit": "ms", "channels": {{"parts": {COLUMN}}}}}'

    @pytest.mark.parametrize("body", [ROWS, COMPACT])
    @pytest.mark.parametrize("more", ["", ', "value": [2]', ', "epoch": "f"', ', "start": "x"'])
    def test_are_never_taken_at_one_go(self, body, more):
        again = body.replace("}", more + "}", 1) if "value" in more else body[:-1] + more + "}"
        doubled = f"{more[2:].partition(':')[0]}" in body if more else False

        found = spoken.read(again.encode(), ENTRIES, **LIMITS)

        assert (found is None) is (bool(more) and (doubled or "start" in more))

    @given(st.one_of(rows(), compact()), st.data())
    def test_hide_behind_nothing(self, body, data):
        """Whatever name of a body is written once more, it is not read at one go, nor wholly item by item."""
        names = [place for place in range(len(body)) if body[place : place + 2] == '":']
        place = data.draw(st.sampled_from(names))
        name = body[body.rindex('"', 0, place) : place + 1]
        spelled = data.draw(st.sampled_from([name, '"\\u00%02x%s' % (ord(name[1]), name[2:])]))  # noqa: UP031
        again = f"{body[: place + 1 - len(name)]}{spelled}: null, {body[place + 1 - len(name) :]}"

        assert spoken.read(again.encode(), ENTRIES, **LIMITS) is None
        try:
            found = envelopes.read(again.encode())
        except envelopes.Malformed:
            return
        refused = admit(found.items, dictionary=ENTRIES, **LIMITS).refusals
        assert refused


@pytest.mark.parametrize(
    "form",
    [
        {"readings": [{"sequence": 1, "at": START, "channel": "parts", "value": 1}]},
        {"start": START, "channels": {"parts": {"sequence": [1], "at": [0], "value": [1]}}},
    ],
)
def test_a_delivery_that_names_its_device_is_read_at_one_go(form):
    named = json.dumps({"device": "dev_a:b", "epoch": "e"} | form).encode()
    plain = json.dumps({"epoch": "e"} | form).encode()

    assert spoken.read(named, ENTRIES, **LIMITS) == spoken.read(plain, ENTRIES, **LIMITS) is not None
    twice = named.replace(b'"epoch"', b'"device": "dev_c", "epoch"')
    assert spoken.read(twice, ENTRIES, **LIMITS) is None
