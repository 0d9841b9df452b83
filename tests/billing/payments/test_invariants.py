"""The eleven invariants of finance.md §4.5: a platform lives, things go wrong at random, and they hold."""

import pytest

from tests import once
from tests.billing.payments import life, matched
from tests.rounds import ROUNDS

match = once.fixture(matched.begin)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)


@pytest.mark.parametrize("seed", range(2 * ROUNDS))
def test_whatever_happens_the_invariants_hold(match, seed):
    with life.begin(seed, match) as lived:
        for _ in range(30):
            lived.step()
            assert not life.broken(lived.stage.at, without=life.IN_TIME), (seed, lived.done)
        lived.settle()
        assert not life.broken(lived.stage.at + life.LATER), (seed, lived.done)
