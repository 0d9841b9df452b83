"""Write the audit trail; every action calls this inside its own transaction."""

from datetime import datetime
from typing import Any

from marketplace.actions import gathering
from marketplace.gateway.rows import new_row
from marketplace.models import AuditEntry, Organization, User
from marketplace.shared.request_id import current_request_id


def record(
    *, by: User, action: str, subject: str, at: datetime, within: Organization | None = None, **facts: Any
) -> AuditEntry:
    """
    Append one entry: ``by`` did ``action`` (noun.verb) to the thing with public id ``subject``.

    ``facts`` must be JSON values; they say what changed, never secrets.
    """
    made = entry(by=by, action=action, subject=subject, at=at, within=within, **facts)
    gathering.write(rows=[made])
    return made


def entry(
    *, by: User, action: str, subject: str, at: datetime, within: Organization | None = None, **facts: Any
) -> AuditEntry:
    """Return an entry as :func:`record` appends it, unsaved: for actions that write very many at once."""
    return new_row(
        AuditEntry,
        at=at,
        actor=by.public_id,
        actor_name=by.name,
        organization=within.public_id if within else "",
        action=action,
        subject=subject,
        facts=facts,
        request_id=current_request_id(),
    )
