from datetime import timedelta

import pytest

from marketplace.actions import api_keys
from marketplace.models import ApiKey
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def works():
    return make.organization()


@pytest.fixture
def ada(works):
    return make.member(works)


def key_of(works, ada, **more):
    return api_keys.create(organization=works, name="ERP", scopes=["leases:read"], by=ada, at=NOON, **more)


class TestCreate:
    def test_stores_no_secret(self, works, ada):
        key, text = key_of(works, ada)

        identifier, secret = text.removeprefix("jj_live_").split(".")
        assert key.identifier == identifier
        assert secret not in str(ApiKey.objects.filter(pk=key.pk).values().get())

    def test_refuses_an_unknown_scope(self, works, ada):
        with pytest.raises(api_keys.UnknownScope):
            api_keys.create(organization=works, name="x", scopes=["everything"], by=ada, at=NOON)

        assert not ApiKey.objects.exists()

    def test_refuses_who_is_not_administrator(self, works):
        with pytest.raises(MissingRight):
            key_of(works, make.member(works, Role.OPERATOR))

        assert not ApiKey.objects.exists()


class TestFind:
    def test_finds_the_key_and_notes_its_use_at_most_once_a_minute(self, works, ada):
        key, text = key_of(works, ada)
        soon, later = NOON + timedelta(seconds=30), NOON + timedelta(minutes=2)

        uses = []
        for at in (NOON, soon, later):
            assert api_keys.find(secret=text, at=at) == key
            uses.append(ApiKey.objects.get().last_used_at)

        assert uses == [NOON, NOON, later]

    @pytest.mark.parametrize("change", ["secret", "identifier", "shape"])
    def test_finds_nothing_for_another_text(self, works, ada, change):
        _, text = key_of(works, ada)
        wrong = {"secret": text + "x", "identifier": "jj_00.00", "shape": "nonsense"}[change]

        assert api_keys.find(secret=wrong, at=NOON) is None

    def test_finds_neither_a_revoked_nor_an_expired_key(self, works, ada):
        revoked, text = key_of(works, ada)
        _, short = key_of(works, ada, expires_at=NOON + timedelta(hours=1))

        for _ in range(2):
            api_keys.revoke(key=revoked, by=ada, at=NOON)

        assert api_keys.find(secret=text, at=NOON) is None
        assert api_keys.find(secret=short, at=NOON + timedelta(hours=1)) is None


class TestRevoke:
    def test_refuses_who_is_not_administrator(self, works, ada):
        key, text = key_of(works, ada)

        with pytest.raises(MissingRight):
            api_keys.revoke(key=key, by=make.member(works, Role.VIEWER), at=NOON)

        assert api_keys.find(secret=text, at=NOON) == key
