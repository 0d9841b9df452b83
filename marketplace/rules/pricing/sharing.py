"""A negative line over rent of several tax categories, so that each rate is lowered by its part."""

from collections.abc import Sequence

from marketplace.rules.pricing.lines import OWNER, ChargeLine, Ladder
from marketplace.shared.money import Money, share_out


def by_category(kind: str, net: Money, lines: Sequence[ChargeLine], ladder: Ladder) -> list[ChargeLine]:
    """
    Share an amount out over the tax categories of lines, by largest remainder; nothing gets no line.

    A category whose lines add up to less than nothing gets no part.
    """
    if not net:
        return []
    categories = list(dict.fromkeys(line.tax_category for line in lines))
    sums = [sum(line.net.minor for line in lines if line.tax_category == name) for name in categories]
    weights = [max(total, 0) for total in sums]
    parts = share_out(net.minor, weights)
    return [
        _line(kind, name, Money(part, net.currency), ladder)
        for name, part in zip(categories, parts, strict=True)
        if part
    ]


def _line(kind: str, tax_category: str, net: Money, ladder: Ladder) -> ChargeLine:
    return ChargeLine(
        component=kind,
        kind=kind,
        seller=OWNER,
        tax_category=tax_category,
        amount=net.amount,
        net=net,
        steps=tuple(ladder.steps),
    )
