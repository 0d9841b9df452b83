"""The page of the data notice."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from devices.actions import devices
from devices.ownership.models import Notice, NoticeAcceptance
from leasing.actions import leases, offers
from marketplace.actions import parties
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import LATHE

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PERIOD = Period(NOW, NOW + timedelta(days=30))


@once.fixture
def accepted(world):
    robot = parties.robot(name="tester")
    made = devices.register(
        owner=world.lessor, code="l-1", name="网关", channels=LATHE, commissioned_at=NOW, by=robot, at=NOW
    )
    devices.bind(device=made, equipment=world.machines[0], period=Period(NOW, None), by=robot, at=NOW)
    return offers.accept(lease=world.ask(period=PERIOD, at=NOW), by=world.owner, at=NOW)


def shown(client, person, url):
    client.force_login(person)
    answer = client.get(url, headers={"accept-language": "zh-hans"})
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheNotice:
    def test_is_read_in_chinese_and_accepted_with_one_button(self, world, accepted, client):
        url = f"/leases/{accepted.public_id}/"
        assert f"{url}data-notice/" in shown(client, world.buyer, url)

        page = shown(client, world.buyer, f"{url}data-notice/")
        assert "我已阅读并同意" in page
        assert "中国大陆" in page
        assert "工艺参数" in page
        assert "网关" in page
        given = dict(re.findall(r'name="(notice|digest)" value="([^"]+)"', page))
        done = client.post(f"{url}data-notice/accept/", given, follow=True)

        assert "可以交接设备" in done.content.decode()
        acceptance = NoticeAcceptance.objects.get()
        assert (acceptance.digest, acceptance.person) == (given["digest"], world.buyer.public_id)
        assert "我已阅读并同意" not in shown(client, world.buyer, f"{url}data-notice/")
        for person in (world.owner, world.buyer):
            assert "已同意" in shown(client, person, url)

    def test_has_no_button_for_others(self, world, accepted, client):
        for person in (world.owner, world.guest, world.watcher):
            assert "我已阅读并同意" not in shown(client, person, f"/leases/{accepted.public_id}/data-notice/")

    def test_is_not_accepted_with_another_fingerprint(self, world, accepted, client):
        client.force_login(world.buyer)
        given = {"notice": Notice.objects.get().public_id, "digest": "0" * 64}

        answer = client.post(f"/leases/{accepted.public_id}/data-notice/accept/", given, follow=True)

        assert answer.redirect_chain[0][0].endswith("/data-notice/")
        assert not NoticeAcceptance.objects.exists()

    def test_is_delivered_anew_when_the_machine_reports_something_else(self, world, accepted, client):
        device = world.machines[0].bindings.get().device
        more = [LATHE[2] | {"key": "load2", "name": "Load 2"}]
        devices.add_channels(device=device, channels=more, by=world.owner, at=NOW)
        url = f"/leases/{accepted.public_id}/"

        assert "重新送达" in shown(client, world.owner, url)
        assert "重新送达" in shown(client, world.owner, f"{url}data-notice/")
        assert "我已阅读并同意" not in shown(client, world.buyer, f"{url}data-notice/")
        client.force_login(world.owner)
        assert "已送达" in client.post(f"{url}data-notice/deliver/", follow=True).content.decode()
        assert Notice.objects.count() == 2
        assert "我已阅读并同意" in shown(client, world.buyer, f"{url}data-notice/")

    def test_says_why_it_cannot_be_delivered(self, world, accepted, client):
        leases.cancel(lease=accepted, by=world.buyer, at=NOW)
        client.force_login(world.owner)

        client.post(f"/leases/{accepted.public_id}/data-notice/deliver/", follow=True)

        assert Notice.objects.count() == 1

    def test_is_not_there_before_the_request_is_accepted(self, world, client):
        lease = world.ask(period=PERIOD, at=NOW)

        assert "尚未送达" in shown(client, world.buyer, f"/leases/{lease.public_id}/data-notice/")
