"""
The second witness: the control's own timer beside the time in states.

Both are compared day by day, as far as the source was there: growth of the timer across an UNAVAILABLE is
left out, as the states leave it out. Where they differ by more than 60 seconds and more than 1 % of the
timer, the day goes to both parties: time that the timer does not confirm is held, from the end of the day
backwards. A timer that saw more takes nothing away and adds nothing; it is shown with a quantity of 0.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from billing.rules.cutting import Cut, merged
from devices.rules.increments import REASONS, Flag, add
from devices.rules.readings import Number

LEAST = 60
SHARE = Decimal("0.01")
WITNESS = Flag.HELD | Flag.WITNESS


def confirmed(billed: Sequence[Cut], *, states: Sequence[Cut], timer: Sequence[Cut]) -> list[Cut]:
    """
    Return the windows of a day, with what the timer does not confirm held; all in seconds.

    ``states`` is the time in the states in which the timer runs, ``timer`` its growth. A day on which the
    timer said nothing is left as it is.
    """
    if not timer:
        return list(billed)
    told = _sum(timer)
    excess = add(_sum(states), -told)
    if Decimal(excess).copy_abs() <= max(Decimal(LEAST), Decimal(told) * SHARE):
        return list(billed)
    if excess < 0:
        last = max([*billed, *timer])
        return merged([*billed, replace(last, quantity=0, flags=int(WITNESS))])
    return merged(hold_back(billed, excess, Flag.WITNESS))


def hold_back(billed: Sequence[Cut], excess: Number, reason: Flag) -> list[Cut]:
    """Hold a part of what is billed for a reason, from the last window backwards."""
    found: list[Cut] = []
    for cut in sorted(billed, reverse=True):
        part: Number = 0 if cut.held else max(0, min(excess, cut.quantity))
        excess = add(excess, -part)
        if part:
            flags = cut.flags & ~int(REASONS) | int(Flag.HELD | reason)
            found.append(replace(cut, quantity=part, flags=flags))
        if part != cut.quantity:
            found.append(replace(cut, quantity=add(cut.quantity, -part)))
    return found


def _sum(cuts: Sequence[Cut]) -> Number:
    total: Number = 0
    for cut in cuts:
        total = add(total, cut.quantity)
    return total
