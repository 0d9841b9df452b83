"""The platform makes a newer version of a category's dictionary; what was stated follows at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from marketplace.actions import audit, checks, search_documents
from marketplace.actions.categories import rows_of
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    Category,
    DictionaryVersion,
    Equipment,
    Listing,
    Organization,
    SpecField,
    SpecStatement,
    User,
)
from marketplace.queries.dictionaries import first_codes, newest, newest_editions
from marketplace.rules import carrying
from marketplace.rules import dictionaries as rules
from marketplace.rules.categories import Field
from marketplace.rules.dictionaries import Edition
from marketplace.shared.errors import Invalid, NotPossible

AT_ONCE = 1000
MOST_AT_ONCE = 2000  # machines and offers that one transaction rewrites
HOLD = "SELECT FROM marketplace_category WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE"


class DictionaryInvalid(Invalid):
    """Something of a new version is wrong or missing; ``flaws`` say what, each at its place."""

    code = "dictionary_invalid"
    text = gettext_noop("The dictionary cannot become like this. Mend what is marked.")


class DictionaryChanged(NotPossible):
    """Somebody made a newer version since the caller read it."""

    status = 412
    code = "dictionary_changed"
    text = gettext_noop(
        "The dictionary has changed since you read it (version {version}, you saw {seen}). Read it again."
    )


class TooManyAtOnce(NotPossible):
    """What this would rewrite of machines and offers is more than one transaction may hold locked."""

    code = "dictionary_too_many"
    text = gettext_noop(
        "{count} machines and offers state something that this version renames, converts or retires; at most "
        "{most} are rewritten at once. Nothing was changed. Add fields under new codes and keep the old ones."
    )


@atomic
def make(
    *,
    category: Category,
    fields: Sequence[Field],
    renamed: Mapping[str, str],
    reason: str,
    expected: int | None,
    within: Organization,
    by: User,
    at: datetime,
) -> DictionaryVersion:
    """
    Make the next version of a dictionary for the platform (``within``); earlier ones stay as they are.

    What machines and their offers state is carried over by the rule: renamed, in the new unit, without what
    was retired. Statements that were made, and contracts, keep the words of their day.

    :raises MissingRight: if ``by`` may not record checks for the platform
    :raises DictionaryInvalid: with every fault at its place; also if a new unit would round what is stated,
        if what the software reads would be gone, or if it is a family, which has none
    :raises DictionaryChanged: if another version than ``expected`` is the newest
    :raises TooManyAtOnce: if it would rewrite more machines and offers than one request may
    """
    checks.require_platform(by=by, within=within)
    if category.parent_id is None:
        raise DictionaryInvalid(flaws=rules.family_flaws())
    seen = newest(category)
    newer = Edition(seen.number + 1, tuple(fields), dict(renamed))
    moved = carrying.rewritten(seen, newer)
    machines = Equipment.objects.filter(category=category, specs__has_any_keys=moved)
    offers = Listing.objects.filter(category=category, specs__has_any_keys=moved)
    if (count := machines.count() + offers.count()) > MOST_AT_ONCE:
        raise TooManyAtOnce(count=count, most=MOST_AT_ONCE)
    list(machines.locked().values_list("pk"))
    category = Category.objects.select_for_update().get(pk=category.pk)
    older = newest(category)
    told = seen.number if expected is None else expected
    if not older.number == seen.number == told:
        raise DictionaryChanged(version=older.number, seen=told)
    firsts = first_codes({category.code}).get(category.code, {})
    found = [*rules.flaws(older, newer, firsts), *rules.reason_flaws(reason)]
    if found:
        raise DictionaryInvalid(flaws=found)
    if older.number == rules.FIRST:
        _keep(category, older, at)
    who = {"made_by": by.public_id, "made_by_name": by.name}
    made = _keep(category, newer, at, reason=reason.strip(), **who)
    SpecField.objects.filter(category=category).delete()
    SpecField.objects.bulk_create(rows_of(category=category, fields=newer.fields))
    uneven: dict[str, list[str]] = {}
    _keep_as_registered(_carry(machines, older, newer, uneven))
    _found_by(category, [one.pk for one, _was in _carry(offers, older, newer, uneven)], at)
    if uneven:
        raise DictionaryInvalid(flaws=rules.rounding_flaws(newer, uneven))
    facts = {"version": newer.number, "reason": made.reason}
    audit.record(by=by, action="dictionary.make", subject=category.code, at=at, within=within, **facts)
    return made


def held(*, category: Category, expected: int | None = None) -> Edition:
    """
    Return the newest version, which stays that until the transaction ends: a newer one waits.

    :raises DictionaryChanged: if another version than ``expected`` is the newest
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [[category.pk]])
    edition = newest(category)
    if expected is not None and expected != edition.number:
        raise DictionaryChanged(version=edition.number, seen=expected)
    return edition


def held_by_code(*, codes: Collection[str]) -> dict[str, Edition]:
    """Return the newest versions of categories, by code, which stay that until the transaction ends."""
    keys = dict(Category.objects.filter(code__in=codes).values_list("code", "pk"))
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted(keys.values())])
    return newest_editions(codes)


def _keep(category: Category, edition: Edition, at: datetime, **said: str) -> DictionaryVersion:
    return DictionaryVersion.objects.create(
        category=category,
        number=edition.number,
        fields=rules.document(edition.fields),
        renamed=dict(edition.renamed),
        made_at=at,
        **said,
    )


def _carry(
    held: Any, older: Edition, newer: Edition, uneven: dict[str, list[str]]
) -> list[tuple[Any, dict[str, Any]]]:
    """Rewrite what machines or offers state; return them with what they stated. Note what is uneven."""
    moved = []
    for one in held.order_by("pk").select_for_update(of=("self",), no_key=True):
        carried = carrying.migrated(one.specs, older, newer)
        for code, said in carried.uneven.items():
            uneven.setdefault(code, []).append(said)
        if carried.values != one.specs:
            moved.append((one, one.specs))
            one.specs, one.version = dict(carried.values), one.version + 1
    held.model.objects.bulk_update([one for one, _was in moved], ["specs", "version"], batch_size=AT_ONCE)
    return moved


def _keep_as_registered(moved: Sequence[tuple[Equipment, dict[str, Any]]]) -> None:
    """Keep the words in which machines were registered before statements were kept."""
    said = set(SpecStatement.objects.filter(equipment__in=[one for one, _ in moved]).values_list("equipment"))
    SpecStatement.objects.bulk_create(
        [
            SpecStatement(
                equipment=one,
                number=1,
                dictionary_version=one.dictionary_version,
                values=was,
                stated_at=one.created_at,
            )
            for one, was in moved
            if (one.pk,) not in said
        ],
        batch_size=AT_ONCE,
    )


def _found_by(category: Category, rewritten: Sequence[int], at: datetime) -> None:
    """Make anew what offers are found by: what was rewritten now, many others within the next minutes."""
    offered = Listing.objects.offered().filter(category=category)
    if offered.count() <= MOST_AT_ONCE:
        rewritten = list(offered.values_list("pk", flat=True))
    else:
        search_documents.age(category=category, at=at)
    search_documents.renew(listings=rewritten, at=at, is_news=False)
