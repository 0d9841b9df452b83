from datetime import timedelta

import pytest

from devices.actions import devices, keys
from devices.models import DeviceKey
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.machines import NOON, lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def owner(device):
    return make.member(device.owner)


@pytest.fixture
def old(device, owner):
    return devices.issue_key(device=device, by=owner, at=NOON)


def usable(text, at):
    return devices.find_key(secret=text, at=at) is not None


class TestRotate:
    def test_both_keys_speak_for_24_hours_then_the_new_one_alone(self, old, owner):
        key, text = old

        made, new = keys.rotate(key=key, by=owner, at=NOON)

        last = NOON + DAY - timedelta(seconds=1)
        assert (usable(text, last), usable(new, last)) == (True, True)
        assert (usable(text, NOON + DAY), usable(new, NOON + DAY)) == (False, True)
        assert made.replaces == key
        assert AuditEntry.objects.latest("pk").action == "device.rotate_key"

    def test_asked_again_revokes_the_key_whose_text_was_lost_and_gives_no_more_time(self, old, owner):
        key, text = old
        _, lost = keys.rotate(key=key, by=owner, at=NOON)

        _, new = keys.rotate(key=key, by=owner, at=NOON + HOUR)

        assert not usable(lost, NOON + HOUR)
        assert usable(new, NOON + DAY)
        assert not usable(text, NOON + DAY)

    def test_a_chain_goes_on(self, old, owner):
        second, _ = keys.rotate(key=old[0], by=owner, at=NOON)

        _, third = keys.rotate(key=second, by=owner, at=NOON + HOUR)

        assert usable(third, NOON + 30 * HOUR)
        assert DeviceKey.objects.usable(NOON + 30 * HOUR).count() == 1

    @pytest.mark.parametrize("why", ["revoked", "over"])
    def test_a_key_that_opens_nothing_is_refused_and_nothing_is_made(self, why, old, owner):
        key, at = old[0], NOON
        if why == "revoked":
            devices.revoke_key(key=key, by=owner, at=NOON)
        else:
            keys.rotate(key=key, by=owner, at=NOON)
            at = NOON + DAY
        before = DeviceKey.objects.count()

        with pytest.raises(keys.KeyOver):
            keys.rotate(key=key, by=owner, at=at)

        assert DeviceKey.objects.count() == before

    def test_is_not_for_a_viewer(self, old, device):
        with pytest.raises(MissingRight):
            keys.rotate(key=old[0], by=make.member(device.owner, Role.VIEWER), at=NOON)

        assert DeviceKey.objects.get().ends_at is None
