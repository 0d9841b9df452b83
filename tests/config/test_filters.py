"""No list of the REST API passes over a value that it cannot read: it answers 400 and names the parameter."""

import base64
import re

import pytest
from rest_framework.test import APIClient

from billing.actions import runs
from marketplace.actions import imports
from tests import described, once
from tests.devices.machines import lathe
from tests.factories import marketplace as make
from tests.test_openapi import generated, operations

pytestmark = pytest.mark.django_db

NO_CURSORS = ["abc", "é", base64.b64encode(b"p=abc").decode(), base64.b64encode(b"o=-1&p=").decode()]
BAD = {
    "fields": ["nothing", "id.nothing", ""],
    "expand": ["nothing", "id", ""],
    "limit": ["0", "-1", "201", "ten", "", "1e2", "٣", "9" * 400],
    "cursor": NO_CURSORS,
    "check": ["NOTHING", "linesaddup"],
    "booked": ["maybe", "true"],
    "closed": ["maybe", "2", "yes"],
    "flag": ["NOTHING", "jump"],
    "status": ["NOTHING"],
    "side": ["NOTHING", "platform"],
    "source": ["NOTHING"],
    "holding": ["NOTHING"],
    "left": ["NOTHING", "some", "1"],
    "role": ["owner"],
    "period": ["2026-13", "2026", "9999-12", "0001-01", "october"],
    "seller": ["org_nobody"],
    "grade": ["L0", "L7", "secret"],
    "readable": ["maybe", "2", "yes"],
    "erase_due": ["maybe", "2", "yes"],
    "holds_on": ["tomorrow", "9999-12-31", "2026-02-30"],
    "scope": ["NOTHING", "default"],
    "in_force": ["maybe", "2", "yes"],
    "pending": ["maybe", "2", "yes"],
    "state": ["NOTHING", "open"],
    "stage": ["NOTHING", "proposed"],
    "audience": ["NOTHING", "everybody"],
    "kind": ["NOTHING", "erase", "grant"],
    "on_sale": ["maybe", "2", "yes"],
    "paid": ["maybe", "2", "yes"],
    "official": ["maybe", "RECORDED", "true"],
    "bought": ["maybe", "2", "yes"],
    "unread": ["maybe", "2", "yes"],
    "telling": ["NOTHING", "daily"],
    "right": ["read", "own"],
    "purpose": ["insight_user_economics", "anything"],
    "category": ["nothing"],
    "attribution": ["NOTHING"],
    "remedy": ["NOTHING"],
    "free_from": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "equipment": [],
    "near": ["nowhere at all", "91,0", "1,2,3", "nan,1"],
    "km": ["0", "3001", "ten"],
    "owner": ["SME", "nobody"],
    "verified": ["maybe", "2", "yes"],
    "finished": ["2", "0", "many"],
    "service": ["NOTHING", "training"],
    "data_terms": ["more", "USUAL"],
    "built_from": ["1949", "2101", "new"],
    "spec": ["wide", "X travel >= 5 kW"],
    "meter": ["days"],
    "quantity": ["-1", "many", "NaN"],
    "days": ["0", "367", "x"],
    "order": ["best"],
    "reason": ["NOTHING"],
    "active": ["maybe", "2", "yes"],
    "first_day": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "last_day": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "due_from": ["tomorrow", "9999-12-31", "2026-02-30"],
    "due_to": ["tomorrow", "9999-12-31", "2026-02-30"],
    "basis": ["NOTHING"],
    "direction": ["NOTHING", "in"],
    "type": ["NOTHING", "invoice"],
    "after": ["-1", "x", "1.5", "9" * 30],
    "since": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "from": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "to": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
    "cutoff": ["tomorrow", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z"],
    "free_to": ["tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"],
}
TEXTS = {
    "key",
    "code",
    "city",
    "region",
    "family",
    "q",
    "lease",
    "listing",
    "serial_number",
}  # any text is one
TEXTS |= {"booking", "machine", "device", "asset", "holder", "number", "product", "reference", "lender"}
TEXTS |= {"bank_account", "file", "endpoint", "payout", "subject"}


def listed():
    owner = make.organization()
    client, by = APIClient(), make.member(owner)
    client.force_login(by)
    device = lathe(owner)
    run = runs.start(organization=owner, cut_off=make.NOON, at=make.NOON, by=by)
    make.category()
    rows = [{"site": "A", "category": "M1-MC", "maker": "M", "model": "V", "serial": "1"}]
    taken = imports.take(
        organization=owner, content=None, rows=rows, mode="reject_all", is_trial=True, by=by, at=make.NOON
    )
    return client, {
        "devices": device.public_id,
        "data-assets": device.assets.earliest("pk").public_id,
        "invoice-runs": run.public_id,
        "imports": taken.public_id,
        "equipment": make.equipment(owner).public_id,
    }


world = once.fixture(listed)


def lists():
    """
    Every list of the description, with the names of its parameters.

    As it is committed: to write it anew takes eight seconds of each worker, and that it is what the code says
    is checked by tests/test_openapi.py.
    """
    for name, operation in operations(described.committed()):
        given = [row["name"] for row in operation.get("parameters", []) if row["in"] == "query"]
        path = name.removeprefix("GET ")
        if name.startswith("GET ") and "limit" in given and "{size}" not in path:
            yield path, given


LISTS = dict(lists())


@pytest.mark.parametrize("path", LISTS)
def test_a_value_that_cannot_be_read_is_named(world, path):
    client, ids = world
    at = path.replace("{public_id}", ids.get(path.split("/")[3], "")).replace("{code}", "sme_lessees")
    if path.startswith(("/api/v1/indicator", "/api/v1/commission-prop")):  # the platform's (and of hubs)
        client.force_login(make.member(make.platform()))
    assert client.get(at).status_code == 200, at

    for name in {*LISTS[path], "nothing_of_the_kind"} - TEXTS:
        for value in BAD.get(name, ["1"]):
            answer = client.get(at, {name: value})
            assert answer.status_code == 400, (at, name, value, answer.content[:200])
            pointers = [one["pointer"] for one in answer.json()["errors"]]
            assert [one for one in pointers if re.match(f"/{name}(/|$)", one)], (at, name, value, pointers)


def test_every_parameter_of_a_list_is_tried():
    assert {name for given in LISTS.values() for name in given} <= {*BAD, *TEXTS}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"free_from": "2026-03-01"}, "/free_to"),
        ({"free_to": "2026-03-01"}, "/free_from"),
        ({"free_from": "2026-03-02", "free_to": "2026-03-01"}, "/free_to"),
    ],
)
def test_days_that_go_together_are_asked_for_together(world, query, pointer):
    client, _ = world

    answer = client.get("/api/v1/listings/", query)

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (400, [pointer])


def test_the_catalogue_says_it_too_and_goes_on(world):
    client, _ = world

    answer = client.get("/", {"free_from": "2026-03-01"})

    assert answer.status_code == 200
    assert "请同时填写两个日期" in answer.content.decode()


@pytest.mark.parametrize("word", ["true", "True", "1", "false"])
def test_true_and_false_are_read(world, word):
    client, ids = world
    device = ids["devices"]

    found = [one["id"] for one in client.get("/api/v1/devices/", {"closed": word}).json()["data"]]

    assert found == ([device] if word == "false" else [])


@pytest.mark.parametrize("path", ["/api/v1/log/consistency/", "/api/v1/devices/{device}/arrivals/1/proof/"])
def test_sizes_of_the_log_are_held_to_what_can_be(world, path):
    client, ids = world
    device = ids["devices"]

    for name in ("first", "second", "size"):
        for value in ("-1", "x", "9" * 30):
            asked = {"first": "1", "second": "2", "size": "1"} | {name: value}
            answer = client.get(path.format(device=device), asked)
            assert 400 <= answer.status_code < 500, (name, value, answer.content[:200])


def test_the_description_is_made_without_a_warning(capfd):
    generated.__wrapped__()  # anew

    assert "Warning" not in capfd.readouterr().err
