"""
An owner sets a machine aside, has it refurbished and puts it back into service, or scraps it.

Whatever was done is kept with the machine: its next listing shows it.
"""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from marketplace.actions import audit, events
from marketplace.actions.listings import MachineListed, MachineOutOfService, MachineRetired
from marketplace.gateway.transactions import atomic
from marketplace.models import (
    Claim,
    Equipment,
    ListingUnit,
    Refurbishment,
    RefurbishmentEntry,
    Scrapping,
    User,
)
from marketplace.permissions import Permission, require
from marketplace.rules import second_life as rules
from marketplace.rules.event_types import EventType
from marketplace.rules.second_life import MOST_ENTRIES, Entry, Finish, Life, Step, Why
from marketplace.rules.second_life import Scrapping as Scrapped
from marketplace.shared.errors import Flaw, Invalid, NotPossible

OF_OTHERS = [Claim.Reason.LEASE, Claim.Reason.SLOT, Claim.Reason.OVERDUE]
PUBLISHED = {
    Step.SET_ASIDE: EventType.EQUIPMENT_SET_ASIDE,
    Step.FINISH: EventType.EQUIPMENT_REFURBISHED,
    Step.SCRAP: EventType.EQUIPMENT_SCRAPPED,
}


class LifeInvalid(Invalid):
    """Something of what is written down is wrong or missing; ``flaws`` say what, each at its field."""

    code = "second_life_invalid"
    text = gettext_noop("This cannot be kept like this. Mend what is marked.")


class LifeMoved(NotPossible):
    """The machine does not stand where this step begins."""

    code = "second_life_moved"
    text = gettext_noop("This cannot be done now: the machine is “{status}”. Reload the page.")


class MachineNotFree(NotPossible):
    """Somebody else has or will have the machine."""

    code = "machine_not_free"
    text = gettext_noop("{machine} is let, or booked: see its calendar. It is set aside when nobody has it.")


class TooManyEntries(NotPossible):
    """A history is read by people."""

    code = "too_many_entries"
    text = gettext_noop("A refurbishment has at most {most} entries.")


@atomic
def set_aside(*, equipment: Equipment, reason: str, by: User, at: datetime) -> Equipment:
    """
    Take a machine out of service for a time, or before it is scrapped.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises LifeInvalid: if no reason is given
    :raises MachineRetired: if it was lost or sold
    :raises LifeMoved: if it is not in service
    :raises MachineListed: if it stands in a listing
    :raises MachineNotFree: if others have it, or will
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    _refuse(rules.reason_flaws(reason))
    machine = _stepped(equipment, Step.SET_ASIDE)
    if ListingUnit.objects.filter(equipment=machine).exists():
        raise MachineListed(machine=machine.name)
    if Claim.objects.active().filter(equipment=machine, reason__in=OF_OTHERS).overlapping(at, None).exists():
        raise MachineNotFree(machine=machine.name)
    machine.retirement, machine.retired_why = Why.SET_ASIDE.value, reason.strip()
    return _keep(machine, Step.SET_ASIDE, by, at)


@atomic
def put_back(*, equipment: Equipment, by: User, at: datetime) -> Equipment:
    """
    Put a machine that was set aside back into service, as it is.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises MachineRetired: if it was lost or sold
    :raises LifeMoved: if it is not set aside
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    machine = _stepped(equipment, Step.PUT_BACK)
    return _keep(machine, Step.PUT_BACK, by, at)


@atomic
def begin(*, equipment: Equipment, by: User, at: datetime) -> Refurbishment:
    """
    Begin to refurbish a machine that was set aside.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises MachineRetired: if it was lost or sold
    :raises LifeMoved: if it is not set aside
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    machine = _keep(_stepped(equipment, Step.REFURBISH), Step.REFURBISH, by, at)
    who = {"begun_by": by.public_id, "begun_by_name": by.name}
    return Refurbishment.objects.create(equipment=machine, begun_at=at, **who)


@atomic
def add_entry(*, equipment: Equipment, given: Entry, by: User, at: datetime, on: date) -> RefurbishmentEntry:
    """
    Write down what was done to a machine that is being refurbished, for good; ``on`` is the local day.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises LifeInvalid: with every fault at its field
    :raises LifeMoved: if it is not being refurbished
    :raises TooManyEntries: if it has a hundred
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    _refuse(rules.entry_flaws(given, on=on))
    machine, found = _under_way(equipment)
    if found.entries.count() >= MOST_ENTRIES:
        raise TooManyEntries(most=MOST_ENTRIES)
    made = RefurbishmentEntry.objects.create(
        refurbishment=found,
        kind=given.kind.value,
        what=given.what.strip(),
        part=given.part.strip(),
        done_by=given.done_by.strip(),
        done_on=given.done_on,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
    )
    facts = {"entry": made.public_id, "kind": made.kind}
    audit.record(
        by=by, action="refurbishment.entry", subject=found.public_id, at=at, within=machine.owner, **facts
    )
    return made


@atomic
def finish(*, equipment: Equipment, given: Finish, by: User, at: datetime) -> Refurbishment:
    """
    End a refurbishment with a test run, the hours of the machine and a grade: it is in service again.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises LifeInvalid: with every fault at its field; hours do not become fewer
    :raises LifeMoved: if it is not being refurbished
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    machine, found = _under_way(equipment)
    earlier = Refurbishment.objects.done().filter(equipment=machine).first()
    _refuse(rules.finish_flaws(given, before=earlier.hours if earlier else None))
    found.workshop, found.hours = given.workshop.strip(), given.hours
    found.test_run, found.grade = given.test_run.strip(), given.grade.value
    _end(found, Refurbishment.Outcome.DONE, by, at)
    _keep(_stepped(machine, Step.FINISH), Step.FINISH, by, at)
    return found


@atomic
def give_up(*, equipment: Equipment, by: User, at: datetime) -> Refurbishment:
    """
    End a refurbishment that came to nothing: the machine is set aside as before.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises LifeMoved: if it is not being refurbished
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    machine, found = _under_way(equipment)
    _end(found, Refurbishment.Outcome.GIVEN_UP, by, at)
    _keep(_stepped(machine, Step.GIVE_UP), Step.GIVE_UP, by, at)
    return found


@atomic
def scrap(*, equipment: Equipment, given: Scrapped, by: User, at: datetime, on: date) -> Scrapping:
    """
    Scrap a machine that was set aside, with the recycler and its certificate; it never comes back.

    :raises MissingRight: if ``by`` may not edit equipment of the owner
    :raises LifeInvalid: with every fault at its field
    :raises MachineRetired: if it was lost or sold
    :raises LifeMoved: if it is not set aside
    """
    require(by, Permission.EQUIPMENT_EDIT, within=equipment.owner)
    _refuse(rules.scrapping_flaws(given, on=on))
    machine = _keep(_stepped(equipment, Step.SCRAP), Step.SCRAP, by, at)
    return Scrapping.objects.create(
        equipment=machine,
        recycler=given.recycler.strip(),
        certificate=given.certificate.strip(),
        scrapped_on=given.scrapped_on,
        recorded_by=by.public_id,
        recorded_by_name=by.name,
        recorded_at=at,
    )


def check_let(*, equipment: Equipment) -> None:
    """
    Let a machine be let if it is in service; its row is locked, so setting it aside waits or is seen.

    :raises MachineOutOfService: if it is set aside, being refurbished, scrapped, lost or sold
    """
    if not Equipment.objects.filter(pk=equipment.pk, status=Equipment.Status.IN_SERVICE).exists():
        raise MachineOutOfService(machine=equipment.name)


def _stepped(equipment: Equipment, step: Step) -> Equipment:
    """Lock the machine, and return it as it is after a step; it is not kept yet."""
    machine = Equipment.objects.locked().select_related("owner").get(pk=equipment.pk)
    why = Why(machine.retirement) if machine.retirement else None
    if why is Why.GONE:
        raise MachineRetired(machine=machine.name)
    to = rules.leads_to(Life(machine.status), step, why)
    if to is None:
        raise LifeMoved(status=machine.get_status_display())
    machine.status = to.value
    return machine


def _under_way(equipment: Equipment) -> tuple[Equipment, Refurbishment]:
    """Lock the machine, and return it with what is under way."""
    machine = Equipment.objects.locked().select_related("owner").get(pk=equipment.pk)
    found = Refurbishment.objects.open().filter(equipment=machine).first()
    if found is None:
        raise LifeMoved(status=machine.get_status_display())
    return machine, found


def _keep(machine: Equipment, step: Step, by: User, at: datetime) -> Equipment:
    if machine.status == Life.IN_SERVICE:
        machine.retirement = machine.retired_why = ""
    machine.version += 1
    machine.save(update_fields=["status", "retirement", "retired_why", "version"])
    act = f"equipment.{step.lower()}"
    audit.record(by=by, action=act, subject=machine.public_id, at=at, within=machine.owner)
    if step in PUBLISHED:
        events.publish(type=PUBLISHED[step], object=machine.public_id, to=[machine.owner], at=at)
    return machine


def _end(found: Refurbishment, outcome: Refurbishment.Outcome, by: User, at: datetime) -> None:
    found.outcome, found.finished_at = outcome, at
    found.finished_by, found.finished_by_name = by.public_id, by.name
    found.save()


def _refuse(flaws: list[Flaw]) -> None:
    if flaws:
        raise LifeInvalid(flaws=flaws)
