"""Rules of maintenance and their tickets over REST."""

from decimal import Decimal
from unittest.mock import patch

import pytest
from django.utils import timezone

from leasing.models import MaintenanceRule
from leasing.rules.maintenance import Basis, Who
from leasing.tasks import attend_maintenance, run_maintenance
from marketplace.models import Claim, Equipment
from tests.leasing.maintenance import DAY, HOUR, MADE, Workshop
from tests.leasing.tickets import local
from tests.leasing.world import HANDOVER
from tests.seeing import SeeingClient

pytestmark = pytest.mark.django_db
RULES, TICKETS = "/api/v1/maintenance-rules/", "/api/v1/maintenance-tickets/"


@pytest.fixture
def shop(world, monkeypatch):
    made = Workshop(world)
    made.now = MADE
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


def client(person):
    found = SeeingClient(raise_request_exception=False)
    found.force_login(person)
    return found


def given(shop, **changes):
    facts = {"what": "换油", "basis": "RUN_TIME", "interval": "500", "warn_before": "40"}
    facts |= {"duration_minutes": 240, "equipment": shop.machine.public_id} | changes
    return {name: value for name, value in facts.items() if value is not None}


def test_from_the_rule_to_the_record(shop, world):
    owner = client(world.owner)
    made = owner.post(RULES, given(shop, already="460"), format="json")
    assert made.status_code == 201, made.json()
    rule = MaintenanceRule.objects.get()
    shop.ran(MADE + HOUR, 10)
    shop.now = local("2026-02-20T09:00")
    attend_maintenance(rule_id=rule.pk, equipment_id=shop.machine.pk)
    assert run_maintenance() == 1

    (row,) = owner.get(f"{RULES}{rule.public_id}/standing/").json()["data"]
    assert (row["used"], row["near"], row["due"]) == ("470.000000", True, False)
    (ticket,) = owner.get(f"{TICKETS}?status=PLANNED&machine={shop.machine.public_id}").json()["data"]
    assert (ticket["cause"], ticket["starts_at"][:16]) == ("PLANNED", "2026-02-22T08:00")
    url = f"{TICKETS}{ticket['id']}/"
    moved = owner.post(f"{url}propose/", {"starts_at": "2026-02-23T08:00:00+08:00"}, format="json")
    assert moved.json()["ends_at"][:16] == "2026-02-23T12:00"
    assert owner.post(f"{url}agree/").json()["code"] == "maintenance_not_proposed"
    shop.now = local("2026-02-23T12:00")
    done = owner.post(f"{url}done/", {"note": "20 L"}, format="json").json()
    assert (done["status"], done["counter"], done["note"]) == ("DONE", "10.000000", "20 L")
    assert owner.post(f"{url}done/", {}, format="json").json()["code"] == "maintenance_over"
    retired = owner.post(f"{RULES}{rule.public_id}/retire/")
    assert retired.json()["retired_at"]
    assert run_maintenance() == 0


def test_a_category_or_a_machine(shop, world):
    owner = client(world.owner)
    facts = {"basis": "MONTHS", "interval": "6", "warn_before": "14"}
    both = given(shop, category="T-VMC", **facts)
    assert owner.post(RULES, both, format="json").status_code == 400
    assert owner.post(RULES, given(shop, equipment=None, **facts), format="json").status_code == 400
    made = owner.post(RULES, given(shop, equipment=None, category="T-VMC", **facts), format="json").json()
    assert (made["category"], made["equipment"]) == ("T-VMC", None)
    assert owner.get(f"{RULES}{made['id']}/standing/").json()["data"][0]["used"] is None
    assert owner.get(f"{RULES}?basis=DAYS").json()["data"] == []


def test_what_is_wrong_is_said_at_its_pointer(shop, world):
    answer = client(world.owner).post(RULES, given(shop, interval="0"), format="json")

    assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == (
        "maintenance_invalid",
        "/interval",
    )


def test_others_find_nothing(shop, world):
    rule = shop.rule()
    shop.ran(MADE + HOUR, 10)
    shop.now = MADE + 3 * DAY
    for person in (world.buyer, world.outsider):
        assert client(person).get(RULES).json()["data"] == []
        assert client(person).get(TICKETS).json()["data"] == []
        assert client(person).post(f"{RULES}{rule.public_id}/retire/").status_code == 404
        assert client(person).post(RULES, given(shop), format="json").status_code == 404
    assert client(world.watcher).post(RULES, given(shop), format="json").status_code == 403
    assert Equipment.objects.count() == 2


def test_a_time_at_the_end_of_the_calendar_is_refused_at_its_field(shop, world):
    made = shop.look(shop.rule(Basis.DAYS, 30, 5), MADE + 26 * DAY)
    shop.now = MADE + 26 * DAY
    url = f"{TICKETS}{made.public_id}/propose/"
    for last in ("9999-12-31T10:00:00Z", "9999-12-31T23:59:59Z"):
        answer = client(world.owner).post(url, {"starts_at": last}, format="json")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/starts_at")


def test_the_counter_which_tells_of_others_use_is_the_owners_alone(shop, world):
    shop.ran(MADE + HOUR, 10)
    rule = shop.rule(already=Decimal(490), who=Who.LESSEE)
    world.active()
    shop.now = local("2026-03-05T10:00")
    made = shop.look(rule, shop.now)
    url = f"{TICKETS}{made.public_id}/"
    answer = client(world.buyer).post(f"{url}done/", {}, format="json")

    assert (answer.status_code, answer.json()["status"], answer.json()["counter"]) == (200, "DONE", None)
    (listed,) = client(world.buyer).get(TICKETS).json()["data"]
    assert (listed["id"], listed["counter"]) == (made.public_id, None)
    assert client(world.buyer).get(url).json()["counter"] is None
    assert client(world.owner).get(url).json()["counter"] == "10.000000"


def test_the_other_side_agrees_to_another_time(shop, world):
    world.active()
    rule = shop.rule(already=Decimal(485))
    shop.ran(HANDOVER + HOUR, 10)
    shop.now = local("2026-03-05T11:00")
    url = f"{TICKETS}{shop.look(rule, shop.now).public_id}/"
    given = {"starts_at": "2026-03-09T18:00:00+08:00"}
    other = client(world.buyer).post(f"{url}propose/", given, format="json").json()
    assert (other["status"], other["proposed_by"]) == ("PROPOSED", world.lessee.public_id)

    assert client(world.buyer).post(f"{url}agree/").status_code == 409
    agreed = client(world.owner).post(f"{url}agree/").json()
    assert (agreed["status"], agreed["starts_at"][:16]) == ("AGREED", "2026-03-09T18:00")


def test_the_clock_withdraws_what_is_open_by_a_retired_rule(shop, world):
    rule = shop.rule(Basis.DAYS, 10, 2, equipment=None, category=world.listing.category)
    shop.now = MADE + 8 * DAY
    with patch.object(attend_maintenance, "delay", attend_maintenance):
        assert run_maintenance() == 2
        assert {one.status for one in rule.tickets.all()} == {"PLANNED"}
        answer = client(world.owner).post(f"{RULES}{rule.public_id}/retire/")
        assert answer.json()["retired_at"]
        assert {one.status for one in rule.tickets.all()} == {"PLANNED"}
        assert run_maintenance() == 2
    assert {one.status for one in rule.tickets.all()} == {"WITHDRAWN"}
    assert not Claim.objects.active().exists()
    assert run_maintenance() == 0
