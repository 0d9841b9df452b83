"""The pages of service orders, for the provider on its phone and for both sides of the lease."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from leasing.models import ServiceOrder
from tests import once
from tests.leasing.jobs import REPORT, Yard

pytestmark = pytest.mark.django_db


@once.fixture
def yard(world):
    return Yard(world)


@once.fixture
def lease(yard):
    lease = yard.active()
    type(lease).objects.filter(pk=lease.pk).update(ends_at=timezone.now() + timedelta(days=30))
    return lease


def sign_in(client, yard, who):
    client.force_login(yard.people[who])
    return client


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheProvidersPages:
    def test_list_what_is_to_do_with_its_next_step(self, yard, lease, client):
        sign_in(client, yard, yard.workshop)
        text = page(client, "/jobs/")
        assert "VMC-1" in text
        assert "提出日期" in text
        assert "暂无内容" in page(client, "/jobs/?tab=past") or "没有" in page(client, "/jobs/?tab=past")

    def test_lead_from_a_day_to_a_report(self, yard, lease, client):
        sign_in(client, yard, yard.workshop)
        order = yard.order(lease, "TRAINING")
        url = f"/jobs/{order.public_id}/"
        day = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")

        assert client.post(f"{url}propose/", {"starts_at": day, "version": "1"}).status_code == 302
        yard.act("agree", order, yard.world.lessee, timezone.now())
        client.post(f"{url}start/", {"version": "3"})
        for hours in ("", "x", "1.3"):
            answer = client.post(f"{url}finish/", {"text": REPORT, "hours": hours}, follow=True)
            assert "小时" in answer.content.decode()
        client.post(f"{url}finish/", {"text": REPORT, "hours": "6.5"})

        order = ServiceOrder.objects.get(pk=order.pk)
        assert (order.status, order.quantity) == ("DONE", Decimal("6.50"))
        assert REPORT in page(client, url)

    def test_say_what_is_wrong_with_a_day(self, yard, lease, client):
        sign_in(client, yard, yard.workshop)
        url = f"/jobs/{yard.order(lease).public_id}/"
        for typed in ("", "tomorrow", "2020-01-01T10:00"):
            answer = client.post(f"{url}propose/", {"starts_at": typed}, follow=True)
            assert "尚未到来的时间" in answer.content.decode()

    def test_a_stale_page_is_told(self, yard, lease, client):
        sign_in(client, yard, yard.workshop)
        order = yard.agreed(lease)
        client.post(f"/jobs/{order.public_id}/start/", {"version": "1"})
        assert ServiceOrder.objects.get(pk=order.pk).status == "AGREED"

    def test_no_text_holds_what_the_database_cannot(self, yard, lease, client):
        url = f"/jobs/{yard.order(lease).public_id}/"
        day = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        for who, move, given in (
            (yard.world.lessee, "propose", {"starts_at": day, "contact": "王\0工"}),
            (yard.workshop, "cancel", {"text": "a\0b"}),
        ):
            answer = sign_in(client, yard, who).post(f"{url}{move}/", given)
            assert (answer.status_code, "NUL" in answer.content.decode()) == (400, True)
        assert ServiceOrder.objects.filter(status="PLANNED", contact="").exists()

    def test_a_period_says_its_days(self, yard, lease, client):
        sign_in(client, yard, yard.adviser)
        assert "2026年3月1日 – 2026年3月31日" in page(client, "/jobs/")


class TestTheLesseesPages:
    def test_accept_and_object(self, yard, lease, client):
        sign_in(client, yard, yard.world.lessee)
        order = yard.done(lease)
        url = f"/jobs/{order.public_id}/"
        assert "逾期未答复视为接受" in page(client, url)
        client.post(f"{url}object/", {"text": "噪声仍在"})
        assert "噪声仍在" in page(client, url)
        client.post(f"{url}accept/")
        assert ServiceOrder.objects.get(pk=order.pk).status == "ACCEPTED"

    def test_list_the_services_of_the_lease_and_order_one_again(self, yard, lease, client):
        sign_in(client, yard, yard.world.lessee)
        url = f"/leases/{lease.public_id}/services/"
        text = page(client, url)
        assert text.count("/services/order/") == 2  # not the one that comes by the period
        answer = client.post(f"{url}order/", {"service": yard.ids[0]})
        made = ServiceOrder.objects.latest("pk")
        assert (answer["Location"], made.by_lessee) == (f"/jobs/{made.public_id}/", True)
        client.post(f"/jobs/{made.public_id}/cancel/", {"text": "不需要了"})
        assert ServiceOrder.objects.get(pk=made.pk).status == "CANCELLED"
        assert client.post(f"{url}order/", {"service": yard.ids[2]})["Location"] == url

    def test_the_lease_leads_there(self, yard, lease, client):
        sign_in(client, yard, yard.world.lessee)
        assert f"/leases/{lease.public_id}/services/" in page(client, f"/leases/{lease.public_id}/")

    def test_the_lessor_watches(self, yard, lease, client):
        sign_in(client, yard, yard.world.lessor)
        order = yard.done(lease)
        text = page(client, f"/jobs/{order.public_id}/")
        assert REPORT in text
        assert "/accept/" not in text
        assert "/services/order/" not in page(client, f"/leases/{lease.public_id}/services/")

    def test_a_lease_without_services_says_so(self, world, client):
        lease = world.active()
        client.force_login(world.buyer)
        assert "没有" in page(client, f"/leases/{lease.public_id}/services/")
        assert "/services/" not in page(client, f"/leases/{lease.public_id}/").split("<main")[1]
