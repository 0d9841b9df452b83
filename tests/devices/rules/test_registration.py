from datetime import UTC, datetime

import pytest

from devices.rules import registration

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
GOOD = {
    "code": "vmc-3",
    "name": "VMC 3",
    "zone": "Asia/Shanghai",
    "silence_limit_seconds": None,
    "commissioned_at": AT,
}
CHANNEL = {"key": "load", "name": "Load", "kind": "GAUGE", "category": "energy", "retention": "ORDINARY"}
COUNTER = {**CHANNEL, "kind": "COUNTER"}


def of_device(**changes):
    flaws = registration.device_flaws(at=AT, **(GOOD | changes))
    for flaw in flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer, flaw.code) for flaw in flaws]


def of_channels(*channels):
    flaws = registration.channel_flaws(channels, categories=["energy", "operator_data"])
    for flaw in flaws:
        assert flaw.text.format(**flaw.facts)
    return [(flaw.pointer, flaw.code) for flaw in flaws]


class TestDevice:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"code": "A" * 40},
            {"silence_limit_seconds": 60},
            {"silence_limit_seconds": 31_536_000},
            {"zone": "UTC"},
            {"commissioned_at": datetime(1990, 1, 1, tzinfo=UTC)},
            {"commissioned_at": datetime(2027, 11, 21, 4, tzinfo=UTC)},
        ],
    )
    def test_is_taken(self, changes):
        assert of_device(**changes) == []

    @pytest.mark.parametrize(
        ("changes", "flaw"),
        [
            ({"code": ""}, ("/code", "bad_code")),
            ({"code": "机床"}, ("/code", "bad_code")),
            ({"code": "a" * 41}, ("/code", "bad_code")),
            ({"code": "a\n"}, ("/code", "bad_code")),
            ({"name": ""}, ("/name", "bad_name")),
            ({"name": "a" * 81}, ("/name", "bad_name")),
            ({"zone": ""}, ("/zone", "unknown_zone")),
            ({"zone": "+08:00"}, ("/zone", "unknown_zone")),
            ({"zone": "../etc/passwd"}, ("/zone", "unknown_zone")),
            ({"zone": "asia/shanghai"}, ("/zone", "unknown_zone")),
            ({"silence_limit_seconds": 59}, ("/silence_limit_seconds", "bad_silence_limit")),
            ({"silence_limit_seconds": -1}, ("/silence_limit_seconds", "bad_silence_limit")),
            ({"silence_limit_seconds": 31_536_001}, ("/silence_limit_seconds", "bad_silence_limit")),
            ({"commissioned_at": datetime(2026, 11, 20)}, ("/commissioned_at", "no_zone")),
            (
                {"commissioned_at": datetime(1989, 12, 31, tzinfo=UTC)},
                ("/commissioned_at", "implausible_moment"),
            ),
            (
                {"commissioned_at": datetime(2027, 11, 22, tzinfo=UTC)},
                ("/commissioned_at", "implausible_moment"),
            ),
        ],
    )
    def test_is_refused_at_the_field(self, changes, flaw):
        assert of_device(**changes) == [flaw]


class TestChannels:
    @pytest.mark.parametrize(
        "channel",
        [
            CHANNEL,
            {**COUNTER, "counter_behaviour": "HOLD"},
            {**COUNTER, "counter_behaviour": {}},
            {**COUNTER, "counter_behaviour": {"behaviour": "ROLLS_OVER", "modulus": 65536}},
        ],
    )
    def test_are_taken(self, channel):
        assert of_channels(channel) == []

    @pytest.mark.parametrize(
        ("channel", "flaw"),
        [
            ({**CHANNEL, "key": ""}, ("/channels/0/key", "required")),
            ({**CHANNEL, "key": "k" * 201}, ("/channels/0/key", "too_long")),
            ({**CHANNEL, "unit": "u" * 25}, ("/channels/0/unit", "too_long")),
            ({**CHANNEL, "kind": "NUMBER"}, ("/channels/0/kind", "not_a_choice")),
            ({**CHANNEL, "retention": "NEVER"}, ("/channels/0/retention", "not_a_choice")),
            ({**CHANNEL, "category": "weather"}, ("/channels/0/category", "not_a_choice")),
            ({**CHANNEL, "category": "operator_data"}, ("/channels/0/retention", "must_be_private")),
            (
                {**COUNTER, "counter_behaviour": "GUESS"},
                ("/channels/0/counter_behaviour", "not_a_choice"),
            ),
            (
                {**COUNTER, "counter_behaviour": {"behaviour": "HOLD", "width": 9}},
                ("/channels/0/counter_behaviour", "unknown_fact"),
            ),
            ({**COUNTER, "counter_behaviour": 7}, ("/channels/0/counter_behaviour", "not_a_choice")),
            ({**COUNTER, "counter_behaviour": []}, ("/channels/0/counter_behaviour", "not_a_choice")),
            ({**COUNTER, "counter_behaviour": "ROLLS_OVER"}, ("/channels/0/counter_behaviour", "no_width")),
            (
                {**COUNTER, "counter_behaviour": {"behaviour": "ROLLS_OVER", "modulus": 1}},
                ("/channels/0/counter_behaviour", "no_width"),
            ),
        ],
    )
    def test_are_refused_at_the_field(self, channel, flaw):
        assert of_channels(channel) == [flaw]

    def test_are_named_once(self):
        assert of_channels(CHANNEL, CHANNEL) == [("/channels/1/key", "named_twice")]

    def test_are_counted(self):
        assert registration.count_flaws(2000) == []
        assert [flaw.code for flaw in registration.count_flaws(2001)] == ["too_many"]
