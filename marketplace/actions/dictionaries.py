"""The platform makes a newer version of a category's dictionary; what was stated follows at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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
    User,
)
from marketplace.queries.dictionaries import newest
from marketplace.rules import dictionaries as rules
from marketplace.rules.categories import Field
from marketplace.rules.dictionaries import Edition
from marketplace.shared.errors import Invalid, NotPossible

AT_ONCE = 1000
HOLD = "SELECT FROM marketplace_category WHERE id = %s FOR KEY SHARE"


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
    :raises DictionaryInvalid: with every fault at its place
    :raises DictionaryChanged: if another version than ``expected`` is the newest
    """
    checks.require_platform(by=by, within=within)
    machines = Equipment.objects.filter(category=category)
    list(machines.locked().values_list("pk"))
    category = Category.objects.select_for_update().get(pk=category.pk)
    older = newest(category)
    if expected is not None and expected != older.number:
        raise DictionaryChanged(version=older.number, seen=expected)
    newer = Edition(older.number + 1, tuple(fields), dict(renamed))
    found = [*rules.flaws(older, newer), *rules.reason_flaws(reason)]
    if found:
        raise DictionaryInvalid(flaws=found)
    if older.number == rules.FIRST:
        _keep(category, older, at)
    who = {"made_by": by.public_id, "made_by_name": by.name}
    made = _keep(category, newer, at, reason=reason.strip(), **who)
    SpecField.objects.filter(category=category).delete()
    SpecField.objects.bulk_create(rows_of(category=category, fields=newer.fields))
    for held in (machines, Listing.objects.filter(category=category)):
        _carry(held, older, newer)
    offered = Listing.objects.offered().filter(category=category)
    search_documents.renew(listings=list(offered.values_list("pk", flat=True)), at=at, is_news=False)
    facts = {"version": newer.number, "reason": made.reason}
    audit.record(by=by, action="dictionary.make", subject=category.code, at=at, within=within, **facts)
    return made


def held(*, category: Category) -> Edition:
    """Return the newest version, which stays that until the transaction ends: a newer one waits."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [category.pk])
    return newest(category)


def _keep(category: Category, edition: Edition, at: datetime, **said: str) -> DictionaryVersion:
    return DictionaryVersion.objects.create(
        category=category,
        number=edition.number,
        fields=rules.document(edition.fields),
        renamed=dict(edition.renamed),
        made_at=at,
        **said,
    )


def _carry(held: object, older: Edition, newer: Edition) -> None:
    model = held.model  # type: ignore[attr-defined]
    moved = []
    for one in held.order_by("pk").select_for_update(of=("self",), no_key=True):  # type: ignore[attr-defined]
        values = rules.migrated(one.specs, older, newer)
        if values != one.specs:
            one.specs, one.version = values, one.version + 1
            moved.append(one)
    model.objects.bulk_update(moved, ["specs", "version"], batch_size=AT_ONCE)
