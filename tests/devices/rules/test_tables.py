import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.rules.admission import Item
from devices.rules.readings import Problem, Refused, microseconds
from devices.rules.tables import LINE_LENGTH, Row, mapping, read
from tests.devices.mappings import MILL, UR3
from tests.devices.recordings import DATA
from tests.rounds import tries

SMALL = {"time": {"column": "t"}, "channels": {"a": "a", "b": "b"}}
T = "2026-03-02T09:14:58Z"
AT = microseconds(T)


def table(text, **changes):
    content = text if isinstance(text, bytes) else text.encode()
    return list(read(io.BytesIO(content), mapping(json.dumps(SMALL | changes))))


def recorded(name, how):
    content = gzip.decompress((DATA / name).read_bytes())
    return content, list(read(io.BytesIO(content), mapping(json.dumps(how))))


def refused(**changes):
    told = {name: value for name, value in (SMALL | changes).items() if value is not ...}
    with pytest.raises(Refused) as caught:
        mapping(json.dumps(told))
    assert caught.value.reason == "mapping_invalid"
    return str(caught.value)


class TestRecordings:
    def test_a_cobot_with_semicolons_and_decimal_commas(self):
        _, found = recorded("ur3-cobotops/dataset_02052023.session1.csv.gz", UR3)

        assert len(found) == 2869
        assert found[0] == Row(
            [
                Item(3, microseconds("2022-10-26T08:17:21.847Z"), "cycle", "1"),
                Item(4, microseconds("2022-10-26T08:17:21.847Z"), "stop", "False"),
                Item(5, microseconds("2022-10-26T08:17:21.847Z"), "temperature", "27.875"),
            ],
            (3, 6),
        )
        blank = [row for row in found if len(row.items) < 3]
        assert len(blank) == 10
        assert found[-1].items[0][2:] == ("cycle", "105")
        assert [row.covered for row in found] == [(3 * n, 3 * n + 3) for n in range(1, 2870)]

    @pytest.mark.parametrize(("number", "samples"), [(4, 532), (5, 462)])
    def test_a_mill_that_has_steps_instead_of_times(self, number, samples):
        _, found = recorded(f"cnc-mill-tool-wear/experiment_0{number}.csv.gz", MILL)

        assert len(found) == samples
        assert [item.channel for item in found[0].items] == ["power", "program", "step"]
        assert found[0].items[1].value == "1.0"
        start = microseconds("2018-03-01T08:00:00Z")
        assert [row.items[0].at for row in found] == [start + 100_000 * place for place in range(samples)]
        assert {row.items[2].value for row in found} == {"Prep", "Layer 1 Up", "End"}


class TestCells:
    def test_number_the_same_reading_the_same_whatever_is_blank(self):
        found = table(f"t,a,b\n{T},1,2\n{T},,3\n{T},,\n", stride=10)

        assert [[(item.sequence, item.value) for item in row.items] for row in found] == [
            [(0, "1"), (1, "2")],
            [(11, "3")],
            [],
        ]
        assert [row.covered for row in found] == [(0, 10), (10, 20), (20, 30)]

    def test_that_are_blank_may_mean_unavailable(self):
        (row,) = table(f"t,a,b\n{T},,3\n", empty="unavailable")

        assert [item.value for item in row.items] == ["UNAVAILABLE", "3"]

    @pytest.mark.parametrize(
        ("cell", "value"), [("1,5", "1.5"), ("-7,39E-30", "-7.39E-30"), ("12", "12"), ("OK", "OK")]
    )
    def test_have_their_decimal_comma_turned(self, cell, value):
        (row,) = table(f"t;a;b\n{T};{cell};1\n", separator=";", decimal=",")

        assert row.items[0].value == value

    @pytest.mark.parametrize(
        ("decimal", "cell"), [(",", "1.5"), (",", "1.234,5"), (".", "1,5"), (".", "1.2.3")]
    )
    def test_with_another_decimal_sign_are_refused_not_guessed(self, decimal, cell):
        (problem,) = table(f"t;a;b\n{T};{cell};1\n", separator=";", decimal=decimal)

        assert (problem.line, problem.reason) == (2, "number_invalid")

    def test_that_are_text_stay_as_they_are(self):
        channels = {"a": {"channel": "a", "text": True}, "#3": "b"}
        (row,) = table(f"t;a;b\n{T};1.234,5;1\n", separator=";", decimal=",", channels=channels)

        assert row.items[0].value == "1.234,5"

    def test_may_be_quoted(self):
        (row,) = table(f't,a,b\n{T},"x, ""y""",1\n')

        assert row.items[0].value == 'x, "y"'

    def test_are_read_in_the_stated_encoding(self):
        (row,) = table(f"t,a,b\n{T},运行,1\n".encode("gb18030"), encoding="gb18030")

        assert row.items[0].value == "运行"

    def test_of_a_header_may_begin_with_a_byte_order_mark(self):
        assert isinstance(table(b"\xef\xbb\xbf" + f"t,a,b\n{T},1,2\n".encode())[0], Row)


class TestTimes:
    @pytest.mark.parametrize(
        ("stamp", "time", "expected"),
        [
            ("2026-03-02 17:14:58", {"zone": "Asia/Shanghai"}, T),
            ("2026-03-02T17:14:58+08:00", {"zone": "UTC"}, T),
            ("02.03.2026 10:14:58", {"zone": "Europe/Berlin", "format": "%d.%m.%Y %H:%M:%S"}, T),
            ("02.03.2026 10:14:58 +0100", {"format": "%d.%m.%Y %H:%M:%S %z"}, T),
        ],
    )
    def test_are_of_their_own_zone_or_of_the_stated_one(self, stamp, time, expected):
        (row,) = table(f"t,a,b\n{stamp},1,2\n", time={"column": "t"} | time)

        assert row.items[0].at == microseconds(expected)

    @pytest.mark.parametrize(
        ("stamp", "time", "reason"),
        [
            ("2026-03-02 17:14:58", {}, "time_without_zone"),
            ("02.03.2026", {"format": "%d.%m.%Y"}, "time_without_zone"),
            ("2026-03-29 02:30:00", {"zone": "Europe/Berlin"}, "time_invalid"),
            ("2026-10-25 02:30:00", {"zone": "Europe/Berlin"}, "time_ambiguous"),
            ("yesterday", {"zone": "UTC"}, "time_invalid"),
            ("yesterday", {"zone": "UTC", "format": "%d.%m.%Y"}, "time_invalid"),
            ("", {"zone": "UTC"}, "time_missing"),
        ],
    )
    def test_that_are_no_moment_are_refused(self, stamp, time, reason):
        (problem,) = table(f"t,a,b\n{stamp},1,2\n", time={"column": "t"} | time)

        assert problem.reason == reason


class TestRows:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (f"{T},1", "row_incomplete"),
            (f'{T},"1,2', "row_invalid"),
            (f"{T},{'x' * LINE_LENGTH},1", "line_too_long"),
        ],
    )
    def test_that_cannot_be_read_are_problems_and_keep_their_number(self, line, reason):
        problem, row = table(f"t,a,b\n{line}\n{T},1,2\n")

        assert (problem.line, problem.reason) == (2, reason)
        assert row.covered == (2, 4)

    def test_in_another_encoding_are_problems(self):
        assert table(f"t,a,b\n{T},".encode() + b"\xff,1\n")[0].reason == "not_in_encoding"

    @pytest.mark.parametrize("number", ["", "-1", "1.5", "x", "9" * 16, "9" * 15])
    def test_need_a_whole_number_where_a_column_numbers_them(self, number):
        (problem,) = table(f"t,a,b,n\n{T},1,2,{number}\n", sequence={"column": "n"})

        assert problem.reason == "sequence_invalid"

    @pytest.mark.parametrize("header", ["", "t,a\n", "t,a,b,b\n", "x" * LINE_LENGTH + "xx\n"])
    def test_need_the_header_of_the_mapping(self, header):
        with pytest.raises(Refused) as caught:
            table(header)

        assert caught.value.reason == "header_invalid"


class TestTheMapping:
    @pytest.mark.parametrize(
        "changes",
        [
            {"separator": "x"},
            {"decimal": [";"]},
            {"encoding": "utf-16"},
            {"more": 1},
            {"stride": 1},
            {"stride": True},
            {"stride": 10**9},
            {"sequence": "column"},
            {"sequence": {"column": 1}},
            {"time": ...},
            {"time": {"column": "t", "zone": "../etc/passwd"}},
            {"time": {"column": "t", "zone": 8}},
            {"time": {"column": "t", "format": "%d %d"}},
            {"time": {"column": "t", "format": "%Q"}},
            {"time": {"column": "t", "format": 8}},
            {"time": {"start": "2026-03-02", "step": "1"}},
            {"time": {"start": T, "step": 0.1}},
            {"time": {"start": T, "step": "0"}},
            {"time": {"start": T, "step": "0.0000001"}},
            {"time": {"start": T, "step": "-1"}},
            {"channels": ...},
            {"channels": {}},
            {"channels": {"a": 1}},
            {"channels": {"a": {"channel": ""}}},
            {"channels": {"a": {"channel": "x", "text": "yes"}}},
            {"empty": "zero"},
        ],
    )
    def test_is_refused_with_a_sentence(self, changes):
        assert len(refused(**changes)) > 20

    @given(st.text(max_size=60))
    def test_never_fails_in_another_way(self, text):
        with pytest.raises(Refused):
            mapping(text)


class TestNothingMakesItFail:
    @given(st.binary(max_size=300), st.sampled_from([";", ","]), st.sampled_from(["utf-8", "gb18030"]))
    def test_neither_any_bytes(self, content, separator, encoding):
        header = separator.join("tab").encode() + b"\n"

        for found in table(header + content, separator=separator, encoding=encoding):
            assert isinstance(found, Row | Problem)

    @settings(max_examples=tries(30))
    @given(st.data())
    def test_nor_a_recording_cut_shuffled_and_corrupted(self, data):
        content, _ = recorded("cnc-mill-tool-wear/experiment_05.csv.gz", MILL)
        header, *lines = content.splitlines(keepends=True)
        some = data.draw(st.permutations(lines[:30]))
        body = bytearray(b"".join(some))
        for _ in range(data.draw(st.integers(0, 10))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        end = data.draw(st.integers(0, len(body)))

        for found in read(io.BytesIO(header + bytes(body[:end])), mapping(json.dumps(MILL))):
            assert isinstance(found, Row | Problem)
