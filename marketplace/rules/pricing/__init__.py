"""
Prices: what a lease costs for what its machine did.

The calculator on a listing's page, the quote and the invoice call the same ``charge``, so they cannot differ.
"""

from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.difference import difference
from marketplace.rules.pricing.lines import ChargeLine, LineKey, UsageNotRateable
from marketplace.rules.pricing.plans import InvalidPlan, PricePlan

__all__ = [
    "Charge",
    "ChargeLine",
    "InvalidPlan",
    "LineKey",
    "PricePlan",
    "UsageNotRateable",
    "charge",
    "difference",
]
