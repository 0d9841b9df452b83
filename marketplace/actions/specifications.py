"""The owner of a machine states its specifications anew; what was stated before stays in its history."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from marketplace.actions import audit, dictionaries, search_documents
from marketplace.actions.equipment import BadSpecs
from marketplace.gateway.transactions import atomic
from marketplace.models import Equipment, Listing, SpecStatement, User
from marketplace.permissions import Permission, require
from marketplace.queries.dictionaries import editions, last_followed
from marketplace.rules import dictionaries as rules
from marketplace.rules import specs as spec_rules
from marketplace.shared.errors import NotPossible


class EquipmentChanged(NotPossible):
    """Somebody changed the machine since the caller read it."""

    status = 412
    code = "equipment_changed"
    text = gettext_noop(
        "The machine has changed since you read it (version {version}, you saw {seen}). Read it again."
    )


class NothingStated(NotPossible):
    """What is stated is what stands there, with the same version of the dictionary."""

    code = "nothing_stated"
    text = gettext_noop("Nothing of this is new: the machine says it already.")


@atomic
def specify(
    *,
    equipment: Equipment,
    specs: Mapping[str, Any],
    sources: Mapping[str, str | None],
    by: User,
    at: datetime,
    note: str = "",
    expected: int | None = None,
    dictionary: int | None = None,
) -> Equipment:
    """
    State specifications of a machine: those named replace what was stated, empty ones are taken away.

    What is new is checked against the newest dictionary and kept in its units; what is named as it stands
    stays, though a newer dictionary would refuse it. Offers whose first machine this is show them, and are
    found by them. Agreements name no specification: each statement stays with its day in the history, and
    running leases are asked for batch records by the one of the day they were promised. ``sources`` say where
    a value was read, an empty one takes that away; ``expected`` is the version of the machine, ``dictionary``
    that of the dictionary that the caller saw: without a unit a number is meant in it. A field that must be
    stated and is not refuses no statement that does not name it.

    :raises MissingRight: if ``by`` may not edit equipment of its owner
    :raises EquipmentChanged: if another version than ``expected`` stands there
    :raises DictionaryChanged: if another version of the dictionary than ``dictionary`` is the newest
    :raises BadSpecs: with one flaw per field, below ``specs`` or ``sources``
    :raises NothingStated: if nothing of it is new
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    machine = Equipment.objects.locked().select_related("owner", "category").get(pk=equipment.pk)
    if expected is not None and machine.version != expected:
        raise EquipmentChanged(version=machine.version, seen=expected)
    edition = dictionaries.held(category=machine.category, expected=dictionary)
    values = _checked(edition, machine, specs, sources)
    last = SpecStatement.objects.filter(equipment=machine).first() or _as_registered(machine)
    stood = last_followed(machine, editions(machine.category))
    kept = {code: source for code, source in stood.sources.items() if stood.values[code] == values.get(code)}
    said = {code: source for code, source in {**kept, **sources}.items() if source and code in values}
    if (values, said, edition.number) == (machine.specs, stood.sources, machine.dictionary_version):
        raise NothingStated
    _state(machine, last.number + 1, edition.number, values, said, at, note=note.strip(), by=by)
    machine.specs, machine.dictionary_version = values, edition.number
    machine.version += 1
    machine.save(update_fields=["specs", "dictionary_version", "version"])
    _follow(machine, at)
    facts = {"dictionary_version": edition.number, "statement": last.number + 1}
    audit.record(
        by=by, action="equipment.specify", subject=machine.public_id, at=at, within=machine.owner, **facts
    )
    return machine


def _checked(
    edition: rules.Edition, machine: Equipment, specs: Mapping[str, Any], sources: Mapping[str, str | None]
) -> dict[str, Any]:
    wrong = rules.source_flaws(sources, (each.code for each in edition.fields))
    if wrong:
        raise BadSpecs(flaws=wrong)
    values, flaws = spec_rules.stated(edition.fields, machine.specs, specs)
    if flaws:
        raise BadSpecs(flaws=[replace(each, pointer=f"/specs{each.pointer}") for each in flaws])
    return values


def _as_registered(machine: Equipment) -> SpecStatement:
    """Keep what stood there before statements were kept: by whom is not known any more."""
    return _state(
        machine, 1, machine.dictionary_version, machine.specs, {}, machine.created_at, note="", by=None
    )


def _state(
    machine: Equipment,
    number: int,
    version: int,
    values: Mapping[str, Any],
    sources: Mapping[str, str],
    at: datetime,
    *,
    note: str,
    by: User | None,
) -> SpecStatement:
    return SpecStatement.objects.create(
        equipment=machine,
        number=number,
        dictionary_version=version,
        values=dict(values),
        sources=dict(sources),
        note=note,
        stated_by=by.public_id if by else "",
        stated_by_name=by.name if by else "",
        stated_at=at,
    )


def _follow(machine: Equipment, at: datetime) -> None:
    """Let the offers that show this machine's specifications show the new ones, and be found by them."""
    named = Listing.objects.filter(units__equipment=machine).order_by("pk").distinct().values_list("pk")
    for listing in Listing.objects.filter(pk__in=named).order_by("pk").select_for_update(no_key=True):
        first = listing.units.order_by("pk").first()
        if first is None or first.equipment_id != machine.pk:
            continue
        listing.specs = machine.specs
        listing.version += 1
        listing.save(update_fields=["specs", "version"])
        search_documents.renew(listings=[listing.pk], at=at)
