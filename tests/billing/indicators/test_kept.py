"""Sums of indicators that were added up before: the same as from the rows, for the same question alone."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as Away

from billing.queries import kept_indicators
from billing.queries.indicator_questions import asked_question
from billing.queries.indicator_tables import told_answer
from billing.queries.indicators import answers
from billing.queries.kept_indicators import keep_ahead, kept_answers
from billing.rules.indicator_spans import ahead, as_known
from marketplace.shared.ids import new_id
from tests import once
from tests.billing.indicators import world as small

pytestmark = pytest.mark.django_db
NOW = small.local(10, 27)
STEP = timedelta(minutes=5)
world = once.fixture(small.staffed)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Let a test find nothing that another one of the same world kept."""
    monkeypatch.setattr(kept_indicators, "FORM", new_id("tst"))


def ask(world, now=NOW, of="P", **given):
    return asked_question(given, organization=world.companies[of], now=now)


def told(found):
    return [told_answer(one) for one in found]


def added_up(question):
    """Return how many indicators were added up from the rows."""
    with CaptureQueriesContext(connection) as made:
        kept_answers(question)
    return sum("GROUPING SETS" in one["sql"] for one in made)


@pytest.mark.parametrize("of", ["P", "H", "R"])
def test_what_is_kept_is_what_the_rows_add_up_to(world, of):
    question = ask(world, of=of)

    assert told(kept_answers(question)) == told(answers(question))
    assert told(kept_answers(question)) == told(answers(question))
    assert added_up(question) == 0


def test_all_who_ask_within_the_same_minutes_ask_the_same_and_see_what_is_new_with_the_next(world):
    first = ask(world, NOW + timedelta(seconds=70))
    before = told(kept_answers(first))
    small.company("新", "SME", "320100", since=NOW + timedelta(seconds=80))

    again = ask(world, NOW + timedelta(seconds=350))
    later = ask(world, NOW + timedelta(seconds=370))

    assert (first.cutoff, again.cutoff, later.cutoff) == (NOW, NOW, NOW + STEP)
    assert (added_up(again), told(kept_answers(again))) == (0, before)
    assert told(kept_answers(later)) == told(answers(later)) != before


def test_another_period_region_or_reader_is_another_question(world):
    kept_answers(ask(world))

    for question in (
        ask(world, region="32"),
        ask(world, **{"from": "2026-09-01", "to": "2026-10-01"}),
        ask(world, of="H"),
    ):
        assert added_up(question) >= 8
        assert added_up(question) == 0


def test_what_was_added_up_before_it_was_settled_is_added_up_again(world):
    cutoff = (NOW - timedelta(minutes=59)).isoformat()
    fresh, settled = ask(world, cutoff=cutoff), ask(world, NOW + timedelta(minutes=2), cutoff=cutoff)
    kept_answers(fresh)

    assert (fresh.is_settled, settled.is_settled) == (False, True)
    assert (added_up(settled), added_up(settled)) == (8, 0)


def test_what_the_platform_sees_next_is_added_up_ahead(world):
    keep_ahead(now=NOW)

    assert added_up(ask(world, ahead(NOW, STEP))) == 0
    assert added_up(ask(world, NOW)) == 8  # of the step before


def test_it_is_there_before_anybody_can_ask_for_it():
    for second in range(0, 300, 7):
        now = NOW + timedelta(seconds=second)
        assert as_known(ahead(now, STEP), STEP) == NOW
        assert as_known(now, STEP) <= now - STEP / 5


def test_without_redis_all_is_added_up_from_the_rows(world, monkeypatch):
    def away(*args, **kwargs):
        raise Away

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)

    assert told(kept_answers(ask(world))) == told(answers(ask(world)))
    assert added_up(ask(world)) == 8
