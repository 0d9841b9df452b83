"""Two steps about one need at once, on real transactions: the second finds what the first has done."""

from unittest.mock import patch

import pytest

from marketplace.actions import need_bounds, needs
from marketplace.models import Need, NeedAnswer
from marketplace.models.listings import ListingQuerySet
from marketplace.models.needs import NeedQuerySet
from marketplace.models.parties import OrganizationQuerySet
from tests.concurrency.test_leases import outcome
from tests.factories.marketplace import NOON
from tests.marketplace.needs_world import Market
from tests.races import Meeting, at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


def meet_before_writing():
    """Hold each between looking and writing, until both have looked or cannot."""
    meeting, noted = Meeting(), needs._noted

    def read(*given, real, **named):
        found = real(*given, **named)
        meeting.wait()
        return found

    as_owner, as_poster = needs._to_answer, needs._of_poster
    assert noted
    return (
        patch.object(needs, "_to_answer", lambda *given, **named: read(*given, real=as_owner, **named)),
        patch.object(needs, "_of_poster", lambda *given, **named: read(*given, real=as_poster, **named)),
    )


def unlocked():
    """Take the locks of listings and needs away."""
    without = lambda self: self.order_by("pk")  # noqa: E731
    locked = (ListingQuerySet, NeedQuerySet, OrganizationQuerySet)
    return tuple(patch.object(one, "locked", without) for one in locked)


@pytest.fixture
def market():
    return Market()


def together(acts, *, locks=True):
    held = (*meet_before_writing(), *(() if locks else unlocked()))
    for each in held:
        each.start()
    try:
        return at_once(*acts)
    finally:
        for each in held:
            each.stop()


class TestAnswerAndWithdrawal:
    @pytest.fixture
    def acts(self, market):
        need, listing = market.need(), market.listing()
        return need, [
            lambda: market.answered(need, listing),
            lambda: needs.withdraw(need=need, by=market.max, at=NOON),
        ]

    def test_an_answer_to_a_need_that_was_withdrawn_is_refused(self, acts):
        need, both = acts
        results = outcome(together(both))

        assert results in (["Need", "NeedMoveRefused"], ["Need", "NeedAnswer"])
        assert Need.objects.get(pk=need.pk).status == "WITHDRAWN"

    def test_without_the_locks_both_read_it_as_posted(self, acts):
        _need, both = acts

        assert outcome(together(both, locks=False)) == ["Need", "NeedAnswer"]


class TestTwoAnswers:
    @pytest.fixture
    def acts(self, market, monkeypatch):
        monkeypatch.setattr(needs.rules, "MOST_ANSWERS_OF_AN_OWNER", 1)
        need, listings = market.need(), [market.listing(), market.listing()]
        return [lambda one=one: market.answered(need, one) for one in listings]

    def test_of_one_owner_keep_to_the_number_that_it_has(self, acts):
        assert outcome(together(acts)) == ["AlreadyAnswered", "NeedAnswer"]
        assert NeedAnswer.objects.count() == 1

    def test_without_the_locks_it_has_more(self, acts):
        first, second = acts
        between, inside = in_between(needs, "_answered", second)
        held = (*unlocked(), between)
        for each in held:
            each.start()
        try:
            made = at_once(first)
        finally:
            for each in held:
                each.stop()
        assert outcome(made + inside) == ["NeedAnswer", "NeedAnswer"]


class TestTwoPosts:
    @pytest.fixture
    def acts(self, market, monkeypatch):
        monkeypatch.setattr(need_bounds, "MOST_POSTED", 1)
        drafts = [market.draft(), market.draft()]
        return [lambda one=one: needs.post(need=one, by=market.max, at=NOON) for one in drafts]

    def test_of_one_poster_keep_to_the_number_that_it_has(self, acts):
        assert outcome(together(acts)) == ["Need", "NeedsBounded"]

    def test_without_the_locks_it_has_more(self, acts):
        assert outcome(together(acts, locks=False)) == ["Need", "Need"]


class TestTwoChoices:
    @pytest.fixture
    def acts(self, market):
        need = market.need()
        made = market.answered(need)
        return [
            lambda: needs.choose(need=need, answer=made, by=market.max, at=NOON),
            lambda: needs.withdraw(need=need, by=market.max, at=NOON),
        ]

    def test_a_need_that_was_withdrawn_has_no_lease_to_come(self, acts):
        results = together(acts)

        assert outcome(results) in (["Need", "Need"], ["Need", "NeedMoveRefused"])
        assert Need.objects.get().status == "WITHDRAWN"
