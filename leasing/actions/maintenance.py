"""
Maintenance of machines: rules, the tickets that fall due by them, their times, and what was done.

Machines are locked first, then the ticket. Outside of leases a ticket takes the next free time of the machine
as a claim, through the one writer of claims; a lease is never broken: within it a time is proposed to both.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from leasing.actions.maintenance_meters import counted_by
from leasing.actions.maintenance_times import (
    MaintenanceInvalid,
    change,
    leave_time,
    lock,
    needs_time,
    place,
    require_side,
    tell,
)
from leasing.models import MaintenanceRule, MaintenanceTicket
from leasing.queries.maintenance import counter_of, last_done, standing
from leasing.rules.maintenance import METERED, Rhythm, Status, Who, done_flaws, rule_flaws
from marketplace.actions import audit, claims
from marketplace.gateway.transactions import atomic
from marketplace.models import Category, Equipment, Organization, User
from marketplace.permissions import MissingRight, Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotPossible


class NotCounted(NotPossible):
    """A rule by hours or cycles needs a machine that tells them."""

    code = "maintenance_not_counted"
    text = gettext_noop(
        "The listing of {machine} counts no such thing. Make a rule by days or months, or add the count rule."
    )


MACHINE_OR_CATEGORY = gettext_noop("Name a machine or a category, one of the two.")


@dataclass(frozen=True)
class Wanted:
    """A rule to make: for one machine, or for a category; see ``MaintenanceRule`` for the units."""

    what: str
    rhythm: Rhythm
    duration_minutes: int
    equipment: Equipment | None = None
    category: Category | None = None
    already: Decimal = Decimal(0)
    who: Who = Who.LESSOR


@atomic
def make_rule(*, wanted: Wanted, within: Organization, by: User, at: datetime) -> MaintenanceRule:
    """
    Say what is to be done how often to a machine of ``within``, or to all its machines of a category.

    Hours and cycles are counted from ``at`` on, by the count rule of the machine's listing.

    :raises MissingRight: if ``by`` may not edit machines of ``within``, or the machine is another's
    :raises MaintenanceInvalid: with every fault at its field
    :raises NotCounted: if a rule by hours or cycles is for a machine whose listing counts none
    """
    require(by, Permission.EQUIPMENT_EDIT, within=within)
    machine = wanted.equipment
    if machine is not None and machine.owner_id != within.pk:
        raise MissingRight(organization=within.name)
    flaws = rule_flaws(
        wanted.rhythm, what=wanted.what, minutes=wanted.duration_minutes, already=wanted.already
    )
    if flaws:
        raise MaintenanceInvalid(flaws=flaws)
    basis = wanted.rhythm.basis
    if machine is not None and basis in METERED and counted_by(equipment=machine, basis=basis) is None:
        raise NotCounted(machine=machine.name)
    made = MaintenanceRule.objects.create(
        owner=within,
        equipment=machine,
        category=None if machine else wanted.category,
        what=wanted.what.strip(),
        basis=basis,
        interval=wanted.rhythm.interval,
        warn_before=wanted.rhythm.warn,
        already=wanted.already,
        duration_minutes=wanted.duration_minutes,
        who=wanted.who,
        created_at=at,
    )
    audit.record(by=by, action="maintenance.rule", subject=made.public_id, at=at, within=within)
    return made


@atomic
def retire_rule(*, rule: MaintenanceRule, by: User, at: datetime) -> MaintenanceRule:
    """
    Let a rule hold no more. Twice is once.

    What is open by it the clock withdraws, machine by machine (:func:`attend`): a category may have
    thousands.

    :raises MissingRight: if ``by`` may not edit machines of the owner
    """
    require(by, Permission.EQUIPMENT_EDIT, within=rule.owner)
    rule = MaintenanceRule.objects.select_for_update(of=("self",), no_key=True).get(pk=rule.pk)
    if rule.retired_at is not None:
        return rule
    rule.retired_at = at
    rule.save(update_fields=["retired_at"])
    audit.record(by=by, action="maintenance.retire", subject=rule.public_id, at=at, within=rule.owner)
    return rule


@atomic
def attend(
    *, rule: MaintenanceRule, equipment: Equipment, by: User, at: datetime
) -> MaintenanceTicket | None:
    """
    Do what the clock owes a machine by a rule: open a ticket when it comes near, and give it a time.

    A second run opens nothing more: one ticket is open at a time. It gets another time where it has none any
    more, or one that no longer fits who has the machine. What is open by a retired rule is withdrawn, and its
    time given back.

    :raises MissingRight: if ``by`` is not the clock
    """
    if not by.is_robot:
        raise MissingRight(organization=rule.owner.name)
    claims.lock(equipment=[equipment])
    ticket = MaintenanceTicket.objects.open().filter(rule=rule, equipment=equipment).with_sides().first()
    if not MaintenanceRule.objects.active().filter(pk=rule.pk).exists():
        _withdraw(ticket, by, at)
        return None
    if ticket is None:
        ticket = _open(rule, equipment, at)
        return None if ticket is None else place(ticket=ticket, by=by, at=at)
    if not needs_time(ticket=ticket, at=at):
        return ticket
    leave_time(ticket=ticket, by=by, at=at)
    return place(ticket=ticket, by=by, at=at)


def _withdraw(ticket: MaintenanceTicket | None, by: User, at: datetime) -> None:
    if ticket is not None:
        leave_time(ticket=ticket, by=by, at=at)
        change(ticket=ticket, status=Status.WITHDRAWN)


def _open(rule: MaintenanceRule, equipment: Equipment, at: datetime) -> MaintenanceTicket | None:
    """Open the next ticket if it is near; where somebody was faster, nothing."""
    now = standing(rule, equipment, at)
    if not now.near:
        return None
    number = MaintenanceTicket.objects.filter(rule=rule, equipment=equipment).count() + 1
    return _insert(rule, equipment, number, now.due_at, at)


def _insert(
    rule: MaintenanceRule, equipment: Equipment, number: int, due_at: datetime | None, at: datetime
) -> MaintenanceTicket | None:
    try:
        with transaction.atomic():
            return MaintenanceTicket.objects.create(
                rule=rule,
                equipment=equipment,
                number=number,
                status=Status.OPEN,
                due_at=due_at,
                opened_at=at,
            )
    except IntegrityError:
        return None


@atomic
def done(
    *,
    ticket: MaintenanceTicket,
    done_at: datetime,
    within: Organization,
    by: User,
    at: datetime,
    note: str = "",
) -> MaintenanceTicket:
    """
    Record that a maintenance was done; the next is counted from ``done_at``, and from what the machine had
    done as far as it was read. What is left of its claim is given back.

    The owner records it, or the lessee that has the machine where the rule says that it does it.

    :raises MissingRight: if ``within`` is neither, or ``by`` may not operate there
    :raises MaintenanceInvalid: if the moment is to come or not behind the last one, or the note is too long
    :raises MaintenanceOver: if it is done or withdrawn
    """
    _require_doer(ticket, within, by)
    ticket = lock(ticket=ticket)
    last = last_done(ticket.rule, ticket.equipment)
    flaws = done_flaws(done_at=done_at, last=last.at, note=note, at=at)
    if flaws:
        raise MaintenanceInvalid(flaws=flaws)
    if ticket.claim is not None:
        ticket.claim = claims.release(claim=ticket.claim, by=by, at=at, ends_at=done_at)
    counter = counter_of(ticket.rule, ticket.equipment)
    made = change(
        ticket=ticket,
        status=Status.DONE,
        done_at=done_at,
        counter=Decimal(0) if counter is None else counter,
        note=note.strip(),
        done_by=by.name,
    )
    audit.record(by=by, action="maintenance.done", subject=made.public_id, at=at, within=within)
    others = [made.equipment.owner, *([made.lease.lessee] if made.lease else [])]
    told = [one for one in others if one != within]
    tell(ticket=made, kind=Kind.MAINTENANCE_DONE, to=told, who=within.name, at=at)
    return made


def _require_doer(ticket: MaintenanceTicket, within: Organization, by: User) -> None:
    if within == ticket.equipment.owner:
        return require(by, Permission.EQUIPMENT_EDIT, within=within)
    if ticket.rule.who != Who.LESSEE:
        raise MissingRight(organization=within.name)
    return require_side(ticket=ticket, within=within, by=by)
