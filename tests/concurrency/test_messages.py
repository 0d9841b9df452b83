"""Both sides write at once, on real transactions: each message gets a number of its own."""

from unittest.mock import patch

import pytest

from marketplace.actions import messages
from marketplace.models import Conversation, Message
from marketplace.models.messages import ConversationQuerySet
from tests.concurrency.test_leases import outcome
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"kind": "QUESTION", "text": "?", "at": make.NOON}


def append_together():
    """Hold both before they count, until both have found the conversation or cannot."""
    meeting, too_fast = Meeting(), messages.rules.too_fast

    def held(*given):
        meeting.wait()
        return too_fast(*given)

    return patch.object(messages.rules, "too_fast", held)


@pytest.fixture
def acts():
    owner, asker = make.organization(), make.organization()
    seller, buyer = make.member(owner), make.member(asker)
    listing = make.listing(owner)
    first = messages.ask(listing=listing, asker=asker, by=buyer, **SAID)
    both = ((owner, seller), (asker, buyer))

    def act(within, by):
        return lambda: messages.write(conversation=first.conversation, within=within, by=by, **SAID)

    return [act(*one) for one in both]


class TestTwoWrite:
    def test_both_are_kept(self, acts):
        with append_together():
            results = at_once(*acts)

        assert outcome(results) == ["Message", "Message"]
        assert sorted(Message.objects.values_list("number", flat=True)) == [1, 2, 3]
        assert Conversation.objects.get().last_number == 3

    def test_without_the_lock_one_is_lost(self, acts):
        with (
            patch.object(ConversationQuerySet, "locked", lambda self: self.order_by("pk")),
            append_together(),
        ):
            results = at_once(*acts)

        assert outcome(results) == ["IntegrityError", "Message"]
