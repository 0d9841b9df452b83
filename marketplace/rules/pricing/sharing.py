"""A negative line over rent of several tax categories, so that each rate is lowered by its part."""

from collections.abc import Callable, Sequence

from marketplace.rules.pricing.lines import ChargeLine, Ladder, beside_use
from marketplace.shared.money import Money, share_out


def by_category(
    kind: str, net: Money, lines: Sequence[ChargeLine], note: Callable[[Ladder], None]
) -> list[ChargeLine]:
    """
    Share an amount out over the tax categories of lines, by largest remainder; nothing gets no line.

    A category whose lines add up to less than nothing gets no part. ``note`` writes the steps of each line.
    """
    if not net:
        return []
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.tax_category] = sums.get(line.tax_category, 0) + line.net.minor
    parts = share_out(net.minor, [max(total, 0) for total in sums.values()])
    return [
        beside_use(kind, name, Money(part, net.currency), note)
        for name, part in zip(sums, parts, strict=True)
        if part
    ]
