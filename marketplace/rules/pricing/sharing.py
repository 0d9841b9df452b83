"""A negative line over rent of several tax categories, so that each rate is lowered by its part."""

from collections.abc import Callable, Sequence
from functools import partial

from marketplace.rules.pricing.lines import ChargeLine, Ladder, beside_use
from marketplace.shared.money import Money, share_out


def by_category(
    kind: str, net: Money, lines: Sequence[ChargeLine], note: Callable[[Ladder], None]
) -> list[ChargeLine]:
    """
    Share an amount out over the tax categories of lines, by largest remainder; nothing gets no line.

    A category whose lines add up to less than nothing gets no part. ``note`` writes the steps of each line;
    where there are several parts, the last step of each says which share of the whole it is.
    """
    if not net:
        return []
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.tax_category] = sums.get(line.tax_category, 0) + line.net.minor
    weights = [max(total, 0) for total in sums.values()]
    parts = share_out(net.minor, weights)
    rows = [row for row in zip(sums, parts, weights, strict=True) if row[1]]
    found = []
    for name, minor, weight in rows:
        part = Money(minor, net.currency)
        own = note if len(rows) == 1 else partial(_noted, note, net, part, weight, sum(weights))
        found.append(beside_use(kind, name, part, own))
    return found


def _noted(
    note: Callable[[Ladder], None], net: Money, part: Money, base: int, all_of_it: int, ladder: Ladder
) -> None:
    note(ladder)
    note_part(ladder, net, part, base, all_of_it)


def note_part(ladder: Ladder, net: Money, part: Money, base: int, all_of_it: int) -> None:
    """
    Note which part of ``net``, the whole, a line is.

    ``base`` is what of the rent is taxed alike, ``all_of_it`` the rent that is lowered, in minor units.
    """
    alike, whole = (Money(minor, net.currency) for minor in (base, all_of_it))
    ladder.add("tax_share", whole=net, base=alike, all=whole, net=part)


def ladder_of_part(ladder: Ladder, net: Money, part: Money, base: int, all_of_it: int) -> Ladder:
    """Return the ladder of a part: that of the whole, and which part it is; figures as ``note_part`` says."""
    own = Ladder(list(ladder.steps))
    note_part(own, net, part, base, all_of_it)
    return own
