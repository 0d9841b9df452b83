"""The part of an amount that a part of a period owes."""

from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.lines import Ladder


def prorated(amount: Decimal, share: Fraction, ladder: Ladder) -> Fraction:
    """Return a period's share of an amount, not yet rounded, and note how."""
    part = Fraction(amount) * share
    ladder.add("prorated", full=amount, share=str(share), amount=part)
    return part
