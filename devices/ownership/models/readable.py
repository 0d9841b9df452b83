"""
The rule of the read door for lists: one condition, under which a series may be read at a moment.

Where an organization stands towards a device is asked of the joined rows. What may be read there is asked of
the rule itself, once for each kind of series, and written as words: whatever is special, the database gets
one list of words, and makes one word of each row.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Func, Value
from psycopg.types.json import Jsonb

from devices.ownership.models.agreements import TERMS, versions_of
from devices.ownership.models.grants import Grant
from devices.ownership.rules import register, tables
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.parties import BY_KIND, Party
from devices.ownership.rules.tables import Terms
from marketplace.models import Organization
from marketplace.shared import prepared

# Agreements of a moment with terms of their own that concern an organization, or third parties of its kind.
OWN_TERMS = f"""
SELECT a.id, {TERMS} FROM ownership_agreement a
WHERE a.period @> %(at)b::timestamptz AND EXISTS (
    SELECT FROM ownership_agreementversion v
    WHERE v.agreement_id = a.id AND v.terms -> 'changes' -> 0 IS NOT NULL
) AND (a.owner_id = %(organization)b OR a.lessee_id = %(organization)b OR EXISTS (
    SELECT FROM ownership_agreementversion v
    WHERE v.agreement_id = a.id AND v.terms -> 'changes' @> %(party)b::jsonb
))
"""  # noqa: S608
# Grants to an organization whose times hold a moment; whether one holds, ``Granted.holds`` knows.
GRANTS = """
SELECT g.id FROM ownership_grant g
WHERE g.recipient_id = %(organization)b AND g.given_at IS NOT NULL
    AND g.readable @> %(at)b::timestamptz AND g.generated @> %(at)b::timestamptz
"""
# The word of a series: its group if its agreement or machine is special, where the organization stands,
# whether the machine is leased, and what kind of series it is. Columns stand by their names in ``JOINED``.
GROUP = """{groups}::jsonb ->> CASE WHEN {lessee} IS NULL THEN 'm' || {machine} ELSE 'a' || {agreement} END"""
WORD = """CONCAT({group}, '/',
    CASE WHEN {lessee} = {me} THEN 'lessee'
        WHEN COALESCE({owner}, {machine_owner}, {device_owner}) = {me} THEN 'owner' ELSE 'third' END,
    CASE WHEN {lessee} IS NULL THEN '/free/' ELSE '/leased/' END, {category}, '/',
    CASE WHEN {lessee} IS NOT NULL AND ({kind} = 'USAGE' OR {billed} @> ARRAY[{key}]) THEN 'b' END,
    CASE WHEN {kind} = 'USAGE' OR {channel_kind} = 'COUNTER' THEN 'c' END,
    CASE WHEN {grade} IN ('L5', 'L6') THEN 'l' END,
    CASE WHEN {suspended} IS NOT NULL OR {ordered} IS NOT NULL THEN 's' END,
    CASE WHEN {rival} THEN 'r' END
) = ANY({words}::text[])"""
# What is read of which joined row; each row is looked for by its first field, and found once.
JOINED = {
    "category": {"category": "category", "kind": "kind", "grade": "grade"},
    "device__owner": {"device_owner": "owner"},
    "channel__key": {"key": "key", "channel_kind": "kind"},
    "bound__equipment__owner": {"machine": "id", "machine_owner": "owner"},
    "lent__lessee": {
        "lessee": "lessee",
        "agreement": "id",
        "owner": "owner",
        "billed": "billing_channels",
        "suspended": "suspended_at",
        "ordered": "ordered_at",
        "rival": "competitor",
    },
}


class Sort(NamedTuple):
    """What is special about an agreement, or about a machine while it is not leased."""

    leased: bool
    terms: Terms
    grants: frozenset[Granted]


@dataclass(frozen=True)
class Special:
    """What stands beside the default table for an organization at a moment: own terms, and grants to it."""

    sorts: Mapping[str, Sort]  # by ``a`` and the key of an agreement, ``m`` and that of a machine

    @classmethod
    def of(cls, organization: Organization, at: datetime) -> "Special":
        """Look it up; two statements, and one more where there are grants."""
        terms, grants = _terms(organization, at), _grants(organization, at)
        keys = sorted({*terms, *grants})
        return cls({key: Sort(key[0] == "a", terms.get(key, ()), frozenset(grants[key])) for key in keys})


class Readable(Func):
    """The condition that a standing asset may be read by the organization of key ``me``."""

    output_field = models.BooleanField()

    def __init__(self, me: int, words: str, groups: str = "") -> None:
        super().__init__(Value(words), *([Value(groups)] if groups else ()))
        self.me = me

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: set[str] | None = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> "Readable":
        """Find each joined row once; Django would look for it with every field."""
        found: Readable = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        given = [one for one in found.get_source_expressions() if isinstance(one, Value)]
        columns = []
        for first, fields in JOINED.items():
            row = query.resolve_ref(first, allow_joins, None, summarize)
            known = row.target.model._meta
            columns += [known.get_field(name).get_col(row.alias) for name in fields.values()]
        found.set_source_expressions([*columns, *given])
        return found

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Put the places of all columns into the one text."""
        names = [name for fields in JOINED.values() for name in fields]
        written = [compiler.compile(one) for one in self.get_source_expressions()]
        places = {name: text for name, (text, _) in zip((*names, "words", "groups"), written, strict=False)}
        group = GROUP.format(**places) if "groups" in places else "''"
        given = [one for _, (one,) in reversed(written[len(names) :])]
        return WORD.format(**places, group=group, me=int(self.me)), given


def readable(
    organization: Organization, purpose: str | None, at: datetime, special: Special | None = None
) -> Readable:
    """
    Return the condition under which a standing asset may be read by an organization.

    Agreements and machines about which the same is special are one group; the default is the group without a
    name.
    """
    special = special or Special.of(organization, at)
    third = BY_KIND.get(organization.kind)
    sorts = {sort: str(number) for number, sort in enumerate(dict.fromkeys(special.sorts.values()), 1)}
    words = _words(third, purpose, None).union(
        *(_words(third, purpose, sort, group) for sort, group in sorts.items())
    )
    groups = {key: sorts[sort] for key, sort in special.sorts.items()}
    return Readable(organization.pk, _listed(words), json.dumps(groups) if groups else "")


@lru_cache(maxsize=1024)
def _words(third: Party | None, purpose: str | None, sort: Sort | None, group: str = "") -> frozenset[str]:
    """Return the words of what may be read of a group, wherever an organization may stand; default: all."""
    return frozenset(
        f"{group}/{place}/{kind}"
        for place, party, leased in _places(third)
        if sort is None or sort.leased == leased
        for kind in _kinds(party, leased, purpose, sort)
    )


def _kinds(party: Party, leased: bool, purpose: str | None, sort: Sort | None) -> frozenset[str]:
    terms, grants = (sort.terms, sort.grants) if sort else ((), frozenset())
    by_table = register.readable(party, leased, purpose, terms)
    return by_table.union(*(register.readable(party, leased, purpose, grant=one) for one in grants))


def _places(third: Party | None) -> Iterator[tuple[str, Party, bool]]:
    """Yield where an organization may stand, as which party, and whether the machine is leased there."""
    yield "lessee/leased", Party.LESSEE, True
    yield "owner/leased", Party.OWNER, True
    yield "owner/free", Party.OWNER, False
    if third is not None:
        yield "third/leased", third, True
        yield "third/free", third, False


@lru_cache(maxsize=1024)
def _listed(words: frozenset[str]) -> str:
    """Write words as an array of the database; they hold nothing that would need care."""
    return "{" + ",".join(sorted(words)) + "}"


def _terms(organization: Organization, at: datetime) -> dict[str, Terms]:
    """Return the agreements of a moment whose terms differ from the default ones for an organization."""
    party = Jsonb([{"party": BY_KIND.get(organization.kind, "")}])
    asked = {"organization": organization.pk, "at": at, "party": party}
    found = prepared.rows(statement=OWN_TERMS, given=asked)
    return {f"a{key}": tables.holding(versions_of(rows), at) for key, rows in found}


def _grants(organization: Organization, at: datetime) -> dict[str, set[Granted]]:
    """Return the grants to an organization by which may be read what is generated now, by what they open."""
    found: dict[str, set[Granted]] = defaultdict(set)
    holding = [
        key for (key,) in prepared.rows(statement=GRANTS, given={"organization": organization.pk, "at": at})
    ]
    for one in Grant.objects.filter(pk__in=holding) if holding else ():
        if one.granted.holds(at):
            key = f"a{one.agreement_id}" if one.agreement_id else f"m{one.equipment_id}"
            found[key].add(one.granted.opens)
    return found
