"""
An agreement's rights as a policy, so that any ODRL processor can read what the door of rights enforces.

The asset of a rule is "what a machine reported in one category under this agreement": rights attach to when
a datum was generated, so the agreement is part of the asset's name. Parties that are no side of the agreement
are named by their kind. For reads, the policy and ``decisions.decide`` say the same (proved cell by cell).
"""

from collections.abc import Iterable, Iterator

from devices.ownership.rules.defaults import HOLDS_ONLY_IF_PRICED, SECOND, WHOLE, Cell, Matrix
from devices.ownership.rules.odrl.policies import Action, Constraint, Policy, Rule, RuleKind, Strategy
from devices.ownership.rules.parties import Party

# What each right of the table is in ODRL; "read" and "read_aggregate" are both a read, at some interval.
ACTIONS = {
    "hold": "archive",
    "process": "derive",
    "operate": "grantUse",
    "port": "lease:port",
    "share": "distribute",
    "erase": "delete",
    "write": "execute",
}


def policy_of(
    agreement: str, *, owner: str, lessee: str, table: Matrix, grants: Iterable[Rule] = ()
) -> Policy:
    """
    Return the policy of an agreement; ``agreement``, ``owner`` and ``lessee`` are public ids.

    ``grants`` are the permissions that were given under it (``granting.permissions``).
    """
    sides = {Party.OWNER: organization(owner), Party.LESSEE: organization(lessee)}
    prefix = f"urn:jijian:rule:{agreement}:"
    rules = (
        *grants,
        *(
            rule
            for category, row in table.categories.items()
            for party, cell in row.cells.items()
            for rule in _rules(
                f"{prefix}{category}.{party}",
                sides.get(party, kind(party)),
                asset(agreement, category),
                cell,
            )
        ),
    )
    ordered = tuple(rule for sort in RuleKind for rule in rules if rule.kind is sort)
    name, assigner = f"urn:jijian:agreement:{agreement}", sides[Party.LESSEE]
    return Policy(name, "Agreement", ordered, Strategy.PROHIBIT, assigner)


def asset(agreement: str, category: str) -> str:
    """Name what was reported in a category under an agreement."""
    return f"urn:jijian:data:{agreement}:{category}"


def organization(public_id: str) -> str:
    """Name an organization."""
    return f"urn:jijian:organization:{public_id}"


def kind(party: Party) -> str:
    """Name all organizations of a kind."""
    return f"urn:jijian:party:{party}"


def span(interval: int | str) -> Constraint:
    """Say that figures cover at least an interval (microseconds), or the whole agreement."""
    if interval == WHOLE:
        return Constraint("lease:aggregationLevel", "eq", ("agreement",))
    return Constraint("timeInterval", "gteq", (f"PT{int(interval) // SECOND}S",))


def _rules(name: str, assignee: str, target: str, cell: Cell) -> Iterator[Rule]:
    if cell.prohibited:
        yield Rule(name, RuleKind.PROHIBITION, Action("use"), assignee, target)
        return
    yield from _reading(name, assignee, target, cell)
    for right in sorted(cell.rights & ACTIONS.keys()):
        purposes = tuple(_purposes(cell.purposes)) if right == "process" else ()
        yield Rule(f"{name}.{right}", RuleKind.PERMISSION, Action(ACTIONS[right]), assignee, target, purposes)


def _reading(name: str, assignee: str, target: str, cell: Cell) -> Iterator[Rule]:
    raw = "read" in cell.rights
    if not raw and ("read_aggregate" not in cell.rights or cell.interval is None):
        return
    purposes = None if cell.purposes is None else cell.purposes - HOLDS_ONLY_IF_PRICED
    if purposes is not None and not purposes:
        return
    finest = () if raw or cell.interval is None else (span(cell.interval),)
    conditions = (*_purposes(purposes), *finest)
    yield Rule(f"{name}.read", RuleKind.PERMISSION, Action("read"), assignee, target, conditions)


def _purposes(purposes: frozenset[str] | None) -> Iterator[Constraint]:
    if purposes is not None:
        yield Constraint("purpose", "isAnyOf", tuple(sorted(purposes)))
