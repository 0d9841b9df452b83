"""
The price plan of a slot booking, which its document freezes, and what it asks for, priced as a lease is.

Set-up and cleaning are in no quantity, so they cost nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.lines import OWNER, PLATFORM
from marketplace.rules.pricing.percentage import Percentage
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.tax import SERVICE
from marketplace.rules.reading import plain
from marketplace.rules.slot_schedules import Schedule
from marketplace.shared.money import Money

METER, UNIT = "slots", "slot"
USE = "slots"  # the component of the slots
FEE = "slot_fee"  # component and kind of what is owed for one that did not take place


def platform_shares(plan: PricePlan) -> list[dict[str, Any]]:
    """
    Return what a listing's plan asks for the platform as shares of the rent, as components of a slot's plan.

    Rate or tiers and the tax category; a minimum of a period, or of a term, is none of a slot.
    """
    shares = [one for one in plan.components if isinstance(one, Percentage) and one.seller == PLATFORM]
    kept = ("kind", "seller", "tax_category", "rate", "tiers", "of")
    return [
        {"id": f"share_{place}"} | {name: value for name, value in one.dump().items() if name in kept}
        for place, one in enumerate(shares, start=1)
    ]


def plan_of(schedule: Schedule, currency: str, shares: Sequence[Mapping[str, Any]] = ()) -> PricePlan:
    """Return the plan by which a slot of a schedule is sold."""
    return _plan(schedule.price_minor, currency, schedule.tax_category, shares)


def agreed_plan(document: Mapping[str, Any]) -> PricePlan:
    """
    Return the plan that the document of a booking froze.

    Documents of version 1 name a price alone: they are of a time when nobody offered but a measurement by the
    owner, which is a service, and in which the platform had no share.
    """
    kept = document.get("price_plan")
    if kept is not None:
        return PricePlan.parse(kept, agreed=True)
    return _plan(document["price_minor"], document["currency"], SERVICE, ())


def use_charge(plan: PricePlan, slots: int) -> Charge:
    """Price a booking that took place: its slots, and the shares of the platform."""
    return charge(plan, {METER: Decimal(slots)}, share_of_period=1, final=True)


def fee_charge(plan: PricePlan, fee_minor: int) -> Charge:
    """
    Price one that did not take place: the agreed fee in minor units, of the VAT of the slots, and no share.

    Without a fee there is no line.
    """
    amount = plain(Money(fee_minor, plan.currency).amount)
    category = next(one.tax_category for one in plan.components if one.id == USE)
    document = {
        "version": 1,
        "currency": plan.currency,
        "components": [
            {"id": FEE, "kind": "base_fee", "amount": amount, "seller": OWNER, "tax_category": category}
        ],
    }
    found = charge(PricePlan.parse(document, agreed=True), {}, share_of_period=1, final=True)
    lines = tuple(line.but(kind=FEE) for line in found.lines if fee_minor)
    return Charge(plan.currency, lines, final=True)


def _plan(
    price_minor: int, currency: str, tax_category: str, shares: Sequence[Mapping[str, Any]]
) -> PricePlan:
    slots = {
        "id": USE,
        "kind": "per_unit",
        "meter": METER,
        "unit": UNIT,
        "price": plain(Money(price_minor, currency).amount),
        "seller": OWNER,
        "tax_category": tax_category,
    }
    return PricePlan.parse({"version": 1, "currency": currency, "components": [slots, *shares]}, agreed=True)
