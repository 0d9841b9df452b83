from datetime import timedelta

import pytest

from devices.actions import claims, devices
from devices.models import ClaimCode, DeviceKey
from devices.rules.claim_codes import complete, read
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.machines import NOON, lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def owner(device):
    return make.member(device.owner)


def claim(code, at=NOON):
    return claims.claim(code=code, by=robot(name="gateway"), at=at)


def refused(code, at=NOON):
    with pytest.raises(claims.ClaimRefused):
        claim(code, at)
    return True


def alike(code):
    """Return another good code that begins as this one does."""
    code = read(code)
    return next(other for other in (complete(code[:8] + sign) for sign in "23") if other != code)


class TestACode:
    def test_opens_once_and_the_key_speaks_for_the_device(self, device, owner):
        _, code = claims.offer(device=device, by=owner, at=NOON)

        key, text = claim(code.lower())

        assert devices.find_key(secret=text, at=NOON) == key
        assert key.device == device
        assert refused(code)
        assert DeviceKey.objects.count() == 1

    def test_is_nowhere_in_the_database_and_every_step_is_on_record(self, device, owner):
        made, code = claims.offer(device=device, by=owner, at=NOON)
        claim(code)

        made.refresh_from_db()
        stored = [str(value) for value in vars(made).values()]
        assert not any(read(code) in value or code in value for value in stored)
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-3:] == [
            "device.offer_claim",
            "device.issue_key",
            "device.claim",
        ]

    def test_lasts_24_hours(self, device, owner):
        _, code = claims.offer(device=device, by=owner, at=NOON)

        assert refused(code, NOON + DAY)
        assert claim(code, NOON + DAY - timedelta(seconds=1))

    def test_replaces_the_one_before(self, device, owner):
        _, first = claims.offer(device=device, by=owner, at=NOON)
        _, second = claims.offer(device=device, by=owner, at=NOON)

        assert refused(first)
        assert claim(second)

    def test_dies_of_ten_wrong_ones_that_begin_alike(self, device, owner):
        _, code = claims.offer(device=device, by=owner, at=NOON)

        assert all(refused(alike(code)) for _ in range(10))
        assert refused(code)
        assert not DeviceKey.objects.exists()

    def test_lives_through_nine_and_through_typing_errors(self, device, owner):
        _, code = claims.offer(device=device, by=owner, at=NOON)

        assert all(refused(alike(code)) for _ in range(9))
        assert all(refused(code[:-1] + sign) for sign in "23456789AB" if sign != code[-1])
        assert claim(code)

    def test_of_a_device_out_of_use_opens_nothing(self, device, owner):
        _, code = claims.offer(device=device, by=owner, at=NOON)
        device.closed_at = NOON
        device.save()

        assert refused(code)

    def test_is_made_by_the_owners_people_alone(self, device):
        for person in (make.member(device.owner, Role.VIEWER), make.member(make.organization())):
            with pytest.raises(MissingRight):
                claims.offer(device=device, by=person, at=NOON)

        assert not ClaimCode.objects.exists()

    def test_is_exchanged_by_the_gateway_and_not_by_a_person_without_the_right(self, device, owner):
        made, code = claims.offer(device=device, by=owner, at=NOON)

        with pytest.raises(MissingRight):
            claims.claim(code=code, by=make.member(make.organization()), at=NOON)

        made.refresh_from_db()
        assert (made.used_at, DeviceKey.objects.count()) == (None, 0)
