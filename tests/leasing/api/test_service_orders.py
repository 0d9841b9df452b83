"""Service orders over REST, and how little of a lease its provider sees."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leasing.models import ConditionRecord, ServiceOrder
from tests import doors, once
from tests.leasing.jobs import CARE, REPORT, Yard
from tests.seeing import SeeingClient
from tests.test_doors import PAGES, REST, WRITES, address

pytestmark = pytest.mark.django_db
ALL = "/api/v1/service-orders/"


@once.fixture
def yard(world):
    return Yard(world)


@once.fixture
def lease(yard):
    lease = yard.active()
    # The services of the API run on today's clock; the lease runs until tomorrow.
    type(lease).objects.filter(pk=lease.pk).update(ends_at=timezone.now() + timedelta(days=30))
    return lease


def client(yard, who):
    made = SeeingClient()
    made.force_authenticate(yard.people[who])
    return made


class TestTheWay:
    def test_from_planned_to_accepted(self, yard, lease):
        workshop, lessee = client(yard, yard.workshop), client(yard, yard.world.lessee)
        url = f"{ALL}{yard.order(lease).public_id}/"
        day = (timezone.now() + timedelta(days=3)).isoformat()

        seen = workshop.get(url)
        assert (seen.json()["status"], seen.json()["allowed"]) == ("PLANNED", ["propose", "cancel"])
        assert workshop.post(f"{url}propose/", {"starts_at": day}, format="json").status_code == 200
        agreed = lessee.post(f"{url}agree/", {"contact": "王工"}, format="json").json()
        assert (agreed["status"], agreed["contact"]) == ("AGREED", "王工")
        begun = workshop.post(f"{url}start/", format="json")
        done = workshop.post(f"{url}finish/", {"text": REPORT}, format="json", HTTP_IF_MATCH=begun["ETag"])
        assert (done.json()["status"], done.json()["quantity"]) == ("DONE", "1.00")
        assert lessee.post(f"{url}object/", {"text": ""}, format="json").status_code == 400
        objected = lessee.post(f"{url}object/", {"text": "噪声"}, format="json").json()
        assert objected["status"] == "OBJECTED"
        assert lessee.post(f"{url}accept/", format="json").json()["status"] == "ACCEPTED"
        moves = [step["move"] for step in lessee.get(f"{url}history/").json()["data"]]
        assert moves == ["open", "propose", "agree", "start", "finish", "object", "accept"]

    def test_another_version_is_412(self, yard, lease):
        url = f"{ALL}{yard.order(lease).public_id}/cancel/"
        for tag in ('"9"', "W/x", "1" * 4301):
            answer = client(yard, yard.workshop).post(url, {"text": "no"}, format="json", HTTP_IF_MATCH=tag)
            assert answer.status_code == 412

    def test_its_provider_cancels_with_a_reason(self, yard, lease):
        url = f"{ALL}{yard.order(lease).public_id}/cancel/"
        workshop = client(yard, yard.workshop)

        done = workshop.post(url, {"text": "备件停产"}, format="json")
        assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
        assert workshop.post(url, {"text": "备件停产"}, format="json").status_code == 409

    def test_a_lessee_orders_once_more(self, yard, lease):
        given = {"lease": lease.public_id, "service": yard.ids[0]}
        answer = client(yard, yard.world.lessee).post(ALL, given, format="json")
        assert (answer.status_code, answer.json()["number"], answer.json()["lease"]) == (
            201,
            2,
            lease.public_id,
        )
        assert client(yard, yard.workshop).post(ALL, given, format="json").status_code == 404
        assert client(yard, yard.world.lessor).post(ALL, given, format="json").status_code == 403

    def test_a_side_cannot_make_the_other_sides_move(self, yard, lease):
        url = f"{ALL}{yard.order(lease).public_id}/"
        assert (
            client(yard, yard.world.lessor).post(f"{url}cancel/", {"text": "x"}, format="json").status_code
            == 403
        )
        assert client(yard, yard.world.lessee).post(f"{url}start/", format="json").status_code == 403
        assert client(yard, yard.world.stranger).post(f"{url}start/", format="json").status_code == 404


class TestTheLists:
    def test_each_sees_its_own(self, yard, lease):
        def ids(who, query=""):
            data = client(yard, who).get(f"{ALL}{query}").json()["data"]
            return {(one["kind"], one["lease"]) for one in data}

        all_three = {(kind, lease.public_id) for kind in ("MAINTENANCE", "TRAINING", "ENERGY_MANAGEMENT")}
        assert ids(yard.workshop) == {("MAINTENANCE", None), ("TRAINING", None)}
        assert ids(yard.adviser) == {("ENERGY_MANAGEMENT", None)}
        assert ids(yard.world.lessee) == ids(yard.world.lessor) == all_three
        assert ids(yard.world.stranger) == set()
        assert ids(yard.world.lessee, "?role=lessee&kind=TRAINING") == {("TRAINING", lease.public_id)}
        assert ids(yard.workshop, "?role=provider&status=PLANNED") == ids(yard.workshop)
        assert ids(yard.world.lessee, f"?lease={lease.public_id}") == all_three

    def test_a_provider_finds_no_lease_by_guessing(self, yard, lease):
        data = client(yard, yard.workshop).get(f"{ALL}?lease={lease.public_id}").json()["data"]
        assert data == []


class TestWhatAProviderSees:
    def test_is_the_machine_the_place_the_day_and_its_own_work(self, yard, lease):
        order = yard.agreed(lease)
        seen = client(yard, yard.workshop).get(f"{ALL}{order.public_id}/").json()

        assert seen["machines"] == ["VMC-1"]
        assert (seen["place"], seen["contact"]) == ("宁波 · 一号车间", "王工, 二号门")
        assert (seen["description_zh"], seen["price_minor"]) == ("主轴保养", CARE["price_minor"])
        assert (seen["customer_name"], seen["lease"]) == ("深圳小厂", None)

    def test_is_nothing_else_of_the_lease(self, yard, lease):
        order = yard.done(lease)
        rest, pages = client(yard, yard.workshop), web(yard, yard.workshop)
        one = f"{ALL}{order.public_id}/"
        told = [rest.get(url).content.decode() for url in (ALL, one, f"{one}history/")]
        told += [pages.get(url).content.decode() for url in ("/jobs/", f"/jobs/{order.public_id}/")]
        # number and address of the lease, its rent, the work of another provider
        secrets = (lease.number, lease.public_id, "3000.00", "86.00", "节能顾问", "能耗管理", yard.ids[2])
        assert [word for word in secrets for text in told if word in text] == []
        assert all(REPORT in text or "主轴保养" in text for text in told[:2])

    def test_the_other_providers_order_is_unknown(self, yard, lease):
        order = yard.order(lease, "ENERGY_MANAGEMENT")
        assert client(yard, yard.workshop).get(f"{ALL}{order.public_id}/").status_code == 404
        assert web(yard, yard.workshop).get(f"/jobs/{order.public_id}/").status_code == 404


def web(yard, who):
    made = Client()
    made.force_login(yard.people[who])
    return made


# Of everything that hangs on the lease, the machine, its device and its data, the addresses that know an id.
OF_THE_LEASE = ("lease", "equipment", "device", "agreement", "record", "lease-record", "ticket", "sublease")
OF_THE_LEASE += ("invoice", "line", "readings", "access-log", "photo", "asset", "claim", "annex", "default")


# The world of the doors, in which a workshop has an order for the lease.
house = once.fixture(doors.build)


@pytest.mark.parametrize(
    "name",
    # Whoever stands before a machine that is offered is led to its public page.
    [n for n, (ids, _door) in (PAGES | REST).items() if ids in OF_THE_LEASE and n != "equipment-here"],
)
def test_every_other_address_of_the_lease_is_closed_to_the_provider(name, house):
    order = ServiceOrder.objects.get(public_id=house.ids["job"]["public_id"])
    person = order.provider.memberships.get().user
    ids, _door = (PAGES | REST)[name]
    visitor = SeeingClient() if name in REST else Client()
    visitor.force_login(person)

    code = visitor.get(address(house, name, ids)).status_code

    assert code in (403, 404) or (name in ("api-device-readings", "api-device-export") and code == 400)


@pytest.mark.parametrize("name", [name for name, ids in WRITES.items() if ids in OF_THE_LEASE])
def test_every_other_write_at_the_lease_is_closed_to_the_provider(name, house):
    order = ServiceOrder.objects.get(public_id=house.ids["job"]["public_id"])
    visitor = SeeingClient()
    visitor.force_login(order.provider.memberships.get().user)

    answer = visitor.post(address(house, name, WRITES[name]), "{}", content_type="application/json")

    assert answer.status_code in (403, 404, 405)


def test_the_provider_sees_its_own_order_in_that_world(house):
    order = ServiceOrder.objects.get(public_id=house.ids["job"]["public_id"])
    visitor = SeeingClient()
    visitor.force_login(order.provider.memberships.get().user)

    assert visitor.get(reverse("job", args=[order.public_id])).status_code == 200
    answer = visitor.get(reverse("api-service-order-detail", args=[order.public_id]))
    assert answer.status_code == 200
    assert order.lease.public_id not in json.dumps(answer.json())
    assert ConditionRecord.objects.filter(lease=order.lease).exists()
