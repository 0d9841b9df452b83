"""Which tests look at the database itself, and how often a law is tried."""

import pytest
from django.db import IntegrityError

from tests import rounds
from tests.picking import says
from tests.races import at_once


def refused():
    return pytest.raises(IntegrityError)


def counted():
    return len("three")


class TestWhatNamesTheDatabase:
    def refuses(self):
        return refused

    def waits(self):
        return [at_once for _ in range(2)]

    def test_is_seen_in_the_test_in_what_it_calls_and_in_methods_of_its_class(self):
        def by_itself():
            return IntegrityError

        def by_a_function():
            return refused()

        def by_a_method(self):
            return self.waits()

        assert says(by_itself) and says(by_a_function) and says(by_a_method, TestWhatNamesTheDatabase)

    def test_is_not_seen_in_others(self):
        def of_a_function():
            return counted(), says(counted)

        def of_a_method(self):
            return self.refuses()

        assert not says(of_a_function) and not says(of_a_method, TestWhatNamesTheDatabase)


def test_a_law_is_tried_a_quarter_but_not_too_few_times(monkeypatch):
    monkeypatch.delenv("MUTANT_UNDER_TEST", raising=False)
    monkeypatch.setattr(rounds, "ROUNDS", 1)
    assert [rounds.tries(many) for many in (3, 8, 12, 30, 100)] == [3, 8, 8, 8, 25]
    monkeypatch.setattr(rounds, "ROUNDS", 2)
    assert rounds.tries(12) == 24
