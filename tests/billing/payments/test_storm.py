"""An owner's payouts and refunds, by processes that die while Stripe fails; ``make rounds`` has many more."""

import os

import pytest

from tests.billing.payments import life, storm
from tests.rounds import ROUNDS
from tests.scenarios.conftest import database_url

SIZE = storm.Size() if ROUNDS == 1 else storm.Size(orders=50, processes=6, deaths=8, steps=150)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(storm.NO_SLEEP, lambda *_: 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_is_paid_twice_or_below_the_floor_though_stripe_fails_and_workers_die(
    transactional_db, settings, seed
):
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "DATABASE_NO_POOL": "1",
        "TASK_QUEUE": f"nobody-{os.getpid()}",
        "SECRET_KEY": settings.SECRET_KEY,
    }
    with life.begin(seed) as lived:
        storm.prepare(lived, SIZE)
        codes = storm.storm(lived, SIZE, env)
        storm.settle(lived)

        assert storm.verdict(lived, codes) == {}, seed
