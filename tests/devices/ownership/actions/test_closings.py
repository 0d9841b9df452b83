"""Who closes neither sells nor buys data; what of that is not over hinders its closing."""

from datetime import timedelta

import pytest
from django.urls import resolve

from devices.ownership.models import DataLicence, PaymentDuty, ProductStep
from devices.ownership.queries.own_data import hindrances
from devices.ownership.rules.products import PAY_WITHIN
from marketplace.actions.admission import OrganizationCloses
from marketplace.models import Organization
from marketplace.queries.own_data import obstacles
from tests import once
from tests.devices.ownership.traded import AT, Traded

pytestmark = pytest.mark.django_db
world = once.fixture(Traded)


def found(organization, at=AT):
    ours = {one.code for one in hindrances(organization, at)}
    return {one.code: one.count for one in obstacles(organization, at) if one.code in ours}


def closes(organization, at=AT):
    Organization.objects.filter(pk=organization.pk).update(closing_at=at)


class TestWhatHinders:
    def test_is_named_with_a_page_that_there_is(self, world):
        assert all(resolve(one.link) for one in hindrances(world.a, AT))

    def test_is_a_product_on_sale_until_it_is_withdrawn(self, world):
        version = world.offered()
        world.consent(version)
        assert found(world.a) == {}

        world.publish(version)
        assert found(world.a) == {"data_products": 1}
        assert found(world.owner) == {}

        world.withdraw(version, world.a)
        assert found(world.a) == {}

    def test_is_the_older_version_no_more(self, world):
        first = world.on_sale()
        second = world.offered(product=first.product)
        world.consent(second)

        world.publish(second)

        assert found(world.a) == {"data_products": 1}

    def test_is_a_licence_that_is_to_be_paid_on_both_sides(self, world):
        world.buy(world.on_sale())

        assert found(world.buyer) == {"data_licences": 1}
        assert found(world.a) == {"data_licences": 1, "data_products": 1}
        assert found(world.buyer, AT + PAY_WITHIN) == {}

    def test_is_one_that_runs_until_its_end_and_what_is_owed_for_it(self, world):
        licence = world.sold()

        assert found(world.buyer) == {"data_licences": 1}
        assert found(world.buyer, AT + timedelta(days=30)) == {}
        assert found(world.owner) == {"data_payments": 1}
        PaymentDuty.objects.filter(creditor=world.owner).update(waived_at=AT, waived_because="x")
        assert found(world.owner) == {}
        world.end(licence)
        assert found(world.buyer) == {}


class TestTheGate:
    def test_puts_nothing_on_sale_of_who_closes(self, world):
        version = world.offered()
        world.consent(version)
        closes(world.a)

        with pytest.raises(OrganizationCloses):
            world.publish(version)
        with pytest.raises(OrganizationCloses):
            world.offered()

        assert not ProductStep.objects.filter(kind="PUBLISHED").exists()

    @pytest.mark.parametrize("side", ["buyer", "a"])
    def test_sells_nothing_where_a_side_closes(self, world, side):
        version = world.on_sale()
        closes(getattr(world, side))

        with pytest.raises(OrganizationCloses):
            world.buy(version)

        assert not DataLicence.objects.exists()
