"""
The log of reads: what exactly is hashed and signed of each event, so that anybody can do it again.

An entry is a line that says what it is, and one line of JSON with sorted keys, no spaces and ASCII only. Who
the person was, whom it concerned and what was decided about others' data stand in it as salted commitments:
each can be opened to whoever may see it, and none tells the others anything. The commitment on the person is
salted with a secret of that person (``rules.persons``): when name and secret go, every proof stays as it was.
Source: RFC 9162 for the tree; data_rights §5.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from devices.rules.log import written
from marketplace.shared.merkle import leaf_hash

ORIGIN = "jijian-reads-1"
PERSON, SIDES = "person", "sides"
SEED, SALT = 16, 32  # bytes


class Logged(NamedTuple):
    """
    An event of the log as it is stored; times are aware, ``person`` is the commitment in hexadecimal.

    ``salt`` is the event's own seed; of events from before persons had secrets the salts of all other
    commitments, one after the other: the seed would tell the person's, too.
    """

    id: str
    kind: str
    closes: str
    at: datetime
    person: str
    organization: str
    device: str
    channels: Sequence[str]
    asked_from: datetime | None
    asked_to: datetime | None
    purpose: str
    decisions: Sequence[Mapping[str, Any]]
    outcome: str
    delivered: int | None
    concerns: Sequence[str]
    agreements: Sequence[str]
    reference: str
    salt: bytes


def entry(event: Logged) -> bytes:
    """Return the content of the event's leaf in the log."""
    facts = {
        "agreements_and_sides": commitment(event.salt, SIDES, sides(event)),
        "asked_from": _moment(event.asked_from),
        "asked_to": _moment(event.asked_to),
        "at": written(event.at),
        "channels": list(event.channels),
        "closes": event.closes,
        "decisions": [
            commitment(event.salt, decision_name(place), decision)
            for place, decision in enumerate(event.decisions)
        ],
        "delivered": event.delivered,
        "device": event.device,
        "id": event.id,
        "kind": event.kind,
        "organization": event.organization,
        "outcome": event.outcome,
        "person": event.person,
        "purpose": event.purpose,
        "reference": event.reference,
    }
    return b"jijian-read-1\n" + plain(facts) + b"\n"


def entry_hash(event: Logged) -> bytes:
    """Return the hash of the event's leaf in the log."""
    return leaf_hash(entry(event))


def sides(event: Logged) -> dict[str, Any]:
    """Return what the entry's ``agreements_and_sides`` is a commitment to."""
    return {"agreements": list(event.agreements), "concerns": list(event.concerns)}


def decision_name(place: int) -> str:
    """Name the commitment of a decision, counted from 0."""
    return f"decision-{place}"


def salt_of(salt: bytes, name: str) -> bytes:
    """Return the salt of one commitment, of sides or a decision: it opens that one and no other."""
    if len(salt) == SEED:
        return hashlib.sha256(salt + name.encode()).digest()
    place = 0 if name == SIDES else 1 + int(name.removeprefix("decision-"))
    return salt[place * SALT : (place + 1) * SALT]


def commitment(salt: bytes, name: str, content: Mapping[str, Any]) -> str:
    """Return SHA-256(salt of the name ‖ content) in hexadecimal."""
    return committed(salt_of(salt, name), content)


def committed(salt: bytes, content: Mapping[str, Any]) -> str:
    """Return SHA-256(salt ‖ content) in hexadecimal."""
    return hashlib.sha256(salt + plain(content)).hexdigest()


def plain(content: Mapping[str, Any]) -> bytes:
    """Write content in the one form that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def head_text(*, size: int, root: bytes, at: datetime) -> bytes:
    """Return what the platform signs of the log of reads: a C2SP checkpoint and its time."""
    return f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n{written(at)}\n".encode()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else written(at)
