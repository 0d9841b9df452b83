"""
Match lines of the bank with what is expected: passes P1 to P8 in a fixed order (finance.md §4.2).

The first pass that succeeds decides, and nothing is guessed: what fits twice is left to a person. Lines are
taken by day and then by what they say, so their order does not matter; each sees what the automatic
decisions before it took.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from billing.payments.rules.matching import (
    by_payer,
    by_reference,
    by_rule,
    by_target,
    instalments,
    leftover,
    near,
)
from billing.payments.rules.matching.decisions import Decision, Status
from billing.payments.rules.matching.desk import Desk
from billing.payments.rules.matching.facts import Facts, Line


def match(lines: Iterable[Line], facts: Facts) -> list[Decision]:
    """
    Decide each line once, in the order in which they are taken.

    A line that is given twice (the same ``id``) is decided once. Shares and rest of a decision add up to its
    line, shares of automatic ones never exceed what is open.
    """
    desk = Desk(facts)
    decided = list(
        _decided(desk, sorted({line.id: line for line in lines}.values(), key=lambda one: one.place))
    )
    return instalments.suggest(desk, decided)


def _decided(desk: Desk, lines: Iterable[Line]) -> Iterator[Decision]:
    for line in lines:
        decision = decide(desk, line)
        desk.take(decision)
        yield decision


def decide(desk: Desk, line: Line) -> Decision:
    """Return the decision of the first pass that succeeds."""
    named = desk.read(line.memo)
    found = by_reference.decide(desk, line, named) or by_target.decide(desk, line, named)
    if found is not None:
        return found
    held = by_payer.decide(desk, line)
    if held is not None and not named.is_doubtful:
        return held
    found = near.by_reference(desk, line, named)
    if found is None and held is not None and held.status is not Status.EXCEPTION:
        return replace(held, status=Status.SUGGESTED)  # the transfer says something else than it pays
    return (
        found
        or by_rule.decide(desk, line)
        or near.by_name(desk, line)
        or held
        or leftover.decide(desk, line, named)
    )
