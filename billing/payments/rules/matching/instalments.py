"""P8: several transfers of one known payer that together are one open invoice; a person decides."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from billing.payments.rules.matching import words
from billing.payments.rules.matching.decisions import SCORES, Code, Decision, Share, Status
from billing.payments.rules.matching.desk import Desk
from billing.payments.rules.matching.facts import OpenItem
from billing.payments.rules.matching.subsets import subsets
from billing.payments.rules.matching.telling import because

LEFT_OVER = frozenset({Code.AMOUNT_MISMATCH})


def suggest(desk: Desk, decisions: Sequence[Decision]) -> list[Decision]:
    """
    Turn what is left over of each payer into suggestions, where exactly one way of adding up fits.

    All of a payer's lines make an item: as sure as P3; some of them: as P4.
    """
    left: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, one in enumerate(decisions):
        if one.code in LEFT_OVER and one.payer is not None and one.target is None:
            left[one.payer, one.line.currency].append(place)
    made = list(decisions)
    for (payer, currency), places in left.items():
        if len(places) < 2:
            continue
        found = _ways(desk, payer, currency, [decisions[place].line.amount_minor for place in places])
        if len(found) == 1:
            [(item, way)] = found
            for part in way:
                place = places[part]
                made[place] = _part(made[place], item, len(way), is_all=len(way) == len(places))
    return made


def _ways(
    desk: Desk, payer: int, currency: str, amounts: list[int]
) -> list[tuple[OpenItem, tuple[int, ...]]]:
    """Return the ways in which some of the amounts are one item, two at most."""
    found: list[tuple[OpenItem, tuple[int, ...]]] = []
    looked = amounts[: desk.terms.cap]
    for item in desk.open_of(payer, currency):
        ways = subsets(looked, desk.open[item.id], most=desk.terms.most_items)
        found += [(item, way) for way in ways]
        if len(found) > 1:
            break
    return found


def _part(decision: Decision, item: OpenItem, count: int, *, is_all: bool) -> Decision:
    minor = decision.line.amount_minor
    return replace(
        decision,
        match_pass="P8",  # noqa: S106 - the name of a pass
        score=SCORES["P3" if is_all else "P4"],
        status=Status.SUGGESTED,
        shares=(Share(item.id, minor),),
        rest_minor=0,
        code=None,
        reasons=(because(words.INSTALMENTS, count=count, numbers=item.number),),
    )
