"""Three values: what is not known is neither true nor false (Kleene's strong logic)."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """Whether something holds, as far as the facts at hand can tell."""

    TRUE = "Satisfied"
    FALSE = "Unsatisfied"
    UNKNOWN = "Unknown"

    def __invert__(self) -> "Truth":
        return _OPPOSITE[self]


_TRUE, _FALSE = Truth.TRUE, Truth.FALSE  # looked up once: each decision asks for them many times
_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def truth(holds: bool | None) -> Truth:
    """Turn an answer into a truth; ``None`` is "not known"."""
    if holds is None:
        return Truth.UNKNOWN
    return Truth.TRUE if holds else Truth.FALSE


def every(found: Iterable[Truth]) -> Truth:
    """Return whether all hold; nothing at all holds."""
    answer = _TRUE
    for one in found:
        if one is not _TRUE:
            if one is _FALSE:
                return one
            answer = one
    return answer


def some(found: Iterable[Truth]) -> Truth:
    """Return whether at least one holds."""
    return ~every(~one for one in found)


def exactly_one(found: Iterable[Truth]) -> Truth:
    """Return whether one holds and no other; two that hold decide it whatever the unknown ones are."""
    seen = list(found)
    holding = seen.count(Truth.TRUE)
    if holding > 1:
        return Truth.FALSE
    if Truth.UNKNOWN in seen:
        return Truth.UNKNOWN
    return truth(holding == 1)
