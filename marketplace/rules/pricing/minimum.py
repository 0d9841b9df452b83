"""The least rent of a period, as a line of its own when the use cost less."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.rules.pricing.lines import MINIMUM, OWNER, ChargeLine, Given, Ladder
from marketplace.rules.pricing.prorating import prorated
from marketplace.shared.money import Money


def true_up(minimum: Decimal, rent: Sequence[ChargeLine], given: Given) -> ChargeLine | None:
    """
    Charge what is missing up to the minimum, or nothing.

    The period's share of the minimum is rounded, then the rounded rent is taken off. It carries the tax
    category of the first rent line.
    """
    ladder = Ladder()
    least = Money.of(prorated(minimum, given.share, ladder), given.currency)
    billed = Money.total((line.net for line in rent), given.currency)
    if billed >= least:
        return None
    net = least - billed
    ladder.add("minimum", least=least, rent=billed, net=net)
    return ChargeLine(
        component=MINIMUM,
        kind=MINIMUM,
        seller=OWNER,
        tax_category=rent[0].tax_category,
        amount=net.amount,
        net=net,
        steps=tuple(ladder.steps),
    )
