"""
The platform takes 8 % of the rent, and from 1 March 5 % of one owner's. What was contracted in February bills
8 % in April, what was contracted in March bills 5 %: each to the fen, and the books balance.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from billing.actions import books, invoices
from billing.actions.books import CommissionContracted
from billing.models import BookingTerms, Invoice, Journal, JournalLine
from leasing.actions import leases, offers
from leasing.rules.commission import ZONE
from marketplace.actions import parties
from marketplace.models import Event, Notification
from marketplace.shared.period import Period, local_midnight
from tests.factories.leasing import hand_over
from tests.leasing import tariff
from tests.leasing import world as worlds

pytestmark = pytest.mark.django_db
LESS = worlds.PLAN | {"components": [worlds.PLAN["components"][0] | {"amount": "3333.33"}]}


HOUR = timedelta(hours=1)


def day(month, number, hour=0):
    """Return an hour of a local day of 2026."""
    return local_midnight(date(2026, month, number), ZONE) + hour * HOUR


def leased(world, contracted_at):
    """Let 3,333.33 a month be asked for, quoted, accepted, and handed over on 1 April."""
    asked = leases.request(
        listing=world.listing,
        lessee=world.lessee,
        period=Period(day(4, 1), day(6, 1)),
        expected_usage={},
        note="",
        by=world.buyer,
        at=contracted_at - HOUR,
    )
    lease = offers.accept(lease=asked, by=world.owner, at=contracted_at)
    return hand_over(lease, owner=world.owner, buyer=world.buyer, at=day(4, 1, 8))


def commission_of(lease):
    """Return net rent, rate, and the lines of J02 of the invoice of April, in minor units."""
    rent = Invoice.objects.get(lease=lease, seller=lease.lessor, period_start__lt=day(4, 2))
    booked = Journal.objects.get(kind="COMMISSION", source_id=rent.public_id)
    amounts = dict(booked.lines.values_list("account__code", "amount_minor"))
    return rent.net_minor, BookingTerms.objects.get(lease=lease).commission_rate, amounts


def test_a_contract_of_february_pays_eight_and_one_of_march_five():
    desk, clock = tariff.desk(), parties.robot(name="clock")
    world = worlds.make(machines=2)
    world.listing.price_plan, world.listing.count_rules = LESS, []
    world.listing.save()

    # In January the platform sets 8 % for all owners from February on; in February, with seven days' notice
    # and a second person, 5 % for this one from 1 March on.
    desk.set("0.08", date(2026, 2, 1), day(1, 5))
    desk.set("0.05", date(2026, 3, 1), day(2, 20), owner=world.lessor)
    told = Notification.objects.filter(organization=world.lessor, kind="commission_set")
    assert [one.facts["rate"] for one in told.order_by("pk")] == ["8 %", "5 %"]
    assert Event.objects.filter(organization=world.lessor, type="commission.changed").count() == 2

    # One lease is contracted in the last hour of February, one in the first of March; both run from April on.
    first, second = leased(world, day(2, 28, 23)), leased(world, day(3, 1))

    # Nobody sets another rate by hand afterwards.
    with pytest.raises(CommissionContracted):
        books.agree(lease=first, commission_rate=Decimal("0.5"), at=day(3, 2), by=desk.chief)

    # Later the default becomes 9 %, and the own rate ends: neither lease is touched.
    desk.set("0.09", date(2026, 4, 1), day(3, 10))
    desk.set(None, date(2026, 4, 1), day(3, 10), owner=world.lessor)

    for lease in (first, second):
        invoices.bill(lease=lease, at=day(5, 2), by=clock)

    # 3,333.33 × 8 % = 266.67 (266.6664), VAT 6 % of that 16.00; × 5 % = 166.67 (166.6665), VAT 10.00.
    assert commission_of(first) == (
        333_333,
        Decimal("0.08"),
        {"2241.00": 28_267, "6001.03": -26_667, "2221.02": -1_600},
    )
    assert commission_of(second) == (
        333_333,
        Decimal("0.05"),
        {"2241.00": 17_667, "6001.03": -16_667, "2221.02": -1_000},
    )
    sums = JournalLine.objects.values("journal").annotate(total=Sum("amount_minor"))
    assert {one["total"] for one in sums} == {0}
