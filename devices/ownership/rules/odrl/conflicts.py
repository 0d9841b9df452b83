"""
Whether rules contradict each other, found when a policy is signed, not when it is first needed.

Two rules conflict if some request is under both: their parties, assets and actions overlap and their
conditions can hold together. What cannot be shown apart counts as overlapping. Source: ODRL Information
Model 2.2 §2.10.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from devices.ownership.rules.odrl import values
from devices.ownership.rules.odrl.policies import (
    Action,
    Condition,
    Constraint,
    Policy,
    Rule,
    RuleKind,
    Strategy,
)
from devices.ownership.rules.odrl.vocabulary import OPERANDS, ORDERING, Kind, covers

ORDERED = (Kind.NUMBER, Kind.MOMENT, Kind.DURATION, Kind.GRADE)
AGAINST = ((RuleKind.PERMISSION, RuleKind.PROHIBITION), (RuleKind.OBLIGATION, RuleKind.PROHIBITION))


class Conflict(NamedTuple):
    """Two rules that one request can be under."""

    one: Rule
    other: Rule


def conflicts(policies: Sequence[Policy]) -> list[Conflict]:
    """
    List the pairs that contradict each other.

    A permission or an obligation against a prohibition; and a permission against an obligation on the same
    action when their refinements exclude each other: what must be done may then not be done.
    """
    return list(_conflicts(policies))


def is_void(policies: Sequence[Policy]) -> bool:
    """Tell whether policies cancel each other: they conflict, and no one strategy says who wins."""
    return together(policies) is Strategy.INVALID and next(_between(policies), None) is not None


def together(policies: Sequence[Policy]) -> Strategy:
    """Return the one strategy of all, or INVALID if they name none or several."""
    named = {policy.conflict or Strategy.INVALID for policy in policies}
    return named.pop() if len(named) == 1 else Strategy.INVALID


def _conflicts(policies: Sequence[Policy]) -> Iterator[Conflict]:
    yield from _between(policies)
    for allowed, owed in _pairs(policies, RuleKind.PERMISSION, RuleKind.OBLIGATION):
        if _meet(allowed, owed, refined=False) and _excluded(allowed.action, owed.action):
            yield Conflict(allowed, owed)


def _between(policies: Sequence[Policy]) -> Iterator[Conflict]:
    for kind, against in AGAINST:
        for one, other in _pairs(policies, kind, against):
            if _meet(one, other, refined=True):
                yield Conflict(one, other)


def _pairs(policies: Sequence[Policy], kind: RuleKind, against: RuleKind) -> Iterator[tuple[Rule, Rule]]:
    rules = [rule for policy in policies for rule in policy.rules]
    yield from product(
        [rule for rule in rules if rule.kind is kind], [rule for rule in rules if rule.kind is against]
    )


def _meet(one: Rule, other: Rule, *, refined: bool) -> bool:
    """Tell whether a request can be under both rules; collections are only known by their names here."""
    same_party = one.assignee is None or other.assignee is None or one.assignee == other.assignee
    same_asset = one.target is None or other.target is None or one.target == other.target
    if not (same_party and same_asset and _actions_meet(one.action, other.action)):
        return False
    conditions = [*one.conditions, *other.conditions]
    if refined:
        conditions += [*_refinements(one.action), *_refinements(other.action)]
    return can_hold_together(conditions)


def _actions_meet(one: Action | None, other: Action | None) -> bool:
    if one is None or other is None:
        return True
    return covers(one.name, other.name) or covers(other.name, one.name)


def _excluded(one: Action | None, other: Action | None) -> bool:
    refinements = [*_refinements(one), *_refinements(other)]
    return bool(refinements) and not can_hold_together(refinements)


def _refinements(action: Action | None) -> tuple[Condition, ...]:
    return action.refinements if action else ()


def can_hold_together(conditions: Sequence[Condition]) -> bool:
    """Tell whether conditions may all hold at once; only what is certain to exclude each other says no."""
    by_operand: dict[tuple[str, str], list[Constraint]] = {}
    for one in _certain(conditions):
        by_operand.setdefault((one.left, one.unit), []).append(one)
    return all(_satisfiable(left, found) for (left, _unit), found in by_operand.items())


def _certain(conditions: Sequence[Condition]) -> Iterator[Constraint]:
    """Yield what must hold in any case: alternatives are left out."""
    for one in conditions:
        if isinstance(one, Constraint):
            yield one
        elif one.how in {"and", "andSequence"}:
            yield from _certain(one.parts)


def _satisfiable(left: str, found: Sequence[Constraint]) -> bool:
    kind = OPERANDS.get(left, Kind.CODE)
    if kind in ORDERED:
        return _range_left(kind, found)
    return kind is Kind.EVENT or _choice_left(found)


def _choice_left(found: Sequence[Constraint]) -> bool:
    """Codes: a request may state several at once, so only what asks for one value, or for none, excludes."""
    single = {one.right for one in found if one.operator == "eq"}
    excluded = {text for one in found if one.operator == "isNoneOf" for text in one.right}
    listed = [set(one.right) for one in found if one.operator == "isAnyOf"]
    if len(single) > 1 or any(names <= excluded for names in listed):
        return False
    values_left = {right[0] for right in single if len(right) == 1}
    denied = excluded | {text for one in found if one.operator == "neq" for text in one.right}
    return not values_left or (not values_left & denied and all(values_left <= names for names in listed))


def _range_left(kind: Kind, found: Sequence[Constraint]) -> bool:
    """Numbers, moments, durations, grades: whether the stretch that all bounds leave has anything in it."""
    low: Any = None
    high: Any = None
    open_low = open_high = False
    for one in found:
        bound = values.read(kind, one.right[0]) if len(one.right) == 1 else None
        if bound is None or one.operator not in ORDERING | {"eq"}:
            continue
        if one.operator in {"gt", "gteq", "eq"} and (low is None or bound >= low):
            open_low = (one.operator == "gt") or (bound == low and open_low)
            low = bound
        if one.operator in {"lt", "lteq", "eq"} and (high is None or bound <= high):
            open_high = (one.operator == "lt") or (bound == high and open_high)
            high = bound
    if low is None or high is None:
        return True
    return bool(low < high or (low == high and not open_low and not open_high))
