"""What a machine calls bad, once a part."""

import pytest

from devices.rules.increments import BAD, total
from devices.rules.life import trace
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading
from devices.rules.verdicts import VerdictTerms

TERMS = VerdictTerms("quality", frozenset({"NOK", "SCRAP"}))


def run(*words, **terms):
    said = [Reading(place, place * 60_000_000, "quality", word) for place, word in enumerate(words)]
    fold = Fold(Terms(verdicts=TERMS, **terms))
    return total(fold.feed(said, trace(said, closers={"quality"})).increments, BAD)


@pytest.mark.parametrize(
    ("words", "bad"),
    [
        (("OK", "NOK", "OK", "SCRAP"), 2),
        (("OK", "NOK", "NOK"), 2),  # two parts, said twice
        (("NOK", "OK", "NOK"), 1),  # the first word is of a part before
        (("OK", "NOK", None, "NOK"), 1),  # said again when the source came back
        (("OK", None, "NOK", "NOK"), 2),
        ((), 0),
    ],
)
def test_each_reading_that_says_so_is_a_part(words, bad):
    assert run(*words) == bad


def test_parts_are_not_judged_where_nothing_counts():
    fold = Fold(Terms(verdicts=TERMS, modes=ModeTerms("mode", frozenset({"SETUP"}))))
    said = [("quality", "OK"), ("mode", "SETUP"), ("quality", "NOK"), ("mode", "AUTO"), ("quality", "NOK")]

    found = fold.feed(Reading(n, n, *one) for n, one in enumerate(said)).increments

    assert total(found, BAD) == 1
