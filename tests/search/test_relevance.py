"""Whether people find what they mean: 189 questions in Chinese and English, a catalogue of 67 listings."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from marketplace.queries.search import found
from marketplace.queries.search_words import known_words
from marketplace.rules.search.questions import asked
from marketplace.rules.search.wanted import Wanted
from tests import once
from tests.search import world

SHARE = Decimal("0.95")  # of the questions whose expected listings must stand among the first ten

market = once.fixture(world.fill)


@pytest.fixture(autouse=True)
def _no_cities_kept():
    cache.clear()


def met(market, question):
    """Say whether what is expected stands among the first ten: all, or any where the question says so."""
    names = {one.pk: key for key, one in market.items()}
    page = found(Wanted(terms=asked(question["q"], known_words())), 10)
    ten = [names[key] for key in page.listings]
    enough = any if question.get("any") else all
    return enough(key in ten for key in question["expected"])


def test_nineteen_of_twenty_questions_find_what_is_meant_among_the_first_ten(market):
    missed = [each["q"] for each in world.questions() if not met(market, each)]
    assert 1 - Decimal(len(missed)) / len(world.questions()) >= SHARE, missed


def test_every_listing_is_what_some_question_is_after(market):
    assert {key for each in world.questions() for key in each["expected"]} == market.keys()


def test_a_question_for_something_else_does_not_meet(market):
    assert not met(market, {"q": "三坐标", "expected": ["mc1"]})
