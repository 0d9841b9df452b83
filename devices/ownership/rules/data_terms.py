"""
The data terms of an offer, a lease or an agreement, as a document: read, linted, fingerprinted.

A document names the table that it starts from and how it changes it. It cannot say who consents: consent is
the acceptance of the document by its digest. So both sides count as consenting to what both accept, and a
change that needs anybody else's consent is void here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from devices.ownership.rules.changes import Change, DataTerms, lint
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.parties import Party
from marketplace.rules.reading import Reader, flaw
from marketplace.shared.errors import Flaw

TEMPLATE, VERSION = "default_rights", 1
DEFAULT: Mapping[str, Any] = {"template": TEMPLATE, "version": VERSION}
FIELDS = ("template", "version", "changes", "lessee_pays", "waives")
CHANGE_FIELDS = ("party", "category", "adds", "removes", "purposes", "interval")
SIDES = frozenset({"owner", "lessee"})
MOST = 100


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One side accepted terms: who, for which organization (public ids), when, and by which digest."""

    side: str
    organization: str
    person: str
    person_name: str
    at: datetime
    digest: str

    def dump(self) -> dict[str, str]:
        """Write it in its JSON form."""
        return asdict(self) | {"at": self.at.isoformat()}


def digest(document: Any) -> str:
    """Return the SHA-256, in hex, of a JSON value with sorted names and no spaces, in UTF-8."""
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def complete(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data terms of an offer that may have none: then they are the default ones."""
    return dict(document) or dict(DEFAULT)


def flaws(document: object, pointer: str = "") -> list[Flaw]:
    """Return what is wrong with a document: what cannot be read, and every clause that is void."""
    found: list[Flaw] = []
    terms = _read(document, pointer, found)
    if found:
        return found
    return [Flaw(pointer + one.pointer, one.code, one.text, one.facts) for one in lint(terms, matrix())]


def changes(document: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes of a document that has no flaws."""
    return _read(document, "", []).changes


def asks(document: Mapping[str, Any]) -> frozenset[str]:
    """
    Return how much an offer without flaws asks of the data: ``usual`` is no more than the default terms give.

    ``less`` stands beside it where others than the lessee give up something. Other purposes or intervals of
    others count as more, whichever they are: nothing is promised that would have to be weighed.
    """
    made = changes(document) if document else ()
    others = [one for one in made if one.party != Party.LESSEE]
    more = any(one.adds or one.purposes is not None or one.interval is not None for one in others)
    if more or any(one.removes for one in made if one.party == Party.LESSEE):
        return frozenset()
    return frozenset({"usual", "less"} if any(one.removes for one in others) else {"usual"})


def accepted_by_both(acceptances: Sequence[Acceptance], wanted: str) -> bool:
    """Tell whether both sides accepted what has the digest ``wanted``."""
    return {one.side for one in acceptances if one.digest == wanted} >= {Party.OWNER, Party.LESSEE}


def _read(document: object, pointer: str, found: list[Flaw]) -> DataTerms:
    reader = Reader(document, FIELDS, pointer, found)
    reader.choice("template", (TEMPLATE,))
    reader.whole("version", least=VERSION, most=VERSION)
    pays = reader.get("lessee_pays", False)
    if not isinstance(pays, bool):
        reader.refuse("lessee_pays", "not_a_choice", choices="false, true")
    rows = reader.get("changes", [])
    if not isinstance(rows, list) or len(rows) > MOST:
        reader.refuse("changes", "not_a_list")
        rows = []
    read = tuple(_change(row, f"{reader.at('changes')}/{place}", found) for place, row in enumerate(rows))
    return DataTerms(read, pays is True, reader.words("waives", []))


def _change(row: object, pointer: str, found: list[Flaw]) -> Change:
    reader = Reader(row, CHANGE_FIELDS, pointer, found)
    interval = reader.get("interval", None)
    if interval is not None and not isinstance(interval, str):
        found.append(flaw(reader.at("interval"), "not_a_name"))
        interval = None
    return Change(
        party=reader.name("party"),
        category=reader.name("category"),
        adds=frozenset(reader.words("adds", [])),
        removes=frozenset(reader.words("removes", [])),
        purposes=frozenset(reader.words("purposes")) if "purposes" in reader.node else None,
        interval=interval,
        consent=SIDES,
    )
