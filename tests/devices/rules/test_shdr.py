import io
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rules.readings import Observation, Problem, microseconds
from devices.rules.shdr import LINE_LENGTH, Reader, Splitter, read
from tests.devices import recordings

T = "2026-03-02T09:14:58.120Z"
AT = microseconds(T)


def parse(text, **options):
    return list(read(io.BytesIO(text.encode() if isinstance(text, str) else text), **options))


class TestRead:
    def test_reads_the_pairs_of_a_line(self):
        assert parse(f"{T}|exec|ACTIVE|mode|AUTOMATIC|prog| O1001 \r\n") == [
            Observation(AT, "exec", "ACTIVE"),
            Observation(AT, "mode", "AUTOMATIC"),
            Observation(AT, "prog", "O1001"),
        ]

    def test_keeps_blank_values_and_data_sets_as_text(self):
        assert parse(f"{T}|program|\n{T}|vars|a=1 b=2:RESET\n") == [
            Observation(AT, "program", ""),
            Observation(AT, "vars", "a=1 b=2:RESET"),
        ]

    def test_reads_a_condition_as_one_text_with_its_level_in_capitals(self):
        assert parse(f"{T}|sys|Fault|454A|2||Limit switch Y+") == [
            Observation(AT, "sys", "FAULT|454A|2||Limit switch Y+")
        ]

    def test_reads_an_unavailable_condition_as_unavailable(self):
        assert parse(f"{T}|sys|Unavailable||||") == [Observation(AT, "sys", "UNAVAILABLE")]

    def test_does_not_take_three_pairs_that_became_unavailable_for_a_condition(self):
        line = f"{T}|exec|UNAVAILABLE|mode|UNAVAILABLE|prog|UNAVAILABLE"

        assert [item.key for item in parse(line)] == ["exec", "mode", "prog"]

    def test_follows_the_dictionary_where_it_names_the_conditions(self):
        line = f"{T}|move|NORMAL|line|12|tool|3"

        assert [item.key for item in parse(line, conditions=())] == ["move", "line", "tool"]
        assert [item.key for item in parse(line, conditions={"move"})] == ["move"]

    def test_ignores_heartbeats_blank_lines_and_asset_commands(self):
        text = f"* PING\n* PONG 10000\n\n{T}|@REMOVE_ASSET@|12\n{T}|@ASSET@|1|CuttingTool|<x/>\n"

        assert parse(text) == []

    def test_steps_over_an_asset_of_several_lines(self):
        text = f"{T}|@ASSET@|1|Tool|--multiline--A\n<x>\na|b|c\n--multiline--A\n{T}|k|1\n"

        assert parse(text) == [Observation(AT, "k", "1")]

    def test_goes_on_after_an_asset_that_never_ended(self):
        text = f"{T}|@ASSET@|1|Tool|--multiline--A\n<x>\n{T}|k|1\n"

        problem, observation = parse(text)

        assert (problem.line, problem.reason, observation) == (
            1,
            "asset_unfinished",
            Observation(AT, "k", "1"),
        )

    def test_says_at_the_end_that_an_asset_never_ended(self):
        (problem,) = parse(f"{T}|@ASSET@|1|Tool|--multiline--A\n<x>\n")

        assert (problem.line, problem.reason) == (1, "asset_unfinished")

    def test_stamps_a_line_without_time_when_told_the_time(self):
        assert parse("|k|1", received_at=7) == [Observation(7, "k", "1")]

    def test_leaves_a_duration_aside(self):
        assert parse(f"{T}@100.0|k|1") == [Observation(AT, "k", "1")]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("|k|1", "time_missing"),
            ("12.5|k|1", "time_invalid"),
            ("2026-03-02T09:14:58|k|1", "time_without_zone"),
            (f"{T}|k", "pair_incomplete"),
            (T, "pair_incomplete"),
            (f"{T}|k|1|mode", "pair_incomplete"),
            (f"{T}||1", "key_missing"),
            (b"\xff\xfe|k|1", "not_utf8"),
            ("x" * (LINE_LENGTH + 10), "line_too_long"),
        ],
    )
    def test_reports_a_bad_line_and_goes_on(self, line, reason):
        raw = line if isinstance(line, bytes) else line.encode()

        problem, following = parse(raw + f"\n{T}|k|2\n".encode())

        assert isinstance(problem, Problem)
        assert (problem.line, problem.reason, following) == (1, reason, Observation(AT, "k", "2"))

    @given(st.binary(max_size=400))
    def test_never_fails_on_any_bytes(self, data):
        for item in parse(data):
            assert isinstance(item, Observation | Problem)

    @given(
        st.lists(
            st.sampled_from([T, "|", "@ASSET@", "--multiline--A", "\n", "k", "1", "FAULT", "*", ""]),
            max_size=40,
        )
    )
    def test_never_fails_on_anything_that_looks_like_shdr(self, parts):
        for item in parse("".join(parts)):
            assert isinstance(item, Observation | Problem)


@pytest.mark.parametrize("name", [name for name in recordings.NAMES if "qdr" not in name])
class TestRecordings:
    def test_hold_as_many_observations_and_keys_as_known(self, name):
        readings, truth = recordings.load(name).readings, recordings.truth(name)
        # the reference counts the four asset commands of the Okuma as keys, and their lines as observations
        commands, keys = (266, 4) if "okuma" in name else (0, 0)

        assert len(readings) == truth["observations"] - commands
        assert len({reading.channel for reading in readings}) == truth["distinct_keys"] - keys

    def test_hold_the_counter_readings_that_are_known(self, name):
        recording, truth = recordings.load(name), recordings.truth(name)
        for key, known in (truth["counters"] | truth["accumulated_timers"]).items():
            values = [reading.value for reading in recording.readings if reading.channel == key]
            told = [value for value in values if value is not None]

            assert len(told) == known["numeric_readings"]
            assert len(values) - len(told) == known["unavailable_readings"]
            assert [told[0], told[-1]] == [Decimal(str(known[end][1])) for end in ("first", "last")]


class TestOverAWire:
    @given(st.data())
    def test_lines_cut_anywhere_are_the_lines_of_a_file(self, data):
        piece = st.sampled_from(
            [
                f"{T}|k|1".encode(),
                b"|",
                b"\n",
                b"\r\n",
                b"\xff",
                b"* PING",
                f"{T}|@ASSET@|1|T|--multiline--A\n".encode(),
            ]
        )
        content = b"".join(data.draw(st.lists(piece | st.binary(max_size=5), max_size=20))) + b"\n"
        cuts = sorted({0, len(content), *data.draw(st.lists(st.integers(0, len(content)), max_size=8))})
        splitter, reader = Splitter(), Reader()

        lines = [line for a, b in itertools.pairwise(cuts) for line in splitter.feed(content[a:b])]
        found = [one for line in lines for one in reader.take(line)] + reader.end()

        assert found == parse(content)

    def test_a_line_that_never_ends_is_not_held(self):
        splitter = Splitter()

        for _ in range(100):
            assert splitter.feed(b"x" * LINE_LENGTH) == []
            assert len(splitter._held) <= LINE_LENGTH
        assert splitter.feed(b"x\nshort\n") == [None, b"short"]
