"""How machines stand to the rules of their maintenance."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.utils.timezone import get_default_timezone_name

from leasing.models import LeaseUnit, MaintenanceMeter, MaintenanceRule, MaintenanceTicket
from leasing.rules.leases import RUNNING
from leasing.rules.maintenance import METERED, Basis, Standing, Status, by_calendar, by_meter
from marketplace.models import Equipment


class Done(NamedTuple):
    """What is known of the last maintenance: when it was, and what the machine had done by then."""

    at: datetime
    counter: Decimal


def zone() -> ZoneInfo:
    """Return the zone in which days and mornings of maintenance are reckoned."""
    return ZoneInfo(get_default_timezone_name())


def last_done(rule: MaintenanceRule, equipment: Equipment) -> Done:
    """Return the last maintenance of a machine by a rule; before the first, what was said with the rule."""
    found = MaintenanceTicket.objects.filter(rule=rule, equipment=equipment, status=Status.DONE)
    last = found.order_by("-number").first()
    if last is None or last.done_at is None or last.counter is None:
        return Done(rule.created_at, -rule.already)
    return Done(last.done_at, last.counter)


def counter_of(rule: MaintenanceRule, equipment: Equipment) -> Decimal | None:
    """Return what a machine has done since a rule was made, as far as it was read; or nothing."""
    meters = list(MaintenanceMeter.objects.filter(rule=rule, equipment=equipment))
    return sum((one.total for one in meters), Decimal(0)) if meters else None


def standing(rule: MaintenanceRule, equipment: Equipment, at: datetime) -> Standing:
    """Return how a machine stands to a rule at a moment."""
    meters = list(MaintenanceMeter.objects.filter(rule=rule, equipment=equipment))
    return _stands(rule, last_done(rule, equipment), meters, at)


def _stands(rule: MaintenanceRule, last: Done, meters: list[MaintenanceMeter], at: datetime) -> Standing:
    if Basis(rule.basis) not in METERED:
        return by_calendar(rule.rhythm, last.at, zone(), at)
    total = sum((one.total for one in meters), Decimal(0))
    newest = max((one.upto for one in meters), default=at)
    pace = sum((one.pace for one in meters if one.upto == newest), Decimal(0))
    return by_meter(rule.rhythm, total - last.counter, pace, at)


def read_until(rule: MaintenanceRule, equipment: Equipment) -> datetime | None:
    """Return up to when the machine's own word is read for a rule; nothing if it tells nothing."""
    found = MaintenanceMeter.objects.filter(rule=rule, equipment=equipment)
    return found.aggregate(upto=Max("upto"))["upto"]


def unit_running(equipment: Equipment) -> LeaseUnit | None:
    """Return the unit by which a machine is leased now."""
    found = LeaseUnit.objects.running().filter(equipment=equipment, lease__status__in=RUNNING)
    return found.select_related("lease__lessor", "lease__lessee").first()


def is_astray(ticket: MaintenanceTicket) -> bool:
    """Tell whether the lease into which a ticket falls no longer has the machine."""
    unit = unit_running(ticket.equipment)
    return unit is None or unit.lease_id != ticket.lease_id


def machines_of(rule: MaintenanceRule) -> QuerySet[Equipment]:
    """Return the machines in service for which a rule holds."""
    mine = Equipment.objects.filter(owner=rule.owner_id, status=Equipment.Status.IN_SERVICE)
    if rule.equipment_id is not None:
        return mine.filter(pk=rule.equipment_id)
    return mine.filter(category=rule.category_id)


def standings(equipment: Equipment, at: datetime) -> list[tuple[MaintenanceRule, Standing, bool]]:
    """
    Return how a machine stands to each of its rules, and whether a device tells; in three queries, however
    many rules there are.
    """
    found = list(MaintenanceRule.objects.about(equipment))
    lasts: dict[int, Done] = {}
    done = MaintenanceTicket.objects.filter(rule__in=found, equipment=equipment, status=Status.DONE)
    for one in done.order_by("number"):
        assert one.done_at is not None
        assert one.counter is not None
        lasts[one.rule_id] = Done(one.done_at, one.counter)
    meters: dict[int, list[MaintenanceMeter]] = {}
    for meter in MaintenanceMeter.objects.filter(rule__in=found, equipment=equipment):
        meters.setdefault(meter.rule_id, []).append(meter)
    rows = []
    for rule in found:
        last = lasts.get(rule.pk) or Done(rule.created_at, -rule.already)
        mine = meters.get(rule.pk, [])
        rows.append((rule, _stands(rule, last, mine, at), bool(mine)))
    return rows
