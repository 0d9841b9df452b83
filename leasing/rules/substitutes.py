"""The expected usage of a lease in the words of another price plan, so that prices can be compared."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.quantity import METERS
from marketplace.rules.quotes import billed_unit
from marketplace.shared.money import round_half_away

PLACES = 6


def usage_for(plan: PricePlan, agreed: PricePlan, usage: Mapping[str, Decimal]) -> dict[str, Decimal] | None:
    """
    Return the expected usage of a lease in the units that another plan bills, or nothing if that bills a
    meter of which nobody said what to expect: its price cannot be compared.
    """
    if set(plan.meters()) - set(agreed.meters()):
        return None
    return {
        meter: _converted(usage.get(meter, Decimal(0)), meter, billed_unit(agreed, meter), unit)
        for meter, unit in ((meter, billed_unit(plan, meter)) for meter in plan.meters())
    }


def _converted(quantity: Decimal, meter: str, unit: str, wanted: str) -> Decimal:
    sizes = METERS[meter]
    return round_half_away(Fraction(quantity) * sizes[unit] / sizes[wanted], PLACES)
