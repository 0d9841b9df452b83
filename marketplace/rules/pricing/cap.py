"""The most rent of a period, as a negative line when the use cost more."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.rules.pricing.lines import CAP, ChargeLine, Given, Ladder
from marketplace.rules.pricing.prorating import prorated, share_due
from marketplace.rules.pricing.sharing import by_category
from marketplace.shared.money import Money


def reductions(cap: Decimal, rent: Sequence[ChargeLine], given: Given) -> list[ChargeLine]:
    """
    Take off what is above the period's share of the cap.

    One line per tax category of the rent, shared by largest remainder, so that each rate is lowered by its
    part.
    """
    most = share_due(cap, given)
    billed = Money.total((line.net for line in rent), given.currency)
    if billed.minor <= most.minor:
        return []

    def note(ladder: Ladder) -> None:
        prorated(cap, given.share, ladder)
        ladder.add("cap", most=most, rent=billed, net=most - billed)

    return by_category(CAP, most - billed, rent, note)
