"""What is included in a price by the day, by the week or over the whole term; what is left may roll over."""

from collections.abc import Sequence
from fractions import Fraction

from marketplace.rules.pricing.spread import DAY, WEEK

PERIOD, TERM = "period", "term"
PER = (PERIOD, DAY, WEEK, TERM)


def netted(windows: Sequence[Fraction], included: Fraction, *, rolls: bool = False) -> list[Fraction]:
    """
    Return what of each window, in order, lies above what is included in it.

    With ``rolls`` what a window leaves of it is added to the next one.

        >>> [int(above) for above in netted([Fraction(2), Fraction(9)], Fraction(5))]
        [0, 4]
        >>> [int(above) for above in netted([Fraction(2), Fraction(9)], Fraction(5), rolls=True)]
        [0, 1]
    """
    above, left = [], Fraction(0)
    for used in windows:
        free = included + left
        above.append(max(Fraction(0), used - free))
        left = max(Fraction(0), free - used) if rolls else Fraction(0)
    return above


def over_the_term(before: Fraction, now: Fraction, included: Fraction) -> Fraction:
    """
    Return what of the use of now lies above an amount that is included once, when ``before`` came first.

        >>> int(over_the_term(Fraction(8), Fraction(5), Fraction(10)))
        3
    """
    whole = max(Fraction(0), before + now - included)
    return whole - max(Fraction(0), before - included)
