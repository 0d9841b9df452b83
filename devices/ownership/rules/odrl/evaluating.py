"""
May this be done? By what rules, and if not, what is missing.

The oracle: rule by rule, as the standard reads. :mod:`compiling` does the same from an index and is proved
equal to it. Source: ODRL Information Model 2.2 §2; formal semantics drafts (a duty inside a permission is a
precondition); an unknown constraint makes no permission and every prohibition active.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from devices.ownership.rules.odrl.comparing import holds
from devices.ownership.rules.odrl.conflicts import is_void, together
from devices.ownership.rules.odrl.policies import Duty, Policy, Rule, RuleKind, Strategy, constraints
from devices.ownership.rules.odrl.questions import Performance, Request, World
from devices.ownership.rules.odrl.truth import Truth, every
from devices.ownership.rules.odrl.vocabulary import covers

UNPERFORMED = Performance(fulfilled=False)


class Basis(StrEnum):
    """Why it was decided so."""

    PERMISSION_ACTIVE = "permission_active"
    PERMISSION_OVERRIDES = "permission_overrides"
    EXPLICIT_PROHIBITION = "explicit_prohibition"
    POLICY_VOID = "policy_void"
    DUTY_NOT_FULFILLED = "duty_not_fulfilled"
    NO_ACTIVE_PERMISSION = "no_active_permission"


class Report(NamedTuple):
    """What became of one rule: each premise that it has, and whether it is active."""

    rule: Rule
    premises: Mapping[str, Truth]
    active: bool
    open_duties: tuple[Duty, ...] = ()
    hopeless: bool = False
    missing: tuple[str, ...] = ()

    @property
    def applies(self) -> Truth:
        """Return whether all premises hold; duties are no premise."""
        return every([truth for name, truth in self.premises.items() if name != "DutyConstraint"])


class Ruled(NamedTuple):
    """
    The decision, its basis, the rules that made it, and what was found of every rule.

    ``missing`` are the left operands of permissions that would have to be known to say more.
    """

    permits: bool
    basis: Basis
    deciding: tuple[str, ...]
    reports: tuple[Report, ...]
    missing: tuple[str, ...] = ()

    @property
    def is_void(self) -> bool:
        """Tell whether the policies cancel each other."""
        return self.basis is Basis.POLICY_VOID


def evaluate(policies: Sequence[Policy], request: Request, world: World) -> Ruled:
    """Decide a request by policies that are in force together."""
    in_force = [policy for policy in policies if policy.in_force]
    reports = tuple(
        report(rule, request, world)
        for policy in in_force
        for rule in policy.rules
        if rule.kind is not RuleKind.OBLIGATION
    )
    if is_void(in_force):
        return Ruled(False, Basis.POLICY_VOID, (), reports)
    return weighed(reports, together(in_force))


def weighed(reports: tuple[Report, ...], strategy: Strategy) -> Ruled:
    """Decide from what was found of every rule that is about the request."""
    active = [one for one in reports if one.active]
    allowing = _ids([one for one in active if one.rule.kind is RuleKind.PERMISSION])
    forbidding = _ids([one for one in active if one.rule.kind is RuleKind.PROHIBITION])
    if allowing and forbidding and strategy is Strategy.PERM:
        return Ruled(True, Basis.PERMISSION_OVERRIDES, allowing, reports)
    if forbidding:
        return Ruled(False, Basis.EXPLICIT_PROHIBITION, forbidding, reports)
    if allowing:
        return Ruled(True, Basis.PERMISSION_ACTIVE, allowing, reports)
    return _refused(reports)


def _refused(reports: tuple[Report, ...]) -> Ruled:
    """Say what is missing: a duty that can still be done, a fact that nobody gave, or any permission."""
    permissions = [(one, one.applies) for one in reports if one.rule.kind is RuleKind.PERMISSION]
    waiting = _ids([one for one, applies in permissions if applies is Truth.TRUE and not one.hopeless])
    if waiting:
        return Ruled(False, Basis.DUTY_NOT_FULFILLED, waiting, reports)
    unknown = [one for one, applies in permissions if applies is Truth.UNKNOWN]
    missing = dict.fromkeys(name for one in unknown for name in one.missing)
    return Ruled(False, Basis.NO_ACTIVE_PERMISSION, _ids(unknown), reports, tuple(missing))


def _ids(reports: Iterable[Report]) -> tuple[str, ...]:
    return tuple([one.rule.id for one in reports])


def report(rule: Rule, request: Request, world: World) -> Report:
    """Return what becomes of one rule."""
    return found_of(rule, _premises(rule, request, world), request, world)


def found_of(rule: Rule, premises: dict[str, Truth], request: Request, world: World) -> Report:
    """Return what becomes of a rule whose premises are known; duties are looked at here."""
    applies = every(premises.values())
    missing = tuple(_missing(rule, request, world)) if applies is Truth.UNKNOWN else ()
    if rule.kind is RuleKind.PROHIBITION:
        return Report(rule, premises, applies is not Truth.FALSE, missing=missing)
    owed = []
    for duty in rule.duties:
        if duty.conditions:
            premises["DutyConstraint"] = every(holds(one, request, world) for one in duty.conditions)
            if premises["DutyConstraint"] is Truth.FALSE:
                continue
        if not world.duties.get(duty.id, UNPERFORMED).fulfilled:
            owed.append(duty)
    hopeless = any(world.duties.get(duty.id, UNPERFORMED).violated for duty in owed)
    return Report(rule, premises, applies is Truth.TRUE and not owed, tuple(owed), hopeless, missing)


def _missing(rule: Rule, request: Request, world: World) -> Iterator[str]:
    """Yield the operands of which the facts say too little."""
    narrowed = rule.action.refinements if rule.action else ()
    for one in constraints((*narrowed, *rule.conditions)):
        if holds(one, request, world) is Truth.UNKNOWN:
            yield one.left


def _premises(rule: Rule, request: Request, world: World) -> dict[str, Truth]:
    found: dict[str, Truth] = {}
    if rule.assignee is not None:
        found["Party"] = _belongs(request.assignee, rule.assignee, world)
    if rule.target is not None:
        found["Target"] = _belongs(request.target, rule.target, world)
    if rule.action is not None:
        narrowed = [holds(one, request, world) for one in rule.action.refinements]
        is_about = Truth.TRUE if covers(rule.action.name, request.action) else Truth.FALSE
        found["Action"] = every([is_about, *narrowed])
    if rule.conditions:
        found["Constraint"] = every(holds(one, request, world) for one in rule.conditions)
    return found


def _belongs(member: str, collection: str, world: World) -> Truth:
    return Truth.TRUE if world.belongs(member, collection) else Truth.FALSE
