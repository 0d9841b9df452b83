"""
A machine is leased with the work of two other sellers (租赁+服务, 设备租赁+能耗管理), told once from order to
acceptance. What an accountant needs stands here as figures; each can be followed by hand.

| seller | service | price before tax | done | owed before tax |
|---|---|---|---|---|
| 维保公司 | maintenance | 1,200.00 an order | once, accepted by the lessee's word | 1,200.00 |
| 维保公司 | training | 300.00 an hour | 6.5 hours, accepted by silence | 1,950.00 |
| 节能顾问 | energy management | 600.00 a billing period | March, accepted; April, objected to | 600.00 |

The adviser reports by the energy report of March (kWh):

| day | used | worked | stood | parts | for one part |
|---|---|---|---|---|---|
| 10 March | 64 | 48 (8 h × 6) | 16 (8 h × 2) | 60 | 1.067 |
| 11 March | 66 | 50 (10 h × 5) | 16 (8 h × 2) | 65 | 1.015 |
| together | 130 | 98 | 32, that is 24.6 % | 125 | 1.040 |
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from leasing.actions import energy, leases, service_orders
from leasing.models import Lease, ServiceOrder
from leasing.queries import energy_months
from leasing.rules.energy import IDLE, suggestion
from leasing.rules.history import first_broken
from marketplace.shared.money import Money
from marketplace.shared.period import Period, whole_period
from tests.leasing import world as worlds
from tests.leasing.jobs import DAY, REPORT, Yard
from tests.leasing.powered import ZONE, equip, local, tell
from tests.leasing.world import END, HANDOVER

pytestmark = pytest.mark.django_db
APRIL = local("2026-04-01T00:00")


def owed(order: ServiceOrder) -> Money:
    """Price an accepted order as billing will: by the component of the terms, and a period by its share."""
    if order.month_from is None:
        return order.agreed.charge(order.quantity).total()
    lease = Lease.objects.get(pk=order.lease_id)
    ran = Period(order.month_from, order.month_to).intersect(Period(lease.active_from, lease.active_to))
    share = ran.share_of(whole_period(ran.start, ZONE, 1), ZONE)
    return order.agreed.charge(order.quantity, share_of_period=share).total()


def test_a_lease_with_services_from_order_to_acceptance():
    world = worlds.make()
    yard = Yard(world)
    device = equip(world)

    # The lease is contracted and begins: maintenance and training wait for a day, March is the adviser's.
    lease = yard.active()
    planned = ServiceOrder.objects.filter(lease=lease).order_by("pk")
    assert [(one.provider.name, one.kind, one.status) for one in planned] == [
        ("维保公司", "MAINTENANCE", "PLANNED"),
        ("维保公司", "TRAINING", "PLANNED"),
        ("节能顾问", "ENERGY_MANAGEMENT", "PLANNED"),
    ]

    # Maintenance: a day is agreed, the workshop comes, reports, and the lessee accepts two days later.
    done = yard.done(lease, at=HANDOVER + 3 * DAY)
    assert (done.report, done.accept_by) == (REPORT, HANDOVER + 8 * DAY)
    accepted = yard.act("accept", done, world.lessee, HANDOVER + 5 * DAY)

    # Training: six and a half hours; nobody answers, so five days later it is accepted.
    training, day = yard.order(lease, "TRAINING"), HANDOVER + 2 * DAY
    yard.act("propose", training, world.lessee, HANDOVER, starts_at=day, contact="王工, 二号门")
    yard.act("agree", training, yard.workshop, HANDOVER)
    yard.act("start", training, yard.workshop, day)
    training = yard.act("finish", training, yard.workshop, day, text="两名操作工", hours=Decimal("6.5"))
    training = service_orders.close_due(order=training, by=world.clock, at=day + 6 * DAY)
    assert (training.status, training.accepted_at) == ("ACCEPTED", day + 5 * DAY)

    # The machine works and stands; the lessee's report of March says what it used, exactly.
    tell(device, local("2026-03-12T08:00"))
    march = energy_months(lease, APRIL)[-1]
    found = energy.read(lease=lease, period=march, by=world.buyer, within=world.lessee, at=APRIL).report
    rows = [(str(one.day), one.kwh, one.kwh - one.idle, one.idle, one.parts) for one in found.days]
    assert rows == [("2026-03-10", 64, 48, 16, 60), ("2026-03-11", 66, 50, 16, 65)]
    assert (found.kwh, found.idle, found.parts, str(found.per_part)) == (130, 32, 125, "1.040")
    assert [str(one.per_part) for one in found.days] == ["1.067", "1.015"]
    advice = suggestion(found)
    assert (advice.msgid, advice.facts["percent"], advice.facts["most"]) == (IDLE, "24.6", "16.000")

    # Energy management: March is reported and accepted; April comes by itself, once, and is objected to.
    consulting = yard.act("start", yard.order(lease, "ENERGY_MANAGEMENT"), yard.adviser, APRIL)
    consulting = yard.act("finish", consulting, yard.adviser, APRIL, text="停机 16 小时耗电 32 kWh, 请关机")
    yard.act("accept", consulting, world.lessee, APRIL + DAY)
    (next_month,) = yard.clock(lease, APRIL)
    assert yard.clock(lease, APRIL + DAY) == []
    yard.act("start", next_month, yard.adviser, END - DAY)
    yard.act("finish", next_month, yard.adviser, END - DAY, text="四月报告")
    yard.act("object_to", next_month, world.lessee, END - timedelta(hours=1), text="没有四月的数据")

    # The lease ends. What was accepted is owed, each by its seller; what was objected to is not.
    leases.close_due(lease=lease, by=world.clock, at=END)
    billable = ServiceOrder.objects.billable().order_by("pk")
    assert [(one.provider.name, one.kind, owed(one)) for one in billable] == [
        ("维保公司", "MAINTENANCE", Money(120_000, "CNY")),
        ("维保公司", "TRAINING", Money(195_000, "CNY")),
        ("节能顾问", "ENERGY_MANAGEMENT", Money(60_000, "CNY")),
    ]
    assert Money.total([owed(one) for one in billable], "CNY") == Money(375_000, "CNY")
    assert all(one.lease.lessee == world.lessee for one in billable)
    assert accepted in billable

    # Every step is on record, in a chain that nobody can rewrite.
    for order in ServiceOrder.objects.filter(lease=lease):
        assert first_broken([step.link() for step in order.steps.all()]) is None
