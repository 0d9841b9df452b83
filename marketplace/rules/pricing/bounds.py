"""
How large the numbers of a plan may be, and how much it may ask, besides the twelve digits of every number.

They are for what is new: a plan that was agreed before is read and billed as it stands.
What use makes of them must fit where amounts are kept; where absurd use makes more, nothing is billed at all
(``AmountTooLarge``).
"""

from decimal import Decimal

MOST_PRICE = Decimal(10**9)  # of a unit, a block or a package, in the plan's currency
MOST_FACTOR = Decimal(10**3)
MOST_UNITS = Decimal(10**9)  # of a rounding step or a least quantity
MOST_BANDS_OF_PLAN = 100
MOST_TIMED = 20  # components whose price depends on when something was counted
MOST_MINOR = 10**18  # of all lines of a charge, in minor units: with tax it fits into 64 bits
