"""Order book and plan over REST: an MES writes, the plan is read and accepted, strangers find nothing."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from leasing.models import Lease, OrderBook, PlanAcceptance, ProductionOrder
from marketplace.models.apikeys import Scope
from tests.leasing import world as worlds
from tests.leasing.shop import CATEGORY, Shop
from tests.leasing.world import ASKED

pytestmark = pytest.mark.django_db
ORDERS, PLAN = "/api/v1/production-orders/", "/api/v1/planning/"


@pytest.fixture
def shop(world, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: ASKED)
    return Shop(world)


@pytest.fixture
def rest(shop):
    return client(shop.world.buyer)


def client(person):
    found = APIClient(raise_request_exception=False)
    found.force_login(person)
    return found


class TestOrders:
    def test_are_taken_by_their_reference_again_and_again(self, shop, rest):
        first = rest.post(ORDERS, shop.node(), format="json")
        again = rest.post(ORDERS, shop.node(), format="json")
        changed = rest.post(ORDERS, shop.node(quantity=81), format="json")

        assert [one.status_code for one in (first, again, changed)] == [201, 200, 200]
        assert [one["ETag"] for one in (first, again, changed)] == ['"1"', '"1"', '"2"']
        assert (changed.json()["quantity"], changed.json()["category"]) == ("81.000", CATEGORY)
        assert changed.json()["machine_seconds"] == "291600.000000"
        assert ProductionOrder.objects.count() == 1

    def test_the_same_key_gets_the_same_answer(self, shop, rest):
        key = {"HTTP_IDEMPOTENCY_KEY": "mes-1"}
        first = rest.post(ORDERS, shop.node(), format="json", **key)
        again = rest.post(ORDERS, shop.node(), format="json", **key)
        other = rest.post(ORDERS, shop.node(quantity="1"), format="json", **key)

        assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
        assert other.status_code == 422

    def test_a_flaw_is_named_at_its_field(self, shop, rest):
        answer = rest.post(ORDERS, shop.node(quantity="0", colour="red"), format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "order_invalid")
        assert {one["pointer"] for one in answer.json()["errors"]} == {"/quantity", "/colour"}
        assert rest.post(ORDERS, ["x"], format="json").status_code == 400

    def test_are_changed_in_the_version_that_was_read(self, shop, rest):
        url = f"{ORDERS}{shop.put().public_id}/"
        stale = rest.patch(url, {"state": "DONE"}, format="json", HTTP_IF_MATCH='"7"')
        nonsense = rest.patch(url, {"state": "DONE"}, format="json", HTTP_IF_MATCH="x")
        good = rest.patch(url, {"state": "DONE"}, format="json", HTTP_IF_MATCH='"1"')

        assert [one.status_code for one in (stale, nonsense, good)] == [412, 412, 200]
        now = rest.get(url)
        assert (good["ETag"], now["ETag"][:3], now.json()["state"]) == ('"2"', '"2.', "DONE")
        assert rest.patch(url, {"quantity": "2"}, format="json").json()["version"] == 3

    def test_many_are_answered_one_by_one(self, shop, rest):
        nodes = [shop.node("A-1"), shop.node("A-2", quantity="0"), 7]
        answer = rest.post(f"{ORDERS}bulk/", {"orders": nodes}, format="json")

        rows = answer.json()["data"]
        assert [(one["index"], one["reference"], one["outcome"]) for one in rows] == [
            (0, "A-1", "created"),
            (1, "A-2", "refused"),
            (2, "", "refused"),
        ]
        assert rows[1]["errors"][0]["pointer"] == "/orders/1/quantity"
        assert rest.post(f"{ORDERS}bulk/", {"orders": "x"}, format="json").status_code == 400
        assert rest.post(f"{ORDERS}bulk/", [], format="json").status_code == 400
        many = rest.post(f"{ORDERS}bulk/", {"orders": [1] * 1001}, format="json")
        assert (many.status_code, many.json()["code"]) == (400, "too_many_orders")

    def test_are_filtered(self, shop, rest):
        shop.put("A-1")
        shop.put("A-2", state="DONE", due_before="2026-04-01")

        def found(**query):
            return [one["reference"] for one in rest.get(ORDERS, query).json()["data"]]

        assert sorted(found()) == ["A-1", "A-2"]
        assert found(state="OPEN") == found(reference="A-1") == found(due_to="2026-03-09") == ["A-1"]
        assert found(due_from="2026-03-10", category=CATEGORY) == ["A-2"]

    def test_are_nobody_elses(self, shop, world):
        url = f"{ORDERS}{shop.put().public_id}/"

        for person in (world.owner, world.outsider):
            assert client(person).get(url).status_code == 404
            assert client(person).patch(url, {}, format="json").status_code == 404
            assert client(person).get(ORDERS).json()["data"] == []
        assert client(world.guest).get(url).status_code == 200
        assert client(world.guest).patch(url, {}, format="json").status_code == 403

    def test_need_the_scope(self, shop, world, keyed):
        boss = worlds.person("boss", world.lessee, "ADMIN")
        reader = keyed(boss, world.lessee, Scope.LEASES_READ)

        assert reader.get(ORDERS).status_code == 200
        for url in (ORDERS, f"{ORDERS}bulk/", f"{PLAN}accept/", f"{PLAN}settings/"):
            assert reader.post(url, {}, format="json").json()["code"] == "missing_scope"


class TestPlan:
    def test_is_read_and_accepted_once(self, shop, rest):
        shop.put(quantity="60")
        made = rest.get(PLAN).json()

        (load,), (one,) = made["categories"], made["proposals"]
        assert (load["short_hours"], load["remaining_hours"], load["orders_due_later"]) == (
            "60.00",
            "0.00",
            0,
        )
        assert load["weeks"][2] == {
            "week": "2026-W10",
            "first_day": "2026-03-02",
            "demand_hours": "60.00",
            "capacity_hours": "0.00",
            "short_hours": "60.00",
            "surplus_hours": "0.00",
        }
        assert load["late"] == [{"reference": "A-1", "due_before": "2026-03-09", "done_on": None}]
        assert (one["proposal"], one["by_hand"], one["expected_usage"]) == (
            "add",
            False,
            {"run_time": "60.00"},
        )
        assert "60.00" in one["reasons"][0]

        body = {"digest": made["digest"], "proposals": [one["key"]]}
        taken = rest.post(f"{PLAN}accept/", body, format="json")
        assert taken.status_code == 201, taken.json()
        assert taken.json()["leases"] == [Lease.objects.get().public_id]
        assert taken.json()["annexes"] == []
        again = rest.post(f"{PLAN}accept/", body, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "plan_accepted")
        stale = rest.post(f"{PLAN}accept/", body | {"digest": "0" * 64}, format="json")
        assert (stale.status_code, stale.json()["code"]) == (409, "plan_stale")

    def test_what_was_accepted_is_found_by_its_organization_alone(self, shop, rest, world):
        shop.put(quantity="60")
        made = shop.accept(shop.plan())
        url = f"{PLAN}acceptances/{made.public_id}/"

        assert rest.get(url).json()["inputs"]["orders"][0]["reference"] == "A-1"
        assert [one["id"] for one in rest.get(f"{PLAN}acceptances/").json()["data"]] == [made.public_id]
        for person in (world.owner, world.outsider):
            assert client(person).get(url).status_code == 404
            assert client(person).get(PLAN).json()["categories"] == []

    def test_follows_from_how_machines_are_worked(self, shop, rest):
        body = {"shift": "CONTINUOUS", "availability": "1", "weeks": 3}

        assert rest.post(f"{PLAN}settings/", body, format="json").status_code == 200
        assert OrderBook.objects.get().shift == "CONTINUOUS"
        made = rest.get(PLAN).json()
        assert (made["shift"], made["availability"], made["last_day"]) == (
            "CONTINUOUS",
            "1.0000",
            "2026-03-08",
        )
        for wrong in ({"shift": "FOUR"}, {"availability": "2"}, {"weeks": 99}, {"availability": "0"}):
            assert rest.post(f"{PLAN}settings/", body | wrong, format="json").status_code == 400
        assert PlanAcceptance.objects.count() == 0
