"""
Many rules, few looked at: an index by party and asset, with every comparison read beforehand.

Decides exactly as :func:`evaluating.evaluate` (proved by a property test), whatever else is in the index.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devices.ownership.rules.odrl.comparing import Test, prepared
from devices.ownership.rules.odrl.conflicts import is_void, together
from devices.ownership.rules.odrl.evaluating import Basis, Report, Ruled, found_of, weighed
from devices.ownership.rules.odrl.policies import Condition, Policy, Rule, RuleKind, Strategy
from devices.ownership.rules.odrl.questions import Request, World
from devices.ownership.rules.odrl.truth import Truth, every
from devices.ownership.rules.odrl.vocabulary import ACTIONS, SAME_AS, widening

Key = tuple[str | None, str | None]
WIDENED = {name: frozenset(widening(name)) for name in (*ACTIONS, *SAME_AS)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule with its comparisons ready; ``action`` is the present name of the one it is about."""

    place: int
    rule: Rule
    action: str | None
    refinements: tuple[Test, ...]
    conditions: tuple[Test, ...]


class Compiled:
    """Policies that are in force together, ready to be asked."""

    __slots__ = ("_index", "_strategy", "_void")

    def __init__(self, policies: Sequence[Policy]) -> None:
        in_force = [policy for policy in policies if policy.in_force]
        self._strategy: Strategy = together(in_force)
        self._void = is_void(in_force)
        self._index: dict[Key, list[Entry]] = {}
        rules = (rule for policy in in_force for rule in policy.rules)
        for place, rule in enumerate(rules):
            if rule.kind is not RuleKind.OBLIGATION:
                self._index.setdefault((rule.assignee, rule.target), []).append(_entry(place, rule))

    def decide(self, request: Request, world: World) -> Ruled:
        """Decide a request; reports are given of the rules that are about its party, asset and action."""
        if self._void:
            return Ruled(False, Basis.POLICY_VOID, (), ())
        actions = WIDENED.get(request.action) or frozenset({request.action})
        reports = [
            _report(entry, request, world)
            for entry in self._about(request, world)
            if entry.action is None or entry.action in actions
        ]
        return weighed(tuple(reports), self._strategy)

    def _about(self, request: Request, world: World) -> list[Entry]:
        index, assets = self._index, _names(request.target, world)
        found: list[Entry] = []
        for party in _names(request.assignee, world):
            for asset in assets:
                found += index.get((party, asset), ())
        if len(found) > 1:
            found.sort(key=_place)
        return found


def _place(entry: Entry) -> int:
    return entry.place


def _names(name: str, world: World) -> Iterable[str | None]:
    return (name, None) if not world.member_of else (*world.wider(name), None)


def _entry(place: int, rule: Rule) -> Entry:
    action = SAME_AS.get(rule.action.name, rule.action.name) if rule.action else None
    refinements = rule.action.refinements if rule.action else ()
    return Entry(place, rule, action, tuple(_tests(refinements)), tuple(_tests(rule.conditions)))


def _tests(conditions: Iterable[Condition]) -> Iterator[Test]:
    return (prepared(one) for one in conditions)


def _report(entry: Entry, request: Request, world: World) -> Report:
    premises: dict[str, Truth] = {}
    if entry.rule.assignee is not None:
        premises["Party"] = Truth.TRUE
    if entry.rule.target is not None:
        premises["Target"] = Truth.TRUE
    if entry.action is not None:
        premises["Action"] = every([test(request, world) for test in entry.refinements])
    if entry.conditions:
        premises["Constraint"] = every([test(request, world) for test in entry.conditions])
    return found_of(entry.rule, premises, request, world)
