"""How an organization is taxed, over REST and on its page."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from marketplace.models import Organization, VatStatement
from marketplace.models.parties import Role
from tests import once
from tests.factories import marketplace as factory

URL, PAGE = "/api/v1/vat-statements/", "/vat-status/"
SENT = {"status": "SMALL_SCALE", "valid_from": "2026-10-01", "source": "税务事项通知书 2026-118"}


def client(person, kind=APIClient):
    made = kind()
    made.force_login(person)
    return made


@once.fixture
def own():
    return factory.organization()


@pytest.fixture
def finance(own):
    return client(factory.member(own, Role.FINANCE))


@pytest.fixture
def platform(db):
    return client(factory.member(factory.platform(), Role.FINANCE))


def test_is_stated_and_read(own, finance):
    made = finance.post(URL, SENT, format="json")

    assert (made.status_code, made.data["rounding"], made.data["organization"]) == (
        201,
        "LINE",
        own.public_id,
    )
    (read,) = finance.get(URL).data["data"]
    assert {name: read[name] for name in SENT} == SENT
    assert finance.post(URL, SENT, format="json").data["id"] == read["id"]


def test_is_corrected_by_the_platform_alone(own, finance, platform):
    other = factory.organization()
    right = SENT | {"status": "GENERAL", "organization": own.public_id, "rounding": "GROUP"}

    assert platform.post(URL, right, format="json").status_code == 201
    assert platform.get(URL, {"organization": own.public_id}).data["data"][0]["status"] == "GENERAL"
    for method, given in (("get", {}), ("post", SENT)):
        sent = given | {"organization": other.public_id}
        assert getattr(finance, method)(URL, sent, format="json").status_code == 404
    assert finance.post(URL, SENT | {"rounding": "GROUP"}, format="json").status_code == 201
    assert finance.post(URL, SENT | {"rounding": "LINE"}, format="json").data["code"] == "tax_rounding_is_set"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "NONE"},
        {"status": 5},
        {"valid_from": "2026-02-30"},
        {"valid_from": "9999-12-31"},
        {"valid_from": "0001-01-01"},
        {"source": ""},
        {"source": "a\0b"},
        {"source": "x" * 300},
        {"rounding": "UP"},
        {"organization": "org_nobody"},
        {"organization": "a\0b"},
        {"organization": ["x"]},
    ],
)
def test_odd_input_is_refused(finance, change):
    assert finance.post(URL, SENT | change, format="json").status_code in (400, 404)
    assert finance.post(URL, [SENT], format="json").status_code == 400
    assert not VatStatement.objects.exists()


@pytest.mark.parametrize("language, words", [("zh-hans", "小规模纳税人"), ("en", "small-scale taxpayer")])
def test_page_states_and_shows(own, finance, language, words):
    browser = client(factory.member(own, Role.FINANCE), Client)
    answer = browser.post(PAGE, SENT, follow=True, headers={"accept-language": language})

    assert answer.status_code == 200
    shown = browser.get(PAGE, headers={"accept-language": language}).content.decode()
    assert words in shown
    assert SENT["source"] in shown


def test_page_says_what_is_wrong(own, finance, platform):
    browser = client(factory.member(own, Role.FINANCE), Client)

    wrong = browser.post(PAGE, SENT | {"valid_from": "2022-12-31"})

    assert (wrong.status_code, VatStatement.objects.count()) == (200, 0)
    assert "2022-12-31" in wrong.content.decode()
    assert browser.get(PAGE, {"organization": factory.organization().public_id}).status_code == 404
    page = client(factory.member(Organization.objects.get(kind="PLATFORM")), Client)
    moved = page.post(f"{PAGE}?organization={own.public_id}", SENT | {"rounding": "GROUP"})
    assert moved.status_code == 302
    assert VatStatement.objects.get().organization == own


def test_who_does_not_read_invoices_neither_reads_nor_states(own):
    person = factory.member(own, Role.VIEWER)
    viewer = client(person)

    assert (viewer.get(URL).status_code, viewer.get(URL).json()["code"]) == (403, "missing_right")
    assert client(person, Client).get(PAGE).status_code == 403
    assert viewer.post(URL, SENT, format="json").status_code == 403
    assert not VatStatement.objects.exists()
