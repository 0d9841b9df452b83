"""One plan accepted twice at once, on real transactions; shown without its guards as well."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection

from leasing.actions import orders, plans
from leasing.models import Lease, PlanAcceptance, ProductionOrder
from leasing.models.orders import OrderBookQuerySet
from tests.concurrency.test_leases import fresh, outcome
from tests.leasing import shop as shops
from tests.leasing.world import ASKED
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ("leasing_planacceptance", "leasing_planacceptedlease", "leasing_planacceptedannex")
CONSTRAINTS = {"leasing_planacceptance_digest_once": "digest", "leasing_planacceptance_turn_once": "turn"}


@pytest.fixture
def shop():
    made = shops.make()
    made.put(quantity="120")
    return made


def look_together():
    """Hold both until both have made the plan, or it is clear that they cannot."""
    meeting, make = Meeting(), plans.proposals.plan

    def plan(inputs):
        made = make(inputs)
        meeting.wait()
        return made

    return patch.object(plans.proposals, "plan", plan)


def no_lock():
    return patch.object(OrderBookQuerySet, "locked", lambda self: self.order_by("pk"))


@contextmanager
def no_constraints():
    with connection.cursor() as cursor:
        for name in CONSTRAINTS:
            cursor.execute(f"ALTER TABLE leasing_planacceptance DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
            for name, column in CONSTRAINTS.items():
                unique = f"UNIQUE (organization_id, {column})"
                cursor.execute(f"ALTER TABLE leasing_planacceptance ADD CONSTRAINT {name} {unique}")


def accept_twice(shop):
    made, buyer = shop.plan(), shop.world.buyer
    with look_together():
        return at_once(*[lambda: shop.accept(made, by=fresh(buyer))] * 2)


class TestOnePlanTwice:
    def test_one_is_carried_out_and_the_other_is_told(self, shop):
        results = accept_twice(shop)

        assert outcome(results) == ["PlanAcceptance", "PlanAccepted"]
        assert (Lease.objects.count(), PlanAcceptance.objects.count()) == (2, 1)

    def test_the_constraints_alone_hold_as_well(self, shop):
        with no_lock():
            results = accept_twice(shop)

        assert outcome(results) == ["IntegrityError", "PlanAcceptance"]
        assert (Lease.objects.count(), PlanAcceptance.objects.count()) == (2, 1)

    def test_without_both_the_machines_are_asked_for_twice(self, shop):
        with no_lock(), no_constraints():
            results = accept_twice(shop)
            found = (Lease.objects.count(), PlanAcceptance.objects.count())

        assert (outcome(results), found) == (["PlanAcceptance", "PlanAcceptance"], (4, 2))


class TestAnOrderMeanwhile:
    def test_is_in_the_plan_or_comes_after_it(self, shop):
        made, buyer, lessee = shop.plan(), shop.world.buyer, shop.world.lessee

        results = at_once(
            lambda: shop.accept(made, by=fresh(buyer)),
            lambda: orders.put(organization=lessee, node=shop.node("A-2"), by=fresh(buyer), at=ASKED)[0],
        )

        assert outcome(results) in (["PlanAcceptance", "ProductionOrder"], ["PlanStale", "ProductionOrder"])
        assert Lease.objects.count() == 2 * PlanAcceptance.objects.count()
        for one in PlanAcceptance.objects.all():
            assert [order["reference"] for order in one.inputs["orders"]] == ["A-1"]

    def test_two_books_are_opened_once(self, shop):
        world = shop.world
        shops_book = {"organization": world.stranger, "at": ASKED}

        results = at_once(
            *(
                lambda n=n: orders.put(node=shop.node(f"B-{n}"), by=fresh(world.outsider), **shops_book)[0]
                for n in range(2)
            )
        )

        assert outcome(results) == ["ProductionOrder", "ProductionOrder"]
        assert ProductionOrder.objects.of(world.stranger).count() == 2
