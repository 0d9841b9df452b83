"""A negative line over rent of several tax categories, so that each rate is lowered by its part."""

from collections.abc import Sequence

from marketplace.rules.pricing.lines import OWNER, ChargeLine, Ladder
from marketplace.shared.money import Money, share_out


def by_category(kind: str, net: Money, lines: Sequence[ChargeLine], ladder: Ladder) -> list[ChargeLine]:
    """
    Share an amount out over the tax categories of lines, by largest remainder; nothing gets no line.

    A category whose lines add up to less than nothing gets no part. Where there are several parts, the last
    step of each says which share of the whole it is.
    """
    if not net:
        return []
    categories = list(dict.fromkeys(line.tax_category for line in lines))
    sums = [sum(line.net.minor for line in lines if line.tax_category == name) for name in categories]
    weights = [max(total, 0) for total in sums]
    parts = share_out(net.minor, weights)
    rows = [row for row in zip(categories, parts, weights, strict=True) if row[1]]
    found = []
    for name, minor, weight in rows:
        part = Money(minor, net.currency)
        own = ladder if len(rows) == 1 else ladder_of_part(ladder, net, part, weight, sum(weights))
        found.append(_line(kind, name, part, own))
    return found


def ladder_of_part(ladder: Ladder, net: Money, part: Money, base: int, all_of_it: int) -> Ladder:
    """
    Return the ladder of a part: that of ``net``, the whole, and a last step that says which part it is.

    ``base`` is what of the rent is taxed alike, ``all_of_it`` the rent that is lowered, in minor units.
    """
    own = Ladder(list(ladder.steps))
    alike, whole = (Money(minor, net.currency) for minor in (base, all_of_it))
    own.add("tax_share", whole=net, base=alike, all=whole, net=part)
    return own


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
