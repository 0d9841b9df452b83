"""What of an invoice and its notes is to be paid while some of its lines are disputed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Key = tuple[str, str]


@dataclass(frozen=True)
class Frozen:
    """
    What of an invoice with its notes is to be paid now, in minor units; never stored, always computed.

    ``disputed`` is what is frozen: what nobody decided, and what was given back and no note credits yet.
    """

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


def frozen(
    grosses: Mapping[Key, int],
    disputed: Iterable[Key],
    conceded: Sequence[tuple[Key, int]] = (),
) -> Frozen:
    """
    Return what is billed, and what of it is frozen by open disputes.

    ``grosses`` are the signed grosses of all versions by line; a disputed line freezes what is left of it,
    and a line that was credited meanwhile freezes nothing. What was ``conceded``, tax included, and is not
    credited yet, is frozen as well: nobody is asked for it. No more is frozen than is billed.
    """
    billed, whole = sum(grosses.values()), set(disputed)
    wanted: dict[Key, int] = {}
    for key, gross in conceded:
        wanted[key] = wanted.get(key, 0) + gross
    held = sum(max(0, grosses.get(key, 0)) for key in whole)
    held += sum(max(0, min(gross, grosses.get(key, 0))) for key, gross in wanted.items() if key not in whole)
    return Frozen(billed, max(0, min(held, billed)))
