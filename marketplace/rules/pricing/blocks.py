"""Blocks: units that are counted in whole bundles, where a bundle that was begun counts as one."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.pricing.lines import TierShare
from marketplace.rules.pricing.quantity import DOWN, UP, to_step
from marketplace.shared.money import as_decimal


@dataclass(frozen=True)
class BlockShare(TierShare):
    """A share of a tier that is counted in ``blocks`` of ``block`` units; ``unit_price`` is a block's."""

    block: Decimal
    blocks: Decimal

    @property
    def counted(self) -> Decimal:
        """How often the tier's price is charged."""
        return self.blocks


def started(units: Decimal, size: Decimal) -> Decimal:
    """
    Return how many blocks were begun.

        >>> started(Decimal(101), Decimal(100))
        Decimal('2')
    """
    return as_decimal(to_step(Fraction(units) / Fraction(size), Decimal(1), UP))


def full(units: Decimal, size: Decimal) -> Decimal:
    """
    Return how many blocks were used up.

        >>> full(Decimal(199), Decimal(100))
        Decimal('1')
    """
    return as_decimal(to_step(Fraction(units) / Fraction(size), Decimal(1), DOWN))
