"""The most rent of a period, as a negative line when the use cost more."""

from collections.abc import Sequence
from decimal import Decimal

from marketplace.rules.pricing.base_fee import prorated
from marketplace.rules.pricing.lines import CAP, OWNER, ChargeLine, Given, Ladder
from marketplace.shared.money import Money, share_out


def reductions(cap: Decimal, rent: Sequence[ChargeLine], given: Given) -> list[ChargeLine]:
    """
    Take off what is above the period's share of the cap.

    One line per tax category of the rent, shared by largest remainder, so that each rate is lowered by its
    part.
    """
    ladder = Ladder()
    most = Money.of(prorated(cap, given.share, ladder), given.currency)
    billed = Money.total((line.net for line in rent), given.currency)
    if billed <= most:
        return []
    ladder.add("cap", most=most, rent=billed, net=most - billed)
    categories = list(dict.fromkeys(line.tax_category for line in rent))
    weights = [sum(line.net.minor for line in rent if line.tax_category == name) for name in categories]
    parts = share_out((most - billed).minor, weights)
    return [
        _line(name, Money(part, given.currency), ladder)
        for name, part in zip(categories, parts, strict=True)
        if part
    ]


def _line(tax_category: str, net: Money, ladder: Ladder) -> ChargeLine:
    return ChargeLine(
        component=CAP,
        kind=CAP,
        seller=OWNER,
        tax_category=tax_category,
        amount=net.amount,
        net=net,
        steps=tuple(ladder.steps),
    )
