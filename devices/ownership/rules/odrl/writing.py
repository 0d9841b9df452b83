"""Write a policy as JSON-LD that any ODRL processor reads, and the digest by which both sides accept it."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from devices.ownership.rules.odrl.policies import Action, Condition, Constraint, Duty, Policy, Rule, RuleKind
from devices.ownership.rules.odrl.reading import DUTIES
from devices.ownership.rules.odrl.vocabulary import CONTEXT, ODRL, OPERANDS, PREFIX, PROFILE, Kind

# Terms of our profile are IRIs, so that no context but that of ODRL is needed to read them; so are words of
# the vocabulary that the context leaves out.
NOT_IN_CONTEXT = frozenset({"dayOfWeek", "synchronize", "write", "pay"})
TYPES = {
    Kind.MOMENT: "xsd:dateTime",
    Kind.DURATION: "xsd:duration",
    Kind.NUMBER: "xsd:decimal",
}


def written(policy: Policy) -> dict[str, Any]:
    """Return the policy as JSON-LD in the shape of the ODRL context; :func:`reading.read` reads it back."""
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": policy.kind,
        "uid": policy.id,
        "profile": PROFILE,
    }
    if policy.conflict is not None:
        document["conflict"] = policy.conflict.value
    if policy.assigner is not None:
        document["assigner"] = policy.assigner
    for kind in RuleKind:
        rules = [_rule(rule) for rule in policy.rules if rule.kind is kind]
        if rules:
            document[kind.value] = rules
    return document


def digest(policy: Policy) -> str:
    """Return the SHA-256 of the written policy in its one form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(written(policy), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _rule(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"uid": rule.id}
    if rule.target is not None:
        found["target"] = rule.target
    if rule.assignee is not None:
        found["assignee"] = rule.assignee
    if rule.action is not None:
        found["action"] = _action(rule.action)
    if rule.conditions:
        found["constraint"] = _conditions(rule.conditions)
    if rule.duties:
        found[DUTIES[rule.kind]] = [_duty(one) for one in rule.duties]
    return found


def _duty(duty: Duty) -> dict[str, Any]:
    found: dict[str, Any] = {"uid": duty.id, "action": _action(duty.action)}
    if duty.conditions:
        found["constraint"] = _conditions(duty.conditions)
    return found


def _action(action: Action) -> Any:
    if not action.refinements:
        return _term(action.name)
    return {"rdf:value": {"@id": _iri(action.name)}, "refinement": _conditions(action.refinements)}


def _conditions(found: Iterable[Condition]) -> list[dict[str, Any]]:
    return [
        _constraint(one) if isinstance(one, Constraint) else {one.how: {"@list": _conditions(one.parts)}}
        for one in found
    ]


def _constraint(one: Constraint) -> dict[str, Any]:
    values = [_value(one.left, text) for text in one.right]
    found: dict[str, Any] = {
        "leftOperand": _term(one.left),
        "operator": one.operator,
        "rightOperand": values[0] if len(values) == 1 else values,
    }
    if one.unit:
        found["unit"] = one.unit
    return found


def _value(left: str, text: str) -> Any:
    kind = OPERANDS.get(left)
    if kind is None or kind not in TYPES:
        return _term(text)
    plain_day = kind is Kind.MOMENT and len(text) == len("2026-01-01")
    return {"@value": text, "@type": "xsd:date" if plain_day else TYPES[kind]}


def _term(name: str) -> str:
    return _iri(name) if name.startswith(PREFIX) or name in NOT_IN_CONTEXT else name


def _iri(name: str) -> str:
    """Return the whole name: where JSON-LD expects one, a word of the context would be a relative address."""
    return f"{PROFILE}:{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else ODRL + name
