"""A workshop's order book grows in March: a machine is added; in May it is not needed and goes back."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from leasing.actions import leases, offers, orders
from leasing.models import Lease, ProductionOrder
from leasing.rules.planning import Shift
from leasing.rules.plans import Kind
from marketplace.shared.period import Period
from tests.factories.leasing import bring_back, hand_over
from tests.leasing import shop as shops

pytestmark = pytest.mark.django_db
FEBRUARY = datetime(2026, 2, 23, 1, tzinfo=UTC)  # Monday morning in Shanghai
MARCH = datetime(2026, 3, 1, 16, tzinfo=UTC)
MAY = datetime(2026, 5, 4, 1, tzinfo=UTC)


@pytest.fixture
def shop():
    return shops.make(machines=2)


def book(shop, rows, at):
    """Send the orders as the workshop's MES does."""
    fields = ("reference", "quantity", "earliest_start", "due_before")
    nodes = [shop.node(**dict(zip(fields, row, strict=True))) for row in rows]
    results = orders.put_many(organization=shop.world.lessee, nodes=nodes, by=shop.world.buyer, at=at)
    assert {one.outcome for one in results} == {"created"}


def test_an_order_book_grows_and_shrinks(shop):
    world = shop.world
    who = {"organization": world.lessee, "by": world.buyer}
    orders.set_up(shift=Shift.ONE, availability=Decimal("0.75"), weeks=12, at=FEBRUARY, **who)  # 30 h a week

    # February: 25 hours a week are to be made until the middle of May, and nothing is leased.
    book(shop, [("A-1", 250, "2026-03-02", "2026-05-11")], FEBRUARY)
    plan = shop.plan(FEBRUARY)
    (first,) = plan.proposals
    assert (first.kind, plan.remaining) == (Kind.ADD, {})
    shop.accept(plan, at=FEBRUARY)
    lease = Lease.objects.get()
    assert lease.usage_expected == {"run_time": Decimal(250)}
    offers.accept(lease=lease, by=world.owner, at=FEBRUARY)

    # March: 60 more hours until the end of the month, which one machine cannot do as well.
    assert shop.plan(MARCH).loads[0].short == 0
    book(shop, [("B-1", 90, "2026-03-09", "2026-03-30")], MARCH)
    plan = shop.plan(MARCH)
    assert plan.loads[0].short > 0
    (second,) = plan.proposals
    assert (second.kind, plan.remaining) == (Kind.ADD, {})
    acceptance = shop.accept(plan, at=MARCH)
    added = acceptance.leases.get().lease
    assert added.listing == world.listing
    assert shop.plan(MARCH).loads[0].short == 0
    offers.accept(lease=added, by=world.owner, at=MARCH)
    assert {unit.equipment for one in Lease.objects.all() for unit in one.units.all()} == set(world.machines)

    for one in (lease, added):
        hand_over(one, owner=world.owner, buyer=world.buyer, at=one.starts_at)

    # May: what was made is made; 8 hours are left, and a machine leased until July can go back after them.
    for one in Lease.objects.filter(ends_at__lte=MAY):
        leases.close_due(lease=one, by=world.clock, at=one.ends_at)
        over = Lease.objects.select_related("lessor", "lessee").get(pk=one.pk)
        bring_back(over, owner=world.owner, at=one.ends_at)
    summer = Period(datetime(2026, 5, 1, 16, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC))
    asked = world.ask(period=summer, at=MARCH)
    running = offers.accept(lease=asked, by=world.owner, at=MARCH)
    hand_over(running, owner=world.owner, buyer=world.buyer, at=summer.start)
    ProductionOrder.objects.update(state="DONE")
    book(shop, [("C-1", 8, "2026-05-04", "2026-05-11")], MAY)
    plan = shop.plan(MAY)
    back = {one.subject: one for one in plan.proposals}
    assert {one.kind for one in plan.proposals} == {Kind.RELEASE}
    assert back[running.public_id].cost.minor > 0
