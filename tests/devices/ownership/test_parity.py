"""The lessee has its own data as finely and as soon as any other reader has them."""

import pytest

from devices.ownership.rules.defaults import matrix
from tests.devices.ownership import lent
from tests.devices.ownership.lent import CHANNELS, hour, span, stamp, whose

pytestmark = pytest.mark.django_db
PURPOSES = sorted(matrix().purposes)
FRESH = 987_654


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    yield from lent.worlds(django_db_blocker)


def series_of(world, who, purpose, **query):
    answer = world.read(who, purpose=purpose, **span(2, 6) | query)
    return answer.json()["series"] if answer.status_code == 200 else []


@pytest.mark.parametrize("key", [key for key, *_ in CHANNELS])
def test_nobody_has_more_or_finer_readings_of_any_category(world, key):
    said = [(stamp(at), value) for at, name, value in world.said if name == key and whose(at) == "A"]
    mine = {
        purpose: one["points"]
        for purpose in PURPOSES
        for one in series_of(world, "A", purpose, channel=key)
        if one["effect"] == "RAW"
    }

    assert said
    assert mine
    for points in mine.values():  # single readings, all of them, whatever the purpose that serves
        assert [(point["at"], point["value"]) for point in points] == said
    for other in set(world.parties) - {"A"}:
        for purpose in PURPOSES:
            for one in series_of(world, other, purpose, channel=key):
                assert set(map(str, one["points"])) <= set(map(str, next(iter(mine.values())))), other


def test_a_reading_that_was_just_delivered_is_in_the_next_answer_and_in_none_before(world):
    def has(who, purpose):
        return any(
            point["value"] == FRESH for one in series_of(world, who, purpose) for point in one["points"]
        )

    readers = [(who, purpose) for who in world.parties for purpose in ("operation", "billing")]
    assert not any(has(*reader) for reader in readers)

    lent.take(world.device, [(50_000, stamp(hour(3.5)), "parts", FRESH)])

    assert has("A", "operation")
    assert {reader for reader in readers if has(*reader)} == {
        ("A", "operation"),
        ("A", "billing"),
        ("owner", "billing"),
        ("platform", "billing"),
    }
    copy = b"".join(world.export("A", **span(2, 6)).streaming_content).decode()
    assert str(FRESH) in copy
