"""
Versions of a category's specification dictionary: what one added, renamed, changed or retired, and what then
becomes of values that were stated before.

The first version is the one that comes with the software. A version never changes; a newer one follows it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import field as having
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marketplace.rules.categories import BOOL, CHOICE, NUMBER, Field
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.units import convertible, lookalike
from marketplace.shared.errors import Flaw

FIRST = 1
MOST_FIELDS = 60
MOST_WORDS = 300
READ = {"axes": NUMBER, "gmp": BOOL}  # by the search, and by what is asked of leases: code as it came, kind
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

TEXTS = {
    "no_fields": gettext_noop("A dictionary has from 1 to {most} fields."),
    "not_a_name": gettext_noop(
        "Use a name of up to 40 small letters, digits and underscores that starts with a letter."
    ),
    "code_twice": gettext_noop("“{code}” stands there twice."),
    "unit_without_number": gettext_noop("Only a number has a unit and bounds."),
    "bounds_crossed": gettext_noop("The least is above the most."),
    "choices_missing": gettext_noop("Name at least two different choices."),
    "choices_not_needed": gettext_noop("Only a choice has choices."),
    "kind_changed": gettext_noop("“{code}” is of another kind. Retire it, and add one with another code."),
    "unit_not_convertible": gettext_noop("What is stated in {old} cannot be converted to {new}."),
    "unit_spelling": gettext_noop("This unit is written “{unit}” here."),
    "would_round": gettext_noop(
        "{count} machines and offers state what does not come out even in {new}, such as {example}. Keep the "
        "unit, or add a field with another code."
    ),
    "renamed_unknown": gettext_noop("There was no field “{code}”, or it stays."),
    "renamed_to_nothing": gettext_noop("There is no field “{code}”, or it was there before."),
    "code_of_another": gettext_noop(
        "“{code}” is how “{other}” was called when it came, and how it is still found. Use another code."
    ),
    "read_by_software": gettext_noop(
        "The software itself reads “{code}”. It may get another name and code, but stays."
    ),
    "kind_read": gettext_noop(
        "The software itself reads “{code}”, as a value of another kind. Use another code."
    ),
    "no_dictionary": gettext_noop("A family has no dictionary; its kinds of machines have."),
    "nothing_changed": gettext_noop("This is what the dictionary says already."),
    "unknown_spec": gettext_noop("This kind of machine has no property “{field}”."),
    "reason_missing": gettext_noop("Say in up to {most} characters why."),
}


class Source(StrEnum):
    """Where a value was read."""

    NAMEPLATE = "NAMEPLATE"
    MEASURED = "MEASURED"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a dictionary; ``renamed`` says which codes of the one before are called what now."""

    number: int
    fields: tuple[Field, ...]
    renamed: Mapping[str, str] = having(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a version did, by codes."""

    added: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


def difference(older: Edition, newer: Edition) -> Difference:
    """Return what the newer of two neighbours added, renamed, changed and retired."""
    before, now = by_code(older.fields), by_code(newer.fields)
    stays = {code: newer.renamed.get(code, code) for code in before}
    return Difference(
        added=tuple(code for code in now if code not in stays.values()),
        renamed=tuple(sorted(newer.renamed.items())),
        changed=tuple(
            new for old, new in stays.items() if new in now and _plain(before[old]) != _plain(now[new])
        ),
        retired=tuple(old for old, new in stays.items() if new not in now),
    )


def flaws(older: Edition, newer: Edition, first_codes: Mapping[str, str] | None = None) -> list[Flaw]:
    """
    Return what is wrong with a new version, each at its place in ``fields`` or ``renamed``.

    ``first_codes`` say how fields of the older one were called when they came, of those that were renamed.
    """
    if not 1 <= len(newer.fields) <= MOST_FIELDS:
        return [_flaw("/fields", "no_fields", most=MOST_FIELDS)]
    before, now = by_code(older.fields), by_code(newer.fields)
    found = _renamed_flaws(before, now, newer.renamed)
    origin = {new: old for old, new in newer.renamed.items()}
    seen: set[str] = set()
    for place, each in enumerate(newer.fields):
        at = f"/fields/{place}"
        if each.code in seen:
            found.append(_flaw(f"{at}/code", "code_twice", code=each.code))
        seen.add(each.code)
        found += _field_flaws(at, each)
        if was := before.get(origin.get(each.code, each.code)):
            found += _moved_flaws(at, was, each)
    found += _read_flaws(older, newer, first_codes or {})
    if not found and difference(older, newer) == Difference() and _order(older) == _order(newer):
        found.append(_flaw("/fields", "nothing_changed"))
    return found


def family_flaws() -> list[Flaw]:
    """Return what is wrong with a version for a family of categories."""
    return [_flaw("/fields", "no_dictionary")]


def rounding_flaws(newer: Edition, uneven: Mapping[str, Collection[str]]) -> list[Flaw]:
    """Return a flaw for each field whose new unit would round what is stated: ``uneven``, by new code."""
    return [
        _flaw(
            f"/fields/{place}/unit",
            "would_round",
            count=len(uneven[each.code]),
            new=each.unit or "",
            example=next(iter(uneven[each.code])),
        )
        for place, each in enumerate(newer.fields)
        if uneven.get(each.code)
    ]


def reason_flaws(reason: str) -> list[Flaw]:
    """Return what is wrong with why a version was made."""
    return (
        [] if 0 < len(reason.strip()) <= MOST_WORDS else [_flaw("/reason", "reason_missing", most=MOST_WORDS)]
    )


def source_flaws(sources: Mapping[str, str | None], codes: Iterable[str]) -> list[Flaw]:
    """Return a flaw for each source of what the dictionary does not have, below ``sources``."""
    known = set(codes)
    return [_flaw(f"/sources/{code}", "unknown_spec", field=code) for code in sources if code not in known]


def document(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return fields as they are kept: numbers as text, without zeros that say nothing."""
    return [
        asdict(each)
        | {
            "choices": list(each.choices),
            "minimum": _text(each.minimum),
            "maximum": _text(each.maximum),
        }
        for each in fields
    ]


def _renamed_flaws(
    before: Mapping[str, Field], now: Mapping[str, Field], renamed: Mapping[str, str]
) -> list[Flaw]:
    found = []
    for old, new in renamed.items():
        if old not in before or old in now:
            found.append(_flaw(f"/renamed/{old}", "renamed_unknown", code=old))
        elif new not in now or new in before or list(renamed.values()).count(new) > 1:
            found.append(_flaw(f"/renamed/{old}", "renamed_to_nothing", code=new))
    return found


def _field_flaws(at: str, each: Field) -> list[Flaw]:
    found = [] if NAME.fullmatch(each.code) else [_flaw(f"{at}/code", "not_a_name")]
    if each.kind != NUMBER and (each.unit or each.minimum is not None or each.maximum is not None):
        found.append(_flaw(f"{at}/unit", "unit_without_number"))
    if meant := lookalike(each.unit or ""):
        found.append(_flaw(f"{at}/unit", "unit_spelling", unit=meant))
    if each.minimum is not None and each.maximum is not None and each.minimum > each.maximum:
        found.append(_flaw(f"{at}/minimum", "bounds_crossed"))
    if each.kind == CHOICE and not 2 <= len(each.choices) == len(set(each.choices)):
        found.append(_flaw(f"{at}/choices", "choices_missing"))
    if each.kind != CHOICE and each.choices:
        found.append(_flaw(f"{at}/choices", "choices_not_needed"))
    return found


def _read_flaws(older: Edition, newer: Edition, first_codes: Mapping[str, str]) -> list[Flaw]:
    """Return what would mislead those who know fields by the codes with which they came."""
    before, now = by_code(older.fields), by_code(newer.fields)
    firsts = {newer.renamed.get(old, old): first_codes.get(old, old) for old in before}
    found = [
        _flaw("/fields", "read_by_software", code=new)
        for new, first in firsts.items()
        if first in READ and new not in now
    ]
    owners = {first: new for new, first in firsts.items() if new in now}
    for place, each in enumerate(newer.fields):
        other = owners.get(each.code, each.code)
        if other != each.code and each.code not in newer.renamed:
            found.append(_flaw(f"/fields/{place}/code", "code_of_another", code=each.code, other=other))
        elif each.code not in firsts and READ.get(each.code, each.kind) != each.kind:
            found.append(_flaw(f"/fields/{place}/kind", "kind_read", code=each.code))
    return found


def _moved_flaws(at: str, was: Field, each: Field) -> list[Flaw]:
    if was.kind != each.kind:
        return [_flaw(f"{at}/kind", "kind_changed", code=each.code)]
    if not convertible(was.unit, each.unit) and not lookalike(each.unit or ""):
        return [
            _flaw(f"{at}/unit", "unit_not_convertible", old=was.unit or "—", new=each.unit or "—"),
        ]
    return []


def by_code(fields: Sequence[Field]) -> dict[str, Field]:
    """Return fields by their codes."""
    return {each.code: each for each in fields}


def _text(end: Decimal | None) -> str | None:
    return None if end is None else f"{end.normalize():f}"


def _plain(each: Field) -> Field:
    return replace(each, version=0, code="")


def _order(edition: Edition) -> list[str]:
    return [each.code for each in edition.fields]


def _flaw(pointer: str, wrong: str, /, **facts: Any) -> Flaw:
    return Flaw(pointer, wrong, TEXTS[wrong], facts)
