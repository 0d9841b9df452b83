"""Whether stretches of time together leave something out."""

from collections.abc import Sequence

from marketplace.shared.period import Period


def covers(stretches: Sequence[Period], time: Period) -> bool:
    """Tell whether stretches together leave no moment of a time out; they may overlap."""
    reached = time.start
    for one in sorted(stretches, key=lambda one: one.start):
        if one.start > reached:
            break
        if one.end is None:
            return True
        reached = max(reached, one.end)
    return time.end is not None and reached >= time.end
