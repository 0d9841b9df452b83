"""Machines and listings in bulk over REST: accepted, worked on in steps, told row by row, safe to send again."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from marketplace.actions import background_jobs
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
