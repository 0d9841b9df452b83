"""The facts of a settlement as leasing recorded them, and what is still open before one."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from leasing.models import (
    DamageClaim,
    Deposit,
    DowntimeCredit,
    FinanceInstalment,
    Lease,
    LeaseUnit,
    Suspension,
    Ticket,
    Transition,
)
from leasing.rules import damage, tickets
from leasing.rules.leases import RUNNING, UNSETTLED, Move
from leasing.rules.settlements import Fact, Held, Kind, Open, percent

OVER = (LeaseUnit.State.READY, LeaseUnit.State.GONE)
TICKETS = {tickets.Attribution.PROPOSED: "ticket_proposed", tickets.Attribution.CONTESTED: "ticket_contested"}
SOLVED = tickets.Status.SOLVED
FEES = (Move.GIVE_NOTICE, Move.END)
BROKEN_OFF = (Move.TERMINATE, Move.LOSE)


def facts_of(lease: Lease) -> list[Fact]:
    """Return what is owed or given beside the rent, in the order in which it was recorded."""
    steps = list(Transition.objects.filter(lease=lease).order_by("position"))
    found = [fact for step in steps if (fact := _of_step(step)) is not None]
    found += _of_schedule(lease)
    claims = DamageClaim.objects.filter(lease=lease, state__in=sorted(damage.AWARDED)).order_by("number")
    found += [_of_claim(one) for one in claims if one.awarded_minor]
    found += [_of_credit(one) for one in DowntimeCredit.objects.filter(lease=lease).order_by("pk")]
    stops = Suspension.objects.filter(lease=lease).order_by("started_at")
    found += [fact for one in stops for fact in _of_suspension(one)]
    units = lease.units.exclude(state=LeaseUnit.State.GONE).select_related("equipment").order_by("pk")
    made = {step.facts["unit"]: step.occurred_at for step in steps if step.move == Move.READY}
    return found + [fact for one in units if (fact := _of_unit(one, lease, made)) is not None]


def held_of(lease: Lease) -> Held:
    """Return what is still held of the deposit."""
    found = Deposit.objects.filter(lease=lease).first()
    return Held() if found is None else Held(found.public_id, found.held_minor)


def open_before_settlement(lease: Lease, at: datetime) -> list[Open]:
    """
    Return what must be over before a lease is settled, each thing at its item.

    A machine that came back and was not inspected in time, or not made ready in time, keeps nothing open.
    """
    units = lease.units.exclude(Q(state__in=OVER) | Q(inspect_by__lte=at) | Q(ready_by__lte=at))
    found = [_of_open(one, lease) for one in units.select_related("equipment").order_by("pk")]
    claims = DamageClaim.objects.filter(lease=lease).open().order_by("number")
    found += [
        Open(f"/damage_claims/{one.public_id}", "damage_open", {"number": str(one.number)}) for one in claims
    ]
    return found + [_of_ticket(one) for one in _undecided(lease)]


def _undecided(lease: Lease) -> list[Ticket]:
    """Return the standstills that somebody still works on or argues about."""
    stands = Ticket.objects.filter(lease=lease, severity=tickets.Severity.DOWN).with_sides()
    stands = stands.exclude(status=tickets.Status.WITHDRAWN).exclude(attribution__in=sorted(tickets.FINAL))
    nobody = {"status": tickets.Status.CONFIRMED, "attribution": tickets.Attribution.NONE}
    return list(stands.exclude(**nobody).order_by("pk"))


def _of_open(unit: LeaseUnit, lease: Lease) -> Open:
    said = {"machine": unit.equipment.name}
    if until := unit.inspect_by or unit.ready_by:
        code = "machine_not_inspected" if unit.inspect_by else "machine_not_ready"
        return Open(f"/units/{unit.public_id}", code, said | {"until": _moment(until, lease)})
    return Open(f"/units/{unit.public_id}", "machine_not_back", said)


def _of_unit(unit: LeaseUnit, lease: Lease, made: Mapping[str, datetime]) -> Fact | None:
    """
    Return the fact that a machine was not inspected or not ready in time; before, nothing is settled.

    ``made`` says when machines were made ready: what came too late is a fact as well, so that it stays one.
    """
    machine = {"machine": unit.equipment.name}
    if unit.inspect_by is not None:
        return Fact(Kind.NOT_INSPECTED, unit.public_id, machine | {"until": _moment(unit.inspect_by, lease)})
    if unit.ready_by is not None and made.get(unit.public_id, unit.ready_by) >= unit.ready_by:
        return Fact(Kind.NOT_READY, unit.public_id, machine | {"until": _moment(unit.ready_by, lease)})
    return None


def _moment(moment: datetime, lease: Lease) -> str:
    return f"{moment.astimezone(lease.agreed.zone):%Y-%m-%d %H:%M}"


def _of_ticket(one: Ticket) -> Open:
    day = f"{one.down_from.astimezone(one.lease.agreed.zone):%Y-%m-%d}"
    code = TICKETS.get(tickets.Attribution(one.attribution)) or (
        "ticket_solved" if one.status == SOLVED else "ticket_open"
    )
    return Open(f"/tickets/{one.public_id}", code, {"machine": one.unit.equipment.name, "day": day})


def _of_step(step: Transition) -> Fact | None:
    """Return the debt that a move of the lease recorded, if it did; its hash is the source."""
    facts, move = step.facts, step.move
    if move in FEES and facts.get("fee_minor"):
        return Fact(Kind.EARLY_END, step.hash, {"days": str(facts["fee_days"])}, facts["fee_minor"])
    if move == Move.LOSE and facts["value_minor"]:
        said = {"basis": facts["value_basis"], "case": facts["case"]}
        return Fact(Kind.LOSS, step.hash, said, facts["value_minor"])
    if move == Move.BUY_OUT and facts["price_minor"]:
        return Fact(Kind.SALE, step.hash, {}, facts["price_minor"])
    return None


def _of_schedule(lease: Lease) -> list[Fact]:
    """
    Return what a financed lessee has not paid back when its lease is broken off or its machine is lost.

    That is the principal of the instalments that fall due after the last day of use; without use there is no
    interest. A lease that two sides ended by a change owes what they agreed on there.
    """
    ends = Transition.objects.filter(lease=lease, status_before__in=RUNNING, status_after__in=UNSETTLED)
    if lease.active_to is None or not ends.filter(move__in=BROKEN_OFF).exists():
        return []
    last = lease.active_to.astimezone(lease.agreed.zone).date()
    left = FinanceInstalment.objects.filter(finance__lease=lease, due_on__gt=last, principal_minor__gt=0)
    rows = list(left.order_by("number"))
    if not rows:
        return []
    said = {"count": str(len(rows)), "due_on": rows[0].due_on.isoformat()}
    amount = sum(one.principal_minor for one in rows)
    return [Fact(Kind.PRINCIPAL, f"schedule:{lease.public_id}", said, amount)]


def _of_claim(one: DamageClaim) -> Fact:
    items = ", ".join(item["text"] for item in one.document["items"])[:200]
    return Fact(Kind.DAMAGE, one.public_id, {"number": str(one.number), "items": items}, one.awarded_minor)


def _of_credit(one: DowntimeCredit) -> Fact:
    if one.share is not None:
        return Fact(Kind.RENT_CREDIT, one.public_id, {"percent": percent(one.share)})
    return Fact(Kind.DAYS_OF_STANDSTILL, one.public_id, {"days": str(one.days)})


def _of_suspension(one: Suspension) -> list[Fact]:
    kinds = ((Kind.DAYS_ADDED, one.days_added), (Kind.DAYS_OWED, one.days_credited))
    return [Fact(kind, one.public_id, {"days": str(days)}) for kind, days in kinds if days]
