"""A policy as values, once it is read: what :mod:`reading` makes and :mod:`evaluating` decides by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class RuleKind(StrEnum):
    """Permission, prohibition, or what is owed whatever is asked."""

    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"


class Strategy(StrEnum):
    """Who wins where a permission and a prohibition meet; a policy that says nothing is INVALID (§2.10)."""

    PERM = "perm"
    PROHIBIT = "prohibit"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison: ``left`` by ``operator`` with one value, or with several for the listing operators."""

    left: str
    operator: str
    right: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Logical:
    """Several constraints under ``and``, ``or``, ``xone`` or ``andSequence``."""

    how: str
    parts: "tuple[Condition, ...]"


Condition = Constraint | Logical


@dataclass(frozen=True, slots=True)
class Action:
    """An action, perhaps narrowed by refinements, which are tested against the request."""

    name: str
    refinements: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be done first (in a permission) or at all (in an obligation's consequence)."""

    id: str
    action: Action
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule. Without assignee, action or target it is about any party, action or asset.

    ``duties`` of a permission are preconditions; of a prohibition, remedies; of an obligation, consequences.
    """

    id: str
    kind: RuleKind
    action: Action | None = None
    assignee: str | None = None
    target: str | None = None
    conditions: tuple[Condition, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules that are in force together. Only a ``Set`` or an ``Agreement`` is; an ``Offer`` never is."""

    id: str
    kind: str
    rules: tuple[Rule, ...] = ()
    conflict: Strategy | None = None
    assigner: str | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())

    @property
    def in_force(self) -> bool:
        """Tell whether the policy decides anything."""
        return self.kind in {"Set", "Policy", "Agreement"}


def constraints(conditions: tuple[Condition, ...]) -> Iterator[Constraint]:
    """Yield the single constraints of conditions, however deep."""
    for one in conditions:
        if isinstance(one, Logical):
            yield from constraints(one.parts)
        else:
            yield one
