"""The words for what is wrong with a policy document."""

from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

TEXTS = {
    "policy_not_json": gettext_noop("This is not JSON: {detail}"),
    "policy_too_large": gettext_noop("A policy may have {most} bytes at most."),
    "policy_too_deep": gettext_noop("Constraints may be nested {most} deep at most."),
    "too_many_rules": gettext_noop("A policy may have {most} rules at most. Divide it."),
    "too_many_constraints": gettext_noop("A policy may have {most} constraints at most. Divide it."),
    "too_many_values": gettext_noop("A list may have {most} values at most."),
    "not_an_object_here": gettext_noop("An object is needed here."),
    "not_a_text_here": gettext_noop("A text of 1 to {most} characters is needed here."),
    "unknown_context": gettext_noop("Only these contexts are known, and none is fetched: {choices}."),
    "unknown_profile": gettext_noop("Only the profile {choices} can be enforced."),
    "unknown_property": gettext_noop("{name} is not known here, so it could not be enforced."),
    "unknown_policy_type": gettext_noop("The type must be one of: {choices}."),
    "unknown_action": gettext_noop("The action {name} is not known, so it could not be enforced."),
    "unknown_operand": gettext_noop("The left operand {name} is not known, so it could not be enforced."),
    "unknown_operator": gettext_noop("The operator {name} is not known."),
    "operator_not_for_operand": gettext_noop("{operand} can be compared by: {choices}."),
    "unreadable_value": gettext_noop("{value} is not a {kind}."),
    "one_value_needed": gettext_noop("{operator} compares with one value."),
    "unknown_strategy": gettext_noop("The conflict strategy must be one of: {choices}."),
    "permissions_may_not_win": gettext_noop(
        "Prohibitions win here. A policy may not say that permissions do."
    ),
    "policy_without_rules": gettext_noop("A policy needs at least one rule."),
    "rule_without_action": gettext_noop("A rule needs an action."),
    "doubled_id": gettext_noop("The uid {name} is used twice."),
    "empty_logic": gettext_noop("{name} needs at least one constraint, and nothing beside it."),
}


def flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    """Make a flaw with the words for its code."""
    return Flaw(pointer, code, TEXTS[code], facts)
