"""The least rent of a period, as a line of its own when the use cost less."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.rules.pricing.lines import MINIMUM, ChargeLine, Given, Ladder, beside_use
from marketplace.rules.pricing.prorating import prorated, share_due
from marketplace.shared.money import Money


def true_up(minimum: Decimal, rent: Sequence[ChargeLine], given: Given) -> ChargeLine | None:
    """
    Charge what is missing up to the minimum, or nothing.

    The period's share of the minimum is rounded, then the rounded rent is taken off. It carries the tax
    category of the first rent line.
    """
    least = share_due(minimum, given)
    billed = Money.total((line.net for line in rent), given.currency)
    if billed.minor >= least.minor:
        return None

    def note(ladder: Ladder) -> None:
        prorated(minimum, given.share, ladder)
        ladder.add("minimum", least=least, rent=billed, net=least - billed)

    return beside_use(MINIMUM, rent[0].tax_category, least - billed, note)
