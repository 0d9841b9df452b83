"""
The rule of the read door for lists: one condition, under which a series may be read at a moment.

Where an organization stands towards a device is asked of the joined rows. What may be read there is asked of
the rule itself, once for each kind of series, and written as words: the database makes a word of each row and
looks for it in a list, one list for what tables permit and one for grants, if there are any.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Func, Q, Value
from psycopg.types.json import Jsonb

from devices.ownership.models.agreements import TERMS, versions_of
from devices.ownership.models.bygone import readable_past
from devices.ownership.models.grants import Grant
from devices.ownership.rules import register, tables
from devices.ownership.rules.grants import Granted
from devices.ownership.rules.parties import BY_KIND, Party
from devices.ownership.rules.tables import Terms
from marketplace.models import Organization
from marketplace.shared import prepared

KEPT = 256  # lists of words in memory, some 40 KB each

# Agreements of a moment with terms of their own that concern an organization, or third parties of its kind;
# grants to it that may be read by at the moment: whether one holds, ``Granted.holds`` knows; and a row of
# nothing if any machine is sub-let then.
SPECIAL = f"""
SELECT true, a.id, {TERMS} FROM ownership_agreement a
WHERE a.period @> %(at)b::timestamptz AND EXISTS (
    SELECT FROM ownership_agreementversion v
    WHERE v.agreement_id = a.id AND v.terms -> 'changes' -> 0 IS NOT NULL
) AND (a.owner_id = %(organization)b OR a.lessee_id = %(organization)b OR EXISTS (
    SELECT FROM ownership_agreementversion v
    WHERE v.agreement_id = a.id AND v.terms -> 'changes' @> %(party)b::jsonb
))
UNION ALL
SELECT false, g.id, NULL FROM ownership_grant g
WHERE g.recipient_id = %(organization)b AND g.given_at IS NOT NULL AND g.readable @> %(at)b::timestamptz
UNION ALL
SELECT NULL, NULL, NULL WHERE EXISTS (
    SELECT FROM ownership_agreement WHERE under_id IS NOT NULL AND period @> %(at)b::timestamptz
)
"""  # noqa: S608
# The word of a series: its group if its agreement or machine is special, where the organization stands,
# whether the machine is leased, and what kind of series it is. Columns stand by their names in ``JOINED``.
# A list of grants that name single series looks them up beside that.
PLACE = """CASE WHEN {lessee} IS NULL THEN 'm' || {machine} ELSE 'a' || {agreement} END"""
GROUP = {
    "": "{groups}::jsonb ->> " + PLACE,
    "asset": "{groups}::jsonb ->> CONCAT(" + PLACE + ", '/', {asset})",
    "channel": "{groups}::jsonb ->> CONCAT(" + PLACE + ", '/', {key})",
}
WORD = """CONCAT({group}, '/',
    CASE WHEN {lessee} = {me} THEN 'lessee'
        WHEN COALESCE({owner}, {machine_owner}, {device_owner}) = {me} THEN 'owner'
        WHEN {name} = ANY({above}) THEN 'above' ELSE 'third' END,
    CASE WHEN {lessee} IS NULL THEN '/free/' ELSE '/leased/' END, {category}, '/',
    CASE WHEN {lessee} IS NOT NULL AND ({kind} = 'USAGE' OR {billed} @> ARRAY[{key}]) THEN 'b' END,
    CASE WHEN {kind} = 'USAGE' OR {channel_kind} = 'COUNTER' THEN 'c' END,
    CASE WHEN {grade} IN ('L5', 'L6') THEN 'l' END,
    CASE WHEN {suspended} IS NOT NULL OR {ordered} IS NOT NULL THEN 's' END,
    CASE WHEN {rival} THEN 'r' END
) = ANY({words}::text[])"""
# What is read of which joined row; each row is looked for by its first field, and found once.
JOINED = {
    "category": {"category": "category", "kind": "kind", "grade": "grade", "asset": "public_id"},
    "device__owner": {"device_owner": "owner"},
    "channel__key": {"key": "key", "channel_kind": "kind"},
    "bound__equipment__owner": {"machine": "id", "machine_owner": "owner"},
    "lent__lessee": {
        "lessee": "lessee",
        "agreement": "id",
        "owner": "owner",
        "above": "above",
        "billed": "billing_channels",
        "suspended": "suspended_at",
        "ordered": "ordered_at",
        "rival": "competitor",
    },
}


@dataclass(frozen=True)
class Special:
    """
    What stands beside the default table for an organization at a moment: own terms, and grants to it.

    Both by ``a`` and the key of an agreement, or ``m`` and that of a machine while it is not leased. Grants
    that name single series stand by that and the name, under what they name series by (a key of ``GROUP``).
    ``given`` are all grants that hold at the moment, also those about the past alone; ``past`` is the
    condition that an asset holds something of the past that one of them opens. ``chained`` says whether any
    machine is sub-let then.
    """

    terms: Mapping[str, Terms]
    grants: Mapping[str, Mapping[str, frozenset[Granted]]]
    given: Sequence[Grant]
    past: Q
    chained: bool

    @classmethod
    def of(cls, organization: Organization, at: datetime) -> "Special":
        """Look it up; one statement, and another where there are grants."""
        terms, given, chained = _looked_up(organization, at)
        return cls(terms, _grants(given, at), given, readable_past(organization, at, given), chained)


class Words(NamedTuple):
    """What is permitted, as an array of words, and which group an agreement or machine has (JSON), if any."""

    listed: str
    groups: str
    by: str = ""


class Readable(Func):
    """The condition that a standing asset may be read by the organization ``me``, by any of lists."""

    output_field = models.BooleanField()

    def __init__(self, me: Organization, *lists: Words) -> None:
        super().__init__(*(Value(text) for one in lists for text in (one.listed, one.groups)))
        self.me, self.name = int(me.pk), _literal(me.public_id)
        self.by = [one.by for one in lists]

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
        """Put the places of all columns into the text, once for each list."""
        names = [name for fields in JOINED.values() for name in fields]
        sources = self.get_source_expressions()
        columns = {
            name: compiler.compile(one)[0] for name, one in zip(names, sources[: len(names)], strict=True)
        }
        texts, given = [], []
        listed, grouped = sources[len(names) :: 2], sources[len(names) + 1 :: 2]
        for words, groups, by in zip(listed, grouped, self.by, strict=True):
            group = GROUP[by].format(**columns, groups="%s") if groups.value else "''"
            texts.append(WORD.format(**columns, group=group, words="%s", me=self.me, name=self.name))
            given += [groups.value, words.value] if groups.value else [words.value]
        return f"({' OR '.join(texts)})", given


def readable(
    organization: Organization, purpose: str | None, at: datetime, special: Special | None = None
) -> Readable:
    """
    Return the condition under which a standing asset may be read by an organization.

    It may by the table, the default one or that of own terms, or by a grant.
    """
    special = special or Special.of(organization, at)
    # a stranger has a place as soon as something was sold to it, or shared with it
    third = BY_KIND.get(organization.kind, Party.STRANGER if special.grants else None)
    by_terms = {key: _by_table(third, purpose, terms) for key, terms in special.terms.items()}
    lists = [_grouped(by_terms, _by_table(third, purpose, ()))]
    for by, groups in special.grants.items():
        by_grants = {key: _by_grants(third, purpose, grants) for key, grants in groups.items()}
        lists.append(_grouped(by_grants, frozenset(), by))
    return Readable(organization, *lists)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def _grouped(special: Mapping[str, frozenset[str]], others: frozenset[str], by: str = "") -> Words:
    """Make a group of all about which the same is permitted; ``others`` are words of what has no group."""
    numbers = {words: str(number) for number, words in enumerate(dict.fromkeys(special.values()), 1)}
    groups = json.dumps({key: numbers[words] for key, words in special.items()}) if special else ""
    listed = [_listed("", others), *(_listed(number, words) for words, number in numbers.items())]
    return Words("{" + ",".join(filter(None, listed)) + "}", groups, by)


@lru_cache(maxsize=KEPT)
def _listed(group: str, words: frozenset[str]) -> str:
    """Write words as a part of an array of the database; they hold nothing that would need care."""
    return ",".join(f"{group}/{word}" for word in sorted(words))


@lru_cache(maxsize=KEPT)
def _by_table(third: Party | None, purpose: str | None, terms: Terms) -> frozenset[str]:
    """Return the words of what a table permits, wherever an organization may stand."""
    return frozenset(
        f"{place}/{kind}"
        for place, party, leased in _places(third)
        for kind in register.readable(party, leased, purpose, terms if leased else ())
    )


@lru_cache(maxsize=KEPT)
def _by_grants(third: Party | None, purpose: str | None, grants: frozenset[Granted]) -> frozenset[str]:
    """Return the words of what grants permit alone, wherever an organization may stand."""
    return frozenset(
        f"{place}/{kind}"
        for place, party, leased in _places(third)
        for grant in grants
        for kind in register.readable(party, leased, purpose, grant=grant)
    )


def _places(third: Party | None) -> Iterator[tuple[str, Party, bool]]:
    """Yield where an organization may stand, as which party, and whether the machine is leased there."""
    yield "lessee/leased", Party.LESSEE, True
    yield "above/leased", Party.ABOVE, True
    yield "owner/leased", Party.OWNER, True
    yield "owner/free", Party.OWNER, False
    if third is not None:
        yield "third/leased", third, True
        yield "third/free", third, False


def _looked_up(organization: Organization, at: datetime) -> tuple[dict[str, Terms], list[Grant], bool]:
    """
    Return the agreements of a moment whose terms differ from the default ones for an organization, the grants
    to it by which may be read then, whatever they are about, and whether any machine is sub-let then.
    """
    party = Jsonb([{"party": BY_KIND.get(organization.kind, "")}])
    asked = {"organization": organization.pk, "at": at, "party": party}
    found = prepared.rows(statement=SPECIAL, given=asked)
    terms = {f"a{key}": tables.holding(versions_of(rows), at) for own, key, rows in found if own}
    held = [key for own, key, _rows in found if own is False]
    grants = Grant.objects.filter(pk__in=held).select_related("agreement", "equipment").order_by("pk")
    chained = any(own is None for own, _key, _rows in found)
    return terms, [one for one in (grants if held else ()) if one.granted.holds(at)], chained


def _grants(given: Sequence[Grant], at: datetime) -> dict[str, dict[str, frozenset[Granted]]]:
    """Return what grants open of what is generated now, by where they are looked for."""
    found: dict[str, dict[str, set[Granted]]] = defaultdict(lambda: defaultdict(set))
    for one in given:
        if one.granted.generated.contains(at):
            place = f"a{one.agreement_id}" if one.agreement_id else f"m{one.equipment_id}"
            for by, key in _named(one, place):
                found[by][key].add(one.granted.opens)
    return {by: {key: frozenset(one) for key, one in groups.items()} for by, groups in found.items()}


def _named(grant: Grant, place: str) -> Iterator[tuple[str, str]]:
    """Yield by what a grant is looked for: its place, or the series there that it names."""
    if not grant.assets and not grant.channels:
        yield "", place
    for asset in grant.assets:
        yield "asset", f"{place}/{asset}"
    for channel in grant.channels:
        yield "channel", f"{place}/{channel}"
