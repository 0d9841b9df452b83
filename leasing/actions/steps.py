"""What every history of moves has in common: a step behind the last, and the moves that are possible."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import format_lazy

from leasing.models.transitions import Step
from leasing.rules.history import FIRST, link_hash
from marketplace.actions import gathering
from marketplace.models import Organization, User
from marketplace.shared.channel import current_channel

ROBOT = "ROBOT"


def spoken(*, possible: Iterable[Any], names: Mapping[Any, Promise]) -> Promise | str:
    """Return the names of the moves that are possible, in the reader's language; a dash for none."""
    found = [names[move] for move in possible]
    return format_lazy(" / ".join(["{}"] * len(found)), *found) if found else "–"


def append(
    *,
    step: Step,
    behind: "models.Manager[Any]",
    by: User,
    within: Organization | None,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any],
    last: Step | None = None,
    waits: bool = False,
) -> None:
    """
    Save a step behind the last one of its history, with the hash of that; what it is of is locked.

    ``last`` is that one, if the same action has just written it. With ``waits`` it is saved with what is
    gathered.
    """
    last = last or behind.order_by("-position").first()
    step.position = last.position + 1 if last else 1
    step.actor, step.actor_name = by.public_id, by.name
    step.organization = within.public_id if within else ""
    step.organization_name = within.name if within else ""
    step.roles = sorted(by.roles_in(within)) if within else [ROBOT]
    step.occurred_at, step.reason, step.facts = at, reason, dict(facts)
    step.channel = current_channel()
    step.previous_hash = last.hash if last else FIRST
    step.hash = link_hash(step.previous_hash, step.hashed_facts())
    if waits:
        gathering.write(rows=[step])
    else:
        step.save()
