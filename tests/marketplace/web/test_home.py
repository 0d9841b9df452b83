"""Everybody's day begins on a page that has something for them."""

import pytest
from django.urls import reverse

from marketplace.models.parties import OrganizationKind, Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
OWNERS = ("LEAD_ENTERPRISE", "INSTITUTE", "LESSOR", "HUB")
PAGES = dict.fromkeys(OWNERS, "today") | {
    "SME": "today",
    "PLATFORM": "platform",
    "MAKER": "data-grants",
    "SERVICE_PROVIDER": "data-grants",
    "REGULATOR": "data-grants",
    "FINANCIAL": "data-sharing",
}


@pytest.mark.parametrize("kind", OrganizationKind.values)
def test_home_leads_to_the_work_of_the_organization(client, kind):
    client.force_login(make.member(make.organization(kind=kind)))

    answer = client.get("/home/", follow=True)

    assert answer.redirect_chain == [(reverse(PAGES[kind]), 302)]
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["LESSOR", "PLATFORM"])
def test_finance_begins_with_invoices(client, kind):
    client.force_login(make.member(make.organization(kind=kind), Role.FINANCE))

    assert client.get("/home/").url == reverse("invoices")


@pytest.mark.parametrize("back", ["0001-01-01", "//elsewhere.example/", "javascript:alert(1)", "/"])
def test_switching_leads_home_where_the_way_back_is_no_page_of_ours(client, back):
    organization = make.organization()
    client.force_login(make.member(organization))

    answer = client.post("/organization/", {"organization": organization.public_id, "next": back})

    assert (answer.status_code, answer["Location"]) == (302, "/home/")
