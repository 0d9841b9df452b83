"""Two rotate a key at once: one does, and no secret that somebody was given stops before its time."""

from unittest.mock import patch

import pytest

from marketplace.actions import api_keys
from marketplace.models import ApiKey
from tests.concurrency.test_leases import fresh, outcome
from tests.factories import marketplace as make
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada():
    return make.member(make.organization())


@pytest.fixture
def made(ada):
    organization = ada.memberships.get().organization
    given = {"organization": organization, "name": "ERP", "scopes": ["leases:read"]}
    return api_keys.create(**given, by=ada, at=make.NOON)


def rotated_by_two(ada, key):
    """Let two rotate who have both looked before one writes, as far as locks let them."""
    meeting, text = Meeting(), api_keys.hashed

    def held(*, secret):
        meeting.wait()
        return text(secret=secret)

    with patch.object(api_keys, "hashed", held):
        act = lambda: api_keys.rotate(  # noqa: E731
            key=ApiKey.objects.select_related("organization", "user").get(pk=key.pk),
            by=fresh(ada),
            at=make.NOON,
        )
        return at_once(act, act)


def works(text):
    return api_keys.find(secret=text, at=make.NOON) is not None


def test_leaves_one_old_secret_and_one_new(ada, made):
    key, old = made

    results = rotated_by_two(ada, key)

    assert outcome(results) == ["OldSecretLives", "tuple"]
    [(_, new)] = [one for one in results if isinstance(one, tuple)]
    assert works(old)
    assert works(new)


def test_without_the_lock_a_secret_that_was_given_out_is_dead(ada, made):
    key, _ = made
    unlocked = lambda one: ApiKey.objects.select_related("organization", "user").get(pk=one.pk)  # noqa: E731

    with patch.object(api_keys, "_locked", unlocked):
        results = rotated_by_two(ada, key)

    assert outcome(results) == ["tuple", "tuple"]
    assert sorted(works(text) for _, text in results) == [False, True]
