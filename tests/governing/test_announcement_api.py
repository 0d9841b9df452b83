"""Announcements over REST: every key reads them, the platform writes with a scope and the tag that it saw."""

import pytest
from rest_framework.test import APIClient

from marketplace.actions import background_jobs
from marketplace.models import Announcement, BackgroundJob
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as make
from tests.governing.announcing import NEWS, RULES, begin, told, work
from tests.joining.world import AT

pytestmark = pytest.mark.django_db
desk = once.fixture(begin)
URL = "/api/v1/announcements/"
LATER = "2099-01-02T00:00:00+08:00"
SENT = {
    "kind": "RULES",
    "title_zh": "挂牌规则变更",
    "title_en": "Change of the rules of listings",
    "text_zh": "自生效之日起，挂牌须附铭牌照片。\n\n意见请写给 https://jijian.example/rules。",
    "text_en": "Listings need a picture of the nameplate.\n\nWrite to https://jijian.example/rules.",
    "audience": "OWNERS",
    "shown_from": "2098-12-01T00:00:00+08:00",
    "shown_until": LATER,
    "in_force_from": "2099-01-01T00:00:00+08:00",
}


@pytest.fixture
def rest(desk, keyed):
    return keyed(desk.clerk, desk.platform)


def test_the_platform_drafts_changes_publishes_and_withdraws(desk, rest, keyed):
    made = rest.post(URL, SENT, format="json")
    assert (made.status_code, made["ETag"], made.json()["state"]) == (201, '"1"', "DRAFT")
    url = f"{URL}{made.json()['id']}/"

    changed = rest.put(url, SENT | {"title_en": "Nameplates"}, format="json", headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["title_en"], changed["ETag"]) == (200, "Nameplates", '"2"')
    shown = rest.post(f"{url}publish/", headers={"If-Match": '"2"'})
    assert (shown.status_code, shown.json()["state"], shown.json()["version"]) == (200, "PUBLISHED", 3)
    other = keyed(make.member(desk.workshop), desk.workshop, Scope.EVENTS_READ)
    assert other.get(url).json() == shown.json()
    assert [one["id"] for one in other.get(f"{URL}?kind=RULES&state=PUBLISHED").json()["data"]] == [
        made.json()["id"]
    ]

    gone = rest.post(f"{url}withdraw/", {"reason": "铭牌另行规定"}, format="json")
    assert (gone.status_code, gone.json()["reason"]) == (200, "铭牌另行规定")
    assert BackgroundJob.objects.count() == 2


def test_the_rest_is_told_after_the_work_failed(desk, rest):
    url = f"{URL}{desk.published().public_id}/tell/"
    assert (answer := rest.post(url)).status_code == 409
    assert answer.json()["code"] == "background_job_running"
    background_jobs.fail(job=BackgroundJob.objects.get().pk, at=AT)

    assert rest.post(url).json()["state"] == "PUBLISHED"
    work()

    assert (len(told()), rest.post(url).json()["code"]) == (2, "announcement_told")


def test_a_draft_is_thrown_away(rest):
    url = f"{URL}{rest.post(URL, SENT, format='json').json()['id']}/"

    assert rest.delete(url, headers={"If-Match": '"1"'}).status_code == 204
    assert Announcement.objects.count() == 0


def test_drafts_are_read_by_the_platform_with_the_scope_alone(desk, rest, keyed):
    one = desk.drafted()
    url = f"{URL}{one.public_id}/"
    poor = keyed(desk.clerk, desk.platform, Scope.EVENTS_READ)
    other = keyed(make.member(desk.lessor), desk.lessor)

    assert rest.get(url).status_code == 200
    for client in (poor, other):
        assert client.get(url).status_code == 404
        assert client.get(URL).json()["data"] == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.VIEWER])
def test_drafts_are_not_read_by_the_platforms_other_people(desk, role):
    url = f"{URL}{desk.drafted().public_id}/"
    client = APIClient()
    client.force_login(make.member(desk.platform, role))

    assert (client.get(url).status_code, client.get(URL).json()["data"]) == (404, [])


def test_others_write_nothing(desk, keyed):
    one = desk.published()
    url = f"{URL}{one.public_id}/"
    other, poor = keyed(make.member(desk.lessor), desk.lessor), keyed(desk.clerk, desk.platform, "keys:read")

    for client, code in ((other, "missing_right"), (poor, "missing_scope")):
        for answer in (
            client.post(URL, SENT, format="json"),
            client.post(f"{url}withdraw/", {"reason": "x"}, format="json"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert APIClient().post(URL, SENT, format="json").status_code == 401
    assert list(Announcement.objects.values_list("state", flat=True)) == ["PUBLISHED"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"shown_until": SENT["shown_from"]}, "/shown_until"),
        ({"text_en": "x" * 100_000}, "/text_en"),
        ({"audience": "NOBODY"}, "/audience"),
        ({"audience": "REGION", "region": "99"}, "/region"),
        ({"audience": "REGION"}, "/region"),
        ({"kind": "GENERAL"}, "/in_force_from"),
        ({"kind": "MAINTENANCE", "in_force_from": None}, "/begins_at"),
        ({"shown_from": "0001-01-01T00:00:00Z"}, "/shown_from"),
        ({"in_force_from": "soon"}, "/in_force_from"),
        ({"title_zh": ["x"]}, "/title_zh"),
    ],
)
def test_what_is_wrong_stands_at_its_field(rest, changes, pointer):
    answer = rest.post(URL, SENT | changes, format="json")

    assert answer.status_code == 400
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert Announcement.objects.count() == 0


def test_rules_that_come_too_soon_are_not_published(desk, rest):
    one = desk.drafted(RULES)
    Announcement.objects.update(shown_until=LATER)

    answer = rest.post(f"{URL}{one.public_id}/publish/", headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (400, "announcement_invalid")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/in_force_from"]
    assert (Announcement.objects.get().state, BackgroundJob.objects.count()) == ("DRAFT", 0)


@pytest.mark.parametrize(("tag", "status"), [('"7"', 412), ('"x"', 412)])
def test_what_was_changed_meanwhile_is_not_published(desk, rest, tag, status):
    one = desk.drafted(NEWS)

    answer = rest.post(f"{URL}{one.public_id}/publish/", headers={"If-Match": tag})

    assert (answer.status_code, answer.json()["code"]) == (status, "announcement_changed")
    assert Announcement.objects.get().state == "DRAFT"


def test_what_was_published_stays(desk, rest):
    one = desk.published()

    answer = rest.put(f"{URL}{one.public_id}/", SENT, format="json", headers={"If-Match": '"2"'})

    assert (answer.status_code, answer.json()["code"]) == (409, "announcement_moved")
    assert Announcement.objects.get().said == NEWS
