"""What of an invoice and its notes is to be paid while some of its lines are disputed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Frozen:
    """What of an invoice with its notes is to be paid now, in minor units; never stored, always computed."""

    billed: int
    disputed: int

    @property
    def due(self) -> int:
        """What is to be paid while the disputed lines are frozen."""
        return self.billed - self.disputed


def added(parts: Iterable[Frozen]) -> Frozen:
    """Add up what several sellers ask for."""
    found = list(parts)
    return Frozen(sum(one.billed for one in found), sum(one.disputed for one in found))


def frozen(grosses: Mapping[tuple[str, str], int], disputed: Iterable[tuple[str, str]]) -> Frozen:
    """
    Return what is billed, and what of it is frozen by open disputes.

    ``grosses`` are the signed grosses of all versions by line; a disputed line freezes what is left of it,
    and a line that was credited meanwhile freezes nothing. No more is frozen than is billed.
    """
    billed = sum(grosses.values())
    held = sum(max(0, grosses.get(key, 0)) for key in dict.fromkeys(disputed))
    return Frozen(billed, max(0, min(held, billed)))
