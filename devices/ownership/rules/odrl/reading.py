"""
Read a policy from JSON-LD, or say at which place it is not one that can be enforced.

Everything unknown is a flaw: a property, an action, an operand, an operator, a context. No context is ever
fetched; JSON-LD is read by the shape that the ODRL context gives it (ODRL JSON-LD serialization), keys with
or without ``@``, terms as short names or full IRIs. Of lists of actions, targets or assignees, each becomes a
rule.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from devices.ownership.rules.odrl import values
from devices.ownership.rules.odrl.flaws import flaw
from devices.ownership.rules.odrl.policies import (
    Action,
    Condition,
    Constraint,
    Duty,
    Logical,
    Policy,
    Rule,
    RuleKind,
    Strategy,
)
from devices.ownership.rules.odrl.vocabulary import (
    ALLOWED,
    CONTEXT,
    LISTING,
    ODRL,
    OPERANDS,
    OPERATORS,
    PREFIX,
    PROFILE,
    is_action,
)
from marketplace.shared.errors import Flaw

MOST_BYTES, MOST_RULES, MOST_CONSTRAINTS, MOST_VALUES, DEEPEST, LONGEST = 262_144, 500, 2_000, 500, 6, 300
CONTEXTS = (CONTEXT, PROFILE)
KINDS = ("Set", "Offer", "Agreement", "Policy")
LOGIC = ("and", "or", "xone", "andSequence")
OF_POLICY = ("@context", "@type", "uid", "profile", "conflict", "permission", "prohibition", "obligation")
SHARED = ("assigner", "assignee", "target", "action")
OF_RULE = ("uid", "constraint", *SHARED)
DUTIES = {
    RuleKind.PERMISSION: "duty",
    RuleKind.PROHIBITION: "remedy",
    RuleKind.OBLIGATION: "consequence",
}
SAME_KEY = {"@id": "uid", "type": "@type", "id": "uid"}
INFORMS = ("informedParty", "compensatedParty")


class NotAPolicy(ValueError):
    """The document cannot be enforced; ``flaws`` say where and why."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__(f"{len(self.flaws)} flaws")


@dataclass
class _Notes:
    flaws: list[Flaw] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    rules: int = 0
    constraints: int = 0

    def refuse(self, pointer: str, code: str, **facts: Any) -> None:
        self.flaws.append(flaw(pointer, code, **facts))


class _Stop(Exception):
    """The document is larger than anybody needs: nothing more of it is looked at."""


def parse(text: str | bytes) -> Policy:
    """
    Read a policy from JSON text.

    :raises NotAPolicy: with a flaw for everything that is wrong
    """
    return read(_decoded(text))


def _decoded(text: str | bytes) -> object:
    if len(text) > MOST_BYTES:
        raise NotAPolicy([flaw("", "policy_too_large", most=MOST_BYTES)])
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError as error:
        raise NotAPolicy([flaw("", "policy_too_deep", most=DEEPEST)]) from error
    except ValueError as error:
        raise NotAPolicy([flaw("", "policy_not_json", detail=str(error)[:200])]) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is written twice: two readers could take different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def read(document: object) -> Policy:
    """
    Read a policy from decoded JSON.

    :raises NotAPolicy: with a flaw for everything that is wrong
    """
    notes = _Notes()
    found = None
    with suppress(_Stop):
        found = _policy(document, notes)
    if notes.flaws or found is None:
        raise NotAPolicy(notes.flaws)
    return found


def _policy(document: object, notes: _Notes) -> Policy:
    node = _node(document, "", (*OF_POLICY, *SHARED), notes)
    _contexts(node.get("@context", ()), notes)
    kind = _word(node.get("@type", "Set"), "/@type", notes)
    if kind not in KINDS:
        notes.refuse("/@type", "unknown_policy_type", choices=", ".join(KINDS))
    if _word(node.get("profile", PROFILE), "/profile", notes) != PROFILE:
        notes.refuse("/profile", "unknown_profile", choices=PROFILE)
    name = _text(node.get("uid", "policy"), "/uid", notes)
    rules = tuple(_rules(node, name, notes))
    if not rules and not notes.flaws:
        notes.refuse("", "policy_without_rules")
    assigner = _reference(node["assigner"], "/assigner", notes) if "assigner" in node else None
    return Policy(name, kind, rules, _strategy(node, notes), assigner)


def _strategy(node: Mapping[str, Any], notes: _Notes) -> Strategy | None:
    if "conflict" not in node:
        return None
    named = _word(node["conflict"], "/conflict", notes)
    if named == Strategy.PERM:
        notes.refuse("/conflict", "permissions_may_not_win")
    elif named not in set(Strategy):
        notes.refuse("/conflict", "unknown_strategy", choices="prohibit, invalid")
    else:
        return Strategy(named)
    return None


def _contexts(found: object, notes: _Notes) -> None:
    for place, one in enumerate(_list(found)):
        if one not in CONTEXTS:
            pointer = f"/@context/{place}" if isinstance(found, list) else "/@context"
            notes.refuse(pointer, "unknown_context", choices=", ".join(CONTEXTS))


def _rules(policy: Mapping[str, Any], name: str, notes: _Notes) -> Iterator[Rule]:
    for kind in RuleKind:
        found = policy.get(kind, ())
        for place, node in enumerate(_list(found)):
            pointer = f"/{kind}/{place}" if isinstance(found, list) else f"/{kind}"
            yield from _rule(kind, node, policy, pointer, f"{name}#{kind}-{place + 1}", notes)


def _rule(
    kind: RuleKind, document: object, policy: Mapping[str, Any], pointer: str, name: str, notes: _Notes
) -> Iterator[Rule]:
    node = _node(document, pointer, (*OF_RULE, DUTIES[kind], *INFORMS), notes)
    shared = {key: policy[key] for key in SHARED if key in policy}
    whole = {**shared, **node}
    name = _own_id(node, name, pointer, notes)
    actions = [_action(one, at, notes) for one, at in _each(whole.get("action"), f"{pointer}/action")]
    if not actions:
        notes.refuse(f"{pointer}/action", "rule_without_action")
    assignees = [
        _reference(one, at, notes) for one, at in _each(whole.get("assignee"), f"{pointer}/assignee")
    ]
    targets = [_reference(one, at, notes) for one, at in _each(whole.get("target"), f"{pointer}/target")]
    conditions = _conditions(node.get("constraint"), f"{pointer}/constraint", notes)
    duties = tuple(_duties(node.get(DUTIES[kind]), f"{pointer}/{DUTIES[kind]}", name, notes))
    parties: Sequence[str | None] = assignees or [None]
    assets: Sequence[str | None] = targets or [None]
    notes.rules += max(len(actions) * len(parties) * len(assets), 1)
    if notes.rules > MOST_RULES:
        notes.refuse(pointer, "too_many_rules", most=MOST_RULES)
        raise _Stop
    made = list(product(actions, parties, assets))
    for place, (action, assignee, target) in enumerate(made):
        own = name if len(made) == 1 else f"{name}.{place + 1}"
        yield Rule(own, kind, action, assignee, target, conditions, duties)


def _duties(found: object, pointer: str, name: str, notes: _Notes) -> Iterator[Duty]:
    for place, (document, at) in enumerate(_each(found, pointer)):
        node = _node(document, at, ("uid", "action", "constraint", "target", "assignee", *INFORMS), notes)
        notes.rules += 1
        if notes.rules > MOST_RULES:
            notes.refuse(at, "too_many_rules", most=MOST_RULES)
            raise _Stop
        action = _action(node["action"], f"{at}/action", notes) if "action" in node else None
        if action is None:
            notes.refuse(f"{at}/action", "rule_without_action")
            continue
        conditions = _conditions(node.get("constraint"), f"{at}/constraint", notes)
        yield Duty(_own_id(node, f"{name}/duty-{place + 1}", at, notes), action, conditions)


def _own_id(node: Mapping[str, Any], otherwise: str, pointer: str, notes: _Notes) -> str:
    name = _text(node["uid"], f"{pointer}/uid", notes) if "uid" in node else otherwise
    if name in notes.ids:
        notes.refuse(f"{pointer}/uid", "doubled_id", name=name)
    notes.ids.add(name)
    return name


def _action(found: object, pointer: str, notes: _Notes) -> Action:
    refinements: tuple[Condition, ...] = ()
    if isinstance(found, Mapping):
        node = _node(found, pointer, ("uid", "value", "rdf:value", "refinement"), notes)
        refinements = _conditions(node.get("refinement"), f"{pointer}/refinement", notes)
        found = node.get("value", node.get("rdf:value", node.get("uid")))
        found = found.get("@id") if isinstance(found, Mapping) else found
    name = _word(found, pointer, notes)
    if name and not is_action(name):
        notes.refuse(pointer, "unknown_action", name=name)
    return Action(name, refinements)


def _conditions(found: object, pointer: str, notes: _Notes, depth: int = 0) -> tuple[Condition, ...]:
    return tuple(_condition(one, at, notes, depth) for one, at in _each(found, pointer))


def _condition(document: object, pointer: str, notes: _Notes, depth: int) -> Condition:
    notes.constraints += 1
    if notes.constraints > MOST_CONSTRAINTS or depth > DEEPEST:
        code, most = (
            ("policy_too_deep", DEEPEST) if depth > DEEPEST else ("too_many_constraints", MOST_CONSTRAINTS)
        )
        notes.refuse(pointer, code, most=most)
        raise _Stop
    keys = ("uid", "leftOperand", "operator", "rightOperand", "unit", "dataType", *LOGIC)
    node = _node(document, pointer, keys, notes)
    logic = [how for how in LOGIC if how in node]
    if not logic:
        return _constraint(node, pointer, notes)
    how = logic[0]
    inner = node[how]
    inner = inner.get("@list") if isinstance(inner, Mapping) and set(inner) == {"@list"} else inner
    parts = _conditions(inner, f"{pointer}/{how}", notes, depth + 1)
    if not parts or set(node) - {"uid", how}:
        notes.refuse(f"{pointer}/{how}", "empty_logic", name=how)
    return Logical(how, parts)


def _constraint(node: Mapping[str, Any], pointer: str, notes: _Notes) -> Constraint:
    left = _word(node.get("leftOperand"), f"{pointer}/leftOperand", notes)
    name = _word(node.get("operator"), f"{pointer}/operator", notes)
    right = tuple(_right(node.get("rightOperand"), f"{pointer}/rightOperand", notes))
    unit = _word(node["unit"], f"{pointer}/unit", notes) if "unit" in node else ""
    found = Constraint(left, name, right, unit)
    if left and left not in OPERANDS:
        notes.refuse(f"{pointer}/leftOperand", "unknown_operand", name=left)
    elif name and name not in OPERATORS:
        notes.refuse(f"{pointer}/operator", "unknown_operator", name=name)
    elif left and name:
        _fits(found, pointer, notes)
    return found


def _fits(found: Constraint, pointer: str, notes: _Notes) -> None:
    """Note what would make the constraint unknown for ever."""
    kind = OPERANDS[found.left]
    if found.operator not in ALLOWED[kind]:
        choices = ", ".join(sorted(ALLOWED[kind]))
        notes.refuse(f"{pointer}/operator", "operator_not_for_operand", operand=found.left, choices=choices)
    if len(found.right) > 1 and found.operator not in LISTING:
        notes.refuse(f"{pointer}/rightOperand", "one_value_needed", operator=found.operator)
    for value in found.right:
        if value and values.read(kind, value) is None:
            notes.refuse(f"{pointer}/rightOperand", "unreadable_value", value=value, kind=kind.value)


def _right(found: object, pointer: str, notes: _Notes) -> Iterator[str]:
    if isinstance(found, Mapping) and set(found) == {"@list"}:
        found = found["@list"]
    each = list(_each(found, pointer)) or [(found, pointer)]
    if len(each) > MOST_VALUES:
        notes.refuse(pointer, "too_many_values", most=MOST_VALUES)
        each = each[:1]
    for one, at in each:
        if isinstance(one, Mapping):
            node = _node(one, at, ("@value", "@type", "uid"), notes)
            one = node.get("@value", node.get("uid"))
        if type(one) in (int, float, bool):
            one = json.dumps(one)
        yield _word(one, at, notes)


def _node(document: object, pointer: str, keys: Sequence[str], notes: _Notes) -> Mapping[str, Any]:
    """Return an object with its keys in their short form; an unknown key is a flaw."""
    if not isinstance(document, Mapping):
        notes.refuse(pointer, "not_an_object_here")
        return {}
    found: dict[str, Any] = {}
    for written, value in document.items():
        key = SAME_KEY.get(written, _short(str(written)))
        key = written if written in keys else key
        if key not in keys:
            notes.refuse(f"{pointer}/{_escaped(str(written))}", "unknown_property", name=str(written)[:80])
        found[key] = value
    return found


def _each(found: object, pointer: str) -> Iterator[tuple[object, str]]:
    """Yield what stands alone or in a list, each with its pointer; nothing for ``None``."""
    if isinstance(found, list):
        yield from ((one, f"{pointer}/{place}") for place, one in enumerate(found))
    elif found is not None:
        yield found, pointer


def _list(found: object) -> Sequence[Any]:
    return found if isinstance(found, list | tuple) else [found]


def _reference(found: object, pointer: str, notes: _Notes) -> str:
    """Read the name of a party or an asset, alone or as ``{"uid": …}``."""
    if isinstance(found, Mapping):
        found = _node(found, pointer, ("uid", "@type"), notes).get("uid")
    return _text(found, pointer, notes)


def _word(found: object, pointer: str, notes: _Notes) -> str:
    if isinstance(found, Mapping) and set(found) == {"@id"}:
        found = found["@id"]
    return _short(_text(found, pointer, notes))


def _text(found: object, pointer: str, notes: _Notes) -> str:
    if isinstance(found, str) and 0 < len(found) <= LONGEST and "\x00" not in found:
        return found
    notes.refuse(pointer, "not_a_text_here", most=LONGEST)
    return ""


def _short(text: str) -> str:
    """Return the short name of a term of ODRL or of our profile; anything else as it is."""
    for start, short in ((ODRL, ""), ("odrl:", ""), (f"{PROFILE}:", PREFIX)):
        if text.startswith(start):
            return short + text.removeprefix(start)
    return text


def _escaped(key: str) -> str:
    return key[:80].replace("~", "~0").replace("/", "~1")
