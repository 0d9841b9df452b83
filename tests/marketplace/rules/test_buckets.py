"""The bucket of requests, and that Redis keeps the same one."""

from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketplace.gateway import buckets
from marketplace.rules.buckets import SECOND, Bucket, Taken

NOW = 1_790_000_000 * SECOND
MINUTE = Bucket(600)


class TestABucket:
    def test_holds_its_quota_at_once_and_one_more_after_its_time(self):
        bucket, paid = Bucket(3, 60), 0
        for _ in range(3):
            allowed, paid = bucket.take(paid, at=NOW)
            assert allowed

        assert bucket.take(paid, at=NOW) == Taken(False, paid)
        assert bucket.room_in(paid, at=NOW) == 20
        assert bucket.take(paid, at=NOW + 20 * SECOND).allowed

    def test_tells_what_is_left_and_when_it_is_full(self):
        paid = MINUTE.take(0, at=NOW).paid_until

        assert (MINUTE.left(0, at=NOW), MINUTE.left(paid, at=NOW), MINUTE.full_in(paid, at=NOW)) == (
            600,
            599,
            1,
        )

    def test_takes_back_what_it_gave_and_no_more(self):
        paid = MINUTE.take(0, at=NOW).paid_until

        assert MINUTE.take(paid, at=NOW, tokens=-1) == Taken(True, NOW)
        assert MINUTE.take(NOW, at=NOW, tokens=-1) == Taken(True, NOW)

    @pytest.mark.parametrize("quota", [1, 7, 600, 100_000])
    def test_lets_exactly_its_quota_through_in_a_moment(self, quota):
        assert Bucket(quota).left(0, at=NOW) == quota

    def test_with_a_lower_limit_than_before_waits_no_longer_than_it_fills(self):
        paid = NOW + 60 * SECOND

        assert Bucket(2, 10).take(paid, at=NOW) == Taken(False, NOW + 10 * SECOND)


steps = st.lists(st.tuples(st.integers(-5, 70_000_000), st.sampled_from([1, 1, 1, -1])), max_size=12)


@pytest.fixture(scope="module", autouse=True)
def kept_longer():
    """Redis forgets by its own clock, which stands still beside the steps of the test."""
    with patch.object(buckets, "KEPT_MS", 60_000):
        yield


@example(quota=1, window=1, steps=[(0, -1), (-1, 1)])  # a clock that goes back finds what was given back
@example(quota=2, window=1, steps=[(0, 1), (0, 1), (-1, 1), (1, 1)])  # and after a refusal what was there
@given(quota=st.integers(1, 1000), window=st.integers(1, 120), steps=steps)
def test_redis_keeps_the_same_bucket(quota, window, steps):
    bucket, name, at, paid = Bucket(quota, window), uuid4().hex, NOW, 0
    for later, tokens in steps:
        at += later
        expected = bucket.take(paid, at=at, tokens=tokens)

        assert buckets.take(name=name, bucket=bucket, at=at, tokens=tokens) == expected
        paid = expected.paid_until if expected.allowed else paid  # a refusal is not written down
