"""The page on which an owner says what an offer says about its machines' data."""

import pytest
from django.test import Client

from marketplace.models import Listing
from marketplace.models.parties import Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    return make.listing(make.organization("Owner", kind="LEAD_ENTERPRISE"))


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def url(listing):
    return f"/my-listings/{listing.public_id}/data-terms/"


def test_an_owner_changes_a_cell_and_takes_it_back(listing):
    owner = client(make.member(listing.owner))
    cell = {"party": "owner", "category": "machine_condition"}
    assert "The usual table of rights" in owner.get(url(listing)).content.decode()

    answer = owner.post(url(listing), cell | {"level": "P1D"}, follow=True)

    assert "Owner, Machine condition: figures over a day" in answer.content.decode()
    asking = client(make.member(make.organization("SME"))).get(f"/listings/{listing.public_id}/request/")
    assert "figures over a day" in asking.content.decode()
    owner.post(url(listing), cell | {"level": "usual"})
    assert Listing.objects.get().data_terms["changes"] == []


def test_what_the_law_protects_is_refused_at_the_field_and_the_choice_stays(listing):
    owner = client(make.member(listing.owner))

    answer = owner.post(url(listing), {"party": "owner", "category": "operator_data", "level": "everything"})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#id_level"' in page
    assert 'value="operator_data" selected' in page
    assert not Listing.objects.get().data_terms


def test_others_neither_see_nor_change_it(listing):
    viewer, stranger = (
        client(make.member(listing.owner, Role.VIEWER)),
        client(make.member(make.organization())),
    )
    cell = {"party": "owner", "category": "machine_condition", "level": "P1D"}

    assert viewer.get(url(listing)).status_code == 200
    assert viewer.post(url(listing), cell).status_code == 403
    assert stranger.get(url(listing)).status_code == 404
    assert stranger.post(url(listing), cell).status_code == 404
    assert not Listing.objects.get().data_terms
