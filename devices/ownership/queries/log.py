"""The log of reads: who looked, as far as one may know, and its proofs."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from devices.ownership.models import AccessEvent, LoggedPerson
from devices.ownership.models.log import tree
from devices.ownership.rules import event_log
from devices.ownership.rules.grants import BY_GRANT, BY_LICENCE
from devices.ownership.rules.parties import THIRD_PARTIES
from marketplace.models import Organization
from marketplace.shared import merkle


def events_visible_in(organization: Organization) -> Any:
    """Return the decisions that concern an organization, newest first."""
    found = AccessEvent.objects.visible_in(organization).decisions_made()
    return found.select_related("person").order_by("-pk")


def person_shown(event: AccessEvent, organization: Organization) -> LoggedPerson | None:
    """Return who it was to whoever asked; others know the organization alone."""
    return event.person if event.organization == organization.public_id else None


def inclusion(position: int, size: int) -> list[bytes]:
    """Return the proof that an entry of the log of reads is in its tree of ``size`` entries."""
    return merkle.inclusion_proof(position, size, tree(merkle.inclusion_path(position, size)))


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the log of reads of ``second`` entries continues the one of ``first``."""
    return merkle.consistency_proof(first, second, tree(merkle.consistency_path(first, second)))


def opened(event: AccessEvent, organization: Organization) -> list[dict[str, Any]]:
    """
    Open those commitments of an event's entry that an organization may see, each with its salt.

    Whoever asked sees who of its people it was, and the decisions as they were written; of others' events,
    the decisions about its own data; of the meter's, all. A name that is to be erased is not opened.
    """
    me, logged = organization.public_id, event.logged
    asked = event.organization == me
    whole = asked or (not event.organization and me in event.concerns)
    names = [
        (event_log.decision_name(place), decision)
        for place, decision in enumerate(event.decisions)
        if me in (decision.get("owner"), decision.get("lessee")) or (whole and not _of_others(decision))
    ]
    person = [_opened(event_log.PERSON, *event.opened_person)] if asked and event.person.shown_name else []
    return person + [_opened(name, event_log.salt_of(logged.salt, name), content) for name, content in names]


def _opened(name: str, salt: bytes, content: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "salt": salt.hex(), "content": content}


def decisions_shown(event: AccessEvent, organization: Organization) -> list[dict[str, Any]]:
    """Keep the decisions that an organization may see: all if it asked, else those about its own data."""
    me = organization.public_id
    if event.organization == me or (not event.organization and me in event.concerns):
        return list(_without_others(event.decisions))
    return [one for one in event.decisions if me in (one.get("owner"), one.get("lessee"))]


def _of_others(decision: dict[str, Any]) -> bool:
    """Tell whether whoever asked was no side and holds no grant: then it is not told whose the data are."""
    if decision.get("party") == "stranger":
        return True
    own = decision.get("rule", "").startswith((BY_GRANT, BY_LICENCE))
    return decision.get("party") in THIRD_PARTIES and not own


def _without_others(decisions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A stranger that asked learns that it was refused, not whose the data are, nor when that changed."""
    hidden = ("agreement", "owner", "lessee")
    for foreign, found in groupby(decisions, key=_of_others):
        run = list(found)
        if not foreign:
            yield from run
            continue
        whole = {"from": run[0].get("from"), "to": run[-1].get("to")}
        shown = [{name: value for name, value in (one | whole).items() if name not in hidden} for one in run]
        yield from (one for place, one in enumerate(shown) if one not in shown[:place])
