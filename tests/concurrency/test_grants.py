"""Grants at once, on real transactions; each race is shown without its locks as well."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest

from devices.ownership.actions import agreements, grants
from devices.ownership.models import Agreement, Grant
from devices.ownership.models.agreements import AgreementQuerySet
from devices.ownership.models.grants import GrantQuerySet
from marketplace.models import AuditEntry
from tests.concurrency.test_leases import fresh, outcome
from tests.devices.ownership.actions.test_access import DAY, NOW, START
from tests.devices.ownership.actions.test_grants import Granting
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return Granting()


@contextmanager
def look_together():
    """Hold both between looking and noting until both have looked, or it is clear that they cannot."""
    meeting = Meeting()

    def held(true):
        def act(*args, **given):
            meeting.wait()
            return true(*args, **given)

        return act

    with ExitStack() as stack:
        for module, name in ((grants, "_changed"), (agreements, "_close")):
            stack.enter_context(patch.object(module, name, held(getattr(module, name))))
        yield


@contextmanager
def held_before_saving():
    """Let both have looked before either writes: possible only where nothing is locked."""
    meeting, save = Meeting(), Grant.save

    def held(self, *args, **given):
        meeting.wait()
        return save(self, *args, **given)

    with patch.object(Grant, "save", held):
        yield


@contextmanager
def no_locks():
    with ExitStack() as stack:
        for one in (AgreementQuerySet, GrantQuerySet):
            stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
        yield


def acts(world, action, grant, times=2, **more):
    by = fresh(world.people[world.a])
    return [lambda: action(grant=grant, within=world.a, by=by, at=NOW, **more)] * times


def closer(world):
    by = fresh(world.people[world.owner])
    return lambda: agreements.close(reference="lea_A", ends_at=START + 2 * DAY, by=by, at=NOW)


def given(action):
    return AuditEntry.objects.filter(action=action).count()


class TestTwoGiveOneRequest:
    def test_one_gives_and_the_other_is_told_that_it_was_answered(self, world):
        grant = world.asked()

        with look_together():
            results = at_once(*acts(world, grants.give, grant, digest=grant.digest))

        assert outcome(results) == ["Grant", "GrantAnswered"]
        assert given("grant.give") == 1

    def test_without_the_locks_both_believe_that_they_gave_it(self, world):
        grant = world.asked()

        with no_locks(), held_before_saving():
            results = at_once(*acts(world, grants.give, grant, digest=grant.digest))

        assert outcome(results) == ["Grant", "Grant"]
        assert given("grant.give") == 2


class TestTwoWithdraw:
    def test_one_withdraws(self, world):
        grant = world.given()

        with look_together():
            results = at_once(*acts(world, grants.withdraw, grant))

        assert outcome(results) == ["Grant", "GrantNotInForce"]

    def test_without_the_locks_both_do(self, world):
        grant = world.given()

        with no_locks(), held_before_saving():
            results = at_once(*acts(world, grants.withdraw, grant))

        assert outcome(results) == ["Grant", "Grant"]


class TestGiveAndWithdraw:
    def test_end_given_or_withdrawn_with_a_version_for_each(self, world):
        asked, held = world.asked(), world.given()
        give = acts(world, grants.give, asked, 1, digest=asked.digest)
        withdraw = acts(world, grants.withdraw, held, 1)

        with look_together():
            results = at_once(*give, *withdraw)

        assert outcome(results) == ["Grant", "Grant"]
        assert world.version() == 4


class TestGiveAndClose:
    def test_each_change_has_a_version_of_its_own(self, world):
        asked = world.asked()

        with look_together():
            at_once(*acts(world, grants.give, asked, 1, digest=asked.digest), closer(world))

        assert world.version() == 3

    def test_without_the_locks_a_version_is_lost_and_reads_would_not_find_the_change(self, world):
        asked, close = world.asked(), agreements._close
        giving = acts(world, grants.give, asked, 1, digest=asked.digest)

        def after_the_other(*args, **facts):
            assert outcome(at_once(*giving)) == ["Grant"]
            return close(*args, **facts)

        with no_locks(), patch.object(agreements, "_close", after_the_other):
            closer(world)()

        assert Agreement.objects.get(pk=world.of_a.pk).version == 2
