"""Inputs of plans for tests, with one call."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from leasing.rules.orders import Order
from leasing.rules.planning import Calendar, Shift
from leasing.rules.plans import Inputs, Leased, Offer
from leasing.rules.terms import Terms
from marketplace.shared.period import local_midnight
from tests.leasing.world import RULES

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)
CALENDAR = Calendar(MONDAY, 4, Shift.ONE, Decimal("0.75"))  # 6 h a day, 30 h a week
DAY = timedelta(days=1)


def order(reference, hours, due, earliest=None, **changes):
    """Return an order of so many parts of an hour each; ``due`` and ``earliest`` are days after the first."""
    given = {"cycle_seconds": Decimal(3600), "setup_seconds": Decimal(0), "category": "M1-MC"} | changes
    return Order(
        reference,
        "Part",
        "",
        Decimal(hours),
        MONDAY + due * DAY,
        earliest_start=None if earliest is None else MONDAY + earliest * DAY,
        **given,
    )


def terms(base="3000.00", hour="50.00", title="Mill", components=()):
    """Return terms with a base fee and a price of the hour."""
    plan = {
        "version": 1,
        "currency": "CNY",
        "components": [
            {"id": "base", "kind": "base_fee", "amount": base},
            {"id": "hours", "kind": "per_unit", "meter": "run_time", "unit": "h", "price": hour},
            *components,
        ],
    }
    counted = [
        {"version": 1, "meter": one["meter"], "channel": "execution", "counter": "count"}
        for one in components
    ]
    rules = RULES + counted
    return Terms.parse(
        {
            "version": 1,
            "price_plan": plan,
            "count_rules": rules,
            "zone": ZONE.key,
            "billing_anchor_day": 1,
            "deposit_minor": 0,
            "currency": "CNY",
            "grace_hours": 24,
            "listing_id": title,
            "listing_title": title,
            "data_terms": {"template": "default_rights", "version": 1},
        }
    )


def leased(key, start=0, end=28, until=None, **changes):
    """Return a machine of a running lease, from and until days after the first."""
    days = (MONDAY + start * DAY, MONDAY + end * DAY)
    given = {"category": "M1-MC", "runs": True, "agreed": True, "terms": terms()} | changes
    return Leased(
        key=key,
        lease=key,
        number=key,
        title="Mill",
        spans=(days,),
        ends_at=local_midnight(days[1], ZONE),
        free_until=None if until is None else MONDAY + until * DAY,
        **given,
    )


def offer(listing, machines=1, start=0, end=28, **changes):
    """Return a listing whose machines are all free between days after the first."""
    days = (MONDAY + start * DAY, MONDAY + end * DAY)
    given = {"category": "M1-MC", "minimum_days": 1, "own_data_terms": False, "terms": terms(title=listing)}
    return Offer(listing=listing, machines=((days,),) * machines, **(given | changes))


def inputs(orders=(), machines=(), offers=(), calendar=CALENDAR):
    """Put the inputs of a plan together."""
    return Inputs(calendar, ZONE, tuple(orders), tuple(machines), tuple(offers))
