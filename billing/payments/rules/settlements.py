"""
Whether a payout is the sum of the changes it is said to be made of: every kind is printed, the rest as well.

A sum of known kinds alone would hide money (Automattic/woocommerce-payments#8588), so what is of a kind that
nobody booked is a line of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.payments.rules.providers import Movement


class Verdict(StrEnum):
    """What became of the comparison."""

    RECONCILED = "RECONCILED"
    RECONCILED_WITH_UNCLASSIFIED = "RECONCILED_WITH_UNCLASSIFIED"
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True)
class Part:
    """All changes of one kind; signed minor units."""

    kind: str
    count: int
    gross: int
    fee: int
    net: int
    is_known: bool


@dataclass(frozen=True)
class Composition:
    """A payout and what it was made of; ``difference`` is the payout less its changes."""

    amount: int
    parts: tuple[Part, ...]

    @property
    def net(self) -> int:
        """What the changes add up to."""
        return sum(part.net for part in self.parts)

    @property
    def difference(self) -> int:
        """What of the payout no change explains; 0 if it adds up."""
        return self.amount - self.net

    @property
    def unclassified(self) -> int:
        """What changes of unknown kinds add up to."""
        return sum(part.net for part in self.parts if not part.is_known)

    @property
    def has_unknown(self) -> bool:
        """Whether something in it is of a kind that nobody booked."""
        return any(not part.is_known for part in self.parts)

    @property
    def verdict(self) -> Verdict:
        """Whether it adds up, and whether everything in it is understood."""
        if self.difference:
            return Verdict.DIFFERENT
        if self.has_unknown:
            return Verdict.RECONCILED_WITH_UNCLASSIFIED
        return Verdict.RECONCILED


def composed(
    amount: int, movements: Iterable[Movement], *, known: Collection[str], booked: Collection[str] = ()
) -> Composition:
    """
    Return what a payout of ``amount`` is made of, kinds in the order of their names.

    Changes that are ``booked``, by their ids, are known whatever their kind: two people said what they are.
    One of nothing hides nothing.
    """
    by_kind: dict[tuple[str, bool], list[Movement]] = defaultdict(list)
    for movement in movements:
        by_kind[movement.kind, _is_known(movement, known, booked)].append(movement)
    parts = tuple(
        Part(
            kind,
            len(found),
            sum(each.gross for each in found),
            sum(each.fee for each in found),
            sum(each.net for each in found),
            is_known,
        )
        for (kind, is_known), found in sorted(by_kind.items())
    )
    return Composition(amount, parts)


def _is_known(movement: Movement, known: Collection[str], booked: Collection[str]) -> bool:
    return movement.kind in known or movement.id in booked or not movement.net
