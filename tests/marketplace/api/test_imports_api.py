"""Machines and listings in bulk over REST: accepted, done in steps, told row by row, safe to send again."""

import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from marketplace.actions import api_keys, background_jobs
from marketplace.models import BackgroundJob, Equipment, Import, Listing, Site
from tests import once
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
URL = "/api/v1/imports/"
ROW = {
    "site": "Hall 1",
    "category": "加工中心",
    "maker": "DMG MORI",
    "model": "DMU 50",
    "specifications": "轴数=5; 行程X=0.65 m; 行程Y=520 mm; 行程Z=475; 主轴转速=18000; 数控系统=Heidenhain",
    "price_by": "小时",
    "price": "128.00",
    "publish": "是",
}


def row(number, **other):
    return ROW | {"serial": f"SN-{number}"} | other


@once.fixture
def owner():
    made = make.organization()
    make.category()
    make.site(made, name="Hall 1")
    return made


@once.fixture
def admin(owner):
    return make.member(owner)


@pytest.fixture
def client(admin):
    made = APIClient()
    made.force_login(admin)
    return made


def send(client, rows, **other):
    return client.post(URL, {"rows": rows} | other, format="json")


def worked_on(answer):
    """Do what the worker does; return the import as it is then."""
    assert answer.status_code == 202, answer.content
    job = BackgroundJob.objects.get(public_id=answer["Location"].split("/")[-2])
    while background_jobs.advance(job=job.pk, at=NOON):
        continue
    job.refresh_from_db()
    assert job.status == "SUCCEEDED", job.problem
    return Import.objects.get(public_id=answer.data["id"])


def rows_of(client, found, **asked):
    return client.get(f"{URL}{found.public_id}/rows/", asked).data["data"]


def test_a_hundred_machines_with_seven_bad_rows(client, owner):
    bad = {5: {"price": "cheap"}, 17: {"site": "Hall 9"}, 23: {"category": "Spaceship"}, 42: {"serial": ""}}
    bad |= {56: {"specifications": "轴数=5; 行程X=60 km"}, 71: {"serial": "SN-70"}, 99: {"publish": "maybe"}}
    sent = [row(n, **bad.get(n, {})) for n in range(1, 101)]

    found = worked_on(send(client, sent, mode="reject_failed_rows"))

    assert {k: v for k, v in found.counts().items() if v} == {"CREATED": 93, "REFUSED": 7}
    assert Listing.objects.filter(owner=owner, status="PUBLISHED").count() == 93
    back = rows_of(client, found, status="REFUSED")
    told = [(one["row"], one["errors"][0]["pointer"], one["errors"][0]["code"]) for one in back]
    assert told == [
        (5, "/price", "not_an_amount"),
        (17, "/site", "site_unknown"),
        (23, "/category", "unknown_category"),
        (42, "/serial", "required"),
        (56, "/specifications/travel_x", "unknown_unit"),
        (71, "/serial", "twice_in_file"),
        (99, "/publish", "not_answered"),
    ]


def test_is_accepted_at_once_and_says_where_to_look(client):
    answer = send(client, [row(1)], mode="reject_all")

    assert answer.status_code == 202 and answer["Retry-After"] == "1"
    job = client.get(answer["Location"])
    assert job.data["status"] == "QUEUED" and job.data["result_url"] is None
    assert job.data["progress"] == {"done": 0, "total": 1, "unit": "rows"}
    assert job["Retry-After"]
    found = worked_on(answer)
    job = client.get(answer["Location"])
    assert (job.data["status"], job.data["progress"]["done"], "Retry-After" in job) == ("SUCCEEDED", 1, False)
    assert job.data["result_url"].endswith(f"{URL}{found.public_id}/")
    assert client.get(f"{URL}{found.public_id}/").data["counts"]["created"] == 1


def test_a_trial_writes_nothing_and_can_be_run(client, owner):
    found = worked_on(send(client, [row(1), row(2, price="x")], dry_run=True))

    assert found.counts()["READY"] == found.counts()["REFUSED"] == 1
    assert not Equipment.objects.exists() and not Listing.objects.exists()
    again = client.post(f"{URL}{found.public_id}/run/", {"mode": "reject_failed_rows"}, format="json")
    worked_on(again)
    assert Equipment.objects.get().serial_number == "SN-1"
    refused = client.post(f"{URL}{found.public_id}/run/", {}, format="json")
    assert (refused.status_code, refused.data["code"]) == (409, "import_done")


def test_all_or_none_takes_none_if_one_is_wrong(client, owner):
    found = worked_on(send(client, [row(1), row(2, site="?"), row(3)], mode="reject_all"))

    assert not Equipment.objects.exists() and found.ran_at is None
    assert [one["status"] for one in rows_of(client, found)] == ["READY", "REFUSED", "READY"]
    worked_on(client.post(f"{URL}{found.public_id}/run/", {"mode": "reject_failed_rows"}, format="json"))
    assert Equipment.objects.count() == 2


def test_all_or_none_takes_all_if_none_is_wrong(client):
    found = worked_on(send(client, [row(n) for n in range(12)], mode="reject_all"))

    assert found.counts()["CREATED"] == 12 == Listing.objects.count() and found.ran_at


def test_the_same_file_again_makes_no_doubles(client):
    first = worked_on(send(client, [row(1), row(2)]))
    second = worked_on(send(client, [row(1), row(2), row(3)], mode="reject_failed_rows"))

    assert second.counts()["THERE"] == 2 and second.counts()["CREATED"] == 1
    assert Listing.objects.count() == 3
    assert [one["id"] for one in rows_of(client, second)][:2] == [one["id"] for one in rows_of(client, first)]


def test_a_key_sent_twice_is_one_import(client):
    given = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    first = client.post(URL, {"rows": [row(1)]}, format="json", **given)
    again = client.post(URL, {"rows": [row(1)]}, format="json", **given)

    assert (again.status_code, again["Idempotency-Replayed"]) == (202, "true")
    assert again["Location"] == first["Location"] and Import.objects.count() == 1


def test_a_csv_of_excel_comes_back_as_csv_with_what_is_wrong(client):
    lines = ["场地,设备类别,制造商,型号,序列号,规格,计价方式,单价,上架"]
    lines.append("Hall 1,加工中心,=HYPERLINK(1),DMU 50,SN-9,行程X=1 km,小时,-5,是")
    file = SimpleUploadedFile("机床.csv", "\r\n".join(lines).encode("gb18030"))
    found = worked_on(client.post(URL, {"file": file, "mode": "reject_failed_rows"}, format="multipart"))

    assert (found.name, found.format, found.counts()["REFUSED"]) == ("机床.csv", "CSV", 1)
    answer = client.get(f"{URL}{found.public_id}/rejected/", HTTP_ACCEPT_LANGUAGE="zh-hans")
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf") and "错误原因" in text and "单价" in text
    assert "'=HYPERLINK(1)" in text and "'-5" in text
    again = SimpleUploadedFile("again.csv", answer.content.replace(b"'-5", b"5"))
    second = worked_on(client.post(URL, {"file": again}, format="multipart"))
    (told,) = second.rows.all()
    assert told.cells["maker"] == "=HYPERLINK(1)" and "errors" in told.cells
    assert "/price" not in [one["pointer"] for one in told.errors]


def test_rows_of_json_come_back_as_json(client):
    found = worked_on(send(client, [row(1, price_plan={"version": 1})]))

    (back,) = client.get(f"{URL}{found.public_id}/rejected/").json()["rows"]
    assert back["price_plan"] == {"version": 1} and back["errors"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_taken_as_it_is_but_for_its_example(client, form):
    answer = client.get(f"{URL}template/", {"format": form})
    sent = client.post(URL, {"file": SimpleUploadedFile("t", answer.content)}, format="multipart")

    assert (sent.status_code, sent.data["code"], sent.data["errors"][0]["code"]) == (
        400,
        "import_not_read",
        "empty",
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "invalid"),
        ({"rows": []}, "import_not_read"),
        ({"rows": ["x"]}, "invalid"),
        ({"rows": [{"site": "a"}]}, "import_not_read"),
        ({"rows": [{"serial": "1", "Serial number": "2"}]}, "import_not_read"),
        ({"rows": [ROW | {"serial": "x" * 5000}]}, "import_not_read"),
        ({"rows": [ROW | {"serial": "1", "colour": "red"}]}, "import_not_read"),
        ({"rows": [ROW] * 1001}, "import_not_read"),
        ({"rows": [ROW], "mode": "some"}, "invalid"),
        ({"rows": [ROW | {"price_plan": [[[[[[[[[[[[[[1]]]]]]]]]]]]]]}]}, "import_not_read"),
    ],
)
def test_what_is_no_table_of_machines_is_refused_whole(client, given, code):
    answer = client.post(URL, given, format="json")

    assert (answer.status_code, answer.data["code"]) == (400, code), answer.data
    assert answer.data["errors"] and not Import.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01",
        b"PK\x03\x04 cut",
        b"\xd0\xcf\x11\xe0",
        b"[1",
        b"{}",
        b"a,b\n1,2",
        b"x" * 3_000_001,
        b'[{"a": NaN}]',
    ],
)
def test_files_that_cannot_be_read_are_refused(client, content):
    answer = client.post(URL, {"file": SimpleUploadedFile("f.csv", content)}, format="multipart")

    assert answer.status_code == 400 and not Import.objects.exists(), answer.content


def test_hostile_cells_are_told_at_their_column(client):
    odd = {
        "serial": "'; DROP TABLE x; --",
        "built_on": "9999-99-99",
        "deposit": "1.001",
        "minimum_days": "0",
        "region": "１２３４５６",
        "pool_size": "9" * 30,
        "specifications": {"axes": {"deep": 1}, "nothing": [1]},
        "count_rule": '{"version": 1}',
        "summary": "<script>" * 400,
        "price": "NaN",
    }
    found = worked_on(send(client, [ROW | odd], mode="reject_failed_rows"))

    (told,) = rows_of(client, found)
    columns = {one["pointer"].split("/")[1] for one in told["errors"]}
    bad = {"built_on", "deposit", "minimum_days", "region", "pool_size", "price", "summary"}
    assert columns == bad | {"specifications"}


def test_a_pool_is_one_listing_of_its_machines(client, owner):
    found = worked_on(send(client, [row("", serial="A-1; A-2；A-3", pool_size=3)]))

    listing = Listing.objects.get(public_id=rows_of(client, found)[0]["id"])
    assert listing.units.count() == 3 and len(rows_of(client, found)[0]["equipment"]) == 3
    partly = worked_on(send(client, [row("", serial="A-3; A-4")], mode="reject_failed_rows"))
    assert rows_of(client, partly)[0]["errors"][0]["code"] == "some_there"


def test_a_site_that_the_file_places_is_added(client, owner):
    rows = [row(1, site="二号车间"), row(2, site="二号车间", region="320594", city="苏州")]
    worked_on(send(client, rows))

    assert Site.objects.get(name="二号车间").region_code == "320594"
    other = worked_on(send(client, [row(3, site="二号车间", region="110101")], mode="reject_failed_rows"))
    assert rows_of(client, other)[0]["errors"][0]["pointer"] == "/region"


def test_a_machine_without_a_price_is_registered_only(client):
    bare = {name: value for name, value in row(1).items() if name not in ("price", "price_by", "publish")}
    found = worked_on(send(client, [bare]))

    assert Equipment.objects.count() == 1 and not Listing.objects.exists()
    assert rows_of(client, found)[0]["id"].startswith("eqp_")


def test_a_plan_and_count_rules_may_be_documents(client):
    rows = [row(1, price="", price_by="", price_plan=make.HOURLY, count_rule=json.dumps(make.RUN_RULE))]
    found = worked_on(send(client, rows))

    assert found.counts()["CREATED"] == 1
    assert len(Listing.objects.get().price_plan["components"]) == 3


def test_the_nameplate_of_somebody_else_is_refused_without_a_word_of_it(client):
    make.equipment(make.organization(), serial_number="SN-7")
    found = worked_on(send(client, [row(7)], mode="reject_failed_rows"))

    (error,) = rows_of(client, found)[0]["errors"]
    assert (error["pointer"], error["code"]) == ("/serial", "nameplate_taken")
    assert rows_of(client, found)[0]["id"] is None


def test_others_learn_nothing(client, owner):
    found = worked_on(send(client, [row(1)]))
    stranger = APIClient()
    stranger.force_login(make.member(make.organization()))

    for address in (
        f"{URL}{found.public_id}/",
        f"{URL}{found.public_id}/rows/",
        f"/api/v1/jobs/{found.job.public_id}/",
    ):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{URL}{found.public_id}/run/", {}, format="json").status_code == 404
    assert stranger.post(f"/api/v1/jobs/{found.job.public_id}/cancel/").status_code == 404
    assert stranger.get("/api/v1/jobs/").data["data"] == stranger.get(URL).data["data"] == []


def test_a_list_asks_as_often_for_many_as_for_one(client, owner, django_assert_num_queries):
    worked_on(send(client, [row(1), row(2, price="x")], dry_run=True))
    with CaptureQueriesContext(connection) as one:
        client.get(URL)
    asked = len(one)
    worked_on(send(client, [row(1)], dry_run=True))

    with django_assert_num_queries(asked):
        counted = [each["counts"] for each in client.get(URL).data["data"]]
    assert [(each["ready"], each["refused"], each["created"]) for each in counted] == [(1, 0, 0), (1, 1, 0)]


def test_a_viewer_takes_nothing_in(owner):
    viewer = APIClient()
    viewer.force_login(make.member(owner, "VIEWER"))

    assert send(viewer, [row(1)]).status_code == 403 and not Import.objects.exists()


def test_a_key_needs_its_scopes(admin, owner):
    _key, text = api_keys.create(
        organization=owner, name="ERP", scopes=["equipment:write", "listings:read"], by=admin, at=NOON
    )
    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")

    assert send(program, [row(1)]).data["code"] == "missing_scope"
    assert program.get("/api/v1/jobs/").data["data"] == []


def test_a_stopped_import_keeps_what_is_in_and_can_be_run_again(client):
    answer = send(client, [row(n) for n in range(15)], mode="reject_failed_rows")
    job = BackgroundJob.objects.get()
    background_jobs.advance(job=job.pk, at=NOON)
    stopped = client.post(f"{answer['Location']}cancel/")

    assert (stopped.data["status"], stopped.data["problem"]["code"]) == (
        "CANCELLED",
        "background_job_cancelled",
    )
    assert background_jobs.advance(job=job.pk, at=NOON) is False and Equipment.objects.count() == 10
    assert client.post(f"{answer['Location']}cancel/").data["code"] == "background_job_ended"
    again = client.post(f"{URL}{answer.data['id']}/run/", {"mode": "reject_failed_rows"}, format="json")
    assert worked_on(again).counts()["CREATED"] == 15


def test_the_worked_example_of_the_documentation(client, owner):
    docs = Path(__file__).resolve().parents[3] / "docs"
    rows = re.findall(
        r"^\| (\d+) \|.*\| (\w+) \| (\d) \| (\w*) *\| (\w*) *\|$", (docs / "imports.md").read_text(), re.M
    )
    file = SimpleUploadedFile("example.csv", (docs / "imports-example.csv").read_bytes())

    found = worked_on(client.post(URL, {"file": file, "mode": "reject_failed_rows"}, format="multipart"))

    told = [
        (str(one["row"]), one["status"], str(len(one["equipment"])), *_why(one))
        for one in rows_of(client, found)
    ]
    assert told == rows and len(rows) == 3
    centre = Listing.objects.get(title="五轴加工中心 DMU 50")
    assert (centre.specs["travel_x"], centre.deposit_minor) == ("650", 6_000_000)


def _why(row):
    first = row["errors"][0] if row["errors"] else {"pointer": "/", "code": ""}
    return first["pointer"].split("/")[1], first["code"]
