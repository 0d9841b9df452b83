"""The part of an amount that a part of a period owes."""

from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.lines import Given, Ladder
from marketplace.shared.money import PLACES, Money, nearest


def prorated(amount: Decimal, share: Fraction, ladder: Ladder) -> Fraction:
    """Return a period's share of an amount, not yet rounded, and note how."""
    part = Fraction(amount) * share
    ladder.add("prorated", full=amount, share=str(share), amount=part)
    return part


def share_due(amount: Decimal, given: Given) -> Money:
    """Return what ``prorated`` says, rounded to the smallest coin, by whole numbers."""
    number, parts = amount.as_integer_ratio()
    share, of = given.share.as_integer_ratio()
    return Money(nearest(number * share * 10 ** PLACES[given.currency], parts * of), given.currency)
