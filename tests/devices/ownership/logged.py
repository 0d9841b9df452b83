"""Lines in the log of reads, written as the door writes them but with whatever a test wants them to say."""

from types import SimpleNamespace
from typing import Any

from devices.ownership.models import AccessEvent, LoggedPerson


def logged(*, user: str = "usr_1", name: str = "王伟", **fields: Any) -> AccessEvent:
    """Write an event of a person that need not exist."""
    who: Any = SimpleNamespace(public_id=user, name=name)
    person = LoggedPerson.objects.known(who, fields.get("organization", ""), fields["at"])
    event = AccessEvent(**({"kind": "DECISION", "person": person} | fields)).seal_person()
    event.save(force_insert=True)
    return event
