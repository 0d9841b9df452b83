"""Both sides put one return before the platform at once, on real transactions; with and without locks."""

from unittest.mock import patch

import pytest

from leasing.actions import referrals
from leasing.models import ConditionRecord, ReferralWord
from tests.concurrency.test_handovers import no_locks
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import world as worlds
from tests.leasing.actions.test_referrals import ASKED, Scene
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def look_together():
    """Hold both between looking and writing until both have looked, or it is clear that they cannot."""
    meeting, look = Meeting(), referrals.allowed_acts

    def looked(**given):
        found = look(**given)
        meeting.wait()
        return found

    return patch.object(referrals, "allowed_acts", looked)


def both_ask():
    scene = Scene(worlds.make(machines=1))
    record = scene.written(scene.world.lessee)

    def act(within):
        found, by = ConditionRecord.objects.with_answers().get(pk=record.pk), fresh(scene.people[within])
        return referrals.refer(record=found, text="Decide", by=by, within=within, at=ASKED)

    with look_together():
        return at_once(lambda: act(scene.world.lessor), lambda: act(scene.world.lessee))


def test_one_asks_and_the_other_is_told():
    assert outcome(both_ask()) == ["ReferralRefused", "ReferralWord"]
    assert ReferralWord.objects.count() == 1


def test_without_the_locks_the_second_meets_the_database():
    with no_locks():
        results = both_ask()

    assert outcome(results) == ["IntegrityError", "ReferralWord"]
    assert ReferralWord.objects.count() == 1
