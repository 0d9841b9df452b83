"""The public page of an organization says who it is and what it offers, and nothing of who offers nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from leasing.actions import leases
from leasing.queries.answering import answered_within
from marketplace.models import Listing, Organization
from tests.factories import marketplace as make
from tests.governing.test_closing import asked_for
from tests.joining.world import AT

pytestmark = pytest.mark.django_db


def page(owner, person=None):
    visitor = Client(headers={"accept-language": "en"})
    if person is not None:
        visitor.force_login(person)
    return visitor.get(reverse("organization", args=[owner.public_id]))


def test_says_who_it_is_and_what_it_offers():
    owner = make.organization("海州精工", "LESSOR", verified_at=AT, phone="0518-8577")
    offered, draft = make.listing(owner, title="Offered"), make.listing(owner, status="DRAFT", title="Draft")
    other = make.listing(make.organization(), title="Of another")

    shown = page(owner).content.decode()

    assert reverse("listing", args=[offered.public_id]) in shown
    assert "Leasing company" in shown
    assert "Jiangsu" in shown
    assert "Decided by the platform from its papers on" in shown
    assert draft.title not in shown
    assert other.title not in shown
    assert owner.phone not in shown


@pytest.mark.parametrize("status", ["PAUSED", "DRAFT", "RETIRED"])
def test_is_not_there_of_who_offers_nothing(status):
    owner = make.organization()
    make.listing(owner)
    Listing.objects.update(status=status)

    assert page(owner).status_code == 404


def test_is_not_there_of_who_has_closed():
    owner = make.organization()
    make.listing(owner)
    Organization.objects.filter(pk=owner.pk).update(closing_at=AT, closed_at=AT)

    assert page(owner).status_code == 404


def test_the_card_and_the_listing_lead_to_it():
    owner = make.organization()
    offered = make.listing(owner)
    make.searchable()
    url = reverse("organization", args=[owner.public_id])

    assert url in Client().get(reverse("catalogue")).content.decode()
    assert url in Client().get(reverse("listing", args=[offered.public_id])).content.decode()


def test_how_fast_it_answers_is_said_from_three_lessees_on():
    owner = make.organization()
    admin, offered = make.member(owner), make.listing(owner)
    for hours in (1, 30, 2):
        lease = asked_for(offered, make.organization())
        assert answered_within(owner, AT + timedelta(days=2)) is None
        leases.refuse(lease=lease, reason="Taken.", by=admin, at=AT + timedelta(hours=hours))

    assert answered_within(owner, AT + timedelta(days=2)) == timedelta(hours=2)
    assert answered_within(owner, AT + timedelta(days=400)) is None
