"""Events and webhooks over REST: read on from a number, set up, changed as seen, and nobody else's."""

import re
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from marketplace.actions import api_keys, events
from marketplace.models import WebhookDelivery
from marketplace.rules.event_types import EventType
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
NOON, HOOKS = make.NOON, "/api/v1/webhook-endpoints/"
GIVEN = {"url": "https://example.com/h", "types": ["invoice.paid"]}


@once.fixture
def owner():
    return make.organization()


@once.fixture
def admin(owner):
    return make.member(owner)


@pytest.fixture
def api(admin):
    client = APIClient()
    client.force_login(admin)
    return client


def tell(owner, many=3):
    for number in range(many):
        events.publish(type=EventType.INVOICE_PAID, object=f"inv_{number}", to=[owner], at=NOON)
    events.number(at=NOON)


def test_events_are_read_on_from_a_number(api, owner):
    tell(owner)
    tell(make.organization())
    page = api.get("/api/v1/events/", {"limit": 2}).json()
    assert [one["sequence"] for one in page["data"]] == [1, 2] and page["has_more"]
    assert [one["sequence"] for one in api.get(page["next"]).json()["data"]] == [3]
    assert [one["sequence"] for one in api.get("/api/v1/events/?after=1").json()["data"]] == [2, 3]
    assert api.get("/api/v1/events/?type=invoice.issued").json()["data"] == []
    assert len(api.get("/api/v1/events/?since=2026-11-20").json()["data"]) == 3
    assert api.get("/api/v1/events/?since=2026-11-21").json()["data"] == []


def test_events_are_for_who_reads_invoices_and_keys_with_the_scope(owner, admin, client):
    tell(owner)
    viewer = APIClient()
    viewer.force_login(make.member(owner, "VIEWER"))
    assert viewer.get("/api/v1/events/").json()["data"] == []
    by = {"organization": owner, "name": "k", "by": admin, "at": NOON}
    for scope, code in (("events:read", 200), ("invoices:read", 403)):
        _, text = api_keys.create(scopes=[scope], **by)
        assert client.get("/api/v1/events/", headers={"Authorization": f"Bearer {text}"}).status_code == code


def test_a_webhook_is_set_up_changed_and_taken_away(api):
    made = api.post(HOOKS, GIVEN, format="json")
    assert made.status_code == 201 and made["Cache-Control"] == "no-store" and made["ETag"] == '"1"'
    assert made.json()["secret"].startswith("whsec_")
    url = f"{HOOKS}{made.json()['id']}/"
    assert "secret" not in api.get(url).json()
    changed = api.put(url, GIVEN | {"types": []}, format="json", headers={"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert api.put(url, GIVEN, format="json", headers={"If-Match": '"1"'}).json()["code"] == "webhook_changed"
    assert api.post(f"{url}rotate/").json()["secret"] != made.json()["secret"]
    assert api.post(f"{url}disable/").json()["state"] == "DISABLED"
    assert api.post(f"{url}test/").status_code == 409
    assert api.post(f"{url}enable/").json()["state"] == "ACTIVE"
    assert api.delete(url).status_code == 204
    assert (api.get(url).status_code, api.get(HOOKS).json()["data"]) == (404, [])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"url": "https://127.0.0.1/"},
        {"url": "x\0"},
        {"url": 5},
        {"url": None},
        [],
        {"url": "https://a.b/", "types": ["x"]},
        {"url": "https://a.b/", "types": "x"},
        {"url": "https://a.b/", "description": "\0"},
    ],
)
def test_odd_input_is_refused(api, given):
    assert api.post(HOOKS, given, format="json").status_code == 400
    assert api.get(HOOKS).json()["data"] == []


def test_deliveries_are_listed_sent_again_and_stopped(api, owner):
    hook = api.post(HOOKS, GIVEN, format="json").json()
    api.post(f"{HOOKS}{hook['id']}/test/")
    tell(owner, 1)
    listed = api.get("/api/v1/webhook-deliveries/", {"endpoint": hook["id"], "state": "WAITING"}).json()[
        "data"
    ]
    assert [one["type"] for one in listed] == ["invoice.paid", "webhook.test"]
    url = f"/api/v1/webhook-deliveries/{listed[0]['id']}/"
    assert api.post(f"{url}stop/").json()["state"] == "STOPPED"
    assert api.post(f"{url}stop/").json()["code"] == "delivery_ended"
    assert api.post(f"{url}resend/").json()["state"] == "WAITING"
    assert WebhookDelivery.objects.count() == 2


def test_every_type_is_documented_and_no_other():
    said = Path("docs/webhooks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", said, re.MULTILINE)) == set(EventType)
    assert set(re.findall(r'"type": "([a-z_.]+)"', said)) == set(EventType)
