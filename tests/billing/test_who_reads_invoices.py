"""Reading invoices needs the right to, in an organization that has to do with them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from billing.actions import invoices
from billing.models import Invoice
from billing.permissions import readable_in
from marketplace.models import Membership
from marketplace.models.parties import Role
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

NINE = world.midnight("2026-10-19") + timedelta(hours=9)
DUE = world.midnight("2026-11-02")


@once.fixture
def billed(by_part):
    by_part.say((1, NINE, "ppartcount", 0), (2, NINE + timedelta(minutes=20), "ppartcount", 4))
    invoices.bill(lease=by_part.lease, at=DUE, by=by_part.clock)
    return by_part


def client(person):
    found = Client(headers={"accept-language": "en"})
    found.force_login(person)
    return found


def key_of_one_who_became_viewer(keyed, organization):
    """Only administrators make keys; this one lost the role since, and the key its rights with it."""
    person = factory.member(organization)
    key = keyed(person, organization)
    Membership.objects.filter(user=person, organization=organization).update(role=Role.VIEWER)
    return person, key


def numbers():
    return [paper.number for paper in Invoice.objects.all()]


class TestAViewer:
    @pytest.fixture
    def viewer(self, billed):
        return factory.member(billed.lessee, Role.VIEWER)

    def test_finds_none_in_lists_and_files(self, billed, viewer, keyed):
        page = client(viewer).get(reverse("invoices")).content.decode()
        file = client(viewer).get(reverse("invoices"), {"format": "csv"}).content.decode()
        _, key = key_of_one_who_became_viewer(keyed, billed.lessee)
        rest = key.get("/api/v1/invoices/").json()

        assert numbers()
        assert not any(number in page + file for number in numbers())
        assert "not part of your role" in page
        assert rest["data"] == []

    def test_is_told_at_the_invoice_that_the_role_lacks_it(self, billed, viewer, keyed):
        paper = Invoice.objects.get(seller=billed.lessor)

        page = client(viewer).get(reverse("invoice", args=[paper.public_id]))
        _, key = key_of_one_who_became_viewer(keyed, billed.lessee)
        rest = key.get(f"/api/v1/invoices/{paper.public_id}/")

        assert page.status_code == 403
        assert billed.lessee.name in page.content.decode()
        assert (rest.status_code, rest.json()["code"]) == (403, "missing_right")

    def test_learns_from_the_usage_that_the_period_is_billed_and_no_number(self, billed, viewer):
        page = client(viewer).get(reverse("usage", args=[billed.lease.public_id])).content.decode()

        assert "This period is billed" in page
        assert not any(number in page for number in numbers())

    def test_has_no_way_there_in_the_navigation(self, billed, viewer):
        way = f'href="{reverse("invoices")}"'

        assert way not in client(viewer).get(reverse("leases")).content.decode()
        assert way in client(billed.buyer).get(reverse("leases")).content.decode()


class TestSeveralOrganizations:
    def test_the_right_in_one_is_none_in_another(self, billed):
        both = factory.member(billed.lessor, Role.VIEWER)
        Membership.objects.create(user=both, organization=billed.lessee, role=Role.FINANCE)

        assert not readable_in(billed.lessor, both).exists()
        assert readable_in(billed.lessee, both).count() == 2
        assert Invoice.objects.visible_to(both).count() == 2

    def test_a_viewer_of_the_platform_knows_all_and_reads_none(self, billed):
        viewer = factory.member(billed.platform, Role.VIEWER)
        paper = Invoice.objects.get(seller=billed.lessor)

        answer = client(viewer).get(reverse("invoice", args=[paper.public_id]))

        assert answer.status_code == 403
        assert billed.platform.name in answer.content.decode()
        assert not Invoice.objects.visible_to(viewer).exists()
        assert Invoice.objects.known_to(viewer).count() == 2

    def test_a_key_reads_for_its_organization_alone(self, billed, keyed):
        both, key = key_of_one_who_became_viewer(keyed, billed.lessor)
        Membership.objects.create(user=both, organization=billed.lessee, role=Role.FINANCE)
        paper = Invoice.objects.get(seller=billed.lessor)

        assert key.get("/api/v1/invoices/").json()["data"] == []
        assert key.get(f"/api/v1/invoices/{paper.public_id}/").status_code == 404

    def test_the_lessor_is_not_shown_the_fee_that_the_platform_bills_to_the_lessee(self, billed):
        page = client(billed.owner).get(reverse("usage", args=[billed.lease.public_id])).content.decode()
        fee = Invoice.objects.get(seller=billed.platform)

        assert Invoice.objects.get(seller=billed.lessor).number in page
        assert fee.number not in page
