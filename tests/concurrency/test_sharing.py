"""Sharing requests at once, on real transactions; each race is shown without its locks as well."""

import threading
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import pytest

from devices.ownership.actions import access, gatekeepers, sharing, sharing_answers
from devices.ownership.models import Agreement, Grant
from devices.ownership.models.agreements import AgreementQuerySet
from devices.ownership.models.grants import GrantQuerySet
from devices.ownership.models.sharing import SharingRequestQuerySet
from devices.ownership.rules.sharing import State
from tests.concurrency.test_leases import fresh, outcome
from tests.devices.ownership.shared import ASKED, IN_IT, OF_A, WITHOUT_ANSWER, Sharing
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return Sharing()


@contextmanager
def look_together(*functions):
    """Hold both between looking and writing until both have looked, or it is clear that they cannot."""
    meeting = Meeting()

    def held(true):
        def act(*args, **given):
            meeting.wait()
            return true(*args, **given)

        return act

    with ExitStack() as stack:
        for module, name in functions:
            stack.enter_context(patch.object(module, name, held(getattr(module, name))))
        yield


@contextmanager
def no_locks():
    with ExitStack() as stack:
        for one in (AgreementQuerySet, GrantQuerySet, SharingRequestQuerySet):
            stack.enter_context(patch.object(one, "locked", lambda self: self.order_by("pk")))
        for module in (sharing, gatekeepers):
            stack.enter_context(patch.object(module, "Organization", _Unlocked(module.Organization)))
        yield


class _Unlocked:
    """Organizations whose rows nobody locks."""

    def __init__(self, true):
        self._true = true

    @property
    def objects(self):
        return self

    def select_for_update(self, **_):
        return self._true.objects


BEFORE_WRITING = [(sharing_answers, "screened"), (sharing, "stop")]


def agrees(world, request, at=ASKED):
    digest, by = world.fresh(request).offer.digest, fresh(world.people[world.bank])
    return lambda: sharing_answers.agree(request=request, digest=digest, within=world.bank, by=by, at=at)


def withdraws(world, request, at=ASKED):
    by = fresh(world.people[world.a])
    return lambda: sharing.withdraw(request=request, within=world.a, by=by, at=at)


def designates(world):
    by = fresh(world.people[world.platform])
    facts = {"organization": world.bank, "designated": True, "on": ASKED.date(), "source": "Journal"}
    return lambda: gatekeepers.record(**facts, within=world.platform, by=by, at=ASKED)


class TestAcceptAndTakeBack:
    def test_one_wins_and_the_other_is_told(self, world):
        request = world.priced()

        with look_together(*BEFORE_WRITING):
            results = at_once(agrees(world, request), withdraws(world, request))

        grant = Grant.objects.get()
        assert (grant.given_at is None) is (grant.refused_at is not None)
        ended = grant.withdrawn_at is not None or grant.refused_at is not None
        assert ended, "whoever took it back last has its way"
        assert outcome(results) in (["SharingNotThere", "SharingRequest"], ["SharingRequest"] * 2)

    def test_without_the_locks_the_database_alone_stands_against_both(self, world):
        request = world.priced()

        with no_locks(), look_together(*BEFORE_WRITING):
            results = at_once(agrees(world, request), withdraws(world, request))

        assert outcome(results) not in (["SharingNotThere", "SharingRequest"], ["SharingRequest"] * 2)


class TestAcceptAndDesignate:
    def test_a_gatekeeper_is_left_with_nothing(self, world):
        request = world.priced()

        with look_together((sharing_answers, "screened"), (gatekeepers, "_end_all")):
            at_once(agrees(world, request), designates(world))

        assert world.fresh(request).state(IN_IT) is State.STOPPED
        assert world.told(world.bank) in (["not_a_party"], ["consent_withdrawn"])

    def asked_meanwhile(self, world):
        """Let somebody ask and accept when the list of what ends was read, before it is committed."""
        ends, results, threads = gatekeepers._end_all, [], []

        def late(*args):
            ends(*args)
            (request,) = at_once(world.asked)
            accepts = agrees(world, request, WITHOUT_ANSWER)
            threads.append(threading.Thread(target=lambda: results.extend(at_once(accepts))))
            threads[0].start()
            threads[0].join(3)  # it waits at the lock, or is done

        with patch.object(gatekeepers, "_end_all", late):
            designates(world)()
        threads[0].join()
        return outcome(results)

    def test_what_was_asked_for_meanwhile_is_refused(self, world):
        assert self.asked_meanwhile(world) == ["SharingRefused"]
        assert world.told(world.bank) == ["not_a_party"]

    def test_without_the_locks_it_is_read_on(self, world):
        with no_locks():
            assert self.asked_meanwhile(world) == ["SharingRequest"]

        assert world.told(world.bank, at=WITHOUT_ANSWER) == ["grant_gives_raw"]


class TestReadAndWithdraw:
    def test_a_read_under_way_hands_out_nothing(self, world):
        request, series = world.shared(), access._series
        reader = fresh(world.people[world.bank])

        def held(*args):
            found = list(series(*args))
            assert outcome(at_once(withdraws(world, request, IN_IT))) == ["SharingRequest"]
            return found

        with patch.object(access, "_series", held):
            (result,) = at_once(lambda: world_read(world, reader))

        assert type(result).__name__ == "RightsChanged"

    def test_unless_the_version_of_the_agreement_stays(self, world):
        request, series = world.shared(), access._series
        reader = fresh(world.people[world.bank])

        def held(*args):
            found = list(series(*args))
            at_once(withdraws(world, request, IN_IT))
            return found

        silent = patch.object(AgreementQuerySet, "raise_version", lambda self: None)
        with silent, patch.object(access, "_series", held):
            (result,) = at_once(lambda: world_read(world, reader))

        assert type(result).__name__ == "Answer"
        assert Agreement.objects.get(pk=world.of_a.pk).version == 2


def world_read(world, by):
    return access.read(
        device=world.device,
        channels=["load"],
        period=OF_A,
        purpose="insurance",
        by=by,
        within=world.bank,
        at=IN_IT,
    )
